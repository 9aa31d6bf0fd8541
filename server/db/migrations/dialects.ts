import type { Dialect } from "../driver.ts";

/** Words in which the dialects' table definitions differ: all that a migration needs to know of a dialect. */
export interface ColumnTypes {
  /** A key that the database counts up by itself and never gives twice. */
  readonly serial: string;
  /** A 64-bit integer. */
  readonly integer: string;
  readonly bytes: string;
  /**
   * The call in the JSON of a parked job of `0001-initial`. Postgres refuses JSON with an escaped U+0000 or half a
   * surrogate pair anywhere in it, so escapes are left out: no id has any.
   */
  readonly parkedCall: string;
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
    parkedCall: "json_extract(journal, '$.awaiting')",
    tableOptions: "strict",
    busyTableOptions: "strict",
  },
  postgres: {
    serial: "bigint generated always as identity primary key",
    integer: "bigint",
    bytes: "bytea",
    parkedCall: "(regexp_replace(journal, '\\\\(u[0-9a-f]{4}|.)', '', 'g')::json ->> 'awaiting')",
    tableOptions: "",
    busyTableOptions: "with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02)",
  },
} as const satisfies Record<Dialect, ColumnTypes>;
