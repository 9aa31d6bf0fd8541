import { describe, expect, test } from "vitest";
import type { Issue } from "../../core/errors.ts";
import { RequestError } from "../../core/errors.ts";
import { parseEvent } from "../../core/parse-event.ts";
import { createSecret, importSecrets, verify } from "../../core/webhook.ts";
import { readDemoAssets } from "../../server/demo/assets-node.ts";
import { DEMO_BANKS, isSound } from "../../server/demo/fictitious.ts";
import { NOON } from "../support/builders.ts";
import { ACT_ID, API_TOKEN, createDemoHarness, type DemoState, makeReadyData } from "../support/demo.ts";

const RULES = {
  timeZone: "Europe/Moscow",
  allowedKinds: ["company", "entrepreneur"],
  listMissingCharacters: () => [],
  futureToleranceMs: 0,
} as const;

const only = (state: DemoState) => state.payouts[0]!;

describe("an event of the demo's platform", () => {
  test("is signed with the platform's secret, once per event, and the relay's own code verifies the signature", async () => {
    const { request, asked, inbound, state } = await createDemoHarness();
    const payoutId = await request("new");
    expect(asked).toHaveLength(1);
    const { headers, body, event, path } = asked[0]!;
    expect(path).toBe("/webhooks/platform");
    expect(await verify({ headers, body, keys: inbound, now: NOON })).toMatchObject({ ok: true });
    expect(event).toMatchObject({ type: "act.requested", data: { payoutId, revision: 1, amount: "15000.00" } });
    expect((await state()).feed).toMatchObject([
      { direction: "out", type: "act.requested", status: 202, verified: true, attempts: 1 },
    ]);
    expect((await state()).feed[0]?.signature).toMatch(/^v1,.{10}….{6}$/);
  });

  test.each(["new", "known", "twins"])("passes the relay's validation for the agent %s", async (agentId) => {
    const { request, asked } = await createDemoHarness();
    await request(agentId, { vat: "22" });
    const parsed = parseEvent("platform", asked[0]!.body, RULES, NOON);
    expect(parsed).toMatchObject({ type: "act.requested", request: { amount: 1_500_000, vat: "22" } });
  });

  test("has one slip for the story, and the right account mends the slip", async () => {
    const { request, asked, state } = await createDemoHarness();
    await request("slip");
    expect(issuesOf(() => parseEvent("platform", asked[0]!.body, RULES, NOON))).toMatchObject([
      { path: "data.contractor.bankAccount.number", code: "checksum" },
    ]);
    const agent = (await state()).agents.find(({ id }) => id === "slip");
    await request("slip", { account: agent?.rightAccount });
    expect(parseEvent("platform", asked[1]!.body, RULES, NOON).type).toBe("act.requested");
  });

  test("is refused for a self-employed agent because of the kind only", async () => {
    const { request, asked } = await createDemoHarness();
    await request("self");
    const issues = issuesOf(() => parseEvent("platform", asked[0]!.body, RULES, NOON));
    expect(issues).toMatchObject([{ path: "data.contractor.kind", code: "kind_not_allowed" }]);
  });

  test("carries services only where the user typed them, and no bank's name for an unknown BIC", async () => {
    const { request, asked } = await createDemoHarness();
    const line = { name: "Услуга", quantity: "2", unit: "ч", price: "7500.00", amount: "15000.00" };
    await request("new", { services: [line], bic: "044525999" });
    expect(asked[0]!.event.data).toMatchObject({ services: [line] });
    expect(Object.keys((asked[0]!.event.data.contractor as { bankAccount: object }).bankAccount)).toEqual([
      "number",
      "bic",
    ]);
    await request("new");
    expect(asked[1]!.event.data).not.toHaveProperty("services");
  });

  test("is fictitious: no start repeats the numbers of another, and the banks are sound", async () => {
    const inns = new Set<string>();
    for (let start = 0; start < 20; start += 1) {
      const { state } = await createDemoHarness();
      for (const { inn } of (await state()).agents) inns.add(inn);
    }
    expect(inns.size).toBe(100);
    for (const inn of inns) expect(inn).toMatch(/^7799/);
    expect(Object.values(DEMO_BANKS).every(isSound)).toBe(true);
  });
});

