import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { RelayError } from "../../core/errors.ts";
import type { SqlDriver, SqlQuery, SqlRow, WriteResult } from "./driver.ts";
import { isSqliteConflict } from "./driver.ts";

/** Most batches in one transaction: bounds how long a commit keeps the event loop, and what one failed commit takes along. */
const MAX_GROUP = 100;

/** Most statements kept prepared. Listings have a few shapes each, so this is never reached by the store itself. */
const MAX_STATEMENTS = 300;

/** What {@link openSqlite} may be told. */
export interface SqliteOptions {
  /** How long to wait for another process that writes, in ms. The event loop waits too. Default 5000. */
  readonly busyTimeoutMs?: number;
}

/** A batch that waits for the next transaction. */
interface Member {
  readonly queries: readonly SqlQuery[];
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (error: unknown) => void;
}

type Database = Sqlite.Database;
type Execute = (query: SqlQuery) => readonly SqlRow[];

/**
 * Opens a SQLite file, or makes it with its folder; `:memory:` lives as long as the driver.
 *
 * A write is on disk when its promise resolves (`synchronous=FULL`). Since that costs a wait for the disk, writes that
 * arrive in one turn of the event loop share it: one transaction, each batch in a savepoint of its own, so that a lost
 * race takes back only itself.
 *
 * @throws {RelayError} `storage_unavailable` when the file cannot be opened or is no database
 */
export function openSqlite(path: string, options: SqliteOptions = {}): SqlDriver {
  const database = connect(path, options.busyTimeoutMs ?? 5000);
  const execute = executor(database);
  let waiting: Member[] = [];

  const flush = (): void => {
    const group = waiting.slice(0, MAX_GROUP);
    waiting = waiting.slice(MAX_GROUP);
    if (waiting.length > 0) setImmediate(flush);
    if (group.length > 0) runGroup(database, execute, group);
  };
  return {
    dialect: "sqlite",
    read: async (query) => execute(query),
    write: (queries) =>
      new Promise((resolve, reject) => {
        waiting.push({ queries, resolve, reject });
        if (waiting.length === 1) setImmediate(flush);
      }),
    async close() {
      while (waiting.length > 0) flush();
      database.close();
    },
  };
}

function connect(path: string, timeout: number): Database {
  try {
    if (path !== ":memory:") {
      mkdirSync(dirname(path), { recursive: true });
      // It holds personal data: nobody else on this machine reads it. SQLite gives its side files the same mode.
      closeSync(openSync(path, "a", 0o600));
    }
    const database = new Sqlite(path, { timeout });
    database.pragma("journal_mode = wal");
    database.pragma("synchronous = full");
    database.pragma("foreign_keys = on");
    return database;
  } catch (cause) {
    throw new RelayError("storage_unavailable", `The database ${path} cannot be opened`, { cause });
  }
}

/** Runs statements, each prepared once. */
function executor(database: Database): Execute {
  const prepared = new Map<string, Sqlite.Statement<unknown[]>>();
  return ({ sql, parameters }) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      if (prepared.size >= MAX_STATEMENTS) prepared.clear();
      statement = database.prepare<unknown[]>(sql);
      prepared.set(sql, statement);
    }
    if (statement.reader) return statement.all(...parameters) as SqlRow[];
    statement.run(...parameters);
    return [];
  };
}

/** One transaction. Nobody hears of an outcome before the commit, and a failure of the whole is everybody's. */
function runGroup(database: Database, execute: Execute, group: readonly Member[]): void {
  const settle: (() => void)[] = [];
  try {
    database.exec("begin immediate");
    for (const member of group) settle.push(runMember(database, execute, member));
    database.exec("commit");
  } catch (error) {
    if (database.open && database.inTransaction) database.exec("rollback");
    for (const { reject } of group) reject(error);
    return;
  }
  for (const announce of settle) announce();
}

/** Runs one batch and returns how to tell its caller. */
function runMember(database: Database, execute: Execute, { queries, resolve, reject }: Member): () => void {
  database.exec("savepoint member");
  try {
    const rows = queries.map(execute);
    database.exec("release member");
    return () => resolve({ ok: true, rows });
  } catch (error) {
    // A full disk or a failed read ends the whole transaction, not this batch alone.
    if (!database.inTransaction) throw error;
    database.exec("rollback to member");
    database.exec("release member");
    const lost = error instanceof Error && isSqliteConflict(error.message);
    return lost ? () => resolve({ ok: false }) : () => reject(error);
  }
}
