import { describe, expect, test } from "vitest";
import type { SqlDriver, SqlQuery } from "../../server/db/driver.ts";
import { migrate } from "../../server/db/migrate.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { aJob, anAct, NOON, writesOf } from "../support/builders.ts";
import { recording } from "../support/recording.ts";

describe("query plans", () => {
  test("read no finished jobs and no table whole for frequent queries", async () => {
    const driver = openSqlite(":memory:");
    await migrate(driver);
    const queries: SqlQuery[] = [];
    const store = createSqlStore(recording(driver, queries));
    const attempts = [] as const;
    const release = { jobId: "m", owner: "w", state: "done", dueAt: 1, progress: {}, attempts } as const;
    const page = { limit: 50 };
    const claim = { limit: 5, owner: "w", now: NOON, leaseUntil: NOON + 1 };
    await store.leaseJobs({ ...claim, queue: "webhook" });
    await store.leaseJobs({ ...claim, queue: "accounting", atOnce: 2 });
    await store.leaseParkedJobs({ limit: 5, owner: "w", now: NOON, leaseUntil: NOON + 1 });
    await store.renewLease({ jobId: "m", owner: "w", leaseUntil: 1, progress: {} });
    await store.getNextDue("accounting");
    await store.commit([...writesOf(anAct()), { type: "job", job: aJob() }]);
    await store.commit([{ type: "release", release }]);
    await store.commit([{ type: "requeue", jobId: "m", from: ["dead"], dueAt: 1, restart: true }]);
    await store.getActByPayout("p");
    await store.getActByPaymentOrder("r");
    await store.getLastCoveredDay({ counterpartyRef: "r", counterpartyKey: "k", exceptActId: "a" });
    await store.listActsAwaitingPayment({ after: "", limit: 50 });
    await store.listUnannouncedProblems({ before: NOON, limit: 50 });
    await store.listStalledActs({ before: NOON, limit: 50 });
    await store.getInboxEntry("platform", "m");
    await store.listDeadJobs({ since: 0, limit: 50 });
    await store.listJobs({ ...page, state: "dead", queue: "webhook" });
    await store.listJobs({ ...page, actId: "a" });
    await store.listActs({ ...page, status: "ready" });
    await store.listActs({ ...page, inn: "7" });
    await store.prune(NOON);
    for (const { sql, parameters } of queries) {
      const plan = await driver.read({ sql: `explain query plan ${sql}`, parameters });
      const scans = plan.map(({ detail }) => String(detail)).filter((detail) => detail.startsWith("SCAN"));
      // Subqueries of one row each, and the handful of endpoints.
      expect(
        scans.filter((scan) => !/^SCAN (endpoint|free|leased|by_ref|by_key|CONSTANT ROW|room)$/.test(scan)),
        sql,
      ).toEqual([]);
    }
    expect(queries.length).toBeGreaterThan(20);
    await driver.close();
  });

  test("stay within the indexes of open jobs for a lease and the next due time", async () => {
    const driver = openSqlite(":memory:");
    await migrate(driver);
    const queries: SqlQuery[] = [];
    const store = createSqlStore(recording(driver, queries));
    await store.leaseJobs({ queue: "webhook", limit: 5, owner: "w", now: NOON, leaseUntil: NOON + 1 });
    await store.getNextDue("webhook");
    const plans = await Promise.all(
      queries.map(({ sql, parameters }) => driver.read({ sql: `explain query plan ${sql}`, parameters })),
    );
    const used = plans.flat().flatMap(({ detail }) => /USING INDEX (\w+)/.exec(String(detail))?.[1] ?? []);
    const open = ["message_queue", "message_key", "message_open", "message_leased"];
    expect([...new Set(used)].sort()).toEqual(open.sort());
    await driver.close();
  });
});

describe("dialects", () => {
  test("take turns for leases in Postgres, and pass over rows under a write", async () => {
    const queries: SqlQuery[] = [];
    const nothing: SqlDriver = {
      dialect: "postgres",
      read: async () => [],
      write: async () => ({ ok: true, rows: [[]] }),
      close: async () => {},
    };
    const store = createSqlStore(recording(nothing, queries));
    expect(await store.leaseJobs({ queue: "webhook", limit: 5, owner: "w", now: NOON, leaseUntil: NOON + 1 })).toEqual(
      [],
    );
    expect(queries.map(({ sql }) => sql.split(" ", 2).join(" "))).toEqual([
      "select pg_advisory_xact_lock($1,",
      'update "message"',
    ]);
    expect(queries[1]?.sql).toMatch(/= any\(array\(select .* limit \$\d+ for update skip locked\)\) returning \*$/);
    expect(queries[1]?.parameters).toEqual(["w", NOON + 1, "webhook", NOON, NOON, 5]);
  });
});
