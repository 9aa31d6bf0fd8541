import type { Act, Step } from "../act.ts";
import { AdapterError, isRetried, PROBLEMS, type ProblemCode, RelayError } from "../errors.ts";
import type { Happening, Transition } from "../lifecycle.ts";
import { newMessage } from "../notices.ts";
import type { Change } from "../store.ts";
import { takeStep } from "./accounting.ts";
import { LeaseLost, leaseFor, Parked, type Session, type StepResult, unforeseen } from "./call.ts";
import { updateContractor } from "./card.ts";
import { change, commit, type RelayContext } from "./context.ts";
import type { Attempt, Journal, Lane, Message, MessageState } from "./message.ts";
import { type Delivery, sendWebhook } from "./outbox.ts";
import { checkPayments } from "./payments.ts";
import { ANNOUNCE_AFTER, retryAt } from "./retry.ts";

/** Problems that say 1C itself is not there; the others are answers, and the breaker counts them as such. */
const OUTAGES: readonly ProblemCode[] = ["onec_unavailable", "onec_timeout", "onec_no_license", "onec_session_blocked"];
/** Pause of an address that asks for less, where it does not say how long, and the longest that it may ask for. */
const SLOW_PAUSE = 10_000;
const LONGEST_SLOW_PAUSE = 5 * 60_000;

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
  readonly also?: (decided: Transition | null) => readonly Change[] | Promise<readonly Change[]>;
}

/** {@link Worker} over a relay's context. */
export function createWorker(context: RelayContext): Worker {
  const running: Record<Lane, number> = { accounting: 0, webhook: 0 };
  // One address slows the lane: the relay has one platform, and the operator's address is a courtesy.
  let slowUntil = 0;

  /** How many more messages of the lane may be begun now. */
  function room(lane: Lane, now: number): number {
    if (lane === "accounting") return context.breaker.allowance(now, running.accounting);
    return slowUntil > now ? 0 : context.settings.webhookConcurrency - running.webhook;
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
      // The breaker counts this process only; what all of them may begin is the store's to know.
      const bound = lane === "accounting" ? { atOnce: context.settings.accountingConcurrency } : {};
      claimed = await context.store.claim({ lane, limit, owner: context.newId(), now, leaseUntil, ...bound });
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
    if (message.kind === "connection.check") return settle(context, session, startedAt, kept(context, session));
    const act = message.actId === null ? null : await context.store.act(message.actId);
    try {
      const result = act === null ? await updateContractor(context, session) : await takeStep(context, session, act);
      if (result.state !== "skipped") context.breaker.succeeded();
      await settle(context, session, startedAt, done(context, session, result));
    } catch (error) {
      if (error instanceof Parked) return settle(context, session, startedAt, parked(context, session, error));
      const failure = asFailure(error);
      note(failure);
      await settle(context, session, startedAt, failed(context, session, act, failure));
    }
  }

  function note(error: AdapterError): void {
    if (OUTAGES.includes(error.code)) context.breaker.failed(context.clock(), error.code);
    else context.breaker.succeeded();
    context.log("warn", "accounting_failed", { code: error.code, outcome: error.outcome });
  }

  async function checkOnce(session: Session, startedAt: number): Promise<void> {
    let failure: AdapterError | null = null;
    try {
      const { asked, refusal } = await checkPayments(context, session);
      if (asked) context.breaker.succeeded();
      failure = refusal;
    } catch (error) {
      if (error instanceof Parked) return settle(context, session, startedAt, parked(context, session, error));
      failure = asFailure(error);
    }
    if (failure !== null) note(failure);
    await settle(context, session, startedAt, checked(context, session, failure));
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
    const pause = Math.min(delivery.hintMs ?? SLOW_PAUSE, LONGEST_SLOW_PAUSE);
    if (message.endpoint === "platform") slowUntil = delivery.slow ? context.clock() + pause : 0;
    await settle(context, session, startedAt, await delivered(context, message, delivery));
  }

  async function nextWake(lane: Lane): Promise<number | null> {
    // Where no room is left, the end of what runs now is the moment to look again.
    if (room(lane, context.clock()) <= 0 && running[lane] > 0) return null;
    const due = await context.store.nextDue(lane);
    if (due === null) return null;
    const now = context.clock();
    const wait = lane === "accounting" ? context.breaker.waitUntil(now) : slowUntil;
    return Math.max(due, wait ?? 0);
  }

  return { claim, work, nextWake, running: (lane) => running[lane] };
}

