import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import type { Store } from "../../../core/store.ts";
import { migrate } from "../../../server/db/migrate.ts";
import { openSqlite } from "../../../server/db/sqlite.ts";
import { createSqlStore } from "../../../server/db/store.ts";
import { makeContractorData, makeRequestData } from "../../support/builders.ts";
import { SECRETS } from "../../support/harness.ts";
import { json as body, refused } from "../../support/http.ts";
import { createHttpHarness, type HttpHarness } from "../../support/http-harness.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const STORES: [string, () => Promise<Store>][] = [
  ["memory", async () => createMemoryStore()],
  [
    "SQLite",
    async () => {
      const driver = openSqlite(":memory:");
      await migrate(driver);
      return createSqlStore(driver);
    },
  ],
];

async function inbox(relay: HttpHarness) {
  return (await relay.store.listInbox({ limit: 100 })).items;
}

describe("a new event", () => {
  it("is answered 202 with the act, once the event is durably stored", async () => {
    const relay = await createHttpHarness();
    const response = await relay.post({ type: "act.requested", data: makeRequestData() });
    expect(response.status).toBe(202);
    const { actId, duplicate } = await body(response);
    expect(duplicate).toBe(false);
    expect(await relay.store.getAct(String(actId))).toMatchObject({ status: "requested", amount: 1_500_000 });
  });

  it("about no act is answered with actId null", async () => {
    const relay = await createHttpHarness();
    const response = await relay.post({ type: "contractor.updated", data: { contractor: makeContractorData() } });
    expect(response.status).toBe(202);
    expect(await body(response)).toEqual({ actId: null, duplicate: false });
  });

  it("signed by the standardwebhooks library is accepted", async () => {
    const relay = await createHttpHarness({ start: Date.now() });
    const now = new Date();
    const text = JSON.stringify({
      type: "act.requested",
      timestamp: now.toISOString(),
      data: makeRequestData({ requestedAt: now.toISOString() }),
    });
    const signature = new Webhook(SECRETS.platformInbound).sign("msg_library", now, text);
    const response = await relay.app.request("/webhooks/platform", {
      method: "POST",
      body: text,
      headers: {
        "webhook-id": "msg_library",
        "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
        "webhook-signature": signature,
      },
    });
    expect(response.status).toBe(202);
  });

  it("goes all the way to a signed webhook that the library verifies", async () => {
    const sent: Request[] = [];
    const relay = await createHttpHarness({
      start: Date.now(),
      relay: {
        fetch: async (url, init) => {
          sent.push(new Request(url, init));
          return new Response(null, { status: 200 });
        },
      },
    });
    await relay.prepareAct({ requestedAt: new Date(relay.now()).toISOString() });
    const [request] = sent;
    const text = await request!.text();
    const event = new Webhook(SECRETS.platformOutbound).verify(text, Object.fromEntries(request!.headers));
    expect(event).toMatchObject({ type: "act.ready", data: { amount: "15000.00", vatAmount: "0.00" } });
  });

  it("moves the act when 1C sends the event", async () => {
    const relay = await createHttpHarness({ mock: { pushesEvents: true } });
    const actId = await relay.prepareAct();
    const response = await relay.post({ type: "act.voided", data: { actRef: actId } }, { source: "onec" });
    expect(response.status).toBe(202);
    expect((await relay.store.getAct(actId))?.status).toBe("voided");
  });
});

