import type { Act, Actor } from "../act.ts";
import type { Contractor } from "../counterparty.ts";
import { RequestError } from "../errors.ts";
import type { Happening } from "../lifecycle.ts";
import type { Period } from "../period.ts";
import type { Change } from "../store.ts";
import { askAgain } from "./call.ts";
import { type Changed, change, commit, type RelayContext } from "./context.ts";
import { doesNotFit } from "./inbox.ts";
import type { Message } from "./message.ts";

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
  const act = await existing(context, actId);
  if (act.problem === null) throw new RequestError("state_conflict", "У акта нет проблемы: повторять нечего");
  if (act.problem.code === "delivery_dead") return replayDead(context, act, actor);
  const open = (await context.store.messages({ actId, lane: "accounting", limit: 100 })).items.filter(isOpen);
  const waiting = open.find((message) => message.kind === act.problem?.step);
  const planned = waiting?.journal.period !== undefined;
  if (planned && (decision.period !== undefined || decision.counterpartyRef !== undefined)) {
    throw new RequestError("state_conflict", "Ещё неизвестно, создан ли акт в 1С: решите, когда 1С ответит");
  }
  const also: Change[] = [
    ...(await decisions(context, act, decision)),
    // A person says that the set-up was mended: writing may go on.
    ...(act.problem.code === "ref_key_ignored" ? [reopened("accounting")] : []),
    ...open.flatMap((message) => woken(context, message, message === waiting)),
  ];
  const happening: Happening = {
    type: "operator.retried",
    period: decision.period ?? null,
    counterpartyRef: decision.counterpartyRef ?? null,
    woken: waiting !== undefined,
  };
  return settled(await change(context, actId, actor, happening, () => also), happening.type);
}

function isOpen(message: Message): boolean {
  return message.state === "queued" || message.state === "parked";
}

/**
 * Brings a waiting message on: one that is due later is due now, one whose answer never came is asked again. One that is
 * being worked on right now is left to its worker.
 */
function woken(context: RelayContext, message: Message, isMeant: boolean): Change[] {
  const { id, lease } = message;
  const dueAt = context.clock();
  if (message.state === "parked") return [askAgain(message, dueAt)];
  if (!isMeant || lease !== null) return [];
  return [{ type: "requeue", messageId: id, from: ["queued"], dueAt, restart: false }];
}

/** Replays the act's dead webhooks; where retention has taken them, the problem goes with them. */
async function replayDead(context: RelayContext, act: Act, actor: Actor): Promise<Act> {
  const dead = await context.store.messages({ actId: act.id, state: "dead", limit: 100 });
  const changes = dead.items.map((message, n) => replay(context, message.id, n));
  if (changes.length === 0) {
    const gone: Happening = { type: "delivery.recovered", messageId: "" };
    return settled(await change(context, act.id, actor, gone), gone.type);
  }
  await commit(context, changes);
  return act;
}

/** The decisions that outlive the act: which card is meant, and that it may be updated. */
async function decisions(context: RelayContext, act: Act, decision: RetryDecision): Promise<Change[]> {
  const confirms = act.problem?.code === "counterparty_confirm";
  if (decision.counterpartyRef === undefined && !confirms) return [];
  const known = await context.store.counterparty(act.counterpartyKey);
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
  await existing(context, actId);
  return settled(await change(context, actId, actor, { type: "operator.voided", reason }), "operator.voided");
}

/** A new payment order after the former was rejected. Throws {@link RequestError}: `act_not_found`, `state_conflict`. */
export async function payAgain(context: RelayContext, actId: string, actor: Actor): Promise<Act> {
  await existing(context, actId);
  return settled(await change(context, actId, actor, { type: "operator.paid_again" }), "operator.paid_again");
}

/** Sends or does one message again. Throws {@link RequestError}: `message_not_found`, `state_conflict`. */
export async function retryMessage(context: RelayContext, messageId: string): Promise<void> {
  const message = await context.store.message(messageId);
  if (message === null) throw new RequestError("message_not_found", "Такого сообщения нет");
  if (message.lane === "accounting" && message.actId !== null) {
    throw new RequestError("state_conflict", "Шаг в 1С повторяют у акта: POST /api/acts/{actId}/retry");
  }
  if (message.lease === null) await commit(context, [replay(context, message.id, 0)]);
}

/** Replays every dead webhook since an instant, paced. Returns how many. */
export async function recover(context: RelayContext, since: number): Promise<number> {
  const dead = await context.store.deadMessages({ since, limit: REPLAY_LIMIT });
  if (dead.length > 0)
    await commit(
      context,
      dead.map((message, n) => replay(context, message.id, n)),
    );
  return dead.length;
}

/** Opens an endpoint that was stopped by 410 or by `ref_key_ignored`. */
export async function resume(context: RelayContext, endpoint: string): Promise<void> {
  await commit(context, [reopened(endpoint)]);
}

function reopened(name: string): Change {
  return { type: "endpoint", endpoint: { name, stoppedAt: null, reason: null } };
}

function replay(context: RelayContext, messageId: string, n: number): Change {
  const dueAt = context.clock() + n * REPLAY_SPACING;
  return {
    type: "requeue",
    messageId,
    from: ["dead", "problem", "done", "queued", "parked"],
    journal: {},
    dueAt,
    restart: true,
  };
}

async function existing(context: RelayContext, actId: string): Promise<Act> {
  const act = await context.store.act(actId);
  if (act === null) throw new RequestError("act_not_found", "Такого акта нет");
  return act;
}

function settled(changed: Changed | null, what: string): Act {
  if (changed === null) throw new RequestError("act_not_found", "Такого акта нет");
  if (changed.transition.kind === "refused") throw doesNotFit(changed.act, what);
  return changed.act;
}
