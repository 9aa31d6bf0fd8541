import { type BslDate, BslException, type Value } from "../values.ts";
import type { EntityObject } from "./objects.ts";
import type { AccountingOptions } from "./options.ts";
import { type Handlers, Ref, requireRef, type Store, type WriteMode } from "./store.ts";

/*
 * What БП does around a write, as its object modules and event subscriptions do. Source: БП 3.0.198 and 3.0.151, the
 * modules of Контрагенты, БанковскиеСчета, ДоговорыКонтрагентов, ПоступлениеТоваровУслуг, ПлатежноеПоручение, and
 * СчетаУчетаВДокументах, УправлениеКонтактнойИнформациейСлужебный, ДатыЗапретаИзмененияСлужебный.
 */

const DATED = ["Документ.ПоступлениеТоваровУслуг", "Документ.РеализацияТоваровУслуг", "Документ.ПлатежноеПоручение"];
const ACTS = DATED.slice(0, 2);
/** Accounts that the firm's own settings give, each unlike the extension's own. */
const FIRM_ACCOUNTS: Readonly<Record<string, string>> = {
  СчетУчетаРасчетовСКонтрагентом: "76.05",
  СчетУчетаРасчетовПоАвансам: "76.09",
  СчетЗатрат: "44.01",
  СчетЗатратНУ: "44.01",
  СчетУчетаНДС: "19.04",
  СчетДоходов: "90.01.1",
  СчетРасходов: "90.02.1",
  СчетУчетаНДСПоРеализации: "90.03",
};

