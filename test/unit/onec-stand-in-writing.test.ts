import { describe, expect, test } from "vitest";
import type { Answered } from "../onec-runtime/odata/ask.ts";
import { ask, errorOf } from "../onec-runtime/odata/ask.ts";
import type { OneC, OneCOptions } from "../onec-runtime/odata/index.ts";
import { createOneC, EMPTY_GUID } from "../onec-runtime/odata/index.ts";
import { accountOf, BIC } from "../support/accounting.ts";

const CARDS = "Catalog_Контрагенты";
const CONTRACTS = "Catalog_ДоговорыКонтрагентов";
const ACTS = "Document_ПоступлениеТоваровУслуг";
const REF = "5f0ec000-0000-5000-8000-0000000000a1";

const create = (base: OneC, set: string, body: unknown) => ask(base, set, { method: "POST", body });
const change = (base: OneC, set: string, ref: string, body: unknown, headers = {}) =>
  ask(base, `${set}(guid'${ref}')`, { method: "PATCH", body, headers });

async function withCard(options: OneCOptions = {}): Promise<{ base: OneC; ref: string }> {
  const base = createOneC(options);
  return {
    base,
    ref: await base.hands.addCard({ name: "Альфа", inn: "7700000016", phone: "1", email: "a@example.com" }),
  };
}

describe("new objects", () => {
  test("are answered with 201 and the whole object, a new code, version 0", async () => {
    const base = createOneC();
    const { status, json, headers } = await create(base, CARDS, { Description: "Альфа", ИНН: "7700000016" });
    expect(status).toBe(201);
    expect(json).toMatchObject({ Description: "Альфа", Code: "00-000001", DataVersion: "AAAAAAAAAAA=", КПП: "" });
    expect(json.ГоловнойКонтрагент_Key).toBe(json.Ref_Key);
    const location = Buffer.from(headers.get("location") ?? "", "latin1").toString("utf8");
    expect(location).toBe(`${base.url}/odata/standard.odata/${CARDS}(guid'${json.Ref_Key}')`);
    expect((await ask(base, `${CARDS}(guid'${json.Ref_Key}')`)).json).toEqual(json);
  });

  test.each([
    ["exception", 500, "-1", "нарушено условие уникальности"],
    ["code15", 400, "15", "Сущность с таким ключом уже существует"],
  ] as const)("take the chosen reference, and not twice (%s)", async (duplicateKey, status, code, words) => {
    const base = createOneC({ duplicateKey });
    const body = { Ref_Key: REF.toUpperCase(), Description: "Альфа" };
    expect((await create(base, CARDS, body)).json.Ref_Key).toBe(REF);
    const again = errorOf(await create(base, CARDS, body));
    expect(again).toMatchObject({ status, code });
    expect(again.text).toContain(words);
    expect(base.state.all(CARDS)).toHaveLength(1);
  });

  test("get a new reference where 1C ignores the chosen one", async () => {
    const base = createOneC();
    base.ignoreRefs(true);
    expect((await create(base, CARDS, { Ref_Key: REF })).json.Ref_Key).not.toBe(REF);
  });

  test("a document's number has the organisation's prefix, runs within a year; a typed one wins and is unique", async () => {
    const base = createOneC();
    const { organization } = base.seeded;
    const number = async (more: object) =>
      (await create(base, ACTS, { Date: "2026-10-31T00:00:00", Организация_Key: organization, ...more })).json.Number;
    expect(await number({})).toBe("0000-000001");
    expect(await number({ Date: "2027-01-01T00:00:00" })).toBe("0000-000001");
    base.state.put("Catalog_Организации", { Ref_Key: organization, Префикс: "УЧ" });
    expect(await number({})).toBe("УЧ00-000001");
    expect(await number({ Number: "УЧ00-000002" })).toBe("УЧ00-000002");
    expect(await number({})).toBe("УЧ00-000003");
    expect(await number({ Number: "УЧ00-000002" })).toBeUndefined();
  });

  test("a document without a date is refused", async () => {
    expect(errorOf(await create(createOneC(), ACTS, {}))).toMatchObject({ status: 500, code: "-1" });
  });

  test("a register's record has no version and cannot be there twice", async () => {
    const base = createOneC();
    const set = "InformationRegister_СчетаУчетаНоменклатуры";
    const body = { Организация_Key: base.seeded.organization, СчетУчета_Key: base.seeded.accounts["26"] };
    const made = await create(base, set, body);
    expect(made.status).toBe(200);
    expect("DataVersion" in made.json).toBe(false);
    expect(errorOf(await create(base, set, body))).toMatchObject({ status: 400, code: "15" });
    const item = `Номенклатура_Key=guid'${EMPTY_GUID}',ВидНоменклатуры_Key=guid'${EMPTY_GUID}'`;
    const store = `Склад_Key=guid'${EMPTY_GUID}',ТипСклада='',УдалитьТипСклада=''`;
    const key = `${set}(Организация_Key=guid'${base.seeded.organization}',${item},${store})`;
    expect((await ask(base, key)).json.СчетУчета_Key).toBe(base.seeded.accounts["26"]);
    expect(errorOf(await ask(base, `${set}(Организация_Key=guid'${EMPTY_GUID}')`))).toMatchObject({
      status: 400,
      code: "7",
    });
  });
});

