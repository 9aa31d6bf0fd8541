import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, expect, test } from "vitest";
import { createSecret } from "../../core/webhook.ts";
import { makeContractorData } from "../support/builders.ts";
import { listen, type Running, startProcess } from "../support/process.ts";
import { randomFrom } from "./mortal.ts";

const KILLS = Number(process.env.KILLS ?? 50);
const SEED = Number(process.env.KILL_SEED ?? 20_261_124);

const folder = mkdtempSync(join(tmpdir(), "onec-relay-kill-"));
const inbound = createSecret();
const outbound = createSecret();
const told: { id: string; type: string; actId: string }[] = [];
const platform = await listen((request, body, response) => {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const event = new Webhook(outbound).verify(body.toString(), headers) as { type: string; data: { actId: string } };
  told.push({ id: String(headers["webhook-id"]), type: event.type, actId: event.data.actId });
  response.writeHead(204).end();
});
const settings = {
  ACCOUNTING: "mock",
  DATABASE_URL: `file:${join(folder, "relay.db")}`,
  PLATFORM_URL: `${platform.url}/hooks`,
  PLATFORM_INBOUND_SECRET: inbound,
  PLATFORM_OUTBOUND_SECRET: outbound,
  API_TOKEN: "token-of-the-kill-test-0123456789abcdef",
  // The shortest lease, so that the work of a killed process is taken over soon.
  ONEC_TIMEOUT_MS: "1000",
  // The limit leaves room for others. A call of a killed process may still run in 1C and keeps a slot.
  ONEC_MAX_CONCURRENCY: "16",
};

afterAll(async () => {
  await platform.close();
  rmSync(folder, { recursive: true, force: true });
});

async function send(relay: Running, type: string, data: object, id: string): Promise<{ actId: string }> {
  const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
  const now = new Date();
  const response = await fetch(`${relay.url}/webhooks/platform`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(inbound).sign(id, now, body),
    },
    body,
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as { actId: string };
}

async function act(relay: Running, id: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${relay.url}/api/acts/${id}`, {
    headers: { authorization: `Bearer ${settings.API_TOKEN}` },
  });
  return (await response.json()) as Record<string, unknown>;
}

async function until(relay: Running, ids: readonly string[], status: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (const id of ids) {
    for (;;) {
      const now = await act(relay, id);
      if (now.status === status) break;
      if (Date.now() > deadline) throw new Error(`${id} is ${String(now.status)}: ${JSON.stringify(now)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Reads the final state of 1C from the journal: every row by reference. */
function onec(): { acts: Map<string, number>; orders: Map<string, number> } {
  const acts = new Map<string, number>();
  const orders = new Map<string, number>();
  const text = readFileSync(join(folder, "mock-1c.jsonl"), "utf8");
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) continue;
    const effect = JSON.parse(line) as {
      action: string;
      acts?: { ref: string }[];
      paymentOrders?: { actRef: string }[];
    };
    for (const row of effect.acts ?? []) acts.set(row.ref, (acts.get(row.ref) ?? 0) + 1);
    for (const row of effect.paymentOrders ?? []) orders.set(row.actRef, (orders.get(row.actRef) ?? 0) + 1);
  }
  return { acts, orders };
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test(`kill -9 at ${KILLS} seeded moments after a 2xx: every act reaches ready, once, and its order is made, once`, {
  timeout: 600_000,
}, async () => {
  const random = randomFrom(SEED);
  const ids: string[] = [];
  let relay = await startProcess(settings);
  const accept = async (n: number) => {
    const { pdf } = (await act(relay, ids[n] ?? "")) as { pdf: { sha256: string } };
    const accepted = { payoutId: `p-${n}`, acceptedAt: new Date().toISOString(), pdfSha256: pdf.sha256 };
    expect((await send(relay, "act.accepted", accepted, `wh-accept-${n}`)).actId).toBe(ids[n]);
  };
  let accepted = 0;
  for (let round = 0; ids.length < KILLS || accepted < KILLS; round += 1) {
    if (ids.length < KILLS) {
      const n = ids.length;
      const data = {
        payoutId: `p-${n}`,
        requestedAt: new Date().toISOString(),
        amount: "15000.00",
        contractor: makeContractorData(n + 2),
      };
      ids.push((await send(relay, "act.requested", data, `wh-request-${n}`)).actId);
    }
    // One ready act is accepted in the same round. A kill may follow the 2xx of the acceptance, too.
    const waits = round >= KILLS;
    if (waits) await until(relay, [ids[accepted] ?? ""], "ready");
    if (waits || (await act(relay, ids[accepted] ?? "")).status === "ready") {
      await accept(accepted);
      accepted += 1;
    }
    await sleep(random() * 60);
    await relay.kill();
    relay = await startProcess(settings);
  }
  await until(relay, ids, "payment_ordered");
  const made = onec();
  expect([...made.acts.entries()].sort()).toEqual(ids.map((id) => [id, 1] as [string, number]).sort());
  expect([...made.orders.entries()].sort()).toEqual(ids.map((id) => [id, 1] as [string, number]).sort());

  const toldOf = (type: string) => told.filter((event) => event.type === type);
  for (const type of ["act.ready", "payment_order.created"]) {
    const everyone = () => new Set(toldOf(type).map((event) => event.actId));
    for (const deadline = Date.now() + 60_000; everyone().size < KILLS && Date.now() < deadline; ) await sleep(100);
    expect(everyone()).toEqual(new Set(ids));
    // Sent again after a kill, perhaps; but under one id, so that the platform takes it once.
    expect(new Set(toldOf(type).map((event) => event.id)).size).toBe(ids.length);
  }
  expect(await relay.kill("SIGTERM")).toBe(0);
});
