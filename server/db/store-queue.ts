import { type Expression, type ExpressionBuilder, type SelectQueryBuilder, type SqlBool, sql } from "kysely";
import type { Queue } from "../../core/job.ts";
import type { LeaseJobsParams, LeaseParkedJobsParams, Store } from "../../core/store.ts";
import { compileOnce, type Sql } from "./compile.ts";
import type { Dialect, SqlQuery } from "./driver.ts";
import { toJob } from "./rows.ts";
import type { Run } from "./run.ts";
import type { Database, Row } from "./schema.ts";

/** Literal conditions of the partial indexes: a database does not use a partial index for a parameter. */
const QUEUED = sql<SqlBool>`m.state = 'queued'`;
const PARKED = sql<SqlBool>`m.state = 'parked'`;
/** Age of a job's act; jobs without an act come first. The expression of the index `message_queue`. */
const BY_ACT = sql<number>`coalesce(m.act, 0)`;
const OPEN = sql<SqlBool>`m.state in ('queued', 'parked')`;

/** First key of the advisory locks for leases: any number without another lock in this database. */
const LEASE_LOCK = 0x1c0;

export function createSqlQueue(
  db: Sql,
  run: Run,
): Pick<Store, "leaseJobs" | "leaseParkedJobs" | "renewLease" | "getNextDue"> {
  const lease = createLeaseCompiler(db, run, false);
  const leaseBounded = createLeaseCompiler(db, run, true);
  const leaseParked = createParkedLeaseCompiler(db, run);
  const renew = createRenewCompiler(db);
  const nextDue = createNextDueCompiler(db);
  return {
    async leaseJobs(params) {
      const update = (params.atOnce === undefined ? lease : leaseBounded)(params);
      const rows = await run.write<Row<"message">>(...createTurnLock(run.dialect, params.queue), update);
      // RETURNING promises no order.
      return [...rows].sort((a, b) => (a.act ?? 0) - (b.act ?? 0) || a.position - b.position).map(toJob);
    },
    async leaseParkedJobs(params) {
      const rows = await run.write<Row<"message">>(leaseParked(params));
      return [...rows].sort((a, b) => a.position - b.position).map(toJob);
    },
    async renewLease({ jobId, owner, leaseUntil, progress }) {
      const rows = await run.write(renew({ jobId, owner, leaseUntil, progress: JSON.stringify(progress) }));
      return rows.length > 0;
    },
    async getNextDue(queue) {
      const rows = await run.read<{ due: number | null }>(nextDue({ queue }));
      const times = rows.flatMap(({ due }) => due ?? []);
      return times.length === 0 ? null : Math.min(...times);
    },
  };
}

const QUEUE_LOCKS: Readonly<Record<Queue, number>> = { accounting: 1, webhook: 2 };

/**
 * Makes the lock statement before a lease. In SQLite each statement sees all earlier writes. In Postgres two concurrent
 * leases do not see each other. Both could take the last free slot, or two jobs of one order key after an older job was
 * requeued. So leases of a queue take turns, and each lease sees the earlier leases.
 */
function createTurnLock(dialect: Dialect, queue: Queue): readonly SqlQuery[] {
  if (dialect === "sqlite") return [];
  return [{ sql: "select pg_advisory_xact_lock($1, $2)", parameters: [LEASE_LOCK, QUEUE_LOCKS[queue]] }];
}

type Positions = SelectQueryBuilder<Database & { m: Database["message"] }, "m", { position: number }>;

/**
 * Matches the rows that a lease takes. Postgres may run a subquery after IN once for each row of the table. Each run
 * would skip the locked rows and lock other rows, far beyond the limit. A subquery in an array runs once.
 */
function matchPositions(dialect: Dialect, positions: Positions): Expression<SqlBool> {
  return dialect === "postgres"
    ? sql<SqlBool>`position = any(array${positions.forUpdate().skipLocked()})`
    : sql<SqlBool>`position in (${positions})`;
}

function createLeaseCompiler(db: Sql, run: Run, bounded: boolean) {
  return compileOnce<LeaseJobsParams>((p) =>
    db
      .updateTable("message")
      .set({
        lapsed: sql<0 | 1>`case when lease_owner is null then lapsed else 1 end`,
        lease_owner: p.owner,
        lease_until: p.leaseUntil,
      })
      .where((eb) =>
        matchPositions(
          run.dialect,
          eb
            .selectFrom("message as m")
            .select("m.position")
            .where("m.lane", "=", p.queue)
            .where(QUEUED)
            .where("m.due_at", "<=", p.now)
            .where((on) => on.or([on("m.lease_until", "is", null), on("m.lease_until", "<=", p.now)]))
            .where(isUnheld)
            .orderBy(BY_ACT)
            .orderBy("m.position")
            .limit(bounded ? countRoom(db, p) : p.limit),
        ),
      )
      .returningAll(),
  );
}

