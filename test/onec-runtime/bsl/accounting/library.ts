import { BslArray, BslStructure } from "../collections.ts";
import { BslError } from "../lexer.ts";
import { type BslDate, BslException, type BslObject, requireString, unknown, type Value } from "../values.ts";
import { EntityObject } from "./objects.ts";
import type { AccountingOptions } from "./options.ts";
import { Ref, requireRef, type Store } from "./store.ts";

/*
 * Modules of БСП and БП that the extension calls, with what they throw. Source: the modules of the same names, БСП
 * 3.1.12, БП 3.0.198 and БП 3.0.151.
 */

/** Fewest and most arguments of a method, and the method. */
type Method = readonly [least: number, most: number, run: (args: readonly Value[]) => Value];

/** A bank of КлассификаторБанков. */
export interface ClassifiedBank {
  readonly name: string;
  readonly correspondent: string;
}

/** What the library shows of its work. */
export interface LibraryParts {
  readonly classifier: ReadonlyMap<string, ClassifiedBank>;
  readonly secrets: Map<string, string>;
  /** Addresses that were given to the address service for recognition. */
  readonly recognised: string[];
  /** Forms that were asked for: «manager:id». */
  readonly printed: string[];
  /** Makes a ТабличныйДокумент with one line. */
  readonly makeSheet: () => BslObject;
}

/** Modules of БСП, which every module may name. */
export function createLibrary(
  store: Store,
  options: AccountingOptions,
  parts: LibraryParts,
): Record<string, BslObject> {
  const own = createOwnModules(store, options, parts);
  return {
    УправлениеКонтактнойИнформацией: createModule("УправлениеКонтактнойИнформацией", {
      ВидКонтактнойИнформацииПоИмени: [1, 1, ([name]) => findKind(store, requireString(name, "Имя"))],
      ДобавитьКонтактнуюИнформацию: [
        3,
        options.release === "3.0.151.27" ? 5 : 6,
        (args) => addContact(args, parts.recognised),
      ],
      ПредставлениеКонтактнойИнформацииОбъекта: [2, 5, ([ref, kind]) => showContacts(ref, kind)],
    }),
    ОбщегоНазначения: createModule("ОбщегоНазначения", {
      СсылкаСуществует: [1, 1, ([ref]) => isStored(store, ref)],
      ОбщийМодуль: [1, 1, ([name]) => findModule(own, requireString(name, "Имя"))],
      ПрочитатьДанныеИзБезопасногоХранилища: [1, 4, ([, key]) => parts.secrets.get(String(key))],
      ЗаписатьДанныеВБезопасноеХранилище: [
        2,
        3,
        ([, value, key]) => void parts.secrets.set(String(key), String(value)),
      ],
      ИнформационнаяБазаФайловая: [0, 1, () => false],
    }),
    ДатыЗапретаИзменения: createModule("ДатыЗапретаИзменения", {
      ИзменениеЗапрещено: [
        1,
        4,
        ([data, ref]) => options.foreseesClosedPeriod && isProhibited(data, ref, options.closedUntil),
      ],
    }),
    РаботаСБанками: createModule("РаботаСБанками", {
      СведенияБИК: [1, 3, ([bic]) => describeBanks(parts, String(bic))],
    }),
    РегламентныеЗаданияСервер: createModule("РегламентныеЗаданияСервер", {
      РаботаСВнешнимиРесурсамиЗаблокирована: [0, 0, () => false],
    }),
    УправлениеПечатью: createModule("УправлениеПечатью", {
      СформироватьПечатныеФормы: [4, 7, ([manager, id]) => print(parts, options, `${String(manager)}:${String(id)}`)],
    }),
  };
}

/** Modules of БП alone: a module of another configuration that names one of them does not compile. */
export function createOwnModules(
  store: Store,
  options: AccountingOptions,
  { classifier }: LibraryParts,
): Record<string, BslObject> {
  if (!options.hasOwnModules) return {};
  const failing = (name: string) => {
    if (options.failing.includes(name)) throw new BslException(`${name}: ошибка в модуле`);
  };
  return {
    РаботаСБанкамиБП: createModule("РаботаСБанкамиБП", {
      НайтиБанк(args) {
        failing("НайтиБанк");
        return findBank(store, classifier, String(args[0]));
      },
    }),
    УчетДенежныхСредствБП: createModule("УчетДенежныхСредствБП", {
      СформироватьАвтоЗначенияРеквизитовПлательщикаПолучателя(args) {
        failing("СформироватьАвтоЗначенияРеквизитовПлательщикаПолучателя");
        return describeParties(args);
      },
    }),
    УчетнаяПолитика: createModule("УчетнаяПолитика", {
      РаздельныйУчетНДСНаСчете19: [2, 2, () => options.separateVat],
    }),
  };
}

