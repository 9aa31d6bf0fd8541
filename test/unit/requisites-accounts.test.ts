import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkBic,
  checkCorrespondentAccount,
  checkSettlementAccount,
  type RequisiteIssue,
} from "../../core/requisites.ts";

const settlementAccounts: [account: string, bic: string][] = [
  // The Bank of Russia's order 515, examples 3 and 4 (the last with a currency letter).
  ["40602810700000000025", "049805746"],
  ["30114B84600000000501", "044541312"],
  ["40702810938120061991", "044525225"],
  ["40706810900000064381", "044525555"],
  ["40702810942020002415", "042202603"],
  ["40821810840020000005", "044525225"],
  ["40702810800030005413", "044525187"],
  ["40822810400000000006", "044525232"],
  ["40821810462000000144", "049205603"],
  // Signs of an account at the Bank of Russia, each in a wrong place.
  ["40702810730101000001", "044525225"],
  ["40702810300000000025", "040012345"],
  // The letter for 0.
  ["30114А84700000000501", "044541312"],
];
const bankOfRussiaAccounts: [account: string, bic: string][] = [
  // Order 515, example 2; then budget accounts at settlement centres whose BIC ends with 001 and 002.
  ["40102810100000010001", "049805000"],
  ["40101810800000010041", "044583001"],
  ["40101810500000001901", "044501002"],
  ["40101810045250010041", "044525000"],
];
const singleTreasuryAccounts: [account: string, bic: string][] = [
  ["40102810545370000046", "015402901"],
  ["40102810345370000013", "010702101"],
  ["40102810145370000026", "012520101"],
  ["40102810645370000062", "017501500"],
  ["40102810945370000005", "014030106"],
  ["40102810045370000002", "024501901"],
  ["40102810545370000003", "004525988"],
];
const treasuryAccounts: [account: string, bic: string][] = [
  ["03100643000000015400", "015402901"],
  ["03100643000000012100", "010702101"],
  ["03100643000000013400", "012520101"],
  ["03100643000000019500", "024501901"],
];
const correspondentAccounts: [account: string, bic: string][] = [
  // Order 515, example 1.
  ["30101810800000000746", "049805000"],
  ["30101810400000000225", "044525225"],
  ["30101810400000000555", "044525555"],
  ["30101810900000000603", "042202603"],
  ["30101810700000000187", "044525187"],
  ["30101810145250000974", "044525974"],
  ["30101810145250000411", "044525411"],
  ["30101810600000000232", "044525232"],
];

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

describe("checkBic", () => {
  it.each(["044525225", "049805000", "015402901", "024501901", "004525988"])("takes %s", (bic) => {
    expect(checkBic(bic)).toBeNull();
  });

  it.each([
    ["", "length"],
    ["04452522", "length"],
    ["0445252250", "length"],
    ["000000000", "zero"],
    ["144525225", "format"],
    ["034525225", "format"],
    ["0445252Z5", "format"],
  ])("refuses %j: %s", (bic, code) => {
    expect(codeOf(checkBic(bic))).toBe(code);
  });
});

