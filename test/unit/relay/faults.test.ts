import { describe, expect, test } from "vitest";
import type { MockCall } from "../../../adapters/mock/index.ts";
import type { Act } from "../../../core/act.ts";
import { PROBLEMS, type ProblemCode } from "../../../core/errors.ts";
import { companyInn, makeContractorData } from "../../support/builders.ts";
import { createHarness, type Harness } from "../../support/harness.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function actOf(world: Harness, id: string): Promise<Act> {
  const act = await world.store.getAct(id);
  if (act === null) throw new Error("no act");
  return act;
}

async function accept(world: Harness, id: string): Promise<void> {
  const act = await actOf(world, id);
  await world.send("act.accepted", { payoutId: act.payoutId, acceptedAt: new Date(world.now()).toISOString() });
}

/** The calls of the way to a payment order. */
const CALLS: MockCall[] = [
  "getOrganization",
  "upsertCounterparty",
  "findLastAct",
  "createAct",
  "findAct",
  "createPaymentOrder",
];

describe("a call without an arrival or without an answer, before or after the effect", () => {
  for (const call of CALLS) {
    for (const outcome of ["unavailable", "uncertain"] as const) {
      for (const when of ["before", "after"] as const) {
        test.each([1, 3])(`${call}, ${outcome}, ${when}, %d times: works once in the end`, async (times) => {
          const world = await createHarness();
          world.onec.mock.failNext(call, { outcome, when, times });
          const id = await world.request();
          await world.pass(HOUR);
          expect(await actOf(world, id)).toMatchObject({ status: "ready", problem: null });
          await accept(world, id);
          await world.pass(HOUR);
          expect(await actOf(world, id)).toMatchObject({ status: "payment_ordered", problem: null });
          const base = world.onec.mock.takeSnapshot();
          expect(base.counterparties).toHaveLength(1);
          expect(base.acts).toHaveLength(1);
          expect(base.paymentOrders).toHaveLength(1);
          expect(world.types()).toEqual(["act.ready", "payment_order.created"]);
          const settled = await world.store.listJobs({ actId: id, limit: 50 });
          const attempts = (await Promise.all(settled.items.map((m) => world.store.listAttempts(m.id)))).flat();
          // The second attempt finds the document of the first attempt, and so no call is left to fail.
          const found =
            when === "after" && (call === "createPaymentOrder" || (call === "createAct" && outcome === "uncertain"));
          expect(attempts.filter((attempt) => attempt.outcome === outcome)).toHaveLength(found ? 1 : times);
        });
      }
    }
  }
});

describe("a call that 1C refuses", () => {
  for (const call of CALLS) {
    test(`${call}: makes a problem at once, and a retry goes on`, async () => {
      const world = await createHarness({ ops: true });
      world.onec.mock.failNext(call, { outcome: "rejected", detail: "Поле не заполнено" });
      const id = await world.request();
      await world.settle();
      const accepted = call === "findAct" || call === "createPaymentOrder";
      if (accepted) await accept(world, id);
      await world.settle();
      const { problem } = await actOf(world, id);
      expect(problem).toMatchObject({ code: "onec_rejected", resolver: "operator", announced: true });
      expect(problem?.message).toContain("Поле не заполнено");
      await world.pass(24 * HOUR);
      expect((await actOf(world, id)).problem?.since).toBe(problem?.since);
      await world.relay.retryAct(id, "person:Олег");
      await world.settle();
      expect(await actOf(world, id)).toMatchObject({ status: accepted ? "payment_ordered" : "ready", problem: null });
      const base = world.onec.mock.takeSnapshot();
      expect([base.acts.length, base.paymentOrders.length]).toEqual([1, accepted ? 1 : 0]);
      const told = world.delivered.filter((event) => event.type.startsWith("act.problem"));
      expect(told.map((event) => `${event.to} ${event.type}`).sort()).toEqual([
        "ops.example act.problem",
        "ops.example act.problem_resolved",
        "platform.example act.problem",
        "platform.example act.problem_resolved",
      ]);
    });
  }

  test("is retried in a void, and the void is confirmed", async () => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    world.onec.mock.failNext("voidAct", { outcome: "uncertain", when: "after" });
    await world.relay.voidAct(id, "person:Олег", "Ошибка");
    await world.pass(HOUR);
    expect(await actOf(world, id)).toMatchObject({ status: "voided", covers: false, problem: null });
    expect(world.onec.mock.takeSnapshot().acts[0]).toMatchObject({ posted: false, deletionMark: true });
    expect(world.types()).toEqual(["act.ready", "act.voided"]);
  });
});

