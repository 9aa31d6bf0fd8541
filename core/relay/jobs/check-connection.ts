import { type CheckConnectionJob, type CommandBody, createJob, type Job, type LateAnswer } from "../../job.ts";
import type { Write } from "../../store.ts";
import { type JobEnd, OK_ATTEMPT, SKIPPED_ATTEMPT } from "../job-end.ts";
import type { RelayContext } from "../options.ts";

/**
 * Creates a check of a 1C in pull mode, for a process without a way to call 1C. The job begins parked, so any process
 * over the store gives out the command, even while `accounting` is stopped. The answer stays in the job.
 * `id`: a text without a colon.
 */
export function createConnectionCheck(id: string, at: number, command: CommandBody): Job {
  const job = createJob(id, at, {
    queue: "accounting",
    type: "connection.check",
    actId: null,
    orderKey: null,
    destination: "check",
    input: {},
  });
  return { ...job, state: "parked", awaiting: `${id}:check:0`, progress: { command } };
}

/** Reads the state of a check by {@link createConnectionCheck} from the stored job; null counts as `waiting`. */
export function readConnectionCheck(job: Job | null): LateAnswer | "waiting" | "fetched" {
  const answer = job?.progress.answers?.check;
  // Only a printed form is stored as base64.
  if (answer !== undefined && !("base64" in answer)) return answer;
  return job?.lease == null ? "waiting" : "fetched";
}

/** Withdraws an unanswered check of {@link createConnectionCheck}: no process gives out the command any more. */
export function withdrawConnectionCheck({ id, awaiting }: Job, dueAt: number): Write {
  const call = awaiting === null ? {} : { awaiting };
  return { type: "requeue", jobId: id, from: ["parked"], ...call, dueAt, progress: {}, restart: false };
}

/** Ends a check. The maker reads the answer in the job, or has given up the check. */
export function endConnectionCheck(context: RelayContext, { progress }: CheckConnectionJob): JobEnd {
  const dueAt = context.clock();
  if (progress.answers !== undefined) return { state: "done", dueAt, progress, attempt: OK_ATTEMPT };
  return { state: "skipped", dueAt, progress, attempt: SKIPPED_ATTEMPT };
}
