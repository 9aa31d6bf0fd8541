import { BslArray, BslStructure } from "../collections.ts";
import { commonModules } from "../extension.ts";
import { query, registerManager } from "../infobase.ts";
import { run } from "../interpreter.ts";
import { parseJson } from "../json.ts";
import { BslError } from "../lexer.ts";
import { enumeration, platform, played } from "../platform.ts";
import {
  BslBinary,
  BslDate,
  type BslObject,
  BslUuid,
  isObject,
  requireString,
  unknown,
  type Value,
} from "../values.ts";
import { type ClassifiedBank, createLibrary, createOwnModules, type LibraryParts } from "./library.ts";
import { openMetadata } from "./metadata.ts";
import { type AccountingOptions, DEFAULTS } from "./options.ts";
import { answerQuery } from "./query.ts";
import { createRules } from "./rules.ts";
import { readSchema } from "./schema.ts";
import { createSheet, createStream } from "./sheet.ts";
import { Ref, type RegisterRow, Store } from "./store.ts";

/*
 * A played БП with the extension loaded: every module of the extension runs, and БП answers as its own sources do.
 */

const REGISTERS = ["Изменения", "Карточки", "Наблюдение", "Настройки", "Ответы", "События"].map(
  (one) => `relay_${one}`,
);
export const ORGANIZATION_INN = "7709123453";
/** The settings of every request. */
export const SETTINGS = { organizationInn: ORGANIZATION_INN, actDocument: "receipt" };
const NOW = Date.UTC(2026, 10, 24, 9, 0, 0);
const KINDS: Readonly<Record<string, readonly [type: string, several: boolean]>> = {
  ЮрАдресКонтрагента: ["Адрес", false],
  ТелефонКонтрагента: ["Телефон", true],
  EmailКонтрагенты: ["АдресЭлектроннойПочты", true],
  ЮрАдресОрганизации: ["Адрес", false],
  ТелефонОрганизации: ["Телефон", true],
};
const ACCOUNTS = ["26", "44.01", "60.01", "60.02", "62.01", "62.02", "76.05", "76.09", "19.04", "20.01"];
const DIMENSIONS: Readonly<Record<string, readonly string[]>> = {
  "26": ["СтатьиЗатрат"],
  "44.01": ["СтатьиЗатрат"],
  "20.01": ["НоменклатурныеГруппы", "СтатьиЗатрат"],
};
const SALE_ACCOUNTS = ["90.01.1", "90.02.1", "90.03"];

/** An answer of an operation, as the relay reads it. */
export interface Answer {
  readonly ok: boolean;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly detail: string; readonly field: string };
}

/** Values of a row; a section has rows. */
type Values = Readonly<Record<string, Value>>;

