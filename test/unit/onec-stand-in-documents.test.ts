import { describe, expect, test } from "vitest";
import { type Answered, ask, errorOf } from "../onec-runtime/odata/ask.ts";
import type { OneC, OneCOptions, Row, SectionRow } from "../onec-runtime/odata/index.ts";
import { createOneC, EMPTY_GUID } from "../onec-runtime/odata/index.ts";
import { accountOf, BIC, innOf } from "../support/accounting.ts";
import { anOrganization, personInn } from "../support/builders.ts";

const ACTS = "Document_ПоступлениеТоваровУслуг";
const SALES = "Document_РеализацияТоваровУслуг";
const ORDERS = "Document_ПлатежноеПоручение";
const PAYMENTS = "Document_СписаниеСРасчетногоСчета";
const CARDS = "Catalog_Контрагенты";
const CONTRACTS = "Catalog_ДоговорыКонтрагентов";
const STATES = "InformationRegister_СостоянияБанковскихДокументов";
const DAY = "2026-10-31T12:00:00";
const LOAD = { "1C_OData-DataLoadMode": "true" };

const create = (base: OneC, set: string, body: unknown, headers = {}) =>
  ask(base, set, { method: "POST", body, headers });
const change = (base: OneC, set: string, ref: string, body: unknown, headers = {}) =>
  ask(base, `${set}(guid'${ref}')`, { method: "PATCH", body, headers });
const post = (base: OneC, set: string, ref: string, method = "Post"): Promise<Answered> =>
  ask(base, `${set}(guid'${ref}')/${method}`, { method: "POST" });

interface World {
  readonly base: OneC;
  readonly card: string;
  readonly account: string;
  readonly contract: string;
}

async function aWorld(options: OneCOptions = {}): Promise<World> {
  const base = createOneC({ clock: () => Date.UTC(2026, 10, 1, 9), ...options });
  const card = await base.hands.addCard({ name: "ООО «Альфа»", inn: innOf(1), accounts: [accountOf(1, BIC)] });
  const made = await create(base, CONTRACTS, {
    Owner_Key: card,
    Организация_Key: base.seeded.organization,
    ВидДоговора: options.actDocument === "sale" ? "СПокупателем" : "СПоставщиком",
    ВалютаВзаиморасчетов_Key: base.seeded.currency,
    Номер: "Д-1",
  });
  const account = String(base.state.all("Catalog_БанковскиеСчета").find(({ Owner }) => Owner === card)?.Ref_Key);
  return { base, card, account, contract: String(made.json.Ref_Key) };
}

function actOf({ base, card, contract }: World, more: object = {}, line: object = {}): object {
  return {
    Date: DAY,
    ВидОперации: "Услуги",
    СуммаВключаетНДС: true,
    СпособЗачетаАвансов: "Автоматически",
    Организация_Key: base.seeded.organization,
    Контрагент_Key: card,
    ДоговорКонтрагента_Key: contract,
    Услуги: [{ LineNumber: 1, Сумма: 150, СтавкаНДС: "БезНДС", ...line }],
    ...more,
  };
}

function orderOf({ base, card, account, contract }: World, more: object = {}): object {
  return {
    Date: DAY,
    ВидОперации: "ОплатаПоставщику",
    Организация_Key: base.seeded.organization,
    СчетОрганизации_Key: base.seeded.organizationAccount,
    Контрагент: card,
    Контрагент_Type: `StandardODATA.${CARDS}`,
    СчетКонтрагента_Key: account,
    ДоговорКонтрагента_Key: contract,
    СуммаДокумента: 150,
    ТекстПлательщика: "ООО «Платформа»",
    ИННПлательщика: anOrganization().inn,
    ТекстПолучателя: "ООО «Альфа»",
    ИННПолучателя: innOf(1),
    СтатьяДвиженияДенежныхСредств_Key: base.seeded.cashFlowItem,
    ...more,
  };
}

async function made(world: World, set: string, body: object, headers = {}): Promise<{ ref: string; row: () => Row }> {
  const answer = await create(world.base, set, body, headers);
  expect(answer.status, answer.text).toBe(201);
  const ref = String(answer.json.Ref_Key);
  return { ref, row: () => world.base.state.get(set, ref) as Row };
}

