import type { Job, Queue } from "../../core/job.ts";
import type { RelayLog } from "../../core/relay/options.ts";
import type { Relay } from "../../core/relay/relay.ts";
import { toErrorFields } from "../log.ts";

const QUEUES: readonly Queue[] = ["accounting", "webhook"];
/** Longest time between two looks while jobs run, ms. */
const LOOK_EVERY = 1_000;
/** Pause while due jobs cannot start, ms: all slots are taken, or 1C is being probed. */
const BLOCKED_PAUSE = 5_000;

export interface DrainOptions {
  readonly relay: Pick<Relay, "leaseJobs" | "runJob" | "getNextWake">;
  /** The relay's clock, epoch ms. */
  readonly clock: () => number;
  readonly log: RelayLog;
  /** Time for starting jobs, ms. Started jobs run to their end. */
  readonly beginMs: number;
  readonly most: number;
  /** Requests another look at this time, epoch ms. */
  readonly leave: (at: number) => Promise<void>;
}

/**
 * Runs due jobs within limits and leaves the rest to a later call, for a runtime without a permanent process. The
 * queues do not wait for each other: after the end of each job `drain` looks into both. Returns the number of jobs.
 * Rejects when the storage fails, after the end of all started jobs.
 */
export async function drain({ relay, clock, log, beginMs, most, leave }: DrainOptions): Promise<number> {
  const until = clock() + beginMs;
  const running = new Set<Promise<void>>();
  let done = 0;

  function begin(job: Job): void {
    done += 1;
    const work = relay
      .runJob(job)
      // The lease will expire, and a later look leases the job again.
      .catch((error: unknown) => log("error", "work_failed", { message: job.id, ...toErrorFields(error) }))
      .finally(() => running.delete(work));
    running.add(work);
  }

  const mayBegin = () => done < most && clock() < until;

  async function leaveNext(): Promise<void> {
    const wakes = await Promise.all(QUEUES.map((queue) => relay.getNextWake(queue)));
    const next = Math.min(...wakes.flatMap((wake) => wake ?? []));
    if (next === Number.POSITIVE_INFINITY) return;
    const now = clock();
    await leave(next > now ? next : mayBegin() ? now + BLOCKED_PAUSE : now);
  }

  try {
    while (mayBegin()) {
      for (const queue of QUEUES) if (mayBegin()) for (const job of await relay.leaseJobs(queue)) begin(job);
      if (running.size === 0) break;
      await waitForEnd(running);
    }
    // A job may take minutes; other jobs must not wait.
    if (running.size > 0) await leaveNext();
  } finally {
    await Promise.all(running);
  }
  await leaveNext();
  return done;
}

/** Waits for the end of a job, at most {@link LOOK_EVERY}. */
async function waitForEnd(running: ReadonlySet<Promise<void>>): Promise<void> {
  let timeout: ReturnType<typeof setTimeout> | undefined;
  const pause = new Promise<void>((resolve) => {
    timeout = setTimeout(resolve, LOOK_EVERY);
  });
  await Promise.race([...running, pause]);
  clearTimeout(timeout);
}
