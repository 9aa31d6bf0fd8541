/** A clock under a test's control, with a timer by this clock. */
export interface Time {
  /** Epoch ms. */
  now(): number;
  timer(run: () => void, ms: number): () => void;
  /** Moves the clock and runs the timers on the way, each at the due moment. */
  pass(ms: number): Promise<void>;
  /** How many timers wait. */
  waiting(): number;
}

/**
 * Makes a clock with a first instant. The clock stands while `busy`. Work in threads, for example a signature, takes an
 * unknown number of turns and must not seem to take minutes.
 */
export function createTime(start: number, busy: () => boolean = () => false): Time {
  let now = start;
  const timers = new Map<() => void, number>();

  async function quiet(): Promise<void> {
    do await settled();
    while (busy());
  }
  async function pass(ms: number): Promise<void> {
    const until = now + ms;
    await quiet();
    for (;;) {
      const due = [...timers].filter(([, at]) => at <= until).sort(([, a], [, b]) => a - b)[0];
      if (due === undefined) break;
      const [run, at] = due;
      timers.delete(run);
      now = Math.max(now, at);
      run();
      await quiet();
    }
    now = until;
  }
  return {
    now: () => now,
    timer(run, ms) {
      // A new function lets the same callback wait twice.
      const once = () => run();
      timers.set(once, now + ms);
      return () => void timers.delete(once);
    },
    pass,
    waiting: () => timers.size,
  };
}

/** Lets all ready work run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
