import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { SettingsSchema } from "../../server/config/schema.ts";
import { VERSION } from "../../server/worker/parts.ts";
import { type Bundle, bundleWorker, WRANGLER_TOML } from "../support/workerd.ts";

/** Gzipped bytes: two fifths of them are pdf-lib, three tenths the fonts of the printed form. */
const CEILING = 577_000;

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundleWorker();
});

test("the whole worker is one file within its ceiling", () => {
  expect(gzipSync(bundle.script, { level: 9 }).length).toBeLessThan(CEILING);
});

/** Words of another runtime, of other databases and of the demo. */
const FOREIGN = ['"node:', "process.env", "Buffer.from", "better-sqlite3", "pg-boss", "SASL", "/demo/api"];

test("the worker holds nothing of another runtime or database", () => {
  const found = FOREIGN.flatMap((word) => {
    const at = bundle.script.indexOf(word);
    return at < 0 ? [] : [`${word}: …${bundle.script.slice(Math.max(0, at - 60), at + 60)}…`];
  });
  expect(found).toEqual([]);
});

test("the worker is deployed with a database, a queue and nothing of Node", () => {
  expect(bundle.output).toMatch(/env\.DB\b.*D1 Database/);
  expect(bundle.output).toMatch(/env\.WAKE_UPS\b.*Queue/);
  expect(bundle.output).not.toMatch(/warning|error/i);
  expect(readFileSync(WRANGLER_TOML, "utf8")).not.toContain("compatibility_flags");
});

test("the worker tells the package's version", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(VERSION).toBe(version);
});

test("wrangler.toml names existing settings", () => {
  const text = readFileSync(WRANGLER_TOML, "utf8");
  const vars = text.slice(text.indexOf("[vars]"));
  const named = vars.match(/\b(?:API|DOCUMENT|PLATFORM|ONEC|PUBLIC)_[A-Z_]+\b|\bACCOUNTING\b/g) ?? [];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !(name in SettingsSchema.entries))).toEqual([]);
});
