import { describe, expect, it } from "vitest";
import { refused } from "../../support/http.ts";
import { createHarness, type Harness, RELAY_URL, SECRETS } from "../../support/relay.ts";

const READING = ["/api/acts", "/api/messages", "/api/inbox", "/api/endpoints", "/metrics"];
const WRITING = ["/api/messages/recover?since=2026-11-24T00:00:00Z", "/api/endpoints/platform/resume"];

function call(relay: Harness, path: string, authorization?: string, method = "GET") {
  const headers = authorization === undefined ? {} : { authorization };
  return relay.app.request(`${RELAY_URL}${path}`, { method, headers });
}

describe("who may call the API", () => {
  it("the write token may read and write, the read token only read", async () => {
    const relay = await createHarness();
    for (const token of [SECRETS.write, SECRETS.read]) {
      for (const path of READING) expect((await call(relay, path, `Bearer ${token}`)).status).toBe(200);
      expect((await call(relay, "/api/acts", `Bearer ${token}`, "HEAD")).status).toBe(200);
    }
    for (const path of WRITING) {
      expect((await call(relay, path, `Bearer ${SECRETS.write}`, "POST")).status).toBe(200);
      const response = await call(relay, path, `Bearer ${SECRETS.read}`, "POST");
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="onec-relay", error="insufficient_scope"');
      await refused(response, 403, "forbidden");
    }
  });

  it.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    `Bearer ${SECRETS.write}x`,
    `Bearer ${SECRETS.write.slice(0, -1)}`,
    `Bearer ${SECRETS.write} ${SECRETS.read}`,
    `Basic ${btoa(`api:${SECRETS.write}`)}`,
    SECRETS.write,
    `Bearer ${SECRETS.platformInbound}`,
    "Bearer null",
    "Bearer undefined",
    `Bearer ${"a".repeat(10_000)}`,
  ])("Authorization %j lets nobody in", async (authorization) => {
    const relay = await createHarness();
    for (const path of READING) {
      const response = await call(relay, path, authorization);
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="onec-relay"');
      await refused(response, 401, "unauthorized");
    }
    for (const path of WRITING) await refused(await call(relay, path, authorization, "POST"), 401, "unauthorized");
  });

  it("the scheme is taken in any case", async () => {
    const relay = await createHarness();
    expect((await call(relay, "/api/acts", `bearer ${SECRETS.read}`)).status).toBe(200);
  });

  it.each([null, ""])("without a token (%j) nobody is let in, with whatever", async (token) => {
    const relay = await createHarness({ app: { tokens: { write: token, read: token } } });
    for (const given of [undefined, "Bearer ", "Bearer null", `Bearer ${SECRETS.write}`]) {
      await refused(await call(relay, "/api/acts", given), 401, "unauthorized");
    }
  });

  it("with a read token alone nobody may write", async () => {
    const relay = await createHarness({ app: { tokens: { write: null, read: SECRETS.read } } });
    expect((await call(relay, "/api/acts", `Bearer ${SECRETS.read}`)).status).toBe(200);
    await refused(await call(relay, WRITING[0]!, `Bearer ${SECRETS.read}`, "POST"), 403, "forbidden");
    await refused(await call(relay, WRITING[0]!, `Bearer ${SECRETS.write}`, "POST"), 401, "unauthorized");
  });

  it("what is open needs nothing", async () => {
    const relay = await createHarness();
    for (const path of ["/", "/docs", "/openapi.json", "/health/live", "/health/ready"]) {
      expect((await call(relay, path)).status).toBe(200);
    }
  });

  it("a token opens neither webhooks nor documents", async () => {
    const relay = await createHarness();
    const actId = await relay.ready();
    const authorization = `Bearer ${SECRETS.write}`;
    await refused(await call(relay, "/webhooks/platform", authorization, "POST"), 401, "signature_invalid");
    await refused(await call(relay, `/documents/${actId}.pdf`, authorization), 403, "link_invalid");
  });

  it("a stranger learns of no path under /api whether it exists", async () => {
    const relay = await createHarness();
    await refused(await call(relay, "/api/nothing"), 401, "unauthorized");
    await refused(await call(relay, "/api/acts", undefined, "DELETE"), 401, "unauthorized");
    await refused(await call(relay, "/api/nothing", `Bearer ${SECRETS.read}`), 404, "not_found");
  });
});
