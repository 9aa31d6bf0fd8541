import type { Job, JobProgress } from "../job.ts";
import type { Write } from "../store.ts";

/** Puts a parked job back into its queue, to ask anew. The lost call may have taken effect, so decisions stand. */
export function requeueParked(job: Job, dueAt: number): Write {
  const { awaiting } = job;
  return {
    type: "requeue",
    jobId: job.id,
    from: ["parked"],
    // The answer may come meanwhile, and the job may be parked for another call by then.
    ...(awaiting === null ? {} : { awaiting }),
    dueAt,
    progress: keepDecisions(job),
    restart: false,
  };
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
