import { setTimeout } from "node:timers/promises";
import type { ClientBase, PoolConfig } from "pg";
import pg from "pg";
import type { RelayLog } from "../../core/relay/options.ts";
import type { SqlDriver, SqlQuery, SqlRow, WriteResult } from "./driver.ts";
import { prepareAnew, runBatch } from "./postgres-batch.ts";
import { LEASE_GUARD } from "./schema.ts";

/** How long to wait for a connection, be it a new one or a free one of the pool. */
const CONNECT_TIMEOUT = 5_000;
/** How long the server works on one statement. */
const STATEMENT_TIMEOUT = 15_000;
/** How long a statement waits for a lock. */
const LOCK_TIMEOUT = 10_000;
/** Connections are made anew now and then, so that a proxy or a moved server is found again. */
const LIFETIME_SECONDS = 1_800;

/** How often a batch is run that the server took back to let another one through. */
const TRIES = 8;
/** How often, and how long apart, a migration tries to get its tables for itself. */
const ALTER_TRIES = 10;
const ALTER_PAUSE = 1_000;
/** Key of the advisory lock that migrations take: any two numbers that no other lock of this database uses. */
const MIGRATION_LOCK = [0x1c0, 0];

/** Schema of pg-boss's tables, beside our own ones. */
export const WAKES_SCHEMA = "onec_relay_boss";

/** {@link openPostgres} */
export interface PostgresOptions {
  /** Most connections at one time. Default: 10. */
  readonly connections?: number;
  /** When a connection is given up that does not answer, in ms: later than the server gives up. Default: 20 s. */
  readonly answerTimeoutMs?: number;
  readonly log?: RelayLog;
}

/**
 * Opens a Postgres database for several processes at once. Connects when it is first used, and anew whenever a
 * connection is lost: until then every call rejects. Encryption is the address's business: `?sslmode=verify-full`.
 *
 * A batch whose answer was lost with the connection rejects, though it may have been written; whoever repeats it breaks
 * its own key, as in any race.
 */
export function openPostgres(url: string, options: PostgresOptions = {}): SqlDriver {
  const { connections = 10, answerTimeoutMs = 20_000 } = options;
  const pool = new pg.Pool(createPoolConfig(url, connections, answerTimeoutMs));
  // Connections that break while nobody uses them.
  pool.on("error", (error) => options.log?.("warn", "database_connection_lost", { error: error.message }));

  async function run(
    queries: readonly SqlQuery[],
    timeoutMs = answerTimeoutMs,
  ): Promise<readonly (readonly SqlRow[])[]> {
    const client = await pool.connect();
    // The statement rejects with the same error; unheard, it would end the process.
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
        if (!TAKEN_BACK.includes(code) || attempt >= TRIES) throw error;
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
          return await write([...ALONE, ...queries], 0);
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
 * Limits of a session, and that a commit is durable when it is answered, also where the server is set up to answer
 * sooner. Set by statements, since poolers such as PgBouncer refuse a connection that asks for them at its start.
 */
async function setUp(client: ClientBase, answerTimeoutMs: number): Promise<void> {
  const settings = `set_config('statement_timeout', '${STATEMENT_TIMEOUT}', false),
    set_config('lock_timeout', '${LOCK_TIMEOUT}', false),
    set_config('default_transaction_isolation', 'read committed', false),
    case current_setting('synchronous_commit') when 'off' then set_config('synchronous_commit', 'on', false) end`;
  // A pooler may take a connection and have none for it: the pool of `pg` waits for this without a limit of its own.
  await runBatch(client, [{ sql: `select ${settings}`, parameters: [] }], answerTimeoutMs);
}

/**
 * What comes before a migration: it waits for other processes that migrate, for as long as they take, and works for as
 * long as it takes; but it does not wait long for a table, since everybody else would have to wait behind it.
 */
const ALONE: readonly SqlQuery[] = [
  { sql: "select set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)", parameters: [] },
  { sql: "select pg_advisory_xact_lock($1, $2)", parameters: MIGRATION_LOCK },
  { sql: "select set_config('lock_timeout', '2s', true)", parameters: [] },
];

/** A newer process has added a column, so that `select *` no longer answers what it was prepared for. */
const STALE_PLAN = "0A000";
/** Serialization failure, deadlock: the server has taken the batch back, and it may be run again. */
const TAKEN_BACK: readonly string[] = ["40001", "40P01", STALE_PLAN];
const LOCK_NOT_AVAILABLE = "55P03";
const [, GUARD_COLUMN] = LEASE_GUARD.split(".");

/** The constraints that the store uses as locks, as in {@link isSqliteConflict}; none of pg-boss's is one. */
function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  if ((error as { schema?: string }).schema === WAKES_SCHEMA) return false;
  if (code === "23505" || code === "23503") return true;
  return code === "23502" && (error as { column?: string }).column === GUARD_COLUMN;
}

/** Whether the connection is as good as before: the server answered with an error of the statement, not of its own. */
function isHarmless(error: unknown): boolean {
  const code = codeOf(error);
  // Connection, resources, operator's intervention, read only (a former primary), internal and system errors.
  return code !== "" && code !== "25006" && !/^(08|53|57|58|XX)/.test(code);
}

/** SQLSTATE of the server's error; empty for any other. */
function codeOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.code ?? "") : "";
}

function ignore(): void {}
