import { exception, handlerException } from "./errors.ts";
import { EMPTY_DATE, EMPTY_GUID } from "./schema.ts";
import type { Row, SectionRow, State } from "./state.ts";
import { numberTaken } from "./state.ts";
import { rounded } from "./values.ts";

/** What people and administrators have set in the infobase. */
export interface Settings {
  /** Дата запрета изменения: last closed day, `YYYY-MM-DD`. */
  closedUpTo: string | null;
  /** When a closed day is noticed: with any write, or not before posting (P8 saw an unposted document pass). */
  closedPeriodAt: "write" | "posting";
  /** Why no act is posted; null: they are. */
  postingBlocked: string | null;
  /** 12 digits of a person's INN are cut to 10 where the card does not say ФизическоеЛицо (UNF; for БП not confirmed). */
  cutPersonInn: boolean;
}

const ACTS = new Set(["Document_ПоступлениеТоваровУслуг", "Document_РеализацияТоваровУслуг"]);
const LEDGER = new Set([...ACTS, "Document_СписаниеСРасчетногоСчета"]);

/** The module's «ПередЗаписью»: it runs with every write (P8), may change the row and may refuse it. */
export function beforeWrite(state: State, settings: Settings, set: string, row: Row, before: Row | null): void {
  if (set === "Catalog_Контрагенты") completeCard(row, settings);
  if (numberTaken(state, set, row)) {
    const name = state.entity(set).numbering?.property === "Code" ? "Код" : "Номер";
    throw exception(`Ошибка при записи: значение поля "${name}" не уникально`);
  }
  if (state.entity(set).category === "document") checkDocument(settings, set, row, before);
  if (ACTS.has(set)) completeAct(row);
}

function completeCard(row: Row, settings: Settings): void {
  // The head of a card without branches is itself (GA).
  if (row.ГоловнойКонтрагент_Key === EMPTY_GUID) row.ГоловнойКонтрагент_Key = row.Ref_Key as string;
  if (settings.cutPersonInn && row.ЮридическоеФизическоеЛицо !== "ФизическоеЛицо") {
    row.ИНН = String(row.ИНН).slice(0, 10);
  }
}

function checkDocument(settings: Settings, set: string, row: Row, before: Row | null): void {
  if (row.Date === EMPTY_DATE) throw handlerException("ПередЗаписью", 'Поле "Дата" не заполнено');
  if (row.DeletionMark === true && row.Posted === true) {
    // Unpost first (P9).
    throw exception("Ошибка записи: помеченный на удаление документ не может быть проведен");
  }
  if (settings.closedPeriodAt === "write") checkPeriod(settings, set, row, before);
}

/** Дата запрета изменения: neither the former nor the new day of a document may be closed. */
export function checkPeriod(settings: Settings, set: string, row: Row, before: Row | null): void {
  const { closedUpTo } = settings;
  if (closedUpTo === null || !LEDGER.has(set)) return;
  const days = [row.Date, before?.Date].filter((date) => date !== undefined).map((date) => String(date).slice(0, 10));
  if (days.every((day) => day > closedUpTo)) return;
  const shown = closedUpTo.split("-").toReversed().join(".");
  throw handlerException(
    "ПередЗаписью",
    `Изменение данных за период по ${shown} запрещено: установлена дата запрета изменения ${shown}`,
  );
}

/** The tab «Услуги» goes with its kind of operation only (EB); the sum in the header follows the rows. */
function completeAct(row: Row): void {
  const services = row.ВидОперации === "Услуги";
  if (!services) row.Услуги = [];
  const lines = (services ? row.Услуги : row.Товары) as SectionRow[];
  const total = lines.reduce(
    (sum, line) => sum + Number(line.Сумма) + (row.СуммаВключаетНДС === true ? 0 : Number(line.СуммаНДС)),
    0,
  );
  row.СуммаДокумента = rounded(total, 2);
}

/** «Не заполнено» of the checks that run at posting only (P8, KI). */
function required(list: string[], row: Row, fields: Readonly<Record<string, string>>): void {
  for (const [name, label] of Object.entries(fields)) {
    const value = row[name];
    if (value === EMPTY_GUID || value === "" || value === 0 || value === undefined) {
      list.push(`Поле "${label}" не заполнено`);
    }
  }
}

