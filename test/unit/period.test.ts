import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addDays } from "../../core/date.ts";
import {
  deriveActRef,
  deriveCounterpartyRef,
  derivePaymentOrderRef,
  sha256Hex,
  toCanonicalJson,
  uuidV5,
} from "../../core/ids.ts";
import { formatPaymentPurpose, PURPOSE_LIMIT } from "../../core/payment-order.ts";
import { computeActPeriod, findGap, pickLaterDay } from "../../core/period.ts";

const facts = { registeredOn: "2026-01-10", coveredTo: null, actDate: "2026-01-31", sameDay: "reject" } as const;

describe("the period rule", () => {
  test("a new counterparty: from the registration to the act", () => {
    expect(computeActPeriod(facts)).toEqual({ from: "2026-01-10", to: "2026-01-31" });
    expect(computeActPeriod({ ...facts, actDate: "2026-01-10" })).toEqual({ from: "2026-01-10", to: "2026-01-10" });
  });

  test("a known one: from the day after the last act, over months and leap years", () => {
    expect(computeActPeriod({ ...facts, coveredTo: "2025-12-31" })).toEqual({ from: "2026-01-01", to: "2026-01-31" });
    expect(computeActPeriod({ ...facts, coveredTo: "2028-02-28", actDate: "2028-03-31" })?.from).toBe("2028-02-29");
  });

  test("no day left: null, or the act's own day", () => {
    const taken = { ...facts, coveredTo: "2026-01-31" };
    expect(computeActPeriod(taken)).toBe(null);
    expect(computeActPeriod({ ...facts, registeredOn: "2026-02-01" })).toBe(null);
    expect(computeActPeriod({ ...taken, sameDay: "single_day" })).toEqual({ from: "2026-01-31", to: "2026-01-31" });
  });

  test("property: the period never begins on a covered day and always ends on the act's day", () => {
    const day = fc.integer({ min: 0, max: 20_000 }).map((n) => addDays("2000-01-01", n));
    fc.assert(
      fc.property(day, fc.option(day), day, (registeredOn, coveredTo, actDate) => {
        const period = computeActPeriod({ registeredOn, coveredTo, actDate, sameDay: "reject" });
        if (period === null) {
          expect((coveredTo ?? addDays(registeredOn, -1)) >= actDate).toBe(true);
          return;
        }
        expect(period.to).toBe(actDate);
        expect(period.from <= period.to).toBe(true);
        if (coveredTo !== null) expect(period.from > coveredTo).toBe(true);
      }),
    );
  });

  test("the later of two days; the gap that a voided act leaves", () => {
    expect(pickLaterDay(null, null)).toBe(null);
    expect(pickLaterDay("2026-01-01", null)).toBe("2026-01-01");
    expect(pickLaterDay(null, "2026-01-01")).toBe("2026-01-01");
    expect(pickLaterDay("2026-01-01", "2025-01-01")).toBe("2026-01-01");
    expect(pickLaterDay("2025-01-01", "2026-01-01")).toBe("2026-01-01");
    const period = { from: "2026-01-01", to: "2026-01-31" };
    expect(findGap(period, null)).toBe(null);
    expect(findGap(period, "2025-12-31")).toBe(null);
    expect(findGap(period, period.to)).toBe(null);
    expect(findGap(period, "2026-02-28")).toEqual(period);
  });
});

describe("the payment purpose", () => {
  const parts = {
    number: "0000-000012",
    date: "24.11.2026",
    period: "01.11.2026 - 24.11.2026",
    contract: " по договору № 5 от 01.02.2026",
    amount: 1_000_000,
    vat: "22",
  } as const;

  test("ends with the VAT wording", () => {
    expect(formatPaymentPurpose("Оплата по акту № {number} от {date} за услуги{contract}. {vat}", parts)).toBe(
      "Оплата по акту № 0000-000012 от 24.11.2026 за услуги по договору № 5 от 01.02.2026. В т.ч. НДС 22% - 1803.28 руб.",
    );
    expect(formatPaymentPurpose("Акт {number}\r\n{period}", { ...parts, vat: "none" })).toBe(
      "Акт 0000-000012 01.11.2026 - 24.11.2026 Без НДС",
    );
  });

  test("property: at most 210 characters, one line, VAT whole, and no part of the data is taken for a placeholder", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), fc.string({ maxLength: 300 }), (template, number) => {
        const text = formatPaymentPurpose(template, { ...parts, number });
        expect(text.length).toBeLessThanOrEqual(PURPOSE_LIMIT);
        expect(text).not.toMatch(/[\r\n]/);
        expect(text.endsWith("В т.ч. НДС 22% - 1803.28 руб.")).toBe(true);
      }),
    );
    expect(formatPaymentPurpose("{number} $& {x}", { ...parts, number: "$1" })).toContain("$1 $& {x}");
  });
});

describe("references", () => {
  test("UUIDv5: the published example of RFC 9562, A.4", async () => {
    expect(await uuidV5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe(
      "2ed6657d-e927-568b-95e1-2665a8aea6a2",
    );
  });

  test("one per payout and revision, per act and attempt, per INN and KPP", async () => {
    const refs = await Promise.all([
      deriveActRef("platform", "p", 1),
      deriveActRef("platform", "p", 2),
      deriveActRef("platform", "p1", 1),
      deriveActRef("p", "latform", 1),
      derivePaymentOrderRef("a", 1),
      derivePaymentOrderRef("a", 2),
      deriveCounterpartyRef("7707083893", undefined),
      deriveCounterpartyRef("7707083893", "770701001"),
    ]);
    expect(new Set(refs).size).toBe(refs.length);
    expect(await deriveActRef("platform", "p", 1)).toBe(refs[0]);
  });

  test("canonical JSON: order of keys and undefined do not count, order of items does", () => {
    expect(toCanonicalJson({ b: 1, a: { d: [2, 1], c: undefined } })).toBe('{"a":{"d":[2,1]},"b":1}');
    expect(toCanonicalJson([1, 2])).not.toBe(toCanonicalJson([2, 1]));
  });

  test("sha256 of nothing", async () => {
    expect(await sha256Hex(new Uint8Array())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });
});
