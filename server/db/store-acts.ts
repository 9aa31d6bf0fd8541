import { sql } from "kysely";
import type { Act } from "../../core/act.ts";
import type { PlainDate } from "../../core/date.ts";
import { formatPositionCursor, readPosition } from "../../core/relay/cursor.ts";
import type { Store } from "../../core/store.ts";
import { compileOnce, type Sql, selectActPosition } from "./compile.ts";
import { toPage } from "./page.ts";
import { toAct, toEvent } from "./rows.ts";
import type { Run } from "./run.ts";
import type { Row } from "./schema.ts";

type ActReads =
  | "getAct"
  | "getActByPayout"
  | "getActByPaymentOrder"
  | "listActs"
  | "listEvents"
  | "getLastCoveredDay"
  | "listActsAwaitingPayment"
  | "listUnannouncedProblems"
  | "listStalledActs";

type Limits = { readonly before: number; readonly limit: number };
type Covered = Parameters<Store["getLastCoveredDay"]>[0];
type Awaiting = Parameters<Store["listActsAwaitingPayment"]>[0];

export function createSqlActs(db: Sql, run: Run): Pick<Store, ActReads> {
  const query = createActQueries(db);
  const readActs = async (rows: Promise<readonly Row<"act">[]>): Promise<readonly Act[]> => (await rows).map(toAct);
  const readAct = async (rows: Promise<readonly Row<"act">[]>): Promise<Act | null> =>
    (await readActs(rows))[0] ?? null;
  return {
    getAct: (id) => readAct(run.read(query.byId({ id }))),
    getActByPayout: (payoutId) => readAct(run.read(query.byPayout({ payoutId }))),
    getActByPaymentOrder: (ref) => readAct(run.read(query.byPaymentOrder({ ref }))),
    listActs: createActListing(db, run),
    async listEvents(actId) {
      const rows = await run.read<Row<"act_event">>(query.events({ actId }));
      return rows.map((row) => toEvent(actId, row));
    },
    async getLastCoveredDay(params) {
      const rows = await run.read<{ day: PlainDate | null }>(query.lastCoveredDay(params));
      return rows[0]?.day ?? null;
    },
    listActsAwaitingPayment: (params) => readActs(run.read(query.awaitingPayment(params))),
    listUnannouncedProblems: (params) => readActs(run.read(query.unannounced(params))),
    listStalledActs: (params) => readActs(run.read(query.stalled(params))),
  };
}

function createActQueries(db: Sql) {
  const acts = db.selectFrom("act").selectAll();
  return {
    byId: compileOnce<{ id: string }>((p) => acts.where("id", "=", p.id)),
    byPayout: compileOnce<{ payoutId: string }>((p) =>
      acts.where("payout_id", "=", p.payoutId).orderBy("revision", "desc").limit(1),
    ),
    byPaymentOrder: compileOnce<{ ref: string }>((p) =>
      acts.where("id", "in", (eb) => eb.selectFrom("payment_order").select("act_id").where("ref", "=", p.ref)),
    ),
    events: compileOnce<{ actId: string }>((p) =>
      db.selectFrom("act_event").selectAll().where("act", "=", selectActPosition(db, p.actId)).orderBy("seq"),
    ),
    lastCoveredDay: createLastCoveredQuery(db),
    // A literal condition: a database does not use a partial index for a parameter.
    awaitingPayment: compileOnce<Awaiting>((p) =>
      acts.where(sql<boolean>`awaits_payment = 1`).where("id", ">", p.after).orderBy("id").limit(p.limit),
    ),
    unannounced: compileOnce<Limits>((p) =>
      acts.where("unannounced_since", "<", p.before).orderBy("unannounced_since").orderBy("id").limit(p.limit),
    ),
    stalled: compileOnce<Limits>((p) =>
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

/** Two searches read the last entry of an index each; a single search with «or» would read all covering acts. */
function createLastCoveredQuery(db: Sql) {
  return compileOnce<Covered>((p) => {
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

function createActListing(db: Sql, run: Run): Store["listActs"] {
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
    return toPage(rows, limit, toAct, ({ position }) => formatPositionCursor("acts", position));
  };
}