export function createRules(store: Store, options: AccountingOptions): Handlers {
  const account = (code: string) => store.ref("ПланСчетов.Хозрасчетный", code);

  function isClosed(day: Value): boolean {
    return options.closedUntil !== null && (day as BslDate).seconds < options.closedUntil.seconds + 86_400;
  }

  /** The old day and the new day both count, and a draft as well. */
  function requireOpenPeriod(object: EntityObject): void {
    const former = store.read(object.table, object.id)?.values.Дата;
    const words = former !== undefined && isClosed(former) ? "изменить в запрещенном периоде" : null;
    const placed = isClosed(object.values.Дата) ? "поместить в запрещенный период" : null;
    if (words === null && placed === null) return;
    throw new BslException(
      `${object.table} невозможно ${words ?? placed}. Запрещено изменять данные с датой ранее установленной ` +
        "(включительно). (установлена общая дата запрета)",
    );
  }

  function fillsAccounts(object: EntityObject): boolean {
    const asked = object.extra.fields.get("заполнитьсчетаучетапередзаписью")?.value === true;
    return !options.controlsAccounts || asked;
  }

  function fillAccounts(object: EntityObject): void {
    if (!fillsAccounts(object) || !options.fillsAccounts) return;
    for (const [name, code] of Object.entries(FIRM_ACCOUNTS)) {
      const value = object.values[name];
      if (value instanceof Ref && value.isEmpty()) object.put(name, account(code));
      for (const row of object.sections.Услуги?.rows ?? []) {
        const own = row.values[name];
        const isColumn = store.describe(object.table).sections.Услуги?.[name] !== undefined;
        if (isColumn && !(own instanceof Ref && !own.isEmpty())) row.set(name.toLowerCase(), account(code));
      }
    }
  }

  function beforeAct(object: EntityObject): void {
    replaceContract(object);
    fillAccounts(object);
    const sums = (object.sections.Услуги?.rows ?? []).map((row) => Number(row.get("сумма")));
    object.put(
      "СуммаДокумента",
      sums.reduce((a, b) => a + b, 0),
    );
  }

  /** Without «Вести учёт по договорам» 1C puts its own main contract, and says nothing. */
  function replaceContract(object: EntityObject): void {
    if (options.keepsContracts) return;
    const main = store
      .rows("Справочник.ДоговорыКонтрагентов")
      .find(({ values }) => values.Владелец === object.values.Контрагент && values.ПометкаУдаления !== true);
    object.put(
      "ДоговорКонтрагента",
      main === undefined ? undefined : store.ref("Справочник.ДоговорыКонтрагентов", main.id),
    );
  }

  /** Rows without a kind are service rows: removed at every write, and one is appended for a kind with several rows. */
  function joinContacts(object: EntityObject): void {
    const section = object.sections.КонтактнаяИнформация;
    if (section === undefined) return;
    for (const row of [...section.rows]) if (requireRef(row.get("вид")).isEmpty()) section.remove(row);
    const kinds = [...new Set(section.rows.map((row) => requireRef(row.get("вид"))))];
    for (const kind of kinds) {
      const rows = section.rows.filter((row) => row.get("вид") === kind);
      for (const row of rows) row.set("виддлясписка", rows.length === 1 ? kind : undefined);
      if (rows.length === 1) continue;
      const joined = section.add();
      joined.set("виддлясписка", kind);
      joined.set("представление", rows.map((row) => row.get("представление")).join(", "));
    }
  }

  /** An account 40802 of a person without the flag rewrites the owner's card; a locked card stays as it is. */
  function markEntrepreneur(object: EntityObject): void {
    const owner = object.values.Владелец;
    if (!(owner instanceof Ref) || owner.table !== "Справочник.Контрагенты") return;
    if (store.locks.has(`${owner.table}:${owner.id}`)) return;
    const row = store.read(owner.table, owner.id);
    const kind = row?.values.ЮридическоеФизическоеЛицо;
    const person = kind instanceof Ref && kind.id === "ФизическоеЛицо";
    const own = String(object.values.НомерСчета).startsWith("40802");
    if (row === undefined || !person || !own || row.values.ИндивидуальныйПредприниматель === true) return;
    const values = { ...row.values, ИндивидуальныйПредприниматель: true };
    store.put(owner.table, { ...row, version: row.version + 1, values });
  }

  function beforeWrite(object: EntityObject, mode: WriteMode): void {
    if (DATED.includes(object.table)) requireOpenPeriod(object);
    if (ACTS.includes(object.table) && mode !== "ОтменаПроведения") beforeAct(object);
    if (object.table === "Документ.ПлатежноеПоручение") {
      replaceContract(object);
      if (!options.keepsCashFlowItems) object.put("СтатьяДвиженияДенежныхСредств", undefined);
    }
    if (object.table === "Справочник.Контрагенты") {
      joinContacts(object);
      object.put("ИНН", String(object.values.ИНН).trimEnd());
      if (requireRef(object.values.ГоловнойКонтрагент).isEmpty()) {
        object.put("ГоловнойКонтрагент", store.ref(object.table, object.id));
      }
    }
    if (object.table === "Справочник.БанковскиеСчета") markEntrepreneur(object);
    const numbered = object.values.Номер === "" && object.table.startsWith("Документ.");
    if (numbered) object.put("Номер", `00БП-${String(store.writes.length + 1).padStart(6, "0")}`);
    if (options.remark !== null) store.messages.push(options.remark);
    if (options.refuses !== null && object.table === options.refuses.table) {
      store.messages.push(options.refuses.message);
      throw new BslException("Ошибка при выполнении обработчика - 'ПередЗаписью'");
    }
  }

  /** ОбработкаЗаполнения: the values of FillValue, and what the configuration adds. */
  function fill(object: EntityObject): void {
    const put = (name: string, value: string) => {
      const type = object.fieldType(name);
      if (type?.kind === "ref") object.put(name, store.ref(type.tables[0] as string, value));
    };
    if (object.table === "Справочник.ДоговорыКонтрагентов") put("СпособЗаполненияСтавкиНДС", "Автоматически");
    if (ACTS.includes(object.table)) put("СпособЗачетаАвансов", "Автоматически");
    if (object.table === "Документ.ПлатежноеПоручение") object.put("ОчередностьПлатежа", 5);
  }

  function checkFilling(object: EntityObject): string[] {
    if (!ACTS.includes(object.table)) return [];
    const isEmpty = (value: Value) => !(value instanceof Ref) || value.isEmpty();
    const missing = ["Организация", "Контрагент", "СпособЗачетаАвансов"].filter((name) => isEmpty(object.values[name]));
    if (options.keepsContracts && isEmpty(object.values.ДоговорКонтрагента)) missing.push("Договор");
    const lines = object.sections.Услуги?.rows ?? [];
    if (lines.length === 0) missing.push("Услуги");
    if (!fillsAccounts(object)) {
      const names = ["СчетУчетаРасчетовСКонтрагентом", "СчетУчетаРасчетовПоАвансам"];
      missing.push(...names.filter((name) => isEmpty(object.values[name])));
      const cost = object.table.endsWith("ПоступлениеТоваровУслуг") ? "счетзатрат" : "счетдоходов";
      if (lines.some((row) => isEmpty(row.get(cost)))) missing.push("Счет затрат");
      const method = object.table.endsWith("ПоступлениеТоваровУслуг") && options.separateVat;
      if (method && lines.some((row) => row.get("суммандс") !== 0 && isEmpty(row.get("способучетандс")))) {
        missing.push("Способ учета НДС");
      }
    }
    const refused = options.refusesPosting === null ? [] : [options.refusesPosting];
    return [...missing.map((name) => `Поле "${name}" не заполнено`), ...refused];
  }

  return { beforeWrite, afterWrite: () => undefined, fill, checkFilling };
}
