import { exception, refusal, unparsable } from "./errors.ts";
import type { Entity, Property, PropertyKind } from "./schema.ts";
import { EMPTY_GUID, jsonNames, UNDEFINED_TYPE } from "./schema.ts";
import type { Row, SectionRow, Value } from "./state.ts";
import { defaults } from "./state.ts";

const GUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

/** What a body may not set: it is ignored, Ref_Key of a PATCH too (P8). */
const OWN_TO_1C = new Set(["Ref_Key", "DataVersion", "Predefined", "PredefinedDataName"]);

/** The body of a write as JSON. */
export type Body = Readonly<Record<string, unknown>>;

/** Values of a body as 1C takes them: unknown names are ignored, long strings cut, both without a word (DOC, P8). */
export function readBody(entity: Entity, body: Body): Row {
  const values: Row = {};
  for (const property of entity.properties) {
    if (!OWN_TO_1C.has(property.name)) Object.assign(values, readProperty(property, body));
  }
  for (const { name, properties } of entity.sections) {
    if (body[name] !== undefined) values[name] = readRows(name, properties, body[name]);
  }
  // Posted is set by the method Post; clients warn of sending it (PY).
  if (body.Posted === true) throw refusal(400, 16, "Posted");
  delete values.Posted;
  return values;
}

/** The reference that a new object asks for; null: 1C makes one. */
export function chosenRef(body: Body): string | null {
  const ref = body.Ref_Key;
  if (ref === undefined || ref === null || ref === EMPTY_GUID) return null;
  if (typeof ref !== "string" || !GUID.test(ref)) throw unparsable(ref, "Edm.Guid");
  return ref.toLowerCase();
}

/** Rows of a tabular section: LineNumber runs from 1 without gaps (400); without it 1C fails (500) (P9). */
function readRows(section: string, properties: readonly Property[], given: unknown): SectionRow[] {
  if (!Array.isArray(given)) throw exception("Произошла внутренняя ошибка OData сервиса");
  return given.map((line: Body, at) => {
    if (line.LineNumber === undefined) throw exception("Произошла внутренняя ошибка OData сервиса");
    if (Number(line.LineNumber) !== at + 1) {
      throw refusal(400, 4, `LineNumber в ${section} должен быть равен ${at + 1}`);
    }
    const row = defaults(properties);
    for (const property of properties) {
      if (property.name !== "Ref_Key") Object.assign(row, readProperty(property, line));
    }
    return row;
  });
}

function readProperty(property: Property, body: Body): SectionRow {
  const { name, type } = property;
  const given = body[name];
  if (type.kind === "composite") return readComposite(name, type.types, body);
  if (type.kind === "storage") return readStorage(name, body);
  if (given === undefined) return {};
  if (given === null) return { [name]: defaults([property])[name] as Value };
  return { [name]: readValue(type, given) };
}

/** A composite is a pair: a value without its type, or with a type that the attribute has not, is refused [?]. */
function readComposite(name: string, types: readonly string[], body: Body): SectionRow {
  const given = body[name];
  const type = body[`${name}_Type`];
  if (given === undefined && type === undefined) return {};
  if (given === null || given === "" || given === EMPTY_GUID) return { [name]: "", [`${name}_Type`]: UNDEFINED_TYPE };
  if (typeof given !== "string") throw exception("Произошла внутренняя ошибка OData сервиса");
  if (type === undefined) throw refusal(400, 5, `${name}_Type`);
  const known = types.some((each) => type === `StandardODATA.${each}`);
  if (!known) throw refusal(400, 8, String(type));
  if (!GUID.test(given) && /^StandardODATA\.(Catalog|Document|ChartOfAccounts)_/.test(String(type))) {
    throw unparsable(given, "Edm.Guid");
  }
  return { [name]: given, [`${name}_Type`]: String(type) };
}

/** The data of a ХранилищеЗначения in Base64, with their media type. */
function readStorage(name: string, body: Body): SectionRow {
  const names = jsonNames({ name, type: { kind: "storage" } }).filter((each) => body[each] !== undefined);
  return Object.fromEntries(
    names.map((each) => {
      const given = body[each] ?? "";
      if (typeof given !== "string") throw unparsable(given, "Edm.String");
      return [each, given];
    }),
  );
}

function readValue(type: Exclude<PropertyKind, { kind: "composite" | "storage" }>, given: unknown): Value {
  if (typeof given === "object") throw exception("Произошла внутренняя ошибка OData сервиса");
  switch (type.kind) {
    case "string": {
      if (typeof given !== "string") throw unparsable(given, "Edm.String");
      const text = type.length === undefined ? given : given.slice(0, type.length);
      return type.fixed ? text.padEnd(type.length ?? 0) : text;
    }
    case "enum":
      // The words and the code of this refusal were never seen [?].
      if (given !== "" && !type.values.includes(String(given))) throw refusal(400, 4, String(given));
      return String(given);
    case "guid":
      // The object need not exist (P8).
      if (typeof given !== "string" || !GUID.test(given)) throw unparsable(given, "Edm.Guid");
      return given.toLowerCase();
    case "boolean":
      if (typeof given !== "boolean") throw unparsable(given, "Edm.Boolean");
      return given;
    case "int64": {
      // Numbers and strings of digits are taken; text is 0 without a word (P8, P9).
      const text = String(given);
      return /^-?\d+$/.test(text) ? String(BigInt(text)) : "0";
    }
    case "int16":
    case "number": {
      const number = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
      if (typeof number !== "number" || !Number.isFinite(number)) throw unparsable(given, "Edm.Double");
      return rounded(number, type.kind === "number" ? type.scale : 0);
    }
    case "date":
      // Wall clock without a zone (EB, HC): a zone or a part of a second is refused, so that no day can shift.
      if (typeof given !== "string" || !DATE.test(given) || Number.isNaN(Date.parse(`${given}Z`))) {
        throw unparsable(given, "Edm.DateTime");
      }
      return given;
  }
}

/** An attribute keeps so many places after the point. */
export function rounded(number: number, scale: number): number {
  const factor = 10 ** scale;
  return Math.round((number + Number.EPSILON) * factor) / factor;
}
