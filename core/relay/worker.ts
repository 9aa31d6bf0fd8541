import type { Act, Step } from "../act.ts";
import { AdapterError, isRetried, type ProblemCode } from "../errors.ts";
import type { Happening, Transition } from "../lifecycle.ts";
import type { Change } from "../store.ts";
import {
  LeaseLost,
  leaseFor,
  Parked,
  type Session,
  type StepResult,
  takeStep,
  updateContractor,
} from "./accounting.ts";
import { change, commit, type RelayContext } from "./context.ts";
import type { Attempt, Journal, Lane, Message, MessageState } from "./message.ts";
import { type Delivery, sendWebhook } from "./outbox.ts";
import { checkPayments } from "./payments.ts";
import { ANNOUNCE_AFTER, retryAt } from "./retry.ts";

/** Problems that say 1C itself is not there; the others are answers, and the breaker counts them as such. */
const OUTAGES: readonly ProblemCode[] = ["onec_unavailable", "onec_timeout", "onec_no_license", "onec_session_blocked"];
/** Pause of an endpoint that asks for less, where it does not say how long. */
const SLOW_PAUSE = 10_000;

/** The part of the relay that takes messages and does them. */
export interface Worker {
  /** Leases what may be begun now; the caller passes each to {@link Worker.work}. */
  claim(lane: Lane): Promise<readonly Message[]>;
  /** Does one claimed message and settles it. Rejects only when the storage fails: the lease then runs out. */
  work(message: Message): Promise<void>;
  /**
   * When the lane should be looked at again (epoch ms); null when nothing waits, or when only the end of a running
   * message makes room.
   */
  nextWake(lane: Lane): Promise<number | null>;
  /** How many messages are being done now. */
  running(lane: Lane): number;
}

/** How a message ends this time. */
interface End {
  readonly state: MessageState;
  readonly dueAt: number;
  readonly journal: Journal;
  readonly attempt: Pick<Attempt, "outcome" | "code" | "detail" | "status" | "response">;
  readonly happening?: Happening;
  readonly also?: (decided: Transition | null) => readonly Change[];
}

