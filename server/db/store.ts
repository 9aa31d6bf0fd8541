import { RelayError } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { createSql } from "./compile.ts";
import type { SqlDriver } from "./driver.ts";
import { pendingMigrations } from "./migrate.ts";
import { createRun } from "./run.ts";
import { sqlActs } from "./store-acts.ts";
import { changeCompiler } from "./store-changes.ts";
import { sqlQueue } from "./store-queue.ts";
import { sqlInbox, sqlMessages, sqlRecords } from "./store-records.ts";
import { sqlUpkeep } from "./store-upkeep.ts";

/**
 * The store over any SQL database that has a driver. Kysely writes the statements of its dialect; the driver runs them
 * in a transaction or a batch. The tables are {@link migrate}'s business.
 */
export function createSqlStore(driver: SqlDriver): Store {
  const db = createSql(driver.dialect);
  const run = createRun(driver);
  const compile = changeCompiler(db, driver.dialect);
  return {
    commit: async (changes) => run.commit(changes.flatMap(compile)),
    ...sqlActs(db, run),
    ...sqlMessages(db, run),
    ...sqlInbox(db, run),
    ...sqlRecords(db, run),
    ...sqlQueue(db, run),
    ...sqlUpkeep(db, run),
    async ready() {
      const pending = await pendingMigrations(run);
      if (pending.length === 0) return;
      throw new RelayError(
        "storage_unavailable",
        `Migrations are not applied: ${pending.map((m) => m.name).join(", ")}`,
      );
    },
    close: () => driver.close(),
  };
}
