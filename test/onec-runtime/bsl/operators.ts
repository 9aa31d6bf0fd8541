import type { BinarySign } from "./syntax.ts";
import { BslDate, type Value } from "./values.ts";

/** A binary operator over two values, or null where BSL's answer is not known here. */
export function operate(sign: BinarySign, a: Value, b: Value): Value | null {
  if (typeof a === "string" && typeof b === "string") return strings(sign, a, b);
  if (typeof a === "number" && typeof b === "number") return numbers(sign, a, b);
  if (a instanceof BslDate) return dates(sign, a, b);
  return null;
}

function strings(sign: BinarySign, a: string, b: string): Value | null {
  if (sign === "+") return a + b;
  // Texts of digits and Latin letters only: the order of other letters depends on the platform's language.
  return /^[\da-z]*$/.test(a + b) ? compare(sign, a < b ? -1 : Number(a > b), 0) : null;
}

function numbers(sign: BinarySign, a: number, b: number): Value | null {
  const compared = compare(sign, a, b);
  if (compared !== null) return compared;
  // 1C counts in decimals, JavaScript in floats: only whole numbers give the same in both.
  if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return null;
  const result = arithmetic(sign, a, b);
  return result !== null && Number.isSafeInteger(result) ? result : null;
}

function arithmetic(sign: BinarySign, a: number, b: number): number | null {
  if (sign === "+") return a + b;
  if (sign === "-") return a - b;
  if (sign === "*") return a * b;
  if (b === 0) return null;
  if (sign === "/") return a / b;
  return sign === "%" && a >= 0 && b > 0 ? a % b : null;
}

/** Dates are compared, and moved by seconds. */
function dates(sign: BinarySign, a: BslDate, b: Value): Value | null {
  if (b instanceof BslDate) return sign === "-" ? a.seconds - b.seconds : compare(sign, a.seconds, b.seconds);
  if (typeof b !== "number" || !Number.isInteger(b)) return null;
  if (sign === "+") return new BslDate(a.seconds + b);
  return sign === "-" ? new BslDate(a.seconds - b) : null;
}

function compare(sign: BinarySign, a: number, b: number): boolean | null {
  if (sign === "<") return a < b;
  if (sign === "<=") return a <= b;
  if (sign === ">") return a > b;
  return sign === ">=" ? a >= b : null;
}
