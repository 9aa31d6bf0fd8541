import { describe, expect, test } from "vitest";
import { createMockAdapter, type MockAdapter, type MockCall, type MockOptions } from "../../../adapters/mock/index.ts";
import type { Act } from "../../../core/act.ts";
import { AdapterError } from "../../../core/errors.ts";
import { companyInn, makeContractorData } from "../../support/builders.ts";
import { createHarness, type Harness } from "../../support/harness.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Creates a 1C with a gate at the end of one call. The armed call waits until its release, or fails there. */
function gated(call: MockCall, options: MockOptions = {}) {
  const onec = createMockAdapter(options);
  let armed = false;
  let arrived = () => {};
  let open: (failure: AdapterError | null) => void = () => {};
  let gate: Promise<AdapterError | null> = Promise.resolve(null);
  const real = onec[call as keyof MockAdapter] as (...args: unknown[]) => Promise<unknown>;
  const stand = async (...args: unknown[]) => {
    if (!armed) return real(...args);
    armed = false;
    const result = await real(...args);
    arrived();
    const failure = await gate;
    if (failure !== null) throw failure;
    return result;
  };
  return {
    onec: { ...onec, [call]: stand } as MockAdapter,
    /** Arms the gate; resolves when a call stands in it. */
    arm() {
      armed = true;
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return new Promise<void>((resolve) => {
        arrived = resolve;
      });
    },
    letGo: (failure: AdapterError | null = null) => open(failure),
  };
}

async function actOf(world: Harness, id: string): Promise<Act> {
  const act = await world.store.getAct(id);
  if (act === null) throw new Error("no act");
  return act;
}

async function accept(world: Harness, id: string): Promise<void> {
  const { payoutId } = await actOf(world, id);
  await world.send("act.accepted", { payoutId, acceptedAt: new Date(world.now()).toISOString() });
}

async function decline(world: Harness, id: string): Promise<void> {
  const { payoutId } = await actOf(world, id);
  await world.send("act.declined", {
    payoutId,
    declinedAt: new Date(world.now()).toISOString(),
    reason: "Не та сумма",
  });
}

const told = (world: Harness, id: string) =>
  world.delivered
    .filter((event) => event.data.actId === id && event.to === "platform.example")
    .map((event) => event.type);

describe("a payment order on its way", () => {
  test("is not voided after news of the act: the order may exist", async () => {
    const { onec, arm, letGo } = gated("createPaymentOrder");
    const world = await createHarness({ onec });
    const id = await world.request();
    await world.settle();
    await accept(world, id);
    await world.relay.tick();
    const standing = arm();
    const working = world.relay.tick();
    await standing;
    await world.send("act.changed", { actRef: id }, { source: "onec" });
    await expect(world.relay.voidAct(id, "person:Олег", "…")).rejects.toMatchObject({ code: "state_conflict" });
    letGo();
    await working;
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "payment_ordered", paymentOrder: { state: "made" } });
  });

  test("is not voided while 1C only refuses to be asked about the order", async () => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    world.onec.mock.failNext("createPaymentOrder", { outcome: "uncertain", when: "after" });
    world.onec.mock.failNext("findPaymentOrder", { outcome: "rejected", code: "onec_forbidden" });
    await accept(world, id);
    await world.pass(MINUTE);
    expect(await actOf(world, id)).toMatchObject({
      problem: { code: "onec_forbidden" },
      paymentOrder: { state: "creating" },
    });
    await expect(world.relay.voidAct(id, "person:Олег", "…")).rejects.toMatchObject({ code: "state_conflict" });
    await world.relay.retryAct(id, "person:Олег");
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "payment_ordered", problem: null });
    expect(world.onec.mock.takeSnapshot().paymentOrders).toHaveLength(1);
  });
});