describe("checkSettlementAccount", () => {
  it.each([
    ...settlementAccounts,
    ...bankOfRussiaAccounts,
    ...singleTreasuryAccounts,
    ...treasuryAccounts,
    ...correspondentAccounts,
  ])("takes %s at %s", (account, bic) => {
    expect(checkSettlementAccount(account, bic)).toBeNull();
  });

  it.each([
    ["40702810938120061992", "044525225", "checksum"],
    ["40702810500000000001", "044525888", "checksum"],
    ["40702810813123123222", "044525888", "checksum"],
    // A right account at a wrong bank; a centre's prefix does not serve an ordinary bank.
    ["40702810938120061991", "044525555", "checksum"],
    ["03100643000000015400", "044525225", "format"],
    ["", "044525225", "length"],
    ["4070281093812006199", "044525225", "length"],
    ["407028109381200619911", "044525225", "length"],
    ["4070281093812006199I", "044525225", "format"],
    ["40702-10938120061991", "044525225", "format"],
    ["30114b84600000000501", "044541312", "format"],
    ["30114D84600000000501", "044541312", "format"],
    ["00000000000000000000", "044525000", "zero"],
    ["40702810938120061991", "", "length"],
    ["40702810938120061991", "144525225", "format"],
    ["40702810938120061991", "000000000", "zero"],
  ])("refuses %j at %j: %s", (account, bic, code) => {
    expect(codeOf(checkSettlementAccount(account, bic))).toBe(code);
  });

  it("takes a currency letter in Cyrillic and its Latin twin alike", () => {
    expect(checkSettlementAccount("30114В84600000000501", "044541312")).toBeNull();
    for (const [place, [cyrillic, latin]] of ["АA", "ВB", "СC", "ЕE", "НH", "КK", "МM", "РP", "ТT", "ХX"].entries()) {
      const verdicts = [String(place), cyrillic, latin].map((sign) =>
        codeOf(checkSettlementAccount(`30114${sign}84600000000501`, "044541312")),
      );
      expect(new Set(verdicts).size).toBe(1);
    }
  });

  it("blames the BIC when the account cannot be compared", () => {
    expect(checkSettlementAccount("40702810938120061991", "44525225")?.message).toBe(
      "Расчётный счёт нельзя сверить с банком: БИК указан неверно. Исправьте БИК",
    );
  });

  it("notices any one wrong digit of the account", () => {
    for (const [account, bic] of settlementAccounts.filter(([number]) => /^\d+$/.test(number))) {
      // The kind of account decides the rule, so only places after it are changed one by one.
      const wrong = oneDigitOff(account).filter((other) => other.slice(0, 5) === account.slice(0, 5));
      expect(wrong.filter((other) => checkSettlementAccount(other, bic) === null)).toEqual([]);
    }
  });

  it("leaves exactly one key for any account at any bank", () => {
    const tail = fc.integer({ min: 0, max: 99_999_999_999 }).map((n) => String(n).padStart(11, "0"));
    const bank = fc.integer({ min: 50, max: 999 }).map((n) => `044525${String(n).padStart(3, "0")}`);
    fc.assert(
      fc.property(tail, bank, (number, bic) => {
        const keys = [..."0123456789"].filter((key) => checkSettlementAccount(`40702810${key}${number}`, bic) === null);
        expect(keys).toHaveLength(1);
      }),
    );
  });
});

describe("checkCorrespondentAccount", () => {
  it.each([...correspondentAccounts, ...singleTreasuryAccounts])("takes %s of %s", (account, bic) => {
    expect(checkCorrespondentAccount(account, bic)).toBeNull();
  });

  it.each([
    ["30101810400000000226", "044525225", "checksum"],
    ["30101810400000000225", "042202603", "checksum"],
    ["40702810938120061991", "044525225", "format"],
    ["40702810730101000001", "044525225", "format"],
    ["30101810O00000000225", "044525225", "format"],
    ["", "044525225", "length"],
    ["3010181040000000022", "044525225", "length"],
    ["00000000000000000000", "044525225", "zero"],
    ["30101810400000000225", "04452522", "length"],
  ])("refuses %j of %j: %s", (account, bic, code) => {
    expect(codeOf(checkCorrespondentAccount(account, bic))).toBe(code);
  });
});

describe("messages", () => {
  it.each([
    ["40702810938120061992", "044525225"],
    ["03100643000000015400", "044525225"],
    ["4070281093812006199", "044525225"],
    ["40702810938120061991", "144525225"],
  ])("about %s at %s are two Russian sentences without a repetition", (account, bic) => {
    for (const check of [checkSettlementAccount, checkCorrespondentAccount]) {
      const message = check(account, bic)?.message ?? "";
      expect(message).toMatch(/^[А-ЯЁ].+[.:] [А-ЯЁ].+[^.]$/);
      expect(message).not.toContain(account);
      expect(message).not.toContain(bic);
    }
  });
});
