/**
 * Money as an integer number of kopecks (копейки), from 0 to {@link MAX_KOPECKS}.
 * Never a float: 0.1 + 0.2 roubles is not 0.3, but 10 + 20 kopecks is 30.
 */
export type Kopecks = number;

/**
 * A quantity (количество) as an integer number of thousandths: 2.5 hours is 2500.
 * Three fraction digits are what 1C keeps for a quantity (Число 15,3).
 */
export type Thousandths = number;

/** The largest sum, in kopecks: 999 999 999 999,99 roubles, the last one that can be written in words here. */
export const MAX_KOPECKS: Kopecks = 99_999_999_999_999;

/**
 * VAT rates (ставки НДС) an act can carry, in percent, in the order they are offered.
 * `none` is «Без НДС»; 5 and 7 are the simplified regime's, 20 stands for services rendered before 2026, 22 since (425-ФЗ).
 */
export const VAT_RATES = ["none", "5", "7", "10", "20", "22"] as const;

/** One of {@link VAT_RATES}. */
export type VatRate = (typeof VAT_RATES)[number];

const NBSP = "\u00A0";
const MONEY = /^(0|[1-9]\d{0,11})(?:\.(\d{1,2}))?$/;
const QUANTITY = /^(0|[1-9]\d{0,11})(?:\.(\d{1,3}))?$/;

/** Tells whether a number is a sum this project can hold: a whole number of kopecks from 0 to {@link MAX_KOPECKS}. */
export function isKopecks(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= MAX_KOPECKS;
}

/**
 * Returns the sum unchanged when {@link isKopecks} holds.
 *
 * @throws {RangeError} when the number is negative, fractional, too large or not a number
 */
export function requireKopecks(value: number): Kopecks {
  if (!isKopecks(value)) throw new RangeError("A sum must be a whole number of kopecks from 0 to 999 999 999 999,99");
  return value;
}

/**
 * Reads a decimal string in roubles, as JSON carries it: "15000", "15000.5" or "15000.00", at most 12 digits before the point.
 * Anything else (a sign, an exponent, a comma, spaces, a third fraction digit, a needless zero in front) is `null`, not a guess.
 */
export function parseMoney(text: string): Kopecks | null {
  return parseScaled(text, MONEY, 2);
}

/**
 * Writes kopecks as the decimal string in roubles that JSON and 1C take, always with two fraction digits: "15000.00".
 *
 * @throws {RangeError} when the number is not a sum, see {@link requireKopecks}
 */
export function formatMoney(kopecks: Kopecks): string {
  const [roubles, rest] = splitScaled(requireKopecks(kopecks), 2);
  return `${roubles}.${rest}`;
}

/**
 * Writes kopecks as roubles for a Russian reader: "15 000,00", groups parted by U+00A0, so that a line cannot break inside a sum.
 * Not by the narrow U+202F: windows-1251, which banks and 1C still exchange, has no such character.
 *
 * @throws {RangeError} when the number is not a sum, see {@link requireKopecks}
 */
export function printMoney(kopecks: Kopecks): string {
  const [roubles, rest] = splitScaled(requireKopecks(kopecks), 2);
  return `${groupDigits(roubles)},${rest}`;
}

/**
 * Reads a quantity: a decimal string with at most 12 digits before the point and 3 after, "1" or "2.5" or "1000.125".
 * Anything else is `null`, by the same rules as {@link parseMoney}.
 */
export function parseQuantity(text: string): Thousandths | null {
  return parseScaled(text, QUANTITY, 3);
}

/**
 * Writes a quantity for a Russian reader, without needless zeros: "1", "2,5", "1 000,125" (groups parted by U+00A0).
 *
 * @throws {RangeError} when the number is negative or not a safe integer
 */
export function printQuantity(quantity: Thousandths): string {
  const [units, rest] = splitScaled(requireThousandths(quantity), 3);
  const fraction = rest.replace(/0+$/, "");
  return fraction === "" ? groupDigits(units) : `${groupDigits(units)},${fraction}`;
}

/**
 * Divides and rounds to the nearest whole number, a half goes up: the one rounding rule of all sums here.
 *
 * @throws {RangeError} when the numerator is negative or the denominator is not positive
 */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (numerator < 0n || denominator <= 0n) {
    throw new RangeError("Rounding takes a numerator of 0 or more and a denominator above 0");
  }
  return (2n * numerator + denominator) / (2n * denominator);
}

/**
 * The sum of a line (сумма строки): quantity × price, to the nearest kopeck, a half goes up.
 *
 * @throws {RangeError} when the quantity or the price is out of range, or their product is above {@link MAX_KOPECKS}
 */
export function computeLineAmount(quantity: Thousandths, price: Kopecks): Kopecks {
  const product = BigInt(requireThousandths(quantity)) * BigInt(requireKopecks(price));
  return requireKopecks(Number(divideHalfUp(product, 1000n)));
}

/**
 * The VAT (НДС) contained in a sum, in kopecks: amount × rate / (100 + rate), a half goes up (НК РФ, ст. 168).
 * With `none` it is 0. Example: 10 000,00 at 22 % holds 1 803,28.
 *
 * @throws {RangeError} when the amount is not a sum, see {@link requireKopecks}
 */
export function computeIncludedVat(amount: Kopecks, rate: VatRate): Kopecks {
  const { share, whole } = toVatFraction(rate);
  return Number(divideHalfUp(BigInt(requireKopecks(amount)) * share, whole));
}

/**
 * Spreads the VAT of a whole total over its lines, so that the parts add up to `vatInside(total, rate)` to the kopeck;
 * rounding each line on its own would not. Every line gets its exact VAT rounded down, the kopecks left over go to the
 * lines that lost most, the earlier of equals first: the same lines always give the same parts.
 *
 * @throws {RangeError} when a sum is out of range or the lines do not add up to the total
 */
export function splitVat(total: Kopecks, rate: VatRate, amounts: readonly Kopecks[]): Kopecks[] {
  const sum = amounts.reduce((acc, amount) => acc + BigInt(requireKopecks(amount)), 0n);
  if (sum !== BigInt(requireKopecks(total))) throw new RangeError("The lines must add up to the total");
  const { share, whole } = toVatFraction(rate);
  const lines = amounts.map((amount, index) => {
    const exact = BigInt(amount) * share;
    return { index, vat: Number(exact / whole), lost: Number(exact % whole) };
  });
  let left = computeIncludedVat(total, rate) - lines.reduce((acc, line) => acc + line.vat, 0);
  for (const line of lines.toSorted((a, b) => b.lost - a.lost || a.index - b.index)) {
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
  // Digits are joined before they become a number, so no float ever holds a fraction.
  return Number(whole + fraction.padEnd(digits, "0"));
}

function splitScaled(value: number, digits: number): [whole: string, fraction: string] {
  const text = String(value).padStart(digits + 1, "0");
  return [text.slice(0, -digits), text.slice(-digits)];
}

function groupDigits(whole: string): string {
  return whole.replace(/\B(?=(?:\d{3})+$)/g, NBSP);
}
