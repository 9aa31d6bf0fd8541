import { idCursor, positionCursor, readId, readPosition } from "../../core/relay/cursor.ts";
import type { Store, Visit } from "../../core/store.ts";
import type { Sql } from "./compile.ts";
import { actPosition, once } from "./compile.ts";
import { pageOf } from "./page.ts";
import { toAttempt, toBytes, toCounterparty, toEntry, toMessage } from "./rows.ts";
import type { Run } from "./run.ts";
import type { Row } from "./schema.ts";

/** What the store tells of messages. */
export function sqlMessages(db: Sql, run: Run): Pick<Store, "message" | "messages" | "attempts" | "deadMessages"> {
  const all = db.selectFrom("message").selectAll();
  const byId = once<{ id: string }>((p) => all.where("id", "=", p.id));
  const attempts = once<{ id: string }>((p) =>
    db.selectFrom("attempt").selectAll().where("message_id", "=", p.id).orderBy("n"),
  );
  const dead = once<{ since: number; limit: number }>((p) =>
    all.where("state", "=", "dead").where("created_at", ">=", p.since).orderBy("position").limit(p.limit),
  );
  return {
    async message(id) {
      return (await run.read<Row<"message">>(byId({ id }))).map(toMessage)[0] ?? null;
    },
    async messages({ lane, state, actId, cursor, limit }) {
      const before = readPosition("messages", cursor);
      let query = all;
      if (before !== null) query = query.where("position", "<", before);
      if (lane !== undefined) query = query.where("lane", "=", lane);
      if (state !== undefined) query = query.where("state", "=", state);
      if (actId !== undefined) query = query.where("act", "=", actPosition(db, actId));
      const rows = await run.read<Row<"message">>(
        query
          .orderBy("position", "desc")
          .limit(limit + 1)
          .compile(),
      );
      return pageOf(rows, limit, toMessage, ({ position }) => positionCursor("messages", position));
    },
    async attempts(messageId) {
      return (await run.read<Row<"attempt">>(attempts({ id: messageId }))).map(toAttempt);
    },
    async deadMessages(params) {
      return (await run.read<Row<"message">>(dead(params))).map(toMessage);
    },
  };
}

/** What the store tells of received events. */
export function sqlInbox(db: Sql, run: Run): Pick<Store, "inboxClaim" | "inbox"> {
  const all = db.selectFrom("inbox").selectAll();
  const claim = once<{ key: string }>((p) => all.where("claim_key", "=", p.key));
  return {
    async inboxClaim(source, webhookId) {
      return (await run.read<Row<"inbox">>(claim({ key: `${source}:${webhookId}` }))).map(toEntry)[0] ?? null;
    },
    async inbox({ cursor, limit }) {
      const before = readId("inbox", cursor);
      const query = before === null ? all : all.where("id", "<", before);
      const rows = await run.read<Row<"inbox">>(
        query
          .orderBy("id", "desc")
          .limit(limit + 1)
          .compile(),
      );
      return pageOf(rows, limit, toEntry, ({ id }) => idCursor("inbox", id));
    },
  };
}

/** What the store tells of counterparties, printed forms, endpoints and their visits. */
export function sqlRecords(db: Sql, run: Run): Pick<Store, "counterparty" | "form" | "endpoint" | "visit"> {
  const counterparty = once<{ key: string }>((p) => db.selectFrom("counterparty").selectAll().where("key", "=", p.key));
  const endpoint = once<{ name: string }>((p) => db.selectFrom("endpoint").selectAll().where("name", "=", p.name));
  const visit = once<{ name: string }>((p) => db.selectFrom("visit").selectAll().where("name", "=", p.name));
  const form = once<{ actId: string }>((p) =>
    db
      .selectFrom("form")
      .leftJoin("form_prefix", "form_prefix.hash", "form.prefix_hash")
      .selectAll("form")
      .select("form_prefix.data as prefix")
      .where("form.act_id", "=", p.actId),
  );
  return {
    async counterparty(key) {
      return (await run.read<Row<"counterparty">>(counterparty({ key }))).map(toCounterparty)[0] ?? null;
    },
    async form(actId) {
      const [row] = await run.read<Row<"form"> & { prefix: Uint8Array | null }>(form({ actId }));
      if (row === undefined) return null;
      const { sha256, bytes, prefix_hash: hash, prefix: data } = row;
      const prefix = hash === null || data === null ? null : { hash, data: toBytes(data) };
      return { actId, sha256, bytes, prefix, tail: toBytes(row.tail) };
    },
    async endpoint(name) {
      const [row] = await run.read<Row<"endpoint">>(endpoint({ name }));
      return { name, stoppedAt: row?.stopped_at ?? null, reason: row?.reason ?? null };
    },
    async visit(name) {
      const [row] = await run.read<Row<"visit">>(visit({ name }));
      return row === undefined ? null : { name, at: row.at, said: JSON.parse(row.said) as Visit["said"] };
    },
  };
}
