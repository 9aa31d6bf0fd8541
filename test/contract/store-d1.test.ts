import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../server/db/migrate.ts";
import { MIGRATIONS } from "../../server/db/migrations/index.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { type D1Server, runOnTables, startD1, tablesOf } from "../support/d1.ts";
import { storeContract } from "./store.ts";

// An answer of workerd takes a millisecond, and a race of twenty writers takes thousands of them.
describe("D1 in workerd", { timeout: 90_000 }, () => {
  let server: D1Server;
  beforeAll(async () => {
    server = await startD1();
  });
  afterAll(() => server.close());

  storeContract(
    "a store",
    async () => {
      const driver = server.driver();
      await migrate(driver);
      const tables = await tablesOf(driver);
      await runOnTables(
        driver,
        tables.filter((name) => name !== "migration"),
        "delete from",
      );
      return {
        store: createSqlStore(driver),
        async reopen() {
          await server.restart();
          return createSqlStore(server.driver());
        },
        teardown: async () => {},
      };
    },
    { modelRuns: 15 },
  );

  test("applies each migration once while many isolates migrate at once", async () => {
    const driver = server.driver();
    await runOnTables(driver, await tablesOf(driver), "drop table");
    const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(driver)));
    expect(applied.flat()).toEqual(MIGRATIONS.map(({ name }) => name));
  });

  test("rejects a batch on an error other than a lost race, and writes nothing", async () => {
    const driver = server.driver();
    const write = driver.write([
      { sql: "insert into taken_key values (?, ?)", parameters: ["half", 1] },
      { sql: "insert into taken_key values (?, ?)", parameters: ["other", null] },
    ]);
    await expect(write).rejects.toThrow("NOT NULL constraint failed: taken_key.until");
    expect(await driver.read({ sql: "select * from taken_key where key = ?", parameters: ["half"] })).toEqual([]);
  });
});
