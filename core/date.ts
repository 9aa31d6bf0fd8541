/**
 * A calendar date without a time or a zone, `YYYY-MM-DD`, years 1900–2999. Acts, periods and orders live by such dates
 * in the business time zone; a plain string sorts, compares and serialises as it is and cannot be shifted by a zone.
 */
export type PlainDate = string;

const NBSP = "\u00A0";
const DAY_MS = 86_400_000;
const PLAIN_DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

const MONTHS_GENITIVE = [
  "января",
  "февраля",
  "марта",
  "апреля",
  "мая",
  "июня",
  "июля",
  "августа",
  "сентября",
  "октября",
  "ноября",
  "декабря",
] as const;

/** A time zone, and the dates of the quarters of an hour that were asked for lately. */
interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly dates: Map<number, PlainDate>;
}

/** Building a formatter costs far more than using it, so one is kept per zone; only valid zones get here, so the map is small. */
const zones = new Map<string, Zone>();

/** Since this year every zone is whole quarters of an hour away from UTC: within one the date does not change. */
const WHOLE_QUARTERS_SINCE = Date.UTC(1980, 0, 1);
const QUARTER_MS = 900_000;
const KEPT_QUARTERS = 1_000;

/** Tells whether a text is a {@link PlainDate}: the right shape and a day that exists in the calendar. */
export function isPlainDate(text: string): boolean {
  return parseEpochDay(text) !== null;
}

/**
 * The date so many days later, or earlier when `days` is negative.
 *
 * @throws {RangeError} when the date is not a plain date, `days` is not a whole number, or the result leaves 1900–2999
 */
export function addDays(date: PlainDate, days: number): PlainDate {
  if (!Number.isSafeInteger(days)) throw new RangeError("Days must be a whole number");
  return fromEpochDay(requireEpochDay(date) + days);
}

/**
 * How many days lie between two dates: 1 from a day to the next one, 0 for the same day, negative when `to` is earlier.
 *
 * @throws {RangeError} when either is not a plain date
 */
export function countDaysBetween(from: PlainDate, to: PlainDate): number {
  return requireEpochDay(to) - requireEpochDay(from);
}

/**
 * The calendar date at an instant in a time zone: 23:30 UTC is already tomorrow in Moscow.
 * The instant is a `Date`, epoch milliseconds, or an RFC 3339 text that {@link parseInstant} reads.
 *
 * @throws {RangeError} when the instant or the zone is not valid, or the date leaves 1900–2999
 */
export function toBusinessDate(instant: Date | string | number, timeZone: string): PlainDate {
  const ms = typeof instant === "string" ? parseInstant(instant) : Number(instant);
  // Intl counts years before our era upwards from 1, so an early instant would pass for a late date.
  if (ms === null || !(ms >= Date.UTC(1899, 11, 31)))
    throw new RangeError("Not an instant between the years 1900 and 2999");
  const { format, dates } = zoneOf(timeZone);
  const quarter = Math.floor(ms / QUARTER_MS);
  const kept = dates.get(quarter);
  if (kept !== undefined) return kept;
  const parts = format.formatToParts(ms);
  const getPart = (name: string) => parts.find(({ type }) => type === name)?.value;
  const date = `${getPart("year")}-${getPart("month")}-${getPart("day")}`;
  if (!isPlainDate(date)) throw new RangeError("Not an instant between the years 1900 and 2999");
  if (ms >= WHOLE_QUARTERS_SINCE) {
    if (dates.size >= KEPT_QUARTERS) dates.clear();
    dates.set(quarter, date);
  }
  return date;
}

/** Tells whether this runtime knows the time zone, by its IANA name such as `Europe/Moscow`. */
export function isTimeZone(text: string): boolean {
  try {
    zoneOf(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads an RFC 3339 instant into epoch milliseconds, or `null`. Stricter than `Date.parse`: the offset (or `Z`) is
 * required, letters are capital, the day must exist, hours run to 23 and seconds to 59 (a leap second has no epoch
 * time). One to nine fraction digits are read; what is finer than a millisecond is dropped.
 */
export function parseInstant(text: string): number | null {
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const [, date = "", hour, minute, second, fraction = "", sign, offsetHour = "0", offsetMinute = "0"] = match;
  const day = parseEpochDay(date);
  if (day === null) return null;
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
  const local = day * DAY_MS + seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0"));
  return sign === "-" ? local + offset : local - offset;
}

/**
 * Writes a date the way Russian forms and bank files do: «24.11.2026».
 *
 * @throws {RangeError} when it is not a plain date
 */
export function printDate(date: PlainDate): string {
  const [year, month, day] = requireParts(date);
  return `${day}.${month}.${year}`;
}

/**
 * Writes a date for the head of a document: «24» ноября 2026 г., the day always two digits. U+00A0 keeps the day with
 * its month and the year with its «г.»; a line may break only between month and year.
 *
 * @throws {RangeError} when it is not a plain date
 */
export function printLongDate(date: PlainDate): string {
  const [year, month, day] = requireParts(date);
  return `«${day}»${NBSP}${MONTHS_GENITIVE[Number(month) - 1]} ${year}${NBSP}г.`;
}

function zoneOf(timeZone: string): Zone {
  const kept = zones.get(timeZone);
  if (kept !== undefined) return kept;
  const format = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  const made = { format, dates: new Map<number, PlainDate>() };
  zones.set(timeZone, made);
  return made;
}

/** Days since 1970-01-01, or null when the text is no plain date. */
function parseEpochDay(text: string): number | null {
  if (!PLAIN_DATE.test(text)) return null;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  if (year < 1900 || year > 2999) return null;
  const ms = Date.UTC(year, month - 1, day);
  // Date.UTC rolls February 30 over into March; a date that comes back in another month never existed.
  return new Date(ms).getUTCMonth() === month - 1 ? ms / DAY_MS : null;
}

function requireEpochDay(date: PlainDate): number {
  const day = parseEpochDay(date);
  if (day === null) throw new RangeError("Not a calendar date YYYY-MM-DD between the years 1900 and 2999");
  return day;
}

function requireParts(date: PlainDate): [year: string, month: string, day: string] {
  requireEpochDay(date);
  return date.split("-") as [string, string, string];
}

function fromEpochDay(day: number): PlainDate {
  const ms = day * DAY_MS;
  if (!(ms >= Date.UTC(1900, 0, 1) && ms < Date.UTC(3000, 0, 1))) {
    throw new RangeError("The date leaves the years 1900 to 2999");
  }
  return formatIsoDate(ms);
}

/** Safe here, though `toISOString` is the classic way to shift a day: this instant is midnight UTC by construction. */
function formatIsoDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
