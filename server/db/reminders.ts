import type { Queue } from "../../core/job.ts";
import type { Write } from "../../core/store.ts";

export interface Due {
  readonly lanes: readonly Queue[];
  /** Due times, epoch ms, including now. */
  readonly times: readonly number[];
}

/** Collects the due times of a commit. A finished job is left out: its process looks for the next job at once. */
export function collectDue(writes: readonly Write[], now: number): Due {
  const queues = new Set<Queue>();
  const times = new Set<number>();
  const addDue = (at: number, ...of: readonly Queue[]) => {
    times.add(Math.max(at, now));
    if (at <= now) for (const queue of of) queues.add(queue);
  };
  for (const write of writes) {
    if (write.type === "job" && write.job.state === "queued") addDue(write.job.dueAt, write.job.queue);
    if (write.type === "requeue") addDue(write.dueAt, "accounting", "webhook");
    if (write.type === "destination" && write.destination.stoppedAt === null) addDue(now, "accounting", "webhook");
    if (write.type === "release" && write.release.state === "queued") times.add(write.release.dueAt);
    // An infobase that fetches commands may wait at another process.
    if (write.type === "release" && write.release.state === "parked") queues.add("accounting");
  }
  return { lanes: [...queues], times: [...times] };
}

/** Reminder times are rounded up to this step, ms, so that many jobs share a reminder. */
const STEP = 1_000;
/** Shortest time from a commit to its reminder, ms: the commit must be over by then. */
const SLACK = 500;
/** Above this number of remembered reminders, past reminders are forgotten. */
const MOST = 1_000;

/** The reminders of this process: one reminder for every second with a due job. */
export interface Reminders {
  /** Lists the reminder times (epoch ms) that the given due times still need. */
  listMissing(times: readonly number[], now: number): readonly number[];
  markWritten(times: readonly number[], now: number): void;
}

export function createReminders(): Reminders {
  const there = new Set<number>();
  return {
    listMissing(times, now) {
      const needed = times.map((at) => Math.ceil((Math.max(at, now) + SLACK) / STEP) * STEP);
      return [...new Set(needed)].filter((at) => !there.has(at));
    },
    markWritten(times, now) {
      if (there.size > MOST) for (const at of there) if (at < now) there.delete(at);
      for (const at of times) there.add(at);
    },
  };
}

/** Gathers queues and passes them on: at once after a pause, else once in `everyMs`. `pass` must not reject. */
export function createGatherer(pass: (queues: readonly Queue[]) => Promise<unknown>, everyMs: number) {
  const owed = new Set<Queue>();
  let busy = false;
  const flush = async () => {
    busy = true;
    while (owed.size > 0) {
      const queues = [...owed];
      owed.clear();
      await pass(queues);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    busy = false;
  };
  return (queues: readonly Queue[]): void => {
    for (const queue of queues) owed.add(queue);
    if (!busy) void flush();
  };
}
