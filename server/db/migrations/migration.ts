import type { ColumnTypes } from "./dialects.ts";

/** A change of the database's tables. Never edit a released migration: add a new migration. */
export interface Migration {
  /** Unique name; the order of `MIGRATIONS` decides. */
  readonly name: string;
  /** Statements of one atomic batch. */
  readonly statements: (types: ColumnTypes) => readonly string[];
  /**
   * Processes restart one by one, so older processes run after a migration. Names the newest migration that an older
   * process must know to go on. Absent: all may go on, because the new columns are neither read nor required. A
   * migration that removes something names the migration whose release stopped the use. A changed column meaning names
   * itself.
   */
  readonly needs?: string;
}
