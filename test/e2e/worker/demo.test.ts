import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { createMockAdapter, MOCK_ORGANIZATION } from "../../../adapters/mock/index.ts";
import { createSecret, importSecrets } from "../../../core/webhook.ts";
import { readDemoAssets } from "../../../server/demo/assets-node.ts";
import { createDemo } from "../../../server/demo/index.ts";
import { publish } from "../../onec-runtime/http/publish.ts";
import { createService } from "../../onec-runtime/http/service.ts";
import type { DemoState } from "../../support/demo.ts";
import { json } from "../../support/http.ts";
import { findFreePort } from "../../support/process.ts";
import { startWorkerd } from "../../support/workerd.ts";

/*
 * The cabinet and the 1C of the demo keep their memory in one process, so both run here. The worker beside them is the
 * relay. The cabinet and the 1C know only the worker's address and secrets.
 */
test("the demo's personal cabinet works over the worker: act, printed form, acceptance, payment", {
  timeout: 60_000,
}, async () => {
  const port = await findFreePort();
  const here = `http://127.0.0.1:${port}`;
  const secrets = { inbound: createSecret(), outbound: createSecret(), onec: createSecret(), document: createSecret() };
  const token = "token-of-the-tests-0123456789";
  const login = { user: "Обмен", password: "пароль: ёж" };
  const onec = createMockAdapter();
  const keys = await importSecrets(secrets.onec);
  const published = await publish(createService({ open: () => onec, keys, ...login, clock: Date.now }));
  const workerd = await startWorkerd({
    PUBLIC_URL: "https://relay.example",
    API_TOKEN: token,
    DOCUMENT_SECRET: secrets.document,
    PLATFORM_URL: `${here}/demo/webhooks`,
    PLATFORM_INBOUND_SECRET: secrets.inbound,
    PLATFORM_OUTBOUND_SECRET: secrets.outbound,
    ACCOUNTING: "onec-http",
    ONEC_ORGANIZATION_INN: MOCK_ORGANIZATION.inn,
    ONEC_URL: published.url,
    ONEC_USER: login.user,
    ONEC_PASSWORD: login.password,
    ONEC_INBOUND_SECRET: createSecret(),
    ONEC_OUTBOUND_SECRET: secrets.onec,
  });
  const demo = createDemo({
    relayUrl: () => workerd.url(),
    inboundSecret: secrets.inbound,
    outboundSecret: secrets.outbound,
    apiToken: token,
    mock: onec.mock,
    assets: await readDemoAssets(),
    clock: Date.now,
    newId: () => crypto.randomUUID(),
  });
  const app = new Hono().route("/demo", demo.app);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await demo.seed();

  const state = async () => json<DemoState>(await fetch(`${here}/demo/api/state`));
  const act = async (path: string, input: object = {}) => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${here}/demo/api/${path}`, { method: "POST", headers, body: JSON.stringify(input) });
    return json<{ ok: boolean; payoutId: string }>(response);
  };
  const until = (status: string) =>
    expect.poll(async () => (await state()).payouts[0]?.status, { timeout: 20_000 }).toBe(status);

  // An agent with a card and acts of his own in 1C.
  const agent = (await state()).agents.find(({ id }) => id === "known")!;
  const form = { agentId: agent.id, amount: "15000.00", vat: "none", ...accountOf(agent) };
  const { ok, payoutId } = await act("payouts", form);
  expect(ok).toBe(true);
  await until("ready");
  const { period } = (await state()).payouts[0]!.act!;
  expect(period.from > agent.registeredAt!.slice(0, 10)).toBe(true);
  expect((await act(`payouts/${payoutId}/accept`)).ok).toBe(true);
  await until("payment_ordered");
  const [order] = onec.mock.takeSnapshot().paymentOrders;
  expect((await act(`onec/orders/${order!.ref}/execute`)).ok).toBe(true);
  await workerd.cron();
  await workerd.sql("update message set due_at = 0 where id = 'payment_check'");
  await workerd.cron();
  await until("paid");
  const { feed } = await state();
  expect(feed.every(({ verified }) => verified)).toBe(true);
  expect(feed.map(({ type }) => type)).toEqual([
    "act.requested",
    "act.ready",
    "act.accepted",
    "payment_order.created",
    "payment.executed",
  ]);

  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await workerd.close();
  await published.close();
});

function accountOf({ bankAccount }: DemoState["agents"][number]) {
  return { account: bankAccount.number, bic: bankAccount.bic };
}