/** {@link Worker} over a relay's context. */
export function createWorker(context: RelayContext): Worker {
  const running: Record<Lane, number> = { accounting: 0, webhook: 0 };
  const slowUntil = new Map<string, number>();

  /** How many more messages of the lane may be begun now. */
  function room(lane: Lane, now: number): number {
    if (lane === "accounting") return context.breaker.allowance(now, running.accounting);
    return paused(now) > now ? 0 : context.settings.webhookConcurrency - running.webhook;
  }

  async function claim(lane: Lane): Promise<readonly Message[]> {
    const now = context.clock();
    const limit = room(lane, now);
    if (limit <= 0) return [];
    const timeout = lane === "accounting" ? context.adapter.timeoutMs : context.settings.webhookTimeoutMs;
    const leaseUntil = now + leaseFor(timeout);
    // Taken before the wait, so that two claims at once don't begin more than is allowed.
    running[lane] += limit;
    let claimed: readonly Message[] = [];
    try {
      claimed = await context.store.claim({ lane, limit, owner: context.newId(), now, leaseUntil });
    } finally {
      running[lane] -= limit - claimed.length;
    }
    return claimed;
  }

  async function work(message: Message): Promise<void> {
    try {
      await (message.lane === "webhook" ? deliver(message) : account(message));
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      context.log("warn", "lease_lost", { message: message.id, kind: message.kind });
    } finally {
      running[message.lane] -= 1;
      context.onWork([message.lane]);
    }
  }

  async function account(message: Message): Promise<void> {
    const startedAt = context.clock();
    const session = sessionOf(message);
    if (message.kind === "payment.check") return checkOnce(session, startedAt);
    const act = message.actId === null ? null : await context.store.act(message.actId);
    try {
      const result = act === null ? await updateContractor(context, session) : await takeStep(context, session, act);
      if (result.state === "done") context.breaker.succeeded();
      await settle(context, session, startedAt, done(context, session, result));
    } catch (error) {
      if (error instanceof Parked) return settle(context, session, startedAt, parked(context, session, error));
      if (!(error instanceof AdapterError)) throw error;
      note(error);
      await settle(context, session, startedAt, failed(context, session, act, error));
    }
  }

  function note(error: AdapterError): void {
    if (OUTAGES.includes(error.code)) context.breaker.failed(context.clock(), error.code);
    else context.breaker.succeeded();
    context.log("warn", "accounting_failed", { code: error.code, outcome: error.outcome });
  }

  async function checkOnce(session: Session, startedAt: number): Promise<void> {
    try {
      if (await checkPayments(context, session)) context.breaker.succeeded();
    } catch (error) {
      if (error instanceof Parked) return settle(context, session, startedAt, parked(context, session, error));
      if (!(error instanceof AdapterError)) throw error;
      note(error);
    }
    const dueAt = context.clock() + context.settings.paymentCheckMs;
    const attempt = { outcome: "ok", code: null, detail: null, status: null, response: null } as const;
    await settle(context, session, startedAt, { state: "queued", dueAt, journal: {}, attempt });
  }

  async function deliver(message: Message): Promise<void> {
    const startedAt = context.clock();
    const target = context.targets[message.endpoint];
    const session = sessionOf(message);
    if (target === undefined) {
      const attempt = { outcome: "skipped", code: "no_address", detail: null, status: null, response: null } as const;
      return settle(context, session, startedAt, { state: "skipped", dueAt: startedAt, journal: {}, attempt });
    }
    const delivery = await sendWebhook(context, message, target);
    if (delivery.slow) slowUntil.set(message.endpoint, context.clock() + (delivery.hintMs ?? SLOW_PAUSE));
    else if (delivery.outcome === "ok") slowUntil.delete(message.endpoint);
    await settle(context, session, startedAt, delivered(context, message, delivery));
  }

  function paused(now: number): number {
    // One address slows the lane: the relay has one platform, and the operator's address is a courtesy.
    return Math.max(0, ...[...slowUntil].filter(([name]) => name === "platform").map(([, until]) => until), now - 1);
  }

  async function nextWake(lane: Lane): Promise<number | null> {
    const due = await context.store.nextDue(lane);
    if (due === null) return null;
    const now = context.clock();
    // Where no room is left, the end of what runs now is the moment to look again.
    if (room(lane, now) <= 0 && running[lane] > 0) return null;
    const wait = lane === "accounting" ? context.breaker.waitUntil(now) : paused(now);
    return Math.max(due, wait ?? 0);
  }

  return { claim, work, nextWake, running: (lane) => running[lane] };
}

function sessionOf(message: Message): Session {
  if (message.lease === null) throw new TypeError("A message must be claimed before it is worked on");
  return { message, owner: message.lease.owner, leaseUntil: message.lease.until, journal: message.journal };
}

function done(context: RelayContext, session: Session, result: StepResult): End {
  const outcome = result.state === "done" ? "ok" : "skipped";
  const { also } = result;
  return {
    state: result.state,
    dueAt: context.clock(),
    journal: session.journal,
    attempt: { outcome, code: null, detail: null, status: null, response: null },
    ...(result.happening === undefined ? {} : { happening: result.happening }),
    ...(also === undefined ? {} : { also: (decided) => also(decided ?? { kind: "same" }) }),
  };
}

function parked(context: RelayContext, session: Session, wait: Parked): End {
  return {
    state: "parked",
    dueAt: context.clock(),
    journal: { ...session.journal, awaiting: wait.callId, step: wait.step },
    attempt: { outcome: "parked", code: null, detail: wait.step, status: null, response: null },
  };
}

function failed(context: RelayContext, session: Session, act: Act | null, error: AdapterError): End {
  const now = context.clock();
  const step = session.message.kind as Step;
  const again = error.outcome === "uncertain" || isRetried(error.code);
  const attempts = session.message.attempts - session.message.attemptsBefore + 1;
  const hintMs = error.retryAfterMs;
  const due = again ? retryAt({ lane: "accounting", attempts, now, hintMs, random: context.random() }) : null;
  const { answers: _, awaiting: __, step: ___, ...journal } = session.journal;
  const end: End = {
    state: again ? "queued" : "problem",
    dueAt: due === null ? now : announceInTime(act, now, due),
    journal,
    attempt: { outcome: error.outcome, code: error.code, detail: error.detail, status: null, response: null },
  };
  if (act === null) return end;
  const { code, detail, field } = error;
  const stop: Change[] =
    code === "ref_key_ignored"
      ? [{ type: "endpoint", endpoint: { name: "accounting", stoppedAt: now, reason: code } }]
      : [];
  const stands = again && act.problem?.code === code && act.problem.step === step;
  if (stands) {
    const overdue = !act.problem.announced && now - act.problem.since >= ANNOUNCE_AFTER;
    return overdue ? { ...end, happening: { type: "problem.announced" } } : end;
  }
  return { ...end, happening: { type: "problem.raised", code, detail, field, step }, also: () => stop };
}