describe("orders one after another", () => {
  async function ordered(world: Harness): Promise<{ id: string; first: string }> {
    const id = await world.request();
    await world.settle();
    await accept(world, id);
    await world.settle();
    return { id, first: (await actOf(world, id)).paymentOrder?.ref ?? "" };
  }

  test("keep apart: an answer about the first is not taken for the second", async () => {
    const { onec, arm, letGo } = gated("getPaymentStates");
    const world = await createHarness({ onec });
    const { id, first } = await ordered(world);
    onec.mock.rejectPayment(first, "Счёт закрыт");
    await world.pass(2 * MINUTE);
    const standing = arm();
    const working = world.pass(2 * MINUTE);
    await standing;
    await world.relay.payAgain(id, "person:Анна");
    letGo();
    await working;
    const act = await actOf(world, id);
    expect(act).toMatchObject({
      status: "payment_ordered",
      problem: null,
      paymentOrder: { attempt: 2, state: "made" },
    });
    expect(told(world, id).filter((type) => type === "payment.rejected")).toHaveLength(1);
    expect(onec.mock.takeSnapshot().paymentOrders).toHaveLength(2);
  });

  test.each(["pushed", "polled"])(
    "allow the first to execute after all (%s): paid, and a person stops the second",
    async (way) => {
      const world = await createHarness({ mock: way === "pushed" ? { pushesEvents: true } : {} });
      const { id, first } = await ordered(world);
      if (way === "pushed") {
        world.onec.mock.rejectPayment(first, "…");
        await world.send("payment.rejected", { paymentOrderRef: first, reason: "…" }, { source: "onec" });
      } else {
        world.onec.mock.rejectPayment(first, "…");
        await world.pass(2 * MINUTE);
      }
      await world.relay.payAgain(id, "person:Анна");
      await world.settle();
      if (way === "pushed") {
        const executed = { paymentOrderRef: first, executedAt: "2026-11-25" };
        expect(await world.send("payment.executed", executed, { source: "onec" })).toEqual({
          actId: id,
          duplicate: false,
        });
      } else {
        world.onec.mock.executePayment(first, "2026-11-25");
        await world.pass(2 * MINUTE);
      }
      await world.settle();
      expect(await actOf(world, id)).toMatchObject({ status: "paid", problem: { code: "payment_unexpected" } });
      expect(told(world, id).slice(-2)).toEqual(["payment.executed", "act.problem"]);
      await world.relay.retryAct(id, "person:Анна");
      expect((await actOf(world, id)).problem).toBe(null);
    },
  );

  test("keep a rejection over news of the act", async () => {
    const world = await createHarness({ mock: { pushesEvents: true } });
    const { id, first } = await ordered(world);
    world.onec.mock.rejectPayment(first, "…");
    await world.send("payment.rejected", { paymentOrderRef: first, reason: "…" }, { source: "onec" });
    await world.send("act.changed", { actRef: id }, { source: "onec" });
    expect((await actOf(world, id)).problem?.code).toBe("payment_rejected");
    await world.relay.payAgain(id, "person:Анна");
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "payment_ordered", paymentOrder: { attempt: 2 } });
  });
});

