import { describe, expect, test } from "vitest";
import { createMockAdapter, type MockAdapter, type MockCall } from "../../../adapters/mock/index.ts";
import { PENDING } from "../../../core/adapter.ts";
import { makeContractorData } from "../../support/builders.ts";
import { createHarness, type Harness } from "../../support/harness.ts";
import { acceptAct, readAct } from "../../support/lost-call.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WHOLE = { from: "2026-11-01", to: "2026-11-24" };

/** Creates a 1C that does something else before the answer to the first call of this name. */
function interrupted(onec: MockAdapter, name: MockCall, meanwhile: () => Promise<unknown>): MockAdapter {
  const real = onec[name as keyof MockAdapter] as (...args: unknown[]) => Promise<unknown>;
  let done = false;
  const call = async (...args: unknown[]) => {
    const first = !done;
    done = true;
    if (first) await meanwhile();
    return real(...args);
  };
  return { ...onec, [name]: call } as MockAdapter;
}

/** Another act takes most of the days: a period decided anew would begin after these days. */
async function takeDays(world: Harness, id: string): Promise<void> {
  const counterpartyRef = (await readAct(world, id)).counterparty?.ref ?? "";
  world.onec.mock.addActByHand({ counterpartyRef, date: "2026-11-20", amount: 100 });
}

describe("the act's creation", () => {
  test("looks for the act in 1C when a person goes on, and creates no second one", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createAct", { outcome: "rejected", when: "after" });
    const id = await world.request();
    await world.settle();
    await world.relay.retryAct(id, "person:Анна");
    await world.settle();
    expect((await readAct(world, id)).status).toBe("ready");
    expect(world.onec.mock.getCallCounts()).toMatchObject({ createAct: 1, findAct: 1 });
  });

  test("takes a late answer without another look into 1C", async () => {
    const world = await createHarness();
    world.onec.mock.pendNext("createAct");
    const id = await world.request();
    await world.settle();
    const [parked] = (await world.store.listJobs({ state: "parked", limit: 1 })).items;
    const callId = String(parked?.awaiting);
    await world.relay.takeAnswer(callId, (await world.onec.mock.answer(callId))!);
    await world.settle();
    expect((await readAct(world, id)).status).toBe("ready");
    expect(world.onec.mock.getCallCounts().findAct).toBe(0);
  });

  test("keeps the period of a call without an answer through several outages", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createAct", { outcome: "uncertain", when: "before" });
    world.onec.mock.failNext("findAct", { outcome: "unavailable", times: 3 });
    const id = await world.request();
    await world.settle();
    await takeDays(world, id);
    await world.pass(2 * MINUTE);
    expect(await readAct(world, id)).toMatchObject({ status: "ready", period: WHOLE });
  });

  test("keeps the period of a command without an answer when the relay asks again", async () => {
    const world = await createHarness();
    world.onec.mock.pendNext("createAct");
    const id = await world.request();
    await world.pass(20 * MINUTE);
    world.onec.mock.failNext("findAct", { outcome: "unavailable" });
    await takeDays(world, id);
    await world.relay.retryAct(id, "person:Анна");
    await world.pass(2 * MINUTE);
    expect(await readAct(world, id)).toMatchObject({ status: "ready", period: WHOLE });
  });

  test("records the period in 1C, not the planned period", async () => {
    const onec = createMockAdapter();
    const period = { from: "2026-11-05", to: "2026-11-24" };
    const findAct: MockAdapter["findAct"] = async (params, context) => {
      const state = await onec.findAct(params, context);
      return state === null || state === PENDING ? state : { ...state, period };
    };
    const world = await createHarness({ onec: { ...onec, findAct } });
    onec.mock.failNext("createAct", { outcome: "uncertain", when: "after" });
    const id = await world.request();
    await world.pass(MINUTE);
    expect(await readAct(world, id)).toMatchObject({ status: "ready", period });
  });

  test("takes the act in 1C, although other acts have covered the days", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createAct", { outcome: "rejected", when: "after" });
    const id = await world.request();
    await world.settle();
    const counterpartyRef = (await readAct(world, id)).counterparty?.ref ?? "";
    world.onec.mock.addActByHand({ counterpartyRef, date: "2026-11-24", amount: 100 });
    await world.relay.retryAct(id, "person:Анна");
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({ status: "ready", period: WHOLE, problem: null });
  });

  test.each([
    ["marked for deletion", { deletionMark: true }],
    ["not posted", { posted: false }],
  ])("does not take an act for created when the act is %s", async (_, more) => {
    const onec = createMockAdapter();
    const findAct: MockAdapter["findAct"] = async (params, context) => {
      const state = await onec.findAct(params, context);
      return state === null || state === PENDING ? state : { ...state, ...more };
    };
    const world = await createHarness({ onec: { ...onec, findAct } });
    onec.mock.failNext("createAct", { outcome: "uncertain", when: "after" });
    await world.request();
    await world.pass(MINUTE);
    expect(onec.mock.getCallCounts().createAct).toBe(2);
  });

  test("begins after the days that the relay itself covered, also when 1C knows of no act", async () => {
    const world = await createHarness({ onec: { ...createMockAdapter(), findLastAct: async () => null } });
    await world.request();
    await world.settle();
    await world.pass(DAY);
    const next = await world.request();
    await world.settle();
    expect((await readAct(world, next)).period).toEqual({ from: "2026-11-25", to: "2026-11-25" });
  });

  test("refuses an answer whose date is no date", async () => {
    const onec = createMockAdapter();
    const dateless: MockAdapter = { ...onec, createAct: async ({ ref }) => ({ ref, number: "1", date: "вчера" }) };
    const world = await createHarness({ onec: dateless });
    const id = await world.request();
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({ status: "requested", problem: { code: "onec_rejected" } });
  });
});

