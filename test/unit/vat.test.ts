import { describe, expect, test } from "vitest";
import type { VatRate } from "../../core/money.ts";
import { isRateInForce } from "../../core/vat.ts";
import { makeContractorData } from "../support/builders.ts";
import { createHarness } from "../support/harness.ts";

describe("a VAT rate by the days of the act", () => {
  test.each([
    ["22", "2025-12-01", "2025-12-31", false],
    ["22", "2025-12-01", "2026-01-01", true],
    ["22", "2026-01-01", "2026-01-31", true],
    ["20", "2025-12-01", "2025-12-31", true],
    ["20", "2025-12-31", "2026-02-01", true],
    ["20", "2026-01-01", "2026-02-01", false],
    ["5", "2024-12-01", "2024-12-31", false],
    ["5", "2024-12-31", "2025-01-01", true],
    ["7", "2024-12-01", "2024-12-31", false],
    ["7", "2026-01-01", "2026-01-31", true],
    ["10", "2020-01-01", "2020-01-01", true],
    ["none", "2020-01-01", "2020-01-01", true],
  ] as const)("is judged: %s %% from %s to %s: %s", (rate, from, to, inForce) => {
    expect(isRateInForce(rate, { from, to })).toBe(inForce);
  });
});

/** Sends a request at NOON, 2026-11-24, and returns its issues. */
async function listIssues(vat: VatRate, contractor: object, requestedAt = "2026-11-24T12:00:00+03:00") {
  const rules = {
    timeZone: "Europe/Moscow",
    allowedKinds: ["company", "entrepreneur", "self_employed", "individual"],
    listMissingCharacters: () => [],
    futureToleranceMs: 300_000,
  } as const;
  const world = await createHarness({ relay: { rules } });
  const data = { payoutId: "p-1", requestedAt, amount: "15000.00", vat, contractor };
  return world.send("act.requested", data).then(
    () => [],
    (error) => error.issues,
  );
}

describe("a request", () => {
  const person = { kind: "self_employed", inn: "500100732259", kpp: undefined };

  test.each([
    ["20", { registeredAt: "2026-01-01" }, undefined, "vat_rate_date"],
    ["20", { registeredAt: "2025-12-31" }, undefined, null],
    ["22", { registeredAt: "2025-01-01" }, "2025-12-31T23:59:59+03:00", "vat_rate_date"],
    ["22", { registeredAt: "2025-01-01" }, "2025-12-31T21:00:00Z", null],
    ["5", { registeredAt: "2024-01-01" }, "2024-12-31T12:00:00+03:00", "vat_rate_date"],
    ["22", person, undefined, "vat_kind"],
    ["5", { ...person, kind: "individual" }, undefined, "vat_kind"],
    ["none", person, undefined, null],
  ] as const)("is judged: %s %% of %o at %s: %s", async (vat, more, requestedAt, code) => {
    const issues = await listIssues(vat, makeContractorData(2, more), requestedAt);
    const account = issues.filter((issue: { path: string }) => issue.path === "data.vat");
    expect(account.map((issue: { code: string }) => issue.code)).toEqual(code === null ? [] : [code]);
  });
});

test("an act of a known counterparty in the new year does not carry the old rate, and nothing is written", async () => {
  const world = await createHarness();
  const contractor = makeContractorData(2, { registeredAt: "2025-06-01" });
  await world.request({ contractor, requestedAt: "2026-01-15T12:00:00+03:00", vat: "20" });
  await world.settle();
  const known = await world.request({ contractor, vat: "20" });
  await world.settle();
  expect(await world.store.getAct(known)).toMatchObject({
    status: "requested",
    document: null,
    problem: {
      code: "vat_rate_date",
      field: "vat",
      resolver: "platform",
      message: expect.stringContaining("с 16.01.2026 по 24.11.2026"),
    },
  });
  expect(world.onec.mock.takeSnapshot().acts).toHaveLength(1);
});
