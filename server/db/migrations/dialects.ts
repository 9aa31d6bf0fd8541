import type { Dialect } from "../driver.ts";

/** SQL fragments that differ between dialects in the statements of migrations. */
export interface ColumnTypes {
  /** A key that the database increments and never reuses. */
  readonly serial: string;
  readonly integer: string;
  readonly bytes: string;
  /**
   * The call id in the JSON of a parked job of `0001-initial`. Postgres refuses JSON with an escaped U+0000 or half a
   * surrogate pair, so the expression removes all escapes. A call id contains no escapes.
   */
  readonly parkedCall: string;
  readonly tableOptions: string;
  /** End of the definition of a table with many updates per row: Postgres vacuums the table sooner. */
  readonly busyTableOptions: string;
}

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
