import type { Act, Actor, Problem } from "../act.ts";
import type { ActEvent } from "../act-event.ts";
import { PENDING } from "../adapter.ts";
import { awaitUnlessAborted } from "../deadline.ts";
import { RequestError } from "../errors.ts";
import type { Job, JobState } from "../job.ts";
import { type Contractor, formatCounterpartyKey } from "../parties.ts";
import type { PaymentState } from "../payment-order.ts";
import type { Period } from "../period.ts";
import type { Write } from "../store.ts";
import { type AppliedEvent, applyEvent, commit } from "./commit.ts";
import { toPaymentEvent } from "./jobs/check-payments.ts";
import { explainOpenOrder } from "./jobs/create-payment-order.ts";
import type { RelayContext } from "./options.ts";
import { refuseState } from "./receive.ts";
import { requeueParked } from "./requeue.ts";

/** Decisions of a person for a retry. */
export interface RetryDecision {
  readonly period?: Period;
  /** Reference of the card to use in 1C; the relay stores this binding. */
  readonly counterpartyRef?: string;
  /** Lets the act's agent use an INN of another agent, for `counterparty_taken`; the relay stores this binding. */
  readonly bindContractor?: boolean;
}

/** Interval between replayed webhooks, milliseconds, so that a recovered receiver is not flooded. */
const REPLAY_SPACING = 100;
const REPLAY_LIMIT = 10_000;

/** Retries an act with a problem. Throws {@link RequestError}: `act_not_found`, `state_conflict`. */
export async function retryAct(context: RelayContext, id: string, actor: Actor, decision: RetryDecision): Promise<Act> {
  const act = await requireAct(context, id);
  const { problem } = act;
  if (problem === null) throw new RequestError("state_conflict", "У акта нет проблемы: повторять нечего");
  if (problem.code === "delivery_dead") return replayDeadOf(context, act, actor);
  const open = (await context.store.listJobs({ actId: id, queue: "accounting", limit: 100 })).items.filter(isOpen);
  const waiting = open.find((job) => job.type === problem.step);
  const planned = waiting?.type === "act.create" && waiting.progress.period !== undefined;
  if (planned && (decision.period !== undefined || decision.counterpartyRef !== undefined)) {
    throw new RequestError("state_conflict", "Ещё неизвестно, создан ли акт в 1С: решите, когда 1С ответит");
  }
  const also: Write[] = [
    ...(await toDecisionWrites(context, act, problem, decision)),
    // The retry confirms a repaired set-up: writes to 1C may go on.
    ...(problem.code === "ref_key_ignored" ? [toReopenWrite("accounting")] : []),
    ...open.flatMap((job) => toWakeWrites(context, job, job === waiting)),
  ];
  const event: ActEvent = {
    type: "operator.retried",
    period: decision.period ?? null,
    counterpartyRef: decision.counterpartyRef ?? null,
    ...(decision.bindContractor === true ? { bindContractor: true } : {}),
    woken: waiting !== undefined,
  };
  return requireApplied(await applyEvent(context, id, actor, event, () => also), event.type);
}

function isOpen(job: Job): boolean {
  return job.state === "queued" || job.state === "parked";
}

/**
 * Writes to hasten an open job: the meant job becomes due now, and a parked job makes a new call. A queued job under a
 * lease is left to the worker.
 */
function toWakeWrites(context: RelayContext, job: Job, isMeant: boolean): Write[] {
  const { id, lease } = job;
  const dueAt = context.clock();
  if (job.state === "parked") return [requeueParked(job, dueAt)];
  if (!isMeant || lease !== null) return [];
  return [{ type: "requeue", jobId: id, from: ["queued"], dueAt, restart: false }];
}

/** Replays the act's dead webhooks; if retention has deleted all dead webhooks, ends the problem. */
async function replayDeadOf(context: RelayContext, act: Act, actor: Actor): Promise<Act> {
  const dead = await context.store.listJobs({ actId: act.id, state: "dead", limit: 100 });
  const writes = dead.items.map((job, n) => replay(context, job.id, n));
  if (writes.length === 0) {
    const gone: ActEvent = { type: "delivery.recovered", messageId: "" };
    return requireApplied(await applyEvent(context, act.id, actor, gone), gone.type);
  }
  await commit(context, writes);
  return act;
}

/** Writes of the decisions that outlive the act: the counterparty's card, and the consent to update the card. */
async function toDecisionWrites(
  context: RelayContext,
  act: Act,
  problem: Problem,
  decision: RetryDecision,
): Promise<Write[]> {
  const confirms = problem.code === "counterparty_confirm";
  const bound = decision.bindContractor === true ? await toOwnerWrites(context, act.contractor) : [];
  if (decision.counterpartyRef === undefined && !confirms) return bound;
  const known = await context.store.getCounterparty(act.counterpartyKey);
  // The consent is for the requisites that the job will write: the newest known ones.
  const isNewer = known === null || (confirms && known.asOf <= act.asOf);
  const owners = new Set(known?.owners);
  if (known === null || bound.length > 0) owners.add(act.contractor.id);
  const counterparty = {
    key: act.counterpartyKey,
    boundRef: decision.counterpartyRef ?? known?.boundRef ?? null,
    confirmed: confirms || (known?.confirmed ?? false),
    owners: [...owners],
    asOf: known?.asOf ?? 0,
    contractor: isNewer ? act.contractor : known.contractor,
  };
  return [...bound, { type: "counterparty", counterparty }];
}

