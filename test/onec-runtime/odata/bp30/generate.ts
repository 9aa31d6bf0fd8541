/*
 * Makes `schema.txt` from facts about two releases of 1С:Бухгалтерия предприятия: `node generate.ts FACTS.json`.
 *
 * FACTS.json has `objects` by `Catalog.Имя`, each with `props` (CodeLength, NumberLength …), `owners`, `attrs`, `tabs`
 * and `predefined`; `enums` and `definedTypes` by name. An attribute has a `type`: `string(50)`, `string(2,fixed)`,
 * `number(15,2)`, `boolean`, `date(Date)`, `ValueStorage`, `CatalogRef.Имя`, `EnumRef.Имя`, `DefinedType.Имя`,
 * `Characteristic.Имя`, or a list of types. `req: 1` says that posting checks the attribute; `fill` is the fill value.
 * A predefined element has `code`, `desc`, `parent`, `folder`; an account also `type`, `off`, `flags`, `subconto`.
 * Values are of the newer release. `in: "B198"` or `in: "B151"` names the only release with the thing; `b151` holds the
 * difference of the older release.
 *
 * schema.txt has one thing a line:
 * - an enumeration: `Enum_Имя value|value@198`;
 * - an object: `Catalog_Имя code=9f name=100 numbered folders`, where `f` is a padded code;
 * - a field: `Имя kind(argument)`, then `only 198`, `but151 kind(argument)`, `req` or `req198`, `fill=value`;
 * - a dimension of a register: the same after `!`;
 * - a tabular section, before the columns: `[Секция]`;
 * - a predefined element: `=Имя …: наименование`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

interface Attribute {
  readonly type: string | readonly string[];
  readonly in?: string;
  readonly role?: string;
  readonly req?: number;
  readonly fill?: string;
  readonly b151?: { readonly type?: string | readonly string[]; readonly req?: number | null };
}

/** A predefined element by name. */
interface Predefined {
  readonly code?: string;
  readonly desc: string;
  readonly parent?: string;
  readonly folder?: number;
  readonly in?: string;
  readonly type?: string;
  /** Place in the order of accounts. */
  readonly order?: string;
  /** An account off the balance. */
  readonly off?: number;
  readonly flags?: readonly string[];
  /** Analytics by name; `(обороты)` keeps turnovers only. */
  readonly subconto?: readonly string[];
  readonly b151?: object;
}

interface Facts {
  readonly objects: Readonly<Record<string, FactObject>>;
  readonly enums: Readonly<
    Record<string, { readonly values: Readonly<Record<string, string | { readonly in?: string }>> }>
  >;
  readonly definedTypes: Readonly<Record<string, Attribute>>;
}

interface FactObject {
  readonly props: Readonly<Record<string, string>>;
  readonly owners?: readonly string[];
  readonly attrs?: Readonly<Record<string, Attribute>>;
  readonly tabs?: Readonly<
    Record<string, { readonly in?: string; readonly cols: Readonly<Record<string, Attribute>> }>
  >;
  readonly valueType?: readonly string[];
  readonly predefined?: Readonly<Record<string, Predefined>>;
  readonly b151?: { readonly props?: Readonly<Record<string, string>> };
}

const CHART = "ChartOfAccounts.Хозрасчетный";
const ANALYTICS = "ChartOfCharacteristicTypes.ВидыСубконтоХозрасчетные";

/** The objects that the relay, its checks or the handlers of these objects touch. */
const WANTED: readonly string[] = [
  ...["Контрагенты", "ВидыКонтактнойИнформации", "Банки", "КлассификаторБанков", "БанковскиеСчета"],
  "ДоговорыКонтрагентов",
  ...["Номенклатура", "Валюты", "Склады", "СтатьиЗатрат", "НоменклатурныеГруппы", "СтатьиДвиженияДенежныхСредств"],
  ...["ПодразделенияОрганизаций", "ВидыНоменклатуры", "ФизическиеЛица", "Должности", "СтраныМира", "Организации"],
  ...["ПоступлениеТоваровУслуг", "РеализацияТоваровУслуг", "ПлатежноеПоручение", "Контрагенты"].map(
    (owner) => `${owner}ПрисоединенныеФайлы`,
  ),
].map((name) => `Catalog.${name}`);
const OTHERS: readonly string[] = [
  ANALYTICS,
  CHART,
  ...["СчетаУчетаНоменклатуры", "ОтветственныеЛицаОрганизаций", "СостоянияБанковскихДокументов"].map(
    (name) => `InformationRegister.${name}`,
  ),
  ...["ПоступлениеТоваровУслуг", "РеализацияТоваровУслуг", "ПлатежноеПоручение", "СписаниеСРасчетногоСчета"].map(
    (name) => `Document.${name}`,
  ),
];

