import type { D1Database, D1PreparedStatement } from "@cloudflare/workers-types";
import { isSqliteConflict, type SqlDriver, type SqlQuery, type SqlRow } from "./driver.ts";

/**
 * The driver for Cloudflare's D1, which is SQLite behind a binding. D1 has no interactive transactions. `batch()` is
 * atomic, and durable when `batch()` resolves; the store needs no more. Every query goes to the primary and sees all
 * earlier commits. D1 takes at most 100 parameters and 100 KB of SQL in a statement: the store's statements stay far
 * below. D1 takes 2 MB in a row: see `RelaySettings.largestForm`. A batch with a lost answer rejects, but D1 may have
 * written the batch. A repeat then breaks its own key, as in any race.
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
    // The runtime owns the binding.
    close: async () => {},
  };
}
