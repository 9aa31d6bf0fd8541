import { describe, expect, test } from "vitest";
import { createMockAdapter, type MockAdapter } from "../../../adapters/mock/index.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import type { Store } from "../../../core/store.ts";
import { createHarness, type Harness } from "../../support/harness.ts";
import { acceptAct, leaseJob, readAct } from "../../support/lost-call.ts";

const ANNA = "person:Анна";

/** An accepted act whose payment order is due. */
async function acceptedIn(world: Harness): Promise<string> {
  const id = await world.request();
  await world.settle();
  await acceptAct(world, id);
  return id;
}

const orders = (world: Harness) => world.onec.mock.takeSnapshot().paymentOrders;

describe("a payment order", () => {
  test("is not made for an act that was voided after the worker read the act", async () => {
    const memory = createMemoryStore();
    let afterRead: (() => Promise<unknown>) | null = null;
    const store: Store = {
      ...memory,
      async getAct(id) {
        const act = await memory.getAct(id);
        const hook = afterRead;
        afterRead = null;
        await hook?.();
        return act;
      },
    };
    const world = await createHarness({ store });
    const id = await acceptedIn(world);
    const step = await leaseJob(world, "payment_order.create");
    afterRead = () => world.relay.voidAct(id, ANNA, "Ошибка");
    await world.relay.runJob(step);
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({ status: "voided", paymentOrder: null });
    expect(orders(world)).toEqual([]);
  });

  test("is not made for an act whose date was changed in 1C", async () => {
    const world = await createHarness();
    const id = await acceptedIn(world);
    world.onec.mock.editAct(id, { date: "2026-11-23" });
    await world.settle();
    expect((await readAct(world, id)).problem).toMatchObject({ code: "act_changed" });
    expect(orders(world)).toEqual([]);
  });

  test("may exist after a call that failed in an unforeseen way", async () => {
    const onec = createMockAdapter();
    const broken: MockAdapter = {
      ...onec,
      createPaymentOrder: async (params, context) => {
        await onec.createPaymentOrder(params, context);
        throw new TypeError("x is not a function");
      },
    };
    const world = await createHarness({ onec: broken });
    const id = await acceptedIn(world);
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({
      problem: { code: "onec_rejected" },
      paymentOrder: { state: "creating" },
    });
    await expect(world.relay.voidAct(id, ANNA, "…")).rejects.toMatchObject({ code: "state_conflict" });
  });

  test("may exist under another reference when 1C ignored ours", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createPaymentOrder", { outcome: "rejected", code: "ref_key_ignored", when: "after" });
    const id = await acceptedIn(world);
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({
      problem: { code: "ref_key_ignored" },
      paymentOrder: { state: "creating" },
    });
    await expect(world.relay.voidAct(id, ANNA, "…")).rejects.toMatchObject({ code: "state_conflict" });
  });

  test("is refused for certain only after twice the timeout of a call without an answer", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createPaymentOrder", { outcome: "uncertain", when: "before" });
    world.onec.mock.failNext("findAct", { outcome: "unavailable", code: "onec_unavailable" });
    const id = await acceptedIn(world);
    // The first look at the act fails before anything is sent.
    await world.settle();
    await world.pass(3000);
    expect((await readAct(world, id)).paymentOrder?.state).toBe("creating");
    world.onec.mock.failNext("findAct", { outcome: "rejected", code: "onec_forbidden" });
    await world.pass(5000);
    expect(await readAct(world, id)).toMatchObject({
      problem: { code: "onec_forbidden" },
      paymentOrder: { state: "creating" },
    });
    world.onec.mock.failNext("findAct", { outcome: "rejected", code: "onec_forbidden" });
    await world.pass(2 * world.onec.timeoutMs);
    await world.relay.retryAct(id, ANNA);
    await world.settle();
    expect((await readAct(world, id)).paymentOrder?.state).toBe("refused");
  });

  test("takes a late answer without another look into 1C", async () => {
    const world = await createHarness();
    const id = await acceptedIn(world);
    world.onec.mock.pendNext("createPaymentOrder");
    await world.settle();
    const [parked] = (await world.store.listJobs({ state: "parked", limit: 1 })).items;
    const callId = String(parked?.awaiting);
    await world.relay.takeAnswer(callId, (await world.onec.mock.answer(callId))!);
    await world.settle();
    expect((await readAct(world, id)).status).toBe("payment_ordered");
    expect(world.onec.mock.getCallCounts()).toMatchObject({ findPaymentOrder: 0, createPaymentOrder: 1 });
  });

  test("gets a number that no other order of the act has had", async () => {
    const world = await createHarness({ mock: { pushesEvents: true } });
    const id = await acceptedIn(world);
    await world.settle();
    const ref = async () => (await readAct(world, id)).paymentOrder?.ref ?? "";
    const first = await ref();
    const reject = (paymentOrderRef: string) =>
      world.send("payment.rejected", { paymentOrderRef, reason: "…" }, { source: "onec" });
    world.onec.mock.rejectPayment(first, "…");
    await reject(first);
    await world.relay.payAgain(id, ANNA);
    await world.settle();
    const second = await ref();
    await world.send("payment.executed", { paymentOrderRef: first, executedAt: "2026-11-25" }, { source: "onec" });
    // The bank takes the payment by the first order back, and the accountant deletes the second order.
    await reject(first);
    world.onec.mock.deletePaymentOrder(second);
    await world.relay.payAgain(id, ANNA);
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({ status: "payment_ordered", paymentOrder: { attempt: 3 } });
    expect(new Set([first, second, await ref()]).size).toBe(3);
    expect(orders(world)).toHaveLength(3);
  });
});

test("an unclear payment does not replace a standing problem", async () => {
  const onec = createMockAdapter();
  const getPaymentStates: MockAdapter["getPaymentStates"] = async (refs) =>
    Object.fromEntries(refs.map((ref) => [ref, { state: "ambiguous", reason: "Два списания" }]));
  const world = await createHarness({ onec: { ...onec, getPaymentStates } });
  const id = await acceptedIn(world);
  await world.settle();
  await world.send("act.changed", { actRef: id }, { source: "onec" });
  await world.pass(5 * 60_000);
  expect(await readAct(world, id)).toMatchObject({ status: "payment_ordered", problem: { code: "act_changed" } });
});