describe("every problem code that 1C can give", () => {
  const raise = async (world: Harness, code: ProblemCode): Promise<string> => {
    world.onec.mock.failNext("createAct", { outcome: "rejected", code });
    const id = await world.request();
    await world.settle();
    return id;
  };
  const people = (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => PROBLEMS[code].resolver !== "nobody");
  const nobody = (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => PROBLEMS[code].resolver === "nobody");

  test.each(people.filter((code) => code !== "delivery_dead" && code !== "payment_rejected"))(
    "%s waits for a person",
    async (code) => {
      const world = await createHarness();
      const id = await raise(world, code);
      expect((await actOf(world, id)).problem).toMatchObject({ code, resolver: PROBLEMS[code].resolver });
      expect(world.types()).toEqual(["act.problem"]);
      expect(world.delivered[0]?.data).toMatchObject({ code, retrying: false, resolver: PROBLEMS[code].resolver });
      await world.relay.retryAct(id, "person:Олег");
      await world.settle();
      expect(await actOf(world, id)).toMatchObject({ status: "ready", problem: null });
    },
  );

  test.each(nobody)(
    "%s ends without a person; the platform hears of the problem after a quarter of an hour, once",
    async (code) => {
      const world = await createHarness();
      world.onec.mock.failNext("createAct", { outcome: "unavailable", code, times: 12 });
      const id = await world.request();
      await world.pass(14 * MINUTE);
      expect((await actOf(world, id)).problem).toMatchObject({ code, resolver: "nobody", announced: false });
      expect(world.types()).toEqual([]);
      await world.pass(2 * MINUTE);
      expect(world.types()).toEqual(["act.problem"]);
      expect(world.delivered[0]?.data).toMatchObject({ code, retrying: true });
      await world.pass(2 * HOUR);
      expect(world.types()).toEqual(["act.problem", "act.problem_resolved", "act.ready"]);
    },
  );

  test("ref_key_ignored stops all writing until a person has mended it", async () => {
    const world = await createHarness();
    world.onec.mock.ignoreRefs(true);
    const id = await world.request();
    await world.settle();
    expect((await actOf(world, id)).problem?.code).toBe("ref_key_ignored");
    world.onec.mock.ignoreRefs(false);
    for (const stray of world.onec.mock.takeSnapshot().acts) world.onec.mock.voidActByHand(stray.ref);
    const other = await world.request({ n: 3 });
    await world.pass(HOUR);
    // An act that waits behind the stopped destination is told of, too.
    expect(await actOf(world, other)).toMatchObject({ status: "requested", problem: { code: "ref_key_ignored" } });
    expect(await world.store.getDestination("accounting")).toMatchObject({ reason: "ref_key_ignored" });
    await world.relay.retryAct(id, "person:Олег");
    await world.settle();
    expect((await actOf(world, other)).status).toBe("ready");
  });

  test("counterparty_ambiguous names the candidates, and a chosen card is kept for the next act", async () => {
    const world = await createHarness();
    const inn = companyInn(2);
    const { ref } = world.onec.mock.addCounterparty({ name: "Ёлочка", inn, kpp: "770101001" });
    world.onec.mock.addCounterparty({ name: "Ёлочка (дубль)", inn, kpp: "770101001" });
    const id = await world.request();
    await world.settle();
    const { problem } = await actOf(world, id);
    expect(problem).toMatchObject({ code: "counterparty_ambiguous", step: "counterparty.upsert" });
    expect(problem?.message).toContain("дубль");
    await world.relay.retryAct(id, "person:Анна", { counterpartyRef: ref });
    await world.pass(48 * HOUR);
    const next = await world.request();
    await world.settle();
    for (const act of [await actOf(world, id), await actOf(world, next)]) {
      expect(act).toMatchObject({ status: "ready", counterparty: { ref, created: false } });
    }
  });

  test("counterparty_confirm updates a card made by hand only when a person agreed, once", async () => {
    const world = await createHarness({ mock: { updateExisting: "confirm" } });
    world.onec.mock.addCounterparty({ name: "Ёлочка", inn: companyInn(2), kpp: "770101001" });
    const id = await world.request();
    await world.settle();
    expect((await actOf(world, id)).problem?.code).toBe("counterparty_confirm");
    await world.relay.retryAct(id, "person:Анна");
    await world.pass(48 * HOUR);
    const next = await world.request();
    await world.settle();
    expect((await actOf(world, id)).status).toBe("ready");
    expect((await actOf(world, next)).status).toBe("ready");
  });

  test("bank_unknown names the field", async () => {
    const world = await createHarness({ mock: { banks: [] } });
    const id = await world.request();
    await world.settle();
    expect((await actOf(world, id)).problem).toMatchObject({
      code: "bank_unknown",
      field: "contractor.bankAccount.bic",
    });
  });
});