/** Accounts in documents of the relay and in 1C's own filling of documents; parents come too. */
const ACCOUNTS: readonly string[] = [
  ...["19.03", "19.04", "20.01", "25", "26", "44.01", "51", "60.01", "60.02", "62.01", "62.02", "76.05", "76.06"],
  ...["76.09", "90.01.1", "90.02.1", "90.03", "91.02"],
];
/** Folders of the kinds of contact information that are taken. */
const CONTACT_FOLDERS: readonly string[] = ["СправочникКонтрагенты", "СправочникОрганизации"];
/** Objects whose predefined elements are all taken. */
const WITH_PREDEFINED: readonly string[] = [
  "Catalog.СтатьиЗатрат",
  "Catalog.СтатьиДвиженияДенежныхСредств",
  "Catalog.СтраныМира",
];

const [path = ""] = process.argv.slice(2);
const facts = JSON.parse(readFileSync(path, "utf8")) as Facts;
const usedEnums = new Set<string>();
const lines = [...WANTED, ...OTHERS].flatMap(describeObject);
const enums = [...usedEnums].toSorted().map(describeEnum);
writeFileSync(new URL("schema.txt", import.meta.url), `${[...enums, "", ...lines].join("\n")}\n`);

function describeObject(name: string): string[] {
  const object = facts.objects[name];
  if (object === undefined) throw new Error(`No facts about ${name}`);
  const attributes = Object.entries(object.attrs ?? {}).filter((each) => isField(object, ...each));
  const isRegister = name.startsWith("InformationRegister.");
  const own = attributes.filter(([, { role }]) => !isRegister || role === "Dimension");
  const rest = isRegister ? attributes.filter(([, { role }]) => role !== "Dimension") : [];
  return [
    `${name.replace(".", "_")} ${describeHead(object)}${describeFormerHead(object)}`.trimEnd(),
    ...own.map(([key, attribute]) => describeAttribute(isRegister ? `!${key}` : key, attribute)),
    ...rest.map(([key, attribute]) => describeAttribute(key, attribute)),
    ...Object.entries(object.tabs ?? {}).flatMap(([key, tab]) => [
      `[${key}]${tab.in === undefined ? "" : ` only ${tab.in.slice(1)}`}`,
      ...Object.entries(tab.cols).map(([column, attribute]) => describeAttribute(column, attribute)),
    ]),
    ...describeAnalyticsTab(object),
    ...choosePredefined(name, object.predefined ?? {}).map(describePredefined),
    "",
  ];
}

function describeHead({ props, owners = [] }: FactObject): string {
  const words: string[] = [];
  const length = props.CodeLength ?? props.NumberLength ?? "0";
  const isFixed = (props.CodeAllowedLength ?? props.NumberAllowedLength) === "Fixed";
  if (length !== "0") words.push(`code=${length}${isFixed ? "f" : ""}`);
  if (props.DescriptionLength !== undefined) words.push(`name=${props.DescriptionLength}`);
  if (props.OrderLength !== undefined) words.push(`order=${props.OrderLength}`);
  if (props.Autonumbering === "true") words.push("numbered");
  if (props.Hierarchical === "true") words.push(props.HierarchyType === "HierarchyOfItems" ? "tree" : "folders");
  if (props.InformationRegisterPeriodicity !== undefined && props.InformationRegisterPeriodicity !== "Nonperiodical") {
    words.push("periodic");
  }
  if (owners.length > 0) words.push(`owners=${owners.map((owner) => owner.replace(".", "_")).join("|")}`);
  return words.join(" ");
}

/** The head of the older release, where lengths or numbering differ. */
function describeFormerHead(object: FactObject): string {
  const former = describeHead({ ...object, props: { ...object.props, ...object.b151?.props } });
  return former === describeHead(object) ? "" : ` but151 ${former}`;
}

/** A flag of analytics belongs to the rows of analytics. A flag of an account is a field of accounts, too. */
function isField({ predefined = {} }: FactObject, name: string, { role }: Attribute): boolean {
  return (
    role !== "ExtDimensionAccountingFlag" ||
    Object.values(predefined).some(({ flags }) => flags?.includes(name) ?? false)
  );
}

/** The platform's own tabular section of a chart of accounts. */
function describeAnalyticsTab({ attrs = {} }: FactObject): string[] {
  const flags = Object.entries(attrs).filter(([, { role }]) => role === "ExtDimensionAccountingFlag");
  if (flags.length === 0) return [];
  const own = [`ExtDimensionType_Key ref(${ANALYTICS.replace(".", "_")})`, "TurnoversOnly bool", "Predefined bool"];
  return ["[ExtDimensionTypes]", ...own, ...flags.map(([name]) => `${name} bool`)];
}

function choosePredefined(object: string, all: Readonly<Record<string, Predefined>>): [string, Predefined][] {
  const entries = Object.entries(all);
  if (WITH_PREDEFINED.includes(object)) return entries;
  if (object === CHART) return entries.filter(([, { code }]) => isAccount(code));
  if (object === ANALYTICS) {
    const accounts = choosePredefined(CHART, facts.objects[CHART]?.predefined ?? {});
    const used = new Set(accounts.flatMap(([, { subconto = [] }]) => subconto.map(toAnalytics)));
    return entries.filter(([name]) => used.has(name));
  }
  if (object !== "Catalog.ВидыКонтактнойИнформации") return [];
  return entries.filter(([name, { parent = "" }]) => [name, parent].some((each) => CONTACT_FOLDERS.includes(each)));
}

