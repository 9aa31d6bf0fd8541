import { BslArray, BslMap, BslStructure } from "./collections.ts";
import { BslError } from "./lexer.ts";
import { enumeration, played } from "./platform.ts";
import { BslException, type BslObject, BslUuid, requireString, unknown, type Value } from "./values.ts";

/** A document of the played infobase. `fields` by their names in 1C; a change of them is a change of the document. */
export interface PlayedDocument {
  readonly kind: string;
  readonly id: string;
  fields: Record<string, Value>;
  version: number;
  marked: boolean;
}

type Row = Record<string, Value>;

/** As much of an infobase as the watching of documents uses: documents, and registers whose rows have a key. */
export interface PlayedInfobase {
  readonly registers: Readonly<Record<string, Row[]>>;
  /** Texts of the queries that were run. */
  readonly queries: string[];
  /** Writing into this register fails. */
  broken: string | null;
  add(kind: string, id: string, fields?: Record<string, Value>): PlayedDocument;
  document(id: string): PlayedDocument | undefined;
  remove(id: string): void;
  /** Reference to a document that is there, or was. */
  ref(kind: string, id: string): BslObject;
  /** ДокументОбъект as a subscription gets it. */
  object(document: PlayedDocument, loading?: boolean): BslObject;
  /** What the modules name. */
  readonly globals: Readonly<Record<string, Value>>;
  readonly types: Readonly<Record<string, (args: readonly Value[]) => Value>>;
}

/** What is read by a reference may be so old. */
const CACHE_SECONDS = 20;

/** An infobase with these registers, all empty. `now`: seconds. */
export function createInfobase(names: readonly string[], now: () => number): PlayedInfobase {
  const documents = new Map<string, PlayedDocument>();
  const refs = new Map<string, BslObject>();
  const cache = new Map<string, { readonly at: number; readonly document: PlayedDocument }>();
  const registers = Object.fromEntries(names.map((name) => [name, [] as Row[]]));
  const queries: string[] = [];

  /** A document as a reference shows it: 1C reads it from its cache of objects, where others' writing is not seen at once. */
  function cached(id: string): PlayedDocument | undefined {
    const known = cache.get(id);
    if (known !== undefined && now() - known.at < CACHE_SECONDS) return known.document;
    const document = documents.get(id);
    if (document !== undefined) cache.set(id, { at: now(), document: { ...document } });
    return document;
  }

  function ref(kind: string, id: string): BslObject {
    const known = refs.get(id);
    if (known !== undefined) return known;
    const made: BslObject = {
      type: `ДокументСсылка.${kind}`,
      get(name) {
        return member(cached(id), name);
      },
      call(name) {
        if (name === "уникальныйидентификатор") return new BslUuid(id);
        if (name === "метаданные") return new BslStructure({ Имя: kind });
        if (name === "получитьобъект") {
          const document = documents.get(id);
          return document === undefined ? undefined : base.object(document);
        }
        throw unknown(made, name);
      },
    };
    refs.set(id, made);
    return made;
  }

  /** Whether an inner join with the settings has its row: one of this name with a value above «&Граница». */
  function isJoined(text: string, parameters: ReadonlyMap<string, Value>): boolean {
    const joined = /СОЕДИНЕНИЕ РегистрСведений\.relay_Настройки КАК (\S+)/.exec(text)?.[1];
    if (joined === undefined) return true;
    const name = new RegExp(`${joined}\\.Имя = "([^"]+)"`).exec(text)?.[1];
    const above = parameters.get("Граница");
    if (name === undefined || !text.includes(`${joined}.Значение > &Граница`) || typeof above !== "string")
      throw new BslError(`This infobase cannot join so: ${text}`);
    return registers.relay_Настройки?.some((row) => row.Имя === name && String(row.Значение) > above) === true;
  }

  function run(text: string, parameters: ReadonlyMap<string, Value>): Row[] {
    queries.push(text);
    const register = names.find((name) => text.includes(`РегистрСведений.${name} `));
    if (register !== undefined) {
      const rows = registers[register] as Row[];
      const key = parameters.get("Документ");
      const keys = parameters.get("Ключи") as BslArray | undefined;
      if (text.includes("Ключ = &Документ"))
        return isJoined(text, parameters) ? rows.filter((row) => row.Ключ === key) : [];
      return text.includes("Ключ В (&Ключи)") ? rows.filter((row) => keys?.list.includes(row.Ключ) === true) : rows;
    }
    const kind = /Документ\.([А-Яа-я]+) КАК/.exec(text)?.[1];
    if (kind === undefined) throw new BslError(`This infobase has no answer to: ${text}`);
    const asked = (parameters.get("Ссылки") as BslArray).list;
    return [...documents.values()]
      .filter((document) => document.kind === kind && asked.includes(ref(kind, document.id)))
      .map(({ id, version, marked }) => ({
        Ссылка: ref(kind, id),
        ВерсияДанных: `v${version}`,
        ПометкаУдаления: marked,
      }));
  }

  const base: PlayedInfobase = {
    registers,
    queries,
    broken: null,
    add(kind, id, fields = {}) {
      const document = { kind, id, fields, version: 1, marked: false };
      documents.set(id, document);
      return document;
    },
    document: (id) => documents.get(id),
    remove: (id) => void documents.delete(id),
    ref,
    object(document, loading = false) {
      const made: BslObject = {
        type: `ДокументОбъект.${document.kind}`,
        get(name) {
          if (name === "ссылка") return ref(document.kind, document.id);
          if (name === "обменданными") return new BslStructure({ Загрузка: loading });
          return member(document, name);
        },
        call(name) {
          if (name === "метаданные") return new BslStructure({ Имя: document.kind });
          throw unknown(made, name);
        },
      };
      return made;
    },
    globals: {
      РегистрыСведений: new BslStructure(
        Object.fromEntries(names.map((name) => [name, registerManager(name, registers, () => base.broken === name)])),
      ),
      Документы: documentManagers(ref),
      ОбходРезультатаЗапроса: enumeration("ОбходРезультатаЗапроса", ["ПоГруппировкам"]),
    },
    types: { запрос: () => query(run) },
  };
  return base;
}

