import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type DrainOptions, drain } from "../../server/worker/drain.ts";
import { createFake, type FakeRelay } from "../support/fake-relay.ts";
import { settled } from "../support/time.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Started {
  readonly ended: Promise<number>;
  readonly left: number[];
  readonly logged: string[];
}

function start(relay: FakeRelay, more: Partial<DrainOptions> = {}): Started {
  const left: number[] = [];
  const logged: string[] = [];
  const ended = drain({
    relay,
    clock: Date.now,
    log: (_, event) => void logged.push(event),
    beginMs: 20_000,
    most: 10,
    leave: async (at) => void left.push(at - Date.now()),
    ...more,
  });
  return { ended, left, logged };
}

const ids = (relay: FakeRelay) => relay.begun.map(({ id }) => id);

test("does nothing and leaves no job leased where no job waits", async () => {
  const { ended, left } = start(createFake());
  expect(await ended).toBe(0);
  expect(left).toEqual([]);
});

test("does all due jobs of both queues, and leaves later jobs", async () => {
  const relay = createFake();
  relay.add(3);
  relay.add(1, "webhook");
  const { ended, left } = start(relay);
  await settled();
  expect(ids(relay).sort()).toEqual(["m1", "m2", "m4"]);
  relay.next = Date.now() + 30_000;
  for (let n = 0; n < 4; n += 1) await relay.finish(relay.begun[0]);
  expect(await ended).toBe(4);
  expect(left).toEqual([30_000]);
});

test("lets no queue wait for the other: a job that becomes due meanwhile begins within a second", async () => {
  const relay = createFake(1);
  relay.add(1);
  const { ended } = start(relay);
  await settled();
  relay.add(1, "webhook");
  await vi.advanceTimersByTimeAsync(1_000);
  await settled();
  expect(ids(relay)).toEqual(["m1", "m2"]);
  await relay.finish(relay.begun[1]);
  await relay.finish(relay.begun[0]);
  expect(await ended).toBe(2);
});

describe("the bounds", () => {
  test("end new work after a time: due jobs are released at once, before and after the end of running jobs", async () => {
    const relay = createFake(1);
    relay.add(2);
    const { ended, left } = start(relay);
    await settled();
    await vi.advanceTimersByTimeAsync(21_000);
    await settled();
    expect(left).toEqual([0]);
    await relay.finish(relay.begun[0]);
    expect(await ended).toBe(1);
    expect(left).toEqual([0, 0]);
  });

  test("end new work after a number of jobs", async () => {
    const relay = createFake(1);
    relay.add(5);
    const { ended, left } = start(relay, { most: 2 });
    for (let n = 0; n < 2; n += 1) {
      await settled();
      await relay.finish(relay.begun[0]);
    }
    expect(await ended).toBe(2);
    expect(left.at(-1)).toBe(0);
  });

  test("make a due job that cannot begin wait for a pause", async () => {
    const relay = createFake(0);
    relay.add(1);
    const { ended, left } = start(relay);
    expect(await ended).toBe(0);
    expect(left).toEqual([5_000]);
  });
});

describe("a storage that fails", () => {
  test("rejects in a lease, once running jobs have ended", async () => {
    const relay = createFake(1);
    relay.add(1);
    const { ended } = start(relay);
    let over = false;
    const outcome = ended.catch((error: Error) => error.message).finally(() => (over = true));
    await settled();
    relay.broken = true;
    await vi.advanceTimersByTimeAsync(1_000);
    await settled();
    expect(over).toBe(false);
    await relay.finish(relay.begun[0]);
    expect(await outcome).toBe("The storage is gone");
  });

  test("is logged in the work of a job, and the others go on", async () => {
    const relay = createFake(1);
    relay.add(2);
    const { ended, logged } = start(relay);
    await settled();
    await relay.fail(relay.begun[0]);
    await settled();
    await relay.finish(relay.begun[0]);
    expect(await ended).toBe(2);
    expect(logged).toEqual(["work_failed"]);
  });
});
