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
  /** The same for a table whose rows are written many times each: what is dead is cleared away sooner. */
  readonly busyTableOptions: string;
}

/** {@link ColumnTypes} of each dialect. */
export const COLUMN_TYPES = {
  sqlite: {
    serial: "integer primary key autoincrement",
    integer: "integer",
    bytes: "blob",
    tableOptions: "strict",
    busyTableOptions: "strict",
  },
  postgres: {
    serial: "bigint generated always as identity primary key",
    integer: "bigint",
    bytes: "bytea",
    tableOptions: "",
    busyTableOptions: "with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02)",
  },
} as const satisfies Record<Dialect, ColumnTypes>;