function member(document: PlayedDocument | undefined, name: string): Value {
  if (name === "версияданных" && document !== undefined) return `v${document.version}`;
  if (name === "пометкаудаления" && document !== undefined) return document.marked;
  const found = Object.entries(document?.fields ?? {}).find(([key]) => key.toLowerCase() === name);
  if (found === undefined) throw new BslException(`Поле объекта не обнаружено (${name})`);
  return found[1];
}

function documentManagers(ref: (kind: string, id: string) => BslObject): BslObject {
  return {
    type: "ДокументыМенеджер",
    item: (kind) =>
      played("ДокументМенеджер", {
        ПолучитьСсылку: (id) => ref(requireString(kind, "Документы[]"), (id as BslUuid).text),
      }),
  };
}

/** A register whose records have one dimension, «Ключ» or in the settings «Имя»: record sets and record managers. */
export function registerManager(name: string, registers: Record<string, Row[]>, broken: () => boolean): BslObject {
  const rows = () => registers[name] as Row[];
  const dimension = name === "relay_Настройки" ? "Имя" : "Ключ";
  const without = (key: Value) => rows().filter((row) => row[dimension] !== key);
  const write = (next: Row[]) => {
    if (broken()) throw new BslException(`Запись в ${name} не удалась`);
    rows().splice(0, rows().length, ...next);
  };
  return played(`РегистрСведенийМенеджер.${name}`, {
    СоздатьНаборЗаписей() {
      const added: Record<string, Value>[] = [];
      const filter: { key: Value } = { key: undefined };
      const exchange = new BslStructure({ Загрузка: false });
      const set: BslObject = {
        type: `РегистрСведенийНаборЗаписей.${name}`,
        get(member) {
          if (member === "обменданными") return exchange;
          if (member !== "отбор") throw unknown(set, member);
          const choose = (key: Value) => {
            filter.key = key;
            return undefined;
          };
          return new BslStructure({ [dimension]: played("ЭлементОтбора", { Установить: choose }) });
        },
        call(member, args) {
          if (member === "добавить") {
            const row: Row = {};
            added.push(row);
            return record(row);
          }
          if (member !== "записать") throw unknown(set, member);
          // Without a filter, to replace would be to empty the register.
          if (args[0] === false) write([...rows(), ...added]);
          else if (filter.key === undefined) throw new BslError("A set without a filter replaces the whole register");
          else write([...without(filter.key), ...added]);
          return undefined;
        },
      };
      return set;
    },
    СоздатьМенеджерЗаписи() {
      const row: Row = {};
      let chosen = false;
      const manager: BslObject = {
        ...record(row),
        call(member) {
          if (member === "выбран") return chosen;
          if (member === "записать") write([...without(row[dimension]), { ...row }]);
          else if (member === "удалить") write(without(row[dimension]));
          else if (member === "прочитать") {
            const found = rows().find((each) => each[dimension] === row[dimension]);
            chosen = found !== undefined;
            Object.assign(row, found);
          } else throw unknown(manager, member);
          return undefined;
        },
      };
      return manager;
    },
  });
}

