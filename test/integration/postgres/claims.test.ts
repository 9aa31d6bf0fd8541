import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Job } from "../../../core/job.ts";
import type { LeaseJobsParams, Store, Write } from "../../../core/store.ts";
import { migrate } from "../../../server/db/migrate.ts";
import { openPostgres } from "../../../server/db/postgres.ts";
import { createSqlStore } from "../../../server/db/store.ts";
import { randomFrom } from "../../sim/mortal.ts";
import { aJob, anAttempt, NOON } from "../../support/builders.ts";
import { empty, execute, NO_POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";

const LEASE = 60_000;

/** Actions of several processes at once, in a given order of commits. */
describe.skipIf(NO_POSTGRES !== null)(`leases in Postgres${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`, () => {
  let server: PostgresServer;
  let url: string;
  let stores: Store[];
  let store: Store;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.create();
    const drivers = Array.from({ length: 4 }, () => openPostgres(url, { connections: 4 }));
    for (const driver of drivers) await migrate(driver);
    stores = drivers.map((driver) => createSqlStore(driver));
    store = stores[0]!;
  });
  afterAll(async () => {
    for (const each of stores) await each.close();
    await server.close();
  });
  beforeEach(() => empty(url));

  test("hold back an earlier job that becomes visible after a younger job of the key was leased", async () => {
    const [early, late] = [aJob({ queue: "accounting", orderKey: "k" }), aJob({ queue: "accounting", orderKey: "k" })];
    const slow = await openTransaction(url);
    await slow.query(rowOf(early));
    await store.commit([{ type: "job", job: late }]);
    const [begun] = await store.leaseJobs(params());
    expect(begun?.id).toBe(late.id);
    await slow.query("commit");
    await slow.end();
    const rows = await execute(url, "select id from message order by position");
    expect(rows.map(({ id }) => id)).toEqual([early.id, late.id]);

    expect(await stores[1]!.leaseJobs(params({ owner: "w2" }))).toEqual([]);
    expect(await stores[1]!.getNextDue("accounting")).toBe(NOON + LEASE);
    await settle(store, begun!, "done");
    expect(await stores[1]!.leaseJobs(params({ owner: "w2" }))).toMatchObject([{ id: early.id }]);
  });

  test("hold back a job that is put back while a younger job is being leased, in any order of the commits", async () => {
    const [older, younger] = [
      aJob({ queue: "accounting", orderKey: "k", state: "problem" }),
      aJob({ queue: "accounting", orderKey: "k" }),
    ];
    await store.commit([older, younger].map((job): Write => ({ type: "job", job })));
    const person = await openTransaction(url);
    await person.query("update message set state = 'queued' where id = $1", [older.id]);
    const [begun] = await store.leaseJobs(params());
    expect(begun?.id).toBe(younger.id);
    await person.query("commit");
    await person.end();
    expect(await stores[1]!.leaseJobs(params({ owner: "w2" }))).toEqual([]);
  });

  test("wait for the end of another lease call and see the jobs of that call", async () => {
    const [older, younger] = [
      aJob({ queue: "accounting", orderKey: "k", state: "problem" }),
      aJob({ queue: "accounting", orderKey: "k" }),
    ];
    await store.commit([older, younger].map((job): Write => ({ type: "job", job })));
    // A lease of the younger job is under way: the row is locked and the transaction is not committed.
    const first = await openTransaction(url);
    await first.query("select pg_advisory_xact_lock(448, 1)");
    await first.query(`update message set lease_owner = 'w0', lease_until = ${NOON + LEASE} where id = $1`, [
      younger.id,
    ]);
    await store.commit([{ type: "requeue", jobId: older.id, from: ["problem"], dueAt: NOON, restart: true }]);
    const second = stores[1]!.leaseJobs(params({ owner: "w2" }));
    await expect
      .poll(() => execute(url, "select 1 from pg_locks where locktype = 'advisory' and not granted"))
      .not.toEqual([]);
    await first.query("commit");
    await first.end();
    expect(await second).toEqual([]);
  });

  test("never exceed the bound when many come together", async () => {
    const jobs = Array.from({ length: 60 }, () => aJob({ queue: "accounting" }));
    await store.commit(jobs.map((job): Write => ({ type: "job", job })));
    for (let round = 1; round <= 5; round += 1) {
      const claims = stores.flatMap((each, n) =>
        [0, 1, 2, 3].map((m) => each.leaseJobs(params({ owner: `w${round}-${n}-${m}`, limit: 2, atOnce: 3 * round }))),
      );
      expect((await Promise.all(claims)).flat()).toHaveLength(3);
    }
  });

  test("never exceed the bound, for any plan of the server", async () => {
    const database = url.split("/").at(-1);
    const ways = ["hashjoin", "mergejoin", "material", "memoize", "hashagg", "sort"];
    for (const way of ways) await execute(url, `alter database ${database} set enable_${way} = off`);
    const other = createSqlStore(openPostgres(url, { connections: 1 }));
    try {
      for (const state of ["queued", "parked"] as const) {
        const jobs = Array.from({ length: 50 }, () => aJob({ queue: "accounting", state }));
        await store.commit(jobs.map((job): Write => ({ type: "job", job })));
      }
      await execute(url, "analyze message");
      expect(await other.leaseJobs(params({ limit: 2 }))).toHaveLength(2);
      expect(await other.leaseJobs(params({ limit: 9, atOnce: 5 }))).toHaveLength(3);
      expect(await other.leaseParkedJobs({ owner: "w1", limit: 2, now: NOON, leaseUntil: NOON + LEASE })).toHaveLength(
        2,
      );
    } finally {
      await execute(url, `alter database ${database} reset all`);
      await other.close();
    }
  });

  test("give one holder per key and keep the bound in a storm of workers, people and late commits", {
    timeout: 60_000,
  }, async () => {
    const random = randomFrom(20_261_124);
    const atOnce = 5;
    const held = new Map<string, string>();
    let [running, most, done] = [0, 0, 0];
    const wrong: string[] = [];
    let stop = false;
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, random() * ms));
    const settled: string[] = [];

    const produce = async (n: number) => {
      for (let made = 0; made < 60; made += 1) {
        const client = await openTransaction(url);
        // Positions are given now, and seen in another order.
        const job = aJob({ orderKey: `k${Math.floor(random() * 8)}` });
        await client.query(rowOf(job));
        await sleep(4 + n);
        await client.query("commit");
        await client.end();
      }
    };
    const work = async (each: Store, name: string) => {
      for (let round = 0; !stop; round += 1) {
        const leased = await each.leaseJobs(params({ owner: `${name}-${round}`, limit: 3, atOnce }));
        if (leased.length === 0) await sleep(5);
        running += leased.length;
        most = Math.max(most, running);
        await Promise.all(
          leased.map(async (job) => {
            const key = job.orderKey ?? "";
            if (held.has(key)) wrong.push(`${key}: ${job.id} beside ${held.get(key)}`);
            held.set(key, job.id);
            // Slower than what comes in, so that all slots are taken.
            await sleep(25);
            held.delete(key);
            running -= 1;
            const end = random();
            await settle(each, job, end < 0.2 ? "queued" : end < 0.5 ? "problem" : "done");
            settled.push(job.id);
            done += 1;
          }),
        );
      }
    };
    const people = async () => {
      for (; !stop; await sleep(3)) {
        const jobId = settled[Math.floor(random() * settled.length)];
        if (jobId === undefined) continue;
        await store.commit([{ type: "requeue", jobId, from: ["problem"], dueAt: NOON, restart: true }]);
      }
    };
    const workers = stores.map((each, n) => work(each, `w${n}`));
    const retries = people();
    await Promise.all([0, 1, 2, 3].map(produce));
    stop = true;
    await Promise.all([...workers, retries]);
    expect(wrong).toEqual([]);
    expect(most).toBe(atOnce);
    expect(done).toBeGreaterThan(100);
  });
});

async function openTransaction(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("begin");
  return client;
}

/** The row of a message, for a transaction of our own. */
function rowOf({ id, orderKey }: Job): string {
  return `insert into message (id, lane, kind, queue_key, endpoint, payload, state, due_at, created_at, attempts,
      attempts_before, journal, lapsed)
    values ('${id}', 'accounting', 'act.create', '${orderKey}', 'accounting', '{}', 'queued', ${NOON}, ${NOON}, 0, 0, '{}', 0)`;
}

function params(more: Partial<LeaseJobsParams> = {}): LeaseJobsParams {
  return { queue: "accounting", limit: 10, owner: "w1", now: NOON, leaseUntil: NOON + LEASE, ...more };
}

async function settle(store: Store, job: Job, state: Job["state"]): Promise<void> {
  const attempts = [anAttempt(job.id, { n: job.attempts + 1 })];
  const owner = job.lease?.owner ?? "";
  const release = { jobId: job.id, owner, state, dueAt: NOON, progress: {}, attempts };
  expect(await store.commit([{ type: "release", release }])).toBe("ok");
}
