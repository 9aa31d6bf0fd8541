import { expect, test } from "vitest";
import { createMockAdapter } from "../../adapters/mock/index.ts";
import { importSecrets } from "../../core/webhook.ts";
import { createExtension } from "../support/onec-http/extension.ts";
import { createPoller } from "../support/onec-http/poller.ts";
import { startRelay } from "../support/onec-http/server.ts";
import { contractorWire } from "../support/world.ts";
import { randomFrom } from "./mortal.ts";

const KILLS = Number(process.env.KILLS ?? 50);
const SEED = Number(process.env.KILL_SEED ?? 20_261_124);
/** Asked for in each round, so that each kill falls on work. */
const ACTS = Math.min(KILLS, 25);

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test(`kill -9 at ${KILLS} seeded moments while 1C fetches its commands: one act, one order, no lost event`, {
  timeout: 600_000,
}, async () => {
  const random = randomFrom(SEED);
  // The shortest lease, so that what a killed process held is taken over soon.
  const relay = await startRelay({ ONEC_TRANSPORT: "pull", ONEC_TIMEOUT_MS: "1000" });
  const onec = createMockAdapter();
  const extension = createExtension(() => onec);
  const poller = createPoller({
    extension,
    keys: await importSecrets(relay.inboundOfOnec),
    send: fetch,
    url: relay.url(),
    clock: Date.now,
    newId: () => crypto.randomUUID(),
  });
  let going = true;
  let lost = 0;
  /** 1C's job: whatever fails, it comes again. */
  const job = (async () => {
    while (going) {
      await poller.turn({ waitSeconds: 2, limit: 3 }).catch(async () => {
        lost += 1;
        await sleep(20);
      });
    }
  })();
  const ids: string[] = [];
  const instant = () => new Date().toISOString();
  let accepted = 0;
  const accept = async () => {
    const data = { payoutId: `p-${accepted}`, acceptedAt: instant() };
    expect((await relay.send("act.accepted", data, { id: `wh-accept-${accepted}` })).actId).toBe(ids[accepted]);
    accepted += 1;
  };
  for (let round = 0; round < KILLS; round += 1) {
    if (ids.length < ACTS) {
      const n = ids.length;
      const data = {
        payoutId: `p-${n}`,
        requestedAt: instant(),
        amount: "15000.00",
        contractor: contractorWire(n + 2),
      };
      ids.push((await relay.send("act.requested", data, { id: `wh-request-${n}` })).actId);
    }
    const next = ids[accepted];
    if (next !== undefined && (await relay.act(next)).status === "ready") await accept();
    await sleep(random() * 80);
    await relay.restart();
  }
  while (accepted < ids.length) {
    await relay.until(ids[accepted]!, "ready");
    await accept();
  }
  for (const id of ids) await relay.until(id, "payment_ordered");
  const { acts, paymentOrders } = onec.mock.snapshot();
  for (const order of paymentOrders) {
    onec.mock.executePayment(order.ref, "2026-11-25");
    const data = { paymentOrderRef: order.ref, executedAt: "2026-11-25" };
    await relay.send("payment.executed", data, { source: "onec", id: `1c-${order.number}` });
  }
  for (const id of ids) await relay.until(id, "paid");
  going = false;
  await job;
  expect(acts.map(({ ref }) => ref).sort()).toEqual([...ids].sort());
  expect(paymentOrders.map(({ actRef }) => actRef).sort()).toEqual([...ids].sort());
  for (const type of ["act.ready", "payment_order.created", "payment.executed"]) {
    const told = () => relay.told.filter((event) => event.type === type);
    const everyone = () => new Set(told().map(({ data }) => data.actId));
    for (const deadline = Date.now() + 60_000; everyone().size < ids.length && Date.now() < deadline; ) await sleep(50);
    expect(everyone()).toEqual(new Set(ids));
    // Sent again after a kill, perhaps; but under one id, so that the platform takes it once.
    expect(new Set(told().map(({ id }) => id)).size).toBe(ids.length);
  }
  // Kills that nobody felt prove nothing.
  expect(lost).toBeGreaterThan(KILLS / 5);
  await relay.close();
});
