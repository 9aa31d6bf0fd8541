import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { actDetailsSchema, actSchema, createPageSchema } from "../../../server/http/answers.ts";
import { aContractor, companyInn, makeRequestData } from "../../support/builders.ts";
import { json, refused } from "../../support/http.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

type Act = v.InferOutput<typeof actDetailsSchema>;
type Page = { items: Act[]; next: string | null };

const UNKNOWN = "0193a000-0000-5000-8000-00000000dead";
const post = (relay: HttpHarness, path: string, body?: unknown) =>
  relay.call(path, body === undefined ? { method: "POST" } : { method: "POST", json: body });
const one = async (relay: HttpHarness, actId: string) => json<Act>(await relay.call(`/api/acts/${actId}`));

/** Creates an act that waits for an accountant, since two cards have the INN. */
async function ambiguous(relay: HttpHarness, n = 7) {
  const { inn } = aContractor(n);
  const cards = [1, 2].map((k) => relay.onec.mock.addCounterparty({ name: `ООО «Двойник ${k}»`, inn }));
  return { actId: await relay.prepareAct({ n }), cards };
}

describe("one act", () => {
  it("shows everything in the forms of the wire contract, with history and a link that opens", async () => {
    const relay = await createHttpHarness();
    const actId = await relay.prepareAct({ n: 5, amount: "12200", vat: "22" });
    const response = await relay.call(`/api/acts/${actId}`);
    const act = await json<Act>(response);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(v.parse(actDetailsSchema, act)).toEqual(act);
    expect(act).toMatchObject({
      actId,
      status: "ready",
      revision: 1,
      amount: "12200.00",
      vat: "22",
      vatAmount: "2200.00",
      date: "2026-11-24",
      requestedAt: "2026-11-24T09:00:00.000Z",
      period: { from: "2026-11-01", to: "2026-11-24" },
      contractor: { inn: companyInn(5), registeredOn: "2026-11-01" },
      counterparty: { created: true },
      problem: null,
      paymentOrder: null,
    });
    expect(act.history.map(({ type }) => type)).toEqual([
      "act.requested",
      "counterparty.upserted",
      "act.created",
      "act.printed",
    ]);
    expect((await relay.app.request(act.pdf!.url)).status).toBe(200);
  });

  it("shows nothing internal: no progress, leases, hashes of content, or old links", async () => {
    const relay = await createHttpHarness();
    const text = await (await relay.call(`/api/acts/${await relay.prepareAct()}`)).text();
    expect(text).not.toMatch(/journal|lease|contentHash|counterpartyKey|"link"|covers|asOf/);
    expect(text.match(/signature=/g)).toHaveLength(1);
  });

  it("shows lines of services with the quantities of the request", async () => {
    const relay = await createHttpHarness();
    const services = [
      { name: "Доставка", quantity: "2.5", unit: "час", price: "1000.00", amount: "2500.00" },
      { name: "Монтаж", quantity: "1", unit: "шт", price: "0.10", amount: "0.10" },
      { name: "Бумага", quantity: "0.001", unit: "т", price: "100", amount: "0.10" },
    ];
    const act = await one(relay, await relay.prepareAct({ amount: "2500.20", services }));
    expect(act.services).toEqual([services[0], services[1], { ...services[2], price: "100.00" }]);
  });

  it.each([UNKNOWN, "nothing", "%00", "%FF", "%ZZ", "..%2f", "a".repeat(5000), UNKNOWN.toUpperCase()])(
    "is act_not_found when the act is unknown: %s",
    async (id) => {
      const relay = await createHttpHarness();
      await refused(await relay.call(`/api/acts/${id}`), 404, "act_not_found");
      await refused(await relay.call(`/api/acts/${id}/pdf`), 404, "act_not_found");
      for (const [call, body] of Object.entries({ retry: {}, void: { reason: "Ошибка" }, "pay-again": {} })) {
        await refused(await post(relay, `/api/acts/${id}/${call}`, body), 404, "act_not_found");
      }
    },
  );

  it("gives the printed form, or tells that the form does not exist yet", async () => {
    const relay = await createHttpHarness();
    const actId = await relay.request();
    await refused(await relay.call(`/api/acts/${actId}/pdf`), 404, "form_not_found");
    await relay.settle();
    const response = await relay.call(`/api/acts/${actId}/pdf`, { headers: { range: "bytes=0-4" } });
    expect([response.status, await response.text()]).toEqual([206, "%PDF-"]);
  });
});

