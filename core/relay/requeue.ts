import type { Job, JobProgress } from "../job.ts";
import type { Write } from "../store.ts";

/** Requeues a parked job for a new call. The lost call may have taken effect, so the progress keeps decisions. */
export function requeueParked(job: Job, dueAt: number): Write {
  const { id: jobId, awaiting } = job;
  // If the answer comes first and the job then parks for another call, the write does nothing.
  const call = awaiting === null ? {} : { awaiting };
  return { type: "requeue", jobId, from: ["parked"], ...call, dueAt, progress: keepDecisions(job), restart: false };
}

function keepDecisions(job: Job): JobProgress {
  switch (job.type) {
    case "act.create": {
      const { period } = job.progress;
      return period === undefined ? {} : { period, sent: true };
    }
    case "payment.check": {
      const { round, failing } = job.progress;
      return { ...(round === undefined ? {} : { round: round + 1 }), ...(failing === undefined ? {} : { failing }) };
    }
    default:
      return {};
  }
}