/** A tab whose rows are checked, column by column. */
function requiredInRows(list: string[], row: Row, tab: string, columns: Readonly<Record<string, string>>): void {
  const lines = row[tab] as SectionRow[];
  if (lines.length === 0) list.push(`Не введено ни одной строки в список "${tab}"`);
  for (const [at, line] of lines.entries()) {
    for (const [name, label] of Object.entries(columns)) {
      const value = line[name];
      if (value === EMPTY_GUID || value === "" || value === 0 || value === undefined) {
        list.push(`Не заполнена колонка "${label}" в строке ${at + 1} списка "${tab}"`);
      }
    }
  }
}

/** `ОбработкаПроверкиЗаполнения` and `ОбработкаПроведения`: all that posting refuses. */
export function beforePost(state: State, settings: Settings, set: string, row: Row): void {
  if (row.DeletionMark === true) throw exception("Помеченный на удаление документ не может быть проведен");
  checkPeriod(settings, set, row, null);
  const wrong: string[] = [];
  if (ACTS.has(set)) checkAct(state, set, row, wrong);
  if (set === "Document_ПлатежноеПоручение") {
    required(wrong, row, {
      Организация_Key: "Организация",
      СчетОрганизации_Key: "Счет организации",
      Контрагент: "Получатель",
      СчетКонтрагента_Key: "Счет получателя",
      СуммаДокумента: "Сумма",
      ВалютаДокумента_Key: "Валюта",
    });
  }
  if (wrong.length > 0) throw handlerException("ОбработкаПроверкиЗаполнения", wrong.join("\n"));
  if (ACTS.has(set) && settings.postingBlocked !== null) {
    throw handlerException("ОбработкаПроведения", settings.postingBlocked);
  }
}

function checkAct(state: State, set: string, row: Row, wrong: string[]): void {
  const isReceipt = set === "Document_ПоступлениеТоваровУслуг";
  required(wrong, row, {
    Организация_Key: "Организация",
    Контрагент_Key: "Контрагент",
    ДоговорКонтрагента_Key: "Договор",
    ВалютаДокумента_Key: "Валюта",
    СчетУчетаРасчетовСКонтрагентом_Key: "Счет учета расчетов с контрагентом",
    СчетУчетаРасчетовПоАвансам_Key: "Счет учета расчетов по авансам",
  });
  if (row.ДоговорКонтрагента_Key === EMPTY_GUID) wrong.push("не заполнен договор");
  const columns = { Номенклатура_Key: "Номенклатура", Количество: "Количество", Сумма: "Сумма", СтавкаНДС: "% НДС" };
  const own: Readonly<Record<string, string>> = isReceipt
    ? { СчетЗатрат_Key: "Счет затрат" }
    : { СчетДоходов_Key: "Счет доходов" };
  if (row.ВидОперации === "") wrong.push('Поле "Вид операции" не заполнено');
  requiredInRows(wrong, row, row.ВидОперации === "Услуги" ? "Услуги" : "Товары", { ...columns, ...own });
  if (wrong.length === 0) checkReferences(state, row, isReceipt, wrong);
}

/** References that lead nowhere pass a write (P8) and stop here; the contract must be of the right kind and owner. */
function checkReferences(state: State, row: Row, isReceipt: boolean, wrong: string[]): void {
  const lost = (name: string, set: string, of: Readonly<Record<string, unknown>> = row) =>
    state.get(set, String(of[name])) === undefined && wrong.push(`Объект не найден: ${name} ${of[name]}`);
  lost("Организация_Key", "Catalog_Организации");
  lost("Контрагент_Key", "Catalog_Контрагенты");
  lost("ВалютаДокумента_Key", "Catalog_Валюты");
  lost("СчетУчетаРасчетовСКонтрагентом_Key", "ChartOfAccounts_Хозрасчетный");
  lost("СчетУчетаРасчетовПоАвансам_Key", "ChartOfAccounts_Хозрасчетный");
  for (const line of row.Услуги as SectionRow[]) {
    lost("Номенклатура_Key", "Catalog_Номенклатура", line);
    lost(isReceipt ? "СчетЗатрат_Key" : "СчетДоходов_Key", "ChartOfAccounts_Хозрасчетный", line);
  }
  const contract = state.get("Catalog_ДоговорыКонтрагентов", String(row.ДоговорКонтрагента_Key));
  const kind = isReceipt ? "СПоставщиком" : "СПокупателем";
  if (
    contract === undefined ||
    contract.DeletionMark === true ||
    contract.Owner_Key !== row.Контрагент_Key ||
    contract.Организация_Key !== row.Организация_Key ||
    contract.ВидДоговора !== kind
  ) {
    wrong.push(`Договор не подходит документу: нужен договор этого контрагента и организации вида ${kind}`);
  }
}
