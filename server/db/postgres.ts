import { setTimeout } from "node:timers/promises";
import type { ClientBase, PoolConfig } from "pg";
import pg from "pg";
import type { RelayLog } from "../../core/relay/options.ts";
import { DEFAULT_CONNECTIONS, type SqlDriver, type SqlQuery, type SqlRow, type WriteResult } from "./driver.ts";
import { prepareAnew, runBatch } from "./postgres-batch.ts";
import { LEASE_GUARD } from "./schema.ts";

/** Longest wait for a connection of the pool, new or free, ms. */
const CONNECT_TIMEOUT = 5_000;
/** Longest run of one statement in the server, ms. */
const STATEMENT_TIMEOUT = 15_000;
/** Longest wait of a statement for a lock, ms. */
const LOCK_TIMEOUT = 10_000;
/** Lifetime of a connection. New connections find a restarted proxy or a moved server. */
const LIFETIME_SECONDS = 1_800;

/** Maximum number of runs of a batch that the server rolls back in favour of another batch. */
const TRIES = 8;
/** Number of a migration's attempts to lock its tables, and the pause between attempts, ms. */
const ALTER_TRIES = 10;
const ALTER_PAUSE = 1_000;
/** Key of the migrations' advisory lock: any two numbers without another lock in this database. */
const MIGRATION_LOCK = [0x1c0, 0];

/** Schema of pg-boss's tables, beside our own schema. */
export const REMINDERS_SCHEMA = "onec_relay_boss";

export interface PostgresOptions {
  /** Maximum number of connections. Default: {@link DEFAULT_CONNECTIONS}. */
  readonly connections?: number;
  /** Longest wait for an answer before the connection is dropped, ms; longer than the server's limit. Default: 20 s. */
  readonly answerTimeoutMs?: number;
  readonly log?: RelayLog;
}

/**
 * Opens a Postgres database that several processes share. The driver connects at the first query, and again after a
 * lost connection; without a connection every call rejects. The URL sets encryption: `?sslmode=verify-full`. A batch
 * with a lost answer rejects, but Postgres may have written the batch. A repeat breaks its own key, as in any race.
 */
export function openPostgres(url: string, options: PostgresOptions = {}): SqlDriver {
  const { connections = DEFAULT_CONNECTIONS, answerTimeoutMs = 20_000 } = options;
  const pool = new pg.Pool(createPoolConfig(url, connections, answerTimeoutMs));
  // An idle connection broke.
  pool.on("error", (error) => options.log?.("warn", "database_connection_lost", { error: error.message }));

  async function run(
    queries: readonly SqlQuery[],
    timeoutMs = answerTimeoutMs,
  ): Promise<readonly (readonly SqlRow[])[]> {
    const client = await pool.connect();
    // The statement rejects with the same error; without a listener the error would end the process.
    client.on("error", ignore);
    let broken = true;
    try {
      const rows = await runBatch(client, queries, timeoutMs);
      broken = false;
      return rows;
    } catch (error) {
      broken = !isHarmless(error);
      throw error;
    } finally {
      client.off("error", ignore);
      client.release(broken);
    }
  }

  async function insist(queries: readonly SqlQuery[], timeoutMs?: number): ReturnType<typeof run> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await run(queries, timeoutMs);
      } catch (error) {
        const code = codeOf(error);
        if (!RETRYABLE.includes(code) || attempt >= TRIES) throw error;
        if (code === STALE_PLAN) prepareAnew();
        else await setTimeout(Math.random() * 2 ** attempt);
      }
    }
  }

  async function write(queries: readonly SqlQuery[], timeoutMs?: number): Promise<WriteResult> {
    try {
      return { ok: true, rows: await insist(queries, timeoutMs) };
    } catch (error) {
      if (isConflict(error)) return { ok: false };
      throw error;
    }
  }

  return {
    dialect: "postgres",
    read: async (query) => (await insist([query]))[0] ?? [],
    write: (queries) => write(queries),
    async alter(queries) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await write([...BEFORE_MIGRATION, ...queries], 0);
        } catch (error) {
          if (codeOf(error) !== LOCK_NOT_AVAILABLE || attempt >= ALTER_TRIES) throw error;
          await setTimeout(ALTER_PAUSE);
        }
      }
    },
    close: () => pool.end(),
  };
}

function createPoolConfig(url: string, connections: number, answerTimeoutMs: number): PoolConfig {
  return {
    connectionString: url,
    max: connections,
    application_name: "onec-relay",
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    onConnect: (client) => setUp(client, answerTimeoutMs),
  };
}

/**
 * Sets the session's limits. Makes a commit durable before its answer, even on a server with `synchronous_commit =
 * off`. Statements do so, because poolers such as PgBouncer refuse a connection with these startup parameters.
 */
async function setUp(client: ClientBase, answerTimeoutMs: number): Promise<void> {
  const settings = `set_config('statement_timeout', '${STATEMENT_TIMEOUT}', false),
    set_config('lock_timeout', '${LOCK_TIMEOUT}', false),
    set_config('default_transaction_isolation', 'read committed', false),
    case current_setting('synchronous_commit') when 'off' then set_config('synchronous_commit', 'on', false) end`;
  // A pooler may accept a connection without a free server; the pool of `pg` sets no limit for this wait.
  await runBatch(client, [{ sql: `select ${settings}`, parameters: [] }], answerTimeoutMs);
}

/**
 * Statements before a migration. The migration waits for other migrating processes, and runs, without a time limit. The
 * wait for a table is short, because all other statements on the table queue behind the waiting migration.
 */
const BEFORE_MIGRATION: readonly SqlQuery[] = [
  { sql: "select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)", parameters: [] },
  { sql: "select pg_advisory_xact_lock($1, $2)", parameters: MIGRATION_LOCK },
  { sql: "select set_config('lock_timeout', '2s', true)", parameters: [] },
];

/** A newer process has added a column: a prepared `select *` no longer has its columns. */
const STALE_PLAN = "0A000";
/** The server rolled the batch back (serialization failure, deadlock, stale plan), and the batch may run again. */
const RETRYABLE: readonly string[] = ["40001", "40P01", STALE_PLAN];
const LOCK_NOT_AVAILABLE = "55P03";
const [, GUARD_COLUMN] = LEASE_GUARD.split(".");

/** True for a broken constraint with the role of a lock: see {@link isSqliteConflict}. pg-boss has no such locks. */
function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  if ((error as { schema?: string }).schema === REMINDERS_SCHEMA) return false;
  if (code === "23505" || code === "23503") return true;
  return code === "23502" && (error as { column?: string }).column === GUARD_COLUMN;
}

/** True when the connection still works: the error is the statement's, not the server's. */
function isHarmless(error: unknown): boolean {
  const code = codeOf(error);
  // 25006: read only (a former primary). Classes: connection, resources, operator intervention, system, internal.
  return code !== "" && code !== "25006" && !/^(08|53|57|58|XX)/.test(code);
}

/** SQLSTATE of a server's error; empty for another error. */
function codeOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? "") : "";
}

function ignore(): void {}