export function openAccounting(given: Partial<AccountingOptions> = {}) {
  const options: { -readonly [K in keyof AccountingOptions]: AccountingOptions[K] } = { ...DEFAULTS, ...given };
  const registers: Record<string, RegisterRow[]> = Object.fromEntries(
    [...REGISTERS, "СостоянияБанковскихДокументов"].map((name) => [name, []]),
  );
  const store = new Store(readSchema(options.release), registers);
  store.handlers = createRules(store, options);
  const log: string[] = [];
  const parts: LibraryParts & { classifier: Map<string, ClassifiedBank> } = {
    classifier: new Map([["044525225", { name: "ПАО СБЕРБАНК", correspondent: "30101810400000000225" }]]),
    secrets: new Map(),
    recognised: [],
    printed: [],
    makeSheet: () => createSheet(["Форма БП"]),
  };
  const modules = createOwnModules(store, options, parts);
  const metadata = openMetadata(store, {
    version: options.version ?? options.release,
    commonModules: Object.keys(modules),
  });

  /** Puts an object that stood there before. */
  function add(table: string, values: Values, sections: Readonly<Record<string, readonly Values[]>> = {}): Ref {
    const id = typeof values.id === "string" ? values.id : store.newId();
    const { id: _, ...own } = values;
    return store.put(table, { id, version: 1, values: own, sections });
  }

  const around = platform({
    now: () => NOW,
    uuid: () => store.newId(),
    language: options.language,
    messages: store.messages,
    globals: {
      ...metadata,
      ...createLibrary(store, options, parts),
      РегистрыСведений: new BslStructure(
        Object.fromEntries(REGISTERS.map((name) => [name, registerManager(name, registers, () => false)])),
      ),
      РежимЗаписиДокумента: enumeration("РежимЗаписиДокумента", ["Запись", "Проведение", "ОтменаПроведения"]),
      УровеньЖурналаРегистрации: enumeration("УровеньЖурналаРегистрации", ["Ошибка", "Информация"]),
      ОриентацияСтраницы: enumeration("ОриентацияСтраницы", ["Портрет"]),
      ТипФайлаТабличногоДокумента: enumeration("ТипФайлаТабличногоДокумента", ["PDF"]),
      ТипРазмещенияТекстаТабличногоДокумента: enumeration("ТипРазмещения", ["Переносить"]),
      ТипЛинииЯчейкиТабличногоДокумента: enumeration("ТипЛинии", ["Сплошная"]),
    },
  });
  const running = run(commonModules(), {
    globals: around.globals,
    types: {
      ...around.types,
      запрос: () => query((text, parameters) => answerQuery(store, text, parameters)),
      блокировкаданных: createLock,
      системнаяинформация: () => new BslStructure({ ВерсияПриложения: "8.3.25.1286" }),
      табличныйдокумент: () => createSheet(),
      списокзначений: createValueList,
      потоквпамяти: createStream,
      линия: () => "линия",
      шрифт: () => "шрифт",
    },
    functions: {
      ...around.functions,
      значениезаполнено: ([value]) => isFilled(value),
      началодня: ([value]) => new BslDate(Math.floor((value as BslDate).seconds / 86_400) * 86_400),
      строка: ([value]) => (value instanceof Ref ? value.title() : showText(value)),
      начатьтранзакцию: () => store.begin() as undefined,
      зафиксироватьтранзакцию: () => store.commit() as undefined,
      отменитьтранзакцию: () => store.rollback() as undefined,
      транзакцияактивна: () => store.isInTransaction(),
      установитьпривилегированныйрежим: () => undefined,
      привилегированныйрежим: () => !options.safeMode,
      праводоступа([right, object]) {
        const table = isObject(object) ? object.call?.("полноеимя", []) : undefined;
        return !options.withoutRights.includes(`${String(right)} ${String(table)}`);
      },
      получитьфункциональнуюопцию: ([name]) => readOption(options, requireString(name, "ПолучитьФункциональнуюОпцию")),
      записьжурналарегистрации: (args) => void log.push(`${String(args[0])}: ${String(args.at(-1))}`),
      текущаядатасеанса: () => BslDate.of(2026, 11, 24, 12),
    },
  });

  const enumValue = (name: string, value: string) => store.ref(`Перечисление.${name}`, value);
  for (const [name, [type, several]] of Object.entries(KINDS)) {
    add("Справочник.ВидыКонтактнойИнформации", {
      Наименование: name,
      ИмяПредопределенныхДанных: name,
      РазрешитьВводНесколькихЗначений: several,
      Тип: enumValue("ТипыКонтактнойИнформации", type),
    });
  }
  const dimensions = Object.fromEntries(
    ["СтатьиЗатрат", "НоменклатурныеГруппы"].map((name) => [
      name,
      add("ПланВидовХарактеристик.ВидыСубконтоХозрасчетные", { Наименование: name, ИмяПредопределенныхДанных: name }),
    ]),
  );
  for (const code of [...ACCOUNTS, ...SALE_ACCOUNTS]) {
    const ВидыСубконто = (DIMENSIONS[code] ?? []).map((name, at) => ({
      НомерСтроки: at + 1,
      ВидСубконто: dimensions[name],
    }));
    add("ПланСчетов.Хозрасчетный", { id: code, Код: code }, { ВидыСубконто });
  }
  add("Справочник.Валюты", { Код: "643", Наименование: "руб." });
  add("Справочник.Номенклатура", { Наименование: "Услуги агентов" });
  add("Справочник.СтатьиЗатрат", {
    Наименование: "Прочее (переименована)",
    ИмяПредопределенныхДанных: "ПрочиеЗатраты",
  });
  const bank = add("Справочник.Банки", {
    Код: "044525974",
    Наименование: "АО ТБАНК",
    КоррСчет: "30101810145250000974",
  });
  const organization = add("Справочник.Организации", {
    ИНН: ORGANIZATION_INN,
    КПП: "770901001",
    Наименование: "ООО Платформа",
    НаименованиеПолное: "Общество с ограниченной ответственностью «Платформа»",
  });
  const ownAccount = add("Справочник.БанковскиеСчета", {
    Владелец: organization,
    НомерСчета: "40702810000000000001",
    Банк: bank,
  });
  add("Справочник.Организации", {
    ...store.read(organization.table, organization.id)?.values,
    id: organization.id,
    ОсновнойБанковскийСчет: ownAccount,
  });

  let requests = 0;
  return {
    store,
    log,
    parts,
    add,
    enumValue,
    bank,
    organization,
    running,
    /** Closes the period up to this day, as a person does later. */
    closePeriod(day: BslDate): void {
      options.closedUntil = day;
    },
    /** Values of the one stored object of a reference. */
    read: (table: string, id: string) => store.read(table, id)?.values ?? {},
    /** Objects of a table. */
    all: (table: string): (Readonly<Record<string, Value>> & { readonly id: string })[] =>
      store.rows(table).map(({ id, values }) => ({ ...values, id })),
    set: (name: string, value: string) => void registers.relay_Настройки?.push({ Имя: name, Значение: value }),
    /** Answers an operation as the extension's dispatcher does. */
    call(operation: string, params: object, settings: object = SETTINGS): Answer {
      requests += 1;
      const request = parseJson(JSON.stringify({ protocol: 1, operation, id: `call-${requests}`, settings, params }));
      const answer = running.call("relay_Операции", "Ответ", [request, `${operation}:call-${requests}`]);
      const body = isObject(answer) ? answer.get?.("тело") : undefined;
      if (!(body instanceof BslBinary)) throw new BslError("The answer has no body");
      const text = new TextDecoder().decode(body.bytes);
      return text.startsWith("%PDF") ? { ok: true, result: { text } } : (JSON.parse(text) as Answer);
    },
  };
}

