import { type Expression, type InsertQueryBuilder, type InsertResult, type SqlBool, sql } from "kysely";
import type { Act } from "../../core/act.ts";
import type { Attempt, JobState } from "../../core/job.ts";
import type { Release, StoredForm, Write } from "../../core/store.ts";
import { compileOnce, insertOnce, type Sql } from "./compile.ts";
import type { SqlQuery } from "./driver.ts";
import { toActRow, toAttemptRow, toCounterpartyRow, toEventRow, toInboxRow, toJobRow } from "./rows.ts";
import type { Database, NewRow } from "./schema.ts";

export function createWriteCompiler(db: Sql): (write: Write) => readonly SqlQuery[] {
  const event = insertOnce(db, "act_event", { actPositions: ["act"] });
  const job = insertOnce(db, "message", { actPositions: ["act"] });
  const inbox = insertOnce(db, "inbox");
  const act = upsertOnce(db, "act", "id");
  const order = insertOnce(db, "payment_order", {
    finish: (query) => query.onConflict((on) => on.column("ref").doNothing()),
  });
  const counterparty = upsertOnce(db, "counterparty", "key");
  const destination = upsertOnce(db, "endpoint", "name");
  const lastSeen = upsertOnce(db, "visit", "name");
  const forgetKeys = compileOnce<{ at: number }>((p) => db.deleteFrom("taken_key").where("until", "<=", p.at));
  const takeKey = insertOnce(db, "taken_key");
  const forms = { shown: createFormCompiler(db, "form"), accepted: createFormCompiler(db, "accepted_form") };
  const release = createReleaseCompiler(db);
  const setBack = createSetBackCompiler(db);
  return (write) => {
    switch (write.type) {
      case "act":
        return [act(toActRow(write.act)), ...toPaymentOrderRows(write.act).map(order)];
      case "event":
        return [event(toEventRow(write.event))];
      case "job":
        return [job(toJobRow(write.job))];
      case "release":
        return release(write.release);
      case "requeue":
        // SQL has no empty list.
        return write.from.length === 0 ? [] : [requeue(db, write)];
      case "inbox":
        return [inbox(toInboxRow(write.entry, write.claimsId))];
      case "form":
        return forms[write.kind ?? "shown"](write.form);
      case "counterparty":
        return [counterparty(toCounterpartyRow(write.counterparty))];
      case "destination": {
        const { name, stoppedAt, reason } = write.destination;
        return [destination({ name, stopped_at: stoppedAt, reason })];
      }
      case "last_seen":
        return [
          lastSeen({ name: write.lastSeen.name, at: write.lastSeen.at, said: JSON.stringify(write.lastSeen.report) }),
        ];
      case "set_back":
        return [setBack(write)];
      case "once":
        return [forgetKeys({ at: write.at }), takeKey({ key: write.key, until: write.until })];
    }
  };
}

function toPaymentOrderRows({ id, paymentOrder }: Act): NewRow<"payment_order">[] {
  return paymentOrder === null ? [] : [{ ref: paymentOrder.ref, act_id: id }];
}

interface ReleaseParams {
  readonly id: string;
  readonly owner: string;
  readonly state: JobState;
  readonly dueAt: number;
  readonly awaiting: string | null;
  readonly progress: string;
  readonly made: number;
}

/**
 * Makes the statements of a release. The job comes first: a lost lease breaks the lease guard. The attempts follow: the
 * key is the second lock, the foreign key is the third lock. A deleted job has no row with a guard.
 */
function createReleaseCompiler(db: Sql): (release: Release) => readonly SqlQuery[] {
  const release = createJobUpdateCompiler(db);
  const attempt = insertOnce(db, "attempt");
  const forget = compileOnce<{ id: string }>((p) =>
    db.deleteFrom("attempt").where("message_id", "=", p.id).where("n", "=", PROBE.n),
  );
  return ({ jobId, owner, state, dueAt, awaiting = null, progress, attempts }) => {
    const made = attempts.map((each) => attempt(toAttemptRow(each)));
    const probe = [attempt(toAttemptRow({ ...PROBE, jobId })), forget({ id: jobId })];
    return [
      release({ id: jobId, owner, state, dueAt, awaiting, progress: JSON.stringify(progress), made: made.length }),
      ...(made.length > 0 ? made : probe),
    ];
  };
}