function createModule(
  type: string,
  methods: Readonly<Record<string, Method | ((args: readonly Value[]) => Value)>>,
): BslObject {
  const byName = new Map(Object.entries(methods).map(([name, method]) => [name.toLowerCase(), method]));
  const made: BslObject = {
    type,
    call(name, args) {
      const method = byName.get(name);
      if (method === undefined) throw unknown(made, name);
      const [least, most, run] = typeof method === "function" ? [1, 9, method] : method;
      if (args.length > most) throw new BslException("Слишком много фактических параметров");
      if (args.length < least) throw new BslException("Недостаточно фактических параметров");
      return run(args);
    },
  };
  return made;
}

/** An unknown name is an exception, in both releases. */
function findKind(store: Store, name: string): Ref {
  const table = "Справочник.ВидыКонтактнойИнформации";
  const found = store.rows(table).find(({ values }) => values.ИмяПредопределенныхДанных === name);
  if (found === undefined) throw new BslException(`Поле объекта не обнаружено (${name})`);
  return store.ref(table, found.id);
}

/** `replace`, the default, removes every row of the kind. */
function addContact(
  [object, text, kind, , replace = true, recognises = true]: readonly Value[],
  recognised: string[],
): undefined {
  const isAddress = requireRef(requireRef(kind).value("Тип")).id === "Адрес";
  if (isAddress && recognises === true) recognised.push(String(text));
  const section = (object as EntityObject).sections.КонтактнаяИнформация;
  if (section === undefined) throw new BslException("У объекта нет таблицы с контактной информацией");
  const rows = section.rows.filter((row) => row.get("вид") === kind);
  if (replace === true) for (const row of rows) section.remove(row);
  const several = requireRef(kind).value("РазрешитьВводНесколькихЗначений") === true;
  if (replace !== true && !several && rows.some((row) => row.get("представление") === text)) return;
  const made = section.add();
  made.set("представление", text);
  made.set("вид", kind);
  made.set("тип", requireRef(kind).value("Тип"));
}

function showContacts(ref: Value, kind: Value): string {
  const { store, table, id } = requireRef(ref);
  const rows = store.read(table, id)?.sections.КонтактнаяИнформация ?? [];
  return rows.flatMap(({ Вид, Представление }) => (Вид === kind ? [Представление] : [])).join(", ");
}

function isStored(store: Store, value: Value): boolean {
  const ref = requireRef(value);
  return store.read(ref.table, ref.id) !== undefined;
}

function findModule(modules: Readonly<Record<string, BslObject>>, name: string): BslObject {
  const found = modules[name];
  if (found === undefined) throw new BslException(`Общий модуль "${name}" не найден`);
  return found;
}

function isProhibited(data: Value, ref: Value, until: BslDate | null): boolean {
  const days = [
    (data as EntityObject).values.Дата,
    ref instanceof Ref && !ref.isEmpty() ? ref.value("Дата") : undefined,
  ];
  return until !== null && days.some((day) => day !== undefined && (day as BslDate).seconds < until.seconds + 86_400);
}

function describeBanks({ classifier }: LibraryParts, bic: string): BslArray {
  const bank = classifier.get(bic);
  if (bank === undefined) return new BslArray();
  return new BslArray([new BslStructure({ Наименование: bank.name, КоррСчет: bank.correspondent, Город: "Москва" })]);
}

/** The bank with this БИК, else one that is copied whole from the classifier, with its region. */
function findBank(store: Store, classifier: ReadonlyMap<string, ClassifiedBank>, bic: string): Value {
  const table = "Справочник.Банки";
  const known = store.rows(table).find(({ values }) => values.Код === bic && values.ЭтоГруппа !== true);
  if (known !== undefined) return store.ref(table, known.id);
  const bank = classifier.get(bic);
  if (bank === undefined) return undefined;
  const object = new EntityObject(store, table, store.newId(), null);
  object.put("Код", bic);
  object.put("Наименование", bank.name);
  object.put("КоррСчет", bank.correspondent);
  object.put("Город", "г. Москва (из классификатора)");
  store.write(object, "Запись");
  return object.ref();
}

/** Texts as БП makes them: ИНН of both, КПП empty, the account's own text of the correspondent before the name. */
function describeParties([payer, payerAccount, payee, payeeAccount]: readonly Value[]): BslStructure {
  const name = (owner: Value, account: Value) => {
    const own = requireRef(account).value("ТекстКорреспондента");
    return own === "" ? `${requireRef(owner).value("НаименованиеПолное")} (по правилам БП)` : String(own);
  };
  return new BslStructure({
    ТекстПлательщика: name(payer, payerAccount),
    ИННПлательщика: requireRef(payer).value("ИНН"),
    КПППлательщика: "",
    ТекстПолучателя: name(payee, payeeAccount),
    ИННПолучателя: requireRef(payee).value("ИНН"),
    КПППолучателя: "",
  });
}

function print({ printed, makeSheet }: LibraryParts, { failing }: AccountingOptions, form: string): BslStructure {
  printed.push(form);
  if (failing.includes("печать")) throw new BslException("Печатная форма не найдена");
  if (!form.startsWith("Документ.")) throw new BslError(`No manager prints ${form}`);
  return new BslStructure({
    КоллекцияПечатныхФорм: new BslArray([new BslStructure({ ТабличныйДокумент: makeSheet() })]),
  });
}
