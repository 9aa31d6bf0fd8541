import { expect, test } from "vitest";
import { createMockAdapter, type MockAdapter } from "../../../adapters/mock/index.ts";
import { importSecrets } from "../../../core/webhook.ts";
import { formOf } from "../../onec-runtime/http/books.ts";
import { createExtension } from "../../onec-runtime/http/extension.ts";
import { createPoller } from "../../onec-runtime/http/poller.ts";
import { publish } from "../../onec-runtime/http/publish.ts";
import { type RealRelay, startRelay } from "../../onec-runtime/http/server.ts";
import { createService } from "../../onec-runtime/http/service.ts";
import { makeContractorData } from "../../support/builders.ts";

const OUTBOUND = `whsec_${btoa("u".repeat(32))}`;

/** From the request to the payment, as the platform and the accountant see it. */
async function wholeWay(relay: RealRelay, onec: MockAdapter): Promise<void> {
  const instant = () => new Date().toISOString();
  const request = { payoutId: "p-1", requestedAt: instant(), amount: "15000.00", contractor: makeContractorData(2) };
  const { actId } = await relay.send("act.requested", request);
  await relay.until(actId, "ready");
  const { pdf } = (await relay.act(actId)) as { pdf: { url: string } };
  const file = await fetch(pdf.url);
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(formOf("0000-000001"));
  await relay.send("act.accepted", { payoutId: "p-1", acceptedAt: instant() });
  await relay.until(actId, "payment_ordered");
  const [order] = onec.mock.takeSnapshot().paymentOrders;
  onec.mock.executePayment(order!.ref, "2026-11-25");
  const executed = { paymentOrderRef: order!.ref, executedAt: "2026-11-25" };
  expect((await relay.send("payment.executed", executed, { source: "onec" })).actId).toBe(actId);
  await relay.until(actId, "paid");
  const types = ["act.ready", "payment_order.created", "payment.executed"];
  for (const deadline = Date.now() + 20_000; relay.told.length < 3 && Date.now() < deadline; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(relay.told.map(({ type }) => type)).toEqual(types);
  expect(onec.mock.takeSnapshot()).toMatchObject({
    acts: [{ ref: actId, posted: true }],
    paymentOrders: [{ actRef: actId }],
  });
}

test("a real relay in pull mode needs no ONEC_URL, and a stopping server does not wait for an open long poll", async () => {
  const relay = await startRelay({ ONEC_TRANSPORT: "pull" });
  const onec = createMockAdapter();
  const options = {
    extension: createExtension(() => onec),
    keys: await importSecrets(relay.inboundOfOnec),
    url: relay.url(),
    clock: Date.now,
    newId: () => crypto.randomUUID(),
  };
  const poller = createPoller({ ...options, send: fetch });
  // A caller that hangs up while waiting must take no command. Otherwise the next caller waits for the end of the
  // lease.
  const hangUp = new AbortController();
  const gone = createPoller({ ...options, worker: "gone", send: (it) => fetch(it, { signal: hangUp.signal }) });
  const hung = gone.claim({ waitSeconds: 25 });
  setTimeout(() => hangUp.abort(), 300);
  await expect(hung).rejects.toThrow("aborted");
  let going = true;
  const job = (async () => {
    while (going) await poller.turn({ waitSeconds: 25 });
  })();
  await wholeWay(relay, onec);
  going = false;
  // The job waits for 25 seconds right now: closing lets it go with nothing to do.
  await relay.close();
  await job;
});

test("a real relay that calls 1C, with 1C's own printed form", async () => {
  const onec = createMockAdapter();
  const login = { user: "Обмен", password: "пароль: ёж" };
  const service = createService({
    open: () => onec,
    keys: await importSecrets(OUTBOUND),
    ...login,
    clock: Date.now,
  });
  const published = await publish(service);
  const relay = await startRelay({
    ONEC_URL: published.url,
    ONEC_USER: login.user,
    ONEC_PASSWORD: login.password,
    ONEC_OUTBOUND_SECRET: OUTBOUND,
  });
  await wholeWay(relay, onec);
  await relay.close();
  await published.close();
});