/** Whether a code is of a named account or of a parent. */
function isAccount(code = ""): boolean {
  return ACCOUNTS.some((account) => account === code || account.startsWith(`${code}.`));
}

function toAnalytics(text: string): string {
  return text.replace(/\(.*$/, "");
}

function describePredefined([name, element]: [string, Predefined]): string {
  if (element.b151 !== undefined) throw new Error(`No notation for what differs in ${name}`);
  const { code, parent, type, flags = [], subconto = [] } = element;
  const words = [
    `=${name}`,
    ...(code === undefined ? [] : [`code=${code.trimEnd()}`]),
    ...(parent === undefined ? [] : [`parent=${parent}`]),
    ...(element.folder === undefined ? [] : ["folder"]),
    ...(type === undefined ? [] : [`type=${type}`]),
    ...(element.off === undefined ? [] : ["off"]),
    ...(flags.length === 0 ? [] : [`flags=${flags.join("|")}`]),
    ...(subconto.length === 0 ? [] : [`subconto=${subconto.join("|")}`]),
    ...(element.in === undefined ? [] : [`only ${element.in.slice(1)}`]),
  ];
  return `${words.join(" ")}: ${element.desc}`;
}

function describeAttribute(name: string, attribute: Attribute): string {
  const type = describeType(attribute.type);
  const before = attribute.b151?.type;
  // A list of differences concerns only types that the stand-in lacks.
  const former = typeof before === "string" || Array.isArray(before) ? describeType(before) : null;
  const words = [
    `${name}${toSuffix(type)} ${type}`,
    ...(attribute.in === undefined ? [] : [`only ${attribute.in.slice(1)}`]),
    ...(former === null ? [] : [`but151 ${former}`]),
    ...describeRequirement(attribute),
    ...describeFill(attribute),
  ];
  return words.join(" ");
}

/** `req`, or `req` with the only release of the check. */
function describeRequirement({ req, b151 }: Attribute): string[] {
  const isRequired = req === 1;
  const wasRequired = b151?.req === undefined ? isRequired : b151.req === 1;
  if (isRequired && wasRequired) return ["req"];
  if (isRequired) return ["req198"];
  return wasRequired ? ["req151"] : [];
}

/**
 * `Enum.Имя.EnumValue.Значение` gives the value, `Catalog.Имя.Элемент` set and element. Blanks fill nothing. The fill
 * value of a flag of analytics is that of the row of analytics.
 */
function describeFill({ fill = "", role, type }: Attribute): string[] {
  if (fill.trim() === "" || role === "ExtDimensionAccountingFlag" || typeof type !== "string") return [];
  const value = fill.replace(/^Enum\..*\.EnumValue\./, "").replace(/^Catalog\./, "Catalog_");
  return [`fill=${value}`];
}

/** A field of one kind of reference has `_Key` in its name. */
function toSuffix(type: string): string {
  return type.startsWith("ref(") ? "_Key" : "";
}

/** A type in the notation that `parseKind` of schema.ts reads. */
function describeType(type: string | readonly string[]): string {
  if (typeof type !== "string") return describeComposite(type);
  const [, kind = type, argument = ""] = /^([\p{L}]+)(?:[.(](.*?)\)?)?$/u.exec(type) ?? [];
  const [first = "", second = ""] = argument.split(",");
  switch (kind) {
    case "string":
      return first === "0" ? "str" : second === "fixed" ? `fixed(${first})` : `str(${first})`;
    case "boolean":
      return "bool";
    case "date":
      return "date";
    case "UUID":
      return "ref()";
    case "number":
      // Recorded answers: five digits are Edm.Int64, one digit is Edm.Int16.
      return second !== "0" ? `num(${second})` : Number(first) > 4 ? "int" : "short";
    case "EnumRef":
      usedEnums.add(argument);
      return `enum(${argument})`;
    case "DefinedType":
      return describeType(facts.definedTypes[argument]?.type ?? []);
    case "Characteristic":
      return describeComposite(facts.objects[`ChartOfCharacteristicTypes.${argument}`]?.valueType ?? []);
    case "ValueStorage":
      return "storage";
    default:
      return `ref(${type.replace("Ref.", "_")})`;
  }
}

/** Lists only the types that the stand-in has: a field of analytics has hundreds. */
function describeComposite(types: readonly string[]): string {
  const known = types
    .map((type) => type.replace("Ref.", "_"))
    .filter((type) => [...WANTED, ...OTHERS].some((wanted) => wanted.replace(".", "_") === type));
  return `any(${known.toSorted().join("|")})`;
}

function describeEnum(name: string): string {
  const values = Object.entries(facts.enums[name]?.values ?? {}).map(([value, facts]) => {
    const only = typeof facts === "string" ? undefined : facts.in;
    return only === undefined ? value : `${value}@${only.slice(1)}`;
  });
  return `Enum_${name} ${values.join("|")}`.trimEnd();
}