const services = (row: Row) => row.Услуги as SectionRow[];

describe("the closed period", () => {
  test.each([
    [ACTS, actOf],
    [SALES, actOf],
    [ORDERS, orderOf],
    [PAYMENTS, orderOf],
  ])(
    "refuses each write of %s by its old and its new day: draft, change, mark, posting, unposting",
    async (set, body) => {
      const world = await aWorld({ actDocument: set === SALES ? "sale" : "receipt" });
      const { base } = world;
      const { ref } = await made(world, set, body(world));
      const open = "2026-11-02T12:00:00";
      base.settings.closedUpTo = "2026-10-31";
      for (const answer of [
        await create(base, set, body(world)),
        await change(base, set, ref, { Date: open }),
        await change(base, set, ref, { DeletionMark: true }),
        await post(base, set, ref),
        await post(base, set, ref, "Unpost"),
      ]) {
        const { text } = errorOf(answer);
        expect(text).toContain("Запрещено изменять данные");
        expect(text).toMatch(/запрещенный период/);
        expect(text.toLowerCase()).not.toContain("дата запрета изменения");
      }
      const later = await made(world, set, body(world, { Date: open }));
      expect(errorOf(await change(base, set, later.ref, { Date: DAY })).text).toContain(
        "поместить в запрещенный период",
      );
      base.settings.closedUpTo = "2026-10-30";
      expect((await change(base, set, ref, { Комментарий: "1" })).status).toBe(200);
    },
  );

  test("holds for one organisation, never for catalogs, and not while data are loaded", async () => {
    const world = await aWorld();
    const { base, card } = world;
    base.settings.closedUpTo = "2026-12-31";
    expect((await change(base, CARDS, card, { Комментарий: "1" })).status).toBe(200);
    await made(world, ACTS, actOf(world), LOAD);
    base.settings.closedFor = card;
    await made(world, ACTS, actOf(world));
    base.settings.closedFor = base.seeded.organization;
    expect(errorOf(await create(base, ACTS, actOf(world))).text).toContain("запрет установлен на раздел");
  });

  test("binds the user of OData, not the accountant", async () => {
    const { base, card } = await aWorld();
    base.settings.closedUpTo = "2026-12-31";
    const ref = await base.hands.addAct({ counterpartyRef: card, date: "2026-10-31", amount: 100 });
    expect(base.state.get(ACTS, ref)?.Posted).toBe(true);
  });
});

describe("an act's write", () => {
  const goods = { Товары: [{ LineNumber: 1, Сумма: 10, СуммаНДС: 1 }] };

  test.each([
    ["Услуги", ["Услуги"], 150],
    ["УслугиАренды", ["Услуги"], 150],
    ["Товары", ["Товары"], 10],
    ["ПокупкаКомиссия", ["Товары", "Услуги"], 160],
    ["Оборудование", ["Товары", "Услуги"], 160],
    ["ОбъектыСтроительства", ["Услуги"], 150],
    ["ОсновныеСредства", [], 0],
    ["ВПереработку", ["Товары"], 10],
  ])("keeps for the kind %s the tabs %j and sums them: %d", async (kind, tabs, sum) => {
    const world = await aWorld();
    const { row } = await made(world, ACTS, actOf(world, { ...goods, ВидОперации: kind, СуммаДокумента: 999 }));
    expect(["Товары", "Услуги"].filter((tab) => (row()[tab] as SectionRow[]).length > 0)).toEqual(tabs);
    expect(row().СуммаДокумента).toBe(sum);
  });

  test("keeps the tabs of a sale, and sets the kind of a sale's electronic document", async () => {
    const world = await aWorld({ actDocument: "sale" });
    const sale = await made(world, SALES, actOf(world, goods));
    expect(sale.row()).toMatchObject({ ВидЭлектронногоДокумента: "АктВыполненныхРабот", Товары: [] });
    await change(world.base, SALES, sale.ref, { ВидЭлектронногоДокумента: "" });
    expect(sale.row().ВидЭлектронногоДокумента).toBe("АктВыполненныхРабот");
    const mixed = await made(world, SALES, actOf(world, { ...goods, ВидОперации: "ПродажаКомиссия" }));
    expect(mixed.row().СуммаДокумента).toBe(160);
  });

  test("keeps contract, sum and tabs as they are while data are loaded", async () => {
    const world = await aWorld({ settings: { hasContracts: false } });
    const body = { ...goods, СуммаДокумента: 999, ДоговорКонтрагента_Key: EMPTY_GUID };
    const { row } = await made(world, ACTS, actOf(world, body), LOAD);
    expect(row()).toMatchObject({ СуммаДокумента: 999, ДоговорКонтрагента_Key: EMPTY_GUID, Товары: [{ Сумма: 10 }] });
  });

  test("empties the warehouse of services where there are several; separate VAT leaves no VAT in the cost", async () => {
    const world = await aWorld({ settings: { hasSeveralWarehouses: true, hasSeparateVat: true } });
    const warehouse = world.base.state.all("Catalog_Склады")[0]?.Ref_Key;
    const { row } = await made(world, ACTS, actOf(world, { Склад_Key: warehouse, НДСВключенВСтоимость: true }));
    expect(row()).toMatchObject({ Склад_Key: EMPTY_GUID, НДСВключенВСтоимость: false });
    const usual = await aWorld();
    const kept = await made(usual, ACTS, actOf(usual, { Склад_Key: warehouse, НДСВключенВСтоимость: true }));
    expect(kept.row()).toMatchObject({ Склад_Key: warehouse, НДСВключенВСтоимость: true });
  });
});