async function toOwnerWrites(context: RelayContext, { id, inn }: Contractor): Promise<Write[]> {
  const key = formatCounterpartyKey(context.settings.organizationInn, { inn });
  const known = await context.store.getCounterparty(key);
  if (known === null || known.owners.includes(id)) return [];
  return [{ type: "counterparty", counterparty: { ...known, owners: [...known.owners, id] } }];
}

/** Voids an act. Throws {@link RequestError}: `act_not_found`, `state_conflict`. */
export async function voidAct(context: RelayContext, actId: string, actor: Actor, reason: string): Promise<Act> {
  await requireAct(context, actId);
  const event: ActEvent = { type: "operator.voided", reason };
  return requireApplied(await applyEvent(context, actId, actor, event), event.type);
}

/**
 * Requests a payment order after a rejected order. Asks the accounting system about an order not known as rejected, so
 * that nobody waits for the next check. Throws {@link RequestError}: `act_not_found`, `state_conflict`.
 */
export async function payAgain(context: RelayContext, actId: string, actor: Actor): Promise<Act> {
  const act = await requireAct(context, actId);
  if (act.status === "payment_ordered" && act.paymentOrder?.state === "made") {
    const { ref } = act.paymentOrder;
    const state = await askState(context, act.id, ref);
    if (state?.state === "waiting") throw new RequestError("state_conflict", explainOpenOrder(state));
    if (state !== null) await applyEvent(context, actId, "onec", (now) => toPaymentEvent(now, ref, state));
  }
  const event: ActEvent = { type: "operator.paid_again" };
  return requireApplied(await applyEvent(context, actId, actor, event), event.type);
}

/** The order's state by the accounting system; null in an outage, without an answer, or for a later answer. */
async function askState(context: RelayContext, actId: string, ref: string): Promise<PaymentState | null> {
  const { adapter, breaker, clock, stop } = context;
  if (breaker.getProbeTime(clock()) !== null) return null;
  try {
    const asking = adapter.getPaymentStates([ref], { id: `${actId}:pay_again:0`, signal: stop });
    const states = await awaitUnlessAborted(asking, stop);
    return states === PENDING ? null : (states[ref] ?? null);
  } catch {
    return null;
  }
}

/** Repeats a webhook, or a job without an act. Throws {@link RequestError}: `message_not_found`, `state_conflict`. */
export async function retryJob(context: RelayContext, jobId: string): Promise<void> {
  const job = await context.store.getJob(jobId);
  if (job === null) throw new RequestError("message_not_found", "Такого сообщения нет");
  if (job.queue === "accounting" && job.actId !== null) {
    throw new RequestError("state_conflict", "Шаг в 1С повторяют у акта: POST /api/acts/{actId}/retry");
  }
  if (job.lease === null) await commit(context, [replay(context, job.id, 0)]);
}

/** Replays all dead webhooks created since an instant (epoch ms), at intervals. Returns the number. */
export async function replayDead(context: RelayContext, since: number): Promise<number> {
  const dead = await context.store.listDeadJobs({ since, limit: REPLAY_LIMIT });
  const writes = dead.map((job, n) => replay(context, job.id, n));
  if (writes.length > 0) await commit(context, writes);
  return dead.length;
}

/** Reopens a destination stopped by 410 or by `ref_key_ignored`. */
export async function resumeDestination(context: RelayContext, name: string): Promise<void> {
  await commit(context, [toReopenWrite(name)]);
}

function toReopenWrite(name: string): Write {
  return { type: "destination", destination: { name, stoppedAt: null, reason: null } };
}

function replay(context: RelayContext, jobId: string, n: number): Write {
  const dueAt = context.clock() + n * REPLAY_SPACING;
  const from: readonly JobState[] = ["dead", "problem", "done", "queued", "parked"];
  return { type: "requeue", jobId, from, progress: {}, dueAt, restart: true };
}

async function requireAct(context: RelayContext, actId: string): Promise<Act> {
  const act = await context.store.getAct(actId);
  if (act === null) throw new RequestError("act_not_found", "Такого акта нет");
  return act;
}

function requireApplied(applied: AppliedEvent | null, eventName: string): Act {
  if (applied === null) throw new RequestError("act_not_found", "Такого акта нет");
  if (applied.transition.kind === "refused") throw refuseState(applied.act, eventName);
  return applied.act;
}
