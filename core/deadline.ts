/** Signals and controllers of running attempts: a runtime may collect what only a request knows, and its deadline. */
const running = new Set<{ readonly controller: AbortController; readonly deadline: AbortSignal }>();

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds, or with `stop`. `work` must await everything outside
 * through {@link awaitUnlessAborted} or {@link readBody}: a runtime may lose the signal of a request. The signal's
 * reason at the deadline is a `TimeoutError`.
 */
export async function runWithDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  stop?: AbortSignal,
): Promise<T> {
  const held = { controller: new AbortController(), deadline: AbortSignal.timeout(ms) };
  const sources = [held.deadline, ...(stop === undefined ? [] : [stop])];
  const end = () => held.controller.abort(sources.find((source) => source.aborted)?.reason);
  running.add(held);
  for (const source of sources) source.addEventListener("abort", end, { once: true });
  if (stop?.aborted === true) end();
  try {
    return await work(held.controller.signal);
  } finally {
    for (const source of sources) source.removeEventListener("abort", end);
    running.delete(held);
  }
}

/** Waits for a promise, but no longer than the signal allows. Throws the signal's reason. */
export function awaitUnlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

/** A body of more bytes than allowed. */
export class BodyTooLargeError extends Error {}

/**
 * Reads a body until its end, the signal's end, or `maxBytes`, and cancels what remains. `onMore`: how to treat a longer
 * body. Throws the signal's reason, and {@link BodyTooLargeError} for a longer body with `refuse`.
 */
export async function readBody(
  body: ReadableStream<Uint8Array>,
  { maxBytes, onMore, signal }: { maxBytes: number; onMore: "cut" | "refuse"; signal: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    while (length <= maxBytes) {
      const { done, value } = await awaitUnlessAborted(reader.read(), signal);
      if (done) break;
      parts.push(value);
      length += value.length;
      if (onMore === "cut" && length >= maxBytes) break;
    }
  } finally {
    // The cancellation closes the connection; nobody waits for its end.
    void reader.cancel().catch(() => undefined);
  }
  if (length > maxBytes && onMore === "refuse") throw new BodyTooLargeError(`More than ${maxBytes} bytes`);
  const whole = new Uint8Array(Math.min(length, maxBytes));
  let at = 0;
  for (const part of parts) {
    const fitting = part.subarray(0, whole.length - at);
    whole.set(fitting, at);
    at += fitting.length;
  }
  return whole;
}
