import { isPlainDate, type PlainDate } from "../../core/date.ts";
import { type Kopecks, requireKopecks, type Thousandths } from "../../core/money.ts";

/** 1C's empty reference (пустая ссылка). */
export const EMPTY_REF = "00000000-0000-0000-0000-000000000000";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const EMPTY_YEAR = "0001";
/** Longest filter, characters. IIS refuses a query of more than 2048 characters; the other options need the rest. */
const LONGEST_FILTER = 1500;

export function isRef(text: string): boolean {
  return UUID.test(text);
}

/** A reference in a filter or a path: `guid'…'`. Throws {@link RangeError} for any other text. */
export function formatGuid(ref: string): string {
  if (!isRef(ref)) throw new RangeError("A reference must be a UUID");
  return `guid'${ref.toLowerCase()}'`;
}

/** A reference in a filter by a composite field, with the type. */
export function formatCast(ref: string, entity: string): string {
  return `cast(${formatGuid(ref)},${quoteText(entity)})`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A moment in a filter: `datetime'…'`, wall clock without a zone. */
export function formatDatetime(date: PlainDate, time = "00:00:00"): string {
  return `datetime'${formatMoment(date, time)}'`;
}

/** A moment in JSON: `2026-10-31T00:00:00`, wall clock, no zone. Throws {@link RangeError} for an invalid date. */
export function formatMoment(date: PlainDate, time = "00:00:00"): string {
  if (!isPlainDate(date)) throw new RangeError("Not a calendar date YYYY-MM-DD");
  return `${date}T${time}`;
}

export function formatEquals(field: string, literal: string): string {
  return `${field} eq ${literal}`;
}

export function formatContains(field: string, text: string): string {
  return `substringof(${quoteText(text)},${field})`;
}

export function joinAll(...conditions: readonly string[]): string {
  return conditions.map((part) => (part.includes(" or ") ? `(${part})` : part)).join(" and ");
}

export function joinAny(...conditions: readonly string[]): string {
  return conditions.map((one) => (conditions.length > 1 && one.includes(" and ") ? `(${one})` : one)).join(" or ");
}

/** Joins conditions with `or` into several filters of at most `longest` percent-encoded characters. */
export function joinAnyInParts(conditions: readonly string[], longest = LONGEST_FILTER): string[] {
  const parts: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const condition of conditions) {
    const own = encodeURIComponent(condition).length + "%20or%20".length;
    if (length + own > longest) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(condition);
    length += own;
  }
  return parts.map((part) => joinAny(...part));
}

/** Text of a field, without 1C's padding of fixed lengths at the end; empty for no text. */
export function readText(value: unknown): string {
  return typeof value === "string" ? value.trimEnd() : "";
}

/** Text of a field without white space of any kind: people paste an INN or an account with spaces. */
export function removeSpaces(value: unknown): string {
  return readText(value).replace(/[\s\u200B\uFEFF]/g, "");
}

/** Reference in a field, in lower case; null for an empty reference. */
export function readRef(value: unknown): string | null {
  const ref = typeof value === "string" ? value.toLowerCase() : "";
  return isRef(ref) && ref !== EMPTY_REF ? ref : null;
}

/** Day of a date field, wall clock; null for 1C's empty date `0001-01-01T00:00:00`. */
export function readDate(value: unknown): PlainDate | null {
  const day = typeof value === "string" ? value.slice(0, 10) : "";
  return !day.startsWith(EMPTY_YEAR) && isPlainDate(day) ? day : null;
}

/** Number in a field, also as text, since 1C writes Edm.Int64 as text; null for no number. */
export function readNumber(value: unknown): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** Sum in a field, kopecks; null for no number or a negative number. */
export function readMoney(value: unknown): Kopecks | null {
  const roubles = readNumber(value);
  if (roubles === null || roubles < 0) return null;
  const kopecks = Math.round(roubles * 100);
  return Number.isSafeInteger(kopecks) ? kopecks : null;
}

/** A sum for 1C: roubles as a JSON number. A double holds every sum of this project to the kopeck. */
export function writeMoney(kopecks: Kopecks): number {
  return requireKopecks(kopecks) / 100;
}

/** A quantity for 1C: a decimal number of units. */
export function writeQuantity(quantity: Thousandths): number {
  return quantity / 1000;
}

/** Type beside a reference in a composite field: `StandardODATA.Catalog_Контрагенты`. */
export function typeOf(entity: string): string {
  return `StandardODATA.${entity}`;
}
