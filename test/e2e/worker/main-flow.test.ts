import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMockAdapter, MOCK_ORGANIZATION, type MockAdapter } from "../../../adapters/mock/index.ts";
import type { AnswerMessage } from "../../../adapters/onec-http/protocol.ts";
import { encodeBase64 } from "../../../core/base64.ts";
import { sha256Hex } from "../../../core/ids.ts";
import { createSecret, importSecrets } from "../../../core/webhook.ts";
import { formOf } from "../../onec-runtime/http/books.ts";
import { createExtension } from "../../onec-runtime/http/extension.ts";
import { createPoller } from "../../onec-runtime/http/poller.ts";
import { publish } from "../../onec-runtime/http/publish.ts";
import { createService } from "../../onec-runtime/http/service.ts";
import { createOneC } from "../../onec-runtime/odata/index.ts";
import { aContractor, companyInn, makeContractorData } from "../../support/builders.ts";
import { json, refused } from "../../support/http.ts";
import { type PlayedPlatform, playPlatform } from "../../support/platform.ts";
import { startWorkerd, type Workerd } from "../../support/workerd.ts";

const PUBLIC_URL = "https://relay.example/akty";
const instant = () => new Date().toISOString();
const requestOf = (payoutId: string, n = 2) => ({
  payoutId,
  requestedAt: instant(),
  amount: "15000.00",
  contractor: makeContractorData(n),
});

/** Starts the worker and a platform for the worker's webhooks. */
async function startEdge(settings: Record<string, string>): Promise<{ workerd: Workerd; platform: PlayedPlatform }> {
  let workerd: Workerd | undefined;
  const platform = await playPlatform(() => workerd?.url() ?? "");
  workerd = await startWorkerd({ PUBLIC_URL, ...platform.settings, ...settings });
  return { workerd, platform };
}

/** Opens an address under PUBLIC_URL at the worker itself. */
function open(workerd: Workerd, link: string, init?: RequestInit): Promise<Response> {
  return fetch(link.replace(PUBLIC_URL, workerd.url()), init);
}