describe("an act before the payment", () => {
  test.each([
    ["voided", (world: Harness, id: string) => void world.onec.mock.voidActByHand(id), "act_changed"],
    ["unposted", (world: Harness, id: string) => void world.onec.mock.unpost(id), "act_changed"],
    ["of another sum", (world: Harness, id: string) => void world.onec.mock.editAct(id, { amount: 1 }), "act_changed"],
  ])("is not paid when %s in 1C", async (_, hand, code) => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    hand(world, id);
    await accept(world, id);
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({
      status: "accepted",
      problem: { code },
      paymentOrder: { state: "refused" },
    });
    expect(world.onec.mock.takeSnapshot().paymentOrders).toHaveLength(0);
    await world.relay.voidAct(id, "person:Анна", "Изменён в 1С");
    await world.settle();
    expect(await actOf(world, id)).toMatchObject({ status: "voided", covers: false });
  });

  test("is not paid to an account absent from the card", async () => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    const [card] = world.onec.mock.takeSnapshot().counterparties;
    world.onec.mock.removeAccount(card?.ref ?? "", card?.accounts[0]?.number ?? "");
    await accept(world, id);
    await world.settle();
    expect((await actOf(world, id)).problem?.code).toBe("requisites_changed");
    expect(world.onec.mock.takeSnapshot().paymentOrders).toHaveLength(0);
  });

  test("is read and printed anew when the accountant changed the number", async () => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    const before = await actOf(world, id);
    world.onec.mock.editAct(id, { number: "77-А" });
    await world.send("act.changed", { actRef: id }, { source: "onec" });
    await world.settle();
    const after = await actOf(world, id);
    expect(after).toMatchObject({ status: "ready", document: { number: "77-А" } });
    expect(after.form?.sha256).not.toBe(before.form?.sha256);
    expect(world.types()).toEqual(["act.ready", "act.ready"]);
  });

  test("stops when the accountant changed the sum, instead of a false print", async () => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    world.onec.mock.editAct(id, { amount: 5 });
    await world.send("act.changed", { actRef: id }, { source: "onec" });
    await world.settle();
    expect((await actOf(world, id)).problem?.code).toBe("act_changed");
  });
});

