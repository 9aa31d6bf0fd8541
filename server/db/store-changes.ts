import type { Expression, InsertQueryBuilder, InsertResult } from "kysely";
import { sql } from "kysely";
import type { Act } from "../../core/act.ts";
import type { Attempt, JobState } from "../../core/job.ts";
import type { Release, StoredForm, Write } from "../../core/store.ts";
import type { Sql } from "./compile.ts";
import { compileOnce, insertOnce } from "./compile.ts";
import type { SqlQuery } from "./driver.ts";
import { toActRow, toAttemptRow, toCounterpartyRow, toEventRow, toInboxRow, toJobRow } from "./rows.ts";
import type { Database, NewRow } from "./schema.ts";

/** Makes the function that turns a change into the statements of its batch. */
export function createWriteCompiler(db: Sql): (change: Write) => readonly SqlQuery[] {
  const event = insertOnce(db, "act_event");
  const message = insertOnce(db, "message");
  const inbox = insertOnce(db, "inbox");
  const act = upsertOnce(db, "act", "id");
  const order = insertOnce(db, "payment_order", (query) => query.onConflict((on) => on.column("ref").doNothing()));
  const counterparty = upsertOnce(db, "counterparty", "key");
  const endpoint = upsertOnce(db, "endpoint", "name");
  const visit = upsertOnce(db, "visit", "name");
  const forgotten = compileOnce<{ at: number }>((p) => db.deleteFrom("taken_key").where("until", "<=", p.at));
  const taken = insertOnce(db, "taken_key");
  const form = createFormCompiler(db);
  const settle = createReleaseCompiler(db);
  return (change) => {
    switch (change.type) {
      case "act":
        return [act(toActRow(change.act)), ...toPaymentOrderRows(change.act).map(order)];
      case "event":
        return [event(toEventRow(change.event))];
      case "job":
        return [message(toJobRow(change.job))];
      case "release":
        return settle(change.release);
      case "requeue":
        // Of no state: an empty list is no SQL.
        return change.from.length === 0 ? [] : [requeue(db, change)];
      case "inbox":
        return [inbox(toInboxRow(change.entry, change.claimsId))];
      case "form":
        return form(change.form);
      case "counterparty":
        return [counterparty(toCounterpartyRow(change.counterparty))];
      case "destination": {
        const { name, stoppedAt, reason } = change.destination;
        return [endpoint({ name, stopped_at: stoppedAt, reason })];
      }
      case "last_seen":
        return [
          visit({ name: change.lastSeen.name, at: change.lastSeen.at, said: JSON.stringify(change.lastSeen.report) }),
        ];
      case "once":
        return [forgotten({ at: change.at }), taken({ key: change.key, until: change.until })];
    }
  };
}

function toPaymentOrderRows({ id, paymentOrder }: Act): NewRow<"payment_order">[] {
  return paymentOrder === null ? [] : [{ ref: paymentOrder.ref, act_id: id }];
}

interface SettleParams {
  readonly id: string;
  readonly owner: string;
  readonly state: JobState;
  readonly dueAt: number;
  readonly awaiting: string | null;
  readonly journal: string;
  readonly made: number;
}

/**
 * The message first, so that a lost lease breaks its guard; then the attempts, whose key is the second lock and whose
 * foreign key is the third: a message that is gone has no row for the guard to speak up.
 */
function createReleaseCompiler(db: Sql): (settlement: Release) => readonly SqlQuery[] {
  const settle = createJobUpdateCompiler(db);
  const attempt = insertOnce(db, "attempt");
  const forget = compileOnce<{ id: string }>((p) =>
    db.deleteFrom("attempt").where("message_id", "=", p.id).where("n", "=", PROBE.n),
  );
  return ({ jobId, owner, state, dueAt, awaiting = null, progress, attempts }) => {
    const made = attempts.map((each) => attempt(toAttemptRow(each)));
    const probe = [attempt(toAttemptRow({ ...PROBE, jobId })), forget({ id: jobId })];
    return [
      settle({ id: jobId, owner, state, dueAt, awaiting, journal: JSON.stringify(progress), made: made.length }),
      ...(made.length > 0 ? made : probe),
    ];
  };
}

/** Written and deleted where no attempt is kept, for the sake of its foreign key. */
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

function createJobUpdateCompiler(db: Sql): (params: SettleParams) => SqlQuery {
  return compileOnce<SettleParams>((p) =>
    db
      .updateTable("message")
      .set((eb) => ({
        state: p.state,
        due_at: p.dueAt,
        awaiting: p.awaiting,
        journal: p.journal,
        attempts: eb("attempts", "+", p.made),
        lease_owner: null,
        lease_until: null,
        lapsed: 0,
        lease_guard: sql<number>`case when lease_owner = ${p.owner} and state = 'queued' then 1 end`,
      }))
      .where("id", "=", p.id),
  );
}

function requeue(db: Sql, change: Extract<Write, { type: "requeue" }>): SqlQuery {
  const { awaiting } = change;
  return db
    .updateTable("message")
    .set({
      state: "queued",
      due_at: change.dueAt,
      awaiting: null,
      ...(change.progress === undefined ? {} : { journal: JSON.stringify(change.progress) }),
      ...(change.restart ? { attempts_before: sql<number>`attempts` } : {}),
      // Whoever held the lease may be calling outside right now: the next claim must know.
      lapsed: sql<0 | 1>`case when lease_owner is null or state <> 'queued' then lapsed else 1 end`,
      lease_owner: null,
      lease_until: null,
    })
    .where("id", "=", change.jobId)
    .where("state", "in", change.from)
    .$if(awaiting !== undefined, (query) => query.where("awaiting", "=", awaiting as string))
    .compile();
}

function createFormCompiler(db: Sql): (form: StoredForm) => readonly SqlQuery[] {
  const form = upsertOnce(db, "form", "act_id");
  const prefix = insertOnce(db, "form_prefix", (query) => query.onConflict((on) => on.column("hash").doNothing()));
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

/** Inserts a row, or writes all its columns over the row with the same key. */
function upsertOnce<T extends "act" | "counterparty" | "endpoint" | "form" | "visit">(
  db: Sql,
  table: T,
  key: "id" | "key" | "name" | "act_id",
): (row: NewRow<T>) => SqlQuery {
  let upsert: ((row: NewRow<T>) => SqlQuery) | undefined;
  return (row) => {
    upsert ??= insertOnce(db, table, overwrite(Object.keys(row), key));
    return upsert(row);
  };
}

function overwrite<T extends keyof Database>(columns: readonly string[], key: string) {
  const values = columns.map((column): [string, Expression<unknown>] => [
    column,
    sql`${sql.ref(`excluded.${column}`)}`,
  ]);
  // Which columns a table has is known here only as a list, so the query is typed loosely in this one place.
  return (query: InsertQueryBuilder<Database, T, InsertResult>) =>
    (query as unknown as InsertQueryBuilder<Record<string, Record<string, unknown>>, string, InsertResult>).onConflict(
      (on) => on.column(key as never).doUpdateSet(Object.fromEntries(values) as never),
    );
}
