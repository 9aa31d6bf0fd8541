import type { Act } from "../act.ts";
import type { ActEvent } from "../act-event.ts";
import { type AdapterError, isRetried, PROBLEMS } from "../errors.ts";
import type { OperatorEvent } from "../events.ts";
import {
  type AccountingJob,
  type ActJob,
  type Attempt,
  type JobProgress,
  type JobState,
  newJob,
  type UpdateContractorJob,
} from "../job.ts";
import type { Write } from "../store.ts";
import type { Transition } from "../transition.ts";
import type { CallPending, Session } from "./adapter-call.ts";
import { ANNOUNCE_AFTER, planRetry } from "./backoff.ts";
import type { RelayContext } from "./options.ts";

/** Outcome of a job's handler: the act's event, and the writes that go along. */
export interface JobResult {
  /** `later`: nothing is wrong, and nothing is to be done before `until`. */
  readonly state: "done" | "skipped" | "later";
  /** Epoch ms. */
  readonly until?: number;
  readonly event?: ActEvent;
  readonly also?: (decided: Transition) => readonly Write[] | Promise<readonly Write[]>;
}

/** The job is not needed any more. */
export const SKIPPED: JobResult = { state: "skipped" };

/** How one attempt at a job ends: the job's next state, and the event of its act. */
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

/** An attempt that went well. */
export const OK_ATTEMPT = { outcome: "ok", code: null, detail: null, status: null, response: null } as const;
/** An attempt that was not needed. */
export const SKIPPED_ATTEMPT = { ...OK_ATTEMPT, outcome: "skipped" } as const;

/** The end of an attempt whose handler came to a result. */
export function endDone(
  context: RelayContext,
  session: Session<ActJob | UpdateContractorJob>,
  result: JobResult,
): JobEnd {
  const now = context.clock();
  if (result.state === "later") {
    return { state: "queued", dueAt: result.until ?? now, progress: {}, attempt: SKIPPED_ATTEMPT };
  }
  const { also } = result;
  const skipped = result.state === "skipped";
  // A used answer is not kept: a printed form, for example, is stored elsewhere by now.
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

/** The end of an attempt whose call the accounting system will answer later. */
export function endPending(context: RelayContext, session: Session<AccountingJob>, wait: CallPending): JobEnd {
  return {
    state: "parked",
    dueAt: context.clock(),
    awaiting: wait.callId,
    progress: { ...session.progress, ...(wait.command === null ? {} : { command: wait.command }) },
    attempt: { ...OK_ATTEMPT, outcome: "parked", detail: wait.callName },
  };
}

/** The end of a failed attempt: again later, or a problem of the act. `act`: null where the job has none. */
export function endFailed(
  context: RelayContext,
  session: Session<ActJob | UpdateContractorJob>,
  act: Act | null,
  error: AdapterError,
): JobEnd {
  const now = context.clock();
  const { job } = session;
  const { code, detail, field } = error;
  const again = error.outcome === "uncertain" || isRetried(code);
  const attempts = job.attempts - job.attemptsBefore + 1;
  const hintMs = error.retryAfterMs;
  const due = again ? planRetry({ queue: "accounting", attempts, now, hintMs, random: context.random() }) : null;
  const end: JobEnd = {
    state: again ? "queued" : "problem",
    dueAt: due === null ? now : dueInTimeToAnnounce(act, now, due, now + (hintMs ?? 0)),
    progress: keepPeriod(session, error),
    attempt: { ...OK_ATTEMPT, outcome: error.outcome, code, detail },
  };
  const stop: Write[] =
    code === "ref_key_ignored"
      ? [{ type: "destination", destination: { name: "accounting", stoppedAt: now, reason: code } }]
      : [];
  if (act === null) {
    const message = detail ?? PROBLEMS[code].message;
    const data = { messageId: job.id, code, message, ...(field === null ? {} : { field }) };
    return {
      ...end,
      also: () => [...stop, ...(again ? [] : tellOperator(context, { type: "contractor.problem", data }))],
    };
  }
  const standing = act.problem;
  if (again && standing !== null && standing.step === job.type && isRetried(standing.code)) {
    const overdue = !standing.announced && now - standing.since >= ANNOUNCE_AFTER;
    return overdue ? { ...end, event: { type: "problem.announced" } } : end;
  }
  const { orderRefused } = session;
  return {
    ...end,
    event: { type: "problem.raised", code, detail, field, step: job.type, orderRefused },
    also: () => stop,
  };
}

/**
 * Progress for the next attempt. A decided period stands as long as a call with this period may have been sent.
 * Otherwise the next attempt decides anew, since the days may be taken by then.
 */
function keepPeriod({ job, progress }: Session<ActJob | UpdateContractorJob>, error: AdapterError): JobProgress {
  const { period, sent } = "period" in progress ? progress : {};
  const maybeSent = sent === true || job.lapsed || error.outcome === "uncertain";
  return period !== undefined && maybeSent ? { period, sent: true } : {};
}

/** Moves an attempt onto the moment of the announcement, so that no announcement tells of a problem just past. */
function dueInTimeToAnnounce(act: Act | null, now: number, due: number, earliest: number): number {
  const mark = act === null || act.problem === null ? now + ANNOUNCE_AFTER : act.problem.since + ANNOUNCE_AFTER;
  return mark > now && mark >= earliest && due > mark ? mark : due;
}

/** A webhook to the operator's address about a problem that no act shows; nothing where no such address is set. */
export function tellOperator(context: RelayContext, event: OperatorEvent): Write[] {
  if (context.targets.ops === undefined) return [];
  const now = context.clock();
  const head = { type: event.type, timestamp: new Date(now).toISOString() };
  const job = newJob(`msg_${context.newId().replaceAll("-", "")}`, now, {
    queue: "webhook",
    type: "webhook",
    actId: null,
    orderKey: null,
    destination: "ops",
    input: { ...head, ...event },
  });
  return [{ type: "job", job }];
}
