import { RelayError } from "../../core/errors.ts";
import { createSql } from "./compile.ts";
import type { SqlDriver, SqlQuery } from "./driver.ts";
import { COLUMN_TYPES } from "./migrations/dialects.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import type { Run } from "./run.ts";
import { createRun } from "./run.ts";
import type { Row } from "./schema.ts";

/** What {@link migrate} may be told. */
export interface MigrateOptions {
  /** Epoch ms, noted beside what is applied. Default: the clock. */
  readonly now?: number;
  /** Default: all of this version. */
  readonly migrations?: readonly Migration[];
}

/**
 * Brings the database up to this version and answers the names of what was applied: nothing, when all was there. Each
 * migration is one atomic batch. Several processes may do it at once: each migration is applied by one of them.
 *
 * @throws {RelayError} `storage_unavailable` when the database was made by a version that this one cannot work beside
 */
export async function migrate(driver: SqlDriver, options: MigrateOptions = {}): Promise<readonly string[]> {
  const { now = Date.now(), migrations = MIGRATIONS } = options;
  const run = createRun(driver);
  const { integer, tableOptions } = COLUMN_TYPES[run.dialect];
  await run.alter([
    toQuery(
      `create table if not exists migration (name text not null primary key, applied_at ${integer} not null, needs text) ${tableOptions}`,
    ),
  ]);
  const applied: string[] = [];
  for (const migration of await listPendingMigrations(run, migrations)) {
    if (await apply(run, migration, now)) applied.push(migration.name);
  }
  return applied;
}

/**
 * Migrations that the database still lacks, oldest first. One of a newer version is no hindrance, unless it says so:
 * {@link Migration.needs}.
 *
 * @throws {RelayError} `storage_unavailable` when it has one that this version cannot work beside
 */
export async function listPendingMigrations(
  run: Run,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<readonly Migration[]> {
  const applied = createSql(run.dialect).selectFrom("migration").selectAll().compile();
  const rows = await run.read<Row<"migration">>(applied);
  const done = new Set(rows.map(({ name }) => name));
  const known = new Set(migrations.map(({ name }) => name));
  const beyond = rows.filter(({ name, needs }) => !known.has(name) && needs != null && !known.has(needs));
  if (beyond.length > 0) {
    throw new RelayError(
      "storage_unavailable",
      `The database is newer than this version of the relay: it has ${beyond.map(({ name }) => name).join(", ")}. Start the newer version, or restore an older backup`,
    );
  }
  return migrations.filter(({ name }) => !done.has(name));
}

/** False when another process has applied it meanwhile. */
async function apply(run: Run, migration: Migration, now: number): Promise<boolean> {
  const row = { name: migration.name, applied_at: now, needs: migration.needs ?? null };
  const note = createSql(run.dialect).insertInto("migration").values(row).compile();
  const statements = migration.statements(COLUMN_TYPES[run.dialect]).map(toQuery);
  // The note comes first: it is the key that the loser of a race breaks before it touches a table.
  return (await run.alter([note, ...statements])) === "ok";
}

function toQuery(text: string): SqlQuery {
  return { sql: text, parameters: [] };
}
