import type { RelayLog } from "../../core/relay/options.ts";
import type { Config } from "../config/index.ts";
import type { SqlDriver } from "./driver.ts";

/** {@link openDatabase} */
export interface OpenOptions {
  /** Most connections to Postgres. */
  readonly connections?: number;
  readonly log?: RelayLog;
}

/**
 * Opens the database of `DATABASE_URL`.
 *
 * @throws {RelayError} `storage_unavailable` when it cannot be opened; Postgres is connected to at its first use
 */
export async function openDatabase(database: Config["database"], options: OpenOptions = {}): Promise<SqlDriver> {
  switch (database.kind) {
    case "sqlite": {
      const { openSqlite } = await import("./sqlite.ts");
      return openSqlite(database.path);
    }
    case "postgres": {
      const { openPostgres } = await import("./postgres.ts");
      return openPostgres(database.url, options);
    }
  }
}