describe("an unexpected payment", () => {
  async function ordered(world: Harness): Promise<{ id: string; first: string }> {
    const id = await world.request();
    await world.settle();
    await accept(world, id);
    await world.settle();
    return { id, first: (await actOf(world, id)).paymentOrder?.ref ?? "" };
  }

  /** The first order is rejected, the person pays again, the first is executed after all. */
  async function paidByTheFirst(world: Harness) {
    const { id, first } = await ordered(world);
    world.onec.mock.rejectPayment(first, "…");
    await world.send("payment.rejected", { paymentOrderRef: first, reason: "…" }, { source: "onec" });
    await world.relay.payAgain(id, "person:Анна");
    await world.settle();
    const second = (await actOf(world, id)).paymentOrder?.ref ?? "";
    world.onec.mock.executePayment(first);
    await world.send("payment.executed", { paymentOrderRef: first, executedAt: "2026-11-25" }, { source: "onec" });
    await world.settle();
    return { id, first, second };
  }

  const pushing = () => createHarness({ mock: { pushesEvents: true } });
  const live = (world: Harness) =>
    world.onec.mock.takeSnapshot().paymentOrders.filter((row) => row.state.state === "waiting" && !row.deletionMark);

  test("opens no third order when a person cancels the surplus order", async () => {
    const world = await pushing();
    const { id, second } = await paidByTheFirst(world);
    world.onec.mock.deletePaymentOrder(second);
    await world.send("payment.rejected", { paymentOrderRef: second, reason: "Отменено" }, { source: "onec" });
    await expect(world.relay.payAgain(id, "person:Анна")).rejects.toMatchObject({ code: "state_conflict" });
    await world.relay.retryAct(id, "person:Анна");
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "paid", problem: null });
    expect(live(world)).toEqual([]);
    expect(told(world, id).filter((type) => type === "payment.rejected")).toHaveLength(1);
  });

  test("is told as a second payment, once", async () => {
    const world = await pushing();
    const { id, second } = await paidByTheFirst(world);
    const executed = { paymentOrderRef: second, executedAt: "2026-11-26" };
    await world.send("payment.executed", executed, { source: "onec" });
    await world.send("payment.executed", executed, { source: "onec" });
    await world.settle();
    expect((await actOf(world, id)).problem).toMatchObject({ code: "payment_doubled", announced: true });
    const codes = world.delivered.filter((event) => event.type === "act.problem").map((event) => event.data.code);
    expect(codes).toEqual(["payment_rejected", "payment_unexpected", "payment_doubled"]);
    await world.send("act.voided", { actRef: id }, { source: "onec" });
    expect((await actOf(world, id)).problem?.code).toBe("payment_doubled");
  });

  test("is found by a check, too, while a person is about to stop the second order", async () => {
    const world = await createHarness();
    const { id, first } = await ordered(world);
    world.onec.mock.rejectPayment(first, "…");
    await world.pass(2 * MINUTE);
    await world.relay.payAgain(id, "person:Анна");
    await world.settle();
    const second = (await actOf(world, id)).paymentOrder?.ref ?? "";
    world.onec.mock.executePayment(first);
    await world.pass(2 * MINUTE);
    expect((await actOf(world, id)).problem?.code).toBe("payment_unexpected");
    world.onec.mock.executePayment(second);
    await world.pass(2 * MINUTE);
    expect((await actOf(world, id)).problem?.code).toBe("payment_doubled");
  });

  test.each(["pushed", "found by asking"])(
    "comes from the first order between pay-again and the new order (%s)",
    async (way) => {
      const world = await createHarness({ mock: way === "pushed" ? { pushesEvents: true } : {} });
      const { id, first } = await ordered(world);
      world.onec.mock.rejectPayment(first, "…");
      if (way === "pushed") {
        await world.send("payment.rejected", { paymentOrderRef: first, reason: "…" }, { source: "onec" });
      } else await world.pass(2 * MINUTE);
      await world.relay.payAgain(id, "person:Анна");
      world.onec.mock.executePayment(first);
      if (way === "pushed") {
        await world.send("payment.executed", { paymentOrderRef: first, executedAt: "2026-11-25" }, { source: "onec" });
      }
      await world.settle();
      expect(await actOf(world, id)).toMatchObject({ status: "paid", problem: null });
      expect(world.onec.mock.takeSnapshot().paymentOrders).toHaveLength(1);
    },
  );

  test("may still come from the former order, so no new order is made meanwhile", async () => {
    const world = await pushing();
    const { id, first } = await ordered(world);
    await world.send("payment.rejected", { paymentOrderRef: first, reason: "…" }, { source: "onec" });
    await world.relay.payAgain(id, "person:Анна");
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "accepted", problem: { code: "payment_unexpected" } });
    expect(world.onec.mock.takeSnapshot().paymentOrders).toHaveLength(1);
    world.onec.mock.deletePaymentOrder(first);
    await world.relay.retryAct(id, "person:Анна");
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "payment_ordered", problem: null });
  });

  test("leaves a voided act voided when a former order paid, and a person is told", async () => {
    const world = await pushing();
    const { id, first } = await ordered(world);
    world.onec.mock.rejectPayment(first, "…");
    await world.send("payment.rejected", { paymentOrderRef: first, reason: "…" }, { source: "onec" });
    world.onec.mock.failNext("createPaymentOrder", { outcome: "rejected" });
    await world.relay.payAgain(id, "person:Анна");
    await world.settle();
    await world.relay.voidAct(id, "person:Анна", "Ошибка");
    await world.send("payment.executed", { paymentOrderRef: first, executedAt: "2026-11-25" }, { source: "onec" });
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({
      status: "voided",
      covers: false,
      problem: { code: "payment_unexpected" },
    });
    expect(world.onec.mock.takeSnapshot().acts[0]).toMatchObject({ posted: false, deletionMark: true });
  });

  test.each([
    ["another reference", { ref: "other", number: "1", date: "2026-11-24" }, "ref_key_ignored"],
    ["nonsense", 7, "onec_rejected"],
  ])("is not excluded by an answer with %s", async (_, answer, code) => {
    const onec = createMockAdapter();
    const real = onec.createPaymentOrder;
    const world = await createHarness({
      onec: {
        ...onec,
        createPaymentOrder: async (params, context) => {
          await real(params, context);
          return answer as never;
        },
      },
    });
    const { id } = await ordered(world);
    expect(await actOf(world, id)).toMatchObject({ problem: { code }, paymentOrder: { state: "creating" } });
    await expect(world.relay.voidAct(id, "person:Олег", "…")).rejects.toMatchObject({ code: "state_conflict" });
  });

  test("leads to one order: after two presses of retry the calls wait for each other", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createPaymentOrder", { outcome: "rejected" });
    const { id } = await ordered(world);
    await Promise.all([world.relay.retryAct(id, "person:Анна"), world.relay.retryAct(id, "person:Анна")]);
    const steps = (await world.relay.leaseJobs("accounting")).filter((job) => job.type === "payment_order.create");
    expect(steps).toHaveLength(1);
    await world.relay.runJob(steps[0]!);
    await world.settle();
    expect(world.onec.mock.takeSnapshot().paymentOrders).toHaveLength(1);
    expect(await actOf(world, id)).toMatchObject({ status: "payment_ordered", problem: null });
  });

  test("keeps news of the act, received after the last read, beside the order", async () => {
    const { onec, arm, letGo } = gated("createPaymentOrder");
    const world = await createHarness({ onec });
    const id = await world.request();
    await world.settle();
    await accept(world, id);
    await world.relay.tick();
    const standing = arm();
    const working = world.relay.tick();
    await standing;
    await world.pass(1);
    await world.send("act.voided", { actRef: id }, { source: "onec" });
    letGo();
    await working;
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({
      status: "payment_ordered",
      problem: { code: "act_changed", step: null },
    });
  });
});

