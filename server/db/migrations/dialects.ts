import type { Dialect } from "../driver.ts";

/** Words in which the dialects' table definitions differ: all that a migration needs to know of a dialect. */
export interface ColumnTypes {
  /** A key that the database counts up by itself and never gives twice. */
  readonly serial: string;
  /** A 64-bit integer. */
  readonly integer: string;
  readonly bytes: string;
  /** Stands at the end of a table definition. */
  readonly tableOptions: string;
  /** The same of a table that is only ever read by its key: SQLite keeps such rows in the key's own tree, not in two. */
  readonly keyedTableOptions: string;
}

/** {@link ColumnTypes} of each dialect. */
export const COLUMN_TYPES = {
  sqlite: {
    serial: "integer primary key autoincrement",
    integer: "integer",
    bytes: "blob",
    tableOptions: "strict",
    keyedTableOptions: "strict, without rowid",
  },
  postgres: {
    serial: "bigint generated always as identity primary key",
    integer: "bigint",
    bytes: "bytea",
    tableOptions: "",
    keyedTableOptions: "",
  },
} as const satisfies Record<Dialect, ColumnTypes>;