describe("a problem", () => {
  it("names the responsible person and the attempts, and no next attempt", async () => {
    const relay = await createHttpHarness();
    const { actId } = await ambiguous(relay);
    const act = await one(relay, actId);
    expect(v.parse(actDetailsSchema, act)).toEqual(act);
    expect(act.status).toBe("requested");
    expect(act.problem).toMatchObject({
      code: "counterparty_ambiguous",
      resolver: "accountant",
      since: "2026-11-24T09:00:00.000Z",
      attempts: 1,
      nextAttemptAt: null,
    });
  });

  it("tells the number of attempts and the next attempt when no person is needed", async () => {
    const relay = await createHttpHarness();
    relay.onec.mock.failNext("createAct", { code: "onec_unavailable", outcome: "unavailable" });
    const actId = await relay.prepareAct();
    const { problem } = await one(relay, actId);
    expect(problem).toMatchObject({ code: "onec_unavailable", resolver: "nobody", attempts: 1 });
    expect(Date.parse(problem!.nextAttemptAt!)).toBeGreaterThan(relay.now());
    const listed = await json<Page>(await relay.call("/api/acts?problem=true"));
    expect(listed.items[0]!.problem).toEqual(problem);
    relay.advance(Date.parse(problem!.nextAttemptAt!) - relay.now());
    await relay.settle();
    expect(await one(relay, actId)).toMatchObject({ status: "ready", problem: null });
  });

  it("counts the attempts of a dead webhook", async () => {
    const relay = await createHttpHarness();
    relay.answer(() => new Response(null, { status: 500 }));
    const actId = await relay.prepareAct();
    for (let hour = 0; hour < 24 * 7; hour += 1) {
      relay.advance(3_600_000);
      await relay.settle();
    }
    const { problem } = await one(relay, actId);
    expect(problem).toMatchObject({ code: "delivery_dead", resolver: "operator", nextAttemptAt: null });
    expect(problem!.attempts).toBeGreaterThan(5);
  });
});

