import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMockAdapter } from "../../adapters/mock/index.ts";
import type { SqlDriver } from "../../server/db/driver.ts";
import { migrate } from "../../server/db/migrate.ts";
import { initial } from "../../server/db/migrations/0001-initial.ts";
import { openPostgres } from "../../server/db/postgres.ts";
import { openSqlite } from "../../server/db/sqlite.ts";
import { createSqlStore } from "../../server/db/store.ts";
import { createHarness } from "../support/harness.ts";
import { NO_POSTGRES, type PostgresServer, startPostgres } from "../support/postgres.ts";

const ROWS = readFileSync(new URL("../fixtures/database/0001.sql", import.meta.url), "utf8");
/** Time of the youngest row, epoch ms. */
const STOPPED_AT = 1_795_856_465_000;

const ORDERED = "a0ba952c-d175-50ce-9def-7a10f7d8ed6b";
const UNDELIVERED = "44df39cc-3f08-5bcb-9da8-eb3cc3b95ad7";
const CHANGED = "efef10d0-8dd3-5420-9644-3ea320ae89bf";
const PARKED = "f6617331-e255-5fd2-886d-f8e029ff5c5a";
const LEASED = "e8141bd3-68cd-5cfb-9a10-d7110b4d3bd7";
const ORDER = "66264eaf-8e7f-55f9-bc23-7598f9477caa";
const PERIOD = { from: "2026-11-01", to: "2026-11-28" };
/** Period of the call that the former process made and nobody answered. */
const LOST_PERIOD = { from: "2026-11-10", to: "2026-11-28" };
const JOBS = {
  parked: "msg_01a22162fc68f6617331e2555fd2886df8e029ff5c5a_2_0",
  leased: "msg_01a22162fc68e8141bd368cd5cfb9a10d7110b4d3bd7_2_0",
  dead: "msg_01a20cc8965044df39cc3f085bcb9da8eb3cc3b95ad7_4_0",
  reread: "msg_01a22162fc68efef10d08dd3542096443ea320ae89bf_5_0",
  contractor: "msg_id000023172",
  check: "payment_check",
};
const CALL = `${JOBS.parked}:create:1`;

describe("a database of 0001-initial, on SQLite", () => {
  let folder: string;
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "relay-old-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  testDatabase(async () => {
    files += 1;
    return openSqlite(join(folder, `${files}.db`));
  });
});

describe.skipIf(NO_POSTGRES !== null)(
  `a database of 0001-initial, on Postgres${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`,
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server.close());
    testDatabase(async () => openPostgres(await server.create()));
  },
);

