import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Changes } from "./feed.ts";

const HEARTBEAT_MS = 15_000;
// A burst of changes becomes one message.
const GATHER_MS = 40;

/** Server-Sent Events of the page's state: everything at once, then what changed. A browser that comes back starts anew. */
export function sendStates(c: Context, changes: Changes, readStateSince: (revision: number) => object): Response {
  // A proxy that buffers would hold the events back.
  c.header("x-accel-buffering", "no");
  return streamSSE(c, async (stream) => {
    const alarm = createAlarm();
    const stop = changes.listen(alarm.notify);
    stream.onAbort(alarm.notify);
    let sent = 0;
    while (!stream.aborted && !stream.closed) {
      const revision = changes.getRevision();
      const data = revision > sent ? JSON.stringify(readStateSince(sent)) : null;
      await stream.writeSSE(data === null ? { event: "beat", data: "" } : { event: "state", data });
      sent = revision;
      await alarm.wait(HEARTBEAT_MS);
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    }
    stop();
  });
}

/** Waits for a ring or so long; a ring while nobody waits is not lost. */
function createAlarm() {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    notify() {
      rung = true;
      wake?.();
    },
    async wait(ms: number) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      rung = false;
      wake = null;
    },
  };
}
