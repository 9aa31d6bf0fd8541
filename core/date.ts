/**
 * A calendar date in the business time zone, without a time: `YYYY-MM-DD`, years 1900–2999. A plain string sorts,
 * compares and serialises unchanged, and no time zone can shift the date.
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

/** A time zone, and the dates of recently used quarters of an hour. */
interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly dates: Map<number, PlainDate>;
}

/** One formatter per zone, since building a formatter costs far more than a use. Only valid zones are stored. */
const zones = new Map<string, Zone>();

/** Since 1980 every zone is whole quarters of an hour from UTC, so a quarter has one date. */
const WHOLE_QUARTERS_SINCE = Date.UTC(1980, 0, 1);
const QUARTER_MS = 900_000;
const KEPT_QUARTERS = 1_000;

/** Tells whether a text is a {@link PlainDate}: the right shape and a day of the calendar. */
export function isPlainDate(text: string): boolean {
  return parseEpochDay(text) !== null;
}

/** Adds days, or subtracts for negative `days`. Throws RangeError for wrong arguments and outside 1900–2999. */
export function addDays(date: PlainDate, days: number): PlainDate {
  if (!Number.isSafeInteger(days)) throw new RangeError("Days must be a whole number");
  return fromEpochDay(requireEpochDay(date) + days);
}

/** Counts the days between dates: 1 to the next day, negative backwards. Throws RangeError for a wrong date. */
export function countDaysBetween(from: PlainDate, to: PlainDate): number {
  return requireEpochDay(to) - requireEpochDay(from);
}

/**
 * Finds the calendar date at an instant in a time zone: 23:30 UTC is already tomorrow in Moscow. An instant is a
 * `Date`, epoch ms, or a text for {@link parseInstant}. Throws RangeError for a wrong instant or zone, and outside
 * 1900–2999.
 */
export function toBusinessDate(instant: Date | string | number, timeZone: string): PlainDate {
  const ms = typeof instant === "string" ? parseInstant(instant) : Number(instant);
  // Intl counts the years before our era upwards from 1, so such an instant would look like a late date.
  if (ms === null || !(ms >= Date.UTC(1899, 11, 31)))
    throw new RangeError("Not an instant between the years 1900 and 2999");
  const { format, dates } = getZone(timeZone);
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

/** Tells whether this runtime knows the time zone, by an IANA name such as `Europe/Moscow`. */
export function isTimeZone(text: string): boolean {
  try {
    getZone(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads an RFC 3339 instant into epoch ms; `null` for any other text. Stricter than `Date.parse`: an offset or `Z` is
 * required, letters are capital, the day exists, hours end at 23. Seconds end at 59, since a leap second has no epoch
 * time. One to nine fraction digits are allowed; digits below a millisecond are dropped.
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

/** Writes a date for Russian forms and bank files: «24.11.2026». Throws RangeError for anything but a plain date. */
export function printDate(date: PlainDate): string {
  const [year, month, day] = requireParts(date);
  return `${day}.${month}.${year}`;
}

/**
 * Writes a date for the head of a document: «24» ноября 2026 г., with a two-digit day. U+00A0 allows a line break only
 * before the year. Throws RangeError for anything but a plain date.
 */
export function printLongDate(date: PlainDate): string {
  const [year, month, day] = requireParts(date);
  return `«${day}»${NBSP}${MONTHS_GENITIVE[Number(month) - 1]} ${year}${NBSP}г.`;
}

function getZone(timeZone: string): Zone {
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

/** Days since 1970-01-01; null when the text is not a plain date. */
function parseEpochDay(text: string): number | null {
  if (!PLAIN_DATE.test(text)) return null;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))];
  if (year < 1900 || year > 2999) return null;
  const ms = Date.UTC(year, month - 1, day);
  // Date.UTC turns February 30 into March; a date in another month than requested does not exist.
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

/** `toISOString` often shifts a day, but is safe here: the instant is always midnight UTC. */
function formatIsoDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
