import type { ActRequest, Contractor, InboundEvent, InboundRules, Transition } from "../../core/index.ts";
import { parseEvent, transition } from "../../core/index.ts";
import { verify } from "../../core/webhook.ts";
import { type Equals, holds } from "./equals.ts";

declare const rules: InboundRules;
declare const body: Uint8Array;

/** The type of an event tells what it carries. */
export function about(): string {
  const event = parseEvent("platform", body, rules, 0);
  holds<Equals<typeof event, InboundEvent>>();
  holds<Equals<typeof event.asOf, number>>();
  // @ts-expect-error: not every event is about a payout
  event.payoutId;
  switch (event.type) {
    case "act.requested":
      holds<Equals<typeof event.request, ActRequest>>();
      return event.request.payoutId;
    case "act.accepted":
      holds<Equals<typeof event.pdfSha256, string | null>>();
      // @ts-expect-error: an acceptance gives no reason
      event.reason;
      return event.payoutId;
    case "act.declined":
      holds<Equals<typeof event.reason, string>>();
      return event.payoutId;
    case "contractor.updated":
      holds<Equals<typeof event.contractor, Contractor>>();
      return event.contractor.id;
    case "payment.executed":
    case "payment.rejected":
      return event.paymentOrderRef;
    case "act.voided":
    case "act.changed":
      return event.actRef;
  }
}

// @ts-expect-error: where an event comes from decides which ones are taken
parseEvent("console", body, rules, 0);

/** What was decided is looked at before it is used. */
export function decided(context: Parameters<typeof transition>[2], act: Parameters<typeof transition>[0]): number {
  const move = transition(act, { type: "onec.act_changed" }, context);
  holds<Equals<typeof move, Transition>>();
  // @ts-expect-error: it may be refused
  move.jobs;
  return move.kind === "moved" ? move.jobs.length : 0;
}

// @ts-expect-error: a happening brings its facts
transition({} as Parameters<typeof transition>[0], { type: "operator.voided" }, {} as Parameters<typeof transition>[2]);

/** A verification is not an id until it is asked. */
export async function idOf(input: Parameters<typeof verify>[0]): Promise<string> {
  const verified = await verify(input);
  // @ts-expect-error: it may not be ok
  verified.id;
  return verified.ok ? verified.id : verified.code;
}
