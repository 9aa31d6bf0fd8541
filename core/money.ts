/** Money in whole kopecks (копейки), 0 to {@link MAX_KOPECKS}. Never a float: 0.1 + 0.2 roubles is not 0.3. */
export type Kopecks = number;

/** A quantity (количество) in whole thousandths, as in 1C (Число 15,3): 2.5 hours is 2500. */
export type Thousandths = number;

/** The largest sum, in kopecks: 999 999 999 999,99 roubles, the limit of `formatMoneyInWords`. */
export const MAX_KOPECKS: Kopecks = 99_999_999_999_999;

/**
 * VAT rates (ставки НДС) of an act, in percent, in the order of the menu. `none` is «Без НДС».
 * 5 and 7: the simplified regime. 20: services rendered before 2026. 22: since 2026 (425-ФЗ).
 */
export const VAT_RATES = ["none", "5", "7", "10", "20", "22"] as const;

/** One of {@link VAT_RATES}. */
export type VatRate = (typeof VAT_RATES)[number];

/** Between groups of digits, against line breaks inside a sum. Windows-1251 of banks and 1C has no narrow U+202F. */
const NBSP = "\u00A0";
const MONEY = /^(0|[1-9]\d{0,11})(?:\.(\d{1,2}))?$/;
const QUANTITY = /^(0|[1-9]\d{0,11})(?:\.(\d{1,3}))?$/;

/** Tells whether a number is a valid sum: a whole number of kopecks from 0 to {@link MAX_KOPECKS}. */
export function isKopecks(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= MAX_KOPECKS;
}

/** Returns a valid sum unchanged. Throws RangeError when {@link isKopecks} is false. */
export function requireKopecks(value: number): Kopecks {
  if (!isKopecks(value)) throw new RangeError("A sum must be a whole number of kopecks from 0 to 999 999 999 999,99");
  return value;
}

/**
 * Reads a decimal string in roubles, as in JSON: "15000", "15000.5" or "15000.00", at most 12 digits before the point.
 * `null` for a sign, an exponent, a comma, a space, a third fraction digit or a needless leading zero.
 */
export function parseMoney(text: string): Kopecks | null {
  return parseScaled(text, MONEY, 2);
}

/** Writes kopecks as roubles for JSON and 1C: "15000.00". Throws RangeError for an invalid sum. */
export function formatMoney(kopecks: Kopecks): string {
  const [roubles, rest] = splitScaled(requireKopecks(kopecks), 2);
  return `${roubles}.${rest}`;
}

/** Writes kopecks as roubles for a Russian reader: "15 000,00". Throws RangeError for an invalid sum. */
export function printMoney(kopecks: Kopecks): string {
  const [roubles, rest] = splitScaled(requireKopecks(kopecks), 2);
  return `${groupDigits(roubles)},${rest}`;
}

/** Reads a quantity such as "2.5": at most 12 digits before the point, 3 after. `null` as in {@link parseMoney}. */
export function parseQuantity(text: string): Thousandths | null {
  return parseScaled(text, QUANTITY, 3);
}

/** Writes a quantity for a Russian reader: "1", "2,5", "1 000,125". Throws RangeError unless a safe integer ≥ 0. */
export function printQuantity(quantity: Thousandths): string {
  const [units, rest] = splitScaled(requireThousandths(quantity), 3);
  const fraction = rest.replace(/0+$/, "");
  return fraction === "" ? groupDigits(units) : `${groupDigits(units)},${fraction}`;
}

/** Divides and rounds a half up: the one rounding rule of all sums. Throws RangeError for n < 0 and for d ≤ 0. */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (numerator < 0n || denominator <= 0n) {
    throw new RangeError("Rounding takes a numerator of 0 or more and a denominator above 0");
  }
  return (2n * numerator + denominator) / (2n * denominator);
}

/** Amount of a line (сумма строки): quantity × price, a half kopeck goes up. Throws RangeError out of range. */
export function computeLineAmount(quantity: Thousandths, price: Kopecks): Kopecks {
  const product = BigInt(requireThousandths(quantity)) * BigInt(requireKopecks(price));
  return requireKopecks(Number(divideHalfUp(product, 1000n)));
}

/**
 * VAT (НДС) in a sum, in kopecks: amount × rate / (100 + rate), a half goes up (НК РФ, ст. 168). 0 for `none`. Example:
 * 10 000,00 at 22 % holds 1 803,28. Throws RangeError for an invalid sum.
 */
export function computeIncludedVat(amount: Kopecks, rate: VatRate): Kopecks {
  const { share, whole } = toVatFraction(rate);
  return Number(divideHalfUp(BigInt(requireKopecks(amount)) * share, whole));
}

/**
 * Splits the VAT of a total over the lines. The parts add up exactly to {@link computeIncludedVat} of the total;
 * rounding each line would not. Each line's VAT is rounded down. The lines with the largest lost fractions, earlier
 * lines first, get the remaining kopecks. Throws RangeError for an invalid sum, and for lines that do not add up to the
 * total.
 */
export function splitVat(total: Kopecks, rate: VatRate, amounts: readonly Kopecks[]): Kopecks[] {
  const sum = amounts.reduce((acc, amount) => acc + BigInt(requireKopecks(amount)), 0n);
  if (sum !== BigInt(requireKopecks(total))) throw new RangeError("The lines must add up to the total");
  const { share, whole } = toVatFraction(rate);
  const lines = amounts.map((amount) => {
    const exact = BigInt(amount) * share;
    return { vat: Number(exact / whole), lost: Number(exact % whole) };
  });
  let left = computeIncludedVat(total, rate) - lines.reduce((acc, line) => acc + line.vat, 0);
  // The sort is stable: equal lines keep their order.
  for (const line of lines.toSorted((a, b) => b.lost - a.lost)) {
    if (left === 0) break;
    line.vat += 1;
    left -= 1;
  }
  return lines.map((line) => line.vat);
}

function toVatFraction(rate: VatRate): { share: bigint; whole: bigint } {
  const percent = rate === "none" ? 0n : BigInt(rate);
  return { share: percent, whole: 100n + percent };
}

function requireThousandths(quantity: number): Thousandths {
  if (!Number.isSafeInteger(quantity) || quantity < 0) {
    throw new RangeError("A quantity must be a whole number of thousandths, 0 or more");
  }
  return quantity;
}

function parseScaled(text: string, pattern: RegExp, digits: number): number | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [, whole = "", fraction = ""] = match;
  // Digits are joined before the conversion to a number, so no float ever holds a fraction.
  return Number(whole + fraction.padEnd(digits, "0"));
}

function splitScaled(value: number, digits: number): [whole: string, fraction: string] {
  const text = String(value).padStart(digits + 1, "0");
  return [text.slice(0, -digits), text.slice(-digits)];
}

function groupDigits(whole: string): string {
  return whole.replace(/\B(?=(?:\d{3})+$)/g, NBSP);
}
