import type { Expression, ExpressionBuilder, SelectQueryBuilder, SqlBool } from "kysely";
import { sql } from "kysely";
import type { Queue } from "../../core/job.ts";
import type { LeaseJobsParams, LeaseParkedJobsParams, Store } from "../../core/store.ts";
import type { Sql } from "./compile.ts";
import { compileOnce } from "./compile.ts";
import type { Dialect, SqlQuery } from "./driver.ts";
import { toJob } from "./rows.ts";
import type { Run } from "./run.ts";
import type { Database, Row } from "./schema.ts";

/** Conditions of the partial indexes, literally: a database does not use such an index for a parameter. */
const QUEUED = sql<SqlBool>`m.state = 'queued'`;
const PARKED = sql<SqlBool>`m.state = 'parked'`;
const OPEN = sql<SqlBool>`m.state in ('queued', 'parked')`;

/** First key of the advisory locks that claims take: any number that no other lock of this database uses. */
const CLAIM_LOCK = 0x1c0;

/** The part of the store that hands out work. */
export function createSqlQueue(
  db: Sql,
  run: Run,
): Pick<Store, "leaseJobs" | "leaseParkedJobs" | "renewLease" | "getNextDue"> {
  const claim = createLeaseCompiler(db, run, false);
  const claimBounded = createLeaseCompiler(db, run, true);
  const claimParked = createParkedLeaseCompiler(db, run);
  const renew = createRenewCompiler(db);
  const nextDue = createNextDueCompiler(db);
  return {
    async leaseJobs(params) {
      const update = (params.atOnce === undefined ? claim : claimBounded)(params);
      const rows = await run.write<Row<"message">>(...createTurnLock(run.dialect, params.queue), update);
      // RETURNING promises no order.
      return [...rows].sort((a, b) => a.position - b.position).map(toJob);
    },
    async leaseParkedJobs(params) {
      const rows = await run.write<Row<"message">>(claimParked(params));
      return [...rows].sort((a, b) => a.position - b.position).map(toJob);
    },
    async renewLease({ jobId, owner, leaseUntil, progress }) {
      const rows = await run.write(renew({ messageId: jobId, owner, leaseUntil, journal: JSON.stringify(progress) }));
      return rows.length > 0;
    },
    async getNextDue(lane) {
      const rows = await run.read<{ due: number | null }>(nextDue({ lane }));
      const times = rows.flatMap(({ due }) => due ?? []);
      return times.length === 0 ? null : Math.min(...times);
    },
  };
}

/** Numbers of the lanes in the lock of {@link createTurnLock}. */
const LANE_LOCKS: Readonly<Record<Queue, number>> = { accounting: 1, webhook: 2 };

/**
 * What comes before a claim. In SQLite each statement sees all that was written before it. In Postgres two claims at
 * once would not see each other's leases, and both could take the last free slot, or two messages of one key where an
 * older one has just been put back: so claims of a lane take turns, and each sees what the former has written.
 */
function createTurnLock(dialect: Dialect, lane: Queue): readonly SqlQuery[] {
  if (dialect === "sqlite") return [];
  return [{ sql: "select pg_advisory_xact_lock($1, $2)", parameters: [CLAIM_LOCK, LANE_LOCKS[lane]] }];
}

type Positions = SelectQueryBuilder<Database & { m: Database["message"] }, "m", { position: number }>;

/**
 * The rows that a claim takes. Postgres may run a subquery after IN once for each row of the table, and each time the
 * rows that are locked already are skipped and others are found, far beyond the limit; into an array it is run once.
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
            .orderBy("m.position")
            .limit(bounded ? countRoom(db, p) : p.limit),
        ),
      )
      .returningAll(),
  );
}

/** How many messages may be leased now. Never below zero, which SQLite takes for no limit and Postgres for a mistake. */
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
  readonly messageId: string;
  readonly owner: string;
  readonly leaseUntil: number;
  readonly journal: string;
}

function createRenewCompiler(db: Sql) {
  return compileOnce<RenewParams>((p) =>
    db
      .updateTable("message")
      .set({ lease_until: p.leaseUntil, journal: p.journal })
      .where("id", "=", p.messageId)
      .where("lease_owner", "=", p.owner)
      .where("state", "=", "queued")
      .returning("id"),
  );
}

/**
 * When a claim will find something: the least due time of free messages, or the least end of a running lease. Messages
 * that a claim would not give, since another one of their key goes before or their endpoint is stopped, do not count.
 * So a time that has come always means that a claim finds work, and whoever sleeps until it cannot spin; a held message
 * becomes due by the commit that lets it go, after which the caller asks again.
 */
function createNextDueCompiler(db: Sql) {
  return compileOnce<{ lane: Queue }>((p) => {
    const free = db
      .selectFrom("message as m")
      .select("m.due_at as due")
      .where("m.lane", "=", p.lane)
      .where(OPEN)
      .where(QUEUED)
      .where("m.lease_owner", "is", null)
      .where(isUnheld)
      .orderBy("m.due_at")
      .limit(1);
    const leased = db
      .selectFrom("message as m")
      .select(sql<number>`case when m.lease_until > m.due_at then m.lease_until else m.due_at end`.as("due"))
      .where("m.lane", "=", p.lane)
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

/** Nothing stands before message `m`: no other message of its key, unless `m` itself has begun, and no stopped endpoint. */
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