describe("a silent loss", () => {
  test("drops unknown properties, long strings, text for a whole number, references to nothing", async () => {
    const base = createOneC();
    const { status, json } = await create(base, CONTRACTS, {
      Description: "х".repeat(238),
      Опечатка: "потеряно",
      СрокОплаты: "скоро",
      Владелец_Key: REF,
      Owner_Key: REF,
    });
    expect(status).toBe(201);
    expect(json.Description).toBe("х".repeat(100));
    expect("Опечатка" in json).toBe(false);
    expect(json.СрокОплаты).toBe("0");
    expect(json.Owner_Key).toBe(REF);
    expect((await create(base, CARDS, { Description: "х".repeat(238) })).json.Description).toHaveLength(100);
  });

  test("spares whole numbers, given as numbers or as strings", async () => {
    const base = createOneC();
    for (const given of [30, "30"])
      expect((await create(base, CONTRACTS, { СрокОплаты: given })).json.СрокОплаты).toBe("30");
  });

  test("spares the twelve digits of an INN on the card of a company", async () => {
    const inn = "770000000158";
    expect((await create(createOneC(), CARDS, { ИНН: inn })).json.ИНН).toBe(inn);
  });

  test("spares required attributes until posting", async () => {
    expect((await create(createOneC(), ACTS, { Date: "2026-10-31T00:00:00" })).status).toBe(201);
  });

  test("drops the tab «Услуги» without a kind of operation", async () => {
    const base = createOneC();
    const body = { Date: "2026-10-31T00:00:00", Услуги: [{ LineNumber: 1, Сумма: 100 }] };
    expect((await create(base, ACTS, body)).json.Услуги).toEqual([]);
    const { json } = await create(base, ACTS, { ...body, ВидОперации: "Услуги" });
    expect([json.Услуги.length, json.СуммаДокумента]).toEqual([1, 100]);
  });
});

