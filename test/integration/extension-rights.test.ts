import { DOMParser, type Element } from "@xmldom/xmldom";
import { describe, expect, test } from "vitest";
import {
  BYTE_ORDER_MARK,
  extensionFiles,
  extensionModules,
  RIGHTS_ROOT,
  rawText,
  textOf,
} from "../onec-runtime/bsl/extension.ts";
import { stringsOf, usesOf } from "../onec-runtime/bsl/uses.ts";

/*
 * The dump of the second extension: one role with the rights that the first extension needs to БП's own objects. A role
 * of an extension holds rights to borrowed objects only, so this dump has identifiers of БП and stands apart.
 */

const FILES = extensionFiles(RIGHTS_ROOT);
const FOLDERS: Readonly<Record<string, string>> = {
  Language: "Languages",
  Role: "Roles",
  Catalog: "Catalogs",
  Document: "Documents",
  ChartOfAccounts: "ChartsOfAccounts",
  InformationRegister: "InformationRegisters",
};
const BORROWED = ["Catalog", "Document", "ChartOfAccounts", "InformationRegister"];
/** Kinds of the language's names: in queries, and of managers. */
const KINDS: Readonly<Record<string, string>> = {
  ...{ Справочник: "Catalog", Документ: "Document", РегистрСведений: "InformationRegister" },
  ...{ Справочники: "Catalog", Документы: "Document", ПланыСчетов: "ChartOfAccounts" },
};

function parse(path: string): Element {
  const fail = (level: string, message: string) => {
    throw new Error(`${path}: ${level}: ${message}`);
  };
  const root = new DOMParser({ onError: fail }).parseFromString(textOf(path, RIGHTS_ROOT), "text/xml").documentElement;
  if (root === null) throw new Error(`${path} has no root`);
  return root;
}

const elements = (of: Element | undefined, name: string) => [...(of?.getElementsByTagName(name) ?? [])];
const text = (of: Element | undefined, name: string) => elements(of, name)[0]?.textContent ?? "";
const [children] = elements(parse("Configuration.xml"), "ChildObjects");
const CHILDREN = [...(children?.childNodes ?? [])]
  .filter((node) => node.nodeType === 1)
  .map((node) => [node.nodeName, node.textContent ?? ""] as const);
const RIGHTS = new Map(
  elements(parse("Roles/relayr_Учет/Ext/Rights.xml"), "object").map((object) => [
    text(object, "name"),
    elements(object, "right").map((right) => text(right, "name")),
  ]),
);

test("the dump is UTF-8 with byte order marks, and lists exactly its files", () => {
  expect(FILES.filter((path) => !rawText(path, RIGHTS_ROOT).startsWith(BYTE_ORDER_MARK))).toEqual([]);
  const listed = CHILDREN.map(([kind, name]) => `${FOLDERS[kind]}/${name}.xml`);
  const others = ["Configuration.xml", "Roles/relayr_Учет/Ext/Rights.xml"];
  expect(FILES).toEqual([...listed, ...others].toSorted());
  expect(FILES.filter((path) => parse(path).getAttribute("version") !== "2.16")).toEqual([]);
});

test("identifiers are unique, in both dumps", () => {
  const own = extensionFiles().filter((path) => path.endsWith(".xml"));
  const found = [...FILES.map((path) => textOf(path, RIGHTS_ROOT)), ...own.map((path) => textOf(path))].flatMap(
    (file) =>
      [...file.matchAll(/uuid="([^"]*)"|<xr:(?:TypeId|ValueId|ObjectId)>([^<]*)</g)].map((m) => m[1] ?? m[2] ?? ""),
  );
  expect(found.length).toBeGreaterThan(300);
  expect(new Set(found).size).toBe(found.length);
});

test.each(CHILDREN.filter(([kind]) => BORROWED.includes(kind)))("%s %s is borrowed without a change", (kind, name) => {
  const root = parse(`${FOLDERS[kind]}/${name}.xml`);
  const [properties] = elements(root, "Properties");
  const tags = [...(properties?.childNodes ?? [])]
    .filter((node) => node.nodeType === 1)
    .map(({ nodeName }) => nodeName);
  expect(tags).toEqual(["ObjectBelonging", "Name", "Comment", "ExtendedConfigurationObject"]);
  expect([text(properties, "ObjectBelonging"), text(properties, "Name")]).toEqual(["Adopted", name]);
  const types = elements(root, "xr:GeneratedType").map((type) => type.getAttribute("name"));
  expect(types.length).toBeGreaterThanOrEqual(5);
  expect(types.filter((type) => !type?.startsWith(kind) || !type.endsWith(`.${name}`))).toEqual([]);
});

describe("the role", () => {
  const modules = [...extensionModules().values()];
  const named = [
    ...modules
      .flatMap(stringsOf)
      .flatMap((query) => [...query.matchAll(/(Справочник|Документ|РегистрСведений)\.([\p{L}_]+)/gu)]),
  ].map((m) => [KINDS[m[1] as string], m[2]] as const);
  const used = modules
    .flatMap(usesOf)
    .filter(({ kind, of }) => kind === "property" && of !== null && of in KINDS)
    .map(({ name, of }) => [KINDS[of ?? ""], name] as const);
  const needed = new Set(
    [...named, ...used]
      .filter(([, name]) => name !== undefined && !/^(?:relay_|Имя)/.test(name))
      .map(([kind, name]) => `${kind}.${name}`),
  );

  test("reads every object of БП that the extension names", () => {
    expect(needed.size).toBeGreaterThan(10);
    expect([...needed].filter((name) => !RIGHTS.get(name)?.includes("Read"))).toEqual([]);
  });

  test("writes cards, accounts, contracts, banks, acts and orders, and posts acts alone", () => {
    const writers = [...RIGHTS].filter(([, rights]) => rights.includes("Insert")).map(([name]) => name);
    expect(writers).toEqual([
      ...["Банки", "БанковскиеСчета", "ДоговорыКонтрагентов", "Контрагенты"].map((name) => `Catalog.${name}`),
      ...["ПлатежноеПоручение", "ПоступлениеТоваровУслуг", "РеализацияТоваровУслуг"].map((name) => `Document.${name}`),
    ]);
    const posters = [...RIGHTS].filter(([, rights]) => rights.includes("Posting")).map(([name]) => name);
    expect(posters).toEqual(["Document.ПоступлениеТоваровУслуг", "Document.РеализацияТоваровУслуг"]);
  });

  test("deletes nothing, shows nothing and covers borrowed objects only", () => {
    const all = new Set([...RIGHTS.values()].flat());
    expect([...all].toSorted()).toEqual(["Insert", "Posting", "Read", "UndoPosting", "Update"]);
    const borrowed = CHILDREN.filter(([kind]) => BORROWED.includes(kind)).map(([kind, name]) => `${kind}.${name}`);
    expect([...RIGHTS.keys()]).toEqual(borrowed);
  });
});
