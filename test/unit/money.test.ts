import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  computeIncludedVat,
  computeLineAmount,
  divideHalfUp,
  formatMoney,
  isKopecks,
  MAX_KOPECKS,
  parseMoney,
  parseQuantity,
  printMoney,
  printQuantity,
  requireKopecks,
  splitVat,
  VAT_RATES,
} from "../../core/money.ts";

const kopecks = fc.oneof(fc.integer({ min: 0, max: MAX_KOPECKS }), fc.integer({ min: 0, max: 100_000 }));
const rate = fc.constantFrom(...VAT_RATES);
const notSums = [-1, 0.5, MAX_KOPECKS + 1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY];

describe("parseMoney", () => {
  it.each([
    ["0", 0],
    ["0.00", 0],
    ["0.01", 1],
    ["0.1", 10],
    ["15000", 1_500_000],
    ["15000.5", 1_500_050],
    ["15000.00", 1_500_000],
    // Neither survives a multiplication of floats by 100.
    ["1.15", 115],
    ["4.35", 435],
    ["999999999999.99", MAX_KOPECKS],
  ])("reads %s", (text, expected) => {
    expect(parseMoney(text)).toBe(expected);
  });

  const junk = "+1 -1 -0 1e3 0x10 01 01.00 00 1,5 .5 1. 1.005 1.2.3 1000000000000 NaN Infinity ١٢";
  it.each(["", " 1", "1 ", "1\n", "1 000", "1\u00A0000", ...junk.split(" ")])("refuses %j", (text) => {
    expect(parseMoney(text)).toBeNull();
  });

  it("reads back whatever formatMoney writes", () => {
    fc.assert(fc.property(kopecks, (sum) => parseMoney(formatMoney(sum)) === sum));
  });
});

describe("formatMoney and printMoney", () => {
  it.each([
    [0, "0.00", "0,00"],
    [5, "0.05", "0,05"],
    [1_500_000, "15000.00", "15\u00A0000,00"],
    [99_999, "999.99", "999,99"],
    [100_000, "1000.00", "1\u00A0000,00"],
    [123_456_789, "1234567.89", "1\u00A0234\u00A0567,89"],
    [MAX_KOPECKS, "999999999999.99", "999\u00A0999\u00A0999\u00A0999,99"],
  ])("writes %i kopecks", (sum, wire, print) => {
    expect(formatMoney(sum)).toBe(wire);
    expect(printMoney(sum)).toBe(print);
  });

  it("prints the same digits as the wire form", () => {
    fc.assert(
      fc.property(kopecks, (sum) => printMoney(sum).replaceAll("\u00A0", "").replace(",", ".") === formatMoney(sum)),
    );
  });

  it.each(notSums)("throws on %d", (value) => {
    expect(isKopecks(value)).toBe(false);
    expect(() => requireKopecks(value)).toThrow(RangeError);
    expect(() => formatMoney(value)).toThrow(RangeError);
    expect(() => printMoney(value)).toThrow(RangeError);
    expect(() => computeIncludedVat(value, "none")).toThrow(RangeError);
  });
});

describe("quantities", () => {
  it.each([
    ["1", 1000, "1"],
    ["0", 0, "0"],
    ["2.5", 2500, "2,5"],
    ["2.50", 2500, "2,5"],
    ["0.001", 1, "0,001"],
    ["10.000", 10_000, "10"],
    ["1000.125", 1_000_125, "1\u00A0000,125"],
    ["999999999999.999", 999_999_999_999_999, "999\u00A0999\u00A0999\u00A0999,999"],
  ])("reads %s and prints it", (text, thousandths, print) => {
    expect(parseQuantity(text)).toBe(thousandths);
    expect(printQuantity(thousandths)).toBe(print);
  });

  it.each(["", "-1", "1.0005", "1,5", "01", "1.", ".1", "1e1", "1000000000000"])("refuses %j", (text) => {
    expect(parseQuantity(text)).toBeNull();
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])("throws on %d thousandths", (value) => {
    expect(() => printQuantity(value)).toThrow(RangeError);
    expect(() => computeLineAmount(value, 1)).toThrow(RangeError);
  });
});

describe("divideHalfUp", () => {
  it.each([
    [0n, 1n, 0n],
    [1n, 2n, 1n],
    [1n, 3n, 0n],
    [2n, 3n, 1n],
    [5n, 10n, 1n],
    [4n, 10n, 0n],
    [15n, 10n, 2n],
    [25n, 10n, 3n],
  ])("%d / %d is %d", (numerator, denominator, expected) => {
    expect(divideHalfUp(numerator, denominator)).toBe(expected);
  });

  it("is never off by more than a half, and a half goes up", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.bigInt({ min: 1n, max: 10n ** 20n }), (n, d) => {
        const off = 2n * (divideHalfUp(n, d) * d - n);
        return off > -d && off <= d;
      }),
    );
  });

  it("throws where rounding a half up would be ambiguous", () => {
    expect(() => divideHalfUp(-1n, 2n)).toThrow(RangeError);
    expect(() => divideHalfUp(1n, 0n)).toThrow("a denominator above 0");
    expect(() => divideHalfUp(1n, -2n)).toThrow(RangeError);
  });
});

