import type { ProblemCode } from "../errors.ts";

/** State of the breaker for health and metrics. */
export interface BreakerState {
  readonly state: "closed" | "open" | "half_open";
  /** Epoch ms of the next probe, while open. */
  readonly probeAt: number | null;
  /** Most concurrent calls now: grows back one by one after an outage. */
  readonly capacity: number;
  /** Code of the last failure; null after a success. */
  readonly code: ProblemCode | null;
}

/** Circuit breaker of one infobase. The breaker has no clock: the caller passes the time, epoch ms. */
export interface Breaker {
  /** Number of further calls allowed to begin now, beside the running calls. */
  countAllowed(now: number, running: number): number;
  /** Records an answer of 1C; a refusal is an answer too. */
  recordSuccess(): void;
  /** Records a call without a connection or without an answer. */
  recordFailure(now: number, code: ProblemCode): void;
  /** When a waiting caller should ask again, epoch ms; null while closed. */
  getProbeTime(now: number): number | null;
  getState(now: number): BreakerState;
}

/** Limits and pauses of {@link createBreaker}. */
export interface BreakerOptions {
  /** Most concurrent calls in normal operation. */
  readonly capacity: number;
  /** Number of failures in a row before the breaker opens. Default: 5. */
  readonly threshold?: number;
  /** First and longest pause, milliseconds. Default: 5 s and 2 min. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

/**
 * Creates a closed breaker. After `threshold` failures in a row calls pause; then comes one probe. A failed probe
 * doubles the pause. After a success concurrency grows back from one, to spare 1C the sudden load of a night's backlog.
 */
export function createBreaker(options: BreakerOptions): Breaker {
  const threshold = options.threshold ?? 5;
  const firstPause = options.firstPauseMs ?? 5_000;
  const longestPause = options.longestPauseMs ?? 120_000;
  let failures = 0;
  let pause = firstPause;
  let openUntil: number | null = null;
  let capacity = options.capacity;
  let code: ProblemCode | null = null;

  /** Shortens the wait after the clock was set back: 1C must not stay closed for the extra time. */
  const clamp = (now: number) => {
    if (openUntil !== null && openUntil > now + longestPause) openUntil = now + longestPause;
  };

  return {
    countAllowed(now, running) {
      clamp(now);
      if (openUntil !== null) return now >= openUntil && running === 0 ? 1 : 0;
      return Math.max(0, Math.floor(capacity) - running);
    },
    recordSuccess() {
      if (openUntil !== null) capacity = 1;
      else capacity = Math.min(options.capacity, capacity + 0.5);
      failures = 0;
      pause = firstPause;
      openUntil = null;
      code = null;
    },
    recordFailure(now, failure) {
      failures += 1;
      code = failure;
      if (openUntil !== null && now >= openUntil) {
        pause = Math.min(longestPause, pause * 2);
        openUntil = now + pause;
      } else if (openUntil === null && failures >= threshold) {
        openUntil = now + pause;
      }
    },
    getProbeTime(now) {
      return openUntil === null ? null : Math.max(openUntil, now);
    },
    getState(now) {
      if (openUntil === null) return { state: "closed", probeAt: null, capacity: Math.floor(capacity), code };
      const probing = now >= openUntil;
      return { state: probing ? "half_open" : "open", probeAt: openUntil, capacity: probing ? 1 : 0, code };
    },
  };
}