describe("a refused write", () => {
  test.each([
    [{ Parent_Key: "не ссылка" }, 400, "1", "значение типа Edm.Guid"],
    [{ DeletionMark: "да" }, 400, "1", "значение типа Edm.Boolean"],
    [{ ДатаСоздания: "2026-10-31T21:00:00Z" }, 400, "1", "значение типа Edm.DateTime"],
    [{ ДатаСоздания: "2026-10-31" }, 400, "1", "значение типа Edm.DateTime"],
    [{ ЮридическоеФизическоеЛицо: "ИП" }, 400, "4", "ИП"],
    [{ Description: ["Альфа"] }, 500, "-1", "внутренняя ошибка OData"],
    ["{ Description", 500, "-1", "Непредвиденный символ при чтении JSON"],
    [{ КонтактнаяИнформация: [{ LineNumber: 2 }] }, 400, "4", "LineNumber"],
    [{ КонтактнаяИнформация: [{ Тип: "Адрес" }] }, 500, "-1", "внутренняя ошибка OData"],
  ])("is answered for %j with %i and code %s", async (body, status, code, words) => {
    const base = createOneC();
    const error = errorOf(await create(base, CARDS, body));
    expect(error).toMatchObject({ status, code });
    expect(error.text).toContain(words);
    expect(base.state.all(CARDS)).toEqual([]);
  });

  test("gives a composite a type that the attribute lacks", async () => {
    const base = createOneC();
    const account = (more: object) => create(base, "Catalog_БанковскиеСчета", { НомерСчета: "1", ...more });
    expect(errorOf(await account({ Owner: REF }))).toMatchObject({ status: 400, code: "5" });
    expect(errorOf(await account({ Owner: REF, Owner_Type: "StandardODATA.Catalog_Банки" }))).toMatchObject({
      code: "8",
    });
    const made = await account({ Owner: REF, Owner_Type: `StandardODATA.${CARDS}` });
    expect(made.json).toMatchObject({ Owner: REF, Owner_Type: `StandardODATA.${CARDS}` });
    expect((await account({})).json).toMatchObject({ Owner: "", Owner_Type: "StandardODATA.Undefined" });
  });

  test("has Posted in a body, or JSON without the content type of JSON", async () => {
    const base = createOneC();
    const posted = await create(base, ACTS, { Date: "2026-10-31T00:00:00", Posted: true });
    expect(errorOf(posted)).toMatchObject({ status: 400, code: "16" });
    const unsaid = await ask(base, CARDS, { method: "POST", body: {}, headers: { "content-type": "text/plain" } });
    expect(errorOf(unsaid)).toMatchObject({ status: 400, code: "2" });
  });

  test("is a DELETE where 1C forbids deletion; elsewhere DELETE is physical", async () => {
    const { base, ref } = await withCard();
    expect((await ask(base, `${CARDS}(guid'${ref}')`, { method: "DELETE" })).status).toBe(204);
    expect(await base.hands.card(ref)).toBeNull();
    const fresh = await withCard({ refusesDelete: true });
    expect((await ask(fresh.base, `${CARDS}(guid'${fresh.ref}')`, { method: "DELETE" })).status).toBe(500);
  });
});

describe("changes", () => {
  test("are partial, answered with 200 and the whole object; the version grows though nothing changed", async () => {
    const { base, ref } = await withCard();
    const before = (await ask(base, `${CARDS}(guid'${ref}')`)).json;
    const first = await change(base, CARDS, ref, { Комментарий: "Проверен" });
    expect(first.status).toBe(200);
    expect(first.json).toEqual({ ...before, Комментарий: "Проверен", DataVersion: first.json.DataVersion });
    const again = await change(base, CARDS, ref, { Комментарий: "Проверен" });
    expect(new Set([before.DataVersion, first.json.DataVersion, again.json.DataVersion]).size).toBe(3);
  });

  test("ignore the reference in the body", async () => {
    const { base, ref } = await withCard();
    expect((await change(base, CARDS, ref, { Ref_Key: REF })).json.Ref_Key).toBe(ref);
  });

  test("replace a tabular section as a whole", async () => {
    const { base, ref } = await withCard();
    const row = { LineNumber: 1, Тип: "Телефон", Вид_Key: base.seeded.contactKinds.phone, Представление: "2" };
    const { json } = await change(base, CARDS, ref, { КонтактнаяИнформация: [row] });
    expect(json.КонтактнаяИнформация).toMatchObject([{ Ref_Key: ref, LineNumber: "1", Представление: "2", Город: "" }]);
    expect(await base.hands.card(ref)).toMatchObject({ phone: "2", email: "" });
  });

  test("do not look at If-Match, unless this 1C does as it is documented", async () => {
    const headers = { "if-match": "AAAAAAAAAHc=" };
    const ignoring = await withCard();
    expect((await change(ignoring.base, CARDS, ignoring.ref, { КПП: "1" }, headers)).status).toBe(200);
    const { base, ref } = await withCard({ ifMatch: "honoured" });
    expect((await change(base, CARDS, ref, { КПП: "1" }, headers)).status).toBe(412);
    const { DataVersion } = (await ask(base, `${CARDS}(guid'${ref}')`)).json;
    expect((await change(base, CARDS, ref, { КПП: "1" }, { "if-match": DataVersion })).status).toBe(200);
  });

  test("mark for deletion both ways", async () => {
    const { base, ref } = await withCard();
    for (const DeletionMark of [true, false]) {
      expect((await change(base, CARDS, ref, { DeletionMark })).json.DeletionMark).toBe(DeletionMark);
    }
  });
});

