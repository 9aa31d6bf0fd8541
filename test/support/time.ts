/** Time that stands still until a test moves it: a clock, and a timer that goes by it. */
export interface Time {
  /** Epoch ms. */
  now(): number;
  timer(run: () => void, ms: number): () => void;
  /** Moves the clock, running what comes due on the way, each at its own moment. */
  pass(ms: number): Promise<void>;
  /** How many timers wait. */
  waiting(): number;
}

/**
 * Time that begins at an instant. It waits for whatever is `busy`: work in threads, signatures for one, takes turns that
 * nobody can count, and must not look as if it had taken minutes.
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
      // A function of its own, so that one and the same callback can wait twice.
      const once = () => run();
      timers.set(once, now + ms);
      return () => void timers.delete(once);
    },
    pass,
    waiting: () => timers.size,
  };
}

/** Lets everything run that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
