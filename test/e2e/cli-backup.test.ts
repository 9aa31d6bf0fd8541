import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSecret } from "../../core/webhook.ts";
import { backUp } from "../../server/cli/backup.ts";
import { listPendingMigrations } from "../../server/db/migrate.ts";
import { createRun } from "../../server/db/run.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { makeContractorData } from "../support/builders.ts";
import { runCli } from "../support/cli.ts";
import { startProcess } from "../support/process.ts";
import { sendSigned } from "../support/signed.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "relay-backup-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const env = { DATABASE_URL: "file:relay.db" };
const backup = (file: string, more: Record<string, string> = {}) =>
  runCli(["backup", file], { cwd: folder, env: { ...env, ...more } });
const names = () => readdirSync(folder).sort();

test("copies the database of a running relay with every answered event", async () => {
  const secret = createSecret();
  const relay = await startProcess({
    DATABASE_URL: `file:${join(folder, "relay.db")}`,
    PLATFORM_INBOUND_SECRET: secret,
  });
  const ids: string[] = [];
  let going = true;
  const load = (async () => {
    for (let n = 0; going; n += 1) {
      const requestedAt = new Date().toISOString();
      const data = {
        payoutId: `p-${n}`,
        requestedAt,
        amount: "15000.00",
        contractor: makeContractorData(2 + (n % 50)),
      };
      const { actId } = await sendSigned(relay.url, secret, "act.requested", data);
      ids.push(actId ?? "");
    }
  })();
  while (ids.length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = [...ids];
  const { code, stdout, stderr } = await backup("copy.db");
  const during = ids.length - before.length;
  going = false;
  await load;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(during).toBeGreaterThan(0);
  expect(await relay.kill("SIGTERM")).toBe(0);

  const copy = join(folder, "copy.db");
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(names().filter((name) => name.startsWith("copy"))).toEqual(["copy.db"]);
  const driver = openSqlite(copy);
  const store = createSqlStore(driver);
  await store.checkReady();
  expect(await listPendingMigrations(createRun(driver))).toEqual([]);
  for (const id of before) expect(await store.getAct(id), id).not.toBeNull();
  const { acts } = await store.getStats();
  const count = Object.values(acts).reduce((sum, n) => sum + n, 0);
  await store.close();
  expect(stdout).toMatch(new RegExp(`^Written and checked: copy\\.db, \\d+ bytes, ${count} acts\n$`));
});

test("names a copy only when the copy is complete: a killed backup leaves none", async () => {
  await runCli(["migrate"], { cwd: folder, env });
  const copy = join(folder, "copy.db");
  const sizes: number[] = [];
  let going = true;
  const looking = (async () => {
    while (going) {
      if (existsSync(copy)) sizes.push(statSync(copy).size);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const { bytes } = await backUp(join(folder, "relay.db"), copy);
  going = false;
  await looking;
  expect(sizes.filter((size) => size !== bytes)).toEqual([]);
});

test("overwrites nothing", async () => {
  await runCli(["migrate"], { cwd: folder, env });
  writeFileSync(join(folder, "copy.db"), "precious");
  const { code, stderr } = await backup("copy.db");
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("copy.db is there already") });
  expect(readFileSync(join(folder, "copy.db"), "utf8")).toBe("precious");
  expect(await backup("none/copy.db")).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be written") });
  // The file of the database itself exists already, too.
  expect((await backup("relay.db")).code).toBe(2);
  expect(names()).toEqual(["copy.db", "relay.db"]);
});

test("names a database without backup, and makes nothing", async () => {
  const cases = [
    ["postgres://relay:secret@db.example/relay", /^DATABASE_URL names a Postgres database; .*pg_dump/],
    ["file::memory:", /^DATABASE_URL names a database in memory/],
    ["file:nowhere.db", /^DATABASE_URL names nowhere\.db, which is not there/],
  ] as const;
  for (const [DATABASE_URL, message] of cases) {
    const { code, stderr } = await backup("copy.db", { DATABASE_URL });
    expect([DATABASE_URL, code]).toEqual([DATABASE_URL, 1]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("secret");
  }
  expect(names()).toEqual([]);
});

test("leaves no copy of a damaged or foreign database", async () => {
  await runCli(["migrate"], { cwd: folder, env });
  const path = join(folder, "relay.db");
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0x5a, 4096, bytes.length - 4096));
  expect(await backup("copy.db")).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot be copied|damaged/) });
  new Sqlite(join(folder, "other.db")).exec("create table other (id integer)").close();
  const other = await backup("copy.db", { DATABASE_URL: "file:other.db" });
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("not a database of the relay") });
  expect(names().filter((name) => name.startsWith("copy"))).toEqual([]);
});
