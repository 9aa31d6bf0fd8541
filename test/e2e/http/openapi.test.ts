import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { PROBLEMS } from "../../../core/errors.ts";
import { ONEC_EVENTS, OUTBOUND_EVENTS, PLATFORM_EVENTS } from "../../../core/events.ts";
import type { OpenApi } from "../../../server/http/openapi/schemas.ts";
import { REQUEST_PROBLEMS } from "../../../server/http/problem.ts";
import { makeRequestData } from "../../support/builders.ts";
import { SECRETS } from "../../support/harness.ts";
import { json } from "../../support/http.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

interface Call {
  readonly operationId: string;
  readonly tags: string[];
  readonly summary: string;
  readonly security: Record<string, unknown>[];
  readonly parameters?: { readonly name?: string; readonly in?: string; readonly $ref?: string }[];
  readonly requestBody?: unknown;
  readonly responses: Record<string, { readonly description: string }>;
}

const relay = await createHttpHarness();
const document = await json<OpenApi>(await relay.app.request("/openapi.json"));
const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, call]) => ({ method, path, call: call as unknown as Call })),
);
const notices = Object.entries(document.webhooks).map(([type, { post }]) => ({ type, call: post as unknown as Call }));

/** Every member of a name, wherever in the document it is. */
function members(value: unknown, name: string): unknown[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, part]) => [...(key === name ? [part] : []), ...members(part, name)]);
}

describe("the OpenAPI document", () => {
  it("is 3.1, names the version of the package, and resolves every reference", () => {
    expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "onec-relay", version: "0.0.0-test" } });
    const references = members(document, "$ref") as string[];
    expect(references.length).toBeGreaterThan(50);
    for (const reference of references) {
      expect(reference).toMatch(/^#\//);
      const found = reference
        .slice(2)
        .split("/")
        .reduce((at: unknown, key) => (at as Record<string, unknown> | undefined)?.[key], document);
      expect(found, reference).toBeTypeOf("object");
    }
  });

  it("describes every route of the server, and no other", () => {
    const routes = relay.app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(calls.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort()).toEqual(
      [...new Set(routes)].sort(),
    );
  });

  it("is well formed: ids are unique, tags are listed, parameters of paths declared, answers described", () => {
    const all = [...calls.map(({ call }) => call), ...notices.map(({ call }) => call)];
    const ids = all.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = document.tags.map(({ name }) => name);
    const schemes = Object.keys(document.components.securitySchemes as object);
    for (const call of all) {
      expect(call.summary).not.toBe("");
      for (const tag of call.tags) expect(tags).toContain(tag);
      for (const name of call.security.flatMap(Object.keys)) expect(schemes).toContain(name);
      expect(Object.keys(call.responses).length).toBeGreaterThan(0);
      for (const [status, { description }] of Object.entries(call.responses)) {
        expect(status).toMatch(/^([1-5]\d\d|[1-5]XX|default)$/);
        expect(description).not.toBe("");
      }
    }
    for (const { path, call } of calls) {
      const declared = (call.parameters ?? []).filter((parameter) => parameter.in === "path").map(({ name }) => name);
      expect(declared).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
    for (const name of Object.keys(document.components.schemas as object)) expect(name).toMatch(/^[a-zA-Z0-9._-]+$/);
  });

  it("states truly which token each route needs", async () => {
    for (const { method, path, call } of calls) {
      const url = path.replace(/\{\w+\}/g, "x");
      const status = async (authorization: string) =>
        (await relay.app.request(url, { method: method.toUpperCase(), headers: { authorization } })).status;
      const names = call.security.flatMap(Object.keys);
      const bearer = names.includes("token");
      expect((await status("")) === 401, path).toBe(bearer || names.includes("webhookSignature"));
      if (!bearer) continue;
      expect([401, 403], path).not.toContain(await status(`Bearer ${SECRETS.write}`));
      expect((await status(`Bearer ${SECRETS.read}`)) === 403, path).toBe(!names.includes("readToken"));
    }
  });

  it("holds every inbound event, every outbound event, and every code", () => {
    const schemas = document.components.schemas as Record<string, Record<string, unknown>>;
    for (const type of Object.keys({ ...PLATFORM_EVENTS, ...ONEC_EVENTS }))
      expect(schemas).toHaveProperty([`in.${type}`]);
    expect(Object.keys(document.webhooks)).toEqual(Object.keys(OUTBOUND_EVENTS));
    for (const type of Object.keys(OUTBOUND_EVENTS)) expect(schemas).toHaveProperty([`out.${type}`]);
    expect(schemas.Problem).toHaveProperty("properties.code.enum", Object.keys(REQUEST_PROBLEMS));
    expect(schemas.ActProblem).toHaveProperty("properties.code.enum", Object.keys(PROBLEMS));
    expect(schemas["in.act.requested"]).toHaveProperty("properties.contractor.$ref", "#/components/schemas/Contractor");
  });
});