function testDatabase(open: () => Promise<SqlDriver>): void {
  test("shows history, input and progress under today's names", async () => {
    const { store, close } = await migrateOld(await open());
    const history = await store.listEvents(ORDERED);
    expect(history.map(({ seq, type, status }) => [seq, type, status])).toEqual([
      [1, "act.requested", "requested"],
      [2, "counterparty.upserted", "requested"],
      [3, "act.created", "posted"],
      [4, "act.printed", "ready"],
      [5, "act.accepted", "accepted"],
      [6, "payment_order.started", "accepted"],
      [7, "payment_order.created", "payment_ordered"],
    ]);
    expect(history[0]).toMatchObject({ actId: ORDERED, actor: "platform", revision: 1, at: 1_795_510_800_000 });
    expect(history[2]).toMatchObject({ document: { number: "0000-000001" }, period: { from: "2026-11-01" } });
    expect(history[4]).toMatchObject({ acceptedAt: 1_795_510_801_000, acceptedBy: "Иванов" });
    expect(history[6]).toMatchObject({ ref: ORDER, number: "0000-000001", startedAt: 1_795_510_801_000 });
    expect((await store.listEvents(UNDELIVERED)).at(-1)).toMatchObject({ type: "delivery.died", messageId: JOBS.dead });
    expect(await store.getJob(JOBS.reread)).toMatchObject({ queue: "accounting", input: { reread: true } });
    expect(await store.getJob(JOBS.contractor)).toMatchObject({ actId: null, input: { asOf: STOPPED_AT } });
    expect(await store.getJob(JOBS.check)).toMatchObject({ progress: { round: 5762, failing: { told: true } } });
    expect(await store.getJob(JOBS.parked)).toMatchObject({
      state: "parked",
      awaiting: CALL,
      orderKey: "7700000016:7700000055",
      destination: "accounting",
      progress: { period: PERIOD, answers: { last: { value: null } }, command: { operation: "createAct" } },
    });
    await close();
  });

  test("gives the late answer of a parked job to its call, and the act becomes ready", async () => {
    const { world, store, close } = await openOld(await open());
    const document = { ref: PARKED, number: "0000-000077", date: "2026-11-28" };
    expect(await world.relay.takeAnswer(`${JOBS.parked}:last:1`, { value: null })).toBe("unknown");
    const worker = { worker: "1C", limit: 10, leaseMs: 1000 };
    expect(await world.relay.fetchCommands(worker)).toMatchObject([{ id: CALL, body: { operation: "createAct" } }]);
    expect(await world.relay.takeAnswer(CALL, { value: document })).toBe("taken");
    await world.settle();
    expect(await store.getAct(PARKED)).toMatchObject({ status: "ready", document, period: PERIOD });
    const told = world.delivered.find(({ data }) => data.actId === PARKED);
    expect(told).toMatchObject({ type: "act.ready", data: { number: "0000-000077", period: PERIOD } });
    await close();
  });

  test("lets another worker take over a lapsed lease, with the period of the lost call", async () => {
    const { world, onec, store, close } = await openOld(await open());
    await world.settle();
    expect(await store.getAct(LEASED)).toMatchObject({ status: "requested" });
    await world.pass(60_000);
    expect(await store.getAct(LEASED)).toMatchObject({ status: "ready", period: LOST_PERIOD });
    expect((await store.listAttempts(JOBS.leased)).map(({ outcome, code }) => [outcome, code])).toEqual([
      ["uncertain", "worker_lost"],
      ["ok", null],
    ]);
    expect(onec.mock.takeSnapshot().acts.filter(({ ref }) => ref === LEASED)).toHaveLength(1);
    await close();
  });

  test("replays a dead webhook with the same id and body", async () => {
    const { world, store, close } = await openOld(await open());
    expect(await store.getAct(UNDELIVERED)).toMatchObject({ problem: { code: "delivery_dead" } });
    const dead = await store.getJob(JOBS.dead);
    await world.relay.retryJob(JOBS.dead);
    await world.settle();
    const told = world.delivered.find(({ id }) => id === JOBS.dead);
    expect(dead).toMatchObject({ type: "webhook", input: { type: told?.type, seq: told?.seq, data: told?.data } });
    expect(told).toMatchObject({ type: "act.ready", seq: 4, data: { actId: UNDELIVERED } });
    expect(await store.getAct(UNDELIVERED)).toMatchObject({ problem: null });
    expect((await store.listEvents(UNDELIVERED)).at(-1)).toMatchObject({ type: "delivery.recovered" });
    expect(await store.listAttempts(JOBS.dead)).toHaveLength(11);
    await close();
  });

  test("does the queued jobs: a document read again, a card updated, payments checked", async () => {
    const { world, onec, store, close } = await openOld(await open());
    onec.mock.executePayment(ORDER, "2026-11-29");
    await world.pass(120_000);
    expect((await store.getJob(JOBS.reread))?.state).toBe("done");
    expect((await store.getJob(JOBS.contractor))?.state).toBe("done");
    const cards = onec.mock.takeSnapshot().counterparties.filter(({ inn }) => inn === "7700000048");
    expect(cards).toMatchObject([{ phone: "+7 495 000-00-00" }]);
    expect(await store.getAct(ORDERED)).toMatchObject({ status: "paid", paidOn: "2026-11-29" });
    const { progress } = (await store.getJob(JOBS.check)) ?? {};
    expect(progress).toMatchObject({ round: expect.any(Number) });
    expect(progress).not.toHaveProperty("failing");
    await close();
  });

  test("gets the column `awaiting` from JSON with escapes of any kind", async () => {
    const driver = await open();
    await migrate(driver, { migrations: [initial] });
    const noise = { text: '\0 \ud800 \\u0000 \\ "awaiting":"other" \u001f\n', awaiting: "other" };
    const journals = {
      first: { awaiting: "first:create:0", step: "create", command: noise },
      last: { answers: { last: { value: noise } }, command: noise, awaiting: "last:create:2" },
      unnamed: { command: noise },
      queued: { awaiting: "queued:create:0", command: noise },
    };
    for (const [id, journal] of Object.entries(journals)) {
      const state = id === "queued" ? "queued" : "parked";
      const sql = `insert into message
        (id, lane, kind, endpoint, payload, state, due_at, created_at, attempts, attempts_before, journal, lapsed) values
        ('${id}', 'accounting', 'act.create', 'accounting', '{}', '${state}', 0, 0, 0, 0, '${quote(journal)}', 0)`;
      await driver.write([{ sql, parameters: [] }]);
    }
    expect(await migrate(driver)).toEqual([
      "0002-awaiting",
      "0003-oldest-first",
      "0004-inn-owners",
      "0005-accepted-form",
    ]);
    const sql = "select id, awaiting from message order by position";
    expect(await driver.read({ sql, parameters: [] })).toEqual([
      { id: "first", awaiting: "first:create:0" },
      { id: "last", awaiting: "last:create:2" },
      { id: "unnamed", awaiting: null },
      { id: "queued", awaiting: null },
    ]);
    await driver.close();
  });
}

