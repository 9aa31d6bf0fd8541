import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { usesOf } from "../../adapters/onec-odata/check/uses.ts";
import { parseMapping } from "../../adapters/onec-odata/mapping.ts";
import { MappingSchema } from "../../adapters/onec-odata/mapping-schema.ts";
import { SETTING_NAMES } from "../../server/config/schema.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";
import { runCli } from "../support/cli.ts";
import { odataEnv } from "../support/onec-cli.ts";
import { blocks } from "../support/readme.ts";

const PAGES = ["SETUP.md", "SETUP.ru.md"].map((name) => {
  const path = fileURLToPath(new URL(`../../adapters/onec-odata/${name}`, import.meta.url));
  return { name, path, text: readFileSync(path, "utf8") };
});

const ADMIN_PAGES = ["ADMIN.ru.md", "ROLES.ru.md", "MAPPING.ru.md"].map((name) => {
  const path = fileURLToPath(new URL(`../../adapters/onec-odata/${name}`, import.meta.url));
  return { name, path, text: readFileSync(path, "utf8") };
});

/** The output without what differs from run to run. */
function settled(output: string): string {
  return output
    .replace(/https?:\/\/[^\s/]+\/buh/, "URL")
    .replace(/\d+ мс/g, "N мс")
    .replace(/за \d+ с$/m, "за N с")
    .replace(/на \d+ с$/m, "на N с")
    .trim();
}

let output = "";

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "relay-setup-"));
  const needed = usesOf(parseMapping("bp30"), "receipt").map(({ entity }) => entity);
  const published = [...needed, "InformationRegister_СостоянияБанковскихДокументов"];
  const onec = createOneC({ metadataBytes: 15_000_000, published });
  const env = {
    ...odataEnv(onec, await onec.listen()),
    ORGANIZATION_SIGNATORY_NAME: "Иванов И. И.",
    ORGANIZATION_SIGNATORY_POSITION: "Генеральный директор",
  };
  const { code, stdout, stderr } = await runCli(["doctor", "--write"], { cwd: folder, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  output = stdout;
  await onec.close();
  rmSync(folder, { recursive: true });
});
describe.each([...PAGES, ...ADMIN_PAGES])("$name", ({ path, text }) => {
  test("links to existing files", () => {
    for (const [, file = ""] of text.matchAll(/\]\((?!http)([^)#]+)/g)) {
      expect([file, existsSync(join(dirname(path), file))]).toEqual([file, true]);
    }
  });

  test("names settings that exist, and commands that work in a clone", () => {
    const named = [...text.matchAll(/`((?:ONEC|PLATFORM|DATABASE|RETENTION|ORGANIZATION|ALLOW)_[A-Z_]+)/g)];
    expect(SETTING_NAMES).toEqual(expect.arrayContaining(named.map((match) => match[1])));
    expect(text).not.toContain("npx onec-relay");
  });
});

describe.each(PAGES)("$name", ({ text }) => {
  test("shows the real output of doctor", () => {
    const shown = blocks(text, "text").find((block) => block.startsWith("Проверка подключения"));
    expect(settled(shown ?? "")).toBe(settled(output));
  });

  test("lists the adapter's objects, all and no other", () => {
    const used = (["receipt", "sale"] as const).flatMap((kind) => usesOf(parseMapping("bp30"), kind));
    const listed = [...text.matchAll(/`((?:Catalog|Document|ChartOfAccounts)_[^`]+)`/g)].map((match) => match[1]);
    expect([...new Set(listed)].sort()).toEqual([...new Set(used.map(({ entity }) => entity))].sort());
  });

  test("asks for rights to write where the adapter writes", () => {
    for (const { entity, access } of usesOf(parseMapping("bp30"), "receipt")) {
      const row = text.split("\n").find((line) => line.startsWith("|") && line.includes(`\`${entity}\``));
      expect([entity, /добавление|, add/.test(row ?? "")]).toEqual([entity, access === "write"]);
    }
  });

  test("has a valid mapping and valid settings", () => {
    const [mapping = ""] = blocks(text, "json");
    expect(() => parseMapping("bp30", JSON.parse(mapping))).not.toThrow();
    const names = [...text.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(8);
    expect(SETTING_NAMES).toEqual(expect.arrayContaining(names));
  });
});

test("the page of ONEC_MAPPING has every key, with the value of the preset", () => {
  const page = ADMIN_PAGES.find(({ name }) => name === "MAPPING.ru.md")?.text ?? "";
  const rows = new Map(
    [...page.matchAll(/^\| `([\w.]+)` \| [^|]+ \| (.+) \|$/gm)].map(([, key = "", value = ""]) => [key, value]),
  );
  const mapping = parseMapping("bp30");
  const keys = listKeys(MappingSchema).filter((key) => !key.startsWith("acts.sale."));
  expect([...rows.keys()]).toEqual(keys);
  const getValue = (key: string) =>
    key.split(".").reduce<unknown>((value, part) => (value as Record<string, unknown> | null)?.[part], mapping);
  for (const key of keys) {
    const value = getValue(key);
    if (typeof value === "string") expect([key, rows.get(key)]).toEqual([key, `\`${value}\``]);
    if (typeof value === "number") expect([key, rows.get(key)]).toEqual([key, String(value)]);
  }
});

/** Lists the keys of a schema with dots, down to the values. */
function listKeys(schema: object, path = ""): string[] {
  const inner = "wrapped" in schema ? (schema.wrapped as object) : schema;
  if (!("type" in inner) || inner.type !== "strict_object") return [path];
  const entries = Object.entries((inner as unknown as { entries: Record<string, object> }).entries);
  return entries.flatMap(([name, part]) => listKeys(part, path === "" ? name : `${path}.${name}`));
}
