import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import type { Store } from "../../../core/store.ts";
import { makeRequestData } from "../../support/builders.ts";
import { RELAY_URL, SECRETS } from "../../support/harness.ts";
import { refused } from "../../support/http.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function inbox(relay: HttpHarness) {
  return (await relay.store.listInbox({ limit: 100 })).items;
}

describe("a wrong signature is answered 401 and stores nothing", () => {
  const event = { type: "act.requested", data: makeRequestData() };
  const broken: [string, (relay: HttpHarness) => Promise<Request>, string][] = [
    ["another secret", (relay) => relay.sign(event, { secret: SECRETS.onecInbound }), "signature_invalid"],
    [
      "no headers",
      async () => new Request(`${RELAY_URL}/webhooks/platform`, { method: "POST", body: "{}" }),
      "signature_invalid",
    ],
    ["garbage", (relay) => relay.sign(event, { headers: { "webhook-signature": "v1,AAAA" } }), "signature_invalid"],
    ["another id", (relay) => relay.sign(event, { headers: { "webhook-id": "evt_other" } }), "signature_invalid"],
    ["a stale timestamp", (relay) => relay.sign(event, { at: relay.now() / 1000 - 301 }), "timestamp_out_of_tolerance"],
    [
      "a future timestamp",
      (relay) => relay.sign(event, { at: relay.now() / 1000 + 301 }),
      "timestamp_out_of_tolerance",
    ],
    [
      "a stale timestamp under another secret tells nothing of the clock",
      (relay) => relay.sign(event, { at: relay.now() / 1000 - 301, secret: SECRETS.onecInbound }),
      "signature_invalid",
    ],
  ];

  it.each(broken)("%s", async (_, make, code) => {
    const relay = await createHttpHarness();
    const response = await relay.app.request(await make(relay));
    await refused(response, 401, code);
    expect(await inbox(relay)).toEqual([]);
    expect((await relay.store.listActs({ limit: 1 })).items).toEqual([]);
  });

  it("one byte changed", async () => {
    const relay = await createHttpHarness();
    const request = await relay.sign(event);
    const text = (await request.clone().text()).replace("15000.00", "95000.00");
    await refused(await relay.app.request(new Request(request, { body: text })), 401, "signature_invalid");
  });

  it("takes a timestamp just within five minutes, either way", async () => {
    const relay = await createHttpHarness();
    for (const off of [-300, 300]) {
      const response = await relay.post(
        { type: "act.requested", data: makeRequestData() },
        { at: relay.now() / 1000 + off },
      );
      expect(response.status).toBe(202);
    }
  });

  it("answers 404 on /webhooks/onec where 1C has no secret", async () => {
    const { inbound } = await onlyPlatform();
    const relay = await createHttpHarness({ app: { inbound } });
    await refused(await relay.post({ type: "act.changed" }, { source: "onec" }), 404, "not_found");
  });

  async function onlyPlatform() {
    const { importSecrets } = await import("../../../core/webhook.ts");
    return { inbound: { platform: await importSecrets(SECRETS.platformInbound), onec: null } };
  }
});

/** Headers of a stranger without a secret. */
const STRANGER = {
  "webhook-id": "evt_stranger",
  "webhook-timestamp": "1",
  "webhook-signature": `v1,${btoa("x".repeat(32))}`,
};

it("a request without the headers of a signature is refused before its body is read", async () => {
  const relay = await createHttpHarness();
  let pulled = 0;
  const pull = () => {
    pulled += 1;
  };
  const body = new ReadableStream({ pull }, { highWaterMark: 0 });
  for (const name of Object.keys(STRANGER)) {
    const headers = Object.fromEntries(Object.entries(STRANGER).filter(([other]) => other !== name));
    const request = new Request(`${RELAY_URL}/webhooks/platform`, {
      method: "POST",
      headers,
      body: body.locked ? null : body,
      duplex: "half",
    } as RequestInit);
    await refused(await relay.app.request(request), 401, "signature_invalid");
  }
  expect(pulled).toBe(0);
});

describe("a body that is too large is answered 413", () => {
  it("is refused by the length alone, without reading", async () => {
    const relay = await createHttpHarness({ app: { maxBodyBytes: 1000 } });
    let pulled = 0;
    const stream = new ReadableStream(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(100));
        },
      },
      { highWaterMark: 0 },
    );
    const request = new Request(`${RELAY_URL}/webhooks/platform`, {
      method: "POST",
      body: stream,
      headers: { ...STRANGER, "content-length": "1001" },
      duplex: "half",
    } as RequestInit);
    await refused(await relay.app.request(request), 413, "body_too_large");
    expect(pulled).toBe(0);
    expect(await inbox(relay)).toEqual([]);
  });

  it("is refused when chunked and endless, as soon as the limit is passed", async () => {
    const relay = await createHttpHarness({ app: { maxBodyBytes: 1000 } });
    let pulled = 0;
    let cancelled = false;
    const stream = new ReadableStream(
      {
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(100));
        },
        cancel() {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const request = new Request(`${RELAY_URL}/webhooks/platform`, {
      method: "POST",
      headers: STRANGER,
      body: stream,
      duplex: "half",
    } as RequestInit);
    await refused(await relay.app.request(request), 413, "body_too_large");
    expect(pulled).toBe(11);
    expect(cancelled).toBe(true);
  });

  it("is read at exactly the limit", async () => {
    const event = { type: "act.requested", timestamp: "2026-11-24T09:00:00Z", data: makeRequestData() };
    const raw = bytes(JSON.stringify(event));
    const relay = await createHttpHarness({ app: { maxBodyBytes: raw.length } });
    expect((await relay.post(raw)).status).toBe(202);
  });

  it("answers malformed to a body that breaks off", async () => {
    const relay = await createHttpHarness();
    const stream = new ReadableStream({
      pull(controller) {
        controller.error(new Error("gone"));
      },
    });
    const request = new Request(`${RELAY_URL}/webhooks/platform`, {
      method: "POST",
      headers: STRANGER,
      body: stream,
      duplex: "half",
    } as RequestInit);
    await refused(await relay.app.request(request), 400, "malformed");
  });
});

describe("a storage that fails is answered 503 with Retry-After", () => {
  it.each(["commit", "getActByPayout"] as const)("in %s", async (method) => {
    const store: Store = {
      ...createMemoryStore(),
      [method]: async () => {
        throw new TypeError("SQLITE_IOERR: disk I/O error near /var/secret/path");
      },
    };
    const relay = await createHttpHarness({ store });
    const response = await relay.post({ type: "act.requested", data: makeRequestData() });
    const text = await response.clone().text();
    await refused(response, 503, "storage_unavailable");
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(text).not.toMatch(/SQLITE|disk|secret/);
  });
});
