import { describe, expect, test } from "vitest";
import { listEntities, listEnumValues, type Release } from "../onec-runtime/odata/bp30/index.ts";

function find(release: Release, set: string, path: string) {
  const entity = listEntities(release).find(({ name }) => name === set);
  const [first = "", column] = path.split(".");
  const section = entity?.sections.find(({ name }) => name === first);
  const properties = column === undefined ? entity?.properties : section?.properties;
  return properties?.find(({ name }) => name === (column ?? first))?.type;
}

describe("the schema of 3.0.198", () => {
  test.each([
    ["Catalog_Контрагенты", "ИНН", { kind: "string", length: 50 }],
    ["Catalog_Контрагенты", "НаименованиеПолное", { kind: "string", length: 1000 }],
    ["Catalog_Контрагенты", "ИндивидуальныйПредприниматель", { kind: "boolean" }],
    ["Catalog_Контрагенты", "КонтактнаяИнформация.АдресЭП", { kind: "string", length: 100 }],
    ["Catalog_Контрагенты", "КонтактнаяИнформация.НомерТелефона", { kind: "string", length: 20 }],
    ["Catalog_Банки", "Description", { kind: "string", length: 150 }],
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
    expect(find("198", set, path)).toMatchObject(type);
  });

  test("has the states that a bank gives an order, keyed by organisation and document", () => {
    const register = listEntities("198").find(
      ({ name }) => name === "InformationRegister_СостоянияБанковскихДокументов",
    );
    expect(register?.key).toEqual(["Организация_Key", "СсылкаНаОбъект"]);
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
