import { describe, expect, test } from "vitest";
import { ask, errorOf } from "../onec-runtime/odata/ask.ts";
import type { OneC, OneCOptions, Row, SectionRow } from "../onec-runtime/odata/index.ts";
import { createOneC, EMPTY_GUID } from "../onec-runtime/odata/index.ts";
import { accountOf, BIC, innOf } from "../support/accounting.ts";
import { personInn } from "../support/builders.ts";

const CARDS = "Catalog_Контрагенты";
const ACCOUNTS = "Catalog_БанковскиеСчета";
const CONTRACTS = "Catalog_ДоговорыКонтрагентов";
const CLOCK = { clock: () => Date.UTC(2026, 9, 31, 9) };

const create = (base: OneC, set: string, body: unknown, headers = {}) =>
  ask(base, set, { method: "POST", body, headers });
const change = (base: OneC, set: string, ref: string, body: unknown, headers = {}) =>
  ask(base, `${set}(guid'${ref}')`, { method: "PATCH", body, headers });
const LOAD = { "1C_OData-DataLoadMode": "true" };

async function aCard(
  options: OneCOptions = {},
  more: object = {},
): Promise<{ base: OneC; ref: string; card: () => Row }> {
  const base = createOneC({ ...CLOCK, ...options });
  const made = await create(base, CARDS, { Description: "Альфа", ИНН: innOf(1), ...more });
  expect(made.status).toBe(201);
  const ref = String(made.json.Ref_Key);
  return { base, ref, card: () => base.state.get(CARDS, ref) as Row };
}

describe("a card's write", () => {
  test("sets head, country, day of making and the marks of its requisites", async () => {
    const { card, ref } = await aCard({}, { ИНН: `${innOf(1)}  `, КПП: "781001001" });
    expect(card()).toMatchObject({
      ИНН: innOf(1),
      ИННВведенКорректно: true,
      КППВведенКорректно: true,
      ГоловнойКонтрагент_Key: ref,
      ДатаСоздания: "2026-10-31T00:00:00",
    });
    expect(card().СтранаРегистрации_Key).not.toBe(EMPTY_GUID);
  });

  test("accepts a wrong INN and КПП, and an INN that another card has", async () => {
    const { base, card } = await aCard({}, { ИНН: "7700000000", КПП: "1" });
    expect(card()).toMatchObject({ ИННВведенКорректно: false, КППВведенКорректно: false });
    expect((await create(base, CARDS, { ИНН: "7700000000", КПП: "1" })).status).toBe(201);
  });

  test("leaves a division its head, and gives divisions a new INN of their head", async () => {
    const { base, ref } = await aCard();
    const part = await base.hands.addDivision(ref, "780245001");
    expect(base.state.get(CARDS, part)).toMatchObject({ ИНН: innOf(1), ГоловнойКонтрагент_Key: ref });
    await change(base, CARDS, ref, { ИНН: innOf(2) });
    expect(base.state.get(CARDS, part)).toMatchObject({ ИНН: innOf(2), КПП: "780245001" });
  });

  test("clears a history of one row; the last of several rows follows the header", async () => {
    const row = (year: number, LineNumber: number) => ({ LineNumber, Период: `${year}-01-01T00:00:00`, КПП: "1" });
    const { base, ref, card } = await aCard({}, { КПП: "781001001", ИсторияКПП: [row(2020, 1)] });
    expect(card().ИсторияКПП).toEqual([]);
    await change(base, CARDS, ref, { ИсторияКПП: [row(2020, 1), row(2024, 2)] });
    expect(card().ИсторияКПП).toMatchObject([{ КПП: "1" }, { КПП: "781001001" }]);
    const twice = await change(base, CARDS, ref, { ИсторияКПП: [row(2020, 1), row(2020, 2)] });
    expect(errorOf(twice).status).toBe(500);
  });

  test("while data are loaded sets nothing", async () => {
    const base = createOneC(CLOCK);
    const { json } = await create(base, CARDS, { ИНН: `${innOf(1)} ` }, LOAD);
    expect(json).toMatchObject({ ИНН: `${innOf(1)} `, ГоловнойКонтрагент_Key: EMPTY_GUID, ИННВведенКорректно: false });
  });
});

