import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { Changes } from "./feed.ts";

const HEARTBEAT_MS = 15_000;
// Changes within this time become one message.
const GATHER_MS = 40;

/** Sends the page's state as Server-Sent Events: all, then changes. A reconnected browser starts anew. */
export function sendStates(c: Context, changes: Changes, readStateSince: (revision: number) => object): Response {
  // A buffering proxy would hold the events back.
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

/** Makes an alarm: `wait` ends at a notification or after a time. An earlier notification ends `wait` at once. */
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
