import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeContractorData } from "../support/builders.ts";
import { type Cluster, startCluster, startSharedOneC } from "../support/cluster.ts";
import { execute, NO_POSTGRES, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { randomFrom } from "./mortal.ts";

/** In all, half of them of two processes and half of four. */
const KILLS = Number(process.env.POSTGRES_KILLS ?? 30);
const SEED = Number(process.env.KILL_SEED ?? 20_261_124);
/**
 * Limit of calls to 1C at one time. A call of a killed process keeps a slot until the end of the lease, 11 seconds
 * later.
 */
const AT_ONCE = 30;
/** Number of counterparties. Acts share counterparties, so that some acts have to wait for others. */
const COUNTERPARTIES = 47;

describe.skipIf(NO_POSTGRES !== null)(
  `kill -9 over one Postgres${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`,
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server.close());

    test.each([2, 4])(
      `lets the other of %i processes finish, with nothing twice, ${KILLS / 2} seeded times`,
      { timeout: 900_000 },
      async (size) => {
        const random = randomFrom(SEED + size);
        const shared = await startSharedOneC(random, 300);
        const url = await server.create();
        const cluster = await startCluster(size, {
          ...shared.settings,
          DATABASE_URL: url,
          // The shortest lease, so that the work of a killed process is taken over soon.
          ONEC_TIMEOUT_MS: "1000",
          ONEC_MAX_CONCURRENCY: String(AT_ONCE),
          SAME_DAY_ACT: "single_day",
        });
        const pool = new pg.Pool({ connectionString: url, max: 2 });
        pool.on("error", () => undefined);
        const acts = Math.ceil(KILLS / 2) + 2 * AT_ONCE;
        const ways = Array.from({ length: acts }, async (_, n) => {
          // All slots are asked for at first; the rest comes while processes die.
          await setTimeout(n < AT_ONCE * 2 ? 0 : random() * KILLS * 250);
          return wayOf(cluster, pool, n, random);
        });
        await killing(cluster, random, size);
        const ids = await Promise.all(ways);

        const { acts: made, paymentOrders } = shared.onec.mock.takeSnapshot();
        expect(made.map(({ ref }) => ref).sort()).toEqual([...ids].sort());
        expect(paymentOrders.map(({ actRef }) => actRef).sort()).toEqual([...ids].sort());
        expect(shared.onec.mock.takeSnapshot().counterparties.filter(({ inn }) => inn !== undefined)).toHaveLength(
          COUNTERPARTIES,
        );
        const { total, perCounterparty } = shared.onec.mock.getConcurrency();
        expect(perCounterparty).toBe(1);
        expect(total).toBeLessThanOrEqual(AT_ONCE);
        // A limit without a near miss proves nothing, and neither does a kill without an effect.
        expect(total).toBeGreaterThan(AT_ONCE / 3);
        const [lost] = await execute(url, "select count(*)::int n from attempt where code = 'worker_lost'");
        expect(lost?.n).toBeGreaterThan(0);
        for (const type of ["act.ready", "payment_order.created"]) {
          const told = () => cluster.told.filter((event) => event.type === type);
          await expect.poll(() => new Set(told().map(({ data }) => data.actId)).size, { timeout: 60_000 }).toBe(acts);
          // Sent again after a kill, perhaps; but under one id, so that the platform takes it once.
          expect(new Set(told().map(({ id }) => id)).size).toBe(acts);
        }
        console.log(
          `${size} processes: ${KILLS / 2} kills, ${lost?.n} messages lost their worker, ${acts} acts, at most ${total} calls at once`,
        );
        await pool.end();
        await cluster.close();
        await shared.close();
      },
    );
  },
);

/** Takes one act from the request to the payment order; each event goes to any process. Returns the id of the act. */
async function wayOf(cluster: Cluster, pool: pg.Pool, n: number, random: () => number): Promise<string> {
  const any = () => Math.floor(random() * cluster.nodes.length);
  const reached = async (id: string, status: string) => {
    for (const deadline = Date.now() + 300_000; ; await setTimeout(100)) {
      const { rows } = await pool.query("select status, data from act where id = $1", [id]);
      if (rows[0]?.status === status) return;
      if (Date.now() > deadline) throw new Error(`${id} is not ${status}: ${JSON.stringify(rows)}`);
    }
  };
  const request = {
    payoutId: `p-${n}`,
    requestedAt: new Date().toISOString(),
    amount: "15000.00",
    contractor: makeContractorData((n % COUNTERPARTIES) + 2),
  };
  const { actId } = await cluster.send(any(), "act.requested", request, `wh-request-${n}`);
  await reached(actId, "ready");
  const acceptance = { payoutId: `p-${n}`, acceptedAt: new Date().toISOString() };
  await cluster.send(any(), "act.accepted", acceptance, `wh-accept-${n}`);
  await reached(actId, "payment_ordered");
  return actId;
}

/** Kills one process after the other, at random moments; one at least goes on. */
async function killing(cluster: Cluster, random: () => number, size: number): Promise<void> {
  const away = new Set<number>();
  const starting: Promise<void>[] = [];
  for (let kill = 0; kill < KILLS / 2; kill += 1) {
    await setTimeout(100 + random() * 300);
    while (away.size >= size - 1) await setTimeout(20);
    const living = cluster.nodes.map((_, node) => node).filter((node) => !away.has(node));
    const victim = living[Math.floor(random() * living.length)]!;
    away.add(victim);
    await cluster.nodes[victim]!.kill();
    starting.push(cluster.start(victim).then(() => void away.delete(victim)));
  }
  await Promise.all(starting);
}
