import type {
  ActEvent,
  ActRequest,
  Contractor,
  InboundEvent,
  InboundRules,
  OperatorEvent,
  OutboundEvent,
  ParsedEvent,
  RecordedEvent,
  Transition,
  WebhookBody,
} from "../../core/index.ts";
import { OUTBOUND_EVENTS, PLATFORM_EVENTS, parseEvent, transition } from "../../core/index.ts";
import { verify } from "../../core/webhook.ts";
import { type Equals, requireTrue } from "./equals.ts";

declare const rules: InboundRules;
declare const body: Uint8Array;

/** The type of a parsed event determines the other fields. */
export function describeParsed(): string {
  const event = parseEvent("platform", body, rules, 0);
  requireTrue<Equals<typeof event, ParsedEvent>>();
  requireTrue<Equals<typeof event.asOf, number>>();
  // @ts-expect-error: only some events have a payout
  event.payoutId;
  switch (event.type) {
    case "act.requested":
      requireTrue<Equals<typeof event.request, ActRequest>>();
      return event.request.payoutId;
    case "act.accepted":
      requireTrue<Equals<typeof event.pdfSha256, string | null | undefined>>();
      // @ts-expect-error: an acceptance has no reason
      event.reason;
      return event.payoutId;
    case "act.declined":
      requireTrue<Equals<typeof event.reason, string>>();
      return event.payoutId;
    case "contractor.updated":
      requireTrue<Equals<typeof event.contractor, Contractor>>();
      return event.contractor.id;
    case "payment.executed":
    case "payment.rejected":
      return event.paymentOrderRef;
    case "act.voided":
    case "act.changed":
      return event.actRef;
  }
}

// The tables of schemas and the types have the same events.
requireTrue<Equals<OutboundEvent["type"], keyof typeof OUTBOUND_EVENTS>>();
requireTrue<Equals<ParsedEvent["type"], InboundEvent["type"]>>();
OUTBOUND_EVENTS["act.ready"].entries.pdf.entries.url;
// @ts-expect-error: misspelt type
OUTBOUND_EVENTS["act.redy"];
// @ts-expect-error: misspelt field
PLATFORM_EVENTS["act.declined"].entries.reson;

const acceptance = { payoutId: "p", acceptedAt: "2026-11-24T12:00:00+03:00" };
const timestamp = "2026-11-24T12:00:00+03:00";
({ type: "act.accepted", timestamp, data: acceptance }) satisfies InboundEvent;
// @ts-expect-error: misspelt type
({ type: "act.acceptd", timestamp, data: acceptance }) satisfies InboundEvent;
// @ts-expect-error: misspelt field
({ type: "act.accepted", timestamp, data: { ...acceptance, pdfSha: "" } }) satisfies InboundEvent;
// @ts-expect-error: a required field is absent
({ type: "act.declined", timestamp, data: acceptance }) satisfies InboundEvent;
// @ts-expect-error: an event has a timestamp
({ type: "act.accepted", data: acceptance }) satisfies InboundEvent;

const about = { actId: "a", payoutId: "p", revision: 1 };
({ type: "act.voided", data: { ...about, reason: "" } }) satisfies OutboundEvent;
// @ts-expect-error: misspelt type
({ type: "act.voidd", data: { ...about, reason: "" } }) satisfies OutboundEvent;
// @ts-expect-error: misspelt field
({ type: "act.voided", data: { ...about, reasn: "" } }) satisfies OutboundEvent;
// @ts-expect-error: a field of another event
({ type: "act.voided", data: { ...about, executedAt: "2026-11-24" } }) satisfies OutboundEvent;
// @ts-expect-error: no such problem
({ type: "act.problem_resolved", data: { ...about, code: "bank_unkown" } }) satisfies OutboundEvent;

({ type: "payment.check_failed", data: { code: "onec_timeout", message: "" } }) satisfies OperatorEvent;
// @ts-expect-error: misspelt type
({ type: "payment.check_faild", data: { code: "onec_timeout", message: "" } }) satisfies OperatorEvent;
// @ts-expect-error: misspelt field
({ type: "endpoint.stopped", data: { endpont: "platform", code: null } }) satisfies OperatorEvent;
// @ts-expect-error: an event of the platform
({ type: "act.voided", data: { ...about, reason: "" } }) satisfies OperatorEvent;

/** A receiver of webhooks reads the fields of each event by its type. */
export function readWebhook(webhook: WebhookBody): string | undefined {
  if (webhook.type === "endpoint.stopped") {
    // @ts-expect-error: an operator event is no event of an act
    webhook.data.actId;
    return webhook.data.endpoint;
  }
  if (webhook.type !== "act.ready") return undefined;
  requireTrue<Equals<typeof webhook.seq, number>>();
  // @ts-expect-error: misspelt field
  webhook.data.pdf.adress;
  return webhook.data.pdf.url;
}

({ type: "operator.voided", reason: "" }) satisfies ActEvent;
// @ts-expect-error: misspelt type
({ type: "operator.voidd", reason: "" }) satisfies ActEvent;
// @ts-expect-error: misspelt field
({ type: "operator.voided", reasn: "" }) satisfies ActEvent;

const recorded = { actId: "a", seq: 1, at: 0, actor: "relay", status: "requested" } as const;
({ ...recorded, type: "act.requested", revision: 1 }) satisfies RecordedEvent;
// @ts-expect-error: misspelt type
({ ...recorded, type: "act.requestd", revision: 1 }) satisfies RecordedEvent;
// @ts-expect-error: misspelt field
({ ...recorded, type: "act.requested", revison: 1 }) satisfies RecordedEvent;

/** History is read by type, without casts. */
export function readHistory(event: RecordedEvent): string {
  // @ts-expect-error: misspelt type
  if (event.type === "act.acceptd") return "";
  return event.type === "payment_order.created" ? event.number : event.status;
}

// @ts-expect-error: no such source of events
parseEvent("console", body, rules, 0);

/** A decision is checked before use. */
export function countJobs(context: Parameters<typeof transition>[2], act: Parameters<typeof transition>[0]): number {
  const move = transition(act, { type: "onec.act_changed" }, context);
  requireTrue<Equals<typeof move, Transition>>();
  // @ts-expect-error: a refusal has no jobs
  move.jobs;
  return move.kind === "moved" ? move.jobs.length : 0;
}

// @ts-expect-error: an event has facts
transition({} as Parameters<typeof transition>[0], { type: "operator.voided" }, {} as Parameters<typeof transition>[2]);

/** A verification has an id only if valid. */
export async function findId(input: Parameters<typeof verify>[0]): Promise<string> {
  const verified = await verify(input);
  // @ts-expect-error: an invalid request has no id
  verified.id;
  return verified.ok ? verified.id : verified.code;
}
