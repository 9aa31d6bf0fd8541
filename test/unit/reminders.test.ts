import { describe, expect, test } from "vitest";
import type { Write } from "../../core/store.ts";
import { collectDue, createGatherer, createReminders } from "../../server/db/reminders.ts";
import { aJob, NOON } from "../support/builders.ts";

describe("the reminders of a commit", () => {
  const message = (more: Parameters<typeof aJob>[0]): Write => ({ type: "job", job: aJob(more) });
  const settle = (state: "queued" | "parked" | "done", dueAt: number): Write => ({
    type: "release",
    release: { jobId: "m", owner: "w", state, dueAt, progress: {}, attempts: [] },
  });
  const requeue = (dueAt: number): Write => ({
    type: "requeue",
    jobId: "m",
    from: ["dead"],
    dueAt,
    restart: false,
  });
  const endpoint = (stoppedAt: number | null): Write => ({
    type: "destination",
    destination: { name: "platform", stoppedAt, reason: null },
  });

  test.each([
    ["a message that is due", message({ queue: "webhook", dueAt: NOON - 5 }), ["webhook"], [NOON]],
    ["one that waits", message({ queue: "accounting", dueAt: NOON + 5 }), [], [NOON + 5]],
    ["one that needs nobody", message({ state: "problem", dueAt: NOON }), [], []],
    ["one that was put back", requeue(NOON), ["accounting", "webhook"], [NOON]],
    ["one that was put off", requeue(NOON + 9), [], [NOON + 9]],
    ["an address that is open again", endpoint(null), ["accounting", "webhook"], [NOON]],
    ["one that was stopped", endpoint(NOON), [], []],
    ["an attempt that will be made again", settle("queued", NOON + 60_000), [], [NOON + 60_000]],
    ["a call that 1C is to fetch", settle("parked", NOON), ["accounting"], []],
    ["an end", settle("done", NOON), [], []],
  ] as const)("name the work for others: %s", (_, change, lanes, times) => {
    expect(collectDue([change], NOON)).toEqual({ lanes, times });
  });

  test("merge many writes into one", () => {
    const many = [message({ dueAt: NOON }), message({ dueAt: NOON }), requeue(NOON)];
    expect(collectDue(many, NOON)).toEqual({ lanes: ["webhook", "accounting"], times: [NOON] });
  });
});

describe("reminders", () => {
  test("come after the due time, and one reminder serves a second", () => {
    const reminders = createReminders();
    expect(reminders.listMissing([NOON, NOON + 1, NOON + 400], NOON)).toEqual([NOON + 1000]);
    expect(reminders.listMissing([NOON - 99_999], NOON)).toEqual([NOON + 1000]);
    expect(reminders.listMissing([NOON + 600, NOON + 60_000], NOON)).toEqual([NOON + 2000, NOON + 61_000]);
  });

  test("are recorded after the write, and not before", () => {
    const reminders = createReminders();
    expect(reminders.listMissing([NOON], NOON)).toHaveLength(1);
    const missing = reminders.listMissing([NOON], NOON);
    expect(missing).toHaveLength(1);
    reminders.markWritten(missing, NOON);
    expect(reminders.listMissing([NOON, NOON + 200], NOON + 300)).toEqual([]);
    // The existing reminder would come too soon for this commit.
    expect(reminders.listMissing([NOON + 501], NOON + 501)).toEqual([NOON + 2000]);
  });

  test("are forgotten once past, and kept until then", () => {
    const reminders = createReminders();
    const later = NOON + 86_400_000;
    reminders.markWritten(reminders.listMissing([later], NOON), NOON);
    for (let at = NOON; at < NOON + 3_000_000; at += 1000) reminders.markWritten(reminders.listMissing([at], at), at);
    expect(reminders.listMissing([later], NOON)).toEqual([]);
    expect(reminders.listMissing([NOON], NOON)).toHaveLength(1);
  });
});

describe("gathering", () => {
  test("passes the first on at once and later ones together, and loses none", async () => {
    const passed: string[] = [];
    const tell = createGatherer(async (lanes) => void passed.push(lanes.join("+")), 5);
    tell(["webhook"]);
    expect(passed).toEqual(["webhook"]);
    for (let n = 0; n < 100; n += 1) tell(n % 2 === 0 ? ["webhook"] : ["accounting"]);
    expect(passed).toEqual(["webhook"]);
    await expect.poll(() => passed).toEqual(["webhook", "webhook+accounting"]);
    tell(["accounting"]);
    await expect.poll(() => passed).toEqual(["webhook", "webhook+accounting", "accounting"]);
  });
});
