import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import { sql } from "kysely";
import type { Lane } from "../../core/relay/message.ts";
import type { ClaimParams, ClaimParkedParams, Store } from "../../core/store.ts";
import type { Sql } from "./compile.ts";
import { once } from "./compile.ts";
import { toMessage } from "./rows.ts";
import type { Run } from "./run.ts";
import type { Database, Row } from "./schema.ts";

/** Conditions of the partial indexes, literally: a database does not use such an index for a parameter. */
const QUEUED = sql<SqlBool>`m.state = 'queued'`;
const PARKED = sql<SqlBool>`m.state = 'parked'`;
const OPEN = sql<SqlBool>`m.state in ('queued', 'parked')`;

/** The part of the store that hands out work. */
export function sqlQueue(db: Sql, run: Run): Pick<Store, "claim" | "claimParked" | "renew" | "nextDue"> {
  const claim = claimCompiler(db, run);
  const claimParked = claimParkedCompiler(db, run);
  const renew = renewCompiler(db);
  const nextDue = nextDueCompiler(db);
  return {
    async claim(params) {
      const rows = await run.write<Row<"message">>(claim(params));
      // RETURNING promises no order.
      return [...rows].sort((a, b) => a.position - b.position).map(toMessage);
    },
    async claimParked(params) {
      const rows = await run.write<Row<"message">>(claimParked(params));
      return [...rows].sort((a, b) => a.position - b.position).map(toMessage);
    },
    async renew({ messageId, owner, leaseUntil, journal }) {
      const rows = await run.write(renew({ messageId, owner, leaseUntil, journal: JSON.stringify(journal) }));
      return rows.length > 0;
    },
    async nextDue(lane) {
      const rows = await run.read<{ due: number | null }>(nextDue({ lane }));
      const times = rows.flatMap(({ due }) => due ?? []);
      return times.length === 0 ? null : Math.min(...times);
    },
  };
}

function claimCompiler(db: Sql, run: Run) {
  return once<ClaimParams>((p) =>
    db
      .updateTable("message")
      .set({
        lapsed: sql<0 | 1>`case when lease_owner is null then lapsed else 1 end`,
        lease_owner: p.owner,
        lease_until: p.leaseUntil,
      })
      .where("position", "in", (eb) =>
        eb
          .selectFrom("message as m")
          .select("m.position")
          .where("m.lane", "=", p.lane)
          .where(QUEUED)
          .where("m.due_at", "<=", p.now)
          .where((on) => on.or([on("m.lease_until", "is", null), on("m.lease_until", "<=", p.now)]))
          .where(unheld)
          .orderBy("m.position")
          .limit(p.limit)
          .$if(run.dialect === "postgres", (query) => query.forUpdate().skipLocked()),
      )
      .returningAll(),
  );
}

function claimParkedCompiler(db: Sql, run: Run) {
  return once<ClaimParkedParams>((p) =>
    db
      .updateTable("message")
      .set({ lease_owner: p.owner, lease_until: p.leaseUntil })
      .where("position", "in", (eb) =>
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
          .limit(p.limit)
          .$if(run.dialect === "postgres", (query) => query.forUpdate().skipLocked()),
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

function renewCompiler(db: Sql) {
  return once<RenewParams>((p) =>
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
 * that a claim would not give, since an earlier one of their key is open or their endpoint is stopped, do not count.
 * So a time that has come always means that a claim finds work, and whoever sleeps until it cannot spin; a held message
 * becomes due by the commit that lets it go, after which the caller asks again.
 */
function nextDueCompiler(db: Sql) {
  return once<{ lane: Lane }>((p) => {
    const free = db
      .selectFrom("message as m")
      .select("m.due_at as due")
      .where("m.lane", "=", p.lane)
      .where(OPEN)
      .where(QUEUED)
      .where("m.lease_owner", "is", null)
      .where(unheld)
      .orderBy("m.due_at")
      .limit(1);
    const leased = db
      .selectFrom("message as m")
      .select(sql<number>`case when m.lease_until > m.due_at then m.lease_until else m.due_at end`.as("due"))
      .where("m.lane", "=", p.lane)
      .where(QUEUED)
      .where("m.lease_owner", "is not", null)
      .where(unheld)
      .orderBy("m.lease_until")
      .limit(1);
    return db
      .selectFrom(free.as("free"))
      .select("due")
      .unionAll(db.selectFrom(leased.as("leased")).select("due"));
  });
}

/** Nothing stands before message `m`: no earlier open message of its key, no stopped endpoint. */
function unheld(eb: ExpressionBuilder<Database & { m: Database["message"] }, "m">): Expression<SqlBool> {
  const earlier = eb
    .selectFrom("message as earlier")
    .select("earlier.position")
    .where(sql<SqlBool>`earlier.state in ('queued', 'parked')`)
    .whereRef("earlier.lane", "=", "m.lane")
    .whereRef("earlier.queue_key", "=", "m.queue_key")
    .whereRef("earlier.position", "<", "m.position");
  const stopped = eb.selectFrom("endpoint").select("name").where("stopped_at", "is not", null);
  return eb.and([eb("m.endpoint", "not in", stopped), eb.not(eb.exists(earlier))]);
}
