import type { D1Database, D1PreparedStatement } from "@cloudflare/workers-types";
import type { SqlDriver, SqlQuery, SqlRow } from "./driver.ts";
import { isSqliteConflict } from "./driver.ts";

/**
 * The driver of Cloudflare's D1, which is SQLite behind a binding. It has no interactive transactions; `batch()` is
 * atomic and durable when it resolves, and that is all the store asks for. Every query goes to the primary, so it sees
 * what was committed before.
 *
 * D1 takes at most 100 parameters and 100 KB of SQL in a statement, which the store's statements keep far below, and 2 MB
 * in a row: see `RelaySettings.largestForm`. A batch whose answer was lost rejects, though it may have been written; whoever
 * repeats it breaks its own key, as in any race.
 * https://developers.cloudflare.com/d1/platform/limits/
 */
export function openD1(database: D1Database): SqlDriver {
  const prepareStatement = ({ sql, parameters }: SqlQuery): D1PreparedStatement =>
    database.prepare(sql).bind(...parameters);
  return {
    dialect: "sqlite",
    read: async (query) => (await prepareStatement(query).all<SqlRow>()).results,
    async write(queries) {
      try {
        const results = await database.batch<SqlRow>(queries.map(prepareStatement));
        return { ok: true, rows: results.map((result) => result.results) };
      } catch (error) {
        if (error instanceof Error && isSqliteConflict(error.message)) return { ok: false };
        throw error;
      }
    },
    // The binding is the runtime's.
    close: async () => {},
  };
}
