import type { Queue } from "@cloudflare/workers-types";
import type { RelayLog } from "../../core/relay/options.ts";
import type { Store } from "../../core/store.ts";
import { toErrorFields } from "../log.ts";

/** «Look what is due»: all that a queue ever carries. The rows in the database are the truth. */
export interface WakeUp {
  /** When it was meant to come, epoch ms. */
  readonly at: number;
}

/** Leaves wake-ups in the queue. Neither rejects: where the queue fails, the cron trigger finds the work. */
export interface WakeUps {
  /** Work may be due now. */
  sendNow(): Promise<void>;
  /** Work is due at this time, epoch ms. */
  sendAt(time: number): Promise<void>;
}

/** {@link createWakeUps} */
export interface WakeUpOptions {
  readonly queue: Pick<Queue<WakeUp>, "send">;
  readonly store: Pick<Store, "commit">;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: RelayLog;
}

const SECOND = 1_000;
const HOUR = 3_600_000;
/** Longest delay of a queue's message that is certain to be taken. Who is woken too early leaves the next wake-up. */
const LONGEST = 12 * HOUR;

/**
 * Wake-ups over a queue. A later one is left once for each second: everybody who looks leaves the next one, and they would
 * multiply otherwise. The key of that second is in the store, for isolates know nothing of each other.
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
    // Far ahead one for each hour will do.
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
