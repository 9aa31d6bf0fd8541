import { describe, expect, test } from "vitest";
import { createMockAdapter, type MockAdapter } from "../../../adapters/mock/index.ts";
import { PENDING } from "../../../core/adapter.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import type { Store } from "../../../core/store.ts";
import { createHarness, type Harness } from "../../support/harness.ts";
import { acceptAct, declineAct, readAct } from "../../support/lost-call.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const quiet = { settings: { paymentCheckMs: 30 * DAY } };
const OLEG = "person:Олег";

/** Returns the id of the call without an answer. */
async function awaitedCall(world: Harness): Promise<string> {
  const { items } = await world.store.listJobs({ state: "parked", limit: 10 });
  return String(items[0]?.awaiting);
}

async function answer(world: Harness, callId: string): Promise<string> {
  return world.relay.takeAnswer(callId, (await world.onec.mock.answer(callId))!);
}

describe("a late answer", () => {
  test("does not pass from one check of payments to the next", async () => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    await acceptAct(world, id);
    await world.settle();
    world.onec.mock.pendNext("getPaymentStates", 3);
    await world.pass(MINUTE);
    const first = await awaitedCall(world);
    // The relay gives the first call up after an hour, and asks again.
    await world.pass(2 * HOUR);
    const second = await awaitedCall(world);
    expect(second).not.toBe(first);
    expect(await answer(world, first)).toBe("unknown");
    expect(await answer(world, second)).toBe("taken");
    await world.pass(MINUTE);
    const third = await awaitedCall(world);
    expect([first, second]).not.toContain(third);
  });

  test("leaves the next call alone when a person pressed retry before the answer came", async () => {
    const memory = createMemoryStore();
    let afterListing: (() => Promise<unknown>) | null = null;
    const store: Store = {
      ...memory,
      async listJobs(params) {
        const page = await memory.listJobs(params);
        const hook = afterListing;
        afterListing = null;
        await hook?.();
        return page;
      },
    };
    const world = await createHarness({ ...quiet, store });
    world.onec.mock.pendNext("findLastAct");
    const id = await world.request();
    await world.pass(20 * MINUTE);
    const last = await awaitedCall(world);
    world.onec.mock.pendNext("createAct");
    afterListing = async () => {
      await answer(world, last);
      await world.relay.tick();
    };
    await world.relay.retryAct(id, OLEG);
    const create = await awaitedCall(world);
    expect(create).not.toBe(last);
    await world.settle();
    expect(await awaitedCall(world)).toBe(create);
    expect(await answer(world, create)).toBe("taken");
    await world.settle();
    expect((await readAct(world, id)).status).toBe("ready");
    expect(world.onec.mock.getCallCounts().createAct).toBe(1);
  });

  test("makes no act of the answer to a search", async () => {
    const world = await createHarness(quiet);
    world.onec.mock.failNext("createAct", { outcome: "uncertain", when: "before" });
    const id = await world.request();
    await world.settle();
    world.onec.mock.pendNext("findAct");
    await world.pass(MINUTE);
    const find = await awaitedCall(world);
    await declineAct(world, id);
    await world.pass(20 * MINUTE);
    await world.relay.retryAct(id, OLEG);
    await world.pass(MINUTE);
    expect(await world.relay.takeAnswer(find, { value: { ref: id, number: "1", date: "2026-11-24" } })).toBe("unknown");
    expect(await readAct(world, id)).toMatchObject({ status: "declined", document: null });
  });

  test("makes no act of a failure that is reported after the relay gave the act up", async () => {
    const world = await createHarness(quiet);
    world.onec.mock.pendNext("createAct");
    const id = await world.request();
    await world.settle();
    const create = await awaitedCall(world);
    await declineAct(world, id);
    await world.pass(20 * MINUTE);
    await world.relay.retryAct(id, OLEG);
    await world.pass(MINUTE);
    const failure = { code: "onec_rejected", outcome: "rejected", message: "No" } as const;
    expect(await world.relay.takeAnswer(create, { error: failure })).toBe("unknown");
    expect(await readAct(world, id)).toMatchObject({ status: "declined", document: null });
  });
});

describe("a parked job", () => {
  test("stands in no other act's way when its own act is voided", async () => {
    const world = await createHarness(quiet);
    world.onec.mock.pendNext("upsertCounterparty");
    const voided = await world.request();
    await world.settle();
    await world.send("act.voided", { actRef: voided }, { source: "onec" });
    const next = await world.request();
    await world.pass(30 * MINUTE);
    expect(await readAct(world, next)).toMatchObject({ status: "ready" });
  });

  test("waits on while its act still needs the answer: an operator decides", async () => {
    const world = await createHarness(quiet);
    world.onec.mock.pendNext("createAct");
    const id = await world.request();
    await world.pass(DAY);
    expect((await readAct(world, id)).problem).toMatchObject({ step: "act.create", announced: true });
    expect(world.onec.mock.getCallCounts().createAct).toBe(1);
  });

  test("hides no younger command when another adapter had parked the job", async () => {
    const onec = createMockAdapter();
    onec.mock.pendNext("upsertCounterparty");
    const old = await createHarness({ ...quiet, onec });
    await old.request();
    await old.settle();
    const leaving: MockAdapter = {
      ...onec,
      async upsertCounterparty(_, { leaveCommand }) {
        leaveCommand?.({ name: "upsert" });
        return PENDING;
      },
    };
    const world = await createHarness({ ...quiet, onec: leaving, store: old.store });
    await world.request({ n: 3 });
    await world.settle();
    const commands = await world.relay.fetchCommands({ worker: "1c", limit: 1, leaseMs: MINUTE });
    expect(commands.map(({ body }) => body)).toEqual([{ name: "upsert" }]);
  });

  test("blocks another card, not only another period, until 1C has answered", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createAct", { outcome: "uncertain", when: "before" });
    const id = await world.request();
    await world.settle();
    const retry = world.relay.retryAct(id, OLEG, { counterpartyRef: "card" });
    await expect(retry).rejects.toMatchObject({ code: "state_conflict" });
  });
});

describe("a person's choice of a card", () => {
  test("keeps the newest data of the contractor and the consent", async () => {
    const world = await createHarness(quiet);
    world.onec.mock.failNext("createAct", { outcome: "rejected" });
    const id = await world.request();
    await world.settle();
    const { counterpartyKey: key } = await readAct(world, id);
    const before = (await world.store.getCounterparty(key))!;
    const word = { ...before, confirmed: true, contractor: { ...before.contractor, phone: "+7 000" } };
    await world.store.commit([{ type: "counterparty", counterparty: word }]);
    await world.relay.retryAct(id, OLEG, { counterpartyRef: "card" });
    expect(await world.store.getCounterparty(key)).toEqual({ ...word, boundRef: "card" });
  });

  test("outlives a later consent", async () => {
    const onec = createMockAdapter();
    const world = await createHarness({ ...quiet, onec });
    onec.mock.failNext("upsertCounterparty", { outcome: "rejected", code: "counterparty_confirm" });
    const id = await world.request();
    await world.settle();
    const { counterpartyKey: key, contractor } = await readAct(world, id);
    const owners = [contractor.id];
    const word = { key, contractor, boundRef: "card", confirmed: false, owners, asOf: world.now() };
    await world.store.commit([{ type: "counterparty", counterparty: word }]);
    await world.relay.retryAct(id, OLEG);
    expect(await world.store.getCounterparty(key)).toEqual({ ...word, confirmed: true });
  });
});