function createLock(): BslObject {
  const item = played("ЭлементБлокировкиДанных", { УстановитьЗначение: () => undefined });
  return played("БлокировкаДанных", { Добавить: () => item, Заблокировать: () => undefined });
}

/** СписокЗначений: values with an order. */
function createValueList(): BslObject {
  const values: Value[] = [];
  const made: BslObject = {
    type: "СписокЗначений",
    items: () => values.map((value) => new BslStructure({ Значение: value })),
    call(name, args) {
      if (name === "добавить") values.push(args[0]);
      else if (name === "сортироватьпозначению") values.sort((a, b) => (String(a) < String(b) ? -1 : 1));
      else throw unknown(made, name);
      return undefined;
    },
  };
  return made;
}

function isFilled(value: Value): boolean {
  if (value === undefined || value === null || value === 0) return false;
  if (typeof value === "string") return value.trim() !== "";
  if (value instanceof Ref) return !value.isEmpty();
  if (value instanceof BslDate) return value.seconds !== BslDate.of(1, 1, 1).seconds;
  if (value instanceof BslArray) return value.list.length > 0;
  return true;
}

function showText(value: Value): string {
  if (typeof value === "string") return value;
  if (value instanceof BslUuid) return value.text;
  throw new BslError("Строка of this value is not known to this interpreter");
}

function readOption(options: AccountingOptions, name: string): boolean {
  if (name === "ИспользоватьСтатьиДвиженияДенежныхСредств") return options.keepsCashFlowItems;
  if (name === "ВестиУчетПоДоговорам") return options.keepsContracts;
  throw new BslError(`The option ${name} is not played`);
}
