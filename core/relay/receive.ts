import type { Act, Actor, ActRequest } from "../act.ts";
import type { ActEvent } from "../act-event.ts";
import { toBusinessDate } from "../date.ts";
import { type Issue, RelayError, RequestError } from "../errors.ts";
import { deriveActRef, sha256Hex, toCanonicalJson } from "../ids.ts";
import { createJob } from "../job.ts";
import { requestAct, transition } from "../lifecycle.ts";
import { type ParsedEvent, parseJson, readEventType, toEvent } from "../parse-event.ts";
import { type Contractor, formatCounterpartyOrderKey } from "../parties.ts";
import type { EventSource, InboxEntry, Write } from "../store.ts";
import { createValidationError } from "../validation.ts";
import { commit, createLifecycleContext, RACES, writesOf } from "./commit.ts";
import { findActGap } from "./gap.ts";
import type { RelayContext } from "./options.ts";
import { redactBody } from "./redact.ts";

/** An event with a verified signature. */
export interface SignedEvent {
  readonly source: EventSource;
  readonly webhookId: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The answer to an accepted event. `actId`: null for an event without an act. */
export interface Received {
  readonly actId: string | null;
  readonly duplicate: boolean;
  /** Optional contacts that the relay left out; absent without any. */
  readonly warnings?: readonly Issue[];
}

/** The decision about an event. `writes`: none for a duplicate. */
interface Verdict extends Received {
  readonly writes: readonly Write[];
}

type Parsed<T extends ParsedEvent["type"]> = Extract<ParsedEvent, { type: T }>;

/**
 * Takes one signed event: parses, decides, and stores decision, history and jobs in one durable commit. A refusal is
 * stored in the inbox with the reason and a redacted body, and thrown as {@link RequestError}. A refusal does not claim
 * the webhook id, so a repeat of the event is judged anew.
 */
export async function receive(context: RelayContext, signed: SignedEvent): Promise<Received> {
  const { source, webhookId, body } = signed;
  const received: InboxEntry = {
    id: context.newId(),
    source,
    webhookId,
    receivedAt: context.clock(),
    type: null,
    outcome: "processed",
    code: null,
    detail: null,
    actId: null,
    bodyHash: await sha256Hex(body, context.digest),
    body,
  };
  let entry = received;
  try {
    const json = parseJson(body);
    entry = { ...received, type: readEventType(json) };
    return await acceptEvent(context, toEvent(source, json, context.rules, context.clock()), entry);
  } catch (error) {
    if (!(error instanceof RequestError) || error.code === "storage_unavailable") throw error;
    // An accepted event stays accepted, even if the act or our rules have changed since.
    const former = await context.store.getInboxEntry(source, webhookId);
    if (former !== null && former.bodyHash === entry.bodyHash) return answerRepeat(context, former, entry);
    const refusal = former === null ? error : createIdTakenError();
    const { code, message: detail } = refusal;
    // The relay has no use for refused data, and no act will show the data: only the mistake is stored.
    const refused: InboxEntry = { ...entry, outcome: "rejected", code, detail, body: redactBody(body) };
    await commit(context, [{ type: "inbox", entry: refused, claimsId: false }]);
    context.log("info", "event_refused", { source, code: refusal.code, type: entry.type });
    throw refusal;
  }
}

/** Commits an event without a prior search for the webhook id: the inbox key lets only one commit through. */
async function acceptEvent(context: RelayContext, event: ParsedEvent, entry: InboxEntry): Promise<Received> {
  for (let race = 0; race < RACES; race += 1) {
    const { writes, ...received } = await judge(context, event);
    const { actId, duplicate } = received;
    const outcome = duplicate ? "duplicate" : "processed";
    const record: InboxEntry = { ...entry, outcome, actId, body: duplicate ? null : entry.body };
    const committed = await commit(context, [...writes, { type: "inbox", entry: record, claimsId: true }]);
    if (committed) return received;
    // The caller tells a repeat of the accepted event from other content under the same id.
    if ((await context.store.getInboxEntry(entry.source, entry.webhookId)) !== null) throw createIdTakenError();
  }
  throw new RelayError("store_conflict", "An act kept changing under an event");
}

/** Answers a repeat of an accepted event, under the same webhook id, like the first time. */
async function answerRepeat(context: RelayContext, former: InboxEntry, entry: InboxEntry): Promise<Received> {
  const again: InboxEntry = { ...entry, outcome: "duplicate", actId: former.actId, body: null };
  await commit(context, [{ type: "inbox", entry: again, claimsId: false }]);
  return { actId: former.actId, duplicate: true };
}

function createIdTakenError(): RequestError {
  return new RequestError("webhook_id_conflict", "Под этим webhook-id уже принято событие с другим содержимым");
}

async function judge(context: RelayContext, event: ParsedEvent): Promise<Verdict> {
  switch (event.type) {
    case "act.requested":
      return judgeRequest(context, event);
    case "contractor.updated":
      return judgeContractorUpdate(context, event);
    case "act.accepted": {
      const act = await requireActByPayout(context, event.payoutId);
      const { asOf: _, payoutId: __, ...accepted } = event;
      return judgeActEvent(context, act, "platform", accepted);
    }
    case "act.declined": {
      const act = await requireActByPayout(context, event.payoutId);
      const { declinedAt, reason } = event;
      return judgeActEvent(context, act, "platform", { type: "act.declined", declinedAt, reason });
    }
    case "payment.executed": {
      const { executedAt, executedOn, paymentOrderRef: ref } = event;
      const act = await requireActByPaymentOrder(context, ref);
      return judgeActEvent(context, act, "onec", { type: "onec.payment_executed", ref, executedAt, executedOn });
    }
    case "payment.rejected": {
      const act = await requireActByPaymentOrder(context, event.paymentOrderRef);
      const { reason, paymentOrderRef: ref } = event;
      return judgeActEvent(context, act, "onec", { type: "onec.payment_rejected", ref, reason });
    }
    case "act.voided": {
      const act = await requireActByRef(context, event.actRef);
      const gap = await findActGap(context, act);
      return judgeActEvent(context, act, "onec", { type: "onec.act_voided", reason: event.reason, gap });
    }
    case "act.changed":
      return judgeActEvent(context, await requireActByRef(context, event.actRef), "onec", { type: "onec.act_changed" });
  }
}

function judgeActEvent(context: RelayContext, act: Act, actor: Actor, event: ActEvent): Verdict {
  const decided = transition(act, event, createLifecycleContext(context, actor));
  if (decided.kind === "refused") throw refuseState(act, event.type);
  if (decided.kind === "form_changed") {
    throw new RequestError("form_changed", "Форма акта с тех пор изменилась: покажите новую и примите её");
  }
  if (decided.kind === "same") return { actId: act.id, duplicate: true, writes: [] };
  return { actId: act.id, duplicate: false, writes: writesOf(decided) };
}

/** Makes the refusal `state_conflict` with the act's status. */
export function refuseState(act: Act, eventName: string): RequestError {
  const issues = [{ path: "status", code: act.status, message: "Статус акта" }];
  const detail = `Событие ${eventName} не подходит к статусу акта «${act.status}»`;
  return new RequestError("state_conflict", detail, { issues });
}

async function judgeRequest(context: RelayContext, event: Parsed<"act.requested">): Promise<Verdict> {
  const { request } = event;
  refuseOwnInn(context, request.contractor);
  const former = await context.store.getActByPayout(request.payoutId);
  const writes: Write[] = [];
  const id = await deriveActRef(context.settings.platformId, request.payoutId, request.revision, context.digest);
  if (former !== null) {
    const same = former.revision === request.revision ? former : await context.store.getAct(id);
    if (same !== null && contentOf(same) === contentOf(request)) return { actId: same.id, duplicate: true, writes };
    if (request.revision <= former.revision) {
      throw new RequestError(
        "payout_conflict",
        `По выплате уже есть акт редакции ${former.revision} с другим содержимым: исправленное пришлите следующей редакцией`,
      );
    }
    const replacement: ActEvent = { type: "act.replaced", revision: request.revision };
    const replaced = transition(former, replacement, createLifecycleContext(context, "platform"));
    if (replaced.kind === "refused") throw refuseState(former, `act.requested (редакция ${request.revision})`);
    if (replaced.kind === "moved") writes.push(...writesOf(replaced));
  }
  const date = toBusinessDate(request.requestedAt, context.rules.timeZone);
  const facts = { asOf: event.asOf, date };
  const moved = requestAct(id, request, facts, createLifecycleContext(context, "platform"));
  return { actId: id, duplicate: false, ...pickWarnings(request), writes: [...writes, ...writesOf(moved)] };
}

/** The request without the time: tells a repeat from a conflict. */
function contentOf({ payoutId, revision, amount, vat, contractor, services }: ActRequest): string {
  return toCanonicalJson({ payoutId, revision, amount, vat, contractor, services });
}

/** Refuses the INN of the organization that pays: a payout to oneself is a mistake or a trick. */
function refuseOwnInn({ settings }: RelayContext, { inn }: Contractor): void {
  if (inn !== settings.organizationInn) return;
  const message = "Это ИНН самой организации, которая платит";
  throw createValidationError([{ path: "data.contractor.inn", code: "own_inn", message }]);
}

async function judgeContractorUpdate(context: RelayContext, event: Parsed<"contractor.updated">): Promise<Verdict> {
  const { contractor, asOf } = event;
  refuseOwnInn(context, contractor);
  const job = createJob(`msg_${context.newId().replaceAll("-", "")}`, context.clock(), {
    queue: "accounting",
    type: "counterparty.upsert",
    actId: null,
    orderKey: formatCounterpartyOrderKey(context.settings.organizationInn, contractor.inn),
    destination: "accounting",
    input: { contractor, asOf },
  });
  return { actId: null, duplicate: false, ...pickWarnings(event), writes: [{ type: "job", job }] };
}

function pickWarnings({ warnings }: Pick<Received, "warnings">): Pick<Received, "warnings"> {
  return warnings === undefined ? {} : { warnings };
}

async function requireActByPayout(context: RelayContext, payoutId: string): Promise<Act> {
  return requireFound(await context.store.getActByPayout(payoutId), "По этой выплате акта нет");
}

async function requireActByPaymentOrder(context: RelayContext, ref: string): Promise<Act> {
  return requireFound(await context.store.getActByPaymentOrder(ref), "Такого платёжного поручения нет");
}

async function requireActByRef(context: RelayContext, ref: string): Promise<Act> {
  return requireFound(await context.store.getAct(ref), "Такого акта нет");
}

function requireFound(act: Act | null, message: string): Act {
  if (act === null) throw new RequestError("act_not_found", message);
  return act;
}