/** An attempt falls on the moment when the platform is to be told, so that it is not told of what has just passed. */
function announceInTime(act: Act | null, now: number, due: number): number {
  const mark = act === null || act.problem === null ? now + ANNOUNCE_AFTER : act.problem.since + ANNOUNCE_AFTER;
  return mark > now && due > mark ? mark : due;
}

function delivered(context: RelayContext, message: Message, delivery: Delivery): End {
  const now = context.clock();
  const { outcome, code, detail, status, response, hintMs } = delivery;
  const attempt = { outcome, code, detail, status, response };
  if (outcome === "ok") return { state: "done", dueAt: now, journal: {}, attempt, ...recovered(message) };
  if (delivery.gone) {
    const endpoint = { name: message.endpoint, stoppedAt: now, reason: "http_410" };
    return { state: "queued", dueAt: now, journal: {}, attempt, also: () => [{ type: "endpoint", endpoint }] };
  }
  const attempts = message.attempts - message.attemptsBefore + 1;
  const due = retryAt({ lane: "webhook", attempts, now, hintMs, random: context.random() });
  if (due !== null) return { state: "queued", dueAt: due, journal: {}, attempt };
  const died: Happening = { type: "delivery.died", messageId: message.id };
  return {
    state: "dead",
    dueAt: now,
    journal: {},
    attempt,
    ...(message.actId === null || message.endpoint !== "platform" ? {} : { happening: died }),
  };
}

function recovered(message: Message): Pick<End, "happening"> {
  // Only a replay can recover: it began the schedule anew.
  if (message.actId === null || message.attemptsBefore === 0 || message.endpoint !== "platform") return {};
  return { happening: { type: "delivery.recovered", messageId: message.id } };
}

/**
 * Writes how the message ended together with what happened to the act. Who loses the commit reads again and applies the
 * same outcome to the act as it is now; the outside effect is never repeated here. Throws {@link LeaseLost}.
 */
async function settle(context: RelayContext, session: Session, startedAt: number, end: End): Promise<void> {
  const { message, owner } = session;
  const write: Change = {
    type: "settle",
    settlement: {
      messageId: message.id,
      owner,
      state: end.state,
      dueAt: end.dueAt,
      journal: end.journal,
      attempts: message.kind === "payment.check" ? [] : attemptsOf(message, startedAt, context.clock(), end),
    },
  };
  const held = async () => {
    const now = await context.store.message(message.id);
    return now?.state === "queued" && now.lease?.owner === owner;
  };
  if (end.happening === undefined || message.actId === null) {
    const also = end.also?.(null) ?? [];
    while (!(await commit(context, [write, ...also]))) if (!(await held())) throw new LeaseLost();
    return;
  }
  let first = true;
  const changed = await change(context, message.actId, "relay", end.happening, async (decided) => {
    if (!first && !(await held())) return null;
    first = false;
    return [write, ...(end.also?.(decided) ?? [])];
  });
  if (changed === null) throw new LeaseLost();
}

function attemptsOf(message: Message, startedAt: number, finishedAt: number, end: End): Attempt[] {
  const lost: Attempt[] = message.lapsed
    ? [
        {
          messageId: message.id,
          n: message.attempts + 1,
          startedAt: message.dueAt,
          finishedAt: startedAt,
          outcome: "uncertain",
          code: "worker_lost",
          detail: "The worker stopped before it recorded an outcome",
          status: null,
          response: null,
        },
      ]
    : [];
  const n = message.attempts + lost.length + 1;
  return [...lost, { messageId: message.id, n, startedAt, finishedAt, ...end.attempt }];
}
