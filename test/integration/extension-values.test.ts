import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { computeIncludedVat, formatMoney, MAX_KOPECKS, splitVat, VAT_RATES } from "../../core/money.ts";
import type { BslArray } from "../onec-runtime/bsl/collections.ts";
import { commonModules } from "../onec-runtime/bsl/extension.ts";
import { run } from "../onec-runtime/bsl/interpreter.ts";
import { platform, toBsl } from "../onec-runtime/bsl/platform.ts";
import type { BslDate, Value } from "../onec-runtime/bsl/values.ts";

/* The extension's own money, VAT, dates and texts, run against core's. */

const extension = run(commonModules(), platform());
const values = (method: string, ...args: Value[]) => extension.call("relay_Значения", method, args);
const texts = (method: string, ...args: Value[]) => extension.call("relay_Текст", method, args);
const kopecks = fc.integer({ min: 0, max: MAX_KOPECKS });

describe("money", () => {
  test("converts a sum to kopecks and back", () => {
    fc.assert(
      fc.property(kopecks, (sum) => {
        expect(values("Копейки", formatMoney(sum))).toBe(sum);
        expect(values("СуммаТекстом", values("Рубли", sum))).toBe(formatMoney(sum));
        expect(values("СуммаТекстом", values("ЧислоИзТекста", formatMoney(sum)))).toBe(formatMoney(sum));
      }),
    );
  });

  test("takes sums without two fraction digits", () => {
    expect(["15000", "15000.5", "0.07", "0"].map((text) => values("Копейки", text))).toEqual([
      1_500_000, 1_500_050, 7, 0,
    ]);
  });

  test("finds VAT inside a sum, to the kopeck", () => {
    fc.assert(
      fc.property(kopecks, fc.constantFrom(...VAT_RATES), (sum, rate) => {
        expect(values("НДСВСумме", sum, rate)).toBe(computeIncludedVat(sum, rate));
      }),
    );
  });

  test("adds up the VAT of lines, with the same kopeck on the same line", () => {
    const lines = fc.array(fc.integer({ min: 1, max: 99_999_999 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lines, fc.constantFrom(...VAT_RATES), (sums, rate) => {
        const total = sums.reduce((a, b) => a + b, 0);
        expect((values("НДСПоСтрокам", toBsl(sums), rate) as BslArray).list).toEqual(splitVat(total, rate, sums));
      }),
    );
  });

  test("names rates", () => {
    expect(VAT_RATES.map((rate) => values("ИмяСтавкиНДС", rate))).toEqual([
      "БезНДС",
      "НДС5",
      "НДС7",
      "НДС10",
      "НДС20",
      "НДС22",
    ]);
  });
});

test("dates keep their day", () => {
  for (const day of ["2026-01-01", "2024-02-29", "2026-12-31"]) {
    expect(values("ДатаТекстом", values("ДатаИзТекста", day))).toBe(day);
  }
  expect((values("ДатаИзТекста", "2026-11-24") as BslDate).parts()).toEqual([2026, 11, 24, 0, 0, 0]);
});

describe("the link to the contract in a comment", () => {
  const link = (comment: string, url: string) => texts("КомментарийСДоговором", comment, "Договор: ", url);

  test("is added below other words, or alone in an empty comment", () => {
    expect(link("", "https://a.example/1")).toBe("Договор: https://a.example/1");
    expect(link("Звонить после обеда", "https://a.example/1")).toBe(
      "Звонить после обеда\nДоговор: https://a.example/1",
    );
  });

  test("is replaced in place, and words around the link stay", () => {
    const before = "Проверен\r\nДоговор: https://a.example/old (оригинал в папке 3)\r\nНе звонить";
    expect(link(before, "https://a.example/$&new")).toBe(
      before.replace("https://a.example/old", () => "https://a.example/$&new"),
    );
    expect(link("Договор: http://a.example/old", "https://a.example/1")).toBe("Договор: https://a.example/1");
  });

  test("is not a line that people wrote about a contract", () => {
    expect(link("Договор: у юриста", "https://a.example/1")).toBe("Договор: у юриста\nДоговор: https://a.example/1");
  });

  test("changes nothing when set again", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 60 }),
        fc.webUrl({ validSchemes: ["https"] }),
        (comment, url) => {
          const once = link(comment, url) as string;
          expect(link(once, url)).toBe(once);
          expect(once).toContain(url);
        },
      ),
    );
  });
});

describe("the comment of a document", () => {
  const mark = (comment: string, ours: string) => texts("КомментарийСМеткой", comment, ours, "onec-relay:1");

  test("begins with our text, once, before the accountant's words", () => {
    expect(mark("", "onec-relay:1 a..b")).toBe("onec-relay:1 a..b");
    expect(mark("Срочно", "onec-relay:1 a..b")).toBe("onec-relay:1 a..b\nСрочно");
    expect(mark("onec-relay:1 a..b\nСрочно", "onec-relay:1 c..d")).toBe("onec-relay:1 c..d\nСрочно");
  });
});

describe("texts", () => {
  test("are cut at a word", () => {
    const cut = (text: string, length: number) => texts("Сократить", text, length);
    expect(cut("Ромашка", 7)).toBe("Ромашка");
    expect(cut("Общество Ромашка плюс", 16)).toBe("Общество Ромашка");
    expect(cut("Общество Ромашка плюс", 15)).toBe("Общество");
    expect(cut("Длинноеслово", 5)).toBe("Длинн");
    expect(cut("Имя😀другое", 4)).toBe("Имя");
    expect(cut("Имя😀другое", 5)).toBe("Имя😀");
  });

  test("are never longer than the limit", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("а", "б", " "), maxLength: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (text, length) => {
          const cut = texts("Сократить", text, length) as string;
          expect(cut.length).toBeLessThanOrEqual(length);
          expect(text.startsWith(cut)).toBe(true);
        },
      ),
    );
  });

  test("become a pattern of a query that stands for the same text only", () => {
    expect(texts("ШаблонСодержит", "onec-relay:5f0e_%[a]^~")).toBe("%onec~-relay:5f0e~_~%~[a~]~^~~%");
  });

  test("are empty when absent", () => {
    expect([texts("ИлиПусто", undefined), texts("ИлиПусто", " а ")]).toEqual(["", "а"]);
  });
});

describe("events", () => {
  const events = (method: string, ...args: Value[]) => extension.call("relay_События", method, args);

  test("follow the answer of the relay", () => {
    const outcome = (status: number) => events("Исход", status);
    expect([200, 202, 299].map(outcome)).toEqual(["принято", "принято", "принято"]);
    expect([400, 404, 409, 422].map(outcome)).toEqual(Array(4).fill("отклонено"));
    expect([0, 301, 401, 408, 413, 429, 500, 502, 503, 504].map(outcome)).toEqual(Array(10).fill("повторить"));
  });

  test("follow growing delays, and the last delay stays", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 100].map((tries) => events("Задержка", tries))).toEqual([
      60, 300, 1800, 7200, 18_000, 36_000, 36_000, 36_000,
    ]);
  });
});