/** Counts the free slots. At least zero: a negative limit is no limit in SQLite, an error in Postgres. */
function countRoom(db: Sql, p: LeaseJobsParams) {
  const running = db
    .selectFrom("message as r")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("r.lane", "=", p.queue)
    .where(sql<SqlBool>`r.state = 'queued' and r.lease_owner is not null`)
    .where("r.lease_until", ">", p.now);
  return sql<number>`(select case when free < 0 then 0 when free < ${p.limit} then free else ${p.limit} end from (select ${p.atOnce} - (${running}) as free) as room)`;
}

function createParkedLeaseCompiler(db: Sql, run: Run) {
  return compileOnce<LeaseParkedJobsParams>((p) =>
    db
      .updateTable("message")
      .set({ lease_owner: p.owner, lease_until: p.leaseUntil })
      .where((eb) =>
        matchPositions(
          run.dialect,
          eb
            .selectFrom("message as m")
            .select("m.position")
            .where("m.lane", "=", "accounting")
            .where(PARKED)
            .where((on) =>
              on.or([
                on("m.lease_until", "is", null),
                on("m.lease_until", "<=", p.now),
                on("m.lease_owner", "=", p.owner),
              ]),
            )
            .where("m.endpoint", "not in", (stopped) =>
              stopped.selectFrom("endpoint").select("name").where("stopped_at", "is not", null),
            )
            .orderBy("m.position")
            .limit(p.limit),
        ),
      )
      .returningAll(),
  );
}

interface RenewParams {
  readonly jobId: string;
  readonly owner: string;
  readonly leaseUntil: number;
  readonly progress: string;
}

function createRenewCompiler(db: Sql) {
  return compileOnce<RenewParams>((p) =>
    db
      .updateTable("message")
      .set({ lease_until: p.leaseUntil, journal: p.progress })
      .where("id", "=", p.jobId)
      .where("lease_owner", "=", p.owner)
      .where("state", "=", "queued")
      .returning("id"),
  );
}

/**
 * Finds the time of the next lease: the first due time of a free job, or lease end. Held jobs do not
 * count: an earlier job of the order key goes first, or the destination is stopped. So at a past time a lease always
 * finds a job, and a sleeping caller cannot spin. A commit frees a held job; after a commit the caller asks again.
 */
function createNextDueCompiler(db: Sql) {
  return compileOnce<{ queue: Queue }>((p) => {
    const free = db
      .selectFrom("message as m")
      .select("m.due_at as due")
      .where("m.lane", "=", p.queue)
      .where(OPEN)
      .where(QUEUED)
      .where("m.lease_owner", "is", null)
      .where(isUnheld)
      .orderBy("m.due_at")
      .limit(1);
    const leased = db
      .selectFrom("message as m")
      .select(sql<number>`case when m.lease_until > m.due_at then m.lease_until else m.due_at end`.as("due"))
      .where("m.lane", "=", p.queue)
      .where(QUEUED)
      .where("m.lease_owner", "is not", null)
      .where(isUnheld)
      .orderBy("m.lease_until")
      .limit(1);
    return db
      .selectFrom(free.as("free"))
      .select("due")
      .unionAll(db.selectFrom(leased.as("leased")).select("due"));
  });
}

/** True for a job `m` with an open destination. No job of its order key may go first, unless `m` has begun. */
function isUnheld(eb: ExpressionBuilder<Database & { m: Database["message"] }, "m">): Expression<SqlBool> {
  const other = eb
    .selectFrom("message as o")
    .select("o.position")
    .where(sql<SqlBool>`o.state in ('queued', 'parked')`)
    .whereRef("o.lane", "=", "m.lane")
    .whereRef("o.queue_key", "=", "m.queue_key")
    .whereRef("o.position", "<>", "m.position")
    .where(sql<SqlBool>`(o.position < m.position or o.state = 'parked' or o.lease_owner is not null)`);
  const stopped = eb.selectFrom("endpoint").select("name").where("stopped_at", "is not", null);
  const first = eb.or([eb("m.lease_owner", "is not", null), eb.not(eb.exists(other))]);
  return eb.and([eb("m.endpoint", "not in", stopped), first]);
}
