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
import { listBlocks } from "../support/readme.ts";

const PAGES = ["SETUP.md", "SETUP.ru.md"].map((name) => {
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
  const onec = createOneC({ metadataBytes: 15_000_000 });
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
describe.each(PAGES)("$name", ({ path, text }) => {
  test("shows the real output of doctor", () => {
    const shown = listBlocks(text, "text").find((block) => block.startsWith("Проверка подключения"));
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
    const [mapping = ""] = listBlocks(text, "json");
    expect(() => parseMapping("bp30", JSON.parse(mapping))).not.toThrow();
    const names = [...text.matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(8);
    expect(SETTING_NAMES).toEqual(expect.arrayContaining(names));
  });

  test("links to existing files", () => {
    for (const [, file = ""] of text.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      expect([file, existsSync(join(dirname(path), file))]).toEqual([file, true]);
    }
  });
});
