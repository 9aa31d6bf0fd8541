import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_KOPECKS } from "../../core/money.ts";
import { formatMoneyInWords, pickPluralForm } from "../../core/words.ts";
import { parseMoneyWords } from "../support/words-parser.ts";

describe("plural", () => {
  it.each([
    [0, "актов"],
    [1, "акт"],
    [2, "акта"],
    [4, "акта"],
    [5, "актов"],
    [10, "актов"],
    [11, "актов"],
    [12, "актов"],
    [14, "актов"],
    [15, "актов"],
    [20, "актов"],
    [21, "акт"],
    [22, "акта"],
    [25, "актов"],
    [100, "актов"],
    [101, "акт"],
    [111, "актов"],
    [112, "актов"],
    [122, "акта"],
    [1011, "актов"],
    [-1, "акт"],
    [-3, "акта"],
  ])("%i %s", (n, expected) => {
    expect(pickPluralForm(n, "акт", "акта", "актов")).toBe(expected);
  });
});

describe("moneyInWords", () => {
  it.each([
    [0, "Ноль рублей 00 копеек"],
    [1, "Ноль рублей 01 копейка"],
    [101, "Один рубль 01 копейка"],
    [202, "Два рубля 02 копейки"],
    [505, "Пять рублей 05 копеек"],
    [1111, "Одиннадцать рублей 11 копеек"],
    [2121, "Двадцать один рубль 21 копейка"],
    [4000, "Сорок рублей 00 копеек"],
    [11_112, "Сто одиннадцать рублей 12 копеек"],
    [100_000, "Одна тысяча рублей 00 копеек"],
    [200_000, "Две тысячи рублей 00 копеек"],
    [1_201_400, "Двенадцать тысяч четырнадцать рублей 00 копеек"],
    [2_100_121, "Двадцать одна тысяча один рубль 21 копейка"],
    [5_790_214, "Пятьдесят семь тысяч девятьсот два рубля 14 копеек"],
    [11_200_000, "Сто двенадцать тысяч рублей 00 копеек"],
    [21_462_394, "Двести четырнадцать тысяч шестьсот двадцать три рубля 94 копейки"],
    [100_000_000, "Один миллион рублей 00 копеек"],
    [100_100_000, "Один миллион одна тысяча рублей 00 копеек"],
    [
      12_345_678_999,
      "Сто двадцать три миллиона четыреста пятьдесят шесть тысяч семьсот восемьдесят девять рублей 99 копеек",
    ],
    [100_000_000_000, "Один миллиард рублей 00 копеек"],
    [200_200_200_202, "Два миллиарда два миллиона две тысячи два рубля 02 копейки"],
    [
      MAX_KOPECKS,
      "Девятьсот девяносто девять миллиардов девятьсот девяносто девять миллионов " +
        "девятьсот девяносто девять тысяч девятьсот девяносто девять рублей 99 копеек",
    ],
  ])("writes %i kopecks", (kopecks, expected) => {
    expect(formatMoneyInWords(kopecks)).toBe(expected);
  });

  it.each([-1, 0.5, MAX_KOPECKS + 1, Number.NaN, Number.POSITIVE_INFINITY])("throws on %d", (value) => {
    expect(() => formatMoneyInWords(value)).toThrow(RangeError);
  });

  it("reads back to the same sum, every word agreeing", () => {
    const sums = fc.oneof(
      fc.integer({ min: 0, max: MAX_KOPECKS }),
      fc.integer({ min: 0, max: 100_000_000 }),
      fc.integer({ min: 0, max: 99_999 }),
    );
    fc.assert(
      fc.property(sums, (kopecks) => {
        expect(parseMoneyWords(formatMoneyInWords(kopecks))).toBe(kopecks);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads back for every group of three digits in every place", () => {
    for (let n = 0; n < 1000; n += 1) {
      for (const scale of [1, 1000, 1_000_000, 1_000_000_000]) {
        const kopecks = n * scale * 100 + (n % 100);
        expect(parseMoneyWords(formatMoneyInWords(kopecks))).toBe(kopecks);
      }
    }
  });
});

describe("the words parser of these tests", () => {
  it.each([
    "одна тысяча рублей 00 копеек",
    "Один тысяча рублей 00 копеек",
    "Одна тысячи рублей 00 копеек",
    "Одна рубль 00 копеек",
    "Два рублей 00 копеек",
    "Два рубля 00 копейка",
    "Два рубля 2 копейки",
    "Одна тысяча один миллион рублей 00 копеек",
    "Двадцать двенадцать рублей 00 копеек",
    "Тысяч рублей 00 копеек",
  ])("refuses «%s»", (text) => {
    expect(() => parseMoneyWords(text)).toThrow("Expected");
  });
});
