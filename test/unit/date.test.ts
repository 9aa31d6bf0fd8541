import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDays,
  countDaysBetween,
  isPlainDate,
  isTimeZone,
  parseInstant,
  printDate,
  printLongDate,
  toBusinessDate,
} from "../../core/date.ts";

const DAYS_IN_RANGE = 401_766;
const dayNumber = fc.integer({ min: 0, max: DAYS_IN_RANGE });
const plainDate = dayNumber.map((days) => addDays("1900-01-01", days));

describe("isPlainDate", () => {
  it.each(["1900-01-01", "2024-02-29", "2000-02-29", "2026-11-24", "2026-12-31", "2999-12-31"])("takes %s", (text) => {
    expect(isPlainDate(text)).toBe(true);
  });

  it.each([
    "",
    "2026-02-29",
    "2026-02-30",
    "2100-02-29",
    "2026-04-31",
    "2026-00-10",
    "2026-13-01",
    "2026-01-00",
    "2026-01-32",
    "1899-12-31",
    "3000-01-01",
    "0001-01-01",
    "2026-1-1",
    "26-01-01",
    "+002026-01-01",
    "2026-11-24T00:00:00",
    "24.11.2026",
    " 2026-11-24",
    "2026-11-24\n",
    "2026/11/24",
  ])("refuses %j", (text) => {
    expect(isPlainDate(text)).toBe(false);
  });
});

describe("addDays and daysBetween", () => {
  it.each([
    ["2026-11-24", 1, "2026-11-25"],
    ["2026-12-31", 1, "2027-01-01"],
    ["2024-02-28", 1, "2024-02-29"],
    ["2026-02-28", 1, "2026-03-01"],
    ["2026-03-01", -1, "2026-02-28"],
    ["2026-11-24", 0, "2026-11-24"],
    ["1900-01-01", DAYS_IN_RANGE, "2999-12-31"],
    // A day of 23 hours where clocks go forward is still one day.
    ["2011-03-26", 2, "2011-03-28"],
  ])("%s and %i days is %s", (from, days, to) => {
    expect(addDays(from, days)).toBe(to);
    expect(countDaysBetween(from, to)).toBe(days);
    expect(countDaysBetween(to, from)).toBe(0 - days);
  });

  it("are each other's inverse, and order like the text", () => {
    fc.assert(
      fc.property(plainDate, plainDate, (a, b) => {
        expect(addDays(a, countDaysBetween(a, b))).toBe(b);
        expect(Math.sign(countDaysBetween(a, b))).toBe(a < b ? 1 : a > b ? -1 : 0);
      }),
    );
  });

  it("throw on what is not a date, a whole number or in range", () => {
    expect(() => addDays("2026-02-30", 1)).toThrow(RangeError);
    expect(() => addDays("2026-02-28", 0.5)).toThrow(RangeError);
    expect(() => addDays("2026-02-28", Number.NaN)).toThrow(RangeError);
    expect(() => addDays("1900-01-01", -1)).toThrow(RangeError);
    expect(() => addDays("2999-12-31", 1)).toThrow(RangeError);
    expect(() => addDays("2026-02-28", Number.MAX_SAFE_INTEGER)).toThrow(RangeError);
    expect(() => countDaysBetween("2026-01-01", "завтра")).toThrow(RangeError);
    expect(() => countDaysBetween("", "2026-01-01")).toThrow(RangeError);
  });
});

describe("businessDate", () => {
  it.each([
    ["2026-11-24T20:59:59Z", "Europe/Moscow", "2026-11-24"],
    ["2026-11-24T21:00:00Z", "Europe/Moscow", "2026-11-25"],
    ["2026-11-24T23:30:00Z", "Europe/Moscow", "2026-11-25"],
    ["2026-11-24T23:30:00Z", "UTC", "2026-11-24"],
    ["2026-11-25T01:30:00+03:00", "Europe/Moscow", "2026-11-25"],
    ["2026-12-31T23:30:00Z", "Europe/Moscow", "2027-01-01"],
    ["2026-11-24T14:00:00Z", "Asia/Vladivostok", "2026-11-25"],
    ["2026-11-25T02:00:00Z", "America/New_York", "2026-11-24"],
    // Moscow lived by UTC+4 until 26.10.2014.
    ["2014-07-01T20:30:00Z", "Europe/Moscow", "2014-07-02"],
    ["1900-01-01T00:00:00Z", "Europe/Moscow", "1900-01-01"],
  ])("%s in %s is %s", (instant, zone, expected) => {
    expect(toBusinessDate(instant, zone)).toBe(expected);
    expect(toBusinessDate(new Date(instant), zone)).toBe(expected);
    expect(toBusinessDate(Date.parse(instant), zone)).toBe(expected);
  });

  it.each([
    "2026-11-24T23:30:00",
    "вчера",
    "3000-06-01T00:00:00Z",
    Date.UTC(3000, 0, 2),
    Date.UTC(1899, 0, 1),
    // Year 2025 before our era: its name alone would pass.
    Date.UTC(-2024, 5, 1),
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date("junk"),
  ])("throws on %s", (instant) => {
    expect(() => toBusinessDate(instant, "Europe/Moscow")).toThrow(RangeError);
  });

  it("throws on a zone nobody knows", () => {
    expect(() => toBusinessDate(0, "Europe/Nowhere")).toThrow(RangeError);
  });

  it("never goes back while time goes on", () => {
    const instant = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2100, 0, 1) });
    const zone = fc.constantFrom("Europe/Moscow", "Europe/Kaliningrad", "Asia/Kamchatka", "UTC", "America/New_York");
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 200_000_000 }), zone, (ms, later, name) => {
        const before = toBusinessDate(ms, name);
        const after = toBusinessDate(ms + later, name);
        expect(isPlainDate(before)).toBe(true);
        expect(before <= after).toBe(true);
        expect(countDaysBetween(before, after)).toBeLessThanOrEqual(Math.ceil(later / 86_400_000) + 1);
      }),
    );
  });

  it("agrees with the calendar in UTC", () => {
    fc.assert(
      fc.property(plainDate, fc.integer({ min: 0, max: 86_399_999 }), (date, ms) => {
        expect(toBusinessDate(Date.parse(date) + ms, "UTC")).toBe(date);
      }),
    );
  });
});

