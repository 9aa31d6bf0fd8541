import type { Job, Queue } from "../../core/job.ts";
import type { RelayLog } from "../../core/relay/options.ts";
import type { Relay } from "../../core/relay/relay.ts";
import { toErrorFields } from "../log.ts";

const LANES: readonly Queue[] = ["accounting", "webhook"];
/** While something runs, what has become due meanwhile is looked for so often. */
const LOOK_EVERY = 1_000;
/** Work is due and none can be begun: its places are taken by others, or 1C is being probed. */
const BLOCKED_PAUSE = 5_000;

/** {@link drain} */
export interface DrainOptions {
  readonly relay: Pick<Relay, "leaseJobs" | "runJob" | "getNextWake">;
  /** Epoch ms; the relay's own clock. */
  readonly clock: () => number;
  readonly log: RelayLog;
  /** For how long new work is begun, milliseconds. What has begun is finished. */
  readonly beginMs: number;
  /** About how many messages are begun. */
  readonly most: number;
  /** Somebody has to look again at this time, epoch ms. */
  readonly leave: (at: number) => Promise<void>;
}

/**
 * Does what is due, within bounds, and leaves the rest to another call: for a runtime that has no process that stays.
 * Lanes do not wait for each other: whenever a message ends, both are looked at. Returns how many messages were done.
 *
 * Rejects when the storage fails, after what had begun has ended.
 */
export async function drain({ relay, clock, log, beginMs, most, leave }: DrainOptions): Promise<number> {
  const until = clock() + beginMs;
  const running = new Set<Promise<void>>();
  let done = 0;

  function begin(message: Job): void {
    done += 1;
    const work = relay
      .runJob(message)
      // The lease runs out and the message is claimed anew.
      .catch((error: unknown) => log("error", "work_failed", { message: message.id, ...toErrorFields(error) }))
      .finally(() => running.delete(work));
    running.add(work);
  }

  const mayBegin = () => done < most && clock() < until;

  async function leaveNext(): Promise<void> {
    const wakes = await Promise.all(LANES.map((lane) => relay.getNextWake(lane)));
    const next = Math.min(...wakes.flatMap((wake) => wake ?? []));
    if (next === Number.POSITIVE_INFINITY) return;
    const now = clock();
    await leave(next > now ? next : mayBegin() ? now + BLOCKED_PAUSE : now);
  }

  try {
    while (mayBegin()) {
      for (const lane of LANES) if (mayBegin()) for (const message of await relay.leaseJobs(lane)) begin(message);
      if (running.size === 0) break;
      await waitForEnd(running);
    }
    // A call may take minutes, and nobody else need wait for it.
    if (running.size > 0) await leaveNext();
  } finally {
    await Promise.all(running);
  }
  await leaveNext();
  return done;
}

/** Resolves when one of them has ended, or after a while. */
async function waitForEnd(running: ReadonlySet<Promise<void>>): Promise<void> {
  let timeout: ReturnType<typeof setTimeout> | undefined;
  const pause = new Promise<void>((resolve) => {
    timeout = setTimeout(resolve, LOOK_EVERY);
  });
  await Promise.race([...running, pause]);
  clearTimeout(timeout);
}