describe("posting", () => {
  const HEADER = { Date: "2026-10-31T00:00:00", ВидОперации: "Услуги", СуммаВключаетНДС: true };

  async function anAct(more: object = {}, options: OneCOptions = {}): Promise<{ base: OneC; ref: string }> {
    const base = createOneC(options);
    const card = await base.hands.addCard({ name: "Альфа", inn: "7700000016", accounts: [accountOf(1, BIC)] });
    const { organization, currency, item, accounts } = base.seeded;
    const contract = await create(base, CONTRACTS, {
      Owner_Key: card,
      Организация_Key: organization,
      ВидДоговора: "СПоставщиком",
      ВалютаВзаиморасчетов_Key: currency,
    });
    const made = await create(base, ACTS, {
      ...HEADER,
      Организация_Key: organization,
      Контрагент_Key: card,
      ДоговорКонтрагента_Key: contract.json.Ref_Key,
      ВалютаДокумента_Key: currency,
      СпособЗачетаАвансов: "Автоматически",
      СчетУчетаРасчетовСКонтрагентом_Key: accounts["60.01"],
      СчетУчетаРасчетовПоАвансам_Key: accounts["60.02"],
      Услуги: [
        {
          LineNumber: 1,
          Номенклатура_Key: item,
          Количество: 1,
          Цена: 150,
          Сумма: 150,
          СтавкаНДС: "БезНДС",
          СчетЗатрат_Key: accounts["26"],
        },
      ],
      ...more,
    });
    expect(made.status).toBe(201);
    return { base, ref: made.json.Ref_Key };
  }

  const post = (base: OneC, ref: string, method = "Post"): Promise<Answered> =>
    ask(base, `${ACTS}(guid'${ref}')/${method}`, { method: "POST" });

  test("posts a whole act, and takes posting off, with or without brackets and mode", async () => {
    const { base, ref } = await anAct();
    for (const method of ["Post", "Post()", "Post?PostingModeOperational=false"]) {
      const [name = "", query] = method.split("?");
      const answer = await ask(base, `${ACTS}(guid'${ref}')/${name}`, {
        method: "POST",
        ...(query === undefined ? {} : { query }),
      });
      expect([answer.status, answer.text]).toEqual([200, ""]);
      expect(base.state.get(ACTS, ref)?.Posted).toBe(true);
      expect((await post(base, ref, "Unpost")).status).toBe(200);
      expect(base.state.get(ACTS, ref)?.Posted).toBe(false);
    }
  });

  test.each([
    [{ ДоговорКонтрагента_Key: EMPTY_GUID }, 'Поле "Договор" не заполнено'],
    [{ СпособЗачетаАвансов: "" }, 'Поле "Способ зачета авансов" не заполнено'],
    [{ СпособЗачетаАвансов: "ПоДокументу" }, "документа аванса"],
    [{ Услуги: [] }, 'Не введено ни одной строки в список "Услуги"'],
    [{ Услуги: [{ LineNumber: 1, Количество: 1, Сумма: 1 }] }, 'Не заполнена колонка "% НДС" в строке 1'],
    [{ Услуги: [{ LineNumber: 1, СтавкаНДС: "БезНДС" }] }, 'Не заполнена колонка "Сумма" в строке 1'],
    [{ ВидОперации: "" }, "Вид операции"],
  ])("%j is written but not posted: %s", async (more, words) => {
    const { base, ref } = await anAct(more);
    const error = errorOf(await post(base, ref));
    expect(error).toMatchObject({ status: 500, code: "-1" });
    expect(error.text).toContain(words);
    expect(error.text).toMatch(/^Ошибка при выполнении обработчика - '/);
    expect(base.state.get(ACTS, ref)?.Posted).toBe(false);
  });

  test("does not compare owner and kind of the contract, only its currency", async () => {
    const { base, ref } = await anAct();
    const contract = String(base.state.get(ACTS, ref)?.ДоговорКонтрагента_Key);
    base.state.put(CONTRACTS, { Ref_Key: contract, ВидДоговора: "СПокупателем", Owner_Key: REF });
    expect((await post(base, ref)).status).toBe(200);
    await post(base, ref, "Unpost");
    base.state.put(CONTRACTS, { Ref_Key: contract, Валютный: true, ВалютаВзаиморасчетов_Key: REF });
    expect(errorOf(await post(base, ref)).text).toContain("Договор: валюта");
  });

  test("a posted document is not marked for deletion, a marked one is not posted", async () => {
    const { base, ref } = await anAct();
    await post(base, ref);
    expect((await change(base, ACTS, ref, { DeletionMark: true })).status).toBe(500);
    await post(base, ref, "Unpost");
    expect((await change(base, ACTS, ref, { DeletionMark: true })).status).toBe(200);
    expect((await post(base, ref)).status).toBe(500);
  });

  test("a closed day refuses the write, posting and its cancellation", async () => {
    const { base, ref } = await anAct();
    await base.hands.closePeriodUpTo("2026-10-31");
    for (const answer of [
      await create(base, ACTS, HEADER),
      await change(base, ACTS, ref, { Date: "2026-11-01T00:00:00" }),
      await post(base, ref),
      await post(base, ref, "Unpost"),
    ]) {
      expect(errorOf(answer)).toMatchObject({ status: 500, code: "-1" });
      expect(errorOf(answer).text).toContain("Запрещено изменять данные");
      expect(errorOf(answer).text).toMatch(/запрещенный период|в запрещенном периоде/);
      expect(errorOf(answer).text.toLowerCase()).not.toContain("дата запрета изменения");
    }
    await base.hands.closePeriodUpTo("2026-10-30");
    expect((await post(base, ref)).status).toBe(200);
  });

  test("stops with people's own reason, in their words", async () => {
    const { base, ref } = await anAct();
    await base.hands.blockPosting("Не хватает подписи");
    expect(errorOf(await post(base, ref)).text).toBe(
      "Ошибка при выполнении обработчика - 'ОбработкаПроведения'\nНе хватает подписи",
    );
  });

  test("follows the rows in the act's sum, with VAT on top where not inside", async () => {
    const lines = [1, 2].map((LineNumber) => ({ LineNumber, Сумма: 0.1 * LineNumber, СуммаНДС: 0.02 }));
    const { base, ref } = await anAct({ Услуги: lines });
    expect(base.state.get(ACTS, ref)?.СуммаДокумента).toBe(0.3);
    expect((await change(base, ACTS, ref, { СуммаВключаетНДС: false })).json.СуммаДокумента).toBe(0.34);
  });
});
