/*
 * Makes `schema.txt` from facts about two releases of 1С:Бухгалтерия предприятия: `node generate.ts FACTS.json`.
 *
 * FACTS.json: `objects` by `Catalog.Имя`, each with `props` (CodeLength, NumberLength …), `owners`, `attrs`, `tabs`;
 * `enums` and `definedTypes` by name. An attribute has `type`: `string(50)`, `string(2,fixed)`, `number(15,2)`, `boolean`,
 * `date(Date)`, `CatalogRef.Имя`, `EnumRef.Имя`, `DefinedType.Имя`, `Characteristic.Имя`, or a list of them. Values are of
 * the newer release. `in: "B198"` or `in: "B151"` names the only release with the attribute; `b151` holds the difference
 * of the older release.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

interface Attribute {
  readonly type: string | readonly string[];
  readonly in?: string;
  readonly role?: string;
  readonly b151?: { readonly type?: string | readonly string[] };
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
}

/** The objects that the relay, its checks or the handlers of these objects touch. */
const WANTED: readonly string[] = [
  ...["Контрагенты", "ВидыКонтактнойИнформации", "Банки", "БанковскиеСчета", "ДоговорыКонтрагентов"],
  ...["Номенклатура", "Валюты", "Склады", "СтатьиЗатрат", "НоменклатурныеГруппы", "СтатьиДвиженияДенежныхСредств"],
  ...["ПодразделенияОрганизаций", "ВидыНоменклатуры", "ФизическиеЛица", "Должности", "СтраныМира", "Организации"],
  ...["ПоступлениеТоваровУслугПрисоединенныеФайлы", "КонтрагентыПрисоединенныеФайлы"],
].map((name) => `Catalog.${name}`);
const OTHERS: readonly string[] = [
  "ChartOfAccounts.Хозрасчетный",
  ...["СчетаУчетаНоменклатуры", "ОтветственныеЛицаОрганизаций", "СостоянияБанковскихДокументов"].map(
    (name) => `InformationRegister.${name}`,
  ),
  ...["ПоступлениеТоваровУслуг", "РеализацияТоваровУслуг", "ПлатежноеПоручение", "СписаниеСРасчетногоСчета"].map(
    (name) => `Document.${name}`,
  ),
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
  const attributes = Object.entries(object.attrs ?? {});
  const isRegister = name.startsWith("InformationRegister.");
  const own = attributes.filter(([, { role }]) => !isRegister || role === "Dimension");
  const rest = isRegister ? attributes.filter(([, { role }]) => role !== "Dimension") : [];
  return [
    `${name.replace(".", "_")} ${describeHead(object)}`.trimEnd(),
    ...own.flatMap(([key, attribute]) => describeAttribute(isRegister ? `!${key}` : key, attribute)),
    ...rest.flatMap(([key, attribute]) => describeAttribute(key, attribute)),
    ...Object.entries(object.tabs ?? {}).flatMap(([key, tab]) => [
      `[${key}]${tab.in === undefined ? "" : ` only ${tab.in.slice(1)}`}`,
      ...Object.entries(tab.cols).flatMap(([column, attribute]) => describeAttribute(column, attribute)),
    ]),
    "",
  ];
}

function describeHead({ props, owners = [] }: FactObject): string {
  const words: string[] = [];
  const length = props.CodeLength ?? props.NumberLength ?? "0";
  const isFixed = (props.CodeAllowedLength ?? props.NumberAllowedLength) === "Fixed";
  if (length !== "0") words.push(`code=${length}${isFixed ? "f" : ""}`);
  if (props.DescriptionLength !== undefined) words.push(`name=${props.DescriptionLength}`);
  if (props.Autonumbering === "true") words.push("numbered");
  if (props.Hierarchical === "true" && props.HierarchyType === "HierarchyFoldersAndItems") words.push("folders");
  if (props.InformationRegisterPeriodicity !== undefined && props.InformationRegisterPeriodicity !== "Nonperiodical") {
    words.push("periodic");
  }
  if (owners.length > 0) words.push(`owners=${owners.map((owner) => owner.replace(".", "_")).join("|")}`);
  return words.join(" ");
}

function describeAttribute(name: string, attribute: Attribute): string[] {
  const type = describeType(attribute.type);
  if (type === null) return [];
  const before = attribute.b151?.type;
  // A list of differences concerns only types that the stand-in lacks.
  const former = typeof before === "string" || Array.isArray(before) ? describeType(before) : null;
  const only = attribute.in === undefined ? "" : ` only ${attribute.in.slice(1)}`;
  return [`${name}${toSuffix(type)} ${type}${only}${former === null ? "" : ` but151 ${former}`}`];
}

/** A field of one kind of reference has `_Key` in its name. */
function toSuffix(type: string): string {
  return type.startsWith("ref(") ? "_Key" : "";
}

/** A type in the notation of `properties` in schema.ts; null for a type that OData does not answer as a plain value. */
function describeType(type: string | readonly string[]): string | null {
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
      return null;
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