describe("lineAmount", () => {
  it.each([
    [1000, 1_500_000, 1_500_000],
    [2500, 1001, 2503],
    [333, 100, 33],
    [5, 100, 1],
    [4, 100, 0],
    [0, 100, 0],
    [1000, MAX_KOPECKS, MAX_KOPECKS],
    [1, MAX_KOPECKS, 100_000_000_000],
  ])("%i thousandths at %i kopecks is %i", (quantity, price, expected) => {
    expect(computeLineAmount(quantity, price)).toBe(expected);
  });

  it("throws when the sum is too large to hold", () => {
    expect(() => computeLineAmount(1001, MAX_KOPECKS)).toThrow(RangeError);
    expect(() => computeLineAmount(Number.MAX_SAFE_INTEGER, MAX_KOPECKS)).toThrow(RangeError);
  });

  it("throws on a price that is no sum", () => {
    expect(() => computeLineAmount(1000, -1)).toThrow(RangeError);
  });

  it("is plain multiplication for a whole quantity", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: 10_000_000 }), (units, price) => {
        expect(computeLineAmount(units * 1000, price)).toBe(units * price);
      }),
    );
  });
});

describe("vatInside", () => {
  it.each([
    ["22", 180_328],
    ["20", 166_667],
    ["10", 90_909],
    ["7", 65_421],
    ["5", 47_619],
    ["none", 0],
  ] as const)("finds VAT at %s in 10 000,00", (vat, expected) => {
    expect(computeIncludedVat(1_000_000, vat)).toBe(expected);
  });

  it.each([
    ["10", 1, 0],
    ["20", 3, 1],
    ["20", 2, 0],
    ["22", 61, 11],
    ["22", 0, 0],
    ["22", MAX_KOPECKS, 18_032_786_885_246],
  ] as const)("rounds at %s inside %i kopecks", (vat, amount, expected) => {
    expect(computeIncludedVat(amount, vat)).toBe(expected);
  });

  it("is never off by more than half a kopeck", () => {
    fc.assert(
      fc.property(kopecks, rate, (amount, vat) => {
        const percent = vat === "none" ? 0n : BigInt(vat);
        const off = 2n * (BigInt(computeIncludedVat(amount, vat)) * (100n + percent) - BigInt(amount) * percent);
        return off > -(100n + percent) && off <= 100n + percent;
      }),
    );
  });
});

describe("splitVat", () => {
  it("gives the kopecks left over to the lines that lost most, the earlier of equals first", () => {
    // Each line alone holds 18,03 kopecks; the total of 3,00 holds 54,098.
    expect(splitVat(300, "22", [100, 100, 100])).toEqual([18, 18, 18]);
    // Each line alone holds 0,1803; the five together 0,9016, which is 1.
    expect(splitVat(5, "22", [1, 1, 1, 1, 1])).toEqual([1, 0, 0, 0, 0]);
    // 0,1803 and 0,7213 make 0,9016: the second line lost more.
    expect(splitVat(5, "22", [1, 4])).toEqual([0, 1]);
    // 1,0820 and 0,9016 make 1,9836: the smaller line lost more.
    expect(splitVat(11, "22", [6, 5])).toEqual([1, 1]);
  });

  it("takes no lines, zero lines and a total without VAT", () => {
    expect(splitVat(0, "22", [])).toEqual([]);
    expect(splitVat(1_000_000, "22", [0, 1_000_000])).toEqual([0, 180_328]);
    expect(splitVat(300, "none", [100, 200])).toEqual([0, 0]);
  });

  it("throws when the lines do not add up or are no sums", () => {
    expect(() => splitVat(301, "22", [100, 200])).toThrow(RangeError);
    expect(() => splitVat(1, "22", [])).toThrow(RangeError);
    expect(() => splitVat(100, "22", [200, -100])).toThrow(RangeError);
    expect(() => splitVat(-1, "22", [])).toThrow(RangeError);
  });

  it("adds up to the VAT of the total, each part within a kopeck of its own VAT", () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { maxLength: 30 });
    fc.assert(
      fc.property(amounts, rate, (lines, vat) => {
        const total = lines.reduce((sum, line) => sum + line, 0);
        const parts = splitVat(total, vat, lines);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(computeIncludedVat(total, vat));
        for (const [place, part] of parts.entries()) {
          const line = lines[place] as number;
          expect(part).toBeGreaterThanOrEqual(0);
          expect(part).toBeLessThanOrEqual(line);
          expect(Math.abs(part - computeIncludedVat(line, vat))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