describe("contact information", () => {
  const contact = (base: OneC, kind: "phone" | "email", text: string, LineNumber: number, more: object = {}) => ({
    LineNumber,
    Вид_Key: base.seeded.contactKinds[kind],
    Тип: kind === "phone" ? "Телефон" : "АдресЭлектроннойПочты",
    Представление: text,
    ...more,
  });
  const rows = (row: Row) => row.КонтактнаяИнформация as SectionRow[];

  test("loses rows without a kind; the only row of a kind stands for the kind in lists", async () => {
    const { base, ref, card } = await aCard();
    const section = [contact(base, "phone", "1", 1), contact(base, "email", "a", 2, { Вид_Key: EMPTY_GUID })];
    await change(base, CARDS, ref, { КонтактнаяИнформация: section });
    const { phone } = base.seeded.contactKinds;
    expect(rows(card())).toMatchObject([{ LineNumber: "1", Вид_Key: phone, ВидДляСписка_Key: phone }]);
  });

  test("has a joined row at the end for a kind with several rows, and one only after each write", async () => {
    const { base, ref, card } = await aCard();
    await base.hands.addContact(ref, "phone", "1");
    await base.hands.addContact(ref, "phone", "2");
    await base.hands.addContact(ref, "email", "a@example.com");
    const { phone, email } = base.seeded.contactKinds;
    const expected = [
      { LineNumber: "1", Вид_Key: phone, ВидДляСписка_Key: EMPTY_GUID, Представление: "1" },
      { LineNumber: "2", Вид_Key: phone, ВидДляСписка_Key: EMPTY_GUID, Представление: "2" },
      { LineNumber: "3", Вид_Key: email, ВидДляСписка_Key: email },
      { LineNumber: "4", Вид_Key: EMPTY_GUID, ВидДляСписка_Key: phone, Тип: "", Представление: "1, 2", Ref_Key: ref },
    ];
    expect(rows(card())).toMatchObject(expected);
    // A client sends back the section as it was read.
    const read = (await ask(base, `${CARDS}(guid'${ref}')`)).json.КонтактнаяИнформация;
    await change(base, CARDS, ref, { КонтактнаяИнформация: read });
    expect(rows(card())).toMatchObject(expected);
    expect(rows(card())).toHaveLength(4);
  });
});

describe("a bank account's write", () => {
  const account = (base: OneC, owner: string, number: string, more: object = {}) => ({
    Owner: owner,
    Owner_Type: `StandardODATA.${CARDS}`,
    НомерСчета: number,
    ВалютаДенежныхСредств_Key: base.seeded.currency,
    ...more,
  });
  const PERSON = { ИНН: personInn(1), ЮридическоеФизическоеЛицо: "ФизическоеЛицо" };

  test("makes a person's card an entrepreneur's by the number 40802 and changes the card's version", async () => {
    const { base, ref, card } = await aCard({}, PERSON);
    const before = card().DataVersion;
    await create(base, ACCOUNTS, account(base, ref, "40817810000000000001"));
    expect(card().DataVersion).toBe(before);
    await create(base, ACCOUNTS, account(base, ref, "40802810000000000001"));
    expect(card()).toMatchObject({ ИндивидуальныйПредприниматель: true });
    const after = card().DataVersion;
    expect(after).not.toBe(before);
    // The card has the flag now: one more account leaves the card alone.
    await create(base, ACCOUNTS, account(base, ref, "40802810000000000002"));
    expect(card().DataVersion).toBe(after);
  });

  test("leaves a company's card with the number 40802, and any card while data are loaded", async () => {
    const company = await aCard({}, { ЮридическоеФизическоеЛицо: "ЮридическоеЛицо" });
    const before = company.card().DataVersion;
    await create(company.base, ACCOUNTS, account(company.base, company.ref, "40802810000000000001"));
    expect(company.card().DataVersion).toBe(before);
    const person = await aCard({}, PERSON);
    const version = person.card().DataVersion;
    await create(person.base, ACCOUNTS, account(person.base, person.ref, "40802810000000000001"), LOAD);
    expect(person.card().DataVersion).toBe(version);
  });

  test("counts «Валютный» by the currency, whatever was sent", async () => {
    const { base, ref } = await aCard();
    const rubles = await create(base, ACCOUNTS, account(base, ref, "1", { Валютный: true }));
    expect(rubles.json.Валютный).toBe(false);
    const none = await create(base, ACCOUNTS, account(base, ref, "2", { ВалютаДенежныхСредств_Key: EMPTY_GUID }));
    expect(none.json.Валютный).toBe(true);
  });

  test.each([
    ["marked", { DeletionMark: true }],
    ["closed", { ДатаЗакрытия: "2026-10-01T00:00:00" }],
  ])("takes a %s account off the card as the main one", async (_, more) => {
    const { base, ref, card } = await aCard();
    const { json } = await create(base, ACCOUNTS, account(base, ref, "1"));
    expect(card().ОсновнойБанковскийСчет_Key).toBe(EMPTY_GUID);
    await change(base, CARDS, ref, { ОсновнойБанковскийСчет_Key: json.Ref_Key });
    await change(base, ACCOUNTS, json.Ref_Key, more);
    expect(card().ОсновнойБанковскийСчет_Key).toBe(EMPTY_GUID);
  });

  test.each([
    ["198", "второй"],
    ["151", "первый"],
  ] as const)("renames an account after another bank in release 198 only: %s", async (release, name) => {
    const { base, ref } = await aCard({ release });
    const banks = base.state.all("Catalog_Банки");
    const { json } = await create(base, ACCOUNTS, {
      ...account(base, ref, "1", { Банк_Key: banks[0]?.Ref_Key }),
      Description: `Счёт, ${banks[0]?.Description}`,
    });
    const { json: moved } = await change(base, ACCOUNTS, json.Ref_Key, { Банк_Key: banks[1]?.Ref_Key });
    expect(moved.Description.toLowerCase()).toContain(name);
  });

  test("refuses the mark of the only account of an organisation", async () => {
    const { base } = await aCard();
    const { organizationAccount } = base.seeded;
    const refused = await change(base, ACCOUNTS, organizationAccount, { DeletionMark: true });
    expect(errorOf(refused).text).toContain("Единственный банковский счет");
  });

  test("switches on the option of several accounts at an organisation's second one", async () => {
    const base = createOneC(CLOCK);
    const owner = { Owner: base.seeded.organization, Owner_Type: "StandardODATA.Catalog_Организации" };
    await create(base, ACCOUNTS, account(base, "", "1", owner));
    expect(base.settings.hasSeveralAccounts).toBe(true);
  });
});

