import { describe, expect, it } from "vitest";
import { RELAY_URL, SECRETS } from "../../support/harness.ts";
import { refused } from "../../support/http.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

const READING = ["/api/acts", "/api/messages", "/api/inbox", "/api/endpoints", "/metrics"];
const WRITING = ["/api/messages/recover?since=2026-11-24T00:00:00Z", "/api/endpoints/platform/resume"];

function call(relay: HttpHarness, path: string, authorization?: string, method = "GET") {
  const headers = authorization === undefined ? {} : { authorization };
  return relay.app.request(`${RELAY_URL}${path}`, { method, headers });
}

describe("access to the API", () => {
  it("allows reads and writes with the write token, reads only with the read token", async () => {
    const relay = await createHttpHarness();
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
  ])("is refused with Authorization %j", async (authorization) => {
    const relay = await createHttpHarness();
    for (const path of READING) {
      const response = await call(relay, path, authorization);
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="onec-relay"');
      await refused(response, 401, "unauthorized");
    }
    for (const path of WRITING) await refused(await call(relay, path, authorization, "POST"), 401, "unauthorized");
  });

  it("takes the scheme in any case", async () => {
    const relay = await createHttpHarness();
    expect((await call(relay, "/api/acts", `bearer ${SECRETS.read}`)).status).toBe(200);
  });

  it.each([null, ""])("is refused without a token (%j) for any request", async (token) => {
    const relay = await createHttpHarness({ app: { tokens: { write: token, read: token } } });
    for (const given of [undefined, "Bearer ", "Bearer null", `Bearer ${SECRETS.write}`]) {
      await refused(await call(relay, "/api/acts", given), 401, "unauthorized");
    }
  });

  it("has no writes where only a read token is set", async () => {
    const relay = await createHttpHarness({ app: { tokens: { write: null, read: SECRETS.read } } });
    expect((await call(relay, "/api/acts", `Bearer ${SECRETS.read}`)).status).toBe(200);
    await refused(await call(relay, WRITING[0]!, `Bearer ${SECRETS.read}`, "POST"), 403, "forbidden");
    await refused(await call(relay, WRITING[0]!, `Bearer ${SECRETS.write}`, "POST"), 401, "unauthorized");
  });

  it("needs no token for open routes", async () => {
    const relay = await createHttpHarness();
    for (const path of ["/", "/docs", "/openapi.json", "/health/live", "/health/ready"]) {
      expect((await call(relay, path)).status).toBe(200);
    }
  });

  it("does not extend a token to webhooks or documents", async () => {
    const relay = await createHttpHarness();
    const actId = await relay.prepareAct();
    const authorization = `Bearer ${SECRETS.write}`;
    await refused(await call(relay, "/webhooks/platform", authorization, "POST"), 401, "signature_invalid");
    await refused(await call(relay, `/documents/${actId}.pdf`, authorization), 403, "link_invalid");
  });

  it("hides from a stranger whether a path under /api exists", async () => {
    const relay = await createHttpHarness();
    await refused(await call(relay, "/api/nothing"), 401, "unauthorized");
    await refused(await call(relay, "/api/acts", undefined, "DELETE"), 401, "unauthorized");
    await refused(await call(relay, "/api/nothing", `Bearer ${SECRETS.read}`), 404, "not_found");
  });
});