describe("the page", () => {
  it("explains every code under an anchor, and every linked schema", async () => {
    const html = await (await relay.app.request("/docs")).text();
    const anchors = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    expect(new Set(anchors).size).toBe(anchors.length);
    for (const code of [...Object.keys(REQUEST_PROBLEMS), ...Object.keys(PROBLEMS)]) {
      expect(anchors).toContain(`problem-${code}`);
    }
    for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(anchors).toContain(target);
    for (const { path } of calls) expect(html).toContain(path);
    expect(html).not.toMatch(/\[object |undefined|NaN/);
  });

  it("has no scripts and nothing from elsewhere, and a policy to enforce the rule", async () => {
    const response = await relay.app.request("/docs");
    const html = await response.text();
    expect(html).not.toMatch(/<script|<img|<link|src=|style="|https?:\/\/(?!platform)|url\(|@import/);
    const policy = response.headers.get("content-security-policy")!;
    const style = /<style>([\s\S]*)<\/style>/.exec(html)![1]!;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src 'sha256-${Buffer.from(digest).toString("base64")}'`);
    expect(policy).not.toContain("unsafe");
  });
});

describe("outbound events", () => {
  it("match the document, all seven", async () => {
    const sent = [...(await paid()), ...(await rejected()), ...(await troubled())];
    for (const event of sent) {
      const schema = v.strictObject(
        OUTBOUND_EVENTS[event.type as keyof typeof OUTBOUND_EVENTS].entries as v.ObjectEntries,
      );
      expect(v.safeParse(schema, event.data).issues ?? [], event.type).toEqual([]);
      expect(event.seq).toBeGreaterThan(0);
      expect(new Date(event.timestamp).toISOString()).toBe(event.timestamp);
    }
    expect([...new Set(sent.map(({ type }) => type))].sort()).toEqual(Object.keys(OUTBOUND_EVENTS).sort());
  });

  async function ordered(world: HttpHarness) {
    const data = makeRequestData();
    const { actId } = await json<{ actId: string }>(await world.post({ type: "act.requested", data }));
    await world.settle();
    await world.post({ type: "act.accepted", data: { payoutId: data.payoutId, acceptedAt: data.requestedAt } });
    await world.settle();
    return (await world.store.getAct(actId))!.paymentOrder!.ref;
  }

  async function paid() {
    const world = await createHttpHarness();
    const paymentOrderRef = await ordered(world);
    const data = { paymentOrderRef, executedAt: "2026-11-25", bankReference: "77" };
    await world.post({ type: "payment.executed", data }, { source: "onec" });
    await world.settle();
    return world.delivered;
  }

  async function rejected() {
    const world = await createHttpHarness();
    const data = { paymentOrderRef: await ordered(world), reason: "Счёт закрыт" };
    await world.post({ type: "payment.rejected", data }, { source: "onec" });
    await world.settle();
    return world.delivered;
  }

  async function troubled() {
    const world = await createHttpHarness();
    world.onec.mock.closePeriodUpTo("2026-12-31");
    const actId = await world.prepareAct();
    world.onec.mock.closePeriodUpTo(null);
    await world.call(`/api/acts/${actId}/retry`, { method: "POST" });
    await world.settle();
    await world.call(`/api/acts/${actId}/void`, { method: "POST", json: { reason: "Ошибка" } });
    await world.settle();
    return world.delivered;
  }
});