describe("a relay that does not answer", () => {
  test("gets the same bytes under the same id again; then the user may send the bytes once more", async () => {
    const { act, request, asked, answer, state } = await createDemoHarness();
    answer(() => new TypeError("fetch failed"));
    await request("new");
    expect(asked).toHaveLength(3);
    expect(only(await state()).status).toBe("unsent");
    expect((await state()).feed).toMatchObject([{ status: null, verified: null, attempts: 3 }]);
    answer(() => Response.json({ actId: ACT_ID, duplicate: true }, { status: 200 }));
    const { payoutId } = only(await state());
    expect(await (await act(`payouts/${payoutId}/resend`)).json()).toEqual({ ok: true, payoutId });
    expect(new Set(asked.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1);
    expect(new Set(asked.map(({ body }) => new TextDecoder().decode(body))).size).toBe(1);
    expect(only(await state()).status).toBe("requested");
  });

  test("may answer 503, and a callback that comes all the same ends the wait", async () => {
    const { request, answer, state, callback } = await createDemoHarness();
    answer(() => new Response(null, { status: 503 }));
    await request("new");
    await callback("act.ready", 4, makeReadyData(only(await state()).payoutId));
    expect(only(await state()).status).toBe("ready");
  });
});

test("a refusal shows the findings and leaves no payout behind", async () => {
  const { act, answer, state } = await createDemoHarness();
  const errors = [{ path: "data.amount", code: "range", message: "Сумма должна быть больше нуля" }];
  answer(() =>
    Response.json({ status: 422, code: "validation_failed", detail: "Проверьте данные", errors }, { status: 422 }),
  );
  const response = await act("payouts", { agentId: "new", amount: "0", vat: "none", account: "1", bic: "2" });
  expect(await response.json()).toMatchObject({
    ok: false,
    refusal: { status: 422, code: "validation_failed", errors },
  });
  expect((await state()).payouts).toEqual([]);
  expect((await state()).feed).toMatchObject([{ status: 422, verified: true }]);
});

describe("callbacks", () => {
  test("move the act, and are shown as verified", async () => {
    const { request, callback, state } = await createDemoHarness();
    const payoutId = await request("new");
    expect((await callback("act.ready", 4, makeReadyData(payoutId))).status).toBe(204);
    expect(only(await state())).toMatchObject({ status: "ready", actId: ACT_ID, act: { number: "0000-000007" } });
    expect((await state()).feed.at(-1)).toMatchObject({
      direction: "in",
      type: "act.ready",
      status: 204,
      verified: true,
    });
  });

  test("get 401 for a false, altered or stale signature and change nothing", async () => {
    const { demo, request, callback, state } = await createDemoHarness();
    const payoutId = await request("new");
    const foreign = await importSecrets(createSecret());
    expect((await callback("act.ready", 4, makeReadyData(payoutId), { keys: foreign })).status).toBe(401);
    expect((await callback("act.ready", 4, makeReadyData(payoutId), { at: NOON - 301_000 })).status).toBe(401);
    expect((await demo.app.request("/webhooks", { method: "POST", body: "{}" })).status).toBe(401);
    expect(only(await state()).status).toBe("requested");
    expect((await state()).feed.slice(1)).toMatchObject([
      { verified: false, status: 401 },
      { verified: false, status: 401 },
      { verified: false, status: 401 },
    ]);
  });

  test("count once per webhook-id", async () => {
    const { request, callback, state } = await createDemoHarness();
    const payoutId = await request("new");
    const problem = { payoutId, code: "bank_unknown", message: "Нет банка", resolver: "accountant", retrying: false };
    expect((await callback("act.problem", 3, problem, { id: "msg_1" })).status).toBe(204);
    expect((await callback("act.problem_resolved", 4, { payoutId, code: "bank_unknown" })).status).toBe(204);
    const again = await callback("act.problem", 3, problem, { id: "msg_1" });
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual({ duplicate: true });
    expect(only(await state()).problem).toBeNull();
  });

  test("are put in the order of seq, in any order of arrival", async () => {
    const { request, callback, state } = await createDemoHarness();
    const payoutId = await request("new");
    const order = { payoutId, number: "0000-000001", date: "2026-11-24", amount: "15000.00", ref: ACT_ID };
    const problem = { payoutId, code: "bank_unknown", message: "Нет банка", resolver: "accountant", retrying: false };
    await callback("payment.executed", 9, { payoutId, executedAt: "2026-11-25" });
    await callback("payment_order.created", 7, order);
    await callback("act.problem_resolved", 3, { payoutId, code: "bank_unknown" });
    await callback("act.problem", 2, problem);
    await callback("act.ready", 4, makeReadyData(payoutId));
    expect(only(await state())).toMatchObject({
      status: "paid",
      problem: null,
      act: { number: "0000-000007" },
      order: { number: "0000-000001" },
    });
  });

  test("do no harm when a callback is no event or names an unknown payout", async () => {
    const { callback, state } = await createDemoHarness();
    expect((await callback("act.ready", 4, makeReadyData("of-an-earlier-start"))).status).toBe(204);
    expect((await callback("act.ready", 4, { payoutId: 1 }, { id: "msg_2" })).status).toBe(400);
    expect((await state()).payouts).toEqual([]);
    expect((await state()).feed[0]).toMatchObject({ note: "Выплата прошлого запуска", verified: true });
  });
});

describe("an action of the user", () => {
  test("accepts the shown form, and stands once the relay has the event", async () => {
    const { act, asked, answer, request, callback, state } = await createDemoHarness();
    const payoutId = await request("new");
    await callback("act.ready", 4, makeReadyData(payoutId));
    answer(() => Response.json({ code: "form_changed", detail: "Форма изменилась" }, { status: 409 }));
    expect(await (await act(`payouts/${payoutId}/accept`)).json()).toMatchObject({ refusal: { code: "form_changed" } });
    expect(only(await state()).status).toBe("ready");
    answer(() => Response.json({ actId: ACT_ID, duplicate: false }, { status: 202 }));
    await act(`payouts/${payoutId}/accept`);
    expect(only(await state()).status).toBe("accepted");
    expect(asked.at(-1)?.event).toMatchObject({ type: "act.accepted", data: { payoutId, pdfSha256: "a".repeat(64) } });
  });

  test("declines with a reason only", async () => {
    const { act, asked, request, callback, state } = await createDemoHarness();
    const payoutId = await request("new");
    await callback("act.ready", 4, makeReadyData(payoutId));
    expect((await act(`payouts/${payoutId}/decline`, { reason: " " })).status).toBe(400);
    await act(`payouts/${payoutId}/decline`, { reason: "Сумма не та" });
    expect(asked.at(-1)?.event).toMatchObject({ type: "act.declined", data: { payoutId, reason: "Сумма не та" } });
    expect(only(await state()).status).toBe("declined");
  });

  test("retries through the API with the operator's token, and with a period where a person decided one", async () => {
    const { act, asked, request, callback } = await createDemoHarness();
    const payoutId = await request("new");
    expect(await (await act(`payouts/${payoutId}/retry`)).json()).toMatchObject({ ok: false });
    const problem = { payoutId, code: "period_empty", message: "Пусто", resolver: "accountant", retrying: false };
    await callback("act.problem", 2, problem);
    await act(`payouts/${payoutId}/retry`);
    await act(`payouts/${payoutId}/retry`, { singleDay: true });
    const retries = asked.slice(1).map(({ path, headers, event }) => [path, headers.get("authorization"), event]);
    const to = [`/api/acts/${ACT_ID}/retry`, `Bearer ${API_TOKEN}`];
    expect(retries).toEqual([
      [...to, {}],
      [...to, { period: { from: "2026-11-24", to: "2026-11-24" } }],
    ]);
  });

  test("is refused from any other site", async () => {
    const { act, demo, asked } = await createDemoHarness();
    expect((await act("payouts", {}, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await demo.app.request("/api/payouts", { method: "POST", body: "{}" })).status).toBe(403);
    expect((await act("payouts", { agentId: "nobody" })).status).toBe(400);
    expect((await act("payouts/none/accept")).status).toBe(200);
    expect(asked).toEqual([]);
  });
});

describe("the accountant's page", () => {
  test("starts with the earlier documents of 1C, once", async () => {
    const { demo, state } = await createDemoHarness();
    await demo.seed();
    await demo.seed();
    const { onec } = await state();
    expect(onec.known?.acts.map(({ date }) => date)).toEqual(["2026-08-31", "2026-09-30", "2026-10-31"]);
    expect(onec.known?.cards).toHaveLength(1);
    expect(onec.twins).toMatchObject({ twins: true, cards: [{}, {}] });
    expect(onec.new?.cards).toEqual([]);
  });

  test("keeps one card of two", async () => {
    const { demo, act, state } = await createDemoHarness();
    await demo.seed();
    expect(await (await act("onec/keep-one-card", { agentId: "twins" })).json()).toEqual({ ok: true });
    const { onec } = await state();
    expect(onec.twins?.twins).toBe(false);
    expect(onec.twins?.cards.map(({ marked }) => marked)).toEqual([false, true]);
    expect(await (await act("onec/keep-one-card", { agentId: "twins" })).json()).toEqual({ ok: false });
    expect(await (await act("onec/orders/none/execute")).json()).toEqual({ ok: false });
  });
});

describe("the page", () => {
  test("keeps the last events only", async () => {
    const { callback, state } = await createDemoHarness({ feedLimit: 5 });
    for (let n = 1; n <= 12; n += 1) await callback("act.voided", n, { payoutId: "unknown" });
    expect((await state()).feed.map(({ id }) => id)).toEqual([8, 9, 10, 11, 12]);
  });

  test("gets each change as an event, and no change twice", async () => {
    const { demo, request } = await createDemoHarness();
    const gone = new AbortController();
    const response = await demo.app.request("/api/stream", { signal: gone.signal });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const first = eventOf((await reader.read()).value);
    expect(first).toMatchObject({ payouts: [], feed: [] });
    await request("new");
    const second = eventOf((await reader.read()).value);
    expect(second.payouts).toHaveLength(1);
    expect(second.feed.length).toBeLessThanOrEqual(1);
    await reader.cancel();
    gone.abort();
  });

  test("carries a policy against foreign content", async () => {
    const { demo } = await createDemoHarness();
    const page = await demo.app.request("http://relay.test/");
    expect(await page.text()).toContain("Кабинет");
    expect(page.headers.get("content-security-policy")).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    );
    expect(page.headers.get("content-security-policy")).toContain("frame-src 'self' http://relay.test;");
    expect((await demo.app.request("http://localhost/")).headers.get("location")).toBe("http://relay.test/demo/");
    expect((await demo.app.request("/index.html")).status).toBe(200);
    expect((await demo.app.request("/../package.json")).status).toBe(404);
    expect((await demo.app.request("/constructor")).status).toBe(404);
  });

  test("has real files, with nothing inline and no foreign address", async () => {
    const assets = await readDemoAssets();
    const html = assets["index.html"]?.body ?? "";
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+="/);
    const linked = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, name]) => name);
    const imported = Object.values(assets).flatMap(({ body }) =>
      [...body.matchAll(/from "\.\/([^"]+)"/g)].map(([, name]) => name),
    );
    for (const name of [...linked, ...imported]) expect(Object.keys(assets)).toContain(name);
    const texts = Object.values(assets).map(({ body }) => body.replace("http://www.w3.org/2000/svg", ""));
    for (const text of texts) expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });
});

function issuesOf(parse: () => unknown): readonly Issue[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof RequestError) return error.issues;
    throw error;
  }
  throw new Error("The event was not refused");
}

function eventOf(text: string | undefined): DemoState {
  const data = /^data: (.+)$/m.exec(text ?? "")?.[1] ?? "{}";
  return JSON.parse(data) as DemoState;
}
