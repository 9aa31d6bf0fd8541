/** What one property holds. The same table gives `$metadata`, the checks of a write and the defaults of a new row. */
export type PropertyKind =
  /** `length` absent: any; what is longer is cut without a word (P8). `fixed`: padded with spaces (GA). */
  | { readonly kind: "string"; readonly length?: number; readonly fixed?: boolean }
  /** A plain Edm.String in `$metadata` (P4). */
  | { readonly kind: "enum"; readonly values: readonly string[] }
  /** A reference to one kind of object. */
  | { readonly kind: "guid"; readonly to: string | null }
  | { readonly kind: "boolean" }
  /** Edm.Double, rounded to the attribute's scale. */
  | { readonly kind: "number"; readonly scale: number }
  /** Edm.Int64, a string in JSON (GA). */
  | { readonly kind: "int64" }
  | { readonly kind: "int16" }
  /** Wall clock without a zone. */
  | { readonly kind: "date" }
  /** A reference to objects of several kinds: `Имя` and `Имя_Type` (DOC). */
  | { readonly kind: "composite"; readonly types: readonly string[] };

/** A property of an entity or of a row. */
export interface Property {
  readonly name: string;
  readonly type: PropertyKind;
}

/** A tabular section (табличная часть). */
export interface Section {
  readonly name: string;
  readonly properties: readonly Property[];
}

/** An entity set with all that can be said of it. */
export interface Entity {
  readonly name: string;
  readonly category: "catalog" | "document" | "accounts" | "register";
  /** Own and standard properties, in the order of a recorded answer. */
  readonly properties: readonly Property[];
  readonly sections: readonly Section[];
  /** Dimensions of a register; `["Ref_Key"]` of all else. */
  readonly key: readonly string[];
  /** Periodic registers have SliceLast. */
  readonly periodic: boolean;
  /** How codes and numbers are given; null: they are typed. */
  readonly numbering: { readonly property: "Code" | "Number"; readonly length: number } | null;
}

export const EMPTY_GUID = "00000000-0000-0000-0000-000000000000";
export const EMPTY_DATE = "0001-01-01T00:00:00";
export const UNDEFINED_TYPE = "StandardODATA.Undefined";

const KINDS: Record<string, (argument: string) => PropertyKind> = {
  str: (length) => (length === "" ? { kind: "string" } : { kind: "string", length: Number(length) }),
  fixed: (length) => ({ kind: "string", length: Number(length), fixed: true }),
  enum: (values) => ({ kind: "enum", values: values === "" ? [] : values.split("|") }),
  ref: (to) => ({ kind: "guid", to: to === "" ? null : to }),
  bool: () => ({ kind: "boolean" }),
  num: (scale) => ({ kind: "number", scale: Number(scale || 2) }),
  int: () => ({ kind: "int64" }),
  short: () => ({ kind: "int16" }),
  date: () => ({ kind: "date" }),
  any: (types) => ({ kind: "composite", types: types === "" ? [] : types.split("|") }),
};

/** A kind from `kind(argument)`. Throws for an unknown kind. */
export function parseKind(text: string): PropertyKind {
  const [, kind = "", argument = ""] = /^(\w+)(?:\((.*)\))?$/.exec(text) ?? [];
  const make = KINDS[kind];
  if (make === undefined) throw new Error(`The schema cannot read ${text}`);
  return make(argument);
}

/** What a property is where nobody filled it (GA). */
export function defaultOf(type: PropertyKind): string | number | boolean {
  switch (type.kind) {
    case "string":
      return type.fixed ? " ".repeat(type.length ?? 0) : "";
    case "enum":
    case "composite":
      return "";
    case "guid":
      return EMPTY_GUID;
    case "boolean":
      return false;
    case "number":
    case "int16":
      return 0;
    case "int64":
      return "0";
    case "date":
      return EMPTY_DATE;
  }
}

/** Names in JSON of one property: a composite has two. */
export function jsonNames({ name, type }: Property): string[] {
  return type.kind === "composite" ? [name, `${name}_Type`] : [name];
}
