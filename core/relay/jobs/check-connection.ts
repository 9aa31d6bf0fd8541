import { type CheckConnectionJob, type CommandBody, type Job, type LateAnswer, newJob } from "../../job.ts";
import type { Write } from "../../store.ts";
import { type JobEnd, OK_ATTEMPT, SKIPPED_ATTEMPT } from "../job-end.ts";
import type { RelayContext } from "../options.ts";

/**
 * A check of a 1C that fetches its commands, left by a process that cannot call 1C. The job begins parked, so any process
 * over the store gives out its command, also while `accounting` is stopped. The answer stays in the job.
 * `id`: without a colon.
 */
export function createConnectionCheck(id: string, at: number, command: CommandBody): Job {
  const job = newJob(id, at, {
    queue: "accounting",
    type: "connection.check",
    actId: null,
    orderKey: null,
    destination: "check",
    input: {},
  });
  return { ...job, state: "parked", awaiting: `${id}:check:0`, progress: { command } };
}

/** The state of a {@link createConnectionCheck}, as the store has it now. */
export function readConnectionCheck(job: Job | null): LateAnswer | "waiting" | "fetched" {
  const answer = job?.progress.answers?.check;
  // Only a printed form is bytes.
  if (answer !== undefined && !("base64" in answer)) return answer;
  return job?.lease == null ? "waiting" : "fetched";
}

/** Takes back a {@link createConnectionCheck} without an answer: it is given out no more. */
export function withdrawConnectionCheck({ id, awaiting }: Job, dueAt: number): Write {
  return {
    type: "requeue",
    jobId: id,
    from: ["parked"],
    ...(awaiting === null ? {} : { awaiting }),
    dueAt,
    progress: {},
    restart: false,
  };
}

/** The end of a check: its maker reads the answer in the job, or has given the check up. */
export function endConnectionCheck(context: RelayContext, { progress }: CheckConnectionJob): JobEnd {
  const dueAt = context.clock();
  if (progress.answers !== undefined) return { state: "done", dueAt, progress, attempt: OK_ATTEMPT };
  return { state: "skipped", dueAt, progress, attempt: SKIPPED_ATTEMPT };
}
