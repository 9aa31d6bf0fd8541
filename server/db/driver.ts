import { LEASE_GUARD } from "./schema.ts";

/** SQL dialects the project speaks. D1 is `sqlite`. */
export type Dialect = "sqlite" | "postgres";

/** One statement with its parameters. */
export interface SqlQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** A row of an answer: values by column. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** `ok: false`: a lock was broken ({@link isSqliteConflict}) and nothing of the batch was written. */
export type WriteResult = { readonly ok: true; readonly rows: readonly (readonly SqlRow[])[] } | { readonly ok: false };

/** The little that the store needs of a database. A driver is a factory that returns an object of this shape. */
export interface SqlDriver {
  readonly dialect: Dialect;
  /** Rows of one query; sees everything committed before the call. */
  read(query: SqlQuery): Promise<readonly SqlRow[]>;
  /** Runs the statements as one atomic batch, durable when the promise resolves; answers the rows of each. */
  write(queries: readonly SqlQuery[]): Promise<WriteResult>;
  /** The same for a migration, where that takes more: alone among processes that migrate, however long. */
  alter?(queries: readonly SqlQuery[]): Promise<WriteResult>;
  close(): Promise<void>;
}

/**
 * True for the constraints that the store uses as locks: unique and primary keys, the foreign key of an attempt (its
 * message is gone) and the lease guard. Any other broken constraint is a mistake of ours and must not look like a race.
 * Takes SQLite's message, which D1 passes on.
 */
export function isSqliteConflict(message: string): boolean {
  return (
    message.includes("UNIQUE constraint failed") ||
    message.includes("FOREIGN KEY constraint failed") ||
    message.includes(`NOT NULL constraint failed: ${LEASE_GUARD}`)
  );
}