describe("the same event again", () => {
  it("under the same id is answered 200 without a second effect", async () => {
    const relay = await createHttpHarness();
    const event = { type: "act.requested", data: makeRequestData() };
    const first = await body(await relay.post(event, { id: "evt_same" }));
    const again = await relay.post(event, { id: "evt_same" });
    expect(again.status).toBe(200);
    expect(await body(again)).toEqual({ actId: first.actId, duplicate: true });
    expect(
      (await relay.store.listJobs({ limit: 100 })).items.filter(({ type }) => type !== "payment.check"),
    ).toHaveLength(1);
  });

  it("under a new id, with other order of fields and another requestedAt, is a duplicate too", async () => {
    const relay = await createHttpHarness();
    const data = makeRequestData();
    const first = await body(await relay.post({ type: "act.requested", data }));
    const shuffled = Object.fromEntries(Object.entries(data).reverse());
    const later = { ...shuffled, requestedAt: "2026-11-24T09:00:01Z", vat: "none", revision: 1 };
    const again = await relay.post({ type: "act.requested", data: later });
    expect(again.status).toBe(200);
    expect(await body(again)).toEqual({ actId: first.actId, duplicate: true });
  });

  it.each(STORES)("fifty times at once makes one act: one 202 and 49 times 200 (%s)", async (_, open) => {
    const relay = await createHttpHarness({ store: await open() });
    const event = { type: "act.requested", data: makeRequestData() };
    const requests = await Promise.all(Array.from({ length: 50 }, () => relay.sign(event, { id: "evt_fifty" })));
    const responses = await Promise.all(requests.map((request) => relay.app.request(request)));
    const statuses = responses.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(49).fill(200), 202]);
    const answers = await Promise.all(responses.map(body));
    expect(new Set(answers.map(({ actId }) => actId)).size).toBe(1);
    expect((await relay.store.listActs({ limit: 100 })).items).toHaveLength(1);
  });

  it.each(STORES)("fifty times at once under fifty ids makes one act (%s)", async (_, open) => {
    const relay = await createHttpHarness({ store: await open() });
    const event = { type: "act.requested", data: makeRequestData() };
    const responses = await Promise.all(Array.from({ length: 50 }, () => relay.post(event)));
    expect(responses.map(({ status }) => status).sort()).toEqual([...Array(49).fill(200), 202]);
  });
});

describe("a conflict is answered 409", () => {
  it("webhook_id_conflict: another body under the same id", async () => {
    const relay = await createHttpHarness();
    await relay.post({ type: "act.requested", data: makeRequestData() }, { id: "evt_one" });
    const other = await relay.post({ type: "act.requested", data: makeRequestData() }, { id: "evt_one" });
    await refused(other, 409, "webhook_id_conflict");
  });

  it("payout_conflict: the same payout and revision with other content", async () => {
    const relay = await createHttpHarness();
    const data = makeRequestData();
    await relay.post({ type: "act.requested", data });
    const other = await relay.post({ type: "act.requested", data: { ...data, amount: "15000.01" } });
    await refused(other, 409, "payout_conflict");
  });

  it("state_conflict: with the act's status as a member", async () => {
    const relay = await createHttpHarness();
    const data = makeRequestData();
    await relay.post({ type: "act.requested", data });
    const accepted = { payoutId: data.payoutId, acceptedAt: "2026-11-24T12:00:00+03:00" };
    const problem = await refused(await relay.post({ type: "act.accepted", data: accepted }), 409, "state_conflict");
    expect(problem).toMatchObject({ actStatus: "requested" });
    expect(problem).not.toHaveProperty("errors");
  });

  it("form_changed: another form was accepted than the one shown", async () => {
    const relay = await createHttpHarness();
    const data = makeRequestData();
    await relay.post({ type: "act.requested", data });
    await relay.settle();
    const accepted = { payoutId: data.payoutId, acceptedAt: "2026-11-24T09:00:00Z", pdfSha256: "0".repeat(64) };
    await refused(await relay.post({ type: "act.accepted", data: accepted }), 409, "form_changed");
  });
});