describe("accounts", () => {
  test("are filled where empty, and never checked, for a user without a view of the chart", async () => {
    const world = await aWorld();
    const { accounts, costItem } = world.base.seeded;
    const { ref, row } = await made(world, ACTS, actOf(world, {}, { СчетЗатрат_Key: accounts["44.01"] }));
    expect(row()).toMatchObject({
      СчетУчетаРасчетовСКонтрагентом_Key: accounts["60.01"],
      СчетУчетаРасчетовПоАвансам_Key: accounts["60.02"],
    });
    expect(services(row())).toMatchObject([
      {
        СчетЗатрат_Key: accounts["44.01"],
        СчетЗатратНУ_Key: accounts["44.01"],
        Субконто1: costItem,
        Субконто1_Type: "StandardODATA.Catalog_СтатьиЗатрат",
        СчетУчетаНДС_Key: accounts["19.04"],
      },
    ]);
    expect((await post(world.base, ACTS, ref)).status).toBe(200);
  });

  test("are filled in a sale too", async () => {
    const world = await aWorld({ actDocument: "sale" });
    const { accounts, itemGroup } = world.base.seeded;
    const { ref, row } = await made(world, SALES, actOf(world));
    expect(row().СчетУчетаРасчетовСКонтрагентом_Key).toBe(accounts["62.01"]);
    expect(services(row())).toMatchObject([{ СчетДоходов_Key: accounts["90.01.1"], Субконто: itemGroup }]);
    expect((await post(world.base, SALES, ref)).status).toBe(200);
  });

  test.each([
    [ACTS, {}, "Счет учета расчетов с контрагентом"],
    [ACTS, {}, "Счет учета расчетов по авансам"],
    [ACTS, {}, "Счет затрат"],
    [ACTS, { СуммаНДС: 10 }, "Счет НДС"],
    [ACTS, { СуммаНДС: 10 }, "Способ учета НДС"],
    [SALES, {}, "Счет доходов"],
    [SALES, {}, "Субконто"],
    [SALES, { СуммаНДС: 10 }, "Счет НДС"],
  ])("stay empty in %s with %j and are checked for a user who sees accounts: %s", async (set, line, label) => {
    const actDocument = set === SALES ? "sale" : "receipt";
    const world = await aWorld({ actDocument, settings: { hasShownAccounts: true, hasSeparateVat: true } });
    const { ref, row } = await made(world, set, actOf(world, {}, line));
    expect(row().СчетУчетаРасчетовСКонтрагентом_Key).toBe(EMPTY_GUID);
    expect(errorOf(await post(world.base, set, ref)).text).toContain(`"${label}"`);
  });

  test("are asked for with VAT only, and the account of advances only where advances are set off", async () => {
    const world = await aWorld({ settings: { hasShownAccounts: true } });
    const body = { СпособЗачетаАвансов: "НеЗачитывать" };
    const { ref } = await made(world, ACTS, actOf(world, body, { СуммаНДС: 10 }));
    const { text } = errorOf(await post(world.base, ACTS, ref));
    expect(text).toContain('"Счет НДС"');
    expect(text).not.toMatch(/Способ учета НДС|авансам/);
  });
});

