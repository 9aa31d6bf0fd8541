import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../../core/store.ts";
import type { SqlDriver, SqlQuery } from "../../../server/db/driver.ts";
import { migrate } from "../../../server/db/migrate.ts";
import { openPostgres } from "../../../server/db/postgres.ts";
import { createSqlStore } from "../../../server/db/store.ts";
import { aJob, anAct, anEntry, NOON, writesOf } from "../../support/builders.ts";
import { execute, NO_POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { recording } from "../../support/recording.ts";

/** Size of the history, with a backlog at the end. */
const ACTS = 30_000;
const OPEN = 3_000;

const FILL = `
  insert into act (id, payout_id, revision, status, inn, counterparty_ref, counterparty_key, covered_to, awaits_payment,
      problem_code, unannounced_since, updated_at, data)
    select 'act-' || n, 'p-' || n, 1, case when n % 40 = 0 then 'ready' else 'paid' end, 'inn-' || n % 3000, 'ref-' || n % 3000,
      'key-' || n % 3000, '2026-01-01', case when n % 500 = 0 then 1 else 0 end, case when n % 700 = 0 then 'bank_unknown' end,
      case when n % 700 = 0 then ${NOON} end, ${NOON}, '{"x":"' || repeat('x', 400) || '"}'
    from generate_series(1, ${ACTS}) n;
  insert into act_event (act, seq, type, at, actor, status, data)
    select act.position, seq, 'x', ${NOON}, 'relay', 'paid', '{}' from act, generate_series(1, 4) seq;
  insert into payment_order (ref, act_id) select 'order-' || n, 'act-' || n from generate_series(1, ${ACTS}) n;
  insert into message (id, lane, kind, act_id, act, queue_key, endpoint, payload, state, due_at, created_at, attempts,
      attempts_before, journal, lease_owner, lease_until, lapsed)
    select kind || n, case when kind = 'webhook' then 'webhook' else 'accounting' end, kind, 'act-' || n, act.position,
      'key-' || n % 3000, case when kind = 'webhook' then 'platform' else 'accounting' end, '{"y":"' || repeat('y', 300) || '"}',
      case when n <= ${ACTS - OPEN} then 'done' when n % 100 = 0 then 'parked' else 'queued' end, ${NOON} - 1000 + n % 100, ${NOON},
      1, 0, '{}', case when n % 1000 = 1 and n > ${ACTS - OPEN} then 'w' end,
      case when n % 1000 = 1 and n > ${ACTS - OPEN} then ${NOON} + 60000 end, 0
    from generate_series(1, ${ACTS}) n join act on act.id = 'act-' || n, unnest(array['act.create', 'act.print', 'webhook']) kind;
  insert into attempt (message_id, n, started_at, finished_at, outcome) select id, 1, ${NOON}, ${NOON}, 'ok' from message;
  insert into inbox (id, source, webhook_id, claim_key, received_at, outcome, body_hash)
    select 'i-' || n, 'platform', 'w-' || n, 'platform:w-' || n, ${NOON} - n, 'processed', '' from generate_series(1, ${ACTS}) n;
  analyze`;

describe.skipIf(NO_POSTGRES !== null)(`plans in Postgres${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`, () => {
  let server: PostgresServer;
  let driver: SqlDriver;
  const queries: SqlQuery[] = [];
  let store: Store;
  beforeAll(async () => {
    server = await startPostgres();
    const url = await server.create();
    driver = openPostgres(url, { connections: 2 });
    await migrate(driver);
    await execute(url, FILL);
    store = createSqlStore(recording(driver, queries));
  }, 120_000);
  afterAll(async () => {
    await driver.close();
    await server.close();
  });

  async function plan(explain: string, { sql, parameters }: SqlQuery): Promise<Plan> {
    const [row] = await driver.read({ sql: `${explain} ${sql}`, parameters });
    const plans = row?.["QUERY PLAN"] as readonly { readonly Plan: Plan }[] | undefined;
    return plans![0]!.Plan;
  }

  test("frequent queries read neither a table whole nor the whole backlog", async () => {
    const page = { limit: 50 };
    const claim = { limit: 5, owner: "w", now: NOON, leaseUntil: NOON + 1 };
    await store.leaseJobs({ ...claim, queue: "webhook" });
    await store.leaseJobs({ ...claim, queue: "accounting", atOnce: 20 });
    await store.leaseParkedJobs(claim);
    await store.renewLease({ jobId: "act.create1", owner: "w", leaseUntil: 1, progress: {} });
    await store.getNextDue("accounting");
    await store.getJob("act.create1");
    await store.listAttempts("act.create1");
    await store.getAct("act-1");
    await store.listEvents("act-1");
    await store.getActByPayout("p-1");
    await store.getActByPaymentOrder("order-1");
    await store.getLastCoveredDay({ counterpartyRef: "ref-1", counterpartyKey: "key-1", exceptActId: "act-1" });
    await store.listActsAwaitingPayment({ after: "act-5", limit: 50 });
    await store.listUnannouncedProblems({ before: NOON + 1, limit: 50 });
    await store.listStalledActs({ before: NOON, limit: 50 });
    await store.getInboxEntry("platform", "w-1");
    await store.listInbox(page);
    await store.listDeadJobs({ since: 0, limit: 50 });
    await store.listJobs({ ...page, state: "dead", queue: "webhook" });
    await store.listJobs({ ...page, actId: "act-1" });
    await store.listActs({ ...page, status: "ready" });
    await store.listActs({ ...page, inn: "inn-1" });
    await store.listActs({ ...page, problem: true });
    await store.commit([
      ...writesOf(anAct()),
      { type: "job", job: aJob() },
      { type: "inbox", entry: anEntry(), claimsId: true },
      { type: "requeue", jobId: "act.create1", from: ["dead"], dueAt: 1, restart: true },
    ]);
    const explained = queries.filter(({ sql }) => !sql.includes("advisory"));
    expect(explained.length).toBeGreaterThan(25);
    for (const { sql, parameters } of explained) {
      const nodes = flat(await plan("explain (format json)", { sql, parameters }));
      const whole = nodes.filter((node) => node["Node Type"] === "Seq Scan" && node["Relation Name"] !== "endpoint");
      expect(
        whole.map((node) => node["Relation Name"]),
        sql,
      ).toEqual([]);
    }
  });

  test("a lease and the next due time read a handful of rows, however long the backlog", async () => {
    queries.length = 0;
    await store.leaseJobs({ queue: "accounting", limit: 5, owner: "w", now: NOON, leaseUntil: NOON + 1, atOnce: 20 });
    await store.getNextDue("accounting");
    for (const { sql, parameters } of queries.filter(({ sql }) => !sql.includes("advisory"))) {
      const read = await plan("explain (analyze, buffers, format json)", { sql, parameters });
      expect(read["Shared Hit Blocks"] + read["Shared Read Blocks"], sql).toBeLessThan(400);
    }
  });
});

interface Plan {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly Plan[];
}

function flat(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(flat)];
}
