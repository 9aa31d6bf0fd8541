import { randomUUID } from "node:crypto";
import type { PoolConfig } from "pg";
import pg from "pg";
import { PgBoss } from "pg-boss";
import { RelayError } from "../../core/errors.ts";
import type { Queue } from "../../core/job.ts";
import type { RelayLog } from "../../core/relay/options.ts";
import { REMINDERS_SCHEMA } from "./postgres.ts";
import { collectDue, createGatherer, createReminders } from "./reminders.ts";
import type { Beside } from "./store.ts";

const CHANNEL = "onec_relay";
/** Shortest time between two notifications, and between two looks after notifications, ms. */
const GATHER_MS = 20;
/** Size of pg-boss's pool: a connection for work and a connection for notifications. A third connection listens. */
const CONNECTIONS = 2;

const LOOK = "look";
const SWEEP = "sweep";
const PRUNE = "prune";
const DEAD = "dead";

/** Number of reminders in one fetch, and the time between two fetches. */
const BATCH = 500;
const POLL_SECONDS = 1;
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Pause of all reminders after a failed insert, ms. */
const REMINDERS_PAUSE = 60_000;

/** Longest wait for an answer, ms: longer than any statement of pg-boss takes. */
const ANSWER_TIMEOUT = 60_000;

export interface Hooks {
  /** Looks for jobs: these queues may have due jobs. */
  readonly look: (queues: readonly Queue[]) => void;
  /** Runs every minute, in one process. */
  readonly sweep: () => Promise<number>;
  /** Runs every hour, in one process. Default: no pruning. */
  readonly prune?: () => Promise<number>;
}

