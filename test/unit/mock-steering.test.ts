import { describe, expect, it } from "vitest";
import type { MockAdapter, MockCall, MockFault } from "../../adapters/mock/index.ts";
import { createMockAdapter, MOCK_CALLS } from "../../adapters/mock/index.ts";
import { PENDING } from "../../core/adapter.ts";
import type { AdapterError, Outcome } from "../../core/errors.ts";
import { accountOf, actParams, BIC, bareContractor, innOf, newCall, OTHER_BIC, refOf } from "../support/accounting.ts";
import { CALLS, CARD, createFurnished, errorOf } from "../support/mock-calls.ts";

const WRITES: readonly MockCall[] = ["upsertCounterparty", "createAct", "voidAct", "createPaymentOrder", "check"];

describe("faults", () => {
  const outcomes: [Outcome, string][] = [
    ["rejected", "onec_rejected"],
    ["unavailable", "onec_unavailable"],
    ["uncertain", "onec_timeout"],
  ];
  const cases = MOCK_CALLS.flatMap((call) =>
    outcomes.flatMap(([outcome, code]) =>
      (["before", "after"] as const).map((when) => ({ call, outcome, code, when }) as const),
    ),
  );

  it.each(cases)("$call fails $outcome, $when the work", async ({ call, outcome, code, when }) => {
    const adapter = await createFurnished();
    const before = adapter.mock.takeSnapshot();
    adapter.mock.failNext(call, { outcome, when });
    const error = await errorOf(CALLS[call](adapter));
    expect({ outcome: error.outcome, code: error.code }).toEqual({ outcome, code });
    const isDone = when === "after" && WRITES.includes(call);
    if (isDone) expect(adapter.mock.takeSnapshot()).not.toEqual(before);
    else expect(adapter.mock.takeSnapshot()).toEqual(before);
    await CALLS[call](adapter);
  });

  it("carries the given error, the given number of times, to the given call only", async () => {
    const adapter = await createFurnished();
    const fault: MockFault = { outcome: "rejected", code: "bank_unknown", detail: "нет", field: "a.b", times: 2 };
    adapter.mock.failNext("findAct", fault);
    adapter.mock.failNext("findAct", { outcome: "unavailable", code: "onec_no_license", retryAfterMs: 7000 });
    await CALLS.findLastAct(adapter);
    for (let n = 0; n < 2; n += 1) {
      expect(await errorOf(CALLS.findAct(adapter))).toMatchObject({
        code: "bank_unknown",
        detail: "нет",
        field: "a.b",
      });
    }
    expect(await errorOf(CALLS.findAct(adapter))).toMatchObject({ code: "onec_no_license", retryAfterMs: 7000 });
    await CALLS.findAct(adapter);
  });

  it("hides a refusal too when the answer is lost", async () => {
    const adapter = await createFurnished();
    adapter.mock.closePeriodUpTo("2026-12-31");
    adapter.mock.failNext("createAct", { outcome: "uncertain", when: "after" });
    expect(await errorOf(CALLS.createAct(adapter))).toMatchObject({ code: "onec_timeout" });
    expect(await errorOf(CALLS.createAct(adapter))).toMatchObject({ code: "period_closed" });
  });

  it("ends on demand", async () => {
    const adapter = await createFurnished();
    adapter.mock.failNext("findAct", { outcome: "rejected" });
    adapter.mock.setChaos({ random: () => 0, rate: 1 });
    adapter.mock.clearFaults();
    await CALLS.findAct(adapter);
  });

  it("comes by chance, the same for the same seed, and leaves check alone", async () => {
    const run = async (seed: number) => {
      const adapter = await createFurnished();
      adapter.mock.setChaos({ random: seeded(seed), rate: 0.5 });
      const met: string[] = [];
      for (let n = 0; n < 60; n += 1) {
        await adapter.check({ write: false });
        await CALLS.findAct(adapter).then(
          () => met.push("ok"),
          (error: AdapterError) => met.push(error.outcome),
        );
      }
      return met;
    };
    const met = await run(1);
    expect(await run(1)).toEqual(met);
    expect(await run(2)).not.toEqual(met);
    expect(new Set(met)).toEqual(new Set(["ok", "unavailable", "uncertain"]));
  });

  it("comes by chance only to the named calls and kinds", async () => {
    const adapter = await createFurnished();
    adapter.mock.setChaos({ random: () => 0.2, rate: 1, calls: ["findAct"], faults: [{ outcome: "rejected" }] });
    await CALLS.findLastAct(adapter);
    expect(await errorOf(CALLS.findAct(adapter))).toMatchObject({ outcome: "rejected" });
    adapter.mock.setChaos({ random: () => 0.2, rate: 0 });
    await CALLS.findAct(adapter);
  });
});

