import { expect, test } from "vitest";
import type { SqlDriver } from "../../server/db/driver.ts";
import { migrate } from "../../server/db/migrate.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { aJob, anAct, anEntry, NOON, writesOf } from "../support/builders.ts";

/** The most rows in one statement of a deletion. */
const MOST = 500;

test("a long history is deleted in short writes, and others write in between", async () => {
  const driver = openSqlite(":memory:");
  await migrate(driver);
  const deleted: number[] = [];
  const watched: SqlDriver = {
    ...driver,
    async write(queries) {
      const result = await driver.write(queries);
      if (queries.some(({ sql }) => sql.startsWith("delete")))
        deleted.push(result.ok ? (result.rows[0]?.length ?? 0) : 0);
      return result;
    },
  };
  const store = createSqlStore(watched);
  for (let n = 0; n < 4; n += 1) {
    const old = Array.from({ length: 1000 }, () => anEntry({ receivedAt: NOON - 1 }));
    await store.commit(old.map((entry) => ({ type: "inbox", entry, claimsId: true })));
    const done = Array.from({ length: 1000 }, () => aJob({ state: "done", dueAt: NOON - 1 }));
    await store.commit(done.map((job) => ({ type: "job", job })));
  }
  const pruned = store.prune(NOON);
  let between = 0;
  let going = true;
  const writing = (async () => {
    while (going) {
      await store.commit(writesOf(anAct()));
      between += 1;
    }
  })();
  expect(await pruned).toBe(8000);
  going = false;
  await writing;
  expect(Math.max(...deleted)).toBe(MOST);
  expect(deleted.reduce((sum, n) => sum + n, 0)).toBe(8000);
  // One for nearly every statement: nobody waits for the whole.
  expect(between).toBeGreaterThan(8);
  await store.close();
});