/** Tells the processes over one Postgres about each other's jobs. */
export interface Reminders {
  /** For the store: writes reminders with each commit and notifies the other processes. */
  readonly beside: Beside;
  /** @throws {RelayError} `storage_unavailable`; the caller must still call {@link stop} */
  start(hooks: Hooks): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Two ways lead to the other processes. Both only say «look»: the rows in the database hold the jobs. A duplicate costs
 * one extra look; a lost notification costs half a minute.
 *
 * - A notification after the commit (LISTEN, NOTIFY): every process with a free slot looks at once. The transaction
 *   does not notify, because Postgres commits transactions with notifications only one after another.
 * - A reminder in pg-boss, written in the transaction of the job's row. A second later, or when the job becomes due, a
 *   process looks, even after the death of the committing process. pg-boss retries reminders and keeps dead letters.
 *
 * pg-boss also runs the schedule: one process does the upkeep for all processes.
 * @throws {RelayError} `storage_unavailable` when pg-boss cannot set itself up
 */
export async function openReminders(
  url: string,
  clock: () => number,
  log: RelayLog,
  answerTimeoutMs = ANSWER_TIMEOUT,
): Promise<Reminders> {
  // Without a timeout a silently vanished server would block all connections for ever.
  const connections = {
    connectionString: url,
    max: CONNECTIONS,
    application_name: "onec-relay-wakes",
    keepAlive: true,
    query_timeout: answerTimeoutMs,
  } satisfies PoolConfig;
  const boss = new PgBoss({ ...connections, schema: REMINDERS_SCHEMA, maintenanceIntervalSeconds: HOUR });
  boss.on("error", (error) => log("warn", "wakes_failed", { error: error.message }));
  boss.on("warning", ({ message }) => log("warn", "wakes_slow", { message }));
  const insert = await setUp(boss).catch(async (cause: unknown) => {
    await boss.stop({ graceful: false }).catch(() => undefined);
    throw new RelayError("storage_unavailable", `The schema ${REMINDERS_SCHEMA} cannot be set up`, { cause });
  });
  const self = randomUUID();
  const db = boss.getDb();
  const notify = createGatherer(
    (queues) =>
      db
        .executeSql("select pg_notify($1, $2)", [CHANNEL, [self, ...queues].join(" ")])
        .catch((error: Error) => log("warn", "wakes_failed", { error: error.message })),
    GATHER_MS,
  );
  let close = async () => {};
  return {
    beside: createBeside(insert, clock, notify, log),
    async start(hooks) {
      const look = createGatherer(async (queues) => hooks.look(queues), GATHER_MS);
      const all: readonly Queue[] = ["accounting", "webhook"];
      const onNotification = (text: string) => {
        const [from, ...queues] = text.split(" ");
        if (from !== self) look(all.filter((queue) => queues.includes(queue)));
      };
      try {
        // Notifications without a listener are lost: so look once after each reconnection.
        const handle = await db.listen?.(CHANNEL, onNotification, () => look(all));
        close = async () => handle?.close();
        await work(boss, hooks, () => look(all), log);
      } catch (cause) {
        throw new RelayError("storage_unavailable", "The wake-ups of several processes cannot be started", { cause });
      }
    },
    async stop() {
      await close();
      await boss.stop({ timeout: 5_000 });
    },
  };
}

/** Updates pg-boss's tables to its version; returns the statement that writes a reminder: {@link captureInsert}. */
async function setUp(boss: PgBoss): Promise<string> {
  await boss.start();
  const bounded = { retryLimit: 3, retryDelay: 5, deleteAfterSeconds: DAY, retentionSeconds: 7 * DAY };
  await boss.createQueue(DEAD, bounded);
  // A done reminder has no further use, so pg-boss soon deletes the reminder.
  await boss.createQueue(LOOK, { ...bounded, deadLetter: DEAD, expireInSeconds: MINUTE, deleteAfterSeconds: MINUTE });
  // Exclusive: one sweep at a time for all processes. Expiry bounds how long a dead process blocks the next sweep.
  await boss.createQueue(SWEEP, { ...bounded, deadLetter: DEAD, policy: "exclusive", expireInSeconds: 2 * MINUTE });
  await boss.createQueue(PRUNE, { ...bounded, deadLetter: DEAD, policy: "exclusive", expireInSeconds: 2 * HOUR });
  return captureInsert(boss);
}

async function work(boss: PgBoss, { sweep, prune }: Hooks, look: () => void, log: RelayLog): Promise<void> {
  const often = { batchSize: BATCH, burstWhenBatchFull: true, pollingIntervalSeconds: POLL_SECONDS };
  await boss.work(LOOK, often, async () => look());
  const registerUpkeep = async (event: "sweep" | "prune", run: () => Promise<number>) => {
    await boss.work(event, { pollingIntervalSeconds: 5 }, async () => {
      try {
        const count = await run();
        log(count > 0 ? "info" : "debug", event, { count });
      } catch (error) {
        log("error", `${event}_failed`, { error: String(error) });
        throw error;
      }
    });
  };
  await registerUpkeep(SWEEP, sweep);
  await boss.schedule(SWEEP, "* * * * *");
  if (prune === undefined) return boss.unschedule(PRUNE);
  await registerUpkeep(PRUNE, prune);
  await boss.schedule(PRUNE, "17 * * * *");
}

/** Finds the statement with which pg-boss inserts jobs, so that the relay's transaction can run the statement. */
async function captureInsert(boss: PgBoss): Promise<string> {
  let sql = "";
  const executeSql = async (text: string) => {
    sql = text;
    return { rows: [] };
  };
  await boss.insert(LOOK, [{}], { db: { executeSql } });
  return sql;
}

function createBeside(
  sql: string,
  clock: () => number,
  notify: (queues: readonly Queue[]) => void,
  log: RelayLog,
): Beside {
  const reminders = createReminders();
  let pausedUntil = 0;
  return (writes) => {
    const now = clock();
    const { lanes: queues, times } = collectDue(writes, now);
    const missing = now < pausedUntil ? [] : reminders.listMissing(times, now);
    const jobs = missing.map((at) => ({ startAfter: new Date(at).toISOString() }));
    return {
      queries: jobs.length === 0 ? [] : [{ sql, parameters: [JSON.stringify(jobs)] }],
      onWritten() {
        reminders.markWritten(missing, now);
        if (queues.length > 0) notify(queues);
      },
      // A newer release may change pg-boss's tables while this process runs. The commit goes on without reminders.
      // Postgres does not name the table whose lock failed.
      isDispensable(error) {
        const own =
          error instanceof pg.DatabaseError &&
          (error.schema === REMINDERS_SCHEMA || /^(42|55P03$)/.test(error.code ?? ""));
        if (own) {
          pausedUntil = now + REMINDERS_PAUSE;
          log("error", "wakes_unusable", { code: error.code, error: error.message });
        }
        return own;
      },
    };
  };
}