describe("the contract of a document", () => {
  test.each([
    [ACTS, actOf, "СПоставщиком"],
    [SALES, actOf, "СПокупателем"],
    [ORDERS, orderOf, "СПоставщиком"],
  ])(
    "is replaced in %s by the main one without the option, which is made where there is none",
    async (set, body, kind) => {
      const world = await aWorld({
        actDocument: set === SALES ? "sale" : "receipt",
        settings: { hasContracts: false },
      });
      const { base, card, contract } = world;
      const second = await create(base, CONTRACTS, {
        Owner_Key: card,
        Организация_Key: base.seeded.organization,
        ВидДоговора: kind,
      });
      const sent = await made(world, set, body(world, { ДоговорКонтрагента_Key: second.json.Ref_Key }));
      expect(sent.row().ДоговорКонтрагента_Key).toBe(contract);
      const other = await base.hands.addCard({ name: "Бета", inn: innOf(2) });
      const alone = await made(world, set, body(world, { Контрагент_Key: other, Контрагент: other }));
      const fresh = base.state.get(CONTRACTS, String(alone.row().ДоговорКонтрагента_Key));
      expect(fresh).toMatchObject({
        Owner_Key: other,
        ВидДоговора: kind,
        Description: "Без договора",
        Валютный: false,
      });
    },
  );

  test("in the rows of a payment is replaced too", async () => {
    const world = await aWorld({ settings: { hasContracts: false } });
    const { row } = await made(world, PAYMENTS, orderOf(world, { РасшифровкаПлатежа: [{ LineNumber: 1 }] }));
    expect(row().РасшифровкаПлатежа).toMatchObject([{ ДоговорКонтрагента_Key: world.contract }]);
  });

  test("may be empty at posting without the option only; no contract is left behind a refused write", async () => {
    const kept = await aWorld();
    const none = await made(kept, ACTS, actOf(kept, { ДоговорКонтрагента_Key: EMPTY_GUID }));
    expect(none.row().ДоговорКонтрагента_Key).toBe(EMPTY_GUID);
    expect(errorOf(await post(kept.base, ACTS, none.ref)).text).toContain('"Договор"');
    const world = await aWorld({ settings: { hasContracts: false, closedUpTo: "2026-10-31" } });
    const other = await world.base.hands.addCard({ name: "Бета", inn: innOf(2) });
    const refused = await create(world.base, ACTS, actOf(world, { Контрагент_Key: other }));
    expect(refused.status).toBe(500);
    expect(world.base.state.all(CONTRACTS).some(({ Owner_Key }) => Owner_Key === other)).toBe(false);
  });
});

