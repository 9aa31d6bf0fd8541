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

/** Формат, for the format strings that the extension uses. */
export function formatValue(value: Value, format: string): string {
  if (typeof value === "number" && format === "ЧДЦ=2; ЧРД=.; ЧГ=0; ЧН=0.00") return value.toFixed(2);
  if (value instanceof BslDate && format === "ДФ=yyyy-MM-dd") return toXml(value).slice(0, 10);
  throw new BslError(`Формат(${typeName(value)}, "${format}") is not known to this interpreter`);
}
