const NBSP = "\u00A0";
const MONTHS = [
  ...["января", "февраля", "марта", "апреля", "мая", "июня"],
  ...["июля", "августа", "сентября", "октября", "ноября", "декабря"],
];

/** «184 500,00 ₽» from "184500.00". @param {string} amount */
export function money(amount) {
  const [roubles = "", kopecks = "00"] = amount.split(".");
  return `${grouped(roubles)},${kopecks.padEnd(2, "0")}${NBSP}₽`;
}

/** «184 500,00» for a field. @param {string} amount */
export function moneyInput(amount) {
  return money(amount).slice(0, -2);
}

/** What was typed as a decimal of the wire; what is no number goes as it is, for the relay to judge. @param {string} text */
export function decimal(text) {
  const bare = text.replace(/[\s\u00A0₽]/g, "").replace(",", ".");
  return /^\d+$/.test(bare) ? `${bare}.00` : bare;
}

/** Kopecks of a decimal, or null. @param {string} text */
export function kopecks(text) {
  const match = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(decimal(text));
  return match === null ? null : Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}

/** A decimal from kopecks. @param {number} sum */
export function fromKopecks(sum) {
  return `${Math.floor(sum / 100)}.${String(sum % 100).padStart(2, "0")}`;
}

/** «24 ноября 2026» from "2026-11-24". @param {string} date */
export function longDate(date) {
  const [year = "", month = "1", day = "1"] = date.slice(0, 10).split("-");
  return `${Number(day)}${NBSP}${MONTHS[Number(month) - 1]} ${year}`;
}

/** «24.11.2026». @param {string} date */
export function shortDate(date) {
  return date.slice(0, 10).split("-").reverse().join(".");
}

/** «с 12 по 24 ноября 2026», as short as it can be said. @param {{ from: string, to: string }} period */
export function periodText({ from, to }) {
  if (from === to) return longDate(to);
  const sameYear = from.slice(0, 4) === to.slice(0, 4);
  const sameMonth = from.slice(0, 7) === to.slice(0, 7);
  const start = sameMonth ? String(Number(from.slice(8))) : longDate(from).slice(0, sameYear ? -5 : undefined);
  return `с${NBSP}${start} по${NBSP}${longDate(to)}`;
}

const clock = new Intl.DateTimeFormat("ru-RU", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Moscow" });
const exactClock = new Intl.DateTimeFormat("ru-RU", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "Europe/Moscow",
});

/** «12:03», Moscow. @param {number} at */
export function time(at) {
  return clock.format(at);
}

/** «12:03:41», Moscow. @param {number} at */
export function exactTime(at) {
  return exactClock.format(at);
}

/** «40 КБ». @param {number} bytes */
export function size(bytes) {
  return `${Math.max(1, Math.round(bytes / 1024))}${NBSP}КБ`;
}

/** @param {string} vat */
export function vatText(vat) {
  return vat === "none" ? "без НДС" : `в том числе НДС ${vat}${NBSP}%`;
}

/** An account in groups, so that it can be compared by eye. @param {string} number */
export function accountText(number) {
  return [number.slice(0, 5), number.slice(5, 8), number.slice(8, 9), number.slice(9, 13), number.slice(13)]
    .filter(Boolean)
    .join(NBSP);
}

/** @param {string} digits */
function grouped(digits) {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, NBSP);
}
