import { describe, expect, test } from "vitest";
import { RequestError } from "../../../core/errors.ts";
import { makeContractorData } from "../../support/builders.ts";
import { createHarness, type Harness } from "../../support/harness.ts";

async function refusal(promise: Promise<unknown>): Promise<RequestError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error("It was accepted");
}

const asked = (world: Harness, more: object = {}) => ({
  payoutId: "p-1",
  requestedAt: new Date(world.now()).toISOString(),
  amount: "15000.00",
  contractor: makeContractorData(),
  ...more,
});

describe("a repeated event", () => {
  test("is a duplicate without a second effect: same id, same body", async () => {
    const world = await createHarness();
    const first = await world.send("act.requested", asked(world), { id: "wh-a" });
    const again = await world.send("act.requested", asked(world), { id: "wh-a" });
    expect(again).toEqual({ actId: first.actId, duplicate: true });
    await world.settle();
    expect(world.onec.mock.takeSnapshot().acts).toHaveLength(1);
    const inbox = await world.store.listInbox({ limit: 10 });
    expect(inbox.items.map((entry) => entry.outcome)).toEqual(["duplicate", "processed"]);
  });

  test("is refused with the same id and another body, and the first stands", async () => {
    const world = await createHarness();
    await world.send("act.requested", asked(world), { id: "wh-a" });
    const other = await refusal(world.send("act.requested", asked(world, { amount: "1.00" }), { id: "wh-a" }));
    expect(other.code).toBe("webhook_id_conflict");
  });

  test("is a duplicate with equal content under a new id; the exact requestedAt and spelling do not count", async () => {
    const world = await createHarness();
    const first = await world.send("act.requested", asked(world));
    const again = await world.send(
      "act.requested",
      asked(world, { amount: "15000", requestedAt: "2026-11-24T11:59:00+03:00", vat: null, services: [] }),
    );
    expect(again).toEqual({ actId: first.actId, duplicate: true });
  });

  test("conflicts with the same payout and revision and other content, or with an older revision", async () => {
    const world = await createHarness();
    await world.send("act.requested", asked(world, { revision: 2 }));
    expect((await refusal(world.send("act.requested", asked(world, { revision: 2, amount: "1.00" })))).code).toBe(
      "payout_conflict",
    );
    expect((await refusal(world.send("act.requested", asked(world, { revision: 1 })))).code).toBe("payout_conflict");
    expect((await refusal(world.send("act.requested", asked(world, { revision: 3 })))).code).toBe("state_conflict");
  });

  test("makes one act and one acceptance, fifty at once, under one id and under fifty ids", async () => {
    const world = await createHarness();
    const body = asked(world);
    const sameId = Array.from({ length: 50 }, () => world.send("act.requested", body, { id: "wh-same" }));
    const ownIds = Array.from({ length: 50 }, () => world.send("act.requested", body));
    const answers = await Promise.all([...sameId, ...ownIds]);
    expect(answers.filter((answer) => !answer.duplicate)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.actId)).size).toBe(1);
    await world.settle();
    expect(world.onec.mock.takeSnapshot().acts).toHaveLength(1);
  });
});

