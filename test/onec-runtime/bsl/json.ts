import { BslArray, BslMap, BslStructure } from "./collections.ts";
import { BslError } from "./lexer.ts";
import { BslException, typeName, type Value } from "./values.ts";

/** ПрочитатьJSON into Соответствие: null is Неопределено. */
export function parseJson(text: string): Value {
  try {
    return fromPlain(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof BslError) throw cause;
    throw new BslException("Непредвиденный символ при чтении JSON");
  }
}

function fromPlain(value: unknown): Value {
  if (value === null) return undefined;
  if (Array.isArray(value)) return new BslArray(value.map(fromPlain));
  if (typeof value !== "object") return value as Value;
  const map = new BslMap();
  for (const [key, inner] of Object.entries(value)) map.map.set(key, fromPlain(inner));
  return map;
}

/** ЗаписатьJSON of structures, maps, arrays and plain values: Неопределено is null. */
export function toJson(value: Value): string {
  return JSON.stringify(toPlain(value));
}

function toPlain(value: Value): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object") return value;
  if (value instanceof BslArray) return value.list.map(toPlain);
  if (value instanceof BslMap)
    return Object.fromEntries([...value.map].map(([key, inner]) => [String(key), toPlain(inner)]));
  if (value instanceof BslStructure) {
    return Object.fromEntries([...value.fields.values()].map(({ key, value: inner }) => [key, toPlain(inner)]));
  }
  throw new BslError(`ЗаписатьJSON of ${typeName(value)} is not known to this interpreter`);
}
