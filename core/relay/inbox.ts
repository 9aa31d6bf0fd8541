import type { Act, Actor, ActRequest } from "../act.ts";
import { counterpartyQueue } from "../counterparty.ts";
import { businessDate } from "../date.ts";
import { RelayError, RequestError } from "../errors.ts";
import { actRef, canonicalJson, sha256Hex } from "../ids.ts";
import { eventType, type InboundEvent, parseJson, toEvent } from "../inbound.ts";
import { type Happening, requestAct, transition } from "../lifecycle.ts";
import { newMessage } from "../notices.ts";
import type { Change, InboxEntry, Source } from "../store.ts";
import { gapOf } from "./accounting.ts";
import { changesOf, commit, lifecycleContext, type RelayContext } from "./context.ts";
import { maskedBody } from "./mask.ts";

/** A request whose signature was verified. */
export interface SignedEvent {
  readonly source: Source;
  readonly webhookId: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The answer to an accepted event. `actId` is null for an event that is about no act. */
export interface Received {
  readonly actId: string | null;
  readonly duplicate: boolean;
}

/** What an event comes to: writes to commit, or nothing new. */
interface Verdict {
  readonly actId: string | null;
  readonly duplicate: boolean;
  readonly changes: readonly Change[];
}

const RACES = 50;

/**
 * Takes one signed event: understands it, decides, and stores decision, history and work in one commit. What returns
 * is durable. A refusal is kept in the inbox with its reason, its body masked, and thrown as {@link RequestError}; it
 * does not claim the webhook id, so the same event sent again is judged anew.
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
    entry = { ...received, type: eventType(json) };
    return await accepted(context, toEvent(source, json, context.rules, context.clock()), entry);
  } catch (error) {
    if (!(error instanceof RequestError) || error.code === "storage_unavailable") throw error;
    // What was accepted once stays accepted, whatever has become of the act or of our rules since.
    const claim = await context.store.inboxClaim(source, webhookId);
    if (claim !== null && claim.bodyHash === entry.bodyHash) return repeated(context, claim, entry);
    const refusal = claim === null ? error : idTaken();
    const { code, message: detail } = refusal;
    // Nobody asked for what is in it, and no act will show it: only what was wrong with it is kept.
    const refused: InboxEntry = { ...entry, outcome: "rejected", code, detail, body: maskedBody(body) };
    await commit(context, [{ type: "inbox", entry: refused, claims: false }]);
    context.log("info", "event_refused", { source, code: refusal.code, type: entry.type });
    throw refusal;
  }
}

/** Nobody looks whether the webhook id is known: its key in the inbox lets only one commit through. */
async function accepted(context: RelayContext, event: InboundEvent, entry: InboxEntry): Promise<Received> {
  for (let race = 0; race < RACES; race += 1) {
    const { actId, duplicate, changes } = await judge(context, event);
    const outcome = duplicate ? "duplicate" : "processed";
    const kept: InboxEntry = { ...entry, outcome, actId, body: duplicate ? null : entry.body };
    if (await commit(context, [...changes, { type: "inbox", entry: kept, claims: true }])) return { actId, duplicate };
    const claim = await context.store.inboxClaim(entry.source, entry.webhookId);
    if (claim?.bodyHash === entry.bodyHash) return repeated(context, claim, entry);
    if (claim !== null) throw idTaken();
  }
  throw new RelayError("store_conflict", "An act kept changing under an event");
}

/** The same event under the same webhook id again is answered as before. */
async function repeated(context: RelayContext, claim: InboxEntry, entry: InboxEntry): Promise<Received> {
  const again: InboxEntry = { ...entry, outcome: "duplicate", actId: claim.actId, body: null };
  await commit(context, [{ type: "inbox", entry: again, claims: false }]);
  return { actId: claim.actId, duplicate: true };
}

function idTaken(): RequestError {
  return new RequestError("webhook_id_conflict", "Под этим webhook-id уже принято событие с другим содержимым");
}

async function judge(context: RelayContext, event: InboundEvent): Promise<Verdict> {
  switch (event.type) {
    case "act.requested":
      return requested(context, event);
    case "contractor.updated":
      return contractorUpdated(context, event);
    case "act.accepted": {
      const act = await byPayout(context, event.payoutId);
      const shown = act.form?.sha256;
      if (event.pdfSha256 !== null && shown !== undefined && event.pdfSha256 !== shown && act.status === "ready") {
        throw new RequestError("form_changed", "Форма акта с тех пор изменилась: покажите новую и примите её");
      }
      const { acceptedAt, acceptedBy } = event;
      return happens(context, act, "platform", { type: "act.accepted", acceptedAt, acceptedBy });
    }
    case "act.declined": {
      const act = await byPayout(context, event.payoutId);
      const { declinedAt, reason } = event;
      return happens(context, act, "platform", { type: "act.declined", declinedAt, reason });
    }
    case "payment.executed": {
      const { executedAt, executedOn } = event;
      const act = await byOrder(context, event.paymentOrderRef);
      const ref = event.paymentOrderRef;
      return happens(context, act, "onec", { type: "onec.payment_executed", ref, executedAt, executedOn });
    }
    case "payment.rejected": {
      const act = await byOrder(context, event.paymentOrderRef);
      const { reason, paymentOrderRef: ref } = event;
      return happens(context, act, "onec", { type: "onec.payment_rejected", ref, reason });
    }
    case "act.voided": {
      const act = await byRef(context, event.actRef);
      const gap = await gapOf(context, act);
      return happens(context, act, "onec", { type: "onec.act_voided", reason: event.reason, gap });
    }
    case "act.changed":
      return happens(context, await byRef(context, event.actRef), "onec", { type: "onec.act_changed" });
  }
}

function happens(context: RelayContext, act: Act, actor: Actor, happening: Happening): Verdict {
  const decided = transition(act, happening, lifecycleContext(context, actor));
  if (decided.kind === "refused") throw doesNotFit(act, happening.type);
  if (decided.kind === "same") return { actId: act.id, duplicate: true, changes: [] };
  return { actId: act.id, duplicate: false, changes: changesOf(decided) };
}

/** A refusal that names the status. */
export function doesNotFit(act: Act, what: string): RequestError {
  const issues = [{ path: "status", code: act.status, message: "Статус акта" }];
  return new RequestError("state_conflict", `Событие ${what} не подходит к статусу акта «${act.status}»`, { issues });
}

async function requested(
  context: RelayContext,
  event: Extract<InboundEvent, { type: "act.requested" }>,
): Promise<Verdict> {
  const { request } = event;
  const former = await context.store.actByPayout(request.payoutId);
  const changes: Change[] = [];
  const id = await actRef(context.settings.platformId, request.payoutId, request.revision, context.digest);
  if (former !== null) {
    const same = former.revision === request.revision ? former : await context.store.act(id);
    if (same !== null && contentOf(same) === contentOf(request)) return { actId: same.id, duplicate: true, changes };
    if (request.revision <= former.revision) {
      throw new RequestError(
        "payout_conflict",
        `По выплате уже есть акт редакции ${former.revision} с другим содержимым: исправленное пришлите следующей редакцией`,
      );
    }
    const replaced = transition(
      former,
      { type: "act.replaced", revision: request.revision },
      lifecycleContext(context, "platform"),
    );
    if (replaced.kind === "refused") throw doesNotFit(former, `act.requested (редакция ${request.revision})`);
    if (replaced.kind === "moved") changes.push(...changesOf(replaced));
  }
  const date = businessDate(request.requestedAt, context.rules.timeZone);
  const facts = { asOf: event.asOf, date };
  const moved = requestAct(id, request, facts, lifecycleContext(context, "platform"));
  return { actId: id, duplicate: false, changes: [...changes, ...changesOf(moved)] };
}

/** What was asked, without the moment of asking: tells a repeat from a conflict. */
function contentOf({ payoutId, revision, amount, vat, contractor, services }: ActRequest): string {
  return canonicalJson({ payoutId, revision, amount, vat, contractor, services });
}

async function contractorUpdated(
  context: RelayContext,
  event: Extract<InboundEvent, { type: "contractor.updated" }>,
): Promise<Verdict> {
  const { contractor, asOf } = event;
  const message = newMessage(`msg_${context.newId().replaceAll("-", "")}`, null, context.clock(), {
    lane: "accounting",
    kind: "counterparty.upsert",
    queueKey: counterpartyQueue(context.settings.organizationInn, contractor.inn),
    endpoint: "accounting",
    payload: { contractor, asOf },
  });
  return { actId: null, duplicate: false, changes: [{ type: "message", message }] };
}

async function byPayout(context: RelayContext, payoutId: string): Promise<Act> {
  return found(await context.store.actByPayout(payoutId), "По этой выплате акта нет");
}

async function byOrder(context: RelayContext, ref: string): Promise<Act> {
  return found(await context.store.actByPaymentOrder(ref), "Такого платёжного поручения нет");
}

async function byRef(context: RelayContext, ref: string): Promise<Act> {
  return found(await context.store.act(ref), "Такого акта нет");
}

function found(act: Act | null, message: string): Act {
  if (act === null) throw new RequestError("act_not_found", message);
  return act;
}
