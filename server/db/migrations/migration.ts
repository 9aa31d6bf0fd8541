import type { ColumnTypes } from "./dialects.ts";

/** One step of the database's history. Never edited once released: a change is a new migration. */
export interface Migration {
  /** Unique; migrations are applied in the order of `MIGRATIONS`. */
  readonly name: string;
  /** Statements applied as one atomic batch. */
  readonly statements: (types: ColumnTypes) => readonly string[];
  /**
   * The newest migration that an older process must know to go on working after this one, while processes are restarted
   * one by one. Absent: any may go on, since this one only adds what they neither read nor have to write. What is taken
   * away names the migration since whose release nobody uses it; what changes the meaning of a column names itself.
   */
  readonly needs?: string;
}