const FIELDS = [
  ...["Ключ", "Документ", "Вид", "ИмяДокумента", "Дата", "Версия", "Отпечаток"],
  ...["Тип", "Тело", "Создано", "Следующая", "Попыток", "Ошибка", "Отклонено"],
  ...["Имя", "Значение", "СозданаНами", "ОсновнойСчет", "Ответ", "Момент"],
];
/** Values of the fields that were never set. */
const EMPTY: Readonly<Record<string, Value>> = {
  ...{ Попыток: 0, Отклонено: false, СозданаНами: false, Ключ: "", Значение: "", ОсновнойСчет: "" },
};

function record(row: Row): BslObject {
  const known = (name: string) => {
    const found = FIELDS.find((each) => each.toLowerCase() === name);
    if (found === undefined) throw new BslError(`The records have no ${name}`);
    return found;
  };
  return {
    type: "РегистрСведенийЗапись",
    get: (name) => row[known(name)] ?? EMPTY[known(name)],
    set(name, value) {
      row[known(name)] = value;
    },
  };
}

/** Запрос with the answers of `run`. */
export function query(run: (text: string, parameters: ReadonlyMap<string, Value>) => Row[]): BslObject {
  const parameters = new Map<string, Value>();
  let text = "";
  const made: BslObject = {
    type: "Запрос",
    get(name) {
      if (name === "текст") return text;
      throw unknown(made, name);
    },
    set(name, value) {
      if (name !== "текст") throw unknown(made, name);
      text = requireString(value, "Запрос.Текст");
    },
    call(name, args) {
      if (name === "установитьпараметр") {
        parameters.set(requireString(args[0], "УстановитьПараметр"), args[1]);
        return undefined;
      }
      if (name !== "выполнить") throw unknown(made, name);
      const rows = run(text, parameters);
      return played("РезультатЗапроса", {
        Выбрать: (how) => (how === undefined ? selection(rows) : selection(grouped(text, rows))),
        Выгрузить: () => table(rows),
      });
    },
  };
  return made;
}

/** Rows by the field after «ИТОГИ ПО», each with its rows. */
function grouped(text: string, rows: readonly Row[]): Row[] {
  const by = /ИТОГИ ПО\s*\|?\s*([А-Яа-я]+)/.exec(text)?.[1];
  if (by === undefined) throw new BslError("A selection by groups needs «ИТОГИ ПО»");
  const values = [...new Set(rows.map((row) => row[by]))];
  return values.map((value) => ({ [by]: value, строки: selection(rows.filter((row) => row[by] === value)) }));
}

function selection(rows: readonly Row[]): BslObject {
  let at = -1;
  const made: BslObject = {
    type: "ВыборкаИзРезультатаЗапроса",
    get: (name) => new BslStructure(rows[at] ?? {}).get(name),
    call(name) {
      if (name === "следующий") {
        at += 1;
        return at < rows.length;
      }
      if (name === "выбрать") return rows[at]?.строки;
      throw unknown(made, name);
    },
  };
  return made;
}

function table(rows: readonly Row[]): BslObject {
  const made: BslObject = {
    type: "ТаблицаЗначений",
    items: () => rows.map((row) => new BslStructure(row)),
    item: (key) => new BslStructure(rows[Number(key)] ?? {}),
    call(name, args) {
      if (name === "количество") return rows.length;
      if (name === "выгрузитьколонку") return new BslArray(rows.map((row) => row[requireString(args[0], name)]));
      throw unknown(made, name);
    },
  };
  return made;
}

/** Соответствие of references to what a test knows of them. */
export function mapOf(entries: Iterable<readonly [Value, Value]>): BslMap {
  const map = new BslMap();
  for (const [key, value] of entries) map.map.set(key, value);
  return map;
}