describe("pace and concurrency", () => {
  it("waits half before and half after the work, by the injected sleep", async () => {
    const seen: [number, number][] = [];
    const adapter: MockAdapter = createMockAdapter({
      delayMs: { createAct: 100 },
      sleep: async (ms) => void seen.push([ms, adapter.mock.takeSnapshot().acts.length]),
    });
    await adapter.upsertCounterparty({ ref: CARD, contractor: bareContractor(1) }, newCall());
    await adapter.createAct(actParams(CARD), newCall());
    expect(seen).toEqual([
      [50, 0],
      [50, 1],
    ]);
    adapter.mock.delay("createAct", 0);
    await adapter.createAct(actParams(CARD), newCall());
    expect(seen).toHaveLength(2);
  });

  it("needs a sleep to be slow", () => {
    expect(() => createMockAdapter({ delayMs: 5 })).toThrow(TypeError);
    expect(() => createMockAdapter({ delayMs: { check: 5 } })).toThrow(TypeError);
    expect(() => createMockAdapter().mock.delay("check", 5)).toThrow(TypeError);
  });

  it("counts calls, and how many ran together, in all and for one counterparty", async () => {
    const adapter = await createFurnished();
    adapter.mock.addCounterparty({ name: "Другой", inn: innOf(2) });
    adapter.mock.resetCounts();
    const other = { ref: refOf("card", 2), contractor: bareContractor(2) };
    await Promise.all([
      CALLS.createAct(adapter),
      CALLS.voidAct(adapter),
      CALLS.findLastAct(adapter),
      adapter.upsertCounterparty(other, newCall()),
      CALLS.createPaymentOrder(adapter),
      CALLS.findAct(adapter),
    ]);
    const byInn = { [innOf(1)]: 3, [innOf(2)]: 1 };
    expect(adapter.mock.getConcurrency()).toEqual({ total: 6, perCounterparty: 3, byInn });
    expect(adapter.mock.getCallCounts()).toMatchObject({
      createAct: 1,
      voidAct: 1,
      upsertCounterparty: 1,
      getOrganization: 0,
    });
    adapter.mock.resetCounts();
    await CALLS.createAct(adapter);
    await CALLS.voidAct(adapter);
    expect(adapter.mock.getConcurrency()).toMatchObject({ total: 1, perCounterparty: 1 });
  });
});

describe("pending mode", () => {
  it("does nothing until told to answer, and then works once", async () => {
    const adapter = await createFurnished();
    adapter.mock.setPending(true);
    const call = newCall();
    for (let n = 0; n < 2; n += 1) expect(await adapter.createAct(actParams(CARD, 2), call)).toBe(PENDING);
    expect(adapter.mock.takeSnapshot().acts).toHaveLength(1);
    expect(adapter.mock.takeSnapshot().commands).toMatchObject([{ id: call.id, call: "createAct" }]);
    expect(await adapter.mock.answer(call.id)).toMatchObject({ value: { ref: refOf("act", 2) } });
    expect(adapter.mock.takeSnapshot()).toMatchObject({ acts: [{}, { ref: refOf("act", 2) }], commands: [] });
    expect(await adapter.mock.answer(call.id)).toBeNull();
  });

  it("answers with an error as plain data", async () => {
    const adapter = await createFurnished({ banks: [{ bic: BIC }] });
    adapter.mock.pendNext("upsertCounterparty");
    const call = newCall();
    const contractor = bareContractor(1, { bankAccount: accountOf(5, OTHER_BIC) });
    expect(await adapter.upsertCounterparty({ ref: CARD, contractor }, call)).toBe(PENDING);
    const answer = await adapter.mock.answer(call.id);
    expect(answer).toMatchObject({
      error: { code: "bank_unknown", outcome: "rejected", field: "contractor.bankAccount.bic" },
    });
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
    expect(await CALLS.upsertCounterparty(adapter)).not.toBe(PENDING);
  });

  it("answers checks at once", async () => {
    const adapter = createMockAdapter({ pending: true });
    expect((await adapter.check({ write: false })).lines.length).toBeGreaterThan(0);
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