describe("date and number", () => {
  test.each([
    [ACTS, actOf, "07:00:00"],
    [SALES, actOf, "14:00:00"],
    [PAYMENTS, orderOf, "18:00:00"],
    [ORDERS, orderOf, "12:00:00"],
  ])("take the fixed time in a new %s and on another day only", async (set, body, time) => {
    const world = await aWorld({
      actDocument: set === SALES ? "sale" : "receipt",
      settings: { hasFixedTime: true },
    });
    const { ref, row } = await made(world, set, body(world));
    expect(row().Date).toBe(`2026-10-31T${time}`);
    await change(world.base, set, ref, { Date: DAY });
    expect(row().Date).toBe(DAY);
    await change(world.base, set, ref, { Date: "2026-10-30T12:00:00" });
    expect(row().Date).toBe(`2026-10-30T${time}`);
  });

  test("have a year from 2000 to nine years ahead, payment orders any", async () => {
    const world = await aWorld();
    const act = async (day: string) =>
      (await create(world.base, ACTS, actOf(world, { Date: `${day}T12:00:00` }))).status;
    expect(await Promise.all(["1999-12-31", "2036-01-01", "2000-01-01", "2035-12-31"].map(act))).toEqual([
      500, 500, 201, 201,
    ]);
    await made(world, ORDERS, orderOf(world, { Date: "1999-12-31T12:00:00" }));
  });

  test("are kept together: another year, or an organisation of another prefix, gives a new number", async () => {
    const world = await aWorld();
    const { base } = world;
    const { ref, row } = await made(world, ACTS, actOf(world));
    await made(world, ACTS, actOf(world, { Date: "2027-01-02T12:00:00" }));
    const before = String(row().Number).trim();
    await change(base, ACTS, ref, { Date: "2026-10-30T12:00:00", НомерВходящегоДокумента: before });
    expect(String(row().Number).trim()).toBe(before);
    await change(base, ACTS, ref, { Date: "2027-01-03T12:00:00" });
    expect(String(row().Number).trim()).toBe("0000-000002");
    // A number that was copied from it stays the old one.
    expect(row().НомерВходящегоДокумента).toBe(before);
    const other = base.state.put("Catalog_Организации", { Description: "Вторая", Префикс: "ВТ" });
    await change(base, ACTS, ref, { Организация_Key: other.Ref_Key });
    expect(String(row().Number).trim()).toBe("ВТ00-000001");
  });

  test("are no more than a free tariff allows", async () => {
    const world = await aWorld({ settings: { documentLimit: 1 } });
    const { ref } = await made(world, ACTS, actOf(world));
    expect(errorOf(await create(world.base, ACTS, actOf(world))).text).toContain("бесплатного тарифа");
    expect((await change(world.base, ACTS, ref, { DeletionMark: true })).status).toBe(200);
  });
});

describe("options that empty a field", () => {
  test.each([
    [ORDERS, orderOf, "СтатьяДвиженияДенежныхСредств_Key", "hasCashFlowItems"],
    [ACTS, actOf, "ПодразделениеОрганизации_Key", "hasDivisions"],
  ] as const)("in %s: without the option a sent value is lost", async (set, body, field, option) => {
    const sent = "5f0ec000-0000-5000-8000-0000000000a1";
    for (const isOn of [true, false]) {
      const world = await aWorld({ settings: { [option]: isOn } });
      const { row } = await made(world, set, body(world, { [field]: sent }));
      expect(row()[field]).toBe(isOn ? sent : EMPTY_GUID);
    }
  });

  test("empty the cash-flow item while data are loaded too", async () => {
    const world = await aWorld({ settings: { hasCashFlowItems: false } });
    const { row } = await made(world, ORDERS, orderOf(world), LOAD);
    expect(row().СтатьяДвиженияДенежныхСредств_Key).toBe(EMPTY_GUID);
  });
});

