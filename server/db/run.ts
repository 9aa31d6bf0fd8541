import { RequestError } from "../../core/errors.ts";
import type { CommitResult } from "../../core/store.ts";
import type { Dialect, SqlDriver, SqlQuery, WriteResult } from "./driver.ts";

/** Runs compiled statements. A failure of the database becomes `storage_unavailable` with its cause. */
export interface Run {
  readonly dialect: Dialect;
  /** Runs a query and answers the rows. The caller names the type of a row; the compiler cannot check the type. */
  read<T>(query: SqlQuery): Promise<readonly T[]>;
  /** Runs statements as one atomic batch and answers the rows of the last statement; no rows after a conflict. */
  write<T>(...queries: readonly SqlQuery[]): Promise<readonly T[]>;
  commit(queries: readonly SqlQuery[]): Promise<CommitResult>;
  alter(queries: readonly SqlQuery[]): Promise<CommitResult>;
  /** Number of failed batches of this process, without lost races. */
  countFailures(): number;
  /** True after a failed batch, until a batch writes again. */
  isFailing(): boolean;
}

export function createRun(driver: SqlDriver): Run {
  let failures = 0;
  let failing = false;
  /** Runs a batch. A batch without effect proves nothing: a full disk lets such a batch pass. */
  async function write(queries: readonly SqlQuery[], run = driver.write): Promise<WriteResult> {
    try {
      const result = await awaitDatabase(run(queries));
      if (result.ok && result.rows.some((rows) => rows.length > 0)) failing = false;
      return result;
    } catch (error) {
      failures += 1;
      failing = true;
      throw error;
    }
  }
  return {
    dialect: driver.dialect,
    async read<T>(query: SqlQuery) {
      return (await awaitDatabase(driver.read(query))) as readonly T[];
    },
    async write<T>(...queries: readonly SqlQuery[]) {
      const result = await write(queries);
      return (result.ok ? (result.rows.at(-1) ?? []) : []) as readonly T[];
    },
    async commit(queries) {
      if (queries.length === 0) return "ok";
      const { ok } = await write(queries);
      if (ok) failing = false;
      return ok ? "ok" : "conflict";
    },
    async alter(queries) {
      return (await write(queries, driver.alter ?? driver.write)).ok ? "ok" : "conflict";
    },
    countFailures: () => failures,
    isFailing: () => failing,
  };
}

async function awaitDatabase<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new RequestError("storage_unavailable", "Хранилище данных недоступно. Повторите запрос позже", { cause });
  }
}
