import { type Config, ConfigError } from "../config.ts";
import type { SqlDriver } from "./driver.ts";

/**
 * Opens the database of `DATABASE_URL`.
 *
 * @throws {ConfigError} for one that this build has no driver for
 * @throws {RelayError} `storage_unavailable` when it cannot be opened
 */
export async function openDatabase(database: Config["database"]): Promise<SqlDriver> {
  switch (database.kind) {
    case "sqlite": {
      const { openSqlite } = await import("./sqlite.ts");
      return openSqlite(database.path);
    }
    case "postgres":
      throw new ConfigError("DATABASE_URL names a Postgres database, which this build cannot open; expected file:PATH");
  }
}
