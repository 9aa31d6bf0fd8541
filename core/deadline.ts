/** The error of an attempt that reached its deadline. */
export class DeadlineError extends Error {
  override readonly name = "TimeoutError";
}

/** Controllers of running attempts: a runtime may collect a controller that only a request knows, and its deadline. */
const running = new Set<AbortController>();

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds, or with `stop`. `work` must await everything outside
 * through {@link awaitUnlessAborted} or {@link readBody}: a runtime may lose the signal of a request. The signal's reason at
 * the deadline is a {@link DeadlineError}.
 */
export async function runWithDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  stop?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const end = () => controller.abort(stop?.reason);
  const timer = setTimeout(() => controller.abort(new DeadlineError(`No end within ${ms} ms`)), ms);
  running.add(controller);
  stop?.addEventListener("abort", end, { once: true });
  if (stop?.aborted === true) end();
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    running.delete(controller);
    stop?.removeEventListener("abort", end);
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
