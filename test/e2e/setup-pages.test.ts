import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { usesOf } from "../../adapters/onec-odata/check/uses.ts";
import { parseMapping } from "../../adapters/onec-odata/mapping.ts";
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

/** The output without the figures that differ from run to run, or follow the size of the played 1C. */
function settled(output: string): string {
  return output
    .replace(/https?:\/\/[^\s/]+\/buh/, "URL")
    .replace(/\d+ мс/g, "N мс")
    .replace(/за \d+ с$/m, "за N с")
    .replace(/на \d+ с$/m, "на N с")
    .replace(/опубликовано объектов: \d+$/m, "опубликовано объектов: N")
    .trim();
}

/** Runs `doctor --write` over a base with the composition of the page. Returns the report of a sound base. */
async function runDoctor(settings: Record<string, string> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "relay-setup-"));
  const needed = usesOf(parseMapping("bp30"), "receipt").map(({ entity }) => entity);
  const published = [...needed, "InformationRegister_СостоянияБанковскихДокументов"];
  const onec = createOneC({ metadataBytes: 15_000_000, published });
  const env = {
    ...odataEnv(onec, await onec.listen()),
    ORGANIZATION_SIGNATORY_NAME: "Иванов И. И.",
    ORGANIZATION_SIGNATORY_POSITION: "Генеральный директор",
    ...settings,
  };
  const { code, stdout, stderr } = await runCli(["doctor", "--write"], { cwd: folder, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  await onec.close();
  rmSync(folder, { recursive: true });
  return stdout;
}

let output = "";

beforeAll(async () => {
  output = await runDoctor();
});

test("the mapping without accounts lets 1C fill in the accounts, and the act is posted", async () => {
  const mapping = blocks(PAGES[1]?.text ?? "", "json").find((block) => block.includes("null")) ?? "";
  const report = await runDoctor({ ONEC_MAPPING: mapping });
  expect(report).toMatch(/^✓ Проведение акта +проведён$/m);
  expect(report).not.toMatch(/^✓ Счета учёта +найдены: 60\.01/m);
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
    const mappings = blocks(text, "json");
    expect(mappings.length).toBeGreaterThan(0);
    for (const mapping of mappings) expect(() => parseMapping("bp30", JSON.parse(mapping))).not.toThrow();
    const names = [...text.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(8);
    expect(SETTING_NAMES).toEqual(expect.arrayContaining(names));
  });
});