test("a form that was printed during the acceptance does not replace the accepted form", async () => {
  const onec = createMockAdapter();
  let meanwhile = async () => {};
  const world = await createHarness({ onec: interrupted(onec, "findAct", () => meanwhile()) });
  const id = await world.request();
  await world.settle();
  const { form } = await readAct(world, id);
  onec.mock.editAct(id, { number: "77-А" });
  meanwhile = () => acceptAct(world, id);
  await world.send("act.changed", { actRef: id }, { source: "onec" });
  await world.settle();
  expect(await readAct(world, id)).toMatchObject({ form, problem: { code: "act_changed" } });
  expect((await world.store.getForm(id))?.sha256).toBe(form?.sha256);
});

describe("the counterparty's card", () => {
  const known = async (world: Harness, id: string) => {
    const { counterpartyKey: key, contractor } = await readAct(world, id);
    return { key, contractor, boundRef: null, confirmed: false, owners: [contractor.id], asOf: 0 };
  };

  test("takes no newer data of another branch", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("upsertCounterparty", { outcome: "rejected", code: "bank_unknown" });
    const id = await world.request();
    await world.pass(MINUTE);
    await world.send("contractor.updated", {
      contractor: makeContractorData(2, { kpp: "770102002", phone: "+7 000" }),
    });
    await world.settle();
    await world.relay.retryAct(id, "person:Анна");
    await world.settle();
    const { counterparty } = await readAct(world, id);
    const card = world.onec.mock.takeSnapshot().counterparties.find(({ ref }) => ref === counterparty?.ref);
    expect(card).toMatchObject({ kpp: "770101001", phone: "+7 495 111-22-33" });
  });

  test("keeps newer data that came during the call", async () => {
    let meanwhile = async () => {};
    const world: Harness = await createHarness({
      onec: interrupted(createMockAdapter(), "upsertCounterparty", () => meanwhile()),
    });
    const id = await world.request();
    const asOf = world.now() + MINUTE;
    meanwhile = async () => {
      const word = await known(world, id);
      const counterparty = { ...word, asOf, contractor: { ...word.contractor, phone: "+7 000" } };
      await world.store.commit([{ type: "counterparty", counterparty }]);
    };
    await world.settle();
    const { key } = await known(world, id);
    expect(await world.store.getCounterparty(key)).toMatchObject({ asOf, contractor: { phone: "+7 000" } });
  });

  test("keeps a person's consent that came during the call", async () => {
    let meanwhile = async () => {};
    const world: Harness = await createHarness({
      onec: interrupted(createMockAdapter(), "upsertCounterparty", () => meanwhile()),
    });
    const id = await world.request();
    meanwhile = async () => {
      const counterparty = { ...(await known(world, id)), confirmed: true };
      await world.store.commit([{ type: "counterparty", counterparty }]);
    };
    await world.settle();
    const { key } = await known(world, id);
    expect(await world.store.getCounterparty(key)).toMatchObject({ confirmed: true, asOf: world.now() });
  });
});
