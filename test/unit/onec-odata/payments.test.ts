import { describe, expect, test } from "vitest";
import { parseMapping } from "../../../adapters/onec-odata/index.ts";
import type { CreatePaymentOrderParams } from "../../../core/adapter.ts";
import type { Row } from "../../onec-runtime/odata/index.ts";
import { actParams, bareContractor, fullContractor, newCall, orderParams, refOf } from "../../support/accounting.ts";
import { anOrganization, personInn } from "../../support/builders.ts";
import { errorOf, type OdataWorld, odataWorld } from "../../support/odata.ts";

const ORDERS = "Document_ПлатежноеПоручение";
const PAYMENTS = "Document_СписаниеСРасчетногоСчета";
const CARD = refOf("card", 1);
const ORDER = refOf("order", 1);

async function withCard(
  contractor = fullContractor(1),
  given: Parameters<typeof odataWorld>[0] = {},
): Promise<OdataWorld> {
  const world = odataWorld(given);
  await world.adapter.upsertCounterparty({ ref: CARD, contractor }, newCall());
  return world;
}

const order = ({ adapter }: Pick<OdataWorld, "adapter">, more: Partial<CreatePaymentOrderParams> = {}, n = 1) =>
  adapter.createPaymentOrder(orderParams(CARD, n, { contractor: fullContractor(1), ...more }), newCall());

const states = async ({ adapter }: OdataWorld, ...refs: string[]) =>
  (await adapter.getPaymentStates(refs, newCall())) as Record<string, { state: string; reason?: string }>;

describe("a payment order", () => {
  test("carries every text that a bank needs, since 1C fills in none", async () => {
    const world = await withCard();
    await world.adapter.createAct(actParams(CARD, 1, { contractor: fullContractor(1) }), newCall());
    await order(world, { vat: "22" });
    const { onec } = world;
    const { seeded } = onec;
    const organization = anOrganization();
    expect(onec.state.get(ORDERS, ORDER)).toMatchObject({
      Date: "2026-11-02T00:00:00",
      Posted: false,
      ВидОперации: "ОплатаПоставщику",
      Организация_Key: seeded.organization,
      СчетОрганизации_Key: seeded.organizationAccount,
      Контрагент: CARD,
      Контрагент_Type: "StandardODATA.Catalog_Контрагенты",
      ДоговорКонтрагента_Key: onec.state.get("Document_ПоступлениеТоваровУслуг", refOf("act", 1))
        ?.ДоговорКонтрагента_Key,
      СуммаДокумента: 15_000,
      ВалютаДокумента_Key: seeded.currency,
      СтавкаНДС: "НДС22",
      СуммаНДС: 2704.92,
      ОчередностьПлатежа: 5,
      НазначениеПлатежа: orderParams(CARD).purpose,
      ТекстПолучателя: fullContractor(1).fullName,
      ИННПолучателя: fullContractor(1).inn,
      КПППолучателя: "",
      ТекстПлательщика: organization.name,
      ИННПлательщика: organization.inn,
      КПППлательщика: "",
      Комментарий: `onec-relay:${ORDER}`,
    });
  });

  test("names an entrepreneur by the title, and has no КПП, as an ordinary payment has none", async () => {
    const contractor = bareContractor(1, {
      kind: "entrepreneur",
      name: "Ёжиков И. И.",
      fullName: "Ёжиков Иван Иванович",
      inn: personInn(5),
    });
    const world = await withCard(contractor);
    await order(world, { contractor });
    expect(world.onec.state.get(ORDERS, ORDER)).toMatchObject({
      ТекстПолучателя: "ИП Ёжиков Иван Иванович",
      КПППолучателя: "",
    });
  });

  test("has the short name where the full name is longer than a bank reads", async () => {
    const contractor = fullContractor(1, { fullName: `Общество ${"длинное ".repeat(30)}` });
    const world = await withCard(contractor);
    await order(world, { contractor });
    expect(world.onec.state.get(ORDERS, ORDER)?.ТекстПолучателя).toBe(contractor.name);
  });

  test("is refused and not cut when the purpose is over 210 characters", async () => {
    const world = await withCard();
    expect(await errorOf(order(world, { purpose: "я".repeat(211) }))).toMatchObject({
      code: "onec_rejected",
      outcome: "rejected",
    });
    expect(world.onec.state.all(ORDERS)).toEqual([]);
    await order(world, { purpose: "я".repeat(210) });
  });

  test("has the cash flow item of the mapping", async () => {
    const cashFlowItem = {
      entity: "Catalog_СтатьиДвиженияДенежныхСредств",
      element: "Оплата поставщикам (подрядчикам)",
    };
    const world = await withCard(fullContractor(1), {
      adapter: { mapping: parseMapping("bp30", { paymentOrder: { cashFlowItem } }) },
    });
    await order(world);
    expect(world.onec.state.get(ORDERS, ORDER)).toMatchObject({
      СтатьяДвиженияДенежныхСредств_Key: world.onec.seeded.cashFlowItem,
    });
  });

  test("goes from the account of the settings, and names an account of another organisation", async () => {
    const world = await withCard();
    const own = world.onec.state.get("Catalog_БанковскиеСчета", world.onec.seeded.organizationAccount)!;
    const number = String(own.НомерСчета);
    world.onec.state.put("Catalog_Организации", {
      Ref_Key: world.onec.seeded.organization,
      ОсновнойБанковскийСчет_Key: "00000000-0000-0000-0000-000000000000",
    });
    expect((await errorOf(order({ adapter: world.another() }))).detail).toContain("ONEC_ORGANIZATION_ACCOUNT");
    const wrong = world.another({ organizationAccount: fullContractor(1).bankAccount.number });
    expect((await errorOf(order({ adapter: wrong }))).detail).toContain("ONEC_ORGANIZATION_ACCOUNT");
    await order({ adapter: world.another({ organizationAccount: number }) });
    expect(world.onec.state.get(ORDERS, ORDER)).toMatchObject({ СчетОрганизации_Key: own.Ref_Key });
  });

  test("is found and not made again after a lost answer", async () => {
    const world = await withCard();
    world.onec.faults.next(({ kind }) => kind === "create", { kind: "drop", when: "after" });
    expect(await errorOf(order(world))).toMatchObject({ outcome: "uncertain" });
    expect(await order({ adapter: world.another() })).toMatchObject({ ref: ORDER });
    expect(world.onec.state.all(ORDERS)).toHaveLength(1);
  });
});

