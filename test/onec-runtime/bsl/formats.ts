import { BslError } from "./lexer.ts";
import { BslDate, BslException, BslType, typeName, type Value } from "./values.ts";

const two = (value: number) => String(value).padStart(2, "0");

/** XMLСтрока: whole numbers, booleans and dates. */
export function toXml(value: Value): string {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (typeof value === "boolean") return String(value);
  if (value instanceof BslDate) {
    const [year, month, day, hour, minute, second] = value.parts();
    return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
  }
  throw new BslError(`XMLСтрока of ${typeName(value)} is not known to this interpreter`);
}

/** XMLЗначение of a number: a decimal string. */
export function fromXml(type: Value, text: string): Value {
  if (!(type instanceof BslType) || type.named !== "Число") throw new BslError("XMLЗначение is known for Число only");
  if (!/^-?\d{1,12}(\.\d{1,3})?$/.test(text)) throw new BslException("Ошибка преобразования данных XDTO");
  return Number(text);
}

/** The language of a session: it decides how numbers without «Л=» look. */
export type Language = "ru" | "en";

/** Формат of a number or a date, by the parts of a format string that the extension uses. */
export function formatValue(value: Value, format: string, language: Language): string {
  const parts = new Map(format.split(";").map((part) => part.trim().split("=") as [string, string]));
  if (value instanceof BslDate && parts.has("ДФ")) return formatDate(value, String(parts.get("ДФ")));
  const known = [...parts.keys()].every((name) => ["ЧДЦ", "ЧРД", "ЧГ", "ЧН", "Л"].includes(name));
  if (typeof value !== "number" || !known)
    throw new BslError(`Формат(${typeName(value)}, "${format}") is not known to this interpreter`);
  if (value === 0 && !parts.has("ЧН")) return "";
  const russian = parts.get("Л") === "ru_RU" || (!parts.has("Л") && language === "ru");
  const [whole, fraction = ""] = value.toFixed(Number(parts.get("ЧДЦ") ?? 0)).split(".") as [string, string?];
  const grouped = parts.get("ЧГ") === "0" ? whole : whole.replace(/\B(?=(?:\d{3})+$)/g, russian ? "\u00A0" : ",");
  return fraction === "" ? grouped : `${grouped}${parts.get("ЧРД") ?? (russian ? "," : ".")}${fraction}`;
}

/** ЧислоПрописью as far as the language goes: the words themselves are the platform's. */
export function spellNumber(value: number, format: string, language: Language): string {
  const russian = format.includes("Л=ru_RU") || (!format.includes("Л=") && language === "ru");
  return `${russian ? "прописью" : "in words"} ${value.toFixed(2)}`;
}

function formatDate(date: BslDate, format: string): string {
  const [day, time] = toXml(date).split("T") as [string, string];
  const [year, month, dayOfMonth] = day.split("-") as [string, string, string];
  const [hour, minute, second] = time.split(":") as [string, string, string];
  const values: Readonly<Record<string, string>> = {
    ...{ yyyy: year, MM: month, dd: dayOfMonth, HH: hour, mm: minute, ss: second },
  };
  return format.replaceAll("'", "").replace(/yyyy|MM|dd|HH|mm|ss/g, (part) => values[part] ?? part);
}