describe("a payment order", () => {
  test.each([
    ["ТекстПлательщика", "", "наименование плательщика"],
    ["ТекстПолучателя", "", "наименование получателя"],
    ["ИННПлательщика", "", "ИНН плательщика"],
    ["ИННПлательщика", "7700000000", "ИНН плательщика"],
    ["ИННПолучателя", "", "ИНН получателя"],
    ["ИННПолучателя", "7700000000", "ИНН получателя"],
    ["СуммаДокумента", 0, "Сумма платежа"],
    ["ВидОперации", "", "Вид операции"],
    ["Number", "0000-001000", "номера"],
  ])("is written and not posted with %s = %j", async (field, value, words) => {
    const world = await aWorld();
    const { ref } = await made(world, ORDERS, orderOf(world, { [field]: value }));
    expect(errorOf(await post(world.base, ORDERS, ref)).text).toContain(words);
  });

  test("needs at posting neither currency nor purpose, priority, contract; a person's INN may be empty", async () => {
    const world = await aWorld();
    const bare = { ДоговорКонтрагента_Key: EMPTY_GUID, НазначениеПлатежа: "", ОчередностьПлатежа: 0 };
    const { ref } = await made(world, ORDERS, orderOf(world, bare));
    expect((await post(world.base, ORDERS, ref)).status).toBe(200);
    const person = await world.base.hands.addCard({ name: "Ёжиков И. И.", inn: personInn(1) });
    const other = await made(world, ORDERS, orderOf(world, { Контрагент: person, ИННПолучателя: "" }));
    expect((await post(world.base, ORDERS, other.ref)).status).toBe(200);
  });

  test("gets the only account of the organisation where it has none", async () => {
    const world = await aWorld();
    const { organizationAccount } = world.base.seeded;
    const empty = { СчетОрганизации_Key: EMPTY_GUID };
    expect((await made(world, ORDERS, orderOf(world, empty))).row().СчетОрганизации_Key).toBe(organizationAccount);
    world.base.settings.hasSeveralAccounts = true;
    expect((await made(world, ORDERS, orderOf(world, empty))).row().СчетОрганизации_Key).toBe(EMPTY_GUID);
  });

  test("has a bank state from its first posting to its mark; a payment of the bank sets «Оплачено»", async () => {
    const world = await aWorld();
    const { base } = world;
    const { ref } = await made(world, ORDERS, orderOf(world));
    const states = () => base.state.all(STATES).map(({ Состояние }) => Состояние);
    expect(states()).toEqual([]);
    await post(base, ORDERS, ref);
    expect(states()).toEqual(["Подготовлено"]);
    await base.hands.setBankState(ref, "Отправлено");
    await post(base, ORDERS, ref);
    expect(states()).toEqual(["Отправлено"]);
    await base.hands.executePayment(ref, "2026-11-01");
    expect(states()).toEqual(["Оплачено"]);
    const [payment] = base.state.all(PAYMENTS);
    await post(base, PAYMENTS, String(payment?.Ref_Key), "Unpost");
    expect(states()).toEqual(["Оплачено"]);
    await post(base, ORDERS, ref, "Unpost");
    await change(base, ORDERS, ref, { DeletionMark: true });
    expect(states()).toEqual([]);
  });

  test("is paid by a payment that the order itself names as its basis", async () => {
    const world = await aWorld();
    const { base } = world;
    const payment = await made(world, PAYMENTS, orderOf(world));
    const { ref } = await made(world, ORDERS, orderOf(world));
    base.state.put(ORDERS, { Ref_Key: ref, ДокументОснование: payment.ref });
    await post(base, PAYMENTS, payment.ref);
    expect(base.state.all(STATES)).toMatchObject([{ СсылкаНаОбъект: ref, Состояние: "Оплачено" }]);
  });

  test("keeps its key fields while the bank's exchange has the order in work", async () => {
    const world = await aWorld({ settings: { hasBankExchange: true } });
    const { base } = world;
    const { ref } = await made(world, ORDERS, orderOf(world));
    expect((await change(base, ORDERS, ref, { СуммаДокумента: 151 })).status).toBe(200);
    await base.hands.setBankState(ref, "Отправлено");
    const refused = await change(base, ORDERS, ref, { СуммаДокумента: 152 });
    expect(errorOf(refused).text).toContain("актуальный электронный документ");
    expect((await change(base, ORDERS, ref, { Комментарий: "1" })).status).toBe(200);
    await base.hands.setBankState(ref, "Отклонено");
    expect((await change(base, ORDERS, ref, { СуммаДокумента: 152 })).status).toBe(200);
  });

  test("is not posted by a user who may not write the register of states", async () => {
    const world = await aWorld({ denied: [{ entity: STATES, verb: "write" }] });
    const { ref, row } = await made(world, ORDERS, orderOf(world));
    expect((await post(world.base, ORDERS, ref)).status).toBe(500);
    expect(row().Posted).toBe(false);
  });
});

describe("a payment of the bank", () => {
  test("stays unposted without an error until the statement confirms it", async () => {
    const world = await aWorld();
    const { base } = world;
    const order = await made(world, ORDERS, orderOf(world));
    const basis = { ДокументОснование: order.ref, ДокументОснование_Type: `StandardODATA.${ORDERS}` };
    const { ref, row } = await made(world, PAYMENTS, orderOf(world, basis));
    base.state.put(PAYMENTS, { Ref_Key: ref, НеПодтвержденоВыпискойБанка: true });
    expect((await post(base, PAYMENTS, ref)).status).toBe(200);
    expect(row().Posted).toBe(false);
    expect(base.state.all(STATES)).toEqual([]);
    base.state.put(PAYMENTS, { Ref_Key: ref, НеПодтвержденоВыпискойБанка: false });
    await post(base, PAYMENTS, ref);
    expect(row().Posted).toBe(true);
  });
});

