import { sql } from "kysely";
import type { Act } from "../../core/act.ts";
import type { PlainDate } from "../../core/date.ts";
import { positionCursor, readPosition } from "../../core/relay/cursor.ts";
import type { Store } from "../../core/store.ts";
import type { Sql } from "./compile.ts";
import { actPosition, once } from "./compile.ts";
import { pageOf } from "./page.ts";
import { toAct, toEvent } from "./rows.ts";
import type { Run } from "./run.ts";
import type { Row } from "./schema.ts";

type ActReads =
  | "act"
  | "actByPayout"
  | "actByPaymentOrder"
  | "acts"
  | "events"
  | "lastCovered"
  | "actsAwaitingPayment"
  | "unannouncedProblems"
  | "stalledActs";

type Limits = { readonly before: number; readonly limit: number };
type Covered = Parameters<Store["lastCovered"]>[0];
type Awaiting = Parameters<Store["actsAwaitingPayment"]>[0];

/** What the store tells of acts and their history. */
export function sqlActs(db: Sql, run: Run): Pick<Store, ActReads> {
  const query = actQueries(db);
  const many = async (rows: Promise<readonly Row<"act">[]>): Promise<readonly Act[]> => (await rows).map(toAct);
  const one = async (rows: Promise<readonly Row<"act">[]>): Promise<Act | null> => (await many(rows))[0] ?? null;
  return {
    act: (id) => one(run.read(query.byId({ id }))),
    actByPayout: (payoutId) => one(run.read(query.byPayout({ payoutId }))),
    actByPaymentOrder: (ref) => one(run.read(query.byPaymentOrder({ ref }))),
    acts: actListing(db, run),
    async events(actId) {
      const rows = await run.read<Row<"act_event">>(query.events({ actId }));
      return rows.map((row) => toEvent(actId, row));
    },
    async lastCovered(params) {
      const rows = await run.read<{ day: PlainDate | null }>(query.lastCovered(params));
      return rows[0]?.day ?? null;
    },
    actsAwaitingPayment: (params) => many(run.read(query.awaitingPayment(params))),
    unannouncedProblems: (params) => many(run.read(query.unannounced(params))),
    stalledActs: (params) => many(run.read(query.stalled(params))),
  };
}

function actQueries(db: Sql) {
  const acts = db.selectFrom("act").selectAll();
  return {
    byId: once<{ id: string }>((p) => acts.where("id", "=", p.id)),
    byPayout: once<{ payoutId: string }>((p) =>
      acts.where("payout_id", "=", p.payoutId).orderBy("revision", "desc").limit(1),
    ),
    byPaymentOrder: once<{ ref: string }>((p) =>
      acts.where("id", "in", (eb) => eb.selectFrom("payment_order").select("act_id").where("ref", "=", p.ref)),
    ),
    events: once<{ actId: string }>((p) =>
      db.selectFrom("act_event").selectAll().where("act", "=", actPosition(db, p.actId)).orderBy("seq"),
    ),
    lastCovered: lastCovered(db),
    // Literals, where a partial index stands on the same words.
    awaitingPayment: once<Awaiting>((p) =>
      acts.where(sql<boolean>`awaits_payment = 1`).where("id", ">", p.after).orderBy("id").limit(p.limit),
    ),
    unannounced: once<Limits>((p) =>
      acts.where("unannounced_since", "<", p.before).orderBy("unannounced_since").orderBy("id").limit(p.limit),
    ),
    stalled: once<Limits>((p) =>
      acts
        .where("problem_code", "is", null)
        .where("id", "in", (eb) =>
          eb
            .selectFrom("message")
            .select("act_id")
            .where(sql<boolean>`state in ('queued', 'parked')`)
            .where("lane", "=", "accounting")
            .where("due_at", "<", p.before)
            .where("act_id", "is not", null),
        )
        .orderBy("id")
        .limit(p.limit),
    ),
  };
}

/** Two searches, each the last entry of an index; one search with «or» would read all acts that cover anything. */
function lastCovered(db: Sql) {
  return once<Covered>((p) => {
    const latest = db
      .selectFrom("act")
      .select("covered_to as day")
      .where("covered_to", "is not", null)
      .where("id", "<>", p.exceptActId)
      .orderBy("covered_to", "desc")
      .limit(1);
    const byRef = latest.where("counterparty_ref", "=", p.counterpartyRef).as("by_ref");
    const byKey = latest.where("counterparty_key", "=", p.counterpartyKey).as("by_key");
    const both = db.selectFrom(byRef).select("day").unionAll(db.selectFrom(byKey).select("day"));
    return db.selectFrom(both.as("latest")).select((eb) => eb.fn.max("day").as("day"));
  });
}

function actListing(db: Sql, run: Run): Store["acts"] {
  return async ({ status, inn, payoutId, problem, cursor, limit }) => {
    const before = readPosition("acts", cursor);
    let query = db.selectFrom("act").selectAll();
    if (before !== null) query = query.where("position", "<", before);
    if (status !== undefined) query = query.where("status", "=", status);
    if (inn !== undefined) query = query.where("inn", "=", inn);
    if (payoutId !== undefined) query = query.where("payout_id", "=", payoutId);
    if (problem !== undefined) query = query.where("problem_code", problem ? "is not" : "is", null);
    const rows = await run.read<Row<"act">>(
      query
        .orderBy("position", "desc")
        .limit(limit + 1)
        .compile(),
    );
    return pageOf(rows, limit, toAct, ({ position }) => positionCursor("acts", position));
  };
}
