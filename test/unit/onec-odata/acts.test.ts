import { describe, expect, test } from "vitest";
import type { OdataOptions } from "../../../adapters/onec-odata/index.ts";
import { parseMapping } from "../../../adapters/onec-odata/index.ts";
import type { Adapter } from "../../../core/adapter.ts";
import type { OneCOptions, Row, SectionRow } from "../../onec-runtime/odata/index.ts";
import { actParams, fullContractor, newCall, refOf } from "../../support/accounting.ts";
import { errorOf, type OdataWorld, odataWorld } from "../../support/odata.ts";

const RECEIPTS = "Document_ПоступлениеТоваровУслуг";
const SALES = "Document_РеализацияТоваровУслуг";
const CARD = refOf("card", 1);
const ACT = refOf("act", 1);

async function withCard(onec: OneCOptions = {}, adapter: Partial<OdataOptions> = {}): Promise<OdataWorld> {
  const world = odataWorld({ onec, adapter });
  await world.adapter.upsertCounterparty({ ref: CARD, contractor: fullContractor(1) }, newCall());
  return world;
}

const create = (adapter: Adapter, more: Parameters<typeof actParams>[2] = {}, n = 1) =>
  adapter.createAct(actParams(CARD, n, { contractor: fullContractor(1), ...more }), newCall());

test("an act under our reference of another organisation is refused, and stays as it is", async () => {
  const world = await withCard();
  await create(world.adapter);
  world.onec.state.put(RECEIPTS, { Ref_Key: ACT, Организация_Key: refOf("card", 9) });
  const before = world.onec.state.get(RECEIPTS, ACT);
  const error = await errorOf(create(world.another()));
  expect(error).toMatchObject({ code: "act_changed", outcome: "rejected" });
  expect(error.detail).toContain("принадлежит другой организации");
  expect(world.onec.state.get(RECEIPTS, ACT)).toEqual(before);
});

