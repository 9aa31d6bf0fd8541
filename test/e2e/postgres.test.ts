import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOneC } from "../onec-runtime/odata/index.ts";
import { aContractor, companyInn, makeContractorData } from "../support/builders.ts";
import { startCluster } from "../support/cluster.ts";
import { NO_POSTGRES, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { startProcess } from "../support/process.ts";

describe.skipIf(NO_POSTGRES !== null)(
  `processes over Postgres${NO_POSTGRES === null ? "" : `: ${NO_POSTGRES}`}`,
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server.close());

    const instant = () => new Date().toISOString();
    const request = (n: number) => ({
      payoutId: `p-${n}`,
      requestedAt: instant(),
      amount: "15000.00",
      contractor: makeContractorData(n),
    });

    test("share one act's way: each process takes over the jobs of the other", async () => {
      const onec = createOneC();
      const cluster = await startCluster(2, {
        DATABASE_URL: await server.create(),
        ACCOUNTING: "onec-odata",
        ONEC_URL: await onec.listen(),
        ONEC_USER: onec.user,
        ONEC_PASSWORD: onec.password,
        ONEC_ORGANIZATION_INN: companyInn(1),
      });
      const { actId } = await cluster.send(0, "act.requested", request(2), "wh-1");
      // The same event at another node is the same event.
      expect(await cluster.send(1, "act.requested", request(2), "wh-1-again")).toMatchObject({ actId, status: 200 });
      await cluster.until(1, actId, "ready");

      // A link that one node has signed is good at the other.
      const { pdf } = (await cluster.act(1, actId)) as { pdf: { url: string } };
      const path = new URL(pdf.url).pathname + new URL(pdf.url).search;
      for (const { url } of cluster.nodes) {
        const file = await fetch(url + path);
        expect(new TextDecoder().decode((await file.arrayBuffer()).slice(0, 5))).toBe("%PDF-");
      }
      await cluster.nodes[0]!.kill();
      await cluster.send(1, "act.accepted", { payoutId: "p-2", acceptedAt: instant() }, "wh-2");
      await cluster.until(1, actId, "payment_ordered");

      const cards = await onec.hands.cardsOf(aContractor(2).inn);
      expect(cards).toHaveLength(1);
      const acts = await onec.hands.actsOf(cards[0]!.ref);
      expect(acts).toEqual([expect.objectContaining({ ref: actId, posted: true, deletionMark: false })]);
      expect(await onec.hands.ordersOf(cards[0]!.ref)).toHaveLength(1);
      await expect.poll(() => cluster.told.map(({ type }) => type)).toEqual(["act.ready", "payment_order.created"]);
      expect(cluster.nodes[1]!.output()).not.toMatch(/"level":"error"/);
      await cluster.close();
      await onec.close();
    });

    test("run the demo's main flow", async () => {
      const demo = await startProcess({ DATABASE_URL: await server.create() }, ["--demo"]);
      const state = async () => (await (await fetch(`${demo.url}/demo/api/state`)).json()) as DemoState;
      const post = async (path: string, input: object) =>
        (await fetch(`${demo.url}/demo/api/${path}`, {
          method: "POST",
          headers: { "content-type": "application/json", origin: demo.url },
          body: JSON.stringify(input),
        }).then((response) => response.json())) as { payoutId: string };
      const reached = (status: string) =>
        expect.poll(async () => (await state()).payouts[0]?.status, { timeout: 20_000 }).toBe(status);
      const { bankAccount } = (await state()).agents.find(({ id }) => id === "new")!;
      const form = {
        agentId: "new",
        amount: "15000.00",
        vat: "none",
        account: bankAccount.number,
        bic: bankAccount.bic,
      };
      const { payoutId } = await post("payouts", form);
      await reached("ready");
      await post(`payouts/${payoutId}/accept`, {});
      await reached("payment_ordered");
      expect((await state()).payouts[0]?.order?.number).toMatch(/\d/);
      expect(await demo.kill("SIGTERM")).toBe(0);
    });
  },
);

interface DemoState {
  readonly agents: { id: string; bankAccount: { number: string; bic: string } }[];
  readonly payouts: { payoutId: string; status: string; order: { number: string } | null }[];
}
