import type { RelayLog } from "../../core/relay/options.ts";
import type { Config } from "../config/index.ts";
import type { SqlDriver } from "./driver.ts";

export interface OpenOptions {
  readonly connections?: number;
  readonly log?: RelayLog;
}

/**
 * Opens the database of `DATABASE_URL`. Postgres gets its first connection at the first query.
 * @throws {RelayError} `storage_unavailable` when a SQLite file cannot be opened
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