/** Attempt that a release without attempts writes and deletes, to check the foreign key. */
const PROBE: Omit<Attempt, "jobId"> = {
  n: 0,
  startedAt: 0,
  finishedAt: 0,
  outcome: "skipped",
  code: null,
  detail: null,
  status: null,
  response: null,
};

function createJobUpdateCompiler(db: Sql): (params: ReleaseParams) => SqlQuery {
  return compileOnce<ReleaseParams>((p) =>
    db
      .updateTable("message")
      .set((eb) => ({
        state: p.state,
        due_at: p.dueAt,
        awaiting: p.awaiting,
        journal: p.progress,
        attempts: eb("attempts", "+", p.made),
        lease_owner: null,
        lease_until: null,
        lapsed: 0,
        lease_guard: sql<number>`case when lease_owner = ${p.owner} and state = 'queued' then 1 end`,
      }))
      .where("id", "=", p.id),
  );
}

function requeue(db: Sql, write: Extract<Write, { type: "requeue" }>): SqlQuery {
  const { awaiting } = write;
  return db
    .updateTable("message")
    .set({
      state: "queued",
      due_at: write.dueAt,
      awaiting: null,
      ...(write.progress === undefined ? {} : { journal: JSON.stringify(write.progress) }),
      ...(write.restart ? { attempts_before: sql<number>`attempts` } : {}),
      // The former lease holder may be calling outside right now: the next lease must know.
      lapsed: sql<0 | 1>`case when lease_owner is null or state <> 'queued' then lapsed else 1 end`,
      lease_owner: null,
      lease_until: null,
    })
    .where("id", "=", write.jobId)
    .where("state", "in", write.from)
    .$if(awaiting !== undefined, (query) => query.where("awaiting", "=", awaiting as string))
    .compile();
}

/** Compiles once: moves the times after `now` earlier. A null lease stays null. */
function createSetBackCompiler(db: Sql): (params: Omit<Extract<Write, { type: "set_back" }>, "type">) => SqlQuery {
  return compileOnce<{ now: number; by: number; leaseUntil: number }>((p) =>
    db
      .updateTable("message")
      .set({
        due_at: sql<number>`case when due_at - ${p.by} > ${p.now} then due_at - ${p.by} when due_at > ${p.now} then ${p.now} else due_at end`,
        lease_until: sql<number>`case when lease_until > ${p.leaseUntil} then ${p.leaseUntil} else lease_until end`,
      })
      .where(sql<SqlBool>`state in ('queued', 'parked')`)
      .where((on) => on.or([on("due_at", ">", p.now), on("lease_until", ">", p.leaseUntil)])),
  );
}

function createFormCompiler(db: Sql, table: "form" | "accepted_form"): (form: StoredForm) => readonly SqlQuery[] {
  const form = upsertOnce(db, table, "act_id");
  const prefix = insertOnce(db, "form_prefix", {
    finish: (query) => query.onConflict((on) => on.column("hash").doNothing()),
  });
  return (stored) => [
    ...(stored.prefix === null ? [] : [prefix(stored.prefix)]),
    form({
      act_id: stored.actId,
      sha256: stored.sha256,
      bytes: stored.bytes,
      prefix_hash: stored.prefix?.hash ?? null,
      tail: stored.tail,
    }),
  ];
}

/** Compiles once: inserts a row, or overwrites all columns of the row with the same key. */
function upsertOnce<T extends "act" | "counterparty" | "endpoint" | "form" | "accepted_form" | "visit">(
  db: Sql,
  table: T,
  key: "id" | "key" | "name" | "act_id",
): (row: NewRow<T>) => SqlQuery {
  let upsert: ((row: NewRow<T>) => SqlQuery) | undefined;
  return (row) => {
    upsert ??= insertOnce(db, table, { finish: overwrite(Object.keys(row), key) });
    return upsert(row);
  };
}

function overwrite<T extends keyof Database>(columns: readonly string[], key: string) {
  const values = columns.map((column): [string, Expression<unknown>] => [
    column,
    sql`${sql.ref(`excluded.${column}`)}`,
  ]);
  // The columns are only a list here, so the query has a loose type.
  return (query: InsertQueryBuilder<Database, T, InsertResult>) =>
    (query as unknown as InsertQueryBuilder<Record<string, Record<string, unknown>>, string, InsertResult>).onConflict(
      (on) => on.column(key as never).doUpdateSet(Object.fromEntries(values) as never),
    );
}
