import { initial } from "./0001-initial.ts";
import type { ColumnTypes } from "./dialects.ts";

/** One step of the database's history. Never edited once released: a change is a new migration. */
export interface Migration {
  /** Unique; migrations are applied in the order of {@link MIGRATIONS}. */
  readonly name: string;
  /** Statements applied as one atomic batch. */
  readonly statements: (types: ColumnTypes) => readonly string[];
}

/** All migrations, oldest first. */
export const MIGRATIONS: readonly Migration[] = [initial];
