import { exception, refusal } from "./errors.ts";
import type { Comparison, Filter, Operand } from "./filter.ts";
import { badOption } from "./filter.ts";
import type { Property, PropertyKind } from "./schema.ts";
import type { Row } from "./state.ts";

/** Kinds of literals that a property may be compared with. */
const LITERALS: Readonly<Record<PropertyKind["kind"], Operand["kind"]>> = {
  string: "string",
  enum: "string",
  guid: "guid",
  boolean: "boolean",
  number: "number",
  int64: "number",
  int16: "number",
  date: "datetime",
  composite: "guid",
  storage: "string",
};

/** A filter ready to test rows: every property and type in it is checked first, as 1C does before it reads a row. */
export function compileFilter(filter: Filter, properties: readonly Property[]): (row: Row) => boolean {
  switch (filter.op) {
    case "and":
    case "or": {
      const left = compileFilter(filter.left, properties);
      const right = compileFilter(filter.right, properties);
      return filter.op === "and" ? (row) => left(row) && right(row) : (row) => left(row) || right(row);
    }
    case "not": {
      const of = compileFilter(filter.of, properties);
      return (row) => !of(row);
    }
    case "substringof":
    case "startswith":
    case "endswith":
    case "like":
      return compileTest(filter, properties);
    default:
      return compileComparison(filter, properties);
  }
}

function compileTest(
  { op, text, pattern }: Extract<Filter, { text: Operand }>,
  properties: readonly Property[],
): (row: Row) => boolean {
  const name = (text as { name: string }).name;
  const { type } = typeOf(name, properties);
  if (type !== "string" && type !== "enum") throw badOption(`${op} от ${name}`);
  const sought = (pattern as { value: string }).value;
  const value = (row: Row) => String(row[name]);
  if (op === "substringof") return (row) => value(row).includes(sought);
  if (op === "startswith") return (row) => value(row).startsWith(sought);
  if (op === "endswith") return (row) => value(row).endsWith(sought);
  const signs = sought
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  const whole = new RegExp(`^${signs}$`, "s");
  return (row) => whole.test(value(row));
}

function compileComparison(
  { op, left, right }: Extract<Filter, { right: Operand; left: Operand }>,
  properties: readonly Property[],
): (row: Row) => boolean {
  const [name, literal, operation] =
    left.kind === "property" ? [left.name, right, op] : [(right as { name: string }).name, left, mirrored(op)];
  if (left.kind !== "property" && right.kind !== "property") throw badOption("сравнение без свойства");
  if (literal.kind === "property") throw badOption("сравнение свойств");
  const { type, isTypeName, isUnlimited } = typeOf(name, properties);
  if (type === "composite" && !isTypeName) return compileComposite(name, literal, operation);
  if (literal.kind !== (isTypeName ? "string" : LITERALS[type]) || "cast" in literal) {
    throw badOption(`тип значения для ${name}`);
  }
  if (isUnlimited) throw exception("Нельзя сравнивать поля неограниченной длины и поля несовместимых типов");
  const isNumber = literal.kind === "number";
  return (row) => compare(operation, isNumber ? Number(row[name]) : (row[name] as string), literal.value);
}

/**
 * A composite is not compared with a bare guid: 500 on a live БП (EB). The documented form names the type:
 * `cast(guid'…','Catalog_X')` (DOC).
 */
function compileComposite(name: string, literal: Operand, op: Comparison): (row: Row) => boolean {
  if (literal.kind !== "guid" || literal.cast === undefined) {
    throw exception(`{(1, 1)}: Неверные параметры в операции сравнения: ${name}`);
  }
  if (op !== "eq" && op !== "ne") throw badOption(`операция для ${name}`);
  const type = `StandardODATA.${literal.cast}`;
  const same = (row: Row) => row[name] === literal.value && row[`${name}_Type`] === type;
  return op === "eq" ? same : (row) => !same(row);
}

/** Strings of the platform's own, which have a length that the schema does not need. */
const PLATFORM_OWN = new Set(["DataVersion", "PredefinedDataName"]);

function typeOf(name: string, properties: readonly Property[]) {
  const own = properties.find((property) => property.name === name);
  // A stored value answers 501 to everything but a read of its object (DOC).
  if (own?.type.kind === "storage") throw refusal(501, 0, name);
  if (own !== undefined) {
    const isUnlimited = own.type.kind === "string" && own.type.length === undefined && !PLATFORM_OWN.has(name);
    return { type: own.type.kind, isTypeName: false, isUnlimited };
  }
  const base = properties.find((property) => `${property.name}_Type` === name && property.type.kind === "composite");
  if (base === undefined) throw refusal(400, 10, name);
  return { type: base.type.kind, isTypeName: true, isUnlimited: false };
}

function mirrored(op: Comparison): Comparison {
  const pairs: Partial<Record<Comparison, Comparison>> = { gt: "lt", lt: "gt", ge: "le", le: "ge" };
  return pairs[op] ?? op;
}

function compare(op: Comparison, value: string | number | boolean, other: string | number | boolean): boolean {
  if (op === "eq") return value === other;
  if (op === "ne") return value !== other;
  if (op === "gt") return value > other;
  if (op === "ge") return value >= other;
  return op === "lt" ? value < other : value <= other;
}
