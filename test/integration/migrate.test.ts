import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SqlQuery } from "../../server/db/driver.ts";
import { migrate } from "../../server/db/migrate.ts";
import { MIGRATIONS } from "../../server/db/migrations/index.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { anAct, writesOf } from "../support/builders.ts";

const NAMES = MIGRATIONS.map(({ name }) => name);

describe("migrations", () => {
  test("are applied once, and a store is ready only afterwards", async () => {
    const driver = openSqlite(":memory:");
    const store = createSqlStore(driver);
    await expect(store.checkReady()).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(await migrate(driver, { migrations: [] })).toEqual([]);
    await expect(store.checkReady()).rejects.toThrow(/not applied: 0001-initial/);
    expect(await migrate(driver)).toEqual(NAMES);
    expect(await migrate(driver)).toEqual([]);
    await expect(store.checkReady()).resolves.toBeUndefined();
    await driver.close();
  });

  test("are applied by one of two processes at once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "relay-migrate-"));
    const drivers = [1, 2].map(() => openSqlite(join(folder, "relay.db")));
    const applied = await Promise.all(drivers.map((driver) => migrate(driver)));
    expect(applied.flat()).toEqual(NAMES);
    for (const driver of drivers) await driver.close();
    await rm(folder, { recursive: true });
  });

  test("are atomic: a failed migration leaves nothing", async () => {
    const driver = openSqlite(":memory:");
    const statements = () => ["create table half (id text) strict", "create table act (id text) strict"];
    await migrate(driver);
    const migrations = [...MIGRATIONS, { name: "9999-broken", statements }];
    await expect(migrate(driver, { migrations })).rejects.toMatchObject({ code: "storage_unavailable" });
    expect(await driver.read(query("select name from sqlite_master where name = 'half'"))).toEqual([]);
    expect(await driver.read(query("select name from migration"))).toEqual(NAMES.map((name) => ({ name })));
    await driver.close();
  });

  test("let an older version work on when a newer version only added to the schema", async () => {
    const driver = openSqlite(":memory:");
    await migrate(driver);
    const statements = () => ["alter table act add column archived_at integer"];
    const added = { name: "0002-added", statements };
    const dropped = { name: "0003-dropped", statements: () => ["drop index act_inn"], needs: "0002-added" };
    await migrate(driver, { migrations: [...MIGRATIONS, added] });
    const store = createSqlStore(driver);
    await expect(store.checkReady()).resolves.toBeUndefined();
    expect(await migrate(driver)).toEqual([]);
    const act = anAct();
    expect(await store.commit(writesOf(act))).toBe("ok");
    expect(await store.getAct(act.id)).toEqual(act);

    // The third release drops something that only the first release used: the second may go on, the first may not.
    await migrate(driver, { migrations: [...MIGRATIONS, added, dropped] });
    expect(await migrate(driver, { migrations: [...MIGRATIONS, added] })).toEqual([]);
    await expect(migrate(driver)).rejects.toThrow(/newer.*0003-dropped/);
    await expect(store.checkReady()).rejects.toThrow(/newer.*0003-dropped/);
    await driver.close();
  });

  test("stop every older version, by name, when marked as needing the newer code", async () => {
    const driver = openSqlite(":memory:");
    await migrate(driver);
    const future = { name: "0099-future", statements: () => [], needs: "0099-future" };
    await migrate(driver, { migrations: [...MIGRATIONS, future] });
    await expect(migrate(driver)).rejects.toThrow(/newer.*0099-future/);
    await expect(createSqlStore(driver).checkReady()).rejects.toThrow(/newer.*0099-future/);
    await driver.close();
  });
});

function query(sql: string): SqlQuery {
  return { sql, parameters: [] };
}
