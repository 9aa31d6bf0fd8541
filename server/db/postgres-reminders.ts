import { randomUUID } from "node:crypto";
import type { PoolConfig } from "pg";
import pg from "pg";
import { PgBoss } from "pg-boss";
import { RelayError } from "../../core/errors.ts";
import type { Queue } from "../../core/job.ts";
import type { RelayLog } from "../../core/relay/options.ts";
import { WAKES_SCHEMA } from "./postgres.ts";
import { collectDue, createGatherer, createReminders } from "./reminders.ts";
import type { Beside } from "./store.ts";

/** Channel on which processes tell each other of what they have committed. */
const CHANNEL = "onec_relay";
/** Least time between two words on the channel, and between two looks that such words cause, in ms. */
const GATHER_MS = 20;
/** Connections of its own: one that works, one that is free for words on the channel. A third listens. */
const CONNECTIONS = 2;

const LOOK = "look";
const SWEEP = "sweep";
const PRUNE = "prune";
const DEAD = "dead";

/** How many reminders are taken at one time, and how often they are asked for, in seconds. */
const BATCH = 500;
const POLL_SECONDS = 1;
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** How long no reminders are left behind after pg-boss's tables did not take one, in ms. */
const REMINDERS_PAUSE = 60_000;

/** When a connection is given up that does not answer: later than anything that pg-boss asks takes. */
const ANSWER_TIMEOUT = 60_000;

/** What {@link Wakes} have done. */
export interface Hooks {
  /** There may be something to do in these lanes. */
  readonly look: (lanes: readonly Queue[]) => void;
  /** Done every minute, by one process. */
  readonly sweep: () => Promise<number>;
  /** Done every hour, by one process; absent: never. */
  readonly prune?: () => Promise<number>;
}

/** How several processes over one Postgres hear of each other's work. */
export interface Wakes {
  /** For the store: leaves reminders behind with each commit, and tells the other processes of it. */
  readonly beside: Beside;
  /** @throws {RelayError} `storage_unavailable`; {@link stop} is then still to be called */
  start(hooks: Hooks): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Two ways lead to the other processes, and neither carries more than «look»: what there is to do is in the rows, and
 * what is told twice or not at all only costs a look or half a minute.
 *
 * - A word on a channel right after the commit (LISTEN, NOTIFY): all who have a free slot look at once. It is not a part
 *   of the transaction, since Postgres lets transactions that notify commit only one after another.
 * - A reminder in pg-boss, written in the same transaction as the row: a second later, or when the message becomes due,
 *   some process looks, also where the one that committed is dead by then. Its retries and dead letters are pg-boss's.
 *
 * pg-boss also keeps time: what every process would do by itself is done by one.
 *
 * @throws {RelayError} `storage_unavailable` when pg-boss cannot set itself up
 */
export async function openWakes(
  url: string,
  clock: () => number,
  log: RelayLog,
  answerTimeoutMs = ANSWER_TIMEOUT,
): Promise<Wakes> {
  // Without a timeout a server that vanished without a word would keep them all for ever.
  const connections = {
    connectionString: url,
    max: CONNECTIONS,
    application_name: "onec-relay-wakes",
    keepAlive: true,
    query_timeout: answerTimeoutMs,
  } satisfies PoolConfig;
  const boss = new PgBoss({ ...connections, schema: WAKES_SCHEMA, maintenanceIntervalSeconds: HOUR });
  boss.on("error", (error) => log("warn", "wakes_failed", { error: error.message }));
  boss.on("warning", ({ message }) => log("warn", "wakes_slow", { message }));
  const insert = await setUp(boss).catch(async (cause: unknown) => {
    await boss.stop({ graceful: false }).catch(() => undefined);
    throw new RelayError("storage_unavailable", `The schema ${WAKES_SCHEMA} cannot be set up`, { cause });
  });
  const self = randomUUID();
  const db = boss.getDb();
  const tell = createGatherer(
    (lanes) =>
      db
        .executeSql("select pg_notify($1, $2)", [CHANNEL, [self, ...lanes].join(" ")])
        .catch((error: Error) => log("warn", "wakes_failed", { error: error.message })),
    GATHER_MS,
  );
  let close = async () => {};
  return {
    beside: createBeside(insert, clock, tell, log),
    async start(hooks) {
      const hear = createGatherer(async (lanes) => hooks.look(lanes), GATHER_MS);
      const all: readonly Queue[] = ["accounting", "webhook"];
      const onWord = (word: string) => {
        const [from, ...lanes] = word.split(" ");
        if (from !== self) hear(all.filter((lane) => lanes.includes(lane)));
      };
      try {
        // What was said while nobody listened is lost: so look once whenever the connection is there again.
        const handle = await db.listen?.(CHANNEL, onWord, () => hear(all));
        close = async () => handle?.close();
        await work(boss, hooks, () => hear(all), log);
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

/** Brings pg-boss's tables up to its version and gives the statement that leaves a reminder: {@link captureInsert}. */
async function setUp(boss: PgBoss): Promise<string> {
  await boss.start();
  const bounded = { retryLimit: 3, retryDelay: 5, deleteAfterSeconds: DAY, retentionSeconds: 7 * DAY };
  await boss.createQueue(DEAD, bounded);
  // A reminder that is done is of no use to anybody.
  await boss.createQueue(LOOK, { ...bounded, deadLetter: DEAD, expireInSeconds: MINUTE, deleteAfterSeconds: MINUTE });
  // One at a time, however many processes keep time. One whose process died is in the way no longer than that.
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

/** The statement that pg-boss writes jobs with, to be run in a transaction of ours. */
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
  tell: (lanes: readonly Queue[]) => void,
  log: RelayLog,
): Beside {
  const reminders = createReminders();
  let pausedUntil = 0;
  return (changes) => {
    const now = clock();
    const { lanes, times } = collectDue(changes, now);
    const missing = now < pausedUntil ? [] : reminders.listMissing(times, now);
    const jobs = missing.map((at) => ({ startAfter: new Date(at).toISOString() }));
    return {
      queries: jobs.length === 0 ? [] : [{ sql, parameters: [JSON.stringify(jobs)] }],
      onWritten() {
        reminders.markWritten(missing, now);
        if (lanes.length > 0) tell(lanes);
      },
      // A newer release may be changing pg-boss's tables, or have changed them, while this process goes on: the rows
      // matter, reminders do not. Whose table could not be locked the server does not say.
      isDispensable(error) {
        const own =
          error instanceof pg.DatabaseError && (error.schema === WAKES_SCHEMA || /^(42|55P03$)/.test(error.code ?? ""));
        if (own) {
          pausedUntil = now + REMINDERS_PAUSE;
          log("error", "wakes_unusable", { code: error.code, error: error.message });
        }
        return own;
      },
    };
  };
}
