import { type AddressInfo, createServer } from "node:net";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SqlDriver, SqlQuery } from "../../../server/db/driver.ts";
import { migrate } from "../../../server/db/migrate.ts";
import { MIGRATIONS } from "../../../server/db/migrations/index.ts";
import { openPostgres } from "../../../server/db/postgres.ts";
import { createSqlStore } from "../../../server/db/store.ts";
import { aJob, anAct, NOON, writesOf } from "../../support/builders.ts";
import { execute, NO_POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { startProxy } from "../../support/tcp-proxy.ts";

const insert = (name: string): SqlQuery => query("insert into endpoint (name) values ($1)", name);
const slow = query("select pg_sleep(30)");

describe.skipIf(NO_POSTGRES !== null)(`the driver of Postgres${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`, () => {
  let server: PostgresServer;
  let template: string;
  let url: string;
  let driver: SqlDriver;
  const logged: string[] = [];
  const log = (_: string, event: string) => void logged.push(event);
  const names = async (of = driver) =>
    (await of.read(query("select name from endpoint order by name"))).map(({ name }) => name);

  beforeAll(async () => {
    server = await startPostgres();
    template = await server.create();
    const first = openPostgres(template);
    await migrate(first);
    await first.close();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    url = await server.create(template);
    driver = openPostgres(url, { log });
  });
  afterEach(() => driver.close());

  describe("a batch", () => {
    test("is written whole or not at all, and a failed batch leaves the connection usable", async () => {
      for (let round = 0; round < 3; round += 1) {
        const wrong = query("insert into nowhere values ($1)", round);
        await expect(driver.write([insert("a"), wrong, insert("b")])).rejects.toThrow(/nowhere/);
        expect(await names()).toEqual([]);
      }
      expect(
        await driver.write([insert("a"), query("insert into endpoint (name) values ('b') returning name")]),
      ).toEqual({ ok: true, rows: [[], [{ name: "b" }]] });
      expect(await names()).toEqual(["a", "b"]);
      expect(
        await execute(url, "select count(*)::int n from pg_stat_activity where application_name = 'onec-relay'"),
      ).toEqual([{ n: 1 }]);
    });

    test("sees the rows of the earlier statements, and nobody else does before the end", async () => {
      const other = openPostgres(url);
      // Both connections stand before the batch: opening one may take longer than the batch.
      await Promise.all([names(), names(other)]);
      const writing: Promise<unknown> = driver.write([
        insert("a"),
        query("select pg_sleep(0.2)"),
        query("select name from endpoint"),
      ]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await names(other)).toEqual([]);
      expect(await writing).toMatchObject({ rows: [[], [{}], [{ name: "a" }]] });
      expect(await names(other)).toEqual(["a"]);
      await other.close();
    });

    test("returns numbers, bytes and nulls unchanged", async () => {
      const values = [Number.MAX_SAFE_INTEGER, -1, null, "ё", Uint8Array.of(0, 255)];
      const types = ["bigint", "integer", "text", "text", "bytea"];
      const sql = `select ${types.map((type, at) => `$${at + 1}::${type} as c${at}`).join(", ")}, true as yes`;
      const [row] = await driver.read({ sql, parameters: values });
      expect(row).toEqual({ c0: values[0], c1: -1, c2: null, c3: "ё", c4: Buffer.from([0, 255]), yes: true });
    });

    test("is a conflict when a lock breaks, and a mistake when any other constraint breaks", async () => {
      expect(await driver.write([insert("a")])).toMatchObject({ ok: true });
      expect(await driver.write([insert("b"), insert("a")])).toEqual({ ok: false });
      const orphan = query(
        "insert into attempt (message_id, n, started_at, finished_at, outcome) values ('nobody', 1, 1, 1, 'ok')",
      );
      expect(await driver.write([insert("c"), orphan])).toEqual({ ok: false });
      await expect(driver.write([query("insert into endpoint (name) values (null)")])).rejects.toThrow(/not-null/);
      expect(await names()).toEqual(["a"]);
    });

    test("runs again after a deadlock with another batch: neither fails", async () => {
      await driver.write([insert("a"), insert("b")]);
      const touch = (name: string, reason: string) =>
        query("update endpoint set reason = coalesce(reason, '') || $2 where name = $1", name, reason);
      const pause = query("select pg_sleep(0.1)");
      const results = await Promise.all([
        driver.write([touch("a", "1"), pause, touch("b", "1")]),
        driver.write([touch("b", "2"), pause, touch("a", "2")]),
      ]);
      expect(results.map(({ ok }) => ok)).toEqual([true, true]);
      const rows = await driver.read(query("select reason from endpoint"));
      for (const { reason } of rows) expect([...String(reason)].sort().join("")).toBe("12");
    });
  });

  describe("a connection", () => {
    test("rejects when broken off in the midst, leaves nothing, and the next call has a new connection", async () => {
      const broken = expect(driver.write([insert("a"), slow])).rejects.toThrow(/terminat/);
      await expect.poll(() => execute(url, KILL_SLEEPERS)).not.toEqual([]);
      await broken;
      expect(await names()).toEqual([]);
      expect(await driver.write([insert("b")])).toMatchObject({ ok: true });
    });

    test("is replaced without a failed call when broken off while idle", async () => {
      await names();
      await execute(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'onec-relay'",
      );
      await expect.poll(() => logged).toContain("database_connection_lost");
      expect(await driver.write([insert("a")])).toMatchObject({ ok: true });
    });

    test("rejects when lost with the answer to a commit; a repeat of the commit breaks its own keys", async () => {
      const proxy = await startProxy(server.port);
      const through = openPostgres(url.replace(String(server.port), String(proxy.port)));
      await through.read(query("select 1"));
      proxy.mute();
      const lost = expect(through.write([insert("a")])).rejects.toThrow();
      await expect.poll(() => names()).toEqual(["a"]);
      proxy.heal();
      await lost;
      expect(await through.write([insert("a")])).toEqual({ ok: false });
      await through.close();
      await proxy.close();
    });

    test("is given up when the server stays silent", async () => {
      const proxy = await startProxy(server.port);
      const through = openPostgres(url.replace(String(server.port), String(proxy.port)), { answerTimeoutMs: 200 });
      await through.read(query("select 1"));
      proxy.mute();
      await expect(through.write([insert("lost")])).rejects.toThrow(/timeout/i);
      proxy.heal();
      expect(await through.write([insert("a")])).toMatchObject({ ok: true });
      await through.close();
      await proxy.close();
    });

    test("is given up when a pooler accepts without a server behind", async () => {
      const pooler = createServer((socket) => {
        // Welcome, and ready for a query; then nothing.
        socket.once("data", () => socket.write(Buffer.from("5200000008000000005a0000000549", "hex")));
        socket.on("error", () => undefined);
      });
      await new Promise<void>((resolve) => pooler.listen(0, "127.0.0.1", resolve));
      const { port } = pooler.address() as AddressInfo;
      const through = openPostgres(url.replace(String(server.port), String(port)), { answerTimeoutMs: 200 });
      await expect(through.read(query("select 1"))).rejects.toThrow(/timeout/i);
      await through.close();
      pooler.close();
    });

    test("is made anew after the server was killed and came back; meanwhile everything is unavailable", async () => {
      const store = createSqlStore(driver);
      const act = anAct();
      await store.commit(writesOf(act));
      await server.stop("immediate");
      const unavailable = { code: "storage_unavailable" };
      await expect(store.checkReady()).rejects.toMatchObject(unavailable);
      await expect(store.commit(writesOf(anAct()))).rejects.toMatchObject(unavailable);
      await expect(migrate(driver)).rejects.toMatchObject(unavailable);
      await server.start();
      expect(await store.getAct(act.id)).toEqual(act);
      await expect(store.checkReady()).resolves.toBeUndefined();
    });

    test("answers a commit when durable, for any setting of the server", async () => {
      await execute(url, `alter database ${url.split("/").at(-1)} set synchronous_commit = off`);
      const other = openPostgres(url);
      expect(await other.read(query("show synchronous_commit"))).toEqual([{ synchronous_commit: "on" }]);
      await other.close();
    });
  });

  describe("migrations", () => {
    test("are applied by one of many processes that start at once", async () => {
      const fresh = await server.create();
      const drivers = Array.from({ length: 6 }, () => openPostgres(fresh));
      const applied = await Promise.all(drivers.map((each) => migrate(each)));
      expect(applied.flat().sort()).toEqual(MIGRATIONS.map(({ name }) => name));
      for (const each of drivers) await expect(createSqlStore(each).checkReady()).resolves.toBeUndefined();
      for (const each of drivers) await each.close();
    });

    test("leave a working older process undisturbed when a newer process applies them", async () => {
      const store = createSqlStore(driver);
      const [before, after] = [anAct(), anAct()];
      await store.commit(writesOf(before));
      await Promise.all(Array.from({ length: 20 }, () => store.getAct(before.id)));
      const statements = () => [
        "alter table act add column archived_at bigint",
        "alter table message add column note text",
      ];
      const newer = openPostgres(url);
      expect(await migrate(newer, { migrations: [...MIGRATIONS, { name: "0099-added", statements }] })).toEqual([
        "0099-added",
      ]);
      await expect(store.checkReady()).resolves.toBeUndefined();
      const read = await Promise.all(Array.from({ length: 20 }, () => store.getAct(before.id)));
      expect(read).toEqual(Array.from({ length: 20 }, () => before));
      expect(await store.commit([...writesOf(after), { type: "job", job: aJob() }])).toBe("ok");
      const claim = { queue: "webhook", limit: 5, owner: "w", now: NOON, leaseUntil: NOON + 1 } as const;
      expect(await store.leaseJobs(claim)).toHaveLength(1);
      expect((await store.listActs({ limit: 5 })).items).toEqual([after, before]);
      await newer.close();
    });

    test("do not block others for long behind a table in use, and get the table in the end", async () => {
      const user = new pg.Client({ connectionString: url });
      await user.connect();
      await user.query("begin; select * from act");
      const statements = () => ["alter table act add column archived_at bigint"];
      const migrated = migrate(driver, { migrations: [...MIGRATIONS, { name: "0099-added", statements }] });
      let passed = 0;
      // A reader waits behind a migration that waits for the table. The migration gives up after two seconds and tries
      // again.
      await expect.poll(() => execute(url, WAITING), { timeout: 10_000 }).not.toEqual([]);
      await driver.read(query("select * from act"));
      passed += 1;
      await user.query("commit");
      await user.end();
      expect(await migrated).toEqual(["0099-added"]);
      expect(passed).toBe(1);
    });
  });
});

const KILL_SLEEPERS = `select pg_terminate_backend(pid) from pg_stat_activity
  where query like '%pg_sleep(30)%' and state = 'active' and pid <> pg_backend_pid()`;
const WAITING = "select 1 from pg_locks where not granted and mode = 'AccessExclusiveLock'";

function query(sql: string, ...parameters: readonly unknown[]): SqlQuery {
  return { sql, parameters };
}