describe("an incoming act (поступление)", () => {
  test("has every field that 1C's own form would fill in", async () => {
    const { adapter, onec } = await withCard();
    const lines = [
      { name: "Консультации", quantity: 2500, unit: "ч", price: 33_333, amount: 83_333 },
      { name: "Обработка", quantity: 1, unit: "шт.", price: 1000, amount: 1 },
    ];
    await create(adapter, { amount: 83_334, vat: "22", lines });
    const { seeded } = onec;
    const row = onec.state.get(RECEIPTS, ACT) as Row;
    expect(row).toMatchObject({
      Date: "2026-10-31T12:00:00",
      Posted: true,
      ВидОперации: "Услуги",
      Организация_Key: seeded.organization,
      Контрагент_Key: CARD,
      ДоговорКонтрагента_Key: onec.state.all("Catalog_ДоговорыКонтрагентов")[0]?.Ref_Key,
      СчетУчетаРасчетовСКонтрагентом_Key: seeded.accounts["60.01"],
      СчетУчетаРасчетовПоАвансам_Key: seeded.accounts["60.02"],
      ВалютаДокумента_Key: seeded.currency,
      КурсВзаиморасчетов: 1,
      КратностьВзаиморасчетов: "1",
      СуммаВключаетНДС: true,
      СуммаДокумента: 833.34,
      НомерВходящегоДокумента: row.Number,
      ДатаВходящегоДокумента: "2026-10-31T00:00:00",
      Комментарий: `onec-relay:${ACT} 2026-10-01..2026-10-31`,
    });
    const rows = row.Услуги as SectionRow[];
    expect(rows).toMatchObject([
      {
        LineNumber: "1",
        Номенклатура_Key: seeded.item,
        Содержание: "Консультации, с 01.10.2026 по 31.10.2026",
        Количество: 2.5,
        Цена: 333.33,
        Сумма: 833.33,
        СтавкаНДС: "НДС22",
        СчетЗатрат_Key: seeded.accounts["26"],
        Субконто1: seeded.costItem,
        Субконто1_Type: "StandardODATA.Catalog_СтатьиЗатрат",
        СчетЗатратНУ_Key: seeded.accounts["26"],
        СубконтоНУ1: seeded.costItem,
        СчетУчетаНДС_Key: seeded.accounts["19.04"],
        ОтражениеВУСН: "Принимаются",
        СпособУчетаНДС: "ПринимаетсяКВычету",
      },
      { LineNumber: "2", Количество: 0.001, Цена: 10, Сумма: 0.01 },
    ]);
    // VAT of the whole is spread over the lines to the kopeck: 833,34 at 22 % holds 150,27.
    expect(rows.reduce((sum, line) => sum + Number(line.СуммаНДС), 0)).toBeCloseTo(150.27, 5);
  });

  test.each(["none", "5", "7", "10", "20", "22"] as const)(
    "carries the rate %s as this configuration spells it",
    async (vat) => {
      const { adapter, onec } = await withCard();
      await create(adapter, { vat });
      const [line] = (onec.state.get(RECEIPTS, ACT) as Row).Услуги as SectionRow[];
      expect(line?.СтавкаНДС).toBe(vat === "none" ? "БезНДС" : `НДС${vat}`);
    },
  );

  test("has a long content cut before the period, never inside", async () => {
    const { adapter, onec } = await withCard();
    const line = {
      name: `Услуги ${"по привлечению клиентов ".repeat(60)}`,
      quantity: 1000,
      unit: "усл.",
      price: 100,
      amount: 100,
    };
    await create(adapter, { amount: 100, lines: [line] });
    const [row] = (onec.state.get(RECEIPTS, ACT) as Row).Услуги as SectionRow[];
    expect(String(row?.Содержание)).toMatch(/^Услуги по привлечению .*\S, с 01\.10\.2026 по 31\.10\.2026$/);
    expect(String(row?.Содержание).length).toBeLessThanOrEqual(1000);
  });

  test("is refused before any request when the lines do not add up", async () => {
    const { adapter, onec } = await withCard();
    const line = { name: "x", quantity: 1000, unit: "усл.", price: 99, amount: 99 };
    expect(await errorOf(create(adapter, { amount: 100, lines: [line] }))).toMatchObject({ code: "onec_rejected" });
    expect(await errorOf(create(adapter, { amount: 100, lines: [] }))).toMatchObject({ code: "onec_rejected" });
    expect(onec.state.all(RECEIPTS)).toEqual([]);
  });
});

test("the setting makes an outgoing act (реализация), with search and void there too", async () => {
  const { adapter, onec } = await withCard({}, { actDocument: "sale" });
  const { number } = (await create(adapter)) as { number: string };
  const row = onec.state.get(SALES, ACT) as Row;
  const { seeded } = onec;
  expect(row).toMatchObject({
    Posted: true,
    СчетУчетаРасчетовСКонтрагентом_Key: seeded.accounts["62.01"],
    БанковскийСчетОрганизации_Key: seeded.organizationAccount,
    ВидЭлектронногоДокумента: "АктВыполненныхРабот",
  });
  expect((row.Услуги as SectionRow[])[0]).toMatchObject({
    СчетДоходов_Key: seeded.accounts["90.01.1"],
    Субконто: seeded.itemGroup,
  });
  expect(onec.state.all(RECEIPTS)).toEqual([]);
  expect(await adapter.findAct({ ref: ACT }, newCall())).toMatchObject({ number, posted: true });
  expect(await adapter.findLastAct({ counterpartyRef: CARD, exceptRef: refOf("act", 2) }, newCall())).toMatchObject({
    ref: ACT,
  });
  expect(await adapter.voidAct({ ref: ACT, reason: "" }, newCall())).toEqual({ found: true });
  expect(onec.state.get(SALES, ACT)).toMatchObject({ Posted: false, DeletionMark: true });
});

