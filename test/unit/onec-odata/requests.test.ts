import { describe, expect, test } from "vitest";
import { parseMapping } from "../../../adapters/onec-odata/index.ts";
import type { Contractor } from "../../../core/parties.ts";
import { accountOf, actParams, fullContractor, innOf, newCall, orderParams, refOf } from "../../support/accounting.ts";
import type { OdataWorld } from "../../support/odata.ts";
import { odataWorld } from "../../support/odata.ts";

/** From `act.requested` to the posted act, as the relay goes. */
async function wholeAct({ adapter, onec }: OdataWorld, contractor: Contractor, card: number, act: number) {
  onec.counters.reset();
  const { ref } = (await adapter.upsertCounterparty({ ref: refOf("card", card), contractor }, newCall())) as {
    ref: string;
  };
  const exceptRef = refOf("act", act);
  await adapter.findLastAct({ counterpartyRef: ref, exceptRef }, newCall());
  await adapter.createAct(actParams(ref, act, { contractor, date: `2026-10-${10 + act}` }), newCall());
  return onec.counters.total();
}

describe("requests from act.requested to the posted act", () => {
  test("take 5 for a known counterparty without changes", async () => {
    const world = odataWorld();
    await wholeAct(world, fullContractor(1), 1, 1);
    expect(await wholeAct(world, fullContractor(1), 1, 2)).toBe(5);
    expect(world.onec.counters.log.map(({ kind, entity }) => `${kind} ${entity?.replace(/^.*_/, "")}`)).toEqual([
      "list Контрагенты",
      "list ПоступлениеТоваровУслуг",
      "list ДоговорыКонтрагентов",
      "create ПоступлениеТоваровУслуг",
      "post ПоступлениеТоваровУслуг",
    ]);
  });

  test("take as many for an act in a second process, once the process has read the constant data", async () => {
    const world = odataWorld();
    await wholeAct(world, fullContractor(1), 1, 1);
    const second = { ...world, adapter: world.another() };
    expect(await wholeAct(second, fullContractor(1), 1, 2)).toBe(13);
    expect(await wholeAct(second, fullContractor(1), 1, 3)).toBe(5);
  });

  test("take 9 for a new counterparty, and 10 at an unknown bank", async () => {
    const world = odataWorld();
    await wholeAct(world, fullContractor(1), 1, 1);
    const more = { inn: innOf(2), bankAccount: accountOf(2) };
    expect(await wholeAct(world, fullContractor(2, more), 2, 2)).toBe(9);
    await world.onec.hands.loadBank("044525593");
    const other = { inn: innOf(3), bankAccount: accountOf(3, "044525593") };
    expect(await wholeAct(world, fullContractor(3, other), 3, 3)).toBe(10);
  });

  test("take one more when the counterparty has a hundred acts: our own act must be searched", async () => {
    const world = odataWorld();
    await wholeAct(world, fullContractor(1), 1, 1);
    for (let n = 0; n < 100; n += 1) {
      await world.onec.hands.addAct({ counterpartyRef: refOf("card", 1), date: "2020-01-31", amount: 100 });
    }
    expect(await wholeAct(world, fullContractor(1), 1, 2)).toBe(6);
  });
});

test("a known counterparty gets a payment order for 4 requests, the reading of the act included", async () => {
  const world = odataWorld();
  const { adapter, onec } = world;
  const contractor = fullContractor(1);
  await wholeAct(world, contractor, 1, 1);
  await adapter.createPaymentOrder(orderParams(refOf("card", 1), 1, { contractor }), newCall());
  await wholeAct(world, contractor, 1, 2);
  onec.counters.reset();
  await adapter.findAct({ ref: refOf("act", 2), counterpartyRef: refOf("card", 1) }, newCall());
  const order = orderParams(refOf("card", 1), 2, { contractor, actRef: refOf("act", 2) });
  await adapter.createPaymentOrder(order, newCall());
  expect(onec.counters.total()).toBe(4);
});

describe("constant data", () => {
  test("is read anew after ten minutes", async () => {
    const world = odataWorld();
    await wholeAct(world, fullContractor(1), 1, 1);
    world.now += 10 * 60_000 - 1;
    expect(await wholeAct(world, fullContractor(1), 1, 2)).toBe(5);
    world.now += 10 * 60_000;
    expect(await wholeAct(world, fullContractor(1), 1, 3)).toBe(13);
  });

  test("is not remembered as missing: an addition by an accountant is found at the next attempt", async () => {
    const world = odataWorld();
    const item = world.onec.state.get("Catalog_Номенклатура", world.onec.seeded.item)!;
    world.onec.state.put("Catalog_Номенклатура", { Ref_Key: item.Ref_Key as string, DeletionMark: true });
    await expect(wholeAct(world, fullContractor(1), 1, 1)).rejects.toMatchObject({
      code: "onec_rejected",
      detail: expect.stringContaining("Услуги агентов") as string,
    });
    world.onec.state.put("Catalog_Номенклатура", { Ref_Key: item.Ref_Key as string, DeletionMark: false });
    await wholeAct(world, fullContractor(1), 1, 1);
  });
});

test("states of a hundred orders take a handful of requests, each short enough for a web server", async () => {
  const { adapter, onec } = odataWorld();
  await adapter.upsertCounterparty({ ref: refOf("card", 1), contractor: fullContractor(1) }, newCall());
  const refs = Array.from({ length: 100 }, (_, n) => refOf("order", n + 1));
  for (const [n] of refs.entries()) {
    await adapter.createPaymentOrder(
      orderParams(refOf("card", 1), n + 1, { contractor: fullContractor(1), amount: 1000 + n }),
      newCall(),
    );
  }
  onec.counters.reset();
  const states = (await adapter.getPaymentStates(refs, newCall())) as Record<string, { state: string }>;
  expect(new Set(Object.values(states).map(({ state }) => state))).toEqual(new Set(["waiting"]));
  expect(onec.counters.by.get("list Document_СписаниеСРасчетногоСчета")).toBe(1);
  expect(onec.counters.total()).toBeLessThanOrEqual(9);
});

test("one job asks 1C one thing at a time, also with an empty cache: a limit of jobs is a limit of requests", async () => {
  let [running, most] = [0, 0];
  const wire =
    (send: typeof fetch): typeof fetch =>
    async (...asked) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return send(...asked).finally(() => (running -= 1));
    };
  const group = { entity: "Catalog_НоменклатурныеГруппы", element: "Основная номенклатурная группа" };
  const mapping = parseMapping("bp30", { acts: { receipt: { lineAnalytics: { Субконто2: group } } } });
  const world = odataWorld({ adapter: { mapping, maxConcurrency: 20 }, wire });
  await wholeAct(world, fullContractor(1), 1, 1);
  await world.adapter.createPaymentOrder(
    orderParams(refOf("card", 1), 1, { contractor: fullContractor(1) }),
    newCall(),
  );
  expect(most).toBe(1);
});
