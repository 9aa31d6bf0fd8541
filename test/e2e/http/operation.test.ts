import { Hono } from "hono";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import type { Store } from "../../../core/store.ts";
import { readySchema } from "../../../server/http/answers.ts";
import { makeRequestData } from "../../support/builders.ts";
import { RELAY_URL, SECRETS } from "../../support/harness.ts";
import { json, refused } from "../../support/http.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

const ROUTES = [
  ...["/", "/docs", "/openapi.json", "/health/live", "/health/ready", "/metrics", "/nothing", "/documents/x.pdf"],
  ...[
    "/api/acts",
    "/api/acts/x",
    "/api/acts/x/pdf",
    "/api/messages",
    "/api/messages/x",
    "/api/inbox",
    "/api/endpoints",
  ],
];
const get = (relay: HttpHarness, path: string, init?: RequestInit) => relay.app.request(`${RELAY_URL}${path}`, init);

function broken(...methods: (keyof Store)[]): Store {
  const fail = async () => {
    throw new Error("connection to postgres://relay:hunter2@db lost");
  };
  return { ...createMemoryStore(), ...Object.fromEntries(methods.map((method) => [method, fail])) };
}

describe("health", () => {
  it("is alive, and ready with the breaker's state", async () => {
    const relay = await createHttpHarness();
    expect(await json(await get(relay, "/health/live"))).toEqual({ status: "ok" });
    const ready = await json(await get(relay, "/health/ready"));
    expect(v.parse(readySchema, ready)).toEqual(ready);
    expect(ready).toMatchObject({ status: "ok", accounting: { adapter: "mock", breaker: { state: "closed" } } });
  });

  it("stays ready while 1C is down, and shows the outage", async () => {
    const relay = await createHttpHarness();
    relay.onec.mock.failNext("upsertCounterparty", { code: "onec_unavailable", outcome: "unavailable", times: 5 });
    for (let n = 0; n < 5; n += 1) await relay.prepareAct();
    const response = await get(relay, "/health/ready");
    expect(response.status).toBe(200);
    const ready = await json(response);
    expect(v.parse(readySchema, ready)).toEqual(ready);
    expect(ready).toMatchObject({ accounting: { breaker: { state: "open", code: "onec_unavailable" } } });
  });

  it("is alive but not ready without the storage", async () => {
    const relay = await createHttpHarness({ store: broken("checkReady") });
    const response = await get(relay, "/health/ready");
    expect(response.headers.get("retry-after")).toBe("5");
    const problem = await refused(response, 503, "storage_unavailable");
    expect(problem).toMatchObject({ storage: "unavailable", accounting: { breaker: { state: "closed" } } });
    expect((await get(relay, "/health/live")).status).toBe(200);
  });
});

describe("errors", () => {
  it.each([
    ["/api/acts", "listActs"],
    ["/api/messages", "listJobs"],
    ["/api/inbox", "listInbox"],
    ["/api/endpoints", "getDestination"],
    ["/metrics", "getStats"],
    ["/api/acts/0193a000-0000-7000-8000-000000000001", "getAct"],
    ["/api/messages/msg_1", "getJob"],
  ] as const)("are 503 without any detail when the storage behind %s fails", async (path, method) => {
    const relay = await createHttpHarness({ store: broken(method) });
    const response = await relay.call(path);
    const text = await response.clone().text();
    await refused(response, 503, "storage_unavailable");
    expect(text).not.toMatch(/postgres|hunter2/);
    expect(JSON.stringify(relay.logged)).not.toMatch(/hunter2/);
    expect(relay.logged).toContainEqual(expect.objectContaining({ event: "request_failed", error: "Error" }));
  });

  it("are 500 without any detail for a fault of the code, and the log names the place", async () => {
    const harness = await createHttpHarness();
    const relay = {
      ...harness.relay,
      getBreakerState: () => {
        throw new RangeError("ИНН 7707083893 at /srv/relay");
      },
    };
    const { app, logged } = await createHttpHarness({ store: harness.store, app: { relay } });
    const response = await app.request("/health/ready");
    const text = await response.clone().text();
    await refused(response, 500, "internal");
    expect(text).not.toMatch(/7707083893|srv|RangeError/);
    const failed = logged.find(({ event }) => event === "request_failed");
    expect(failed).toMatchObject({ level: "error", error: "RangeError", route: "/health/ready", status: 500 });
    expect(String(failed?.at)).toMatch(/operation\.test\.ts/);
    expect(JSON.stringify(logged)).not.toContain("7707083893");
  });

  it.each([
    ["DELETE", "/api/acts", "GET, HEAD"],
    ["POST", "/api/acts", "GET, HEAD"],
    ["GET", "/api/acts/x/void", "POST"],
    ["GET", "/api/messages/x/retry", "POST"],
    ["GET", "/webhooks/platform", "POST"],
    ["PUT", "/webhooks/onec", "POST"],
    ["POST", "/documents/x.pdf", "GET, HEAD"],
    ["OPTIONS", "/docs", "GET, HEAD"],
    ["POST", "/", "GET, HEAD"],
    ["BREW", "/health/live", "GET, HEAD"],
  ])("%s %s is 405 with Allow: %s", async (method, path, allow) => {
    const relay = await createHttpHarness();
    const response = await relay.call(path, { method });
    expect(response.headers.get("allow")).toBe(allow);
    await refused(response, 405, "method_not_allowed");
  });

  it.each([
    "/nothing",
    "/api",
    "/api/",
    "/api/acts/",
    "/API/acts",
    "//",
    "/%",
    "/%ZZ",
    "/%00",
    "/%FF",
    "/docs/../x",
    "/demo",
    "/.env",
  ])("%s is 404", async (path) => {
    const relay = await createHttpHarness();
    await refused(await relay.call(path), 404, "not_found");
  });

  it("do not come from a huge query: the server takes or refuses the query", async () => {
    const relay = await createHttpHarness();
    const query = Array.from({ length: 20_000 }, (_, n) => `p${n}=${"x".repeat(10)}`).join("&");
    expect((await get(relay, `/health/live?${query}`)).status).toBe(200);
    await refused(await relay.call(`/api/acts?${query}`), 422, "validation_failed");
  });
});

