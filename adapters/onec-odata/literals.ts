import type { PlainDate } from "../../core/date.ts";
import { isPlainDate } from "../../core/date.ts";
import type { Kopecks, Thousandths } from "../../core/money.ts";
import { requireKopecks } from "../../core/money.ts";

/** The empty reference (пустая ссылка), as 1C writes it. */
export const EMPTY_REF = "00000000-0000-0000-0000-000000000000";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const EMPTY_YEAR = "0001";
/** IIS refuses a query of more than 2048 characters; what is left is for the other options. */
const LONGEST_FILTER = 1500;

/** Whether a text is a reference. */
export function isRef(text: string): boolean {
  return UUID.test(text);
}

/**
 * A reference in a filter or a path: `guid'…'`.
 *
 * @throws {RangeError} when it is no UUID: nothing else may get into an address
 */
export function formatGuid(ref: string): string {
  if (!isRef(ref)) throw new RangeError("A reference must be a UUID");
  return `guid'${ref.toLowerCase()}'`;
}

/** A text in a filter: quotes doubled. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A day in a filter. 1C's dates are wall clock without a zone. */
export function formatDatetime(date: PlainDate, time = "00:00:00"): string {
  return `datetime'${formatMoment(date, time)}'`;
}

/**
 * A date with a time as JSON carries it: `2026-10-31T00:00:00`, wall clock without a zone.
 *
 * @throws {RangeError} when it is not a plain date
 */
export function formatMoment(date: PlainDate, time = "00:00:00"): string {
  if (!isPlainDate(date)) throw new RangeError("Not a calendar date YYYY-MM-DD");
  return `${date}T${time}`;
}

/** `Поле eq …` */
export function formatEquals(field: string, literal: string): string {
  return `${field} eq ${literal}`;
}

/** `substringof('…',Поле)` */
export function formatContains(field: string, text: string): string {
  return `substringof(${quoteText(text)},${field})`;
}

/** All of some conditions. */
export function joinAll(...conditions: readonly string[]): string {
  return conditions.map((one) => (one.includes(" or ") ? `(${one})` : one)).join(" and ");
}

/** Any of some conditions. */
export function joinAny(...conditions: readonly string[]): string {
  return conditions.map((one) => (conditions.length > 1 && one.includes(" and ") ? `(${one})` : one)).join(" or ");
}

/** Any of many conditions, as several filters of which none is too long for a web server. */
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

/** Text of a field; empty where there is none. Spaces at the end are 1C's padding of fixed lengths. */
export function readText(value: unknown): string {
  return typeof value === "string" ? value.trimEnd() : "";
}

/** A reference of a field in lower case; null where it is empty. */
export function readRef(value: unknown): string | null {
  const ref = typeof value === "string" ? value.toLowerCase() : "";
  return isRef(ref) && ref !== EMPTY_REF ? ref : null;
}

/** Day of a date field, as it stands on the wall; null for 1C's empty date `0001-01-01T00:00:00`. */
export function readDate(value: unknown): PlainDate | null {
  const day = typeof value === "string" ? value.slice(0, 10) : "";
  return !day.startsWith(EMPTY_YEAR) && isPlainDate(day) ? day : null;
}

/** A number of a field: 1C writes Edm.Int64 as a text. Null where there is none. */
export function readNumber(value: unknown): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** A sum of a field, in kopecks; null where there is none or it is negative. */
export function readMoney(value: unknown): Kopecks | null {
  const roubles = readNumber(value);
  if (roubles === null || roubles < 0) return null;
  const kopecks = Math.round(roubles * 100);
  return Number.isSafeInteger(kopecks) ? kopecks : null;
}

/** A sum as 1C takes it: roubles as a JSON number. A double holds every sum of this project to the kopeck. */
export function writeMoney(kopecks: Kopecks): number {
  return requireKopecks(kopecks) / 100;
}

/** A quantity as 1C takes it. */
export function writeQuantity(quantity: Thousandths): number {
  return quantity / 1000;
}

/** Type of a reference in a composite field: `StandardODATA.Catalog_Контрагенты`. */
export function typeOf(entity: string): string {
  return `StandardODATA.${entity}`;
}