describe("a silent wait", () => {
  test("for an answer is told after a quarter of an hour, and a retry asks again", async () => {
    const onec = createMockAdapter({ pending: true });
    const world = await createHarness({ onec, settings: { paymentCheckMs: 30 * DAY } });
    const id = await world.request();
    await world.pass(20 * MINUTE);
    expect((await actOf(world, id)).problem).toMatchObject({ step: "counterparty.upsert", announced: true });
    onec.mock.setPending(false);
    await world.relay.retryAct(id, "person:Олег");
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "ready", problem: null });
  });

  test("for a check of payments is asked again", async () => {
    const onec = createMockAdapter();
    const world = await createHarness({ onec });
    const id = await world.request();
    await world.settle();
    await accept(world, id);
    await world.settle();
    onec.mock.pendNext("getPaymentStates");
    await world.pass(2 * MINUTE);
    expect((await world.store.getJob("payment_check"))?.state).toBe("parked");
    onec.mock.executePayment((await actOf(world, id)).paymentOrder?.ref ?? "");
    for (let hours = 0; hours < 3; hours += 1) await world.pass(HOUR);
    expect((await actOf(world, id)).status).toBe("paid");
  });

  test.each([
    ["nothing", { value: undefined }],
    ["null", { value: null }],
    ["a number", { value: 7 }],
  ])("becomes an operator's problem at once when an adapter answers %s", async (_, { value }) => {
    const onec = { ...createMockAdapter(), createAct: async () => value as never };
    const world = await createHarness({ onec });
    const id = await world.request();
    await world.settle();
    expect((await actOf(world, id)).problem).toMatchObject({
      code: "onec_rejected",
      step: "act.create",
      announced: true,
    });
  });

  test("is one outage when the code changes with every call", async () => {
    const world = await createHarness();
    let n = 0;
    const fail = () => {
      n += 1;
      return n % 2 ? "onec_lock_conflict" : "onec_version_conflict";
    };
    const onec = world.onec as { upsertCounterparty: MockAdapter["upsertCounterparty"] };
    onec.upsertCounterparty = async () => {
      throw new AdapterError(fail(), "x", { outcome: "unavailable" });
    };
    const id = await world.request();
    await world.pass(HOUR);
    expect(told(world, id)).toEqual(["act.problem"]);
    expect((await world.store.listEvents(id)).length).toBeLessThan(5);
  });

  test("is told of an act behind another act's trouble, too", async () => {
    const world = await createHarness({ settings: { paymentCheckMs: 30 * DAY } });
    world.onec.mock.failNext("upsertCounterparty", { outcome: "unavailable", code: "onec_lock_conflict", times: 40 });
    await world.send("contractor.updated", { contractor: makeContractorData(2) });
    const id = await world.request();
    await world.pass(HOUR);
    expect(told(world, id)).toEqual(["act.problem"]);
    await world.pass(DAY);
    expect(await actOf(world, id)).toMatchObject({ status: "ready", problem: null });
  });

  test("is told to the operator without an act: a refused card, a refused check, a stopped destination", async () => {
    const world = await createHarness({ ops: true, mock: { banks: [] } });
    const ops = () => world.delivered.filter((event) => event.to === "ops.example").map((event) => event.type);
    await world.send("contractor.updated", { contractor: makeContractorData(2) });
    await world.settle();
    expect(ops()).toEqual(["contractor.problem"]);
    world.onec.mock.loadBank("044525225");
    const id = await world.request();
    await world.settle();
    await accept(world, id);
    await world.settle();
    world.onec.mock.failNext("getPaymentStates", { outcome: "rejected", code: "onec_forbidden", times: 100 });
    await world.pass(HOUR);
    expect(ops()).toEqual(["contractor.problem", "act.accepted", "payment.check_failed"]);
    world.answer((event) => new Response(null, { status: event.to === "ops.example" ? 204 : 410 }));
    await world.request({ n: 3 });
    await world.settle();
    expect(ops().at(-1)).toBe("endpoint.stopped");
  });

  test("does not hide the next page of payments when 1C refuses one page", async () => {
    const world = await createHarness({ settings: { accountingConcurrency: 8, paymentCheckMs: HOUR } });
    const refs: string[] = [];
    for (let n = 2; n < 112; n += 1) {
      const id = await world.request({ n });
      await world.settle();
      await accept(world, id);
      await world.settle();
      refs.push((await actOf(world, id)).paymentOrder?.ref ?? "");
    }
    for (const ref of refs) world.onec.mock.executePayment(ref);
    world.onec.mock.failNext("getPaymentStates", { outcome: "rejected", code: "onec_rejected" });
    await world.pass(HOUR);
    expect((await world.store.listActs({ status: "paid", limit: 200 })).items).toHaveLength(10);
    await world.pass(HOUR);
    expect((await world.store.listActs({ status: "paid", limit: 200 })).items).toHaveLength(110);
  });

  test("is cut to minutes when an answer asks for years of silence", async () => {
    const world = await createHarness();
    world.answer(() => new Response(null, { status: 429, headers: { "retry-after": "999999999" } }));
    await world.request();
    await world.settle();
    world.answer(() => new Response(null));
    await world.request({ n: 3 });
    await world.pass(10 * MINUTE);
    expect(world.delivered).toHaveLength(1);
  });
});