describe("a decision about an act", () => {
  it("retry: takes a card that a person chose, and records the person", async () => {
    const relay = await createHttpHarness();
    const { actId, cards } = await ambiguous(relay);
    const counterpartyRef = cards[1]!.ref.toUpperCase();
    const response = await post(relay, `/api/acts/${actId}/retry`, { counterpartyRef, actor: " Иванова А. А. " });
    const answered = await json<Act>(response);
    expect(response.status).toBe(200);
    expect(v.parse(actDetailsSchema, answered)).toEqual(answered);
    expect(answered.history.at(-1)).toMatchObject({ type: "operator.retried", actor: "person:Иванова А. А." });
    await relay.settle();
    expect(await one(relay, actId)).toMatchObject({
      status: "ready",
      problem: null,
      counterparty: { ref: cards[1]!.ref, created: false },
    });
  });

  it("retry: takes a period that a person chose; without a body the actor is api", async () => {
    const relay = await createHttpHarness();
    await relay.prepareAct({ n: 9 });
    const second = await relay.prepareAct({ n: 9 });
    expect((await one(relay, second)).problem).toMatchObject({ code: "period_empty", attempts: 1 });
    const period = { from: "2026-11-24", to: "2026-11-24" };
    expect((await post(relay, `/api/acts/${second}/retry`)).status).toBe(200);
    await relay.settle();
    const inVain = await one(relay, second);
    expect(inVain.problem).toMatchObject({ code: "period_empty" });
    expect(inVain.history.find(({ type }) => type === "operator.retried")).toMatchObject({ actor: "person:api" });
    await post(relay, `/api/acts/${second}/retry`, { period });
    await relay.settle();
    expect(await one(relay, second)).toMatchObject({ status: "ready", period, decidedPeriod: period });
  });

  it("retry: is refused for an act without a problem", async () => {
    const relay = await createHttpHarness();
    await refused(await post(relay, `/api/acts/${await relay.prepareAct()}/retry`), 409, "state_conflict");
  });

  it("void: voids once, with the reason, and has no effect again", async () => {
    const relay = await createHttpHarness();
    const actId = await relay.prepareAct();
    for (const _ of [1, 2]) {
      const act = await json<Act>(
        await post(relay, `/api/acts/${actId}/void`, { reason: "Ошибка в сумме", actor: "olga" }),
      );
      expect(act).toMatchObject({ status: "voided", reason: "Ошибка в сумме" });
      expect(act.history.at(-1)).toMatchObject({ type: "operator.voided", actor: "person:olga" });
    }
    await relay.settle();
    expect(relay.delivered.at(-1)).toMatchObject({ type: "act.voided", data: { actId, reason: "Ошибка в сумме" } });
  });

  it("void: is refused after acceptance, with the act's status", async () => {
    const relay = await createHttpHarness();
    const { actId } = await paidFor(relay);
    const problem = await refused(
      await post(relay, `/api/acts/${actId}/void`, { reason: "Поздно" }),
      409,
      "state_conflict",
    );
    expect(problem.actStatus).toBe("payment_ordered");
  });

  it("pay-again: is taken only after a rejection of the former order", async () => {
    const relay = await createHttpHarness();
    const { actId, order } = await paidFor(relay);
    await refused(await post(relay, `/api/acts/${actId}/pay-again`), 409, "state_conflict");
    const rejected = { paymentOrderRef: order, reason: "Счёт закрыт" };
    relay.onec.mock.rejectPayment(order, "Счёт закрыт");
    await relay.post({ type: "payment.rejected", data: rejected }, { source: "onec" });
    expect((await one(relay, actId)).problem).toMatchObject({
      code: "payment_rejected",
      attempts: 0,
      nextAttemptAt: null,
    });
    expect((await post(relay, `/api/acts/${actId}/pay-again`, { actor: "olga" })).status).toBe(200);
    await relay.settle();
    const act = await one(relay, actId);
    expect(act).toMatchObject({
      status: "payment_ordered",
      problem: null,
      paymentOrder: { attempt: 2, state: "made" },
    });
    expect(act.paymentOrder!.ref).not.toBe(order);
  });

  it.each([
    ["retry", { perod: {} }, "perod", "unknown"],
    ["retry", { period: { from: "2026-11-01" } }, "period.to", "required"],
    ["retry", { period: { from: "2026-11-31", to: "2026-12-01" } }, "period.from", "format"],
    ["retry", { period: { from: "2026-11-02", to: "2026-11-01" } }, "period", "format"],
    ["retry", { period: "november" }, "period", "type"],
    ["retry", { counterpartyRef: "card-1" }, "counterpartyRef", "format"],
    ["retry", { actor: "" }, "actor", "required"],
    ["retry", { actor: "a\u0000b" }, "actor", "format"],
    ["retry", { actor: "a".repeat(101) }, "actor", "too_long"],
    ["retry", { actor: null }, "actor", "type"],
    ["retry", [], "$", "type"],
    ["retry", null, "$", "type"],
    ["void", {}, "reason", "required"],
    ["void", { reason: "  " }, "reason", "required"],
    ["void", { reason: 5 }, "reason", "type"],
    ["void", { reason: "x".repeat(1001) }, "reason", "too_long"],
    ["void", { reason: "a\u0000" }, "reason", "format"],
    ["pay-again", { reason: "x" }, "reason", "unknown"],
  ])("%s with %j is validation_failed at %s", async (call, body, path, code) => {
    const relay = await createHttpHarness();
    const problem = await refused(await post(relay, `/api/acts/${UNKNOWN}/${call}`, body), 422, "validation_failed");
    expect(problem.errors).toMatchObject([{ path, code, message: expect.stringMatching(/[А-Яа-я]/) }]);
  });

  it("is refused with a body that is no JSON or too large", async () => {
    const relay = await createHttpHarness({ app: { maxBodyBytes: 100 } });
    const call = (body: BodyInit) => relay.call(`/api/acts/${UNKNOWN}/retry`, { method: "POST", body });
    await refused(await call("period=november"), 400, "malformed");
    await refused(await call(Uint8Array.from([0x22, 0xff, 0x22])), 400, "malformed");
    await refused(await call(JSON.stringify({ actor: "x".repeat(200) })), 413, "body_too_large");
  });
});

