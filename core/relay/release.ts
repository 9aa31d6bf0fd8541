import type { Attempt, Job } from "../job.ts";
import type { Write } from "../store.ts";
import { LeaseLost } from "./adapter-call.ts";
import { applyEvent, commit } from "./commit.ts";
import { type JobEnd, OK_ATTEMPT } from "./job-end.ts";
import type { RelayContext } from "./options.ts";

/** An attempt without a recorded outcome. */
const LOST_ATTEMPT = {
  ...OK_ATTEMPT,
  outcome: "uncertain",
  code: "worker_lost",
  detail: "The worker stopped before it recorded an outcome",
} as const;

/**
 * Commits the end of an attempt together with the act's event. After a conflict the same outcome is applied to the
 * newer act; the outside call is never repeated here. Throws {@link LeaseLost}.
 */
export async function releaseJob(context: RelayContext, job: Job, startedAt: number, end: JobEnd): Promise<void> {
  const owner = job.lease?.owner ?? "";
  const { state, dueAt, awaiting, progress } = end;
  // The recurring check stores no attempts: the history would grow for ever.
  const attempts = job.type === "payment.check" ? [] : listAttempts(job, startedAt, context.clock(), end);
  const call = awaiting === undefined ? {} : { awaiting };
  const write: Write = {
    type: "release",
    release: { jobId: job.id, owner, state, dueAt, ...call, progress, attempts },
  };
  if (end.event === undefined || job.actId === null) {
    const also = (await end.also?.(null)) ?? [];
    // Only a lost lease can refuse this commit.
    if (!(await commit(context, [write, ...also]))) throw new LeaseLost();
    return;
  }
  let first = true;
  const applied = await applyEvent(context, job.actId, "relay", end.event, async (decided) => {
    if (!first && !(await isHeld(context, job.id, owner))) return null;
    first = false;
    return [write, ...((await end.also?.(decided)) ?? [])];
  });
  if (applied === null) throw new LeaseLost();
}

async function isHeld(context: RelayContext, jobId: string, owner: string): Promise<boolean> {
  const job = await context.store.getJob(jobId);
  return job?.state === "queued" && job.lease?.owner === owner;
}

function listAttempts(job: Job, startedAt: number, finishedAt: number, end: JobEnd): Attempt[] {
  const { id: jobId, attempts, lapsed, dueAt } = job;
  const last: Attempt = { jobId, n: attempts + (lapsed ? 2 : 1), startedAt, finishedAt, ...end.attempt };
  if (!lapsed) return [last];
  return [{ jobId, n: attempts + 1, startedAt: dueAt, finishedAt: startedAt, ...LOST_ATTEMPT }, last];
}