describe("isTimeZone", () => {
  it.each(["Europe/Moscow", "UTC", "Asia/Yekaterinburg"])("knows %s", (zone) => {
    expect(isTimeZone(zone)).toBe(true);
    expect(isTimeZone(zone)).toBe(true);
  });

  it.each(["", "Moscow", "Europe/Nowhere", "МСК"])("does not know %j", (zone) => {
    expect(isTimeZone(zone)).toBe(false);
  });
});

describe("parseInstant", () => {
  it.each([
    ["1970-01-01T00:00:00Z", 0],
    ["2026-11-24T12:34:56Z", Date.UTC(2026, 10, 24, 12, 34, 56)],
    ["2026-11-24T12:34:56+03:00", Date.UTC(2026, 10, 24, 9, 34, 56)],
    ["2026-11-24T12:34:56-05:30", Date.UTC(2026, 10, 24, 18, 4, 56)],
    ["2026-11-24T01:00:00+03:00", Date.UTC(2026, 10, 23, 22)],
    ["2026-11-24T12:34:56-00:00", Date.UTC(2026, 10, 24, 12, 34, 56)],
    ["2026-11-24T12:34:56.7Z", Date.UTC(2026, 10, 24, 12, 34, 56, 700)],
    ["2026-11-24T12:34:56.078Z", Date.UTC(2026, 10, 24, 12, 34, 56, 78)],
    ["2026-11-24T12:34:56.999999999Z", Date.UTC(2026, 10, 24, 12, 34, 56, 999)],
    ["2024-02-29T23:59:59+23:59", Date.UTC(2024, 1, 29, 0, 0, 59)],
    ["1900-01-01T00:00:00.5Z", Date.UTC(1900, 0, 1) + 500],
  ])("reads %s", (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });

  it.each([
    "",
    "2026-11-24",
    "2026-11-24T12:34:56",
    "2026-11-24T12:34Z",
    "2026-11-24 12:34:56Z",
    "2026-11-24t12:34:56z",
    "2026-11-24T12:34:56z",
    "2026-11-24T24:00:00Z",
    "2026-11-24T23:60:00Z",
    "2026-11-24T23:59:60Z",
    "2026-02-30T00:00:00Z",
    "2025-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "2026-11-24T12:34:56.Z",
    "2026-11-24T12:34:56.1234567890Z",
    "2026-11-24T12:34:56,5Z",
    "2026-11-24T12:34:56+0300",
    "2026-11-24T12:34:56+03",
    "2026-11-24T12:34:56+24:00",
    "2026-11-24T12:34:56+03:60",
    "2026-11-24T12:34:56Z\n",
    " 2026-11-24T12:34:56Z",
    "Tue, 24 Nov 2026 12:34:56 GMT",
    "1790000000",
  ])("refuses %j", (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  it("reads back whatever toISOString writes", () => {
    const instant = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(3000, 0, 1) - 1 });
    fc.assert(fc.property(instant, (ms) => parseInstant(new Date(ms).toISOString()) === ms));
  });
});

describe("printing", () => {
  it("writes a date for a form and for the head of a document", () => {
    expect(printDate("2026-11-24")).toBe("24.11.2026");
    expect(printDate("2026-01-05")).toBe("05.01.2026");
    expect(printLongDate("2026-11-24")).toBe("«24»\u00A0ноября 2026\u00A0г.");
    expect(printLongDate("2026-05-05")).toBe("«05»\u00A0мая 2026\u00A0г.");
  });

  it("names all twelve months", () => {
    const names = Array.from({ length: 12 }, (_, month) =>
      printLongDate(`2026-${String(month + 1).padStart(2, "0")}-01`).slice(5, 8),
    );
    expect(names.join(" ")).toBe("янв фев мар апр мая июн июл авг сен окт ноя дек");
  });

  it("throws on what is not a date", () => {
    expect(() => printDate("2026-02-30")).toThrow(RangeError);
    expect(() => printLongDate("24.11.2026")).toThrow(RangeError);
  });
});