describe("the end of a problem", () => {
  test("comes when the act is declined while a call was failing", async () => {
    const { onec, arm, letGo } = gated("createAct");
    const world = await createHarness({ onec });
    const id = await world.request();
    await world.relay.tick();
    const standing = arm();
    const working = world.relay.tick();
    await standing;
    await decline(world, id);
    letGo(new AdapterError("onec_timeout", "x", { outcome: "uncertain" }));
    await working;
    await world.pass(HOUR);
    expect(await actOf(world, id)).toMatchObject({ status: "declined", problem: null, covers: false });
    expect(onec.mock.takeSnapshot().acts[0]).toMatchObject({ deletionMark: true });
    expect(told(world, id)).toEqual([]);
  });

  test("comes when the act is accepted while a form was being printed anew", async () => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    world.onec.mock.failNext("findAct", { outcome: "unavailable", times: 3 });
    await world.send("act.changed", { actRef: id }, { source: "onec" });
    await world.settle();
    expect((await actOf(world, id)).problem?.step).toBe("act.print");
    await accept(world, id);
    await world.pass(HOUR);
    expect(await actOf(world, id)).toMatchObject({ status: "payment_ordered", problem: null });
  });

  test("comes when 1C comes back during a sweep", async () => {
    const world = await createHarness({ settings: { accountingConcurrency: 8 } });
    world.onec.mock.setChaos({ random: () => 0, rate: 1, faults: [{ outcome: "unavailable" }] });
    for (let n = 2; n < 22; n += 1) await world.request({ n });
    await world.pass(14 * MINUTE);
    world.onec.mock.clearFaults();
    await world.pass(HOUR);
    expect((await world.store.listActs({ status: "ready", limit: 50 })).items).toHaveLength(20);
    expect((await world.store.listActs({ problem: true, limit: 50 })).items).toEqual([]);
  });

  test("comes only with the last of an act's dead webhooks", async () => {
    const world = await createHarness({ settings: { paymentCheckMs: 300 * DAY } });
    world.answer(() => new Response(null, { status: 500 }));
    const id = await world.request();
    await world.settle();
    await accept(world, id);
    await world.pass(200 * HOUR);
    const dead = (await world.store.listJobs({ actId: id, state: "dead", limit: 10 })).items;
    expect(dead).toHaveLength(2);
    world.answer(() => new Response(null));
    await world.relay.retryJob(dead[0]!.id);
    await world.settle();
    expect((await actOf(world, id)).problem?.code).toBe("delivery_dead");
    await world.relay.retryAct(id, "person:Олег");
    await world.pass(MINUTE);
    expect((await actOf(world, id)).problem).toBe(null);
  });
});

