import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { RelayError } from "../../core/errors.ts";
import { isSqliteConflict, type SqlDriver, type SqlQuery, type SqlRow, type WriteResult } from "./driver.ts";

/** Most batches in one transaction. Bounds the block of the event loop and the loss of a failed commit. */
const MAX_GROUP = 100;

/** Most turns of the event loop that a growing group waits. */
const MAX_TURNS = 8;

/**
 * Pages (4 KiB each) in the write-ahead log before a checkpoint. Keys have no order, so with a long history nearly
 * every event writes other pages. A longer log lets one checkpoint of a page serve many writes. A checkpoint blocks the
 * event loop, so the log must not be too long.
 */
const CHECKPOINT_PAGES = 4_000;

/** Most statements kept prepared. The store has far fewer statements. */
const MAX_STATEMENTS = 300;

export interface SqliteOptions {
  /** Longest wait for another writing process, ms. The event loop waits too. Default: 5000. */
  readonly busyTimeoutMs?: number;
}

interface Member {
  readonly queries: readonly SqlQuery[];
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (error: unknown) => void;
}

type Database = Sqlite.Database;
type Execute = (query: SqlQuery) => readonly SqlRow[];

/**
 * Opens a SQLite file; creates a missing file and its folder. `:memory:` lives as long as the driver.
 * A write is on disk when its promise resolves (`synchronous=FULL`). Waiting for the disk is slow, so concurrent writes
 * share one transaction. A lost race rolls back only its own batch.
 * @throws {RelayError} `storage_unavailable` when the file cannot be opened or is no database
 */
export function openSqlite(path: string, options: SqliteOptions = {}): SqlDriver {
  const database = connect(path, options.busyTimeoutMs ?? 5000);
  const execute = createExecutor(database);
  const transaction = createTransaction(database);
  const checkPlace = createPlaceCheck(path);
  let waiting: Member[] = [];
  let seen = 0;
  let turns = 0;

  /** Concurrent requests arrive in several turns: the group waits while each turn brings more batches. */
  const gather = (): void => {
    if (waiting.length > seen && waiting.length < MAX_GROUP && turns < MAX_TURNS) {
      seen = waiting.length;
      turns += 1;
      setImmediate(gather);
      return;
    }
    flush();
  };
  const flush = (): void => {
    seen = 0;
    turns = 0;
    const group = waiting.slice(0, MAX_GROUP);
    waiting = waiting.slice(MAX_GROUP);
    if (waiting.length > 0) setImmediate(gather);
    if (group.length > 0) runGroup(transaction, execute, group, checkPlace);
  };
  return {
    dialect: "sqlite",
    read: async (query) => execute(query),
    write: (queries) =>
      new Promise((resolve, reject) => {
        waiting.push({ queries, resolve, reject });
        if (waiting.length === 1) setImmediate(gather);
      }),
    checkPlace,
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
      // The file holds personal data: only the owner may read the file. SQLite gives its side files the same mode.
      closeSync(openSync(path, "a", 0o600));
    }
    const database = new Sqlite(path, { timeout });
    database.pragma("journal_mode = wal");
    database.pragma("synchronous = full");
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.pragma("foreign_keys = on");
    // Large statements would else need files in a folder for temporary files, which a read-only system lacks.
    database.pragma("temp_store = memory");
    return database;
  } catch (cause) {
    throw new RelayError("storage_unavailable", `The database ${path} cannot be opened`, { cause });
  }
}

/**
 * Creates the check that the path still leads to the opened file. Whoever moves, deletes or replaces the file leaves the
 * process with a file without a name, and with commits that nobody would find again.
 */
function createPlaceCheck(path: string): () => void {
  if (path === ":memory:") return () => undefined;
  const opened = identifyFile(path);
  return () => {
    if (identifyFile(path) === opened) return;
    throw new RelayError(
      "storage_unavailable",
      `The database file ${path} was moved, deleted or replaced under the running relay: stop the relay, put the file back, start again`,
    );
  };
}

function identifyFile(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`;
}

function createExecutor(database: Database): Execute {
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

interface Transaction {
  begin(): void;
  commit(): void;
  isOpen(): boolean;
  /** Does nothing when SQLite has already ended the transaction. */
  rollback(): void;
  /** Runs `work` in a savepoint; an error rolls back only the writes of `work`. */
  runInSavepoint<T>(work: () => T): T;
}

function createTransaction(database: Database): Transaction {
  const prepare = (sql: string) => database.prepare(sql);
  const begin = prepare("begin immediate");
  const commit = prepare("commit");
  const rollback = prepare("rollback");
  const savepoint = prepare("savepoint member");
  const restore = prepare("rollback to member");
  const release = prepare("release member");
  return {
    begin: () => void begin.run(),
    commit: () => void commit.run(),
    isOpen: () => database.inTransaction,
    rollback: () => {
      if (database.open && database.inTransaction) rollback.run();
    },
    runInSavepoint(work) {
      savepoint.run();
      try {
        return work();
      } catch (error) {
        if (database.inTransaction) restore.run();
        throw error;
      } finally {
        if (database.inTransaction) release.run();
      }
    },
  };
}

/** Runs a group in one transaction. Callers get results only after the commit; a failed commit fails all batches. */
function runGroup(transaction: Transaction, execute: Execute, group: readonly Member[], checkPlace: () => void): void {
  let announce: readonly (() => void)[];
  try {
    checkPlace();
    announce = runTogether(transaction, execute, group) ?? runApart(transaction, execute, group);
  } catch (error) {
    transaction.rollback();
    for (const { reject } of group) reject(error);
    return;
  }
  for (const tell of announce) tell();
}

/**
 * Runs a group without savepoints: after a savepoint SQLite copies every written page. Returns functions that resolve
 * the callers' promises; null when a batch failed and SQLite wrote nothing.
 */
function runTogether(
  transaction: Transaction,
  execute: Execute,
  group: readonly Member[],
): readonly (() => void)[] | null {
  const announce: (() => void)[] = [];
  transaction.begin();
  try {
    for (const { queries, resolve } of group) {
      const rows = queries.map(execute);
      announce.push(() => resolve({ ok: true, rows }));
    }
  } catch {
    // The second run, with savepoints, finds the failed batch.
    transaction.rollback();
    return null;
  }
  transaction.commit();
  return announce;
}

/** Runs each batch in its own savepoint, so that a lost race rolls back only its batch. */
function runApart(transaction: Transaction, execute: Execute, group: readonly Member[]): readonly (() => void)[] {
  transaction.begin();
  const announce = group.map(({ queries, resolve, reject }) => {
    try {
      const rows = transaction.runInSavepoint(() => queries.map(execute));
      return () => resolve({ ok: true, rows });
    } catch (error) {
      // A full disk or a failed read ends the whole transaction.
      if (!transaction.isOpen()) throw error;
      const lost = error instanceof Error && isSqliteConflict(error.message);
      return lost ? () => resolve({ ok: false }) : () => reject(error);
    }
  });
  transaction.commit();
  return announce;
}
