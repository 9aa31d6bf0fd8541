import type { Job, Queue } from "../job.ts";
import { getLeaseLength, LeaseLost } from "./adapter-call.ts";
import { doJob } from "./jobs/index.ts";
import { LONGEST_SLOW_PAUSE } from "./jobs/send-webhook.ts";
import type { RelayContext } from "./options.ts";

/** Leases the relay's jobs and does each leased job. */
export interface Worker {
  /** Leases due jobs up to the free capacity; the caller passes each to {@link Worker.runJob}. */
  leaseJobs(queue: Queue): Promise<readonly Job[]>;
  /** Does and releases one leased job. Rejects only when the storage fails; the lease then runs out. */
  runJob(job: Job): Promise<void>;
  /** When to look at the queue again, epoch ms. Null: no job waits, or only the end of a running job makes room. */
  getNextWake(queue: Queue): Promise<number | null>;
  /** Number of running jobs of this process. */
  countRunning(queue: Queue): number;
}

export function createWorker(context: RelayContext): Worker {
  const running: Record<Queue, number> = { accounting: 0, webhook: 0 };
  // A slow platform pauses all webhooks: the relay has one platform, and the operator's address is a courtesy.
  let slowUntil = 0;

  /** Number of further jobs allowed to begin now. */
  function countFree(queue: Queue, now: number): number {
    // A clock that was set back must not lengthen the pause.
    slowUntil = Math.min(slowUntil, now + LONGEST_SLOW_PAUSE);
    if (queue === "accounting") return context.breaker.countAllowed(now, running.accounting);
    return slowUntil > now ? 0 : context.settings.webhookConcurrency - running.webhook;
  }

  async function leaseJobs(queue: Queue): Promise<readonly Job[]> {
    const now = context.clock();
    const limit = countFree(queue, now);
    if (limit <= 0) return [];
    const timeout = queue === "accounting" ? context.adapter.timeoutMs : context.settings.webhookTimeoutMs;
    const leaseUntil = now + getLeaseLength(timeout);
    // Slots are taken before the wait, so that two concurrent calls never exceed the limit.
    running[queue] += limit;
    let leased: readonly Job[] = [];
    try {
      // The breaker counts the calls of this process only; the store limits all processes together.
      const bound = queue === "accounting" ? { atOnce: context.settings.accountingConcurrency } : {};
      leased = await context.store.leaseJobs({ queue, limit, owner: context.newId(), now, leaseUntil, ...bound });
    } finally {
      running[queue] -= limit - leased.length;
    }
    return leased;
  }

  async function runJob(job: Job): Promise<void> {
    const startedAt = context.clock();
    try {
      await doJob(context, job, startedAt, (pauseMs) => {
        slowUntil = Math.max(slowUntil, context.clock() + pauseMs);
      });
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      context.log("warn", "lease_lost", { job: job.id, type: job.type });
    } finally {
      running[job.queue] -= 1;
      context.onWork([job.queue]);
    }
  }

  async function getNextWake(queue: Queue): Promise<number | null> {
    // Without room, the end of a running job is the moment to look again.
    if (countFree(queue, context.clock()) <= 0 && running[queue] > 0) return null;
    const due = await context.store.getNextDue(queue);
    if (due === null) return null;
    const now = context.clock();
    const wait = queue === "accounting" ? context.breaker.getProbeTime(now) : slowUntil;
    return Math.max(due, wait ?? 0);
  }

  return { leaseJobs, runJob, getNextWake, countRunning: (queue) => running[queue] };
}