describe("a lost answer", () => {
  test.each([1, 2, 3])("leaves one act after write %i, and the repeat completes the act", async (n) => {
    const { adapter, onec, another } = await withCard();
    let seen = 0;
    onec.faults.plan(({ isWrite }) => (isWrite && ++seen === n ? { kind: "drop", when: "after" } : null));
    expect(await errorOf(create(adapter))).toMatchObject({ outcome: "uncertain" });
    onec.faults.clear();
    const made = (await create(another())) as { number: string };
    const acts = onec.state.all(RECEIPTS);
    expect(acts).toMatchObject([{ Ref_Key: ACT, Posted: true, НомерВходящегоДокумента: made.number }]);
  });

  test.each(["exception", "code15"] as const)(
    "leads a repeat without a look to the act through the taken reference (%s)",
    async (duplicateKey) => {
      const { adapter, onec } = await withCard({ duplicateKey });
      // The adapter has just seen that no such act exists, and then another relay makes the act.
      await adapter.findLastAct({ counterpartyRef: CARD, exceptRef: ACT }, newCall());
      const second = odataWorld({ adapter: { fetch: onec.fetch } }).adapter;
      onec.beforeWrite(RECEIPTS, async () => void (await create(second)));
      expect(await create(adapter)).toMatchObject({ ref: ACT });
      expect(onec.state.all(RECEIPTS)).toHaveLength(1);
    },
  );

  test("leaves a posted act of another day as it is, when that act arrives after the search", async () => {
    const { adapter, onec } = await withCard();
    await adapter.findLastAct({ counterpartyRef: CARD, exceptRef: ACT }, newCall());
    const second = odataWorld({ adapter: { fetch: onec.fetch } }).adapter;
    const early = actParams(CARD, 1, { date: "2026-10-15" });
    let before: unknown;
    onec.beforeWrite(RECEIPTS, async () => {
      await second.createAct(early, newCall());
      before = onec.state.get(RECEIPTS, ACT);
    });
    expect(await create(adapter)).toMatchObject({ ref: ACT, date: "2026-10-15", period: early.period });
    expect(onec.state.get(RECEIPTS, ACT)).toEqual(before);
  });

  test("keeps a refusal for another reason in 1C's own words", async () => {
    const { adapter, onec } = await withCard();
    const words = JSON.stringify({ "odata.error": { code: "-1", message: { value: "Не указан склад" } } });
    onec.faults.next(({ kind }) => kind === "create", {
      kind: "answer",
      status: 500,
      type: "application/json",
      body: words,
    });
    const error = await errorOf(create(adapter));
    expect(error).toMatchObject({ code: "onec_rejected", outcome: "rejected", detail: "Не указан склад" });
    expect(error.cause).toBeUndefined();
  });
});

describe("posting", () => {
  test("leaves a written act when the day is closed meanwhile, and posts the act once the day is open", async () => {
    const { adapter, onec } = await withCard();
    onec.faults.plan(({ kind }) => {
      if (kind === "post") onec.settings.closedUpTo = "2026-10-31";
      return null;
    });
    expect(await errorOf(create(adapter))).toMatchObject({ code: "period_closed", outcome: "rejected" });
    onec.faults.clear();
    await onec.hands.closePeriodUpTo(null);
    await create(adapter);
    expect(onec.state.all(RECEIPTS)).toMatchObject([{ Ref_Key: ACT, Posted: true }]);
  });

  test("needs no person for a lock: the lock passes without help", async () => {
    const { adapter, onec } = await withCard();
    onec.faults.next(({ kind }) => kind === "post", { kind: "lock" });
    expect(await errorOf(create(adapter))).toMatchObject({ code: "onec_lock_conflict", outcome: "uncertain" });
    expect(await create(adapter)).toMatchObject({ ref: ACT });
  });

  test("writes nothing but the posting when a repeat finds the same unposted act", async () => {
    const { adapter, onec } = await withCard();
    await onec.hands.blockPosting("Не заполнен склад");
    await errorOf(create(adapter));
    await onec.hands.blockPosting(null);
    onec.counters.reset();
    await create(adapter);
    expect(onec.counters.log.filter(({ isWrite }) => isWrite).map(({ kind }) => kind)).toEqual(["post"]);
  });

  test("keeps people's words in the comment of an unposted act that moves to a new period", async () => {
    const { adapter, onec } = await withCard();
    await onec.hands.blockPosting("Не заполнен склад");
    await errorOf(create(adapter));
    await onec.hands.editAct(ACT, { comment: `Проверить!\nonec-relay:${ACT} 2026-10-01..2026-10-31\nСрочно` });
    await onec.hands.blockPosting(null);
    await create(adapter, { period: { from: "2026-10-16", to: "2026-10-31" } });
    expect(onec.state.get(RECEIPTS, ACT)?.Комментарий).toBe(
      `Проверить!\nonec-relay:${ACT} 2026-10-16..2026-10-31\nСрочно`,
    );
  });
});

