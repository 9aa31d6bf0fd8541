import { renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SqlQuery } from "../../server/db/driver.ts";
import { isSqliteConflict } from "../../server/db/driver.ts";
import { migrate } from "../../server/db/migrate.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { anAct, anEvent, writesOf } from "../support/builders.ts";

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "relay-sqlite-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("group commit", () => {
  test("shares a transaction among the writes of one turn, and a lost race takes back only itself", async () => {
    const { driver, peek } = await opened();
    await driver.write([insert("taken")]);
    const results = await Promise.all([
      driver.write([insert("a"), insert("b")]),
      driver.write([insert("c"), insert("taken")]),
      driver.write([insert("d")]),
    ]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(peek()).toEqual(["a", "b", "d", "taken"]);
    await driver.close();
  });

  test("resolves only when the rows are there for another connection", async () => {
    const { driver, peek } = await opened();
    const seen: (readonly string[])[] = [];
    const first = driver.write([insert("a")]).then(() => seen.push(peek()));
    const second = driver.write([insert("b")]).then(() => seen.push(peek()));
    expect(peek()).toEqual([]);
    await Promise.all([first, second]);
    expect(seen).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    await driver.close();
  });

  test("takes more writes than one transaction holds", async () => {
    const { driver, peek } = await opened();
    const results = await Promise.all(Array.from({ length: 450 }, (_, n) => driver.write([insert(`n${n}`)])));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(peek()).toHaveLength(450);
    await driver.close();
  });

  test("keeps a mistake of one member to that member, and reports no conflict", async () => {
    const { driver, peek } = await opened();
    const results = await Promise.allSettled([
      driver.write([insert("a")]),
      driver.write([insert("b"), { sql: "insert into nowhere values (1)", parameters: [] }]),
      driver.write([{ sql: "insert into endpoint (name) values (null)", parameters: [] }]),
      driver.write([insert("c")]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(peek()).toEqual(["a", "c"]);
    await driver.close();
  });

  test("rejects all members when the commit itself fails, leaves nothing, and the next write works", async () => {
    const { driver, peek } = await opened();
    const orphan = "insert into form (act_id, sha256, bytes, prefix_hash, tail) values ('x', '', 0, 'none', x'')";
    // Deferred, the broken foreign key is found by COMMIT alone.
    const failing = [
      { sql: "pragma defer_foreign_keys = on", parameters: [] },
      { sql: orphan, parameters: [] },
    ];
    const results = await Promise.allSettled([driver.write([insert("a")]), driver.write(failing)]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(peek()).toEqual([]);
    expect((await driver.write([insert("b")])).ok).toBe(true);
    expect(peek()).toEqual(["b"]);
    await driver.close();
  });

  test("rejects with the cause while another process keeps the database locked, and works afterwards", async () => {
    const { driver, path } = await opened();
    const store = createSqlStore(driver);
    const other = new Sqlite(path);
    other.exec("begin immediate");
    const refused = store.commit(writesOf(anAct()));
    await expect(refused).rejects.toMatchObject({ code: "storage_unavailable", cause: { code: "SQLITE_BUSY" } });
    other.exec("rollback");
    other.close();
    expect(await store.commit(writesOf(anAct()))).toBe("ok");
    await store.close();
  });

  test("rejects with the cause on a full disk, and loses nothing promised", async () => {
    const { driver, peek } = await opened();
    await driver.write([insert("a")]);
    await driver.read({ sql: "pragma max_page_count = 1", parameters: [] });
    const large = { sql: "insert into endpoint (name, reason) values ('b', ?)", parameters: ["x".repeat(9_000_000)] };
    const results = await Promise.allSettled([driver.write([large]), driver.write([large])]);
    const full = { status: "rejected", reason: { code: "SQLITE_FULL" } };
    expect(results).toMatchObject([full, full]);
    expect(peek()).toEqual(["a"]);
    await driver.close();
  });

  test("leaves the store not ready after a failed commit, until a commit is written again", async () => {
    const { driver } = await opened();
    await migrate(driver);
    const disk = { full: false };
    const refuse = () => Promise.reject(new Error("database or disk is full"));
    const store = createSqlStore({ ...driver, write: (queries) => (disk.full ? refuse() : driver.write(queries)) });
    await expect(store.checkReady()).resolves.toBeUndefined();
    disk.full = true;
    await expect(store.commit(writesOf(anAct()))).rejects.toMatchObject({ code: "storage_unavailable" });
    await expect(store.checkReady()).rejects.toMatchObject({ code: "storage_unavailable" });
    expect((await store.getStats()).failedCommits).toBe(2);
    disk.full = false;
    // A lease without a due job writes nothing, and so proves nothing.
    await store.leaseJobs({ queue: "webhook", limit: 1, owner: "w", now: 1, leaseUntil: 2 });
    disk.full = true;
    await expect(store.checkReady()).rejects.toMatchObject({ code: "storage_unavailable" });
    disk.full = false;
    await expect(store.checkReady()).resolves.toBeUndefined();
    await driver.close();
  });

  test("writes the waiting commits before closing; afterwards everything is refused", async () => {
    const { driver, peek } = await opened();
    const last = driver.write([insert("a")]);
    await driver.close();
    expect((await last).ok).toBe(true);
    expect(peek()).toEqual(["a"]);
    await expect(driver.write([insert("b")])).rejects.toThrow();
    const store = createSqlStore(driver);
    await expect(store.checkReady()).rejects.toMatchObject({ code: "storage_unavailable" });
    await expect(store.commit(writesOf(anAct()))).rejects.toMatchObject({ code: "storage_unavailable" });
  });
});

describe("the file", () => {
  test("is made with its folder, written ahead and synced in full", async () => {
    const driver = openSqlite(join(folder, "some", "deep", "folder", "relay.db"));
    const pragma = async (name: string) => Object.values((await driver.read(query(`pragma ${name}`)))[0] ?? {})[0];
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(2);
    expect(await pragma("foreign_keys")).toBe(1);
    expect(await pragma("busy_timeout")).toBe(5000);
    await driver.close();
  });

  test.each(["moved", "deleted", "replaced"])("%s under the relay stops all writes, with the reason", async (how) => {
    const path = join(folder, `${how}.db`);
    const driver = openSqlite(path);
    await migrate(driver);
    const store = createSqlStore(driver);
    await expect(store.checkReady()).resolves.toBeUndefined();
    if (how === "deleted") rmSync(path);
    else renameSync(path, `${path}.old`);
    if (how === "replaced") writeFileSync(path, "");
    const lost = {
      code: "storage_unavailable",
      cause: { message: expect.stringContaining("moved, deleted or replaced") },
    };
    await expect(store.commit(writesOf(anAct()))).rejects.toMatchObject(lost);
    await expect(store.checkReady()).rejects.toThrow("moved, deleted or replaced");
    if (how !== "moved") return driver.close();
    renameSync(`${path}.old`, path);
    expect(await store.commit(writesOf(anAct()))).toBe("ok");
    await driver.close();
  });

  test("needs no folder for temporary files", async () => {
    const driver = openSqlite(join(folder, "temp.db"));
    expect(await driver.read(query("pragma temp_store"))).toEqual([{ temp_store: 2 }]);
    await driver.close();
  });

  test("is refused by name when the file is no database", async () => {
    const path = join(folder, "letter.db");
    await writeFile(path, "Это не база данных. ".repeat(100));
    expect(() => openSqlite(path)).toThrow(expect.objectContaining({ code: "storage_unavailable" }));
    expect(() => openSqlite(path)).toThrow(/letter\.db/);
  });

  test("keeps promised rows when the process ends without closing", async () => {
    const { driver, path } = await opened();
    const store = createSqlStore(driver);
    const act = anAct();
    await store.commit(writesOf(act));
    const after = createSqlStore(openSqlite(path));
    expect(await after.getAct(act.id)).toEqual(act);
    expect(await after.listEvents(act.id)).toEqual([anEvent(act)]);
    await Promise.all([after.close(), store.close()]);
  });
});

describe("conflicts", () => {
  test("are the constraints that serve as locks, and no others", () => {
    expect(isSqliteConflict("UNIQUE constraint failed: act_event.act_id, act_event.seq")).toBe(true);
    expect(isSqliteConflict("FOREIGN KEY constraint failed")).toBe(true);
    expect(isSqliteConflict("NOT NULL constraint failed: message.lease_guard")).toBe(true);
    expect(isSqliteConflict("NOT NULL constraint failed: message.lane")).toBe(false);
    expect(isSqliteConflict("database or disk is full")).toBe(false);
  });
});

/** A fresh database on a file, and a look into it through another connection. */
async function opened() {
  files += 1;
  const path = join(folder, `relay-${files}.db`);
  const driver = openSqlite(path, { busyTimeoutMs: 50 });
  await migrate(driver);
  const peek = (): readonly string[] => {
    const other = new Sqlite(path);
    const names = other.prepare("select name from endpoint order by name").pluck().all() as string[];
    other.close();
    return names;
  };
  return { driver, path, peek };
}

function insert(name: string): SqlQuery {
  return { sql: "insert into endpoint (name) values (?)", parameters: [name] };
}

function query(sql: string): SqlQuery {
  return { sql, parameters: [] };
}
