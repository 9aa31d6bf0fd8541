import { describe, expect, test } from "vitest";
import { ask } from "../onec-runtime/odata/ask.ts";
import { listEntities, listEnumValues, type Release } from "../onec-runtime/odata/bp30/index.ts";
import type { Row, SectionRow } from "../onec-runtime/odata/index.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";

const CHART = "ChartOfAccounts_Хозрасчетный";
const KINDS = "Catalog_ВидыКонтактнойИнформации";

function findEntity(release: Release, set: string) {
  return listEntities(release).find(({ name }) => name === set);
}

function findProperty(release: Release, set: string, path: string) {
  const entity = findEntity(release, set);
  const [first = "", column] = path.split(".");
  const section = entity?.sections.find(({ name }) => name === first);
  const properties = column === undefined ? entity?.properties : section?.properties;
  return properties?.find(({ name }) => name === (column ?? first));
}

function find(release: Release, set: string, path: string) {
  return findProperty(release, set, path)?.type;
}

test.each(["198", "151"] as const)("the schema of 3.0.%s has every object that the relay touches", (release) => {
  const catalogs = [
    ...["Контрагенты", "ВидыКонтактнойИнформации", "Банки", "КлассификаторБанков", "БанковскиеСчета"],
    ...["ДоговорыКонтрагентов", "Номенклатура", "Валюты", "Склады", "СтатьиЗатрат", "НоменклатурныеГруппы"],
    ...["СтатьиДвиженияДенежныхСредств", "ПодразделенияОрганизаций", "ВидыНоменклатуры", "ФизическиеЛица"],
    ...["Должности", "СтраныМира", "Организации", "ПоступлениеТоваровУслугПрисоединенныеФайлы"],
    ...["РеализацияТоваровУслугПрисоединенныеФайлы", "ПлатежноеПоручениеПрисоединенныеФайлы"],
    "КонтрагентыПрисоединенныеФайлы",
  ].map((name) => `Catalog_${name}`);
  const documents = [
    "ПоступлениеТоваровУслуг",
    "РеализацияТоваровУслуг",
    "ПлатежноеПоручение",
    "СписаниеСРасчетногоСчета",
  ];
  const registers = ["СчетаУчетаНоменклатуры", "ОтветственныеЛицаОрганизаций", "СостоянияБанковскихДокументов"];
  expect(
    listEntities(release)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(
    [
      ...catalogs,
      ...documents.map((name) => `Document_${name}`),
      ...registers.map((name) => `InformationRegister_${name}`),
      CHART,
      "ChartOfCharacteristicTypes_ВидыСубконтоХозрасчетные",
    ].toSorted(),
  );
});

describe("the schema of 3.0.198", () => {
  test.each([
    ["Catalog_Контрагенты", "ИНН", { kind: "string", length: 50 }],
    ["Catalog_Контрагенты", "НаименованиеПолное", { kind: "string", length: 1000 }],
    ["Catalog_Контрагенты", "ИндивидуальныйПредприниматель", { kind: "boolean" }],
    ["Catalog_Контрагенты", "КонтактнаяИнформация.АдресЭП", { kind: "string", length: 100 }],
    ["Catalog_Контрагенты", "КонтактнаяИнформация.НомерТелефона", { kind: "string", length: 20 }],
    ["Catalog_Банки", "Description", { kind: "string", length: 150 }],
    ["Catalog_Организации", "Description", { kind: "string", length: 150 }],
    ["Catalog_ПодразделенияОрганизаций", "Parent_Key", { to: "Catalog_ПодразделенияОрганизаций" }],
    ["Catalog_ВидыНоменклатуры", "Code", undefined],
    ["Catalog_БанковскиеСчета", "Owner", { types: expect.arrayContaining(["Catalog_Контрагенты"]) }],
    ["Catalog_ПлатежноеПоручениеПрисоединенныеФайлы", "ФайлХранилище", { kind: "storage" }],
    [CHART, "Type", { kind: "enum", values: ["Active", "Passive", "ActivePassive"] }],
    [CHART, "ExtDimensionTypes.TurnoversOnly", { kind: "boolean" }],
    [CHART, "Суммовой", undefined],
    ["Catalog_БанковскиеСчета", "НомерСчета", { kind: "string", length: 70 }],
    ["Catalog_ДоговорыКонтрагентов", "Description", { kind: "string", length: 100 }],
    ["Catalog_ДоговорыКонтрагентов", "СрокОплаты", { kind: "int64" }],
    ["Document_ПоступлениеТоваровУслуг", "Number", { kind: "string", length: 11, fixed: true }],
    ["Document_ПоступлениеТоваровУслуг", "Услуги.Содержание", { kind: "string", length: 1000 }],
    ["Document_ПлатежноеПоручение", "Number", { kind: "string", length: 11 }],
    ["Document_ПлатежноеПоручение", "НазначениеПлатежа", { kind: "string", length: 210 }],
    ["Document_ПлатежноеПоручение", "ТекстПолучателя", { kind: "string", length: 500 }],
    ["Document_ПлатежноеПоручение", "ОчередностьПлатежа", { kind: "int16" }],
    ["Document_ПлатежноеПоручение", "Контрагент", { types: ["Catalog_Контрагенты", "Catalog_ФизическиеЛица"] }],
    ["Document_СписаниеСРасчетногоСчета", "НомерВходящегоДокумента", { kind: "string", length: 50 }],
  ])("has %s.%s", (set, path, type) => {
    const found = find("198", set, path);
    if (type === undefined) expect(found).toBe(undefined);
    else expect(found).toMatchObject(type);
  });

  test("has the states that a bank gives an order, keyed by organisation and document", () => {
    const register = listEntities("198").find(
      ({ name }) => name === "InformationRegister_СостоянияБанковскихДокументов",
    );
    expect(register?.key).toEqual(["Организация_Key", "СсылкаНаОбъект", "СсылкаНаОбъект_Type"]);
    expect(listEnumValues("СостоянияБанковскихДокументов", "198")).toEqual(
      expect.arrayContaining(["Подготовлено", "НаПодписи", "Отправлено", "Оплачено", "Отклонено", "Согласовано"]),
    );
  });
});

test("the releases differ in what БП added and dropped between them", () => {
  expect(find("151", "Catalog_Контрагенты", "НаименованиеПолное")).toMatchObject({ length: 550 });
  expect(find("151", "Catalog_Контрагенты", "Самозанятый")).toBeDefined();
  expect(find("198", "Catalog_Контрагенты", "Самозанятый")).toBe(undefined);
  expect(find("198", "Catalog_ДоговорыКонтрагентов", "НалогообложениеКонтрагента")).toBeDefined();
  expect(find("151", "Catalog_ДоговорыКонтрагентов", "НалогообложениеКонтрагента")).toBe(undefined);
  expect(listEnumValues("СтавкиНДС", "198")).toContain("НДС22");
  expect(listEnumValues("СтавкиНДС", "151")).not.toContain("НДС22");
  expect(listEnumValues("ТипыДокументовЭДО", "198")).not.toContain("АктИсполнитель");
  expect(listEnumValues("СпособыУчетаНДС", "198")).toContain("УчитываетсяВCтоимости");
});

test("the releases differ in codes, and in columns that posting checks", () => {
  const files = "Catalog_КонтрагентыПрисоединенныеФайлы";
  expect(findEntity("198", files)?.numbering).toBe(null);
  expect(findEntity("151", files)?.numbering).toEqual({ property: "Code", length: 9 });
  expect(find("151", files, "Description")).toMatchObject({ length: 25 });
  const getQuantity = (release: Release) =>
    findProperty(release, "Document_ПоступлениеТоваровУслуг", "Товары.Количество");
  expect([getQuantity("198")?.isRequired, getQuantity("151")?.isRequired]).toEqual([true, undefined]);
});

test("metadata require the fields of an order that 1C checks at posting, before handlers lift some", () => {
  const fields = findEntity("198", "Document_ПлатежноеПоручение")?.properties ?? [];
  expect(fields.filter(({ isRequired }) => isRequired === true).map(({ name }) => name)).toEqual([
    ...["Организация_Key", "Налог_Key", "ВидНалоговогоОбязательства", "СчетОрганизации_Key", "Контрагент"],
    ...["СчетКонтрагента_Key", "СуммаДокумента", "ВалютаДокумента_Key", "ТекстПлательщика", "ТекстПолучателя"],
    ...["ИННПлательщика", "ИННПолучателя", "ВидОперации", "ПлатежнаяВедомость", "Банк_Key", "Налогоплательщик_Key"],
    ...["РеестрВыплатСамозанятым_Key", "Сотрудник_Key", "ИсполнительныйЛист_Key"],
  ]);
});

test("attributes have the fill values of a form", () => {
  const fillOf = (set: string, name: string) => findProperty("198", set, name)?.fill;
  expect(fillOf("Document_ПоступлениеТоваровУслуг", "ВидОперации")).toBe("ПокупкаКомиссия");
  expect(fillOf("Document_ПлатежноеПоручение", "ОчередностьПлатежа")).toBe(5);
  expect(fillOf("Document_ПоступлениеТоваровУслуг", "КратностьВзаиморасчетов")).toBe("1");
  expect(fillOf(KINDS, "Используется")).toBe(true);
  const russia = { set: "Catalog_СтраныМира", element: "Россия" };
  expect(fillOf("Catalog_Контрагенты", "СтранаРегистрации_Key")).toEqual(russia);
  expect(fillOf(CHART, "Валютный")).toBe(undefined);
});

describe("a fresh base", () => {
  const findNamed = (rows: readonly Row[], name: string) => rows.find((row) => row.PredefinedDataName === name);

  test("has the predefined elements of its release", () => {
    const items = (release: Release) => createOneC({ release }).state.all("Catalog_СтатьиДвиженияДенежныхСредств");
    expect(findNamed(items("198"), "ОплатаПоставщику")).toMatchObject({
      Code: "000000007",
      Description: "Оплата поставщикам (подрядчикам)",
      Predefined: true,
    });
    expect(findNamed(items("198"), "ЕдиныйНалоговыйПлатеж")).toBeDefined();
    expect(findNamed(items("151"), "ЕдиныйНалоговыйПлатеж")).toBe(undefined);
  });

  test("has kinds of contact information in the folder of their owner", () => {
    const kinds = createOneC().state.all(KINDS);
    const folder = findNamed(kinds, "СправочникОрганизации");
    expect(folder?.IsFolder).toBe(true);
    expect(findNamed(kinds, "EmailОрганизации")).toMatchObject({
      Parent_Key: folder?.Ref_Key,
      Description: "Email",
      Тип: "АдресЭлектроннойПочты",
      ИмяПредопределенногоВида: "EmailОрганизации",
    });
  });

  test("has accounts with their place, kind, flags and analytics", async () => {
    const base = createOneC();
    const { json } = await ask(base, `${CHART}(guid'${base.seeded.accounts["26"]}')`);
    expect(json).toMatchObject({ Order: " 26", Type: "Active", OffBalance: false, УчетПоПодразделениям: true });
    const [analytics] = json.ExtDimensionTypes as SectionRow[];
    const kinds = base.state.all("ChartOfCharacteristicTypes_ВидыСубконтоХозрасчетные");
    const costItems = findNamed(kinds, "СтатьиЗатрат")?.Ref_Key;
    expect(analytics).toMatchObject({ LineNumber: "1", ExtDimensionType_Key: costItems, TurnoversOnly: true });
    const account = base.state.get(CHART, String(base.seeded.accounts["60.01"]));
    expect(account).toMatchObject({ Parent_Key: base.seeded.accounts["60"], Type: "Passive" });
    expect(account?.ExtDimensionTypes).toHaveLength(2);
  });
});