describe("the last act", () => {
  test("is of services, of this organisation and this counterparty", async () => {
    const { adapter, onec } = await withCard();
    const add = async (date: string, more: Row) => {
      const ref = await onec.hands.addAct({ counterpartyRef: CARD, date, amount: 100 });
      onec.state.put(RECEIPTS, { Ref_Key: ref, ...more });
      return ref;
    };
    const services = await add("2026-01-31", {});
    await add("2026-02-28", { ВидОперации: "Товары" });
    await add("2026-03-31", { Организация_Key: refOf("card", 5) });
    await add("2026-04-30", { Контрагент_Key: refOf("card", 6) });
    expect(await adapter.findLastAct({ counterpartyRef: CARD, exceptRef: ACT }, newCall())).toEqual({
      ref: services,
      date: "2026-01-31",
    });
  });

  test("covers the copy's own day when people copied one of our acts, not the days of the original", async () => {
    const { adapter, onec } = await withCard();
    await create(adapter);
    const copy = await onec.hands.addAct({ counterpartyRef: CARD, date: "2026-11-30", amount: 100 });
    const comment = String(onec.state.get(RECEIPTS, ACT)?.Комментарий);
    await onec.hands.editAct(copy, { comment: `Копия. ${comment}` });
    expect(await adapter.findLastAct({ counterpartyRef: CARD, exceptRef: refOf("act", 2) }, newCall())).toEqual({
      ref: copy,
      date: "2026-11-30",
    });
  });

  test("is the act of the latest covered day, also where people moved the act to an earlier date", async () => {
    const { adapter, onec } = await withCard();
    await create(adapter);
    onec.state.put(RECEIPTS, { Ref_Key: ACT, Date: "2026-10-01T12:00:00" });
    await onec.hands.addAct({ counterpartyRef: CARD, date: "2026-10-15", amount: 100 });
    expect(await adapter.findLastAct({ counterpartyRef: CARD, exceptRef: refOf("act", 2) }, newCall())).toEqual({
      ref: ACT,
      date: "2026-10-01",
      coveredTo: "2026-10-31",
    });
  });

  test("is found behind any number of unposted ones", async () => {
    const { adapter, onec } = await withCard();
    const live = await onec.hands.addAct({ counterpartyRef: CARD, date: "2026-01-01", amount: 100 });
    for (let n = 0; n < 205; n += 1) {
      await onec.hands.addAct({ counterpartyRef: CARD, date: "2026-02-01", amount: 100, posted: false });
    }
    expect(await adapter.findLastAct({ counterpartyRef: CARD, exceptRef: ACT }, newCall())).toMatchObject({
      ref: live,
    });
  });
});

test("a field absent from this infobase is removed from the mapping, and the act is made without the field", async () => {
  const mapping = parseMapping("bp30", {
    acts: { receipt: { fields: { incomingNumber: null }, lineConstants: { ОтражениеВУСН: null } } },
  });
  const { adapter, onec } = await withCard({}, { mapping });
  await create(adapter);
  expect(onec.state.get(RECEIPTS, ACT)).toMatchObject({ Posted: true, НомерВходящегоДокумента: "" });
});
