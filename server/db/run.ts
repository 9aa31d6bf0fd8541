import { RequestError } from "../../core/errors.ts";
import type { CommitResult } from "../../core/store.ts";
import type { Dialect, SqlDriver, SqlQuery } from "./driver.ts";

/** Runs compiled statements. A failure of the database becomes `storage_unavailable` with its cause. */
export interface Run {
  readonly dialect: Dialect;
  /** Runs a query and answers the rows. The caller names the type of a row; the compiler cannot check the type. */
  read<T>(query: SqlQuery): Promise<readonly T[]>;
  /** Runs statements as one atomic batch and answers the rows of the last statement; no rows after a conflict. */
  write<T>(...queries: readonly SqlQuery[]): Promise<readonly T[]>;
  commit(queries: readonly SqlQuery[]): Promise<CommitResult>;
  alter(queries: readonly SqlQuery[]): Promise<CommitResult>;
}

export function createRun(driver: SqlDriver): Run {
  return {
    dialect: driver.dialect,
    async read<T>(query: SqlQuery) {
      return (await awaitDatabase(driver.read(query))) as readonly T[];
    },
    async write<T>(...queries: readonly SqlQuery[]) {
      const result = await awaitDatabase(driver.write(queries));
      return (result.ok ? (result.rows.at(-1) ?? []) : []) as readonly T[];
    },
    async commit(queries) {
      if (queries.length === 0) return "ok";
      return (await awaitDatabase(driver.write(queries))).ok ? "ok" : "conflict";
    },
    async alter(queries) {
      const alter = driver.alter ?? driver.write;
      return (await awaitDatabase(alter(queries))).ok ? "ok" : "conflict";
    },
  };
}

async function awaitDatabase<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new RequestError("storage_unavailable", "Хранилище данных недоступно. Повторите запрос позже", { cause });
  }
}