describe("payments", () => {
  async function ordered(world: Harness): Promise<{ id: string; ref: string }> {
    const id = await world.request();
    await world.settle();
    await accept(world, id);
    await world.settle();
    return { id, ref: (await actOf(world, id)).paymentOrder?.ref ?? "" };
  }

  test("are reported by 1C: executed, once", async () => {
    const world = await createHarness({ mock: { pushesEvents: true } });
    const { id, ref } = await ordered(world);
    const data = { paymentOrderRef: ref, executedAt: "2026-11-25T10:00:00+03:00" };
    expect(await world.send("payment.executed", data, { source: "onec" })).toEqual({ actId: id, duplicate: false });
    expect(await world.send("payment.executed", data, { source: "onec" })).toEqual({ actId: id, duplicate: true });
    await world.settle();
    expect(world.types().at(-1)).toBe("payment.executed");
    expect(world.delivered.at(-1)?.data).toMatchObject({ executedAt: "2026-11-25T10:00:00+03:00" });
    expect(world.onec.mock.getCallCounts().getPaymentStates).toBe(0);
  });

  test("are rejected: the act stands, and paying again makes a second order with another reference", async () => {
    const world = await createHarness();
    const { id, ref } = await ordered(world);
    world.onec.mock.rejectPayment(ref, "Счёт закрыт");
    await world.pass(5 * MINUTE);
    expect(await actOf(world, id)).toMatchObject({ status: "payment_ordered", problem: { code: "payment_rejected" } });
    await world.relay.payAgain(id, "person:Анна");
    await world.settle();
    const again = await actOf(world, id);
    expect(again).toMatchObject({ status: "payment_ordered", problem: null, paymentOrder: { attempt: 2 } });
    expect(again.paymentOrder?.ref).not.toBe(ref);
    expect(world.onec.mock.takeSnapshot().paymentOrders).toHaveLength(2);
    world.onec.mock.executePayment(again.paymentOrder?.ref ?? "");
    await world.pass(5 * MINUTE);
    expect((await actOf(world, id)).status).toBe("paid");
  });

  test("count as rejected when the order is deleted in 1C; one query asks about many", async () => {
    const world = await createHarness({ settings: { accountingConcurrency: 8 } });
    const orders = [];
    for (let n = 2; n < 12; n += 1) {
      const id = await world.request({ n });
      await world.settle();
      await accept(world, id);
      await world.settle();
      orders.push((await actOf(world, id)).paymentOrder?.ref ?? "");
    }
    world.onec.mock.resetCounts();
    world.onec.mock.deletePaymentOrder(orders[0] ?? "");
    await world.pass(61_000);
    expect(world.onec.mock.getCallCounts().getPaymentStates).toBeLessThanOrEqual(2);
    expect((await world.store.listActs({ problem: true, limit: 10 })).items).toHaveLength(1);
  });
});

describe("contractor.updated", () => {
  test("updates the card only; an event older than the card is skipped", async () => {
    const world = await createHarness();
    await world.request();
    await world.settle();
    const contract = { url: "https://platform.example/contracts/new" };
    await world.pass(HOUR);
    const sent = { contractor: makeContractorData(2, { contract, phone: "+7 000" }) };
    expect(await world.send("contractor.updated", sent)).toEqual({ actId: null, duplicate: false });
    await world.settle();
    expect(world.onec.mock.takeSnapshot().counterparties[0]).toMatchObject({ phone: "+7 000" });
    const stale = { contractor: makeContractorData(2, { phone: "+7 111" }) };
    await world.send("contractor.updated", stale, { timestamp: world.now() - 2 * HOUR });
    await world.settle();
    const [card] = world.onec.mock.takeSnapshot().counterparties;
    expect(card).toMatchObject({ phone: "+7 000" });
    expect(card?.comment).toContain("https://platform.example/contracts/new");
    const skipped = await world.store.listJobs({ state: "skipped", limit: 10 });
    expect(skipped.items).toHaveLength(1);
  });

  test("survives an older act: an act that waited does not bring the former values back", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("upsertCounterparty", { outcome: "rejected", code: "bank_unknown" });
    const id = await world.request();
    await world.settle();
    await world.pass(HOUR);
    await world.send("contractor.updated", { contractor: makeContractorData(2, { phone: "+7 000" }) });
    await world.settle();
    await world.relay.retryAct(id, "person:Анна");
    await world.settle();
    expect(world.onec.mock.takeSnapshot().counterparties[0]?.phone).toBe("+7 000");
    expect((await actOf(world, id)).status).toBe("ready");
  });

  test("makes a job with `problem` when refused, and the job is retried later", async () => {
    const world = await createHarness({ mock: { banks: [] } });
    await world.send("contractor.updated", { contractor: makeContractorData(2) });
    await world.settle();
    const [failed] = (await world.store.listJobs({ state: "problem", limit: 10 })).items;
    expect(failed).toMatchObject({ type: "counterparty.upsert", actId: null });
    world.onec.mock.loadBank("044525225");
    await world.relay.retryJob(failed?.id ?? "");
    await world.settle();
    expect((await world.store.getJob(failed?.id ?? ""))?.state).toBe("done");
  });
});
