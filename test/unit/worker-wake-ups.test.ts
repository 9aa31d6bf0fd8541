import { expect, test } from "vitest";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import { createWakeUps } from "../../server/worker/wake-ups.ts";
import { NOON } from "../support/builders.ts";

const HOUR = 3_600_000;

/** Isolates over one store and one queue. */
function world() {
  const time = { now: NOON + 350 };
  const sent: { at: number; delay: number }[] = [];
  const logged: string[] = [];
  const state = { broken: false };
  const store = createMemoryStore();
  const isolate = () =>
    createWakeUps({
      store,
      clock: () => time.now,
      log: (_, event) => void logged.push(event),
      queue: {
        async send(body, options) {
          if (state.broken) throw new Error("Too many requests");
          sent.push({ at: body.at - NOON, delay: options?.delaySeconds ?? 0 });
          return { metadata: { metrics: { backlogBytes: 0, backlogCount: 0 } } };
        },
      },
    });
  return { time, sent, logged, state, store, isolate };
}

test("a reminder of due work is sent at once, each time", async () => {
  const { isolate, sent } = world();
  const wakeUps = isolate();
  await wakeUps.sendNow();
  await wakeUps.sendAt(NOON);
  expect(sent).toEqual([
    { at: 350, delay: 0 },
    { at: 350, delay: 0 },
  ]);
});

test("a reminder of later work comes when the second is over, once for all isolates, and is never early", async () => {
  const { isolate, sent, time } = world();
  for (const each of [isolate(), isolate(), isolate()]) {
    await each.sendAt(NOON + 2_100);
    await each.sendAt(NOON + 3_000);
  }
  await isolate().sendAt(NOON + 3_001);
  expect(sent).toEqual([
    { at: 3_000, delay: 3 },
    { at: 4_000, delay: 4 },
  ]);
  for (const { at, delay } of sent) expect(time.now + delay * 1000).toBeGreaterThanOrEqual(NOON + at);
  // The time of the reminder has come: a job due in the same second gets a new reminder.
  time.now = NOON + 4_350;
  await isolate().sendAt(NOON + 5_000);
  expect(sent.at(-1)).toEqual({ at: 5_000, delay: 1 });
});

test("a reminder in days is split into waits of at most twelve hours, one reminder an hour", async () => {
  const { isolate, sent, time } = world();
  const due = NOON + 30 * HOUR;
  const delays: number[] = [];
  for (let wakes = 0; time.now < due; wakes += 1) {
    expect(wakes).toBeLessThan(5);
    for (const each of [isolate(), isolate()]) await each.sendAt(due);
    const { delay } = sent.at(-1)!;
    delays.push(delay);
    time.now += delay * 1000;
  }
  expect(sent).toHaveLength(delays.length);
  expect(Math.max(...delays)).toBeLessThanOrEqual(43_200);
  expect(time.now - due).toBeLessThan(2_000);
  for (let minute = 0; minute < 60; minute += 1) {
    await isolate().sendAt(time.now + 20 * HOUR);
    time.now += 60_000;
  }
  expect(sent.length - delays.length).toBeLessThanOrEqual(2);
});

test("a failed queue or storage is logged: cron will find the work", async () => {
  const { isolate, logged, state, store } = world();
  state.broken = true;
  await isolate().sendNow();
  store.commit = async () => {
    throw new Error("D1 is away");
  };
  await isolate().sendAt(NOON + HOUR);
  expect(logged).toEqual(["wake_up_failed", "wake_up_failed"]);
});
