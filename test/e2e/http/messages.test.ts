import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  createPageSchema,
  endpointSchema,
  inboxEntrySchema,
  messageDetailsSchema,
  messageSchema,
} from "../../../server/http/answers.ts";
import { makeRequestData } from "../../support/builders.ts";
import { json, refused } from "../../support/http.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

type Message = v.InferOutput<typeof messageDetailsSchema>;
type Page = { items: Message[]; next: string | null };

const HOUR = 3_600_000;
const post = (relay: HttpHarness, path: string, json_?: unknown) =>
  relay.call(path, json_ === undefined ? { method: "POST" } : { method: "POST", json: json_ });
const list = async (relay: HttpHarness, query = "") => json<Page>(await relay.call(`/api/messages?${query}`));
const one = async (relay: HttpHarness, id: string) => json<Message>(await relay.call(`/api/messages/${id}`));

/** An act whose act.ready was tried to the end and died. */
async function dead(relay: HttpHarness) {
  relay.answer(() => new Response("<h1>нет</h1>", { status: 500 }));
  const actId = await relay.prepareAct();
  for (let hour = 0; hour < 24 * 7; hour += 1) {
    relay.advance(HOUR);
    await relay.settle();
  }
  const { items } = await list(relay, `actId=${actId}&lane=webhook&state=dead`);
  return { actId, id: items[0]!.id };
}

describe("messages", () => {
  it("are listed newest first, by queue, state and act, in pages", async () => {
    const relay = await createHttpHarness();
    const actId = await relay.prepareAct();
    await relay.prepareAct();
    const { items } = await list(relay, `actId=${actId}`);
    expect(v.parse(createPageSchema(messageSchema), { items, next: null }).items).toEqual(items);
    expect(items.map(({ kind }) => kind)).toEqual(["webhook", "act.print", "act.create", "counterparty.upsert"]);
    expect((await list(relay, `actId=${actId}&lane=webhook`)).items).toMatchObject([
      { event: { type: "act.ready", seq: 4 }, state: "done", nextAttemptAt: null },
    ]);
    expect((await list(relay, "state=dead")).items).toEqual([]);
    const first = await list(relay, "limit=5");
    const rest = await list(relay, `limit=5&cursor=${first.next}`);
    expect([...first.items, ...rest.items]).toEqual((await list(relay)).items);
    expect(rest.next).toBeNull();
  });

  it("show the webhook's body and every attempt", async () => {
    const relay = await createHttpHarness();
    relay.answer(() => new Response("занято", { status: 503 }));
    const actId = await relay.prepareAct();
    const [{ id }] = (await list(relay, `actId=${actId}&lane=webhook`)).items as [Message];
    const waiting = await one(relay, id);
    expect(v.parse(messageDetailsSchema, waiting)).toEqual(waiting);
    expect(waiting).toMatchObject({ state: "queued", attempts: 1, settledAt: null });
    expect(Date.parse(waiting.nextAttemptAt!)).toBeGreaterThan(relay.now());
    relay.answer(() => new Response(null, { status: 204 }));
    relay.advance(HOUR);
    await relay.settle();
    const done = await one(relay, id);
    expect(done).toMatchObject({ state: "done", attempts: 2, nextAttemptAt: null });
    expect(done.body).toMatchObject({ type: "act.ready", seq: 4, data: { actId } });
    expect(done.history).toMatchObject([
      { n: 1, outcome: "rejected", code: "http_503", status: 503, response: "занято" },
      { n: 2, outcome: "ok", status: 204 },
    ]);
  });

  it("show neither input nor progress nor lease of a call to 1C", async () => {
    const relay = await createHttpHarness();
    const actId = await relay.prepareAct();
    const { items } = await list(relay, `actId=${actId}&lane=accounting`);
    for (const { id } of items) {
      const text = await (await relay.call(`/api/messages/${id}`)).text();
      expect(JSON.parse(text).body).toBeNull();
      expect(text).not.toMatch(/journal|lease|lapsed|payload|reread/);
    }
  });

  it.each(["nothing", "%00", "%FF%FE", "a".repeat(5000), "сообщение"])("unknown: %s", async (id) => {
    const relay = await createHttpHarness();
    await refused(await relay.call(`/api/messages/${encodeURI(id)}`), 404, "message_not_found");
    await refused(await post(relay, `/api/messages/${encodeURI(id)}/retry`), 404, "message_not_found");
  });

  it.each(["lane=post", "state=lost", "actId=1", "limit=x", "kind=webhook"])(
    "?%s is validation_failed",
    async (query) => {
      const relay = await createHttpHarness();
      await refused(await relay.call(`/api/messages?${query}`), 422, "validation_failed");
    },
  );

  it("refuse a cursor of another listing", async () => {
    const relay = await createHttpHarness();
    await refused(await relay.call("/api/messages?cursor=a1"), 400, "malformed");
  });
});

