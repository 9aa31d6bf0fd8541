import Sqlite from "better-sqlite3";
import type { SqlDriver, SqlQuery } from "../../server/db/driver.ts";

/** Recorded writes: each group became durable as a whole. */
export type Groups = readonly (readonly SqlQuery[])[];

/** A driver with a recorder of writes. */
export interface Recorder {
  readonly watch: (driver: SqlDriver) => SqlDriver;
  start(): void;
  stop(): Groups;
}

/** Makes a {@link Recorder} over a driver. */
export function createRecorder(): Recorder {
  let groups: SqlQuery[][] | null = null;
  let current: SqlQuery[] | null = null;
  const note = (queries: readonly SqlQuery[]) => {
    if (groups === null) return;
    if (current === null) {
      current = [];
      groups.push(current);
      // Members of one group hear of it in one turn.
      setImmediate(() => {
        current = null;
      });
    }
    current.push(...queries);
  };
  return {
    watch: (driver) => ({
      ...driver,
      async write(queries) {
        const result = await driver.write(queries);
        if (result.ok) note(queries);
        return result;
      },
    }),
    start() {
      groups = [];
    },
    stop() {
      const noted = groups ?? [];
      groups = null;
      return noted;
    },
  };
}

/** Runs only the same statements in the same transactions, and returns the time, ms. */
export function replay(file: string, groups: Groups): { readonly ms: number; readonly cpuMs: number } {
  const database = new Sqlite(file);
  database.pragma("journal_mode = wal");
  database.pragma("synchronous = full");
  database.pragma("wal_autocheckpoint = 4000");
  database.pragma("foreign_keys = on");
  const prepared = new Map(groups.flat().map(({ sql }) => [sql, database.prepare(sql)]));
  const begin = database.prepare("begin immediate");
  const commit = database.prepare("commit");
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (const group of groups) {
    begin.run();
    for (const { sql, parameters } of group) {
      const statement = prepared.get(sql)!;
      if (statement.reader) statement.all(...parameters);
      else statement.run(...parameters);
    }
    commit.run();
  }
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  database.close();
  return { ms, cpuMs: (user + system) / 1000 };
}
