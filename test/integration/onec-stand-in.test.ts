import { request } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { ask, errorOf, filter, login } from "../onec-runtime/odata/ask.ts";
import type { OneC, OneCOptions } from "../onec-runtime/odata/index.ts";
import { createOneC, EMPTY_DATE, EMPTY_GUID } from "../onec-runtime/odata/index.ts";

const CARDS = "Catalog_Контрагенты";
const ACTS = "Document_ПоступлениеТоваровУслуг";
const open: OneC[] = [];

function onec(options: OneCOptions = {}): OneC {
  const made = createOneC(options);
  open.push(made);
  return made;
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** Three cards: two companies and a folder. */
async function withCards(options: OneCOptions = {}): Promise<{ base: OneC; refs: string[] }> {
  const base = onec(options);
  const refs = [
    await base.hands.addCard({ name: "Альфа", inn: "7700000016", kpp: "770101001", comment: "О'Генри + 1" }),
    await base.hands.addCard({ name: "Бета", inn: "7700000023", phone: "+7 000 000-00-00" }),
    await base.hands.addCard({ name: "Папка", inn: "7700000016", isFolder: true }),
  ];
  return { base, refs };
}

const names = (answer: { json: { value: { Description: string }[] } }) =>
  answer.json.value.map((row) => row.Description);

describe("formats", () => {
  test("are XML without a request for JSON, answers and errors", async () => {
    const base = onec();
    const feed = await ask(base, "Catalog_Валюты", { headers: { accept: "*/*" } });
    expect(feed.status).toBe(200);
    expect(feed.headers.get("content-type")).toContain("atom+xml");
    expect(feed.text).toMatch(/^<\?xml[^>]*>\s*<feed /);
    expect(feed.text).toContain("<d:Code>643</d:Code>");
    const error = await ask(base, `${CARDS}(guid'${EMPTY_GUID}')`, { headers: { accept: "*/*" } });
    expect(error.status).toBe(404);
    expect(error.text).toMatch(/<m:error .*<m:code>9<\/m:code><m:message/s);
  });

  test.each([
    ["$format=json", "minimal"],
    ["$format=application/json;odata=nometadata", "none"],
    ["$format=application/json;odata=fullmetadata", "full"],
  ])("include JSON for %s, of the level %s", async (query, level) => {
    const { base, refs } = await withCards();
    const { json, headers } = await ask(base, `${CARDS}(guid'${refs[0]}')`, { query, headers: { accept: "*/*" } });
    expect(headers.get("content-type")).toContain(
      `odata=${{ minimal: "minimal", none: "no", full: "full" }[level]}metadata`,
    );
    expect("odata.metadata" in json).toBe(level !== "none");
    expect("ГоловнойКонтрагент@navigationLinkUrl" in json).toBe(level !== "none");
    expect("odata.type" in json).toBe(level === "full");
  });

  test("include 406 for an unknown $format", async () => {
    expect((await ask(onec(), "Catalog_Валюты", { query: "$format=xlsx" })).status).toBe(406);
  });

  test("name an error odata.error, literally", async () => {
    const { json } = await ask(onec(), `${CARDS}(guid'${EMPTY_GUID}')`);
    expect(json).toEqual({
      "odata.error": { code: "9", message: { lang: "ru", value: expect.stringContaining("не найден") } },
    });
  });

  test("begin with a BOM where set", async () => {
    const { text } = await ask(onec({ bom: true }), "Catalog_Валюты");
    expect(text.charCodeAt(0)).toBe(0xfeff);
  });

  test("have 1C's empty values, strings for 64-bit numbers, and a type beside a composite value", async () => {
    const { base, refs } = await withCards();
    const ref = await base.hands.addAct({ counterpartyRef: refs[0] as string, date: "2026-10-31", amount: 123_456 });
    const { json } = await ask(base, `${ACTS}(guid'${ref}')`);
    expect(json).toMatchObject({
      Склад_Key: EMPTY_GUID,
      ДатаВходящегоДокумента: EMPTY_DATE,
      КратностьВзаиморасчетов: "0",
      СуммаДокумента: 1234.56,
      Date: "2026-10-31T12:00:00",
      Товары: [],
    });
    expect(json.Услуги).toMatchObject([
      {
        Ref_Key: ref,
        LineNumber: "1",
        Субконто1_Type: "StandardODATA.Catalog_СтатьиЗатрат",
        Субконто2: "",
        Субконто2_Type: "StandardODATA.Undefined",
      },
    ]);
  });
});

describe("metadata", () => {
  test("is XML with bindable Post and Unpost, row types, no lengths", async () => {
    const { text, status } = await ask(onec(), "$metadata");
    expect(status).toBe(200);
    expect(text).toContain('Namespace="StandardODATA"');
    expect(text).toContain('<EntityContainer Name="EnterpriseV8"');
    expect(text).not.toContain("MaxLength");
    for (const part of [
      `<FunctionImport Name="Post" IsBindable="true" IsSideEffecting="true"><Parameter Name="bindingParameter" Type="StandardODATA.${ACTS}"/>`,
      `<Property Name="Услуги" Type="Collection(StandardODATA.${ACTS}_Услуги_RowType)"`,
      `<EntitySet Name="${ACTS}_Услуги"`,
      '<Property Name="ВидОперации" Type="Edm.String"',
      '<Property Name="СуммаДокумента" Type="Edm.Double"',
      '<Property Name="КратностьВзаиморасчетов" Type="Edm.Int64"',
      '<Property Name="Owner_Type" Type="Edm.String"',
    ])
      expect(text).toContain(part);
  });

  test("tells of published sets only, and may be as long as a real one", async () => {
    const { text } = await ask(onec({ published: [CARDS], metadataBytes: 400_000 }), "$metadata");
    expect(text).not.toContain(ACTS);
    expect(text).toContain(`<EntityType Name="${CARDS}"`);
    expect(text.length).toBeGreaterThan(200_000);
    expect(text.endsWith("</edmx:Edmx>\n")).toBe(true);
  });
});

describe("addresses, rights and composition", () => {
  test("an infobase with an empty composition shows nothing, and any set is 404 with code 8", async () => {
    const base = onec({ published: [] });
    expect((await ask(base, "")).json.value).toEqual([]);
    expect(errorOf(await ask(base, CARDS))).toMatchObject({ status: 404, code: "8" });
  });

  test("an object that does not exist is 404 with code 9, a missing set 404 with code 8", async () => {
    const base = onec();
    expect(errorOf(await ask(base, `${CARDS}(guid'${EMPTY_GUID}')`))).toMatchObject({ status: 404, code: "9" });
    expect(errorOf(await ask(base, "Catalog_Опечатка"))).toMatchObject({ status: 404, code: "8" });
  });

  test("a wrong password is 401 with a page; a Cyrillic login is read as UTF-8 only", async () => {
    const base = onec({ user: "Обмен", password: "тайна" });
    expect((await ask(base, CARDS)).status).toBe(200);
    const wrong = await ask(base, CARDS, { headers: { authorization: login("Обмен", "нет") } });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain("<html>");
    const cp1251 = `Basic ${Buffer.from([0xce, 0xe1, 0xec, 0xe5, 0xed, 0x3a, 0xf2]).toString("base64")}`;
    expect((await ask(base, CARDS, { headers: { authorization: cp1251 } })).status).toBe(401);
  });

  test("missing rights are 401 too, with code 20", async () => {
    const base = onec({ denied: [{ entity: CARDS, verb: "write" }] });
    expect((await ask(base, CARDS)).status).toBe(200);
    expect(errorOf(await ask(base, CARDS, { method: "POST", body: {} }))).toMatchObject({ status: 401, code: "20" });
  });

  test("a hidden row fails a read with code 20 unless allowedOnly leaves it out", async () => {
    const { base, refs } = await withCards();
    base.hidden.add(refs[0] as string);
    expect(errorOf(await ask(base, CARDS))).toMatchObject({ status: 401, code: "20" });
    for (const query of ["allowedOnly=true", "$allowedOnly=true"]) {
      expect((await ask(base, CARDS, { query })).json.value).toHaveLength(2);
    }
  });

  test("a query longer than IIS lets through is the web server's page with 404", async () => {
    const query = filter(`ИНН eq '${"1".repeat(2100)}'`);
    const answer = await ask(onec(), CARDS, { query });
    expect(answer.status).toBe(404);
    expect(answer.headers.get("content-type")).toContain("html");
    expect((await ask(onec({ maxQuery: 0 }), CARDS, { query })).status).toBe(200);
  });

  test("an unknown method is 405 with code 19; a catalog has no Post", async () => {
    const base = onec();
    expect(errorOf(await ask(base, CARDS, { method: "OPTIONS" }))).toMatchObject({ status: 405, code: "19" });
    const answer = await ask(base, `${CARDS}(guid'${EMPTY_GUID}')/Post`, { method: "POST" });
    expect(errorOf(answer)).toMatchObject({ status: 404, code: "11" });
  });
});

describe("queries", () => {
  test.each([
    ["ИНН eq '7700000016' and IsFolder eq false", ["Альфа"]],
    ["not (IsFolder eq true) and (ИНН eq '7700000016' or Description eq 'Бета')", ["Альфа", "Бета"]],
    ["startswith(Комментарий,'О''Генри + 1')", ["Альфа"]],
    ["substringof('Генри',Комментарий)", ["Альфа"]],
    ["startswith(Description,'Б') or endswith(Description,'фа')", ["Альфа", "Бета"]],
    ["like(Description,'_ет%')", ["Бета"]],
    ["Description gt 'Бета'", ["Папка"]],
    ["КПП ne ''", ["Альфа"]],
  ])("%s", async (text, found) => {
    const { base } = await withCards();
    const answer = await ask(base, CARDS, { query: filter(text) });
    expect(answer.status).toBe(200);
    expect(names(answer).toSorted()).toEqual(found);
  });

  test("dates, references and numbers are compared with literals of their own kind", async () => {
    const { base, refs } = await withCards();
    const card = refs[0] as string;
    for (const date of ["2026-10-30", "2026-10-31"]) {
      await base.hands.addAct({ counterpartyRef: card, date, amount: 100 });
    }
    const found = async (text: string) => (await ask(base, ACTS, { query: filter(text) })).json.value?.length;
    expect(await found(`Контрагент_Key eq guid'${card}' and Date ge datetime'2026-10-31T00:00:00'`)).toBe(1);
    expect(await found("СуммаДокумента eq 1")).toBe(2);
    expect(await found("Контрагент_Key eq 'x'")).toBeUndefined();
    expect(await found("Date ge '2026-10-31'")).toBeUndefined();
    expect(await found("Posted eq 'true'")).toBeUndefined();
  });

  test.each([
    ["$filter=ИНН+eq+'7700000016'", "14"],
    [filter("tolower(Description) eq 'бета'"), "14"],
    [filter("contains(Description,'Б')"), "14"],
    [filter("length(Description) gt 3"), "14"],
    [filter("ИНН eq 7700000016"), "14"],
    [filter("ИНН = '7700000016'"), "14"],
    [filter("ИНН eq '7700000016"), "14"],
    [filter("IsFolder"), "14"],
    [filter("Опечатка eq 'x'"), "10"],
    ["$orderby=Date+desc", "14"],
    ["$select=Опечатка", "10"],
    ["$top=много", "14"],
    ["$search=x", "14"],
  ])("%s is 400 with code %s", async (query, code) => {
    const { base } = await withCards();
    expect(errorOf(await ask(base, CARDS, { query }))).toMatchObject({ status: 400, code });
  });

  test("a string of any length is searched in, but not compared", async () => {
    const { base } = await withCards();
    const answer = await ask(base, CARDS, { query: filter("Комментарий eq 'x'") });
    expect(errorOf(answer)).toMatchObject({ status: 500, code: "-1" });
  });

  test("a composite compared with a bare guid is 500; cast and the name of its type work", async () => {
    const { base, refs } = await withCards();
    const card = refs[1] as string;
    base.state.put("Catalog_БанковскиеСчета", {
      Owner: card,
      Owner_Type: `StandardODATA.${CARDS}`,
      НомерСчета: "40702810400000000017",
    });
    const asked = (text: string) => ask(base, "Catalog_БанковскиеСчета", { query: filter(text) });
    expect((await asked(`Owner eq guid'${card}'`)).status).toBe(500);
    expect((await asked(`Owner eq cast(guid'${card}', '${CARDS}')`)).json.value).toHaveLength(1);
    expect((await asked(`Owner_Type eq 'StandardODATA.${CARDS}'`)).json.value).toHaveLength(1);
  });

  test("$select, $orderby, $top, $skip and /$count", async () => {
    const { base } = await withCards();
    const page = await ask(base, CARDS, { query: "$select=Description&$orderby=Description%20desc&$top=1&$skip=1" });
    expect(page.json.value).toEqual([{ Description: "Бета" }]);
    const count = await ask(base, `${CARDS}/$count`, { query: filter("IsFolder eq false") });
    expect([count.text, count.headers.get("content-type")]).toEqual(["2", "text/plain;charset=utf-8"]);
  });

  test("$inlinecount=allpages makes $top and $skip ignored; the count is a string", async () => {
    const { base } = await withCards();
    const { json } = await ask(base, CARDS, { query: "$inlinecount=allpages&$top=1&$skip=1" });
    expect([json["odata.count"], json.value.length]).toEqual(["3", 3]);
  });

  test("$expand is for references that are selected too; rows are 501", async () => {
    const { base, refs } = await withCards();
    const asked = (query: string) => ask(base, `${CARDS}(guid'${refs[0]}')`, { query });
    const expanded = await asked("$expand=ГоловнойКонтрагент&$select=Ref_Key,ГоловнойКонтрагент");
    expect(expanded.json.ГоловнойКонтрагент.Description).toBe("Альфа");
    expect((await asked("$expand=ГоловнойКонтрагент&$select=Ref_Key")).status).toBe(400);
    expect((await asked("$expand=КонтактнаяИнформация")).status).toBe(501);
  });

  test("rows of a tabular section are a set of their own, to read only", async () => {
    const { base, refs } = await withCards();
    const set = `${CARDS}_КонтактнаяИнформация`;
    const found = await ask(base, set, { query: filter(`Ref_Key eq guid'${refs[1]}'`) });
    expect(found.json.value).toMatchObject([{ LineNumber: "1", Представление: "+7 000 000-00-00" }]);
    expect(errorOf(await ask(base, set, { method: "POST", body: {} }))).toMatchObject({ status: 400, code: "13" });
    const patched = await ask(base, `${set}(Ref_Key=guid'${refs[1]}',LineNumber=1)`, { method: "PATCH", body: {} });
    expect(errorOf(patched)).toMatchObject({ status: 405, code: "13" });
  });

  test("SliceLast gives the last record of each key, narrowed by a condition", async () => {
    const base = onec();
    const set = "InformationRegister_ОтветственныеЛицаОрганизаций";
    const [first] = base.state.all(set);
    base.state.put(set, { ...first, Period: "2026-01-01T00:00:00", Должность_Key: EMPTY_GUID });
    const slice = (args: string) => ask(base, `${set}/SliceLast(${args})`);
    expect((await slice("")).json.value).toMatchObject([{ Period: "2026-01-01T00:00:00" }]);
    const before = await slice(
      "Period=datetime'2025-12-31T00:00:00',Condition='ОтветственноеЛицо eq ''Руководитель'''",
    );
    expect(before.json.value).toMatchObject([{ Period: "2020-01-01T00:00:00" }]);
    expect((await slice("Condition='ОтветственноеЛицо eq ''Кассир'''")).json.value).toEqual([]);
  });
});

describe("an information register with a document of several kinds among its dimensions", () => {
  const STATES = "InformationRegister_СостоянияБанковскихДокументов";
  const ORDERS = "Document_ПлатежноеПоручение";

  async function withStates() {
    const base = onec();
    const organization = base.seeded.organization;
    const orders = ["Подготовлено", "Отклонено"].map((state) => {
      const order = base.state.put(ORDERS, { Date: "2026-10-31T12:00:00", Организация_Key: organization });
      base.state.put(STATES, {
        Организация_Key: organization,
        СсылкаНаОбъект: order.Ref_Key as string,
        СсылкаНаОбъект_Type: `StandardODATA.${ORDERS}`,
        Состояние: state,
      });
      return String(order.Ref_Key);
    });
    const key = (ref = orders[1], type = `StandardODATA.${ORDERS}`) =>
      `Организация_Key=guid'${organization}',СсылкаНаОбъект='${ref}',СсылкаНаОбъект_Type='${type}'`;
    return { base, organization, orders, key };
  }

  test("is read as a set by organisation, type and state", async () => {
    const { base, organization, orders } = await withStates();
    const query = filter(
      `Организация_Key eq guid'${organization}' and СсылкаНаОбъект_Type eq 'StandardODATA.${ORDERS}' and Состояние eq 'Отклонено'`,
    );
    const { json } = await ask(base, STATES, { query });
    expect(json.value).toEqual([
      {
        Организация_Key: organization,
        СсылкаНаОбъект: orders[1],
        СсылкаНаОбъект_Type: `StandardODATA.${ORDERS}`,
        Состояние: "Отклонено",
        Ответственный_Key: EMPTY_GUID,
        Согласовано: false,
        "Организация@navigationLinkUrl": expect.stringContaining("СсылкаНаОбъект_Type='StandardODATA.Document_"),
      },
    ]);
  });

  test("is read by its document with a cast, and never by a bare guid", async () => {
    const { base, orders } = await withStates();
    const cast = filter(`СсылкаНаОбъект eq cast(guid'${orders[0]}','${ORDERS}')`);
    expect((await ask(base, STATES, { query: cast })).json.value).toMatchObject([{ Состояние: "Подготовлено" }]);
    const bare = filter(`СсылкаНаОбъект eq guid'${orders[0]}'`);
    expect(errorOf(await ask(base, STATES, { query: bare })).status).toBe(500);
  });

  test("is read by its whole key, the document's type included", async () => {
    const { base, orders, key } = await withStates();
    expect((await ask(base, `${STATES}(${key()})`)).json).toMatchObject({ Состояние: "Отклонено" });
    const untyped = key().replace(/,СсылкаНаОбъект_Type=.*$/, "");
    expect(errorOf(await ask(base, `${STATES}(${untyped})`))).toMatchObject({ status: 400, code: "7" });
    const other = key(orders[1], "StandardODATA.Document_ПлатежноеТребование");
    expect(errorOf(await ask(base, `${STATES}(${other})`))).toMatchObject({ status: 404, code: "9" });
  });

  test("names the whole key in $metadata", async () => {
    const { text } = await ask(onec(), "$metadata");
    const type = text.slice(text.indexOf(`<EntityType Name="${STATES}" `)).split("</Key>")[0] ?? "";
    const names = [...type.matchAll(/<PropertyRef Name="([^"]+)"/g)].map(([, name]) => name);
    expect(names).toEqual(["Организация_Key", "СсылкаНаОбъект", "СсылкаНаОбъект_Type"]);
  });

  test("has fewer fields in the older release", async () => {
    const base = onec({ release: "151" });
    const { text } = await ask(base, "$metadata");
    const type = text.slice(text.indexOf(`<EntityType Name="${STATES}" `)).split("</EntityType>")[0];
    expect(type).toContain('Name="Состояние"');
    expect(type).not.toContain("Согласовано");
  });
});

test("a stored value is a media type and Base64 in JSON, and 501 in a filter", async () => {
  const base = onec();
  const set = "Catalog_ПлатежноеПоручениеПрисоединенныеФайлы";
  const data = { ФайлХранилище_Type: "application/octet-stream", ФайлХранилище_Base64Data: "0J7Qug==" };
  const made = await ask(base, set, { method: "POST", body: { Description: "Счёт", ...data } });
  expect(made.status).toBe(201);
  const { json } = await ask(base, `${set}(guid'${made.json.Ref_Key}')`);
  expect(json).toMatchObject({ ...data, ТекстХранилище_Base64Data: "" });
  expect("ФайлХранилище" in json).toBe(false);
  expect(errorOf(await ask(base, set, { query: filter("ФайлХранилище eq 'x'") })).status).toBe(501);
});

test("over real HTTP, Location is raw UTF-8 and addresses are percent-encoded", async () => {
  const base = onec();
  const over = await base.listen();
  const created = await ask(base, CARDS, { method: "POST", body: { Description: "Гамма" }, over });
  expect(created.status).toBe(201);
  const location = await rawHeader(`${over}/odata/standard.odata/${encodeURI(CARDS)}`, base, "Location");
  expect(Buffer.from(location, "latin1").toString("utf8")).toMatch(/\/Catalog_Контрагенты\(guid'[\da-f-]{36}'\)$/);
  expect((await ask(base, CARDS, { over, query: filter("Description eq 'Гамма'") })).json.value).toHaveLength(1);
});

/** A header's bytes, of a POST made with nothing but node:http. */
function rawHeader(address: string, base: OneC, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: login(base.user, base.password),
      accept: "application/json",
      "content-type": "application/json",
    };
    const sent = request(address, { method: "POST", headers }, (response) => {
      const at = response.rawHeaders.indexOf(name);
      response.resume();
      resolve(response.rawHeaders[at + 1] ?? "");
    });
    sent.on("error", reject);
    sent.end(JSON.stringify({ Description: "Дельта" }));
  });
}