describe("release 3.0.151", () => {
  test("lacks the taxation of a contract's counterparty and the rates of 5, 7 and 22 %", async () => {
    for (const [release, status, field] of [
      ["198", 201, "НалогНаПрофессиональныйДоход"],
      ["151", 400, undefined],
    ] as const) {
      const world = await aWorld({ release });
      expect((await create(world.base, ACTS, actOf(world, {}, { СтавкаНДС: "НДС22" }))).status).toBe(status);
      const taxed = { НалогообложениеКонтрагента: "НалогНаПрофессиональныйДоход" };
      expect((await create(world.base, CONTRACTS, taxed)).json.НалогообложениеКонтрагента).toBe(field);
    }
  });
});

describe("attached files", () => {
  test("get the mark of their document, and lose it with the document", async () => {
    const world = await aWorld();
    const { base } = world;
    const { ref } = await made(world, ACTS, actOf(world));
    const files = "Catalog_ПоступлениеТоваровУслугПрисоединенныеФайлы";
    const file = await create(base, files, { Description: "Акт", ВладелецФайла_Key: ref });
    for (const DeletionMark of [true, false]) {
      await change(base, ACTS, ref, { DeletionMark });
      expect(base.state.get(files, file.json.Ref_Key)?.DeletionMark).toBe(DeletionMark);
    }
  });
});

describe("a deletion", () => {
  test("is refused on a closed day, unless the document was marked before", async () => {
    const world = await aWorld();
    const { base } = world;
    const { ref } = await made(world, ACTS, actOf(world));
    const marked = await made(world, ACTS, actOf(world, { DeletionMark: true }));
    base.settings.closedUpTo = "2026-10-31";
    const remove = (each: string) => ask(base, `${ACTS}(guid'${each}')`, { method: "DELETE" });
    expect(errorOf(await remove(ref)).text).toContain("Запрещено изменять данные");
    expect((await remove(marked.ref)).status).toBe(204);
  });

  test("under way refuses references to the element", async () => {
    const world = await aWorld();
    const { base, contract } = world;
    base.settings.beingDeleted = contract;
    expect(errorOf(await create(base, ACTS, actOf(world))).text).toContain("удаляется в данный момент");
    expect((await create(base, ACTS, actOf(world), LOAD)).status).toBe(500);
    await made(world, ACTS, actOf(world, { ДоговорКонтрагента_Key: EMPTY_GUID }));
  });

  test("is refused to a predefined element, and so is a mark", async () => {
    const { base } = await aWorld();
    const kind = base.seeded.contactKinds.phone;
    const set = "Catalog_ВидыКонтактнойИнформации";
    expect((await ask(base, `${set}(guid'${kind}')`, { method: "DELETE" })).status).toBe(500);
    expect(errorOf(await change(base, set, kind, { DeletionMark: true })).text).toContain("Предопределенный");
  });
});

describe("the check of filling", () => {
  /** Fields that metadata require and БП's handlers lift for services and for payments to a supplier. */
  const LIFTED: Readonly<Record<string, readonly string[]>> = {
    [ACTS]: [
      ...["Склад_Key", "СчетУчетаРасчетовПоТаре_Key", "НомерВходящегоДокумента", "ДатаВходящегоДокумента"],
      "СпособОтраженияРасходовПоАмортизации_Key",
    ],
    [SALES]: [
      ...["Склад_Key", "СчетУчетаРасчетовПоТаре_Key", "Патент_Key", "ОбъектВыполненияРабот_Key", "Комиссионер_Key"],
      ...["ДоговорКомиссионера_Key", "СчетУчетаРасчетовСКомиссионером_Key"],
    ],
    [ORDERS]: [
      ...["Налог_Key", "ВидНалоговогоОбязательства", "ВалютаДокумента_Key", "ПлатежнаяВедомость", "Банк_Key"],
      ...["Налогоплательщик_Key", "РеестрВыплатСамозанятым_Key", "Сотрудник_Key", "ИсполнительныйЛист_Key"],
    ],
  };

  test.each([
    [ACTS, actOf],
    [SALES, actOf],
    [ORDERS, orderOf],
  ])("asks at the posting of %s for what metadata require and no handler lifts", async (set, bodyOf) => {
    const world = await aWorld({
      actDocument: set === SALES ? "sale" : "receipt",
      settings: { hasShownAccounts: true, hasSeveralAccounts: true },
    });
    const { base } = world;
    const { accounts, costItem, itemGroup } = base.seeded;
    const isSale = set === SALES;
    const line = isSale
      ? {
          СчетДоходов_Key: accounts["90.01.1"],
          Субконто: itemGroup,
          Субконто_Type: "StandardODATA.Catalog_НоменклатурныеГруппы",
        }
      : { СчетЗатрат_Key: accounts["26"], Субконто1: costItem, Субконто1_Type: "StandardODATA.Catalog_СтатьиЗатрат" };
    const settlements = {
      СчетУчетаРасчетовСКонтрагентом_Key: accounts[isSale ? "62.01" : "60.01"],
      СчетУчетаРасчетовПоАвансам_Key: accounts[isSale ? "62.02" : "60.02"],
    };
    const body = set === ORDERS ? bodyOf(world) : bodyOf(world, settlements, line);
    const required = base.state.entity(set).properties.flatMap(({ name, isRequired }) => (isRequired ? [name] : []));
    const asked: string[] = [];
    for (const name of required) {
      const { ref } = await made(world, set, { ...body, [name]: null });
      if ((await post(base, set, ref)).status !== 200) asked.push(name);
    }
    expect(required).toEqual(expect.arrayContaining([...(LIFTED[set] ?? [])]));
    expect(asked).toEqual(required.filter((name) => LIFTED[set]?.includes(name) === false));
  });
});