/** JSON as a text literal of SQL, without the quotes around it. */
function quote(value: unknown): string {
  return JSON.stringify(value).replaceAll("'", "''");
}

/** Makes a database of 0001-initial with the old rows and migrates the database. */
async function migrateOld(driver: SqlDriver) {
  expect(await migrate(driver, { migrations: [initial] })).toEqual(["0001-initial"]);
  const statements = ROWS.split(/;\n/).filter((sql) => sql.trim() !== "");
  expect(await driver.write(statements.map((sql) => ({ sql, parameters: [] })))).toMatchObject({ ok: true });
  expect(await migrate(driver)).toEqual([
    "0002-awaiting",
    "0003-oldest-first",
    "0004-inn-owners",
    "0005-accepted-form",
  ]);
  const store = createSqlStore(driver);
  return { store, close: () => store.close() };
}

/** Starts today's relay over the old database, with a 1C that has the old cards and documents. */
async function openOld(driver: SqlDriver) {
  const { store, close } = await migrateOld(driver);
  const onec = createMockAdapter({ today: () => "2026-11-28" });
  for (const actId of [ORDERED, UNDELIVERED, CHANGED, PARKED, LEASED]) await enterAct(actId);
  const world = await createHarness({ store, onec, start: STOPPED_AT, ops: true });
  return { world, onec, store, close };

  async function enterAct(actId: string): Promise<void> {
    const act = (await store.getAct(actId))!;
    const { id: ref, payoutId, contractor, amount, vat, period } = act;
    const counterpartyRef = act.counterparty!.ref;
    await onec.upsertCounterparty({ ref: counterpartyRef, contractor }, { id: "card" });
    if (period === null) return;
    const common = { counterpartyRef, contractor, amount, vat, date: period.to };
    const lines = [{ name: "Услуги", quantity: 1000, unit: "усл.", price: amount, amount }];
    await onec.createAct({ ...common, ref, payoutId, period, lines }, { id: "act" });
    if (act.paymentOrder === null) return;
    await onec.createPaymentOrder({ ...common, ref: ORDER, actRef: ref, purpose: "Оплата" }, { id: "order" });
  }
}
