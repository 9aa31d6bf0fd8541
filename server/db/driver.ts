import { LEASE_GUARD } from "./schema.ts";

export type Dialect = "sqlite" | "postgres";

export interface SqlQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** A row of a result: values by column. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** `ok: false`: the batch broke a lock ({@link isSqliteConflict}), and the database wrote nothing. */
export type WriteResult = { readonly ok: true; readonly rows: readonly (readonly SqlRow[])[] } | { readonly ok: false };

/** Default maximum number of connections to Postgres. */
export const DEFAULT_CONNECTIONS = 10;

/** The part of a database that the store needs. */
export interface SqlDriver {
  readonly dialect: Dialect;
  /** Runs one query and answers its rows. The query sees every commit before the call. */
  read(query: SqlQuery): Promise<readonly SqlRow[]>;
  /** Runs the statements as one atomic batch, durable when the promise resolves; answers the rows by statement. */
  write(queries: readonly SqlQuery[]): Promise<WriteResult>;
  /** Runs a migration's statements as a batch: one process at a time, without a time limit. Default: `write`. */
  alter?(queries: readonly SqlQuery[]): Promise<WriteResult>;
  /** Throws when the database that was opened is no longer at its place. */
  checkPlace?(): void;
  close(): Promise<void>;
}

/**
 * True for a broken constraint with the role of a lock. Locks: unique and primary keys, the lease guard, the
 * foreign key of an attempt (the job is gone). Any other broken constraint is a bug and must not look like a race.
 * `message`: SQLite's text, which D1 passes on.
 */
export function isSqliteConflict(message: string): boolean {
  return (
    message.includes("UNIQUE constraint failed") ||
    message.includes("FOREIGN KEY constraint failed") ||
    message.includes(`NOT NULL constraint failed: ${LEASE_GUARD}`)
  );
}
