import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type * as v from "valibot";
import { describe, expect, test } from "vitest";
import { usesOf } from "../../adapters/onec-odata/check/uses.ts";
import { parseMapping } from "../../adapters/onec-odata/mapping.ts";
import { MappingSchema } from "../../adapters/onec-odata/mapping-schema.ts";
import { COMMAND_NAMES } from "../../server/messages/help.ts";
import { listBlocks } from "../support/readme.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(fileURLToPath(new URL(path, ROOT)), "utf8");
const page = (name: string) => read(`adapters/onec-odata/${name}`);

/** A schema of the mapping: an object with entries, a nullable wrapper of another schema, or a value. */
interface Node extends v.GenericSchema {
  readonly wrapped?: Node;
  readonly entries?: Readonly<Record<string, Node>>;
}

/** Lists the paths of a schema's values and of its nullable objects, each with true for a path that takes null. */
function listKeys(schema: Node, path = ""): [string, boolean][] {
  const { wrapped } = schema;
  const { entries } = wrapped ?? schema;
  const isNullable = wrapped !== undefined;
  const own: [string, boolean][] = entries === undefined || isNullable ? [[path, isNullable]] : [];
  const below = Object.entries(entries ?? {}).flatMap(([key, one]) => listKeys(one, `${path}.${key}`));
  return [...own, ...below];
}

describe("the table of ONEC_MAPPING", () => {
  const rows = [...page("MAPPING.ru.md").matchAll(/^\| `([\w.]+)` \| [^|]+ \| (.+) \| (∅?) ?\|$/gm)];
  // Both acts have the same keys.
  const known = listKeys(MappingSchema)
    .map(([path, isNullable]): [string, boolean] => [path.slice(1), isNullable])
    .filter(([key]) => !key.startsWith("acts.sale."));

  test("names each key of the schema once, and no other key", () => {
    expect(rows.map(([, key]) => key).sort()).toEqual(known.map(([key]) => key).sort());
  });

  test("marks the keys that take null, and no other key", () => {
    const told = rows.map(([, key = "", , mark]) => [key, mark === "∅"]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(known));
  });

  test("shows the values of the preset", () => {
    const values = new Map(listValues(parseMapping("bp30")));
    for (const [, key = "", value] of rows) {
      const preset = values.get(key);
      if (typeof preset === "string") expect([key, value]).toEqual([key, `\`${preset}\``]);
      if (typeof preset === "number") expect([key, value]).toEqual([key, String(preset)]);
    }
  });
});

/** Lists the values of an object with their paths. */
function listValues(object: object, path = ""): [string, unknown][] {
  return Object.entries(object).flatMap(([name, value]: [string, unknown]) => {
    const key = path === "" ? name : `${path}.${name}`;
    return typeof value === "object" && value !== null ? listValues(value, key) : [[key, value]];
  });
}

const RUSSIAN_KINDS: Readonly<Record<string, string>> = {
  Catalog: "Справочник",
  ChartOfAccounts: "ПланСчетов",
  Document: "Документ",
  InformationRegister: "РегистрСведений",
};

function toRussianName(name: string): string {
  const [kind = "", object = ""] = name.split(/[._]/);
  return `${RUSSIAN_KINDS[kind]}.${object}`;
}

test("the code that sets the composition names the objects of the preset, and no other object", () => {
  const [code = ""] = listBlocks(page("SETUP.ru.md"), "bsl");
  const listed = [...code.matchAll(/[А-Я][А-Яа-я]+\.[А-Я][А-Яа-я]+/g)].map(([name]) => name);
  const mapping = parseMapping("bp30");
  const needed = usesOf(mapping, "receipt").map(({ entity }) => entity);
  const states = mapping.bankStates?.entity ?? "";
  expect(listed.sort()).toEqual([...new Set([...needed, states])].map(toRussianName).sort());
});

const RUSSIAN_RIGHTS: Readonly<Record<string, string>> = {
  Read: "чтение",
  Insert: "добавление",
  Update: "изменение",
  Posting: "проведение",
  UndoPosting: "отмена проведения",
};

test("the table of the own role has the rights of the role in the extension", () => {
  const xml = read("adapters/onec-http/extension/rights/Roles/relayr_Учет/Ext/Rights.xml");
  const held = [...xml.matchAll(/<object>\s*<name>([^<]+)<\/name>([\s\S]*?)<\/object>/g)].map(
    ([, name = "", rest = ""]) => {
      const rights = [...rest.matchAll(/<name>(\w+)<\/name>\s*<value>true<\/value>/g)].map(([, right = ""]) => right);
      return [toRussianName(name), rights.map((right) => RUSSIAN_RIGHTS[right]).join(", ")];
    },
  );
  const section = page("ROLES.ru.md").split("## Своя роль")[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| (`.+`) \| ([а-я, ]+) \|$/gm)];
  const told = rows.flatMap(([, names = "", rights = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => [name, rights]),
  );
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(held));
});

describe.each(["SETUP.ru.md", "ADMIN.ru.md", "ROLES.ru.md", "MAPPING.ru.md"])("%s", (name) => {
  const text = page(name);

  test("names commands that exist", () => {
    for (const [, command] of text.matchAll(/npm run relay -- (\w+)/g)) expect(COMMAND_NAMES).toContain(command);
    for (const [, script = ""] of text.matchAll(/npm run (\w+)/g))
      expect(JSON.parse(read("package.json")).scripts).toHaveProperty(script);
  });

  test("spells 1C's role as 1C does", () => {
    expect(text).not.toMatch(/Удалённый доступ \(OData\)/);
  });
});

test("the unit of systemd starts files that exist", () => {
  const unit = listBlocks(page("ADMIN.ru.md"), "ini").join("");
  const [, program = "", script = ""] =
    /^ExecStart=\/opt\/onec-relay\/(\S+) --disable-sigusr1 (\S+) serve$/m.exec(unit) ?? [];
  for (const file of [program, script]) expect([file, existsSync(new URL(file, ROOT))]).toEqual([file, true]);
});