describe("a dead webhook", () => {
  it("is sent again alone, under the same id", async () => {
    const relay = await createHttpHarness();
    const { actId, id } = await dead(relay);
    relay.answer(() => new Response(null, { status: 204 }));
    const answered = await json<Message>(await post(relay, `/api/messages/${id}/retry`));
    expect(v.parse(messageDetailsSchema, answered)).toEqual(answered);
    expect(answered.state).toBe("queued");
    await relay.settle();
    expect(relay.delivered).toMatchObject([{ id, type: "act.ready" }]);
    expect((await relay.store.getAct(actId))!.problem).toBeNull();
  });

  it("is sent again with all others since an instant", async () => {
    const relay = await createHttpHarness();
    const since = new Date(relay.now()).toISOString();
    await dead(relay);
    relay.answer(() => new Response(null, { status: 204 }));
    const later = new Date(relay.now()).toISOString();
    const recover = async (instant: string) =>
      json(await post(relay, `/api/messages/recover?since=${encodeURIComponent(instant)}`));
    expect(await recover(later)).toEqual({ requeued: 0 });
    expect(await recover(since)).toEqual({ requeued: 1 });
    await relay.settle();
    expect(relay.delivered).toHaveLength(1);
  });

  it.each(["", "?since=", "?since=yesterday", "?since=2026-11-24", "?since=2026-11-24T00:00:00", "?since=1&since=2"])(
    "needs an instant: recover%s is validation_failed",
    async (query) => {
      const relay = await createHttpHarness();
      await refused(await post(relay, `/api/messages/recover${query}`), 422, "validation_failed");
    },
  );

  it("takes no body", async () => {
    const relay = await createHttpHarness();
    const { id } = await dead(relay);
    await refused(await post(relay, `/api/messages/${id}/retry`, { now: true }), 422, "validation_failed");
    expect((await post(relay, `/api/messages/${id}/retry`, {})).status).toBe(200);
  });
});

it("refuses the repeat of an act's call to 1C", async () => {
  const relay = await createHttpHarness();
  const actId = await relay.prepareAct();
  const [{ id }] = (await list(relay, `actId=${actId}&lane=accounting`)).items as [Message];
  await refused(await post(relay, `/api/messages/${id}/retry`), 409, "state_conflict");
});

describe("a destination", () => {
  it("keeps its webhooks after 410 until an operator resumes the destination", async () => {
    const relay = await createHttpHarness();
    relay.answer(() => new Response(null, { status: 410 }));
    await relay.prepareAct();
    const { items } = await json<{ items: unknown[] }>(await relay.call("/api/endpoints"));
    expect(items.map((item) => v.parse(endpointSchema, item))).toEqual([
      { name: "platform", stoppedAt: new Date(relay.now()).toISOString(), reason: "http_410" },
      { name: "ops", stoppedAt: null, reason: null },
      { name: "accounting", stoppedAt: null, reason: null },
    ]);
    relay.answer(() => new Response(null, { status: 204 }));
    relay.advance(HOUR);
    await relay.settle();
    expect(relay.delivered).toEqual([]);
    const resumed = await post(relay, "/api/endpoints/platform/resume");
    expect(await json(resumed)).toEqual({ name: "platform", stoppedAt: null, reason: null });
    await relay.settle();
    expect(relay.delivered).toMatchObject([{ type: "act.ready" }]);
  });

  it.each(["nowhere", "ops", "__proto__", "%00"])("is not found when unknown or not set up: %s", async (name) => {
    const relay = await createHttpHarness();
    await refused(await post(relay, `/api/endpoints/${name}/resume`), 404, "not_found");
  });
});

describe("the inbox", () => {
  it("lists accepted, repeated and refused events, without bodies", async () => {
    const relay = await createHttpHarness();
    const event = { type: "act.requested", data: makeRequestData() };
    await relay.post(event, { id: "evt_a" });
    await relay.post(event, { id: "evt_a" });
    await relay.post({ type: "act.frobnicated" }, { id: "evt_b" });
    await relay.post(event, { secret: `whsec_${btoa("x".repeat(32))}` });
    const page = await json<{ items: Record<string, unknown>[]; next: null }>(await relay.call("/api/inbox"));
    expect(v.parse(createPageSchema(inboxEntrySchema), page)).toEqual(page);
    expect(page.items).toMatchObject([
      { webhookId: "evt_b", outcome: "rejected", code: "unknown_event_type", actId: null },
      { webhookId: "evt_a", outcome: "duplicate", code: null },
      { webhookId: "evt_a", outcome: "processed", type: "act.requested" },
    ]);
    expect(JSON.stringify(page)).not.toContain("Ёлочка");
    const first = await json<Page>(await relay.call("/api/inbox?limit=2"));
    const rest = await json<Page>(await relay.call(`/api/inbox?limit=2&cursor=${first.next}`));
    expect([...first.items, ...rest.items]).toEqual(page.items);
    await refused(await relay.call("/api/inbox?cursor=m1"), 400, "malformed");
    await refused(await relay.call("/api/inbox?source=onec"), 422, "validation_failed");
  });
});
