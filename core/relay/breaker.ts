import type { ProblemCode } from "../errors.ts";

/** What the breaker shows in health and metrics. */
export interface BreakerState {
  readonly state: "closed" | "open" | "half_open";
  /** Epoch ms of the next probe, while open. */
  readonly probeAt: number | null;
  /** How many calls may run side by side now: grows back one by one after an outage. */
  readonly capacity: number;
  /** What the last failure was. */
  readonly code: ProblemCode | null;
}

/** Circuit breaker of one infobase. Knows no clock: the caller says what time it is. */
export interface Breaker {
  /** How many more calls may begin now, with so many running. */
  countAllowed(now: number, running: number): number;
  /** A call got an answer, be it a refusal: 1C is there. */
  recordSuccess(): void;
  /** A call did not get there or got no answer. */
  recordFailure(now: number, code: ProblemCode): void;
  /** When a waiting caller should ask again; null while closed. */
  getProbeTime(now: number): number | null;
  getState(now: number): BreakerState;
}

/** {@link createBreaker} */
export interface BreakerOptions {
  /** Calls that may run side by side when all is well. */
  readonly capacity: number;
  /** Failures in a row that open it. */
  readonly threshold?: number;
  /** First and longest pause, milliseconds. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

/**
 * After `threshold` failures in a row nothing is called for a pause; then one probe. A failed probe doubles the pause.
 * After a success the calls side by side grow back from one, so that a night's backlog does not fall on 1C at once.
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

  /** A clock that was set back must not keep 1C closed for as long. */
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
