import { type SqlBool, sql } from "kysely";
import type { Queue } from "../../core/job.ts";
import type { Store } from "../../core/store.ts";
import { compileOnce, type Sql } from "./compile.ts";
import type { SqlQuery } from "./driver.ts";
import type { Run } from "./run.ts";

/** Rows that one statement deletes: pruning a long history must not block other writes. */
const PRUNE_BATCH = 500;

interface Count {
  readonly key: string;
  readonly n: number;
}

type QueueCount = { readonly state: string } & Readonly<Record<Queue, number>>;

export function createSqlUpkeep(db: Sql, run: Run): Pick<Store, "getStats" | "prune"> {
  const count = createCountQueries(db);
  const { inbox, jobs } = createPruneQueries(db);
  const findOldestDue = async (queue: Queue): Promise<number | null> =>
    (await run.read<{ due_at: number }>(count.oldest({ queue })))[0]?.due_at ?? null;
  const readCounts = async (query: SqlQuery): Promise<Record<string, number>> =>
    Object.fromEntries((await run.read<Count>(query)).map(({ key, n }) => [key, n]));
  return {
    async getStats() {
      return {
        acts: await readCounts(count.acts({})),
        problems: await readCounts(count.problems({})),
        messages: toQueueCounts(await run.read<QueueCount>(count.jobs({}))),
        oldestDueAt: { accounting: await findOldestDue("accounting"), webhook: await findOldestDue("webhook") },
        failedCommits: run.countFailures(),
      };
    },
    async prune(before) {
      return (await repeat(run, inbox({ before }))) + (await repeat(run, jobs({ before })));
    },
  };
}

function createCountQueries(db: Sql) {
  return {
    acts: compileOnce((_) =>
      db
        .selectFrom("act")
        .select((eb) => ["status as key", eb.fn.countAll<number>().as("n")])
        .groupBy("status"),
    ),
    problems: compileOnce((_) =>
      db
        .selectFrom("act")
        .select((eb) => ["problem_code as key", eb.fn.countAll<number>().as("n")])
        .where("problem_code", "is not", null)
        .groupBy("problem_code"),
    ),
    // Grouping by state alone uses the order of an index; grouping by lane too takes seven times as long.
    jobs: compileOnce((_) =>
      db
        .selectFrom("message")
        .select("state")
        .select((eb) => eb.fn.countAll<number>().filterWhere("lane", "=", "accounting").as("accounting"))
        .select((eb) => eb.fn.countAll<number>().filterWhere("lane", "=", "webhook").as("webhook"))
        .where("state", "in", ["queued", "parked", "problem", "dead"])
        .groupBy("state"),
    ),
    oldest: compileOnce<{ queue: Queue }>((p) =>
      db
        .selectFrom("message")
        .select("due_at")
        .where(sql<SqlBool>`state in ('queued', 'parked') and state = 'queued'`)
        .where("lane", "=", p.queue)
        .orderBy("due_at")
        .limit(1),
    ),
  };
}

/** Deletes attempts with the job. Keeps a `problem` job while the act's problem is open, for a person's retry. */
function createPruneQueries(db: Sql) {
  return {
    inbox: compileOnce<{ before: number }>((p) =>
      db
        .deleteFrom("inbox")
        .where("id", "in", (eb) =>
          eb.selectFrom("inbox").select("id").where("received_at", "<", p.before).limit(PRUNE_BATCH),
        )
        .returning("id"),
    ),
    jobs: compileOnce<{ before: number }>((p) =>
      db
        .deleteFrom("message")
        .where("position", "in", (eb) =>
          eb
            .selectFrom("message as m")
            .leftJoin("act", "act.id", "m.act_id")
            .select("m.position")
            .where(sql<SqlBool>`m.state not in ('queued', 'parked')`)
            .where("m.due_at", "<", p.before)
            .where((on) => on.or([on("m.state", "<>", "problem"), on("act.problem_code", "is", null)]))
            .limit(PRUNE_BATCH),
        )
        .returning("id"),
    ),
  };
}

function toQueueCounts(rows: readonly QueueCount[]): Record<string, number> {
  const queues = ["accounting", "webhook"] as const;
  const counts = rows.flatMap((row) => queues.map((queue) => [`${queue}:${row.state}`, row[queue]] as const));
  return Object.fromEntries(counts.filter(([, n]) => n > 0));
}

async function repeat(run: Run, query: SqlQuery): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = (await run.write(query)).length;
    total += deleted;
    if (deleted < PRUNE_BATCH) return total;
  }
}
