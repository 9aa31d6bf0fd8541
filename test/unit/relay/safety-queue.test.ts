import { describe, expect, test } from "vitest";
import { createMockAdapter, type MockAdapter } from "../../../adapters/mock/index.ts";
import { RelayError } from "../../../core/errors.ts";
import { createBreaker } from "../../../core/relay/breaker.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import type { Store } from "../../../core/store.ts";
import { createHarness, type Harness } from "../../support/harness.ts";
import { acceptAct, declineAct, readAct } from "../../support/lost-call.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const quiet = { settings: { paymentCheckMs: 30 * DAY } };

describe("a worker", () => {
  test("gives up quietly when another worker took the job over and finished the job", async () => {
    const store = createMemoryStore();
    const onec = createMockAdapter();
    let meanwhile = async () => {};
    const slowOnec: MockAdapter = {
      ...onec,
      async upsertCounterparty(params, context) {
        await meanwhile();
        return onec.upsertCounterparty(params, context);
      },
    };
    const slow = await createHarness({ ...quiet, store, onec: slowOnec });
    const id = await slow.request();
    const leased = (await slow.relay.leaseJobs("accounting")).find(({ type }) => type === "counterparty.upsert");
    const fast = await createHarness({ ...quiet, store, onec, start: slow.now() + 10 * MINUTE });
    meanwhile = () => fast.settle();
    await expect(slow.relay.runJob(leased!)).resolves.toBeUndefined();
    expect(await readAct(fast, id)).toMatchObject({ status: "ready", problem: null });
    const upserts = (await store.listEvents(id)).filter(({ type }) => type === "counterparty.upserted");
    expect(upserts).toHaveLength(1);
  });

  test("calls nobody once the lease is lost", async () => {
    const store = createMemoryStore();
    const onec = createMockAdapter();
    const slow = await createHarness({ ...quiet, store, onec });
    await slow.request();
    const leased = (await slow.relay.leaseJobs("accounting")).find(({ type }) => type === "counterparty.upsert");
    const fast = await createHarness({ ...quiet, store, onec, start: slow.now() + 10 * MINUTE });
    const taken = (await fast.relay.leaseJobs("accounting")).find(({ id }) => id === leased?.id);
    expect(taken?.lapsed).toBe(true);
    // The slow worker sees that its lease is over, and cannot lengthen the lease.
    await slow.relay.runJob({ ...leased!, lease: { owner: leased!.lease!.owner, until: 0 } });
    expect(onec.mock.getCallCounts().upsertCounterparty).toBe(0);
    await fast.relay.runJob(taken!);
    expect(onec.mock.getCallCounts().upsertCounterparty).toBe(1);
  });

  test("makes no problem of a failed storage: the job waits for the next lease", async () => {
    const memory = createMemoryStore();
    let failures = 0;
    const store: Store = {
      ...memory,
      async commit(changes) {
        failures -= 1;
        if (failures === 0) throw new RelayError("storage_unavailable", "The storage is gone");
        return memory.commit(changes);
      },
    };
    const world = await createHarness({ ...quiet, store });
    const id = await world.request();
    await world.settle();
    await acceptAct(world, id);
    const [claimed] = await world.relay.leaseJobs("accounting");
    // The next commit alone fails.
    failures = 1;
    await expect(world.relay.runJob(claimed!)).rejects.toThrow("The storage is gone");
    expect((await readAct(world, id)).problem).toBe(null);
    await world.pass(5 * MINUTE);
    expect(await readAct(world, id)).toMatchObject({ status: "payment_ordered", problem: null });
  });

  test("keeps the job when a person presses retry during the work", async () => {
    const world = await createHarness(quiet);
    world.onec.mock.failNext("upsertCounterparty", { outcome: "unavailable" });
    const id = await world.request();
    await world.settle();
    expect((await readAct(world, id)).problem?.step).toBe("counterparty.upsert");
    const later = await createHarness({ ...quiet, store: world.store, onec: world.onec, start: world.now() + MINUTE });
    const [claimed] = await later.relay.leaseJobs("accounting");
    await later.relay.retryAct(id, "person:Олег");
    expect((await later.store.getJob(claimed!.id))?.lease).toEqual(claimed?.lease);
    expect(await later.relay.leaseJobs("accounting")).toEqual([]);
  });
});

describe("the breaker", () => {
  /** Four failed calls: one more opens the breaker. */
  async function almostOpen(): Promise<Harness> {
    const world = await createHarness({ settings: { accountingConcurrency: 8, paymentCheckMs: SECOND } });
    await world.settle();
    world.onec.mock.failNext("upsertCounterparty", { outcome: "unavailable", times: 5 });
    for (let n = 2; n < 6; n += 1) await world.request({ n });
    await world.settle();
    expect(world.relay.getBreakerState()).toMatchObject({ state: "closed", code: "onec_unavailable" });
    return world;
  }

  test("takes no skipped step for an answer of 1C", async () => {
    const world = await almostOpen();
    const id = await world.request({ n: 6 });
    await world.send("act.voided", { actRef: id }, { source: "onec" });
    await world.settle();
    await world.request({ n: 7 });
    await world.settle();
    expect(world.relay.getBreakerState().state).toBe("open");
  });

  test("takes no check of payments that asked nothing for an answer of 1C", async () => {
    const world = await almostOpen();
    await world.pass(SECOND);
    await world.request({ n: 7 });
    await world.settle();
    expect(world.relay.getBreakerState().state).toBe("open");
  });

  test("stays open no longer than the longest pause after the clock is set back", () => {
    const breaker = createBreaker({ capacity: 2, threshold: 1, firstPauseMs: 1000, longestPauseMs: 4000 });
    breaker.recordFailure(DAY, "onec_unavailable");
    expect(breaker.countAllowed(0, 0)).toBe(0);
    expect(breaker.countAllowed(4000, 0)).toBe(1);
  });

  test("lengthens no pause for a call that had begun before the breaker opened", () => {
    const breaker = createBreaker({ capacity: 2, threshold: 1, firstPauseMs: 1000, longestPauseMs: 4000 });
    breaker.recordFailure(0, "onec_unavailable");
    breaker.recordFailure(500, "onec_unavailable");
    expect(breaker.getProbeTime(500)).toBe(1000);
  });
});

test("a void does not wait for an act whose creation was never sent", async () => {
  const world = await createHarness(quiet);
  world.onec.mock.pendNext("findLastAct");
  const id = await world.request();
  await world.settle();
  await declineAct(world, id);
  await world.pass(20 * MINUTE);
  await world.relay.retryAct(id, "person:Олег");
  await world.settle();
  expect((await world.store.listEvents(id)).at(-1)).toMatchObject({ type: "act.void_confirmed" });
});
