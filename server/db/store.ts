import { RelayError } from "../../core/errors.ts";
import type { CommitResult, Store, Write } from "../../core/store.ts";
import { createSql } from "./compile.ts";
import type { SqlDriver, SqlQuery } from "./driver.ts";
import { listPendingMigrations } from "./migrate.ts";
import { createRun, type Run } from "./run.ts";
import { createSqlActs } from "./store-acts.ts";
import { createSqlQueue } from "./store-queue.ts";
import { createSqlInbox, createSqlJobs, createSqlRecords } from "./store-records.ts";
import { createSqlUpkeep } from "./store-upkeep.ts";
import { createWriteCompiler } from "./store-writes.ts";

/** Statements that only make sense together with a commit, such as reminders. */
export interface Companion {
  readonly queries: readonly SqlQuery[];
  onWritten(): void;
  /** True when the companion's statements caused the error: the store then commits without these statements. */
  isDispensable(error: unknown): boolean;
}

export type Beside = (writes: readonly Write[]) => Companion;

/** A write without a meaning, which shows that the database can be written again. */
const PROBE: Write = { type: "last_seen", lastSeen: { name: "ready_probe", at: 0, report: {} } };

/** Makes the store over a SQL driver. {@link migrate} makes the tables. */
export function createSqlStore(driver: SqlDriver, beside?: Beside): Store {
  const db = createSql(driver.dialect);
  const run = createRun(driver);
  const compile = createWriteCompiler(db);
  return {
    async commit(writes) {
      const queries = writes.flatMap(compile);
      return beside === undefined ? run.commit(queries) : commitBeside(run, queries, beside(writes));
    },
    ...createSqlActs(db, run),
    ...createSqlJobs(db, run),
    ...createSqlInbox(db, run),
    ...createSqlRecords(db, run),
    ...createSqlQueue(db, run),
    ...createSqlUpkeep(db, run),
    async checkReady() {
      const pending = await listPendingMigrations(run);
      if (pending.length > 0) {
        const names = pending.map((m) => m.name).join(", ");
        throw new RelayError("storage_unavailable", `Migrations are not applied: ${names}`);
      }
      driver.checkPlace?.();
      // Reads may pass while nothing can be written, such as on a full disk.
      if (run.isFailing()) await run.commit(compile(PROBE));
    },
    close: () => driver.close(),
  };
}

async function commitBeside(run: Run, queries: readonly SqlQuery[], companion: Companion): Promise<CommitResult> {
  let result: CommitResult;
  try {
    result = await run.commit([...queries, ...companion.queries]);
  } catch (error) {
    if (!companion.isDispensable((error as Error).cause)) throw error;
    result = await run.commit(queries);
  }
  if (result === "ok") companion.onWritten();
  return result;
}
