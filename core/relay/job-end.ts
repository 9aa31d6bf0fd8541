import type { Act } from "../act.ts";
import type { ActEvent } from "../act-event.ts";
import { type AdapterError, isRetried, PROBLEMS } from "../errors.ts";
import type { OperatorEvent } from "../events.ts";
import {
  type AccountingJob,
  type ActJob,
  type Attempt,
  createJob,
  type JobProgress,
  type JobState,
  type UpdateContractorJob,
} from "../job.ts";
import type { Write } from "../store.ts";
import type { Transition } from "../transition.ts";
import type { CallPending, Session } from "./adapter-call.ts";
import { ANNOUNCE_AFTER, planRetry } from "./backoff.ts";
import type { RelayContext } from "./options.ts";

/** Result of a job's handler: the act's event, and further writes for the same commit. */
export interface JobResult {
  /** `later`: nothing is wrong, and the job waits until `until`. */
  readonly state: "done" | "skipped" | "later";
  /** Epoch ms. */
  readonly until?: number;
  readonly event?: ActEvent;
  readonly also?: (decided: Transition) => readonly Write[] | Promise<readonly Write[]>;
}

/** Result for a job no longer needed. */
export const SKIPPED: JobResult = { state: "skipped" };

/** End of one attempt: the job's next state, the act's event, and further writes for the same commit. */
export interface JobEnd {
  readonly state: JobState;
  /** Epoch ms. */
  readonly dueAt: number;
  readonly awaiting?: string;
  readonly progress: JobProgress;
  readonly attempt: Pick<Attempt, "outcome" | "code" | "detail" | "status" | "response">;
  readonly event?: ActEvent;
  readonly also?: (decided: Transition | null) => readonly Write[] | Promise<readonly Write[]>;
}

/** A successful attempt. */
export const OK_ATTEMPT = { outcome: "ok", code: null, detail: null, status: null, response: null } as const;
/** An attempt at a job with nothing to do. */
export const SKIPPED_ATTEMPT = { ...OK_ATTEMPT, outcome: "skipped" } as const;

type JobSession = Session<ActJob | UpdateContractorJob>;

/** Ends an attempt with the handler's result. */
export function endDone(context: RelayContext, session: JobSession, result: JobResult): JobEnd {
  const now = context.clock();
  if (result.state === "later") {
    return { state: "queued", dueAt: result.until ?? now, progress: {}, attempt: SKIPPED_ATTEMPT };
  }
  const { also } = result;
  const skipped = result.state === "skipped";
  // Used late answers are dropped: a printed form, for example, is stored elsewhere by now.
  const { answers: _, ...progress } = session.progress;
  const event: ActEvent | undefined = skipped ? { type: "step.skipped", step: session.job.type } : result.event;
  return {
    state: result.state,
    dueAt: now,
    progress,
    attempt: skipped ? SKIPPED_ATTEMPT : OK_ATTEMPT,
    ...(event === undefined ? {} : { event }),
    ...(also === undefined ? {} : { also: (decided) => also(decided ?? { kind: "same" }) }),
  };
}

/** Ends an attempt at a call with a late answer to come: the job parks. */
export function endPending(context: RelayContext, session: Session<AccountingJob>, wait: CallPending): JobEnd {
  return {
    state: "parked",
    dueAt: context.clock(),
    awaiting: wait.callId,
    progress: { ...session.progress, ...(wait.command === null ? {} : { command: wait.command }) },
    attempt: { ...OK_ATTEMPT, outcome: "parked", detail: wait.callName },
  };
}

/** Ends a failed attempt: with a retry, or with a problem of the act. `act`: null for a job without an act. */
export function endFailed(context: RelayContext, session: JobSession, act: Act | null, error: AdapterError): JobEnd {
  const now = context.clock();
  const { job } = session;
  const { detail, field } = error;
  const again = error.outcome !== "rejected" || isRetried(error.code);
  // A fault of the whole, such as a wrong password: the act itself has no fault that a person could mend.
  const isOfWhole = error.outcome === "unavailable" && !isRetried(error.code);
  const code = isOfWhole ? "onec_unavailable" : error.code;
  const attempts = job.attempts - job.attemptsBefore + 1;
  const hintMs = error.retryAfterMs;
  const due = again ? planRetry({ queue: "accounting", attempts, now, hintMs, random: context.random() }) : null;
  const end: JobEnd = {
    state: again ? "queued" : "problem",
    dueAt: due === null ? now : moveToAnnouncement(act, now, due, now + (hintMs ?? 0)),
    progress: keepPeriod(session, error),
    attempt: { ...OK_ATTEMPT, outcome: error.outcome, code: error.code, detail },
  };
  const stopped = { name: "accounting", stoppedAt: now, reason: code };
  const stop: Write[] = code === "ref_key_ignored" ? [{ type: "destination", destination: stopped }] : [];
  if (act === null) {
    const message = detail ?? PROBLEMS[code].message;
    const data = { messageId: job.id, code, message, ...(field === null ? {} : { field }) };
    return {
      ...end,
      also: () => [...stop, ...(again ? [] : tellOperator(context, { type: "contractor.problem", data }))],
    };
  }
  const { problem } = act;
  if (again && problem !== null && problem.step === job.type && isRetried(problem.code)) {
    const overdue = !problem.announced && now - problem.since >= ANNOUNCE_AFTER;
    return overdue ? { ...end, event: { type: "problem.announced" } } : end;
  }
  const { orderRefused } = session;
  const event: ActEvent = { type: "problem.raised", code, detail, field, step: job.type, orderRefused };
  return { ...end, event, also: () => stop };
}

/**
 * Returns the progress for the next attempt. The period stays while a call with this period may have been sent.
 * Otherwise the next attempt decides anew, since another act may cover the days by then.
 */
function keepPeriod({ job, progress }: JobSession, error: AdapterError): JobProgress {
  const { period, sent } = "period" in progress ? progress : {};
  const maybeSent = sent === true || job.lapsed || error.outcome === "uncertain";
  return period !== undefined && maybeSent ? { period, sent: true } : {};
}

/** Moves a later attempt to the time of the announcement, so that no solved problem is announced. */
function moveToAnnouncement(act: Act | null, now: number, due: number, earliest: number): number {
  const mark = act === null || act.problem === null ? now + ANNOUNCE_AFTER : act.problem.since + ANNOUNCE_AFTER;
  return mark > now && mark >= earliest && due > mark ? mark : due;
}

/** Returns a webhook to `ops` about a problem without an act; no writes without this destination. */
export function tellOperator(context: RelayContext, event: OperatorEvent): Write[] {
  if (context.targets.ops === undefined) return [];
  const now = context.clock();
  const head = { type: event.type, timestamp: new Date(now).toISOString() };
  const job = createJob(`msg_${context.newId().replaceAll("-", "")}`, now, {
    queue: "webhook",
    type: "webhook",
    actId: null,
    orderKey: null,
    destination: "ops",
    input: { ...head, ...event },
  });
  return [{ type: "job", job }];
}
