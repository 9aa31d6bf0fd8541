import { RelayError } from "../../core/errors.ts";
import { createSql } from "./compile.ts";
import type { SqlDriver, SqlQuery } from "./driver.ts";
import { COLUMN_TYPES } from "./migrations/dialects.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { createRun, type Run } from "./run.ts";
import type { Row } from "./schema.ts";

export interface MigrateOptions {
  /** Time stored with each applied migration, epoch ms. Default: the clock. */
  readonly now?: number;
  /** Default: all migrations of this version. */
  readonly migrations?: readonly Migration[];
}

/**
 * Applies all migrations that the database lacks and answers their names. Each migration is one atomic batch. Several
 * processes may call `migrate` at once: one process applies each migration.
 * @throws {RelayError} `storage_unavailable` for a database of a newer version that forbids this version
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
 * Lists the migrations that the database lacks, oldest first. An unknown, newer migration in the database is allowed,
 * unless {@link Migration.needs} forbids older versions.
 * @throws {RelayError} `storage_unavailable` for a newer migration that forbids this version
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

/** Applies a migration; false when another process has applied the migration meanwhile. */
async function apply(run: Run, migration: Migration, now: number): Promise<boolean> {
  const row = { name: migration.name, applied_at: now, needs: migration.needs ?? null };
  const record = createSql(run.dialect).insertInto("migration").values(row).compile();
  const statements = migration.statements(COLUMN_TYPES[run.dialect]).map(toQuery);
  // The record comes first: the loser of a race breaks the record's key before touching a table.
  return (await run.alter([record, ...statements])) === "ok";
}

function toQuery(text: string): SqlQuery {
  return { sql: text, parameters: [] };
}
