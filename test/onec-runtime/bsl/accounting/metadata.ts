import { BslArray, BslStructure } from "../collections.ts";
import { played } from "../platform.ts";
import { BslException, type BslObject, BslType, type BslUuid, requireString, same, type Value } from "../values.ts";
import { EntityObject } from "./objects.ts";
import { ENUMERATIONS, type FieldType, type ObjectSchema } from "./schema.ts";
import { findName, type Store, setDescriber } from "./store.ts";

const KINDS: Readonly<Record<string, string>> = { Справочники: "Справочник.", Документы: "Документ." };

/** What a configuration has beside its objects. */
export interface ConfigurationParts {
  readonly version: string;
  readonly commonModules: readonly string[];
}

/** «Метаданные», «Справочники», «Документы», «Перечисления» and «ПланыСчетов» over a store. */
export function openMetadata(store: Store, { version, commonModules }: ConfigurationParts) {
  const enumerations = new Map(
    Object.entries(ENUMERATIONS).map(([name, values]) => [name, describeEnumeration(name, values)]),
  );
  const objects = new Map([...store.schema.values()].map((schema) => [schema.table, describeObject(schema)]));
  setDescriber((_, table) => objects.get(table) as BslObject);
  const byType = (type: Value): Value => {
    const named = (type as BslType).named.replace("Ссылка.", ".");
    return objects.get(named) ?? enumerations.get(named.replace("Перечисление.", ""));
  };
  const ofKind = (prefix: string) =>
    collection(
      [...objects].flatMap(([table, it]) => (table.startsWith(prefix) ? [[table.slice(prefix.length), it]] : [])),
    );
  const registers = Object.keys(store.registers).map((name) => [name, new BslStructure({ Имя: name })] as const);
  const metadata: BslObject = {
    type: "ОбъектМетаданныхКонфигурация",
    get(name) {
      if (name === "имя") return "БухгалтерияПредприятия";
      if (name === "версия") return version;
      if (name === "справочники") return ofKind("Справочник.");
      if (name === "документы") return ofKind("Документ.");
      if (name === "перечисления") return collection([...enumerations]);
      if (name === "регистрысведений") return collection(registers);
      if (name === "общиемодули") return collection(commonModules.map((one) => [one, new BslStructure({ Имя: one })]));
      throw new BslException(`Поле объекта не обнаружено (${name})`);
    },
    call: (_, args) => byType(args[0]),
  };
  return {
    Метаданные: metadata,
    Справочники: managers(store, KINDS.Справочники as string),
    Документы: managers(store, KINDS.Документы as string),
    ПланыСчетов: managers(store, "ПланСчетов."),
    Перечисления: collection(
      Object.entries(ENUMERATIONS).map(([name, values]) => [
        name,
        collection(values.map((value) => [value, store.ref(`Перечисление.${name}`, value)])),
      ]),
    ),
  };
}

/** A collection by names: a property, an index or «Найти». An unknown name is an exception, as in 1C. */
function collection(entries: readonly (readonly [string, Value])[]): BslObject {
  const byName = new Map(entries.map(([name, value]) => [name.toLowerCase(), value]));
  const read = (name: string): Value => {
    if (!byName.has(name.toLowerCase())) throw new BslException(`Поле объекта не обнаружено (${name})`);
    return byName.get(name.toLowerCase());
  };
  return {
    type: "КоллекцияОбъектовМетаданных",
    get: read,
    item: (key) => read(String(key)),
    items: () => entries.map(([, value]) => value),
    call(name, args) {
      if (name === "содержит") return [...byName.values()].some((value) => same(value, args[0]));
      return byName.get(requireString(args[0], name).toLowerCase());
    },
  };
}

function describeObject({
  table,
  name,
  titleLength,
  hierarchical,
  fields,
  sections,
  standard,
}: ObjectSchema): BslObject {
  const own = Object.entries(fields).filter(([field]) => !standard.includes(field));
  const parts = new BslStructure({
    Имя: name,
    ДлинаНаименования: titleLength,
    Иерархический: hierarchical,
    Реквизиты: describeFields(own),
    СтандартныеРеквизиты: new BslArray(standard.map((one) => new BslStructure({ Имя: one }))),
    ТабличныеЧасти: collection(
      Object.entries(sections).map(([section, columns]) => [
        section,
        new BslStructure({ Имя: section, Реквизиты: describeFields(Object.entries(columns)) }),
      ]),
    ),
  });
  return { type: "ОбъектМетаданных", get: (field) => parts.get(field), call: () => table };
}

function describeFields(fields: readonly (readonly [string, FieldType])[]): BslObject {
  return collection(fields.map(([name, type]) => [name, new BslStructure({ Имя: name, Тип: describeType(type) })]));
}

function describeType(type: FieldType): BslObject {
  const names = type.kind === "ref" ? type.tables.map((table) => table.replace(".", "Ссылка.")) : [type.kind];
  return {
    type: "ОписаниеТипов",
    get: () => new BslStructure({ Длина: type.kind === "text" ? type.length : 0 }),
    call: () => new BslArray(names.map((name) => new BslType(name))),
  };
}

function describeEnumeration(name: string, values: readonly string[]): BslObject {
  const parts = new BslStructure({
    Имя: name,
    ЗначенияПеречисления: collection(values.map((value) => [value, new BslStructure({ Имя: value })])),
  });
  return { type: "ОбъектМетаданных", get: (field) => parts.get(field) };
}

function managers(store: Store, prefix: string): BslObject {
  const made = [...store.schema.values()].filter(({ table }) => table.startsWith(prefix));
  return collection(made.map(({ table, name }) => [name, manager(store, table)]));
}

function manager(store: Store, table: string): BslObject {
  const byCode = (code: Value) => store.rows(table).find(({ values }) => values.Код === code);
  const create = () => new EntityObject(store, table, store.newId(), null);
  const methods = played(`${table.replace(".", "Менеджер.")}`, {
    СоздатьЭлемент: create,
    СоздатьДокумент: create,
    ПолучитьСсылку: (id) => store.ref(table, id === undefined ? store.newId() : (id as BslUuid).text),
    НайтиПоКоду: (code) => store.ref(table, byCode(code)?.id ?? store.empty(table).id),
    ПустаяСсылка: () => store.empty(table),
  });
  return {
    ...methods,
    get(name) {
      const found = store
        .rows(table)
        .find(({ values }) => String(values.ИмяПредопределенныхДанных).toLowerCase() === name);
      if (found === undefined) throw new BslException(`Поле объекта не обнаружено (${name})`);
      return store.ref(table, found.id);
    },
    item(key) {
      const found = store.rows(table).find(({ values }) => values.ИмяПредопределенныхДанных === key);
      if (found === undefined) throw new BslException(`Поле объекта не обнаружено (${String(key)})`);
      return store.ref(table, found.id);
    },
  };
}

/** The exact name of a tabular section, or null. */
export function sectionName(store: Store, table: string, name: string): string | null {
  return findName(store.describe(table).sections, name) ?? null;
}