describe("1C and the relay", () => {
  test("void an act that appears after the void's look", async () => {
    const world = await createHarness();
    const onec = world.onec as { createAct: MockAdapter["createAct"] };
    const real = onec.createAct;
    let late: () => Promise<unknown> = async () => null;
    onec.createAct = async (params, context) => {
      late = () => real(params, context) as Promise<unknown>;
      throw new AdapterError("onec_timeout", "x", { outcome: "uncertain" });
    };
    const id = await world.request();
    await world.settle();
    await decline(world, id);
    await world.pass(3_000);
    await late();
    onec.createAct = real;
    await world.pass(HOUR);
    expect(await actOf(world, id)).toMatchObject({ status: "declined", covers: false, problem: null });
    expect(world.onec.mock.takeSnapshot().acts[0]).toMatchObject({ posted: false, deletionMark: true });
  });

  test("free the days of an act voided in 1C while the act was being made", async () => {
    const { onec, arm, letGo } = gated("createAct");
    const world = await createHarness({ onec });
    const id = await world.request();
    await world.relay.tick();
    const standing = arm();
    const working = world.relay.tick();
    await standing;
    onec.mock.voidActByHand(id);
    await world.send("act.voided", { actRef: id }, { source: "onec" });
    letGo();
    await working;
    await world.pass(DAY);
    expect(await actOf(world, id)).toMatchObject({ status: "voided", covers: false });
    const next = await world.request();
    await world.settle();
    expect((await actOf(world, next)).period?.from).toBe("2026-11-01");
  });

  test("decide a period anew when nothing was sent, and keep the period when a call may have been sent", async () => {
    const world = await createHarness();
    const { ref } = world.onec.mock.addCounterparty({ name: "Ёлочка", inn: companyInn(2), kpp: "770101001" });
    world.onec.mock.failNext("createAct", { outcome: "unavailable", times: 2 });
    const id = await world.request();
    await world.settle();
    world.onec.mock.addActByHand({ counterpartyRef: ref, date: "2026-11-20", amount: 100 });
    await world.pass(MINUTE);
    expect((await actOf(world, id)).period).toEqual({ from: "2026-11-21", to: "2026-11-24" });

    const other = await createHarness();
    other.onec.mock.failNext("createAct", { outcome: "uncertain", when: "before" });
    const sent = await other.request();
    await other.settle();
    const decision = { period: { from: "2026-11-10", to: "2026-11-20" } };
    await expect(other.relay.retryAct(sent, "person:Анна", decision)).rejects.toMatchObject({ code: "state_conflict" });
  });

  test("record the period of 1C's document", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createAct", { outcome: "rejected", code: "onec_rejected", when: "after" });
    const id = await world.request();
    await world.settle();
    await world.relay.retryAct(id, "person:Анна", { period: { from: "2026-11-10", to: "2026-11-20" } });
    await world.settle();
    expect((await actOf(world, id)).period).toEqual({ from: "2026-11-01", to: "2026-11-24" });
  });

  test("find an act that got into 1C before a refusal when a person goes on, although the days are taken", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createAct", { outcome: "uncertain", when: "after" });
    world.onec.mock.failNext("findAct", { outcome: "rejected", code: "onec_forbidden" });
    const id = await world.request();
    await world.pass(MINUTE);
    const next = await world.request();
    await world.settle();
    expect((await actOf(world, next)).problem?.code).toBe("period_empty");
    await world.relay.retryAct(id, "person:Олег");
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "ready", period: { from: "2026-11-01", to: "2026-11-24" } });
    expect(world.onec.mock.takeSnapshot().acts).toHaveLength(1);
  });

  test("do not pay by another number when a person accepts between 1C's change and the new form", async () => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    world.onec.mock.editAct(id, { number: "9999" });
    await world.send("act.changed", { actRef: id }, { source: "onec" });
    await accept(world, id);
    await world.settle();
    expect((await actOf(world, id)).problem).toMatchObject({ code: "act_changed" });
    expect(world.onec.mock.takeSnapshot().paymentOrders).toEqual([]);
  });

  test("keep a person's choice of a card over a call on the way", async () => {
    const { onec, arm, letGo } = gated("upsertCounterparty");
    const world = await createHarness({ onec });
    const inn = companyInn(2);
    const chosen = onec.mock.addCounterparty({ name: "Ёлочка", inn, kpp: "770101001" }).ref;
    onec.mock.failNext("createAct", { outcome: "rejected" });
    const id = await world.request();
    await world.settle();
    await world.send("contractor.updated", { contractor: makeContractorData(2, { phone: "+7 000" }) });
    const standing = arm();
    const working = world.relay.tick();
    await standing;
    await world.relay.retryAct(id, "person:Анна", { counterpartyRef: chosen });
    letGo();
    await working;
    await world.settle();
    expect((await world.store.getCounterparty((await actOf(world, id)).counterpartyKey))?.boundRef).toBe(chosen);
  });

  test("do not overwrite newer data with a KPP by older data without one", async () => {
    const world = await createHarness();
    await world.request();
    await world.pass(HOUR);
    await world.send("contractor.updated", { contractor: makeContractorData(2, { phone: "+7 000" }) });
    await world.settle();
    const older = { contractor: makeContractorData(2, { phone: "+7 111", kpp: undefined }) };
    await world.send("contractor.updated", older, { timestamp: world.now() - MINUTE });
    await world.settle();
    expect(world.onec.mock.takeSnapshot().counterparties[0]?.phone).toBe("+7 000");
  });

  test("never take a branch for another: without a KPP a person chooses, and the choice is used", async () => {
    const world = await createHarness();
    const inn = companyInn(2);
    const a = world.onec.mock.addCounterparty({ name: "Ёлочка", inn, kpp: "770101001" }).ref;
    world.onec.mock.addCounterparty({ name: "Ёлочка, филиал", inn, kpp: "770102002" });
    const id = await world.request({ contractor: makeContractorData(2, { kpp: undefined }) });
    await world.settle();
    await world.pass(MINUTE);
    await world.send("contractor.updated", { contractor: makeContractorData(2, { kpp: "770102002" }) });
    await world.settle();
    expect((await actOf(world, id)).problem?.code).toBe("counterparty_ambiguous");
    await world.relay.retryAct(id, "person:Анна", { counterpartyRef: a });
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "ready", counterparty: { ref: a } });
  });

  test("use a card chosen after the search for the card", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createAct", { outcome: "rejected" });
    const id = await world.request();
    await world.settle();
    const chosen = world.onec.mock.addCounterparty({ name: "Ёлочка, новая", inn: companyInn(2), kpp: "770101001" }).ref;
    await world.relay.retryAct(id, "person:Анна", { counterpartyRef: chosen });
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "ready", counterparty: { ref: chosen } });
    expect(world.onec.mock.takeSnapshot().acts[0]?.counterpartyRef).toBe(chosen);
  });

  test("void an act that 1C made after the relay gave the act up, once the answer comes", async () => {
    const onec = createMockAdapter();
    const world = await createHarness({ onec, settings: { paymentCheckMs: 30 * DAY } });
    onec.mock.pendNext("createAct");
    const id = await world.request();
    await world.settle();
    const parked = (await world.store.listJobs({ state: "parked", limit: 10 })).items[0]!;
    const callId = String(parked.awaiting);
    await decline(world, id);
    await world.pass(20 * MINUTE);
    await world.relay.retryAct(id, "person:Олег");
    await world.pass(HOUR);
    expect(await actOf(world, id)).toMatchObject({ status: "declined", covers: false });
    const answer = await onec.mock.answer(callId);
    expect(await world.relay.takeAnswer(callId, answer!)).toBe("taken");
    await world.settle();
    expect(onec.mock.takeSnapshot().acts[0]).toMatchObject({ posted: false, deletionMark: true });
    expect(await actOf(world, id)).toMatchObject({ status: "declined", covers: false, problem: null });
  });

  test("count a wait for a late document as no outage", async () => {
    const world = await createHarness({ settings: { accountingConcurrency: 8 } });
    for (let n = 2; n < 10; n += 1) {
      world.onec.mock.failNext("createAct", { outcome: "uncertain", when: "before", code: "onec_lock_conflict" });
      const id = await world.request({ n });
      await world.settle();
      await decline(world, id);
    }
    await world.pass(4_000);
    expect(world.relay.getBreakerState().state).toBe("closed");
    await world.pass(HOUR);
    expect((await world.store.listActs({ problem: true, limit: 20 })).items).toEqual([]);
  });

  test("tell of a declined act behind another at the act's own step, without a problem left behind", async () => {
    const world = await createHarness({ settings: { paymentCheckMs: 30 * DAY } });
    world.onec.mock.failNext("upsertCounterparty", { outcome: "unavailable", code: "onec_lock_conflict", times: 40 });
    await world.send("contractor.updated", { contractor: makeContractorData(2) });
    const id = await world.request();
    await decline(world, id);
    await world.pass(3 * DAY);
    expect(await actOf(world, id)).toMatchObject({ status: "declined", problem: null });
  });

  test("keep a person's problem when an outage meets a retry", async () => {
    const world = await createHarness({ mock: { banks: [] } });
    const id = await world.request();
    await world.settle();
    world.onec.mock.failNext("upsertCounterparty", { outcome: "unavailable" });
    await world.relay.retryAct(id, "person:Анна");
    await world.pass(MINUTE);
    expect(told(world, id)).toEqual(["act.problem"]);
  });

  test("take equal content of a replaced revision for a duplicate of that revision", async () => {
    const world = await createHarness({ mock: { banks: [] } });
    const asked = { payoutId: "p-1", revision: 1, amount: "100.00" };
    const first = await world.request(asked);
    await world.settle();
    await world.request({ ...asked, revision: 2, amount: "200.00" });
    const data = { ...asked, requestedAt: "2026-11-24T12:00:00+03:00", contractor: makeContractorData(2) };
    expect(await world.send("act.requested", data)).toEqual({ actId: first, duplicate: true });
  });

  test("never take a day inside an act that covers later days under single_day", async () => {
    const world = await createHarness({ settings: { sameDayAct: "single_day" } });
    await world.request();
    await world.settle();
    const early = await world.request({ requestedAt: "2026-11-10T12:00:00+03:00" });
    await world.settle();
    expect((await actOf(world, early)).problem?.code).toBe("period_empty");
  });

  test("do not keep 1C closed for a day after the clock was set back", async () => {
    const world = await createHarness();
    world.onec.mock.setChaos({ random: () => 0, rate: 1, faults: [{ outcome: "unavailable" }] });
    for (let n = 2; n < 12; n += 1) await world.request({ n });
    await world.pass(MINUTE);
    const { probeAt } = world.relay.getBreakerState();
    expect(probeAt).not.toBe(null);
    const { createBreaker } = await import("../../../core/relay/breaker.ts");
    const breaker = createBreaker({ capacity: 1, threshold: 1, longestPauseMs: 1000 });
    breaker.recordFailure(DAY, "onec_unavailable");
    expect(breaker.countAllowed(0, 0)).toBe(0);
    expect(breaker.countAllowed(1000, 0)).toBe(1);
  });
});
