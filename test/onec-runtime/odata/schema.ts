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

/** Properties from lines `Имя kind(argument)`; several names of one kind may share a line: `Один, Два str`. */
export function properties(text: string): Property[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .flatMap((line) => {
      const [, names = "", kind = "", argument = ""] = /^(.*?)\s+(\w+)(?:\((.*)\))?$/.exec(line) ?? [];
      const make = KINDS[kind];
      if (make === undefined) throw new Error(`The schema cannot read the line ${line}`);
      return names.split(/,\s*/).map((name) => ({ name, type: make(argument) }));
    });
}

/** Tabular sections from a name and its lines. */
export function sections(given: Readonly<Record<string, string>>): Section[] {
  return Object.entries(given).map(([name, text]) => ({
    name,
    properties: [...properties("Ref_Key ref\nLineNumber int"), ...properties(text)],
  }));
}

/** {@link formatCatalog} */
export interface CatalogShape {
  /** Length of the code; 0: it has none. */
  readonly code: number;
  /** False: the code is typed (БИК, currency), not given. */
  readonly numbered?: boolean;
  readonly description: number;
  /** Groups: Parent_Key and IsFolder. */
  readonly folders?: boolean;
  /** What it is subordinate to: one kind is `Owner_Key`, several are the composite `Owner`. */
  readonly owners?: readonly string[];
  readonly sections?: Readonly<Record<string, string>>;
}

/** A catalog (справочник). */
export function catalog(name: string, shape: CatalogShape, own: string): Entity {
  const owners = shape.owners ?? [];
  const owner =
    owners.length === 0 ? "" : owners.length === 1 ? `Owner_Key ref(${owners[0]})` : `Owner any(${owners.join("|")})`;
  const set = `Catalog_${name}`;
  return {
    name: set,
    category: "catalog",
    properties: [
      ...properties(`Ref_Key ref(${set})\nDataVersion str\nDeletionMark bool\n${owner}`),
      ...properties(shape.folders ? `Parent_Key ref(${set})\nIsFolder bool` : ""),
      ...properties(`${shape.code > 0 ? `Code str(${shape.code})` : ""}\nDescription str(${shape.description})`),
      ...properties(own),
      ...properties("Predefined bool\nPredefinedDataName str"),
    ],
    sections: sections(shape.sections ?? {}),
    key: ["Ref_Key"],
    periodic: false,
    numbering: shape.code > 0 && shape.numbered !== false ? { property: "Code", length: shape.code } : null,
  };
}

/** A document (документ); its number has 11 places, the organisation's prefix in front (GA). */
export function document(name: string, own: string, tables: Readonly<Record<string, string>> = {}): Entity {
  const set = `Document_${name}`;
  return {
    name: set,
    category: "document",
    properties: [
      ...properties(`Ref_Key ref(${set})\nDataVersion str\nDeletionMark bool\nNumber str(11)\nDate date\nPosted bool`),
      ...properties(own),
    ],
    sections: sections(tables),
    key: ["Ref_Key"],
    periodic: false,
    numbering: { property: "Number", length: 11 },
  };
}

/** A chart of accounts (план счетов). */
export function accounts(name: string, own: string): Entity {
  const set = `ChartOfAccounts_${name}`;
  return {
    name: set,
    category: "accounts",
    properties: [
      ...properties(`Ref_Key ref(${set})\nDataVersion str\nDeletionMark bool\nParent_Key ref(${set})`),
      ...properties("Code str(8)\nDescription str(120)"),
      ...properties(own),
      ...properties("Predefined bool\nPredefinedDataName str"),
    ],
    sections: [],
    key: ["Ref_Key"],
    periodic: false,
    numbering: null,
  };
}

/** An independent information register (регистр сведений): no Ref_Key and no DataVersion (P9). */
export function register(name: string, dimensions: string, resources: string, periodic = false): Entity {
  const own = properties(dimensions);
  return {
    name: `InformationRegister_${name}`,
    category: "register",
    properties: [...(periodic ? properties("Period date") : []), ...own, ...properties(resources)],
    sections: [],
    key: [...(periodic ? ["Period"] : []), ...own.map((dimension) => dimension.name)],
    periodic,
    numbering: null,
  };
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