describe("a contract's write", () => {
  const contract = (base: OneC, owner: string, more: object = {}) => ({
    Owner_Key: owner,
    Организация_Key: base.seeded.organization,
    ВидДоговора: "СПоставщиком",
    ВалютаВзаиморасчетов_Key: base.seeded.currency,
    ...more,
  });

  test("names a contract by number and day, else by the default name", async () => {
    const { base, ref } = await aCard();
    const numbered = await create(base, CONTRACTS, contract(base, ref, { Номер: "Д-1", Дата: "2026-09-01T00:00:00" }));
    expect(numbered.json.Description).toBe("№ Д-1 от 01.09.2026");
    expect((await create(base, CONTRACTS, contract(base, ref))).json.Description).toBe("Без договора");
  });

  test("refuses another owner, kind or currency once a document uses the contract; a mark is allowed", async () => {
    const { base, ref } = await aCard();
    await base.hands.addAct({ counterpartyRef: ref, date: "2026-10-31", amount: 100 });
    const used = String(base.state.all(CONTRACTS)[0]?.Ref_Key);
    const refused = await change(base, CONTRACTS, used, { ВидДоговора: "СПокупателем" });
    expect(errorOf(refused).text).toContain("По договору есть документы");
    expect((await change(base, CONTRACTS, used, { DeletionMark: true })).status).toBe(200);
  });

  test("may lose the words of its refusal on the way to OData", async () => {
    const { base, ref } = await aCard({ settings: { hasQuietRefusals: true } });
    await base.hands.addAct({ counterpartyRef: ref, date: "2026-10-31", amount: 100 });
    const used = String(base.state.all(CONTRACTS)[0]?.Ref_Key);
    const { text } = errorOf(await change(base, CONTRACTS, used, { ВидДоговора: "СПокупателем" }));
    expect(text).toBe('Не удалось записать: "ДоговорыКонтрагентов"!');
  });
});

describe("the accountant's hands", () => {
  test("merge cards: references move to the kept card, the other one is marked", async () => {
    const { base, ref } = await aCard();
    const other = await base.hands.addCard({ name: "Дубль", inn: innOf(1), accounts: [accountOf(1, BIC)] });
    const act = await base.hands.addAct({ counterpartyRef: other, date: "2026-10-31", amount: 100 });
    await base.hands.mergeCards(ref, other);
    expect(base.state.get("Document_ПоступлениеТоваровУслуг", act)?.Контрагент_Key).toBe(ref);
    expect(base.state.all(CONTRACTS).every((row) => row.Owner_Key === ref)).toBe(true);
    expect(await base.hands.card(ref)).toMatchObject({ accounts: [accountOf(1, BIC)], deletionMark: false });
    expect(await base.hands.card(other)).toMatchObject({ accounts: [], deletionMark: true });
  });

  test("close contracts", async () => {
    const { base, ref } = await aCard();
    await base.hands.addAct({ counterpartyRef: ref, date: "2026-10-31", amount: 100 });
    await base.hands.closeContracts(ref);
    expect(base.state.all(CONTRACTS)).toMatchObject([{ Owner_Key: ref, ДоговорЗакрыт: true }]);
  });

  test("put back a copy of the base: later objects are gone, and their numbers are given again", async () => {
    const { base, ref } = await aCard();
    const putBack = await base.hands.copyBase();
    const made = await create(base, CARDS, { Description: "Бета" });
    await change(base, CARDS, ref, { Description: "Гамма" });
    await putBack();
    expect(base.state.all(CARDS).map(({ Description }) => Description)).toEqual(["Альфа"]);
    expect((await create(base, CARDS, { Description: "Дельта" })).json.Code).toBe(made.json.Code);
  });
});
