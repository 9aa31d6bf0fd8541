import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ask } from "../onec-runtime/odata/ask.ts";
import type { Row } from "../onec-runtime/odata/index.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";

const FOLDER = new URL("../fixtures/onec/", import.meta.url);

/** A recorded answer: a set or one object. */
type Recorded = Record<string, unknown>;

const NEWER_CONTRACT = ["ДоговорЗакрыт", "НалогообложениеКонтрагента", "СпособВыставленияДокументов"];
const NEWER_ACT = ["ЭтоУниверсальныйДокумент", "ИдентификаторСтроки"];

/** The set of each answer, and the fields absent from the release of the recording. */
const ANSWERS: Readonly<Record<string, { set: string; newer?: readonly string[] }>> = {
  "bank.json": { set: "Catalog_Банки" },
  "bank-account.json": { set: "Catalog_БанковскиеСчета" },
  "counterparty.json": { set: "Catalog_Контрагенты", newer: ["ИндивидуальныйПредприниматель"] },
  "currency.json": { set: "Catalog_Валюты" },
  "customer-contracts.json": { set: "Catalog_ДоговорыКонтрагентов", newer: NEWER_CONTRACT },
  "item.json": { set: "Catalog_Номенклатура" },
  "organization.json": { set: "Catalog_Организации" },
  "receipts.json": { set: "Document_ПоступлениеТоваровУслуг", newer: NEWER_ACT },
  "sales.json": { set: "Document_РеализацияТоваровУслуг", newer: NEWER_ACT },
  "supplier-contract.json": { set: "Catalog_ДоговорыКонтрагентов", newer: [...NEWER_CONTRACT, "ДатаОплаты"] },
  "warehouse.json": { set: "Catalog_Склады" },
};

test("every recorded answer is compared", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  expect(files.toSorted()).toEqual(Object.keys(ANSWERS).toSorted());
});

for (const [file, { set, newer = [] }] of Object.entries(ANSWERS)) {
  test(`the stand-in answers ${file} like the recording`, async () => {
    const recorded = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Recorded;
    const objects = (recorded.value ?? [recorded]) as Recorded[];
    const onec = createOneC();
    for (const object of objects) onec.state.put(set, withoutLinks(object));
    for (const object of objects) {
      const { json } = await ask(onec, `${set}(guid'${object.Ref_Key}')`);
      const { "odata.metadata": metadata, ...answered } = json;
      for (const name of newer) dropField(answered, name);
      expect(metadata).toBe(`${onec.url}/odata/standard.odata/$metadata#${set}/@Element`);
      expect(answered).toEqual({ ...object, DataVersion: answered.DataVersion });
    }
    if (recorded.value === undefined) return;
    const { json } = await ask(onec, set);
    expect(json["odata.metadata"]).toBe(recorded["odata.metadata"]);
    expect(Object.keys(json)).toEqual(Object.keys(recorded));
  });
}

test("the stand-in describes rows in $metadata like the answers", async () => {
  const onec = createOneC();
  const { text } = await ask(onec, "$metadata");
  for (const [file, { set }] of Object.entries(ANSWERS)) {
    const recorded = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Recorded;
    const [object = {}] = (recorded.value ?? [recorded]) as Recorded[];
    const type = text.slice(text.indexOf(`<EntityType Name="${set}" `)).split("</EntityType>")[0] ?? "";
    for (const name of Object.keys(withoutLinks(object))) expect(type, set).toContain(`<Property Name="${name}"`);
  }
});

/** Drops a field of an object and of all rows of tabular sections. */
function dropField(object: Recorded, name: string): void {
  delete object[name];
  for (const rows of Object.values(object)) {
    if (Array.isArray(rows)) for (const row of rows) dropField(row as Recorded, name);
  }
}

function withoutLinks(object: Recorded): Row {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !name.includes("@"))) as Row;
}
