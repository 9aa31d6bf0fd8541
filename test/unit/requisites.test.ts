import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkBic, checkInn, checkKpp, checkOgrn, getInnKind, type RequisiteIssue } from "../../core/requisites.ts";

const companies = [
  "7707083893",
  "7707049388",
  "7722698789",
  "5753029294",
  "1650136610",
  "7705260699",
  "7704596181",
  "2635028348",
  "7728168971",
  "7830002293",
  "7736207543",
  "7702235133",
];
const people = ["500100732259", "352500101378", "144075719327", "344708036767", "123456789047"];
/** Lists every text with exactly one wrong digit. */
function oneDigitOff(digits: string): string[] {
  return [...digits].flatMap((digit, place) =>
    [..."0123456789"]
      .filter((other) => other !== digit)
      .map((other) => digits.slice(0, place) + other + digits.slice(place + 1)),
  );
}

function codeOf(issue: RequisiteIssue | null): string | undefined {
  return issue?.code;
}

describe("checkInn", () => {
  it.each([...companies, ...people])("takes %s", (inn) => {
    expect(checkInn(inn)).toBeNull();
  });

  it.each([
    ["7707083894", "checksum"],
    ["1234567891", "checksum"],
    ["617547302703", "checksum"],
    ["774309876543", "checksum"],
    ["500100732250", "checksum"],
    ["500100732269", "checksum"],
    ["0000000000", "zero"],
    ["000000000000", "zero"],
    ["0012345675", "format"],
    ["00123456789", "length"],
    ["", "length"],
    ["770708389", "length"],
    ["77070838930", "length"],
    ["7707083893000", "length"],
    ["7707 083893", "format"],
    ["770708389З", "format"],
    ["7707083893\n", "format"],
    ["٧٧٠٧٠٨٣٨٩٣", "format"],
  ])("refuses %j: %s", (inn, code) => {
    expect(codeOf(checkInn(inn))).toBe(code);
  });

  it("names the fault and the advice", () => {
    expect(checkInn("7707083894")?.message).toBe(
      "ИНН содержит ошибку: контрольная цифра не сходится. Сверьте каждую цифру с документом",
    );
  });

  it("notices any one wrong digit of a company's INN, but for the collision that 10 ≡ 0 allows", () => {
    const weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    const remainder = (inn: string) =>
      weights.reduce((sum, weight, place) => sum + weight * Number(inn[place]), 0) % 11;
    const anyInn = fc.integer({ min: 10_000_000, max: 999_999_999 }).map((n) => {
      const nine = String(n).padStart(9, "0");
      return nine + (remainder(nine) % 10);
    });
    const valid = fc.oneof(fc.constantFrom(...companies), anyInn);
    fc.assert(
      fc.property(valid, (inn) => {
        expect(checkInn(inn)).toBeNull();
        for (const wrong of oneDigitOff(inn).filter((other) => checkInn(other) === null)) {
          expect(inn.at(-1)).toBe("0");
          expect(wrong.at(-1)).toBe("0");
          expect([remainder(inn), remainder(wrong)].toSorted()).toEqual([0, 10]);
        }
      }),
    );
  });

  it("notices any one wrong digit of the known people's INN", () => {
    for (const inn of people) {
      expect(oneDigitOff(inn).filter((wrong) => checkInn(wrong) === null)).toEqual([]);
    }
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => checkInn(text) === null || codeOf(checkInn(text)) !== undefined));
  });
});

describe("innKind", () => {
  it("tells a company from a person by the length", () => {
    expect(getInnKind("7707083893")).toBe("company");
    expect(getInnKind("500100732259")).toBe("person");
  });

  it("throws on a wrong INN", () => {
    expect(() => getInnKind("7707083894")).toThrow(RangeError);
  });
});

describe("checkKpp", () => {
  it.each(["770701001", "773601001", "997950001", "0101AB001", "10017Z999", "770743001"])("takes %s", (kpp) => {
    expect(checkKpp(kpp)).toBeNull();
  });

  it.each([
    ["", "length"],
    ["0", "length"],
    ["77070100", "length"],
    ["7707010011", "length"],
    ["7707ab001", "format"],
    ["7707АВ001", "format"],
    ["77A701001", "format"],
    ["77070100A", "format"],
    ["7707 1001", "format"],
    ["007701001", "format"],
    ["000000000", "zero"],
  ])("refuses %j: %s", (kpp, code) => {
    expect(codeOf(checkKpp(kpp))).toBe(code);
  });
});

describe("checkOgrn", () => {
  it.each([
    "1027700132195",
    "1037700013020",
    "1027739244741",
    "1027739070292",
    "1027700067328",
    "1027739642281",
    "304500116000157",
    "304463210700212",
  ])("takes %s", (ogrn) => {
    expect(checkOgrn(ogrn)).toBeNull();
    const otherKeys = oneDigitOff(ogrn).slice(-9);
    expect(otherKeys.map((wrong) => codeOf(checkOgrn(wrong)))).toEqual(Array(9).fill("checksum"));
  });

  it.each([
    ["1027700132196", "checksum"],
    ["313242342342332", "checksum"],
    ["0000000000000", "zero"],
    ["000000000000000", "zero"],
    // A number of an entry (ГРН) in the place of the main one.
    ["2027700132195", "format"],
    ["404500116000157", "format"],
    // The beginning or the end alone looks like the other register's number.
    ["421450011600015", "format"],
    ["104500116000157", "format"],
    ["", "length"],
    ["10277001321955", "length"],
    ["102770013219", "length"],
    ["102770013219O", "format"],
  ])("refuses %j: %s", (ogrn, code) => {
    expect(codeOf(checkOgrn(ogrn))).toBe(code);
  });

  it("names the register of an entrepreneur", () => {
    expect(checkOgrn("313242342342332")?.message).toMatch(/^ОГРНИП /);
    expect(checkOgrn("404500116000157")?.message).toMatch(/^ОГРНИП начинается с 3\./);
    expect(checkOgrn("2027700132195")?.message).toMatch(/^ОГРН начинается с 1 или 5\./);
  });
});

describe("messages", () => {
  it.each([
    ["ИНН", checkInn, "0000000000"],
    ["ОГРН", checkOgrn, "0000000000000"],
    ["БИК", checkBic, "000000000"],
  ])("names %s when it is empty, has a letter or only zeros", (name, check, zeros) => {
    expect(check("")?.message).toBe(`${name} не указан. Заполните ${name}`);
    expect(check(zeros.replace("0", "O"))?.message.startsWith(`${name} пишут одними цифрами`)).toBe(true);
    expect(check(zeros)?.message.startsWith(`${name} не может состоять из одних нулей`)).toBe(true);
  });

  it.each([
    ["7707083894", checkInn],
    ["77070838", checkInn],
    ["7707ab001", checkKpp],
    ["007701001", checkKpp],
    ["2027700132195", checkOgrn],
    ["000000000", checkKpp],
  ])("about %s are two Russian sentences without a repetition", (value, check) => {
    const message = check(value)?.message ?? "";
    expect(message).toMatch(/^[А-ЯЁ].+\. [А-ЯЁ].+[^.]$/);
    expect(message).not.toContain(value);
  });
});
