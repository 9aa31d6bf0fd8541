import type { Queue } from "@cloudflare/workers-types";
import type { RelayLog } from "../../core/relay/options.ts";
import type { Store } from "../../core/store.ts";
import { toErrorFields } from "../log.ts";

/** A message of the Cloudflare queue: «look for due jobs». The jobs themselves are in the database. */
export interface WakeUp {
  /** Planned time of delivery, epoch ms. */
  readonly at: number;
}

/** Sends wake-ups to the queue. Both functions never reject: after a failure the cron trigger finds the jobs. */
export interface WakeUps {
  sendNow(): Promise<void>;
  /** Sends a wake-up for this time, epoch ms. */
  sendAt(time: number): Promise<void>;
}

export interface WakeUpOptions {
  readonly queue: Pick<Queue<WakeUp>, "send">;
  readonly store: Pick<Store, "commit">;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: RelayLog;
}

const SECOND = 1_000;
const HOUR = 3_600_000;
/** Longest safe delay of a queue message, ms. A look after an early wake-up sends the next wake-up. */
const LONGEST = 12 * HOUR;

/**
 * Makes wake-ups over a queue. Each look sends the next wake-up, so wake-ups would multiply: only one wake-up goes out
 * for each second. The store keeps the key of the second, because isolates do not know each other.
 */
export function createWakeUps({ queue, store, clock, log }: WakeUpOptions): WakeUps {
  async function send(at: number, delaySeconds: number): Promise<void> {
    try {
      await queue.send({ at }, { delaySeconds });
    } catch (error) {
      log("error", "wake_up_failed", toErrorFields(error));
    }
  }

  async function leave(time: number): Promise<void> {
    const now = clock();
    // Beyond the longest delay, one wake-up for each hour is enough.
    const at = time - now > LONGEST ? now + LONGEST - (now % HOUR) : Math.ceil(time / SECOND) * SECOND;
    const taken = await store.commit([{ type: "once", key: `wake-up:${at}`, at: now, until: at }]);
    if (taken === "ok") await send(at, Math.ceil((at - now) / SECOND));
  }

  return {
    sendNow: () => send(clock(), 0),
    async sendAt(time) {
      if (time <= clock()) return send(clock(), 0);
      await leave(time).catch((error: unknown) => log("error", "wake_up_failed", toErrorFields(error)));
    },
  };
}
