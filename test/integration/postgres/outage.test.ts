import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomFrom } from "../../sim/mortal.ts";
import { makeContractorData } from "../../support/builders.ts";
import { type Cluster, startCluster, startSharedOneC } from "../../support/cluster.ts";
import { NO_POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";

const SEED = Number(process.env.OUTAGE_SEED ?? 20_261_124);
const OUTAGES = 6;
const ACTS = 60;
const AT_ONCE = 4;

describe.skipIf(NO_POSTGRES !== null)(
  `a Postgres that goes away${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`,
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server.close());

    test("shows on the nodes, which reconnect without help and lose no accepted event", {
      timeout: 180_000,
    }, async () => {
      const random = randomFrom(SEED);
      const shared = await startSharedOneC(random, 20);
      const cluster = await startCluster(2, {
        ...shared.settings,
        DATABASE_URL: await server.create(),
        ONEC_TIMEOUT_MS: "1000",
        ONEC_MAX_CONCURRENCY: String(AT_ONCE),
      });
      const pids = cluster.nodes.map((node) => node.process.pid);
      const ids: string[] = [];
      const load = (async () => {
        for (let n = 0; n < ACTS; n += 1) {
          const data = {
            payoutId: `p-${n}`,
            requestedAt: new Date().toISOString(),
            amount: "15000.00",
            contractor: makeContractorData(n + 2),
          };
          ids.push((await cluster.send(n % 2, "act.requested", data, `wh-${n}`)).actId);
          await setTimeout(random() * 150);
        }
      })();
      for (let outage = 0; outage < OUTAGES; outage += 1) {
        await setTimeout(200 + random() * 600);
        await server.stop(random() < 0.7 ? "immediate" : "fast");
        for (const [node, { url }] of cluster.nodes.entries()) await refused(cluster, node, url);
        await setTimeout(random() * 800);
        await server.start();
      }
      await load;
      for (const { url } of cluster.nodes) {
        await expect.poll(async () => (await fetch(`${url}/health/ready`)).status, { timeout: 15_000 }).toBe(200);
      }
      for (const [n, id] of ids.entries()) await cluster.until(n % 2, id, "ready");

      const { acts } = shared.onec.mock.takeSnapshot();
      expect(acts.map(({ ref }) => ref).sort()).toEqual([...ids].sort());
      const ready = () => cluster.told.filter(({ type }) => type === "act.ready");
      await expect.poll(() => new Set(ready().map(({ data }) => data.actId)).size, { timeout: 60_000 }).toBe(ACTS);
      expect(new Set(ready().map(({ id }) => id)).size).toBe(ACTS);
      const { total, byInn } = shared.onec.mock.getConcurrency();
      expect(total).toBeLessThanOrEqual(AT_ONCE);
      expect(Math.max(...Object.values(byInn as Record<string, number>))).toBe(1);
      // The same processes, which say what failed and nothing worse.
      expect(cluster.nodes.map((node) => node.process.pid)).toEqual(pids);
      for (const node of cluster.nodes) {
        expect(node.process.exitCode).toBeNull();
        expect(node.output()).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError/i);
      }
      await cluster.close();
      await shared.close();
    });
  },
);

/** Not ready, and webhooks are asked to come again. */
async function refused(cluster: Cluster, node: number, url: string): Promise<void> {
  const ready = await fetch(`${url}/health/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ code: "storage_unavailable" });
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  const timestamp = new Date().toISOString();
  const event = {
    type: "act.accepted",
    timestamp,
    data: { payoutId: "nobody", acceptedAt: timestamp, pdfSha256: "a".repeat(64) },
  };
  const answer = await cluster.post(node, event, "wh-x");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ code: "storage_unavailable" });
}
