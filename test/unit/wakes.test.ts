import { describe, expect, test } from "vitest";
import type { Change } from "../../core/store.ts";
import { createReminders, dueBy, gathered } from "../../server/db/wakes.ts";
import { aMessage, NOON } from "../support/builders.ts";

describe("what a commit gives others to do", () => {
  const message = (more: Parameters<typeof aMessage>[0]): Change => ({ type: "message", message: aMessage(more) });
  const settle = (state: "queued" | "parked" | "done", dueAt: number): Change => ({
    type: "settle",
    settlement: { messageId: "m", owner: "w", state, dueAt, journal: {}, attempts: [] },
  });
  const requeue = (dueAt: number): Change => ({
    type: "requeue",
    messageId: "m",
    from: ["dead"],
    dueAt,
    restart: false,
  });
  const endpoint = (stoppedAt: number | null): Change => ({
    type: "endpoint",
    endpoint: { name: "platform", stoppedAt, reason: null },
  });

  test.each([
    ["a message that is due", message({ lane: "webhook", dueAt: NOON - 5 }), ["webhook"], [NOON]],
    ["one that waits", message({ lane: "accounting", dueAt: NOON + 5 }), [], [NOON + 5]],
    ["one that needs nobody", message({ state: "problem", dueAt: NOON }), [], []],
    ["one that was put back", requeue(NOON), ["accounting", "webhook"], [NOON]],
    ["one that was put off", requeue(NOON + 9), [], [NOON + 9]],
    ["an address that is open again", endpoint(null), ["accounting", "webhook"], [NOON]],
    ["one that was stopped", endpoint(NOON), [], []],
    ["an attempt that will be made again", settle("queued", NOON + 60_000), [], [NOON + 60_000]],
    ["a call that 1C is to fetch", settle("parked", NOON), ["accounting"], []],
    ["an end", settle("done", NOON), [], []],
  ] as const)("%s", (_, change, lanes, times) => {
    expect(dueBy([change], NOON)).toEqual({ lanes, times });
  });

  test("many changes are told of once", () => {
    const many = [message({ dueAt: NOON }), message({ dueAt: NOON }), requeue(NOON)];
    expect(dueBy(many, NOON)).toEqual({ lanes: ["webhook", "accounting"], times: [NOON] });
  });
});

describe("reminders", () => {
  test("come after what they remind of, and those of one second are one", () => {
    const reminders = createReminders();
    expect(reminders.missing([NOON, NOON + 1, NOON + 400], NOON)).toEqual([NOON + 1000]);
    expect(reminders.missing([NOON - 99_999], NOON)).toEqual([NOON + 1000]);
    expect(reminders.missing([NOON + 600, NOON + 60_000], NOON)).toEqual([NOON + 2000, NOON + 61_000]);
  });

  test("are left once they are written, and not before", () => {
    const reminders = createReminders();
    expect(reminders.missing([NOON], NOON)).toHaveLength(1);
    const missing = reminders.missing([NOON], NOON);
    expect(missing).toHaveLength(1);
    reminders.left(missing, NOON);
    expect(reminders.missing([NOON, NOON + 200], NOON + 300)).toEqual([]);
    // The one that is there would come too soon to be sure of this commit.
    expect(reminders.missing([NOON + 501], NOON + 501)).toEqual([NOON + 2000]);
  });

  test("that are past are forgotten, those to come are not", () => {
    const reminders = createReminders();
    const later = NOON + 86_400_000;
    reminders.left(reminders.missing([later], NOON), NOON);
    for (let at = NOON; at < NOON + 3_000_000; at += 1000) reminders.left(reminders.missing([at], at), at);
    expect(reminders.missing([later], NOON)).toEqual([]);
    expect(reminders.missing([NOON], NOON)).toHaveLength(1);
  });
});

describe("gathering", () => {
  test("the first is passed on at once, what comes meanwhile together, and none is lost", async () => {
    const passed: string[] = [];
    const tell = gathered(async (lanes) => void passed.push(lanes.join("+")), 5);
    tell(["webhook"]);
    expect(passed).toEqual(["webhook"]);
    for (let n = 0; n < 100; n += 1) tell(n % 2 === 0 ? ["webhook"] : ["accounting"]);
    expect(passed).toEqual(["webhook"]);
    await expect.poll(() => passed).toEqual(["webhook", "webhook+accounting"]);
    tell(["accounting"]);
    await expect.poll(() => passed).toEqual(["webhook", "webhook+accounting", "accounting"]);
  });
});
