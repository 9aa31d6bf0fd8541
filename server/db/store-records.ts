import { formatIdCursor, formatPositionCursor, readId, readPosition } from "../../core/relay/cursor.ts";
import type { LastSeen, Store } from "../../core/store.ts";
import { compileOnce, type Sql, selectActPosition } from "./compile.ts";
import { toPage } from "./page.ts";
import { toAttempt, toBytes, toCounterparty, toInboxEntry, toJob } from "./rows.ts";
import type { Run } from "./run.ts";
import type { Row } from "./schema.ts";

export function createSqlJobs(db: Sql, run: Run): Pick<Store, "getJob" | "listJobs" | "listAttempts" | "listDeadJobs"> {
  const all = db.selectFrom("message").selectAll();
  const byId = compileOnce<{ id: string }>((p) => all.where("id", "=", p.id));
  const attempts = compileOnce<{ id: string }>((p) =>
    db.selectFrom("attempt").selectAll().where("message_id", "=", p.id).orderBy("n"),
  );
  const dead = compileOnce<{ since: number; limit: number }>((p) =>
    all.where("state", "=", "dead").where("created_at", ">=", p.since).orderBy("position").limit(p.limit),
  );
  return {
    async getJob(id) {
      return (await run.read<Row<"message">>(byId({ id }))).map(toJob)[0] ?? null;
    },
    async listJobs({ queue, state, actId, cursor, limit }) {
      const before = readPosition("messages", cursor);
      let query = all;
      if (before !== null) query = query.where("position", "<", before);
      if (queue !== undefined) query = query.where("lane", "=", queue);
      if (state !== undefined) query = query.where("state", "=", state);
      if (actId !== undefined) query = query.where("act", "=", selectActPosition(db, actId));
      const rows = await run.read<Row<"message">>(
        query
          .orderBy("position", "desc")
          .limit(limit + 1)
          .compile(),
      );
      return toPage(rows, limit, toJob, ({ position }) => formatPositionCursor("messages", position));
    },
    async listAttempts(jobId) {
      return (await run.read<Row<"attempt">>(attempts({ id: jobId }))).map(toAttempt);
    },
    async listDeadJobs(params) {
      return (await run.read<Row<"message">>(dead(params))).map(toJob);
    },
  };
}

export function createSqlInbox(db: Sql, run: Run): Pick<Store, "getInboxEntry" | "listInbox"> {
  const all = db.selectFrom("inbox").selectAll();
  const byWebhookId = compileOnce<{ key: string }>((p) => all.where("claim_key", "=", p.key));
  return {
    async getInboxEntry(source, webhookId) {
      const rows = await run.read<Row<"inbox">>(byWebhookId({ key: `${source}:${webhookId}` }));
      return rows.map(toInboxEntry)[0] ?? null;
    },
    async listInbox({ cursor, limit }) {
      const before = readId("inbox", cursor);
      const query = before === null ? all : all.where("id", "<", before);
      const rows = await run.read<Row<"inbox">>(
        query
          .orderBy("id", "desc")
          .limit(limit + 1)
          .compile(),
      );
      return toPage(rows, limit, toInboxEntry, ({ id }) => formatIdCursor("inbox", id));
    },
  };
}

export function createSqlRecords(
  db: Sql,
  run: Run,
): Pick<Store, "getCounterparty" | "getForm" | "getDestination" | "getLastSeen"> {
  const counterparty = compileOnce<{ key: string }>((p) =>
    db.selectFrom("counterparty").selectAll().where("key", "=", p.key),
  );
  const destination = compileOnce<{ name: string }>((p) =>
    db.selectFrom("endpoint").selectAll().where("name", "=", p.name),
  );
  const lastSeen = compileOnce<{ name: string }>((p) => db.selectFrom("visit").selectAll().where("name", "=", p.name));
  const forms = { shown: createFormReader(db, "form"), accepted: createFormReader(db, "accepted_form") };
  return {
    async getCounterparty(key) {
      return (await run.read<Row<"counterparty">>(counterparty({ key }))).map(toCounterparty)[0] ?? null;
    },
    async getForm(actId, kind = "shown") {
      const [row] = await run.read<Row<"form"> & { prefix: Uint8Array | null }>(forms[kind]({ actId }));
      if (row === undefined) return null;
      const { sha256, bytes, prefix_hash: hash, prefix: data } = row;
      const prefix = hash === null || data === null ? null : { hash, data: toBytes(data) };
      return { actId, sha256, bytes, prefix, tail: toBytes(row.tail) };
    },
    async getDestination(name) {
      const [row] = await run.read<Row<"endpoint">>(destination({ name }));
      return { name, stoppedAt: row?.stopped_at ?? null, reason: row?.reason ?? null };
    },
    async getLastSeen(name) {
      const [row] = await run.read<Row<"visit">>(lastSeen({ name }));
      return row === undefined ? null : { name, at: row.at, report: JSON.parse(row.said) as LastSeen["report"] };
    },
  };
}

function createFormReader(db: Sql, table: "form" | "accepted_form") {
  return compileOnce<{ actId: string }>((p) =>
    db
      .selectFrom(`${table} as form`)
      .leftJoin("form_prefix", "form_prefix.hash", "form.prefix_hash")
      .selectAll("form")
      .select("form_prefix.data as prefix")
      .where("form.act_id", "=", p.actId),
  );
}
