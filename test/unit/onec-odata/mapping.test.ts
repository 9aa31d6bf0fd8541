import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { MappingSchema, PRESETS, parseMapping } from "../../../adapters/onec-odata/index.ts";
import { createState } from "../../onec-runtime/odata/state.ts";

describe("mapping", () => {
  test("has whole presets, each valid alone", () => {
    for (const [name, preset] of Object.entries(PRESETS)) {
      expect(v.safeParse(MappingSchema, preset).issues).toBeUndefined();
      expect(parseMapping(name)).toEqual(preset);
    }
  });

  test("merges objects, and replaces values and lists", () => {
    const mapping = parseMapping("bp30", {
      item: { element: "Агентские услуги" },
      contacts: { kinds: { email: { names: ["ПочтаКонтрагента"] } } },
      acts: { receipt: { lineAccounts: { СчетЗатрат_Key: "44.01" }, constants: { Склад: "Основной" } } },
    });
    expect(mapping.item).toEqual({ entity: "Catalog_Номенклатура", element: "Агентские услуги" });
    expect(mapping.contacts.kinds.email).toEqual({ type: "АдресЭлектроннойПочты", names: ["ПочтаКонтрагента"] });
    expect(mapping.contacts.kinds.phone).toEqual(PRESETS.bp30.contacts.kinds.phone);
    expect(mapping.acts.receipt.lineAccounts).toEqual({
      ...PRESETS.bp30.acts.receipt.lineAccounts,
      СчетЗатрат_Key: "44.01",
    });
    expect(mapping.acts.receipt.constants).toMatchObject({ Склад: "Основной", СуммаВключаетНДС: true });
    expect(mapping.acts.sale).toEqual(PRESETS.bp30.acts.sale);
  });

  test("removes a field by null", () => {
    const mapping = parseMapping("bp30", {
      counterparty: { fields: { note: null } },
      acts: { receipt: { lineConstants: { ОтражениеВУСН: null }, lineAnalytics: { СубконтоНУ1: null } } },
    });
    expect(mapping.counterparty.fields.note).toBeNull();
    expect(mapping.acts.receipt.lineConstants).toEqual({ СпособУчетаНДС: "ПринимаетсяКВычету" });
    expect(Object.keys(mapping.acts.receipt.lineAnalytics)).toEqual(["Субконто1"]);
  });

  test("leaves the presets unchanged after a merge", () => {
    const before = structuredClone(PRESETS.bp30);
    parseMapping("bp30", { item: { element: "x" }, acts: { receipt: { accounts: { СчетX: "1" } } } });
    expect(PRESETS.bp30).toEqual(before);
  });

  test.each<[what: string, override: unknown, names: string]>([
    ["an unknown part", { counterpary: {} }, "counterpary"],
    ["an unknown field", { bank: { fields: { swift: "СВИФТБИК" } } }, "bank.fields.swift"],
    ["a name with a bracket", { bank: { entity: "Catalog_Банки(guid'x')" } }, "bank.entity"],
    ["a field that is needed", { bank: { fields: { bic: null } } }, "bank.fields.bic"],
    ["a number for a name", { item: { element: 5 } }, "item.element"],
    ["a limit of nothing", { counterparty: { nameLimit: 0 } }, "counterparty.nameLimit"],
    ["a list", [], "ONEC_MAPPING"],
    ["a text", "bp30", "ONEC_MAPPING"],
  ])("refuses %s and says where", (_, override, names) => {
    expect(() => parseMapping("bp30", override)).toThrow(
      expect.objectContaining({ code: "setting_invalid", message: expect.stringContaining(names) as string }) as Error,
    );
  });

  test.each(["ut11", "__proto__", "toString"])("knows no preset %s and lists the presets", (name) => {
    expect(() => parseMapping(name)).toThrow(/ONEC_PRESET .*bp30/);
  });
});

test("bp30 names nothing absent from БП 3.0", () => {
  const state = createState();
  const { bp30 } = PRESETS;
  const missing: string[] = [];
  const has = (entity: string, section: string | null, names: readonly (string | null)[]) => {
    const { properties, sections } = state.entity(entity);
    const own = section === null ? properties : (sections.find((one) => one.name === section)?.properties ?? []);
    const known = [...own, ...(section === null ? sections : [])].map((one) => one.name);
    for (const name of names) if (name !== null && !known.includes(name)) missing.push(`${entity} ${section} ${name}`);
  };
  for (const part of [
    "counterparty",
    "bank",
    "bankAccount",
    "contract",
    "organization",
    "paymentOrder",
    "payment",
  ] as const) {
    const { entity, fields } = bp30[part] ?? { entity: "", fields: {} };
    has(entity, null, Object.values(fields));
    const constants = (bp30[part] as { readonly constants?: object }).constants ?? {};
    has(entity, null, Object.keys(constants));
  }
  for (const owner of [bp30.counterparty, bp30.organization]) {
    has(owner.entity, owner.fields.contacts, Object.values(bp30.contacts.fields));
  }
  for (const act of Object.values(bp30.acts)) {
    has(act.entity, null, [...Object.values(act.fields), ...Object.keys(act.constants), ...Object.keys(act.accounts)]);
    const more = [act.lineConstants, act.lineAccounts, act.lineAnalytics].flatMap((part) => Object.keys(part));
    has(act.entity, act.section, [...Object.values(act.lineFields), ...more]);
  }
  expect(missing).toEqual([]);
});