describe("a refused event", () => {
  test("keeps the id free: mended and sent again, the event is judged anew", async () => {
    const world = await createHarness();
    const bad = asked(world, { contractor: makeContractorData(2, { inn: "7700000001" }) });
    const error = await refusal(world.send("act.requested", bad, { id: "wh-a" }));
    expect(error.code).toBe("validation_failed");
    expect(error.issues).toContainEqual(expect.objectContaining({ path: "data.contractor.inn", code: "checksum" }));
    const good = await world.send("act.requested", asked(world), { id: "wh-a" });
    expect(good.duplicate).toBe(false);
    const [kept, refused] = (await world.store.listInbox({ limit: 10 })).items;
    expect(refused).toMatchObject({ outcome: "rejected", code: "validation_failed", type: "act.requested" });
    expect(refused?.body?.length).toBeGreaterThan(100);
    expect(kept).toMatchObject({ outcome: "processed" });
  });

  test("is taken later when out of order: acceptance before the request is not found", async () => {
    const world = await createHarness();
    const accepted = { payoutId: "p-1", acceptedAt: "2026-11-24T12:00:00+03:00" };
    expect((await refusal(world.send("act.accepted", accepted, { id: "wh-a" }))).code).toBe("act_not_found");
    const id = await world.request({ payoutId: "p-1" });
    expect((await refusal(world.send("act.accepted", accepted, { id: "wh-a" }))).code).toBe("state_conflict");
    await world.settle();
    expect(await world.send("act.accepted", accepted, { id: "wh-a" })).toEqual({ actId: id, duplicate: false });
    expect(await world.send("act.accepted", accepted)).toEqual({ actId: id, duplicate: true });
  });

  test("names another form than the one shown", async () => {
    const world = await createHarness();
    await world.request({ payoutId: "p-1" });
    await world.settle();
    const accepted = { payoutId: "p-1", acceptedAt: "2026-11-24T12:00:00+03:00", pdfSha256: "f".repeat(64) };
    expect((await refusal(world.send("act.accepted", accepted))).code).toBe("form_changed");
  });

  test("comes from 1C: unknown references, wrong shapes, the platform's types", async () => {
    const world = await createHarness();
    const ref = "00000000-0000-5000-8000-000000000001";
    const from1C = (type: string, data: object) => refusal(world.send(type, data, { source: "onec" }));
    expect((await from1C("act.voided", { actRef: ref })).code).toBe("act_not_found");
    expect((await from1C("act.changed", { actRef: ref.toUpperCase() })).code).toBe("act_not_found");
    expect((await from1C("payment.executed", { paymentOrderRef: ref, executedAt: "2026-11-25" })).code).toBe(
      "act_not_found",
    );
    expect((await from1C("payment.rejected", { paymentOrderRef: ref })).code).toBe("validation_failed");
    expect((await from1C("act.requested", asked(world))).code).toBe("unknown_event_type");
    expect((await refusal(world.send("constructor", {}))).code).toBe("unknown_event_type");
  });
});