describe("a refused event", () => {
  it("is act_not_found: unknown payout, payment order or act", async () => {
    const relay = await createHttpHarness();
    const ref = "0193a000-0000-7000-8000-0000000fffff";
    const declined = { payoutId: "nobody", declinedAt: "2026-11-24T09:00:00Z", reason: "Ошибка" };
    await refused(await relay.post({ type: "act.declined", data: declined }), 404, "act_not_found");
    const rejected = { paymentOrderRef: ref, reason: "Нет средств" };
    await refused(
      await relay.post({ type: "payment.rejected", data: rejected }, { source: "onec" }),
      404,
      "act_not_found",
    );
    await refused(
      await relay.post({ type: "act.changed", data: { actRef: ref } }, { source: "onec" }),
      404,
      "act_not_found",
    );
  });

  it.each([
    ["not JSON", "hello"],
    ["half of JSON", '{"type":'],
    ["nothing", ""],
    ["invalid UTF-8", null],
  ])("is malformed: %s", async (_, text) => {
    const relay = await createHttpHarness();
    const raw = text === null ? Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) : bytes(text);
    await refused(await relay.post(raw), 400, "malformed");
    expect(await inbox(relay)).toMatchObject([{ outcome: "rejected", code: "malformed" }]);
  });

  it.each(["[]", "null", "1", '"x"', "{}", '{"type":1}'])("is validation_failed: %s is no event", async (text) => {
    const relay = await createHttpHarness();
    await refused(await relay.post(bytes(text)), 422, "validation_failed");
  });

  it("is validation_failed: lists every finding and is kept as rejected", async () => {
    const relay = await createHttpHarness();
    const contractor = makeContractorData(2, {
      inn: "7700000021",
      bankAccount: { number: "40702810000000000000", bic: "044525225" },
    });
    const data = makeRequestData({ contractor, requestedAt: "2026-11-24T10:00:00Z" });
    const problem = await refused(await relay.post({ type: "act.requested", data }), 422, "validation_failed");
    const errors = problem.errors as { path: string; code: string; message: string }[];
    expect(errors.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["data.contractor.inn", "data.contractor.bankAccount.number", "data.requestedAt"]),
    );
    for (const { message } of errors) expect(message).toMatch(/[А-Яа-я]/);
    expect(await inbox(relay)).toMatchObject([{ outcome: "rejected", code: "validation_failed" }]);
    expect((await relay.store.listActs({ limit: 1 })).items).toEqual([]);
  });

  it("is validation_failed: a character outside the fonts", async () => {
    const relay = await createHttpHarness();
    const data = makeRequestData({ contractor: makeContractorData(2, { name: "ООО «汉字»" }) });
    const problem = await refused(await relay.post({ type: "act.requested", data }), 422, "validation_failed");
    expect(problem.errors).toMatchObject([{ path: "data.contractor.name", code: "character" }]);
  });

  it("is kind_not_allowed: a self-employed contractor", async () => {
    const relay = await createHttpHarness();
    const contractor = makeContractorData(2, { kind: "self_employed", inn: "500100732259", kpp: null });
    await refused(
      await relay.post({ type: "act.requested", data: makeRequestData({ contractor }) }),
      422,
      "kind_not_allowed",
    );
  });

  it("is unknown_event_type: kept as rejected, each source with its own types", async () => {
    const relay = await createHttpHarness();
    await refused(await relay.post({ type: "act.frobnicated" }), 422, "unknown_event_type");
    await refused(await relay.post({ type: "act.requested" }, { source: "onec" }), 422, "unknown_event_type");
    expect(await inbox(relay)).toMatchObject([{ code: "unknown_event_type" }, { code: "unknown_event_type" }]);
  });

  it("is judged anew on a repeat under the same id", async () => {
    const relay = await createHttpHarness();
    const data = makeRequestData();
    const accepted = { type: "act.accepted", data: { payoutId: data.payoutId, acceptedAt: "2026-11-24T09:00:00Z" } };
    await refused(await relay.post(accepted, { id: "evt_early" }), 404, "act_not_found");
    await relay.post({ type: "act.requested", data });
    await relay.settle();
    expect((await relay.post(accepted, { id: "evt_early" })).status).toBe(202);
  });
});