describe("the worker over 1C's OData interface", { timeout: 60_000 }, () => {
  const onec = createOneC();
  let workerd: Workerd;
  let platform: PlayedPlatform;
  let actId = "";
  beforeAll(async () => {
    const edge = await startEdge({
      ACCOUNTING: "onec-odata",
      ONEC_URL: await onec.listen(),
      ONEC_USER: onec.user,
      ONEC_PASSWORD: onec.password,
      ONEC_ORGANIZATION_INN: companyInn(1),
      API_READ_TOKEN: "read-token-of-the-tests",
    });
    ({ workerd, platform } = edge);
  });
  afterAll(async () => {
    await workerd.close();
    await platform.close();
    await onec.close();
  });

  test("a signed request becomes a posted act with its printed form, and the platform is told", async () => {
    const sent = await platform.send("act.requested", requestOf("p-1"), { id: "evt_request" });
    expect(sent).toEqual({ actId: expect.any(String), duplicate: false });
    ({ actId } = sent);
    await platform.until(actId, "ready");
    await platform.toldOf(1);
    expect(platform.told).toMatchObject([{ type: "act.ready", data: { actId, payoutId: "p-1" } }]);
  });

  test("the printed form opens at its signed address, whole and in parts, and at no other", async () => {
    const { url, sha256, bytes } = platform.told[0]!.data.pdf as { url: string; sha256: string; bytes: number };
    const file = await open(workerd, url);
    expect(file.status).toBe(200);
    expect(file.headers.get("content-type")).toBe("application/pdf");
    const body = new Uint8Array(await file.arrayBuffer());
    expect(body.length).toBe(bytes);
    expect(new TextDecoder().decode(body.slice(0, 5))).toBe("%PDF-");
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
    expect(Buffer.from(digest).toString("hex")).toBe(sha256);
    const part = await open(workerd, url, { headers: { range: "bytes=0-4" } });
    expect([part.status, await part.text()]).toEqual([206, "%PDF-"]);
    const cached = await open(workerd, url, { headers: { "if-none-match": `"${sha256}"` } });
    expect(cached.status).toBe(304);
    await refused(await open(workerd, url.replace("signature=", "signature=A")), 403, "link_invalid");
  });

  test("the same event again changes nothing; another body under its id is refused", async () => {
    const again = await platform.post("act.requested", requestOf("p-1"), { id: "evt_request" });
    await refused(again, 409, "webhook_id_conflict");
    const request = requestOf("p-2", 3);
    const [one, other] = [await platform.send("act.requested", request), await platform.send("act.requested", request)];
    expect(other).toEqual({ actId: one.actId, duplicate: true });
    await platform.until(one.actId, "ready");
  });

  test("a wrong signature is refused, and an invalid event is answered with every issue", async () => {
    const headers = {
      "webhook-id": "evt_forged",
      "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
      "webhook-signature": `v1,${btoa("x".repeat(32))}`,
    };
    const forged = await fetch(`${workerd.url()}/webhooks/platform`, { method: "POST", body: "{}", headers });
    await refused(forged, 401, "signature_invalid");
    const wrong = await platform.post("act.requested", { ...requestOf("p-3"), amount: "-1" });
    const problem = await refused(wrong, 422, "validation_failed");
    expect(problem.errors).toMatchObject([{ path: "data.amount" }]);
    const large = await platform.post("act.requested", { ...requestOf("p-4"), note: "я".repeat(800_000) });
    await refused(large, 413, "body_too_large");
  });

  test("the API needs tokens; the documentation needs none", async () => {
    const ask = (path: string, token?: string, method = "GET") =>
      fetch(workerd.url() + path, { method, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
    await refused(await ask("/api/acts"), 401, "unauthorized");
    await refused(await ask(`/api/acts/${actId}/retry`, "read-token-of-the-tests", "POST"), 403, "forbidden");
    const acts = await json<{ items: { actId: string }[] }>(await ask("/api/acts", "read-token-of-the-tests"));
    expect(acts.items.map((act) => act.actId)).toContain(actId);
    expect(await (await ask("/metrics", "read-token-of-the-tests")).text()).toContain(
      'onec_relay_acts{status="ready"} 2',
    );
    const docs = await ask("/docs");
    expect(docs.headers.get("content-type")).toMatch(/^text\/html/);
    expect(await docs.text()).toContain("/webhooks/platform");
    expect(await json(await ask("/openapi.json"))).toMatchObject({ openapi: "3.1.0" });
    expect(await json(await ask("/"))).toMatchObject({ name: "onec-relay" });
    expect(await json(await ask("/health/ready"))).toMatchObject({
      storage: "ok",
      accounting: { adapter: "onec-odata" },
    });
  });

  test("an accepted act becomes a payment order, and the payment is seen after a restart", async () => {
    await platform.send("act.accepted", { payoutId: "p-1", acceptedAt: instant() });
    await platform.until(actId, "payment_ordered");
    await workerd.restart();
    const [card] = await onec.hands.cardsOf(aContractor(2).inn);
    const acts = await onec.hands.actsOf(card!.ref);
    expect(acts).toEqual([
      expect.objectContaining({ ref: actId, posted: true, deletionMark: false, amount: 1_500_000 }),
    ]);
    const [order, ...others] = await onec.hands.ordersOf(card!.ref);
    expect(order).toMatchObject({ amount: 1_500_000, account: aContractor(2).bankAccount });
    expect(others).toEqual([]);
    await onec.hands.executePayment(order!.ref, instant().slice(0, 10));
    // The first minute of cron makes the check of payments; a later minute, ten minutes on, runs the check.
    await workerd.cron();
    await workerd.sql("update message set due_at = 0 where id = 'payment_check'");
    await workerd.cron();
    await platform.until(actId, "paid");
    await platform.toldOf(4);
    const types = platform.told.filter(({ data }) => data.payoutId === "p-1").map(({ type }) => type);
    expect(types).toEqual(["act.ready", "payment_order.created", "payment.executed"]);
  });
});

/** From the request to the payment over the extension, as the platform and the accountant see it. */
async function wholeWay(workerd: Workerd, platform: PlayedPlatform, onec: MockAdapter): Promise<void> {
  const { actId } = await platform.send("act.requested", requestOf("p-1"));
  await platform.until(actId, "ready");
  const { pdf } = (await platform.act(actId)) as { pdf: { url: string } };
  const file = await open(workerd, pdf.url);
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(formOf("0000-000001"));
  await platform.send("act.accepted", { payoutId: "p-1", acceptedAt: instant() });
  await platform.until(actId, "payment_ordered");
  const [order] = onec.mock.takeSnapshot().paymentOrders;
  onec.mock.executePayment(order!.ref, "2026-11-25");
  const executed = { paymentOrderRef: order!.ref, executedAt: "2026-11-25" };
  expect((await platform.send("payment.executed", executed, { source: "onec" })).actId).toBe(actId);
  await platform.until(actId, "paid");
  await platform.toldOf(3);
  expect(platform.told.map(({ type }) => type)).toEqual(["act.ready", "payment_order.created", "payment.executed"]);
  expect(onec.mock.takeSnapshot()).toMatchObject({
    acts: [{ ref: actId, posted: true }],
    paymentOrders: [{ actRef: actId }],
  });
}

describe("the worker over 1C's extension", { timeout: 60_000 }, () => {
  test("takes an act the whole way when the relay calls 1C", async () => {
    const onec = createMockAdapter();
    const login = { user: "Обмен", password: "пароль: ёж" };
    const outbound = createSecret();
    const service = createService({ open: () => onec, keys: await importSecrets(outbound), ...login, clock: Date.now });
    const published = await publish(service);
    const { workerd, platform } = await startEdge({
      ACCOUNTING: "onec-http",
      ONEC_ORGANIZATION_INN: MOCK_ORGANIZATION.inn,
      ONEC_URL: published.url,
      ONEC_USER: login.user,
      ONEC_PASSWORD: login.password,
      ONEC_OUTBOUND_SECRET: outbound,
    });
    await wholeWay(workerd, platform, onec);
    await workerd.close();
    await platform.close();
    await published.close();
  });

  /** Starts the worker and a played 1C, which fetches commands. `execute` may change the answers. */
  async function startPull(change: (answer: AnswerMessage) => AnswerMessage = (answer) => answer) {
    const { workerd, platform } = await startEdge({
      ACCOUNTING: "onec-http",
      ONEC_TRANSPORT: "pull",
      ONEC_ORGANIZATION_INN: MOCK_ORGANIZATION.inn,
    });
    const onec = createMockAdapter();
    const extension = createExtension(() => onec);
    const poller = createPoller({
      extension: { execute: async (command) => change(await extension.execute(command)) },
      keys: await importSecrets(platform.settings.ONEC_INBOUND_SECRET!),
      url: workerd.url(),
      send: fetch,
      clock: Date.now,
      newId: () => crypto.randomUUID(),
    });
    let going = true;
    const job = (async () => {
      while (going) await poller.turn({ waitSeconds: 1 });
    })();
    async function close(): Promise<void> {
      going = false;
      await job;
      await workerd.close();
      await platform.close();
    }
    return { workerd, platform, onec, close };
  }

  test("lets 1C fetch commands, and long polls wait meanwhile", async () => {
    const { workerd, platform, onec, close } = await startPull();
    await wholeWay(workerd, platform, onec);
    await close();
  });

  /** A 1C whose printed form has so many bytes. */
  function printing(bytes: number) {
    const pdf = new Uint8Array(bytes).fill(0x20);
    pdf.set(new TextEncoder().encode("%PDF-1.4"));
    pdf.set(new TextEncoder().encode("%%EOF"), pdf.length - 5);
    const result = { pdf: encodeBase64(pdf) };
    return startPull((answer) => (answer.ok && answer.operation === "act-form" ? { ...answer, result } : answer));
  }

  test("serves a printed form of the largest size that D1 can keep", async () => {
    const { workerd, platform, close } = await printing(1_400_000);
    const { actId } = await platform.send("act.requested", requestOf("p-1"));
    await platform.until(actId, "ready");
    const { pdf } = (await platform.act(actId)) as { pdf: { url: string; sha256: string } };
    const body = new Uint8Array(await (await open(workerd, pdf.url)).arrayBuffer());
    expect(body.length).toBe(1_400_000);
    expect(await sha256Hex(body)).toBe(pdf.sha256);
    await close();
  });

  test("makes a problem of a printed form too large for D1, and repeats nothing for ever", async () => {
    const { platform, close } = await printing(1_450_000);
    const { actId } = await platform.send("act.requested", requestOf("p-1"));
    await expect
      .poll(async () => (await platform.act(actId)).problem, { timeout: 20_000 })
      .toMatchObject({ code: "print_failed", message: expect.stringContaining("не больше 1,4 МБ") });
    await close();
  });
});