describe("headers", () => {
  it("protect every answer", async () => {
    const relay = await createHttpHarness({ app: { frameAncestors: [] } });
    const { url } = await relay.links.sign(
      await relay.prepareAct(),
      relay.delivered[0]!.data.pdf ? (relay.delivered[0]!.data.pdf as { sha256: string }).sha256 : "",
    );
    for (const path of [...ROUTES, url.slice(RELAY_URL.length)]) {
      for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
        for (const authorization of ["", `Bearer ${SECRETS.write}`]) {
          const { headers } = await get(relay, path, { method, headers: { authorization } });
          expect(headers.get("x-content-type-options"), path).toBe("nosniff");
          expect(headers.get("referrer-policy"), path).toBe("no-referrer");
          expect(headers.get("x-request-id"), path).toMatch(/^[0-9a-f-]{36}$/);
          expect(headers.get("content-security-policy"), path).toMatch(/frame-ancestors 'none'/);
          expect(headers.get("cache-control"), path).toMatch(/no-store|private/);
          for (const name of ["x-powered-by", "server", "access-control-allow-origin"])
            expect(headers.has(name)).toBe(false);
        }
      }
    }
  });

  it("carry the id of the request, ours or the proxy's", async () => {
    const relay = await createHttpHarness();
    const id = async (given: string) =>
      (await get(relay, "/health/live", { headers: { "x-request-id": given } })).headers.get("x-request-id");
    expect(await id("proxy-0001_A")).toBe("proxy-0001_A");
    for (const wrong of ["short", "with space 123", "a".repeat(65), "../../etc/passwd"])
      expect(await id(wrong)).not.toBe(wrong);
  });
});

describe("the log", () => {
  it("has a line per request with the route's pattern, and nothing that identifies a person", async () => {
    const relay = await createHttpHarness();
    const data = makeRequestData({ n: 77 });
    await relay.post({ type: "act.requested", data }, { id: "evt_logged" });
    await relay.settle();
    const { url } = relay.delivered[0]!.data.pdf as { url: string };
    await relay.app.request(url);
    await relay.call(`/api/acts?inn=${data.contractor.inn}`);
    await get(relay, "/secret/path?token=hunter2");
    const requests = relay.logged.filter(({ event }) => event === "request");
    expect(requests).toMatchObject([
      { level: "info", method: "POST", route: "/webhooks/platform", status: 202, ms: 0 },
      { method: "GET", route: "/documents/:file", status: 200 },
      { method: "GET", route: "/api/acts", status: 200 },
      { method: "GET", route: "unknown", status: 404 },
    ]);
    for (const { requestId, time } of requests) {
      expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(time).toBe("2026-11-24T09:00:00.000Z");
    }
    const text = JSON.stringify(relay.logged);
    const told = [data.contractor.inn, data.contractor.name, url, "signature=", "hunter2", SECRETS.write, "Bearer"];
    for (const secret of told) expect(text).not.toContain(String(secret));
  });
});

describe("the front page", () => {
  it("describes the service and links to the documentation", async () => {
    const relay = await createHttpHarness();
    expect(await json(await get(relay, "/"))).toMatchObject({ name: "onec-relay", docs: "/docs" });
  });

  it("leads to the demo where the demo runs, and the demo keeps a policy of its own", async () => {
    const demo = new Hono()
      .post("/webhooks", (c) => c.json({ taken: true }))
      .get("/app.css", (c) => c.text("body{}"))
      .get("*", (c) => c.html("<h1>Кабинет</h1>", 200, { "content-security-policy": "default-src 'self'" }));
    const relay = await createHttpHarness({ app: { demo } });
    for (const path of ["/", "/demo"]) {
      const response = await get(relay, path);
      expect([response.status, response.headers.get("location")]).toEqual([302, "/demo/"]);
    }
    const page = await get(relay, "/demo/");
    expect(await page.text()).toContain("Кабинет");
    expect(page.headers.get("content-security-policy")).toBe("default-src 'self'");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await (await get(relay, "/demo/app.css")).text()).toBe("body{}");
    expect(await json(await get(relay, "/demo/webhooks", { method: "POST" }))).toEqual({ taken: true });
    expect(relay.logged.at(-1)).toMatchObject({ route: "/demo/webhooks" });
  });
});
