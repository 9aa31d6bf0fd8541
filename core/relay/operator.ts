import type { Act, Actor } from "../act.ts";
import type { ActEvent } from "../act-event.ts";
import { RequestError } from "../errors.ts";
import type { Job } from "../job.ts";
import type { Contractor } from "../parties.ts";
import type { Period } from "../period.ts";
import type { Write } from "../store.ts";
import { type AppliedEvent, applyEvent, commit } from "./commit.ts";
import type { RelayContext } from "./options.ts";
import { refuseState } from "./receive.ts";
import { requeueParked } from "./requeue.ts";

/** What a person decided together with a retry. */
export interface RetryDecision {
  readonly period?: Period;
  /** The card in 1C to use; the binding is kept. */
  readonly counterpartyRef?: string;
}

/** Replayed webhooks leave this far apart, milliseconds: a receiver that has just come back is not flooded. */
const REPLAY_SPACING = 100;
const REPLAY_LIMIT = 10_000;

/** Goes on from a problem. Throws {@link RequestError}: `act_not_found`, `state_conflict`. */
export async function retryAct(
  context: RelayContext,
  actId: string,
  actor: Actor,
  decision: RetryDecision,
): Promise<Act> {
  const act = await requireAct(context, actId);
  if (act.problem === null) throw new RequestError("state_conflict", "У акта нет проблемы: повторять нечего");
  if (act.problem.code === "delivery_dead") return replayDeadOf(context, act, actor);
  const open = (await context.store.listJobs({ actId, queue: "accounting", limit: 100 })).items.filter(isOpen);
  const waiting = open.find((message) => message.type === act.problem?.step);
  const planned = waiting?.type === "act.create" && waiting.progress.period !== undefined;
  if (planned && (decision.period !== undefined || decision.counterpartyRef !== undefined)) {
    throw new RequestError("state_conflict", "Ещё неизвестно, создан ли акт в 1С: решите, когда 1С ответит");
  }
  const also: Write[] = [
    ...(await toDecisionWrites(context, act, decision)),
    // A person says that the set-up was mended: writing may go on.
    ...(act.problem.code === "ref_key_ignored" ? [toReopenWrite("accounting")] : []),
    ...open.flatMap((message) => toWakeWrites(context, message, message === waiting)),
  ];
  const happening: ActEvent = {
    type: "operator.retried",
    period: decision.period ?? null,
    counterpartyRef: decision.counterpartyRef ?? null,
    woken: waiting !== undefined,
  };
  return requireApplied(await applyEvent(context, actId, actor, happening, () => also), happening.type);
}

function isOpen(message: Job): boolean {
  return message.state === "queued" || message.state === "parked";
}

/**
 * Brings a waiting message on: one that is due later is due now, one whose answer never came is asked again. One that is
 * being worked on right now is left to its worker.
 */
function toWakeWrites(context: RelayContext, message: Job, isMeant: boolean): Write[] {
  const { id, lease } = message;
  const dueAt = context.clock();
  if (message.state === "parked") return [requeueParked(message, dueAt)];
  if (!isMeant || lease !== null) return [];
  return [{ type: "requeue", jobId: id, from: ["queued"], dueAt, restart: false }];
}

/** Replays the act's dead webhooks; where retention has taken them, the problem goes with them. */
async function replayDeadOf(context: RelayContext, act: Act, actor: Actor): Promise<Act> {
  const dead = await context.store.listJobs({ actId: act.id, state: "dead", limit: 100 });
  const changes = dead.items.map((message, n) => replay(context, message.id, n));
  if (changes.length === 0) {
    const gone: ActEvent = { type: "delivery.recovered", messageId: "" };
    return requireApplied(await applyEvent(context, act.id, actor, gone), gone.type);
  }
  await commit(context, changes);
  return act;
}

/** The decisions that outlive the act: which card is meant, and that it may be updated. */
async function toDecisionWrites(context: RelayContext, act: Act, decision: RetryDecision): Promise<Write[]> {
  const confirms = act.problem?.code === "counterparty_confirm";
  if (decision.counterpartyRef === undefined && !confirms) return [];
  const known = await context.store.getCounterparty(act.counterpartyKey);
  const contractor: Contractor = known?.contractor ?? act.contractor;
  return [
    {
      type: "counterparty",
      counterparty: {
        key: act.counterpartyKey,
        boundRef: decision.counterpartyRef ?? known?.boundRef ?? null,
        confirmed: confirms || (known?.confirmed ?? false),
        asOf: known?.asOf ?? 0,
        contractor,
      },
    },
  ];
}

/** Voids an act. Throws {@link RequestError}: `act_not_found`, `state_conflict`. */
export async function voidAct(context: RelayContext, actId: string, actor: Actor, reason: string): Promise<Act> {
  await requireAct(context, actId);
  return requireApplied(
    await applyEvent(context, actId, actor, { type: "operator.voided", reason }),
    "operator.voided",
  );
}

/** A new payment order after the former was rejected. Throws {@link RequestError}: `act_not_found`, `state_conflict`. */
export async function payAgain(context: RelayContext, actId: string, actor: Actor): Promise<Act> {
  await requireAct(context, actId);
  return requireApplied(
    await applyEvent(context, actId, actor, { type: "operator.paid_again" }),
    "operator.paid_again",
  );
}

/** Sends or does one message again. Throws {@link RequestError}: `message_not_found`, `state_conflict`. */
export async function retryJob(context: RelayContext, messageId: string): Promise<void> {
  const message = await context.store.getJob(messageId);
  if (message === null) throw new RequestError("message_not_found", "Такого сообщения нет");
  if (message.queue === "accounting" && message.actId !== null) {
    throw new RequestError("state_conflict", "Шаг в 1С повторяют у акта: POST /api/acts/{actId}/retry");
  }
  if (message.lease === null) await commit(context, [replay(context, message.id, 0)]);
}

/** Replays every dead webhook since an instant, paced. Returns how many. */
export async function replayDead(context: RelayContext, since: number): Promise<number> {
  const dead = await context.store.listDeadJobs({ since, limit: REPLAY_LIMIT });
  if (dead.length > 0)
    await commit(
      context,
      dead.map((message, n) => replay(context, message.id, n)),
    );
  return dead.length;
}

/** Opens an endpoint that was stopped by 410 or by `ref_key_ignored`. */
export async function resumeDestination(context: RelayContext, endpoint: string): Promise<void> {
  await commit(context, [toReopenWrite(endpoint)]);
}

function toReopenWrite(name: string): Write {
  return { type: "destination", destination: { name, stoppedAt: null, reason: null } };
}

function replay(context: RelayContext, jobId: string, n: number): Write {
  const dueAt = context.clock() + n * REPLAY_SPACING;
  return {
    type: "requeue",
    jobId,
    from: ["dead", "problem", "done", "queued", "parked"],
    progress: {},
    dueAt,
    restart: true,
  };
}

async function requireAct(context: RelayContext, actId: string): Promise<Act> {
  const act = await context.store.getAct(actId);
  if (act === null) throw new RequestError("act_not_found", "Такого акта нет");
  return act;
}

function requireApplied(changed: AppliedEvent | null, what: string): Act {
  if (changed === null) throw new RequestError("act_not_found", "Такого акта нет");
  if (changed.transition.kind === "refused") throw refuseState(changed.act, what);
  return changed.act;
}
