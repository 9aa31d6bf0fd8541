import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { createRelay } from "../../../core/relay/relay.ts";
import { aJob, companyInn, NOON } from "../../support/builders.ts";

const HOUR = 3_600_000;

function createClockedRelay() {
  const store = createMemoryStore();
  const logged: unknown[][] = [];
  const state = { now: NOON };
  const relay = createRelay({
    store,
    adapter: createMockAdapter(),
    printer: { toServiceLines: () => [], print: () => Promise.reject(new Error("Nothing is printed")) },
    settings: { platformId: "platform", organizationInn: companyInn(1) },
    clock: () => state.now,
    random: () => 0.5,
    log: (...line) => logged.push(line),
  });
  const warnings = () => logged.filter(([, event]) => event === "clock_set_back");
  return { store, relay, warnings, setTime: (now: number) => Object.assign(state, { now }) };
}

describe("a clock that was ahead and is set back", () => {
  test("frees jobs, leases and due times at the next sweep, with a warning", async () => {
    const { store, relay, warnings, setTime } = createClockedRelay();
    const leased = aJob({ id: "leased", lease: { owner: "w1", until: NOON + 5 * HOUR + 90_000 } });
    const planned = aJob({ id: "planned", dueAt: NOON + 5 * HOUR + 60_000 });
    setTime(NOON + 5 * HOUR);
    await relay.prepare();
    await store.commit([
      { type: "job", job: leased },
      { type: "job", job: planned },
    ]);
    setTime(NOON);
    await relay.sweep();
    expect((await store.getJob("leased"))?.lease?.until).toBe(NOON + 300_000);
    expect((await store.getJob("planned"))?.dueAt).toBe(NOON + 60_000);
    expect(warnings()).toEqual([["warn", "clock_set_back", { seconds: 5 * 3600 }]]);
  });

  test("keeps a lease that a worker took after the clock was right: its call runs", async () => {
    const { store, relay, setTime } = createClockedRelay();
    setTime(NOON + HOUR);
    await relay.prepare();
    setTime(NOON);
    await store.commit([{ type: "job", job: aJob({ id: "running", lease: { owner: "w1", until: NOON + 70_000 } }) }]);
    await relay.sweep();
    expect((await store.getJob("running"))?.lease?.until).toBe(NOON + 70_000);
  });

  test("repairs the store once, and at the start of a process too", async () => {
    const { store, relay, warnings, setTime } = createClockedRelay();
    setTime(NOON + HOUR);
    await relay.sweep();
    await store.commit([{ type: "job", job: aJob({ id: "planned", dueAt: NOON + 2 * HOUR }) }]);
    setTime(NOON);
    await relay.prepare();
    await relay.sweep();
    setTime(NOON + 30_000);
    await relay.sweep();
    expect((await store.getJob("planned"))?.dueAt).toBe(NOON + HOUR);
    expect(warnings()).toHaveLength(1);
  });

  test("ignores a step of a minute or less", async () => {
    const { store, relay, warnings, setTime } = createClockedRelay();
    await relay.sweep();
    await store.commit([{ type: "job", job: aJob({ id: "planned", dueAt: NOON + HOUR }) }]);
    setTime(NOON - 60_000);
    await relay.sweep();
    expect((await store.getJob("planned"))?.dueAt).toBe(NOON + HOUR);
    expect(warnings()).toEqual([]);
  });
});
