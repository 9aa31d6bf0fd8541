import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EMPTY_REF,
  formatContains,
  formatDatetime,
  formatEquals,
  formatGuid,
  formatMoment,
  joinAll,
  joinAny,
  joinAnyInParts,
  quoteText,
  readDate,
  readMoney,
  readNumber,
  readRef,
  readText,
  writeMoney,
  writeQuantity,
} from "../../../adapters/onec-odata/literals.ts";
import { addDays } from "../../../core/date.ts";
import { MAX_KOPECKS } from "../../../core/money.ts";
import { parseFilter } from "../../onec-runtime/odata/filter.ts";

const REF = "5f0ea000-0000-5000-8000-000000000001";

describe("a filter", () => {
  test("takes any text: quotes are doubled, and 1C reads the text back unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(parseFilter(formatEquals("Поле", quoteText(text)))).toEqual({
          op: "eq",
          left: { kind: "property", name: "Поле" },
          right: { kind: "string", value: text },
        });
      }),
    );
    expect(formatContains("Комментарий", "О'Генри")).toBe("substringof('О''Генри',Комментарий)");
  });

  test("takes only a UUID for a reference, in lower case", () => {
    expect(formatGuid(REF.toUpperCase())).toBe(`guid'${REF}'`);
    for (const text of ["", "1", `${REF}' or true`, `${REF}\n`, REF.replaceAll("-", "")]) {
      expect(() => formatGuid(text)).toThrow(RangeError);
    }
  });

  test("takes a day as wall clock, in any zone of the machine", () => {
    expect(formatDatetime("2026-10-31")).toBe("datetime'2026-10-31T00:00:00'");
    expect(formatMoment("2026-10-31", "12:00:00")).toBe("2026-10-31T12:00:00");
    expect(() => formatMoment("2026-02-30")).toThrow(RangeError);
    expect(() => formatMoment("2026-10-31T00:00:00Z")).toThrow(RangeError);
  });

  test("keeps each condition together", () => {
    expect(joinAll("А eq 1", joinAny("Б eq 2", "В eq 3"))).toBe("А eq 1 and (Б eq 2 or В eq 3)");
    expect(joinAny("А eq 1", joinAll("Б eq 2", "В eq 3"))).toBe("А eq 1 or (Б eq 2 and В eq 3)");
    expect(joinAny("А eq 1")).toBe("А eq 1");
  });

  test("splits many conditions into as many filters as a web server lets through, and loses none", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 200, max: 2000 }), (count, longest) => {
        const conditions = Array.from({ length: count }, (_, n) =>
          formatEquals("Ref_Key", formatGuid(REF.slice(0, -3) + String(100 + n))),
        );
        const parts = joinAnyInParts(conditions, longest);
        expect(
          parts
            .join(" or ")
            .split(" or ")
            .filter((part) => part !== ""),
        ).toEqual(conditions);
        for (const part of parts) expect(encodeURIComponent(part).length).toBeLessThanOrEqual(longest);
      }),
    );
  });

  test("leaves one condition that is too long alone", () => {
    expect(joinAnyInParts(["А eq 1", "Б eq 2"], 1)).toEqual(["А eq 1", "Б eq 2"]);
  });
});

describe("a value from 1C", () => {
  test("is a sum to the kopeck", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_KOPECKS }), (kopecks) => {
        expect(readMoney(JSON.parse(JSON.stringify(writeMoney(kopecks))))).toBe(kopecks);
        expect(readMoney(String(writeMoney(kopecks)))).toBe(kopecks);
      }),
    );
    expect(JSON.stringify(writeMoney(MAX_KOPECKS))).toBe("999999999999.99");
  });

  test.each<[value: unknown]>([[-1], [Number.NaN], [""], ["  "], ["много"], [null], [undefined], [true], [1e300]])(
    "is no sum: %s",
    (value) => expect(readMoney(value)).toBeNull(),
  );

  test("keeps the thousandths of a quantity", () => {
    expect(writeQuantity(2500)).toBe(2.5);
    expect(writeQuantity(1)).toBe(0.001);
  });

  test("is a text for Int64, and a number for a number", () => {
    expect([readNumber("1"), readNumber(1), readNumber("0"), readNumber("")]).toEqual([1, 1, 0, null]);
  });

  test("is a day by the wall clock, and the empty date is none", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50_000 }), fc.constantFrom("00:00:00", "23:59:59"), (days, time) => {
        const day = addDays("1990-01-01", days);
        expect(readDate(`${day}T${time}`)).toBe(day);
      }),
    );
    expect(readDate("0001-01-01T00:00:00")).toBeNull();
    expect([readDate(""), readDate("31.10.2026"), readDate(null), readDate(0)]).toEqual([null, null, null, null]);
  });

  test("is none for an empty reference, in each form of emptiness", () => {
    expect(readRef(REF.toUpperCase())).toBe(REF);
    expect([readRef(EMPTY_REF), readRef(""), readRef(undefined), readRef(0)]).toEqual([null, null, null, null]);
  });

  test("loses the padding of a fixed length in a text", () => {
    expect([readText("643  "), readText(" 1"), readText(null), readText(5)]).toEqual(["643", " 1", "", ""]);
  });
});