describe("the list of acts", () => {
  it("is paged, newest first, without gaps or repeats while acts come in", async () => {
    const relay = await createHttpHarness();
    const made: string[] = [];
    for (let n = 0; n < 7; n += 1) made.unshift(await relay.request());
    const seen: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const cursor: string = next === "" ? "" : `&cursor=${encodeURIComponent(next)}`;
      const page: Page = await json<Page>(await relay.call(`/api/acts?limit=3${cursor}`));
      expect(v.parse(createPageSchema(actSchema), page)).toEqual(page);
      seen.push(...page.items.map(({ actId }) => actId));
      next = page.next;
      await relay.request();
    }
    expect(seen).toEqual(made);
  });

  it("is filtered by status, INN, payout and problem", async () => {
    const relay = await createHttpHarness();
    const data = makeRequestData({ n: 31 });
    await relay.post({ type: "act.requested", data });
    const { actId: troubled } = await ambiguous(relay, 32);
    const requested = await relay.request({ n: 33 });
    const ids = async (query: string) =>
      (await json<Page>(await relay.call(`/api/acts?${query}`))).items.map(({ actId }) => actId);
    const [, , ready] = await ids("");
    expect(await ids("status=requested")).toEqual([requested, troubled]);
    expect(await ids("problem=true")).toEqual([troubled]);
    expect(await ids("problem=false")).toEqual([requested, ready]);
    expect(await ids(`inn=${companyInn(31)}`)).toEqual([ready]);
    expect(await ids(`payoutId=${data.payoutId}`)).toEqual([ready]);
    expect(await ids("status=ready&problem=true")).toEqual([]);
  });

  it.each([
    ["limit=abc", "limit", "format"],
    ["limit=0", "limit", "format"],
    ["limit=101", "limit", "format"],
    ["limit=-1", "limit", "format"],
    ["limit=1e1", "limit", "format"],
    ["limit=", "limit", "format"],
    ["limit=5&limit=6", "limit", "repeated"],
    ["status=done", "status", "choice"],
    ["problem=yes", "problem", "choice"],
    ["inn=12345", "inn", "format"],
    ["payoutId=", "payoutId", "required"],
    ["payoutId=a%00b", "payoutId", "format"],
    [`payoutId=${"a".repeat(101)}`, "payoutId", "too_long"],
    ["stauts=ready", "stauts", "unknown"],
    ["cursor=%00", "cursor", "format"],
    [`cursor=${"a".repeat(5000)}`, "cursor", "format"],
    ["__proto__=1", "__proto__", "unknown"],
  ])("?%s is validation_failed", async (query, path, code) => {
    const relay = await createHttpHarness();
    const problem = await refused(await relay.call(`/api/acts?${query}`), 422, "validation_failed");
    expect(problem.errors).toMatchObject([{ path, code }]);
  });

  it.each(["zzz", "a", "m1", "a!!", "azzzzzzzzzzzzzzzz"])(
    "refuses a foreign cursor (%s) as malformed",
    async (cursor) => {
      const relay = await createHttpHarness();
      await refused(await relay.call(`/api/acts?cursor=${cursor}`), 400, "malformed");
    },
  );
});

async function paidFor(relay: HttpHarness) {
  const data = makeRequestData();
  const { actId } = await json<{ actId: string }>(await relay.post({ type: "act.requested", data }));
  await relay.settle();
  const accepted = { payoutId: data.payoutId, acceptedAt: new Date(relay.now()).toISOString() };
  await relay.post({ type: "act.accepted", data: accepted });
  await relay.settle();
  const order = (await relay.store.getAct(actId))!.paymentOrder!.ref;
  return { actId, order };
}