describe("a new object over OData (unsure)", () => {
  test("fill values come first, sent values over them", async () => {
    const world = await aWorld({ settings: { hasFillValues: true } });
    const act = await made(world, ACTS, { Date: DAY });
    expect(act.row()).toMatchObject({ ВидОперации: "ПокупкаКомиссия", СпособЗачетаАвансов: "Автоматически" });
    const order = await made(world, ORDERS, { Date: DAY, ОчередностьПлатежа: 3 });
    expect(order.row()).toMatchObject({ ВидОперации: "ОплатаПоставщику", ОчередностьПлатежа: 3, СтавкаНДС: "НДС18" });
    const bank = await made(world, "Catalog_Банки", { Code: "044525999" });
    const russia = world.base.state.all("Catalog_СтраныМира").find(({ Code }) => Code === "643");
    expect(bank.row()).toMatchObject({ РучноеИзменение: 2, Страна_Key: russia?.Ref_Key });
    const usual = await aWorld();
    expect((await made(usual, ORDERS, { Date: DAY })).row().ВидОперации).toBe("");
  });

  test("the handler of filling may come over sent values", async () => {
    const world = await aWorld({ settings: { fillsAfterSet: true } });
    const sent = { ТекстПолучателя: "Свой текст", ТекстПлательщика: "Свой", КПППолучателя: "781001001" };
    const { ref, row } = await made(world, ORDERS, orderOf(world, sent));
    expect(row()).toMatchObject({
      ТекстПолучателя: "ООО «Альфа»",
      ТекстПлательщика: anOrganization().name,
      КПППолучателя: "",
      ОчередностьПлатежа: 5,
      СуммаДокумента: 150,
    });
    // A change of a stored order is no new object.
    await change(world.base, ORDERS, ref, { ТекстПолучателя: "Свой текст" });
    expect(row().ТекстПолучателя).toBe("Свой текст");
  });
});

describe("the accountant's hands", () => {
  test("renumber and post acts; posting checks as the form does", async () => {
    const world = await aWorld();
    const { base } = world;
    const { ref, row } = await made(world, ACTS, actOf(world));
    await base.hands.renumberAct(ref, "0000-000777");
    expect(row().Number).toBe("0000-000777");
    await base.hands.post(ref);
    expect(row().Posted).toBe(true);
    const empty = await made(world, ACTS, actOf(world, { Услуги: [] }));
    await expect(base.hands.post(empty.ref)).rejects.toThrow("Не введено ни одной строки");
  });

  test("mark a document: a posted one is unposted first", async () => {
    const world = await aWorld();
    const { ref, row } = await made(world, ORDERS, orderOf(world));
    await world.base.hands.post(ref);
    await world.base.hands.markPaymentOrder(ref);
    expect(row()).toMatchObject({ Posted: false, DeletionMark: true });
  });
});
