import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const TEXT = readFileSync(new URL("../../server/SCALE.md", import.meta.url), "utf8");

/** Cells of the table under a heading, without its head. */
function rows(heading: string): string[][] {
  const section = TEXT.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const number = (text: string) => Number(text.replaceAll(/[\s\u00A0]/g, ""));

const MEASURED = new Map(rows("Measured").map(([letter = "", , value = ""]) => [letter, number(value)]));

/** A formula of letters, numbers, `+ - × /` and brackets. */
function workedOut(formula: string): number {
  const tokens = formula.match(/[A-Z]|[\d.]+|[-+×/()]/g) ?? [];
  let at = 0;
  const next = () => tokens[at++] ?? "";
  const factor = (): number => {
    const token = next();
    if (token === "(") {
      const inner = sum();
      expect(next()).toBe(")");
      return inner;
    }
    return MEASURED.get(token) ?? Number(token);
  };
  const chain = (operators: Record<string, (a: number, b: number) => number>, operand: () => number): number => {
    let value = operand();
    for (let operate = operators[tokens[at] ?? ""]; operate !== undefined; operate = operators[tokens[at] ?? ""]) {
      at += 1;
      value = operate(value, operand());
    }
    return value;
  };
  const product = (): number => chain({ "×": (a, b) => a * b, "/": (a, b) => a / b }, factor);
  const sum = (): number => chain({ "+": (a, b) => a + b, "-": (a, b) => a - b }, product);
  const value = sum();
  expect([formula, at]).toEqual([formula, tokens.length]);
  return value;
}

test("every computed value follows from the measured values", () => {
  const table = rows("Worked out");
  expect(table.length).toBeGreaterThan(20);
  for (const [what, formula = "", value = ""] of table) {
    const digits = value.replace(/[\s.]/g, "").replace(/^0+/, "");
    const shown = value.includes(".") ? digits : digits.replace(/0+$/, "");
    expect([what, Number(workedOut(formula).toPrecision(shown.length))]).toEqual([what, number(value)]);
  }
});

test("every measured value is a number with the command of the measurement", () => {
  expect(MEASURED.size).toBeGreaterThan(8);
  for (const [letter, , value = "", command = ""] of rows("Measured")) {
    expect([letter, number(value) > 0]).toEqual([letter, true]);
    expect(command).toMatch(/^`npm run bench -- [a-z]+`$/);
  }
});

/** Numbers of the text that are premises, no results: rates, days, limits, numbers of a list. */
const PREMISES = [
  ...["1", "2", "3", "4", "5", "6", "7", "10", "15", "16", "30", "50", "64", "100", "300", "1 000", "402", "29"],
  ...["1 000 000", "10 000 000", "100 000 000", "0.01"],
];

test("every number of the text is a premise or stands in the tables", () => {
  const prose = (TEXT.split("\n## 10 acts a second\n")[1] ?? "").replace(/`[^`]*`|^## .*$/gm, "");
  const known = new Set([
    ...PREMISES,
    ...[...rows("Worked out"), ...rows("Measured")].map(([, , value = ""]) => value),
  ]);
  const numbers = [...prose.matchAll(/(?<![\p{L}\d.])\d+(?: \d{3})*(?:\.\d+)?(?![\p{L}\d])/gu)].map(([text]) => text);
  expect(numbers.length).toBeGreaterThan(50);
  expect(numbers.filter((text) => !known.has(text))).toEqual([]);
});
