import type { Queue } from "../../core/job.ts";
import type { Write } from "../../core/store.ts";

/** What a commit gives other processes to do. */
export interface Due {
  /** Lanes that have something to do now. */
  readonly lanes: readonly Queue[];
  /** When messages become due, epoch ms, now included. */
  readonly times: readonly number[];
}

/**
 * What other processes should know of a commit. The end of a message is not told of: whoever ended it looks for the next
 * one at once.
 */
export function collectDue(changes: readonly Write[], now: number): Due {
  const lanes = new Set<Queue>();
  const times = new Set<number>();
  const addDue = (at: number, ...of: readonly Queue[]) => {
    times.add(Math.max(at, now));
    if (at <= now) for (const lane of of) lanes.add(lane);
  };
  for (const change of changes) {
    if (change.type === "job" && change.job.state === "queued") addDue(change.job.dueAt, change.job.queue);
    if (change.type === "requeue") addDue(change.dueAt, "accounting", "webhook");
    if (change.type === "destination" && change.destination.stoppedAt === null) addDue(now, "accounting", "webhook");
    if (change.type === "release" && change.release.state === "queued") times.add(change.release.dueAt);
    // An infobase that fetches its commands may be waiting at another process.
    if (change.type === "release" && change.release.state === "parked") lanes.add("accounting");
  }
  return { lanes: [...lanes], times: [...times] };
}

/** Times are rounded up to this, so that many messages share one reminder. */
const STEP = 1_000;
/** A reminder comes so much later at least, when the commit that it reminds of is long over. */
const SLACK = 500;
/** Reminders remembered before those that are past are forgotten. */
const MOST = 1_000;

/**
 * Which reminders a commit has to leave behind: one for every second in which something becomes due, but for those that
 * this process has left already.
 */
export interface Reminders {
  /** Times of reminders for what is due at these times, epoch ms; none where all of them are there. */
  listMissing(times: readonly number[], now: number): readonly number[];
  /** They are written. */
  markWritten(times: readonly number[], now: number): void;
}

/** {@link Reminders} */
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

/**
 * Gathers what is told until it is passed on: at once after a pause, otherwise once in so many milliseconds. `pass` must
 * not reject.
 */
export function createGatherer(pass: (lanes: readonly Queue[]) => Promise<unknown>, everyMs: number) {
  const owed = new Set<Queue>();
  let busy = false;
  const flush = async () => {
    busy = true;
    while (owed.size > 0) {
      const lanes = [...owed];
      owed.clear();
      await pass(lanes);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    busy = false;
  };
  return (lanes: readonly Queue[]): void => {
    for (const lane of lanes) owed.add(lane);
    if (!busy) void flush();
  };
}