describe("shape and requisites: every issue is named with its path", () => {
  const cases: [string, object, string, string][] = [
    ["no amount", { amount: undefined }, "data.amount", "required"],
    ["a number for an amount", { amount: 15000 }, "data.amount", "type"],
    ["a comma", { amount: "15000,00" }, "data.amount", "format"],
    ["nothing", { amount: "0.00" }, "data.amount", "range"],
    ["an unknown rate", { vat: "18" }, "data.vat", "choice"],
    ["no offset", { requestedAt: "2026-11-24T12:00:00" }, "data.requestedAt", "format"],
    ["the future", { requestedAt: "2026-11-25T12:00:00+03:00" }, "data.requestedAt", "future"],
    ["revision 0", { revision: 0 }, "data.revision", "range"],
    ["half a revision", { revision: 1.5 }, "data.revision", "format"],
    ["a blank payout", { payoutId: "  " }, "data.payoutId", "required"],
    ["a control character", { payoutId: "a\nb" }, "data.payoutId", "format"],
    ["a long payout", { payoutId: "x".repeat(101) }, "data.payoutId", "too_long"],
    ["zero INN", { contractor: makeContractorData(2, { inn: "0000000000" }) }, "data.contractor.inn", "zero"],
    ["a KPP of letters", { contractor: makeContractorData(2, { kpp: "7701А1001" }) }, "data.contractor.kpp", "format"],
    [
      "an OGRNIP of a company",
      { contractor: makeContractorData(2, { ogrn: "304500116000157" }) },
      "data.contractor.ogrn",
      "length",
    ],
    [
      "kind against INN",
      { contractor: makeContractorData(2, { kind: "entrepreneur" }) },
      "data.contractor.kind",
      "mismatch",
    ],
    [
      "12 digits without a kind",
      { contractor: makeContractorData(2, { inn: "500100732259", kind: undefined, kpp: undefined }) },
      "data.contractor.kind",
      "required",
    ],
    [
      "a KPP of a person",
      { contractor: makeContractorData(2, { inn: "500100732259", kind: "entrepreneur" }) },
      "data.contractor.kpp",
      "format",
    ],
    [
      "an account of another bank",
      { contractor: makeContractorData(2, { bankAccount: { number: "40702810900000000001", bic: "044525225" } }) },
      "data.contractor.bankAccount.number",
      "checksum",
    ],
    [
      "a correspondent account",
      { contractor: makeContractorData(2, { bankAccount: { number: "30101810400000000225", bic: "044525225" } }) },
      "data.contractor.bankAccount.number",
      "format",
    ],
    [
      "plain http",
      { contractor: makeContractorData(2, { contract: { url: "http://a.example/1" } }) },
      "data.contractor.contract.url",
      "format",
    ],
    ["an emoji", { contractor: makeContractorData(2, { name: "ООО «😀»" }) }, "data.contractor.name", "character"],
    [
      "Chinese",
      { contractor: makeContractorData(2, { legalAddress: "北京" }) },
      "data.contractor.legalAddress",
      "character",
    ],
    [
      "lines that do not add up",
      { services: [{ name: "Доставка", quantity: "1", unit: "шт", price: "100.00", amount: "100.00" }] },
      "data.services",
      "sum",
    ],
    [
      "a line whose sum is not its product",
      { services: [{ name: "Доставка", quantity: "2", unit: "шт", price: "100.00", amount: "15000.00" }] },
      "data.services.0.amount",
      "sum",
    ],
  ];
  test.each(cases)("%s", async (_, more, path, code) => {
    const world = await createHarness();
    const error = await refusal(world.send("act.requested", asked(world, more)));
    expect(error.code).toBe("validation_failed");
    expect(error.issues).toContainEqual({ path, code, message: expect.stringMatching(/[а-яё]/i) });
  });

  test("an unserved kind of contractor has a separate refusal", async () => {
    const world = await createHarness();
    const contractor = makeContractorData(2, {
      inn: "500100732259",
      kind: "self_employed",
      kpp: undefined,
      ogrn: undefined,
    });
    const error = await refusal(world.send("act.requested", asked(world, { contractor })));
    expect(error.code).toBe("kind_not_allowed");
  });

  test("a divided and rounded price is no error; null and blank mean not given", async () => {
    const world = await createHarness();
    const services = [{ name: "Доставка", quantity: "3", unit: "шт", price: "33.33", amount: "100.00" }];
    const contractor = makeContractorData(2, { kpp: null, email: "", fullName: "  ", contract: null, signatory: null });
    const received = await world.send("act.requested", asked(world, { amount: "100.00", services, contractor }));
    const act = await world.store.getAct(received.actId ?? "");
    expect(act?.contractor).not.toHaveProperty("kpp");
    expect(act?.contractor).not.toHaveProperty("email");
    expect(act?.services).toEqual([{ name: "Доставка", quantity: 3000, unit: "шт", price: 3333, amount: 10_000 }]);
  });

  test.each([
    ["not JSON", new TextEncoder().encode("{")],
    ["nothing", new Uint8Array()],
    ["windows-1251", new Uint8Array([0x7b, 0x22, 0xd1, 0xf7, 0x22, 0x3a, 0x31, 0x7d])],
  ])("malformed and kept: %s", async (_, body) => {
    const world = await createHarness();
    const error = await refusal(world.relay.receive({ source: "platform", webhookId: "wh-x", body }));
    expect(error.code).toBe("malformed");
    expect((await world.store.listInbox({ limit: 1 })).items[0]).toMatchObject({
      outcome: "rejected",
      code: "malformed",
    });
  });
});

test("23:30 UTC is already tomorrow in Moscow", async () => {
  const world = await createHarness({ start: Date.UTC(2026, 10, 24, 20, 30) });
  const id = await world.request({ requestedAt: "2026-11-24T23:30:00+03:00" });
  expect((await world.store.getAct(id))?.date).toBe("2026-11-24");
  const later = await createHarness({ start: Date.UTC(2026, 10, 24, 23, 30) });
  expect((await later.store.getAct(await later.request()))?.date).toBe("2026-11-25");
});
