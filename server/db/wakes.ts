import type { Lane } from "../../core/relay/message.ts";
import type { Change } from "../../core/store.ts";

/** What a commit gives other processes to do. */
export interface Due {
  /** Lanes that have something to do now. */
  readonly lanes: readonly Lane[];
  /** When messages become due, epoch ms, now included. */
  readonly times: readonly number[];
}

/**
 * What other processes should know of a commit. The end of a message is not told of: whoever ended it looks for the next
 * one at once.
 */
export function dueBy(changes: readonly Change[], now: number): Due {
  const lanes = new Set<Lane>();
  const times = new Set<number>();
  const due = (at: number, ...of: readonly Lane[]) => {
    times.add(Math.max(at, now));
    if (at <= now) for (const lane of of) lanes.add(lane);
  };
  for (const change of changes) {
    if (change.type === "message" && change.message.state === "queued") due(change.message.dueAt, change.message.lane);
    if (change.type === "requeue") due(change.dueAt, "accounting", "webhook");
    if (change.type === "endpoint" && change.endpoint.stoppedAt === null) due(now, "accounting", "webhook");
    if (change.type === "settle" && change.settlement.state === "queued") times.add(change.settlement.dueAt);
    // An infobase that fetches its commands may be waiting at another process.
    if (change.type === "settle" && change.settlement.state === "parked") lanes.add("accounting");
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
  missing(times: readonly number[], now: number): readonly number[];
  /** They are written. */
  left(times: readonly number[], now: number): void;
}

/** {@link Reminders} */
export function createReminders(): Reminders {
  const there = new Set<number>();
  return {
    missing(times, now) {
      const needed = times.map((at) => Math.ceil((Math.max(at, now) + SLACK) / STEP) * STEP);
      return [...new Set(needed)].filter((at) => !there.has(at));
    },
    left(times, now) {
      if (there.size > MOST) for (const at of there) if (at < now) there.delete(at);
      for (const at of times) there.add(at);
    },
  };
}

/**
 * Gathers what is told until it is passed on: at once after a pause, otherwise once in so many milliseconds. `pass` must
 * not reject.
 */
export function gathered(pass: (lanes: readonly Lane[]) => Promise<unknown>, everyMs: number) {
  const owed = new Set<Lane>();
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
  return (lanes: readonly Lane[]): void => {
    for (const lane of lanes) owed.add(lane);
    if (!busy) void flush();
  };
}