/** Adds a write-off from a bank statement, without the order as the basis. */
function loose({ onec }: OdataWorld, order: string, more: Row = {}): void {
  const row = onec.state.get(ORDERS, order)!;
  onec.state.put(PAYMENTS, {
    Date: "2026-11-03T00:00:00",
    Posted: true,
    Организация_Key: row.Организация_Key as string,
    СчетОрганизации_Key: row.СчетОрганизации_Key as string,
    СчетКонтрагента_Key: row.СчетКонтрагента_Key as string,
    СуммаДокумента: row.СуммаДокумента as number,
    НомерВходящегоДокумента: String(Number(/\d+$/.exec(String(row.Number))?.[0])),
    ДатаВходящегоДокумента: row.Date as string,
    ...more,
  });
}

describe("a payment without its order as the basis", () => {
  test("belongs to the order by number, day, sum and accounts", async () => {
    const world = await withCard();
    await order(world);
    loose(world, ORDER);
    expect(await states(world, ORDER)).toEqual({
      [ORDER]: { state: "executed", executedOn: "2026-11-03", bankReference: "1" },
    });
  });

  test.each<[what: string, more: Row]>([
    ["another sum", { СуммаДокумента: 14_999.99 }],
    ["another number", { НомерВходящегоДокумента: "77" }],
    ["no number", { НомерВходящегоДокумента: "" }],
    ["another payee's account", { СчетКонтрагента_Key: refOf("card", 3) }],
    ["another account of ours", { СчетОрганизации_Key: refOf("card", 3) }],
    ["a day before the order", { Date: "2026-11-01T00:00:00" }],
    ["not posted", { Posted: false }],
    ["marked for deletion", { Posted: false, DeletionMark: true }],
    [
      "another order for its basis",
      { ДокументОснование: refOf("order", 9), ДокументОснование_Type: `StandardODATA.${ORDERS}` },
    ],
    ["another organisation", { Организация_Key: refOf("card", 4) }],
  ])("does not belong to the order with %s", async (_, more) => {
    const world = await withCard();
    await order(world);
    loose(world, ORDER, more);
    expect(await states(world, ORDER)).toEqual({ [ORDER]: { state: "waiting" } });
  });

  test("is for a person to decide when the day differs from the bank's paper, or when two match", async () => {
    const world = await withCard();
    await order(world);
    loose(world, ORDER, { ДатаВходящегоДокумента: "2026-10-01T00:00:00" });
    const other = (await states(world, ORDER))[ORDER];
    expect(other).toMatchObject({
      state: "ambiguous",
      reason: expect.stringContaining("документ-основание") as string,
    });
    const twice = await withCard();
    await order(twice);
    for (const _ of [1, 2]) loose(twice, ORDER);
    expect((await states(twice, ORDER))[ORDER]).toMatchObject({ state: "ambiguous" });
  });

  test.each([
    ["2026-11-12", "executed"],
    ["2027-11-02", "ambiguous"],
  ])("has, for %s without the order's day, the outcome %s: numbers begin anew each year", async (day, state) => {
    const world = await withCard();
    await order(world);
    loose(world, ORDER, { Date: `${day}T00:00:00`, ДатаВходящегоДокумента: "0001-01-01T00:00:00" });
    expect((await states(world, ORDER))[ORDER]).toMatchObject({ state });
  });

  test("is for a person to decide when two orders match", async () => {
    const world = await withCard();
    await order(world);
    await order(world, {}, 2);
    const second = refOf("order", 2);
    world.onec.state.put(ORDERS, { Ref_Key: second, Number: "00БП-000001" });
    loose(world, ORDER);
    expect(Object.values(await states(world, ORDER, second)).map(({ state }) => state)).toEqual([
      "ambiguous",
      "ambiguous",
    ]);
  });
});

test("all write-offs since the oldest order are read, page by page", async () => {
  const world = await withCard();
  await order(world);
  for (let n = 0; n < 1050; n += 1) loose(world, ORDER, { НомерВходящегоДокумента: "9999" });
  await world.onec.hands.executePayment(ORDER, "2026-12-01");
  world.onec.counters.reset();
  expect(await states(world, ORDER)).toMatchObject({ [ORDER]: { state: "executed", executedOn: "2026-12-01" } });
  expect(world.onec.counters.by.get(`list ${PAYMENTS}`)).toBe(3);
});