function sessionOf(message: Message): Session {
  if (message.lease === null) throw new TypeError("A message must be claimed before it is worked on");
  const { owner, until } = message.lease;
  return { message, owner, leaseUntil: until, journal: message.journal, orderRefused: false };
}

/** What a step threw, as the failure of an outside call. What is not one is rethrown, or nobody foresaw it. */
function asFailure(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  // Nothing is known to be wrong with the work itself: the lease runs out, and it is taken up again.
  if (error instanceof LeaseLost || error instanceof RelayError) throw error;
  return unforeseen(error);
}

function done(context: RelayContext, session: Session, result: StepResult): End {
  const { also, until } = result;
  const skipped = result.state === "skipped";
  const attempt = { outcome: "ok", code: null, detail: null, status: null, response: null } as const;
  if (result.state === "later") {
    return {
      state: "queued",
      dueAt: until ?? context.clock(),
      journal: {},
      attempt: { ...attempt, outcome: "skipped" },
    };
  }
  const step = session.message.kind as Step;
  // What came later has been used: a printed form, for one, need not be kept twice.
  const { answers: _, ...journal } = session.journal;
  const happening: Happening | undefined = skipped ? { type: "step.skipped", step } : result.happening;
  return {
    state: result.state,
    dueAt: context.clock(),
    journal,
    attempt: { ...attempt, outcome: skipped ? "skipped" : "ok" },
    ...(happening === undefined ? {} : { happening }),
    ...(also === undefined ? {} : { also: (decided) => also(decided ?? { kind: "same" }) }),
  };
}

/** The next check. One that goes on failing is told to the operator, once: no act shows it. */
function checked(context: RelayContext, session: Session, failure: AdapterError | null): End {
  const now = context.clock();
  const { round, failing } = session.message.journal as { round?: number; failing?: { since: number; told: boolean } };
  const journal: { round: number; failing?: { since: number; told: boolean } } = { round: (round ?? 0) + 1 };
  const attempt = { outcome: "ok", code: null, detail: null, status: null, response: null } as const;
  const end: End = { state: "queued", dueAt: now + context.settings.paymentCheckMs, journal, attempt };
  if (failure === null) return end;
  const since = failing?.since ?? now;
  const tell = failing?.told !== true && (!isRetried(failure.code) || now - since >= ANNOUNCE_AFTER);
  journal.failing = { since, told: failing?.told === true || tell };
  const { code } = failure;
  const message = failure.detail ?? PROBLEMS[code].message;
  return tell ? { ...end, also: () => tellOperator(context, "payment.check_failed", { code, message }) } : end;
}

/** A check of the connection is over: whoever left it reads the answer that is in it, or has given it up. */
function kept(context: RelayContext, { journal }: Session): End {
  const attempt = { outcome: "ok", code: null, detail: null, status: null, response: null } as const;
  const dueAt = context.clock();
  if (journal.answers !== undefined) return { state: "done", dueAt, journal, attempt };
  return { state: "skipped", dueAt, journal, attempt: { ...attempt, outcome: "skipped" } };
}

function parked(context: RelayContext, session: Session, wait: Parked): End {
  return {
    state: "parked",
    dueAt: context.clock(),
    journal: {
      ...session.journal,
      awaiting: wait.callId,
      step: wait.step,
      ...(wait.command === null ? {} : { command: wait.command }),
    },
    attempt: { outcome: "parked", code: null, detail: wait.step, status: null, response: null },
  };
}

function failed(context: RelayContext, session: Session, act: Act | null, error: AdapterError): End {
  const now = context.clock();
  const step = session.message.kind as Step;
  const { code, detail, field } = error;
  const again = error.outcome === "uncertain" || isRetried(code);
  const attempts = session.message.attempts - session.message.attemptsBefore + 1;
  const hintMs = error.retryAfterMs;
  const due = again ? retryAt({ lane: "accounting", attempts, now, hintMs, random: context.random() }) : null;
  const end: End = {
    state: again ? "queued" : "problem",
    dueAt: due === null ? now : announceInTime(act, now, due, now + (hintMs ?? 0)),
    journal: carriedOn(session, error),
    attempt: { outcome: error.outcome, code, detail, status: null, response: null },
  };
  const stop: Change[] =
    code === "ref_key_ignored"
      ? [{ type: "endpoint", endpoint: { name: "accounting", stoppedAt: now, reason: code } }]
      : [];
  if (act === null) {
    const message = detail ?? PROBLEMS[code].message;
    const data = { messageId: session.message.id, code, message, ...(field === null ? {} : { field }) };
    return { ...end, also: () => [...stop, ...(again ? [] : tellOperator(context, "contractor.problem", data))] };
  }
  const standing = act.problem;
  if (again && standing !== null && standing.step === step && isRetried(standing.code)) {
    const overdue = !standing.announced && now - standing.since >= ANNOUNCE_AFTER;
    return overdue ? { ...end, happening: { type: "problem.announced" } } : end;
  }
  const { orderRefused } = session;
  return { ...end, happening: { type: "problem.raised", code, detail, field, step, orderRefused }, also: () => stop };
}

