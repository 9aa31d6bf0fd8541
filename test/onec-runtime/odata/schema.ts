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
  | { readonly kind: "composite"; readonly types: readonly string[] }
  /** ХранилищеЗначения: `Имя_Type` and `Имя_Base64Data`; the property itself is a stream. */
  | { readonly kind: "storage" };

/** A predefined element that a new object's reference is filled with. */
export interface ElementName {
  readonly set: string;
  readonly element: string;
}

/** A property of an entity or of a row. */
export interface Property {
  readonly name: string;
  readonly type: PropertyKind;
  /** Проверка заполнения: posting checks it, a plain write never does. БП's handlers lift the check for some documents. */
  readonly isRequired?: boolean;
  /** Значение заполнения, as in JSON. */
  readonly fill?: string | number | boolean | ElementName;
}

/** A predefined element (предопределенный элемент), which every base of the release has. */
export interface Predefined {
  readonly name: string;
  readonly description: string;
  readonly code: string;
  /** Name of the predefined parent. */
  readonly parent: string | null;
  readonly isFolder: boolean;
  /** Null: no account. */
  readonly account: PredefinedAccount | null;
}

/** The fields of a predefined account beside code and name. */
export interface PredefinedAccount {
  readonly type: string;
  readonly isOffBalance: boolean;
  readonly flags: readonly string[];
  readonly analytics: readonly { readonly name: string; readonly isTurnoversOnly: boolean }[];
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
  /** Standard properties, then the configuration's own. */
  readonly properties: readonly Property[];
  readonly sections: readonly Section[];
  /** Dimensions of a register, with the type of a composite; `["Ref_Key"]` of other objects. */
  readonly key: readonly string[];
  /** Periodic registers have SliceLast. */
  readonly periodic: boolean;
  /** How codes and numbers are given; null: they are typed. */
  readonly numbering: { readonly property: "Code" | "Number"; readonly length: number } | null;
  readonly predefined: readonly Predefined[];
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
  storage: () => ({ kind: "storage" }),
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
    case "storage":
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

/** Names in JSON of one property: a composite and a storage have two. */
export function jsonNames({ name, type }: Property): string[] {
  if (type.kind === "storage") return [`${name}_Type`, `${name}_Base64Data`];
  return type.kind === "composite" ? [name, `${name}_Type`] : [name];
}