/**
 * What the next attempt must know. A period that was decided stands as long as a call with it may have been sent;
 * otherwise it is decided anew, for the days may be taken by then.
 */
function carriedOn(session: Session, error: AdapterError): Journal {
  const { period, sent } = session.journal;
  const maybeSent = sent === true || session.message.lapsed || error.outcome === "uncertain";
  return period !== undefined && maybeSent ? { period, sent: true } : {};
}

/** An attempt falls on the moment when the platform is to be told, so that it is not told of what has just passed. */
function announceInTime(act: Act | null, now: number, due: number, earliest: number): number {
  const mark = act === null || act.problem === null ? now + ANNOUNCE_AFTER : act.problem.since + ANNOUNCE_AFTER;
  return mark > now && mark >= earliest && due > mark ? mark : due;
}

async function delivered(context: RelayContext, message: Message, delivery: Delivery): Promise<End> {
  const now = context.clock();
  const { endpoint } = message;
  const { outcome, code, detail, status, response, hintMs } = delivery;
  const attempt = { outcome, code, detail, status, response };
  const end: End = { state: "done", dueAt: now, journal: {}, attempt };
  if (outcome === "ok") return { ...end, ...(await recovered(context, message)) };
  if (delivery.gone) {
    context.log("error", "endpoint_stopped", { endpoint, code });
    const stopped = { name: endpoint, stoppedAt: now, reason: "http_410" };
    const told = endpoint === "ops" ? [] : tellOperator(context, "endpoint.stopped", { endpoint, code });
    return { ...end, state: "queued", also: () => [{ type: "endpoint", endpoint: stopped }, ...told] };
  }
  const attempts = message.attempts - message.attemptsBefore + 1;
  const due = retryAt({ lane: "webhook", attempts, now, hintMs, random: context.random() });
  if (due !== null) return { ...end, state: "queued", dueAt: due };
  const died: Happening = { type: "delivery.died", messageId: message.id };
  return {
    ...end,
    state: "dead",
    ...(message.actId === null || endpoint !== "platform" ? {} : { happening: died }),
  };
}

/** The act's deliveries are all well again: only a replay of its last dead one can tell. */
async function recovered(context: RelayContext, { id, actId, attemptsBefore, endpoint }: Message) {
  if (actId === null || attemptsBefore === 0 || endpoint !== "platform") return {};
  const dead = await context.store.messages({ actId, state: "dead", limit: 100 });
  const happening: Happening = { type: "delivery.recovered", messageId: id };
  return dead.items.some((message) => message.endpoint === "platform") ? {} : { happening };
}

/** A notice to the operator's address about what no act shows; nothing where there is no such address. */
function tellOperator(context: RelayContext, type: string, data: Readonly<Record<string, unknown>>): Change[] {
  if (context.targets.ops === undefined) return [];
  const now = context.clock();
  const message = newMessage(`msg_${context.newId().replaceAll("-", "")}`, null, now, {
    lane: "webhook",
    kind: "webhook",
    queueKey: null,
    endpoint: "ops",
    payload: { type, timestamp: new Date(now).toISOString(), data },
  });
  return [{ type: "message", message }];
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
    const also = (await end.also?.(null)) ?? [];
    // Nothing but the lease can stand against it.
    if (!(await commit(context, [write, ...also]))) throw new LeaseLost();
    return;
  }
  let first = true;
  const changed = await change(context, message.actId, "relay", end.happening, async (decided) => {
    if (!first && !(await held())) return null;
    first = false;
    return [write, ...((await end.also?.(decided)) ?? [])];
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
