import { EMPTY_GUID } from "../schema.ts";
import type { Row, SectionRow } from "../state.ts";
import { rounded } from "../values.ts";
import { canSeeAccounts, fillAccounts, listUnfilledAccounts } from "./act-accounts.ts";
import { replaceContract } from "./contract.ts";
import { type Handlers, isEmpty, linesOf, listUnfilled, type Write } from "./write.ts";

/** An act of either kind. */
interface ActKind {
  /** Tabs that each kind of operation keeps; all other tabs in `tabs` are cleared. */
  readonly kept: Readonly<Record<string, readonly string[]>>;
  readonly tabs: readonly string[];
  /** Tabs that the sum of the document is counted over. */
  readonly summed: readonly string[];
}

const MIXED = ["Товары", "Услуги", "ВозвратнаяТара", "АгентскиеУслуги"];

/** БП 3.0.198, manager module of ПоступлениеТоваровУслуг. */
const RECEIPT: ActKind = {
  kept: {
    Товары: ["Товары"],
    Услуги: ["Услуги"],
    УслугиАренды: ["Услуги"],
    УслугиЛизинга: ["Услуги"],
    УслугиФакторинга: ["Услуги"],
    ОсновныеСредства: ["ОсновныеСредства"],
    ПриобретениеЗемельныхУчастков: ["ОсновныеСредства"],
    Топливо: ["Топливо"],
    Права: ["Права"],
    ВПереработку: ["Товары"],
    ПокупкаКомиссия: MIXED,
    Оборудование: ["Оборудование", "Товары", "Услуги"],
    ОбъектыСтроительства: ["ОбъектыСтроительства", "Услуги"],
  },
  tabs: [...MIXED, "ОсновныеСредства", "Топливо", "Права", "Оборудование", "ОбъектыСтроительства"],
  summed: [
    ...["Товары", "Услуги", "АгентскиеУслуги", "ОсновныеСредства", "Топливо", "Права", "Оборудование"],
    "ОбъектыСтроительства",
  ],
};

/** БП 3.0.198, module of РеализацияТоваровУслуг. */
const SALE: ActKind = {
  kept: {
    Товары: ["Товары"],
    Услуги: ["Услуги"],
    СтроительныеРаботы: ["Услуги"],
    ПродажаКомиссия: MIXED,
    ПередачаТоваров: MIXED,
    ОтгрузкаБезПереходаПраваСобственности: MIXED,
    ВыкупТоваровКомиссионером: MIXED,
    ПродажаТоваровСоСкладаКомиссионера: MIXED,
    Оборудование: ["Товары", "Услуги"],
  },
  tabs: MIXED,
  summed: ["Товары", "Услуги", "АгентскиеУслуги"],
};

/** Document_ПоступлениеТоваровУслуг. */
export const RECEIPT_ACT: Handlers = {
  checkFilling: checkAct,
  beforeWrite(write) {
    const { state, settings, row, isLoad } = write;
    if (isLoad) return;
    completeAct(write, RECEIPT);
    const contract = state.get("Catalog_ДоговорыКонтрагентов", String(row.ДоговорКонтрагента_Key));
    if (contract?.ВидДоговора === "СКомитентом") row.Услуги = [];
    if (settings.hasSeparateVat) row.НДСВключенВСтоимость = false;
    if (settings.hasSeveralWarehouses && row.ВидОперации === "Услуги") row.Склад_Key = EMPTY_GUID;
    row.СуммаДокумента = sumOf(row, RECEIPT.summed);
  },
};

/** Document_РеализацияТоваровУслуг. The kind of the electronic document is 1C's own choice at every write. */
export const SALE_ACT: Handlers = {
  checkFilling: checkAct,
  beforeWrite(write) {
    const { settings, row, isLoad } = write;
    if (isLoad) return;
    completeAct(write, SALE);
    if (settings.hasSeveralWarehouses && row.ВидОперации === "Услуги") row.Склад_Key = EMPTY_GUID;
    row.ВидЭлектронногоДокумента = findElectronicKind(row);
    row.СуммаДокумента = sumOf(row, SALE.summed);
  },
};

function findElectronicKind(row: Row): string {
  if (row.ЭтоУниверсальныйДокумент === true) return "УПД";
  return row.ВидОперации === "Услуги" ? "АктВыполненныхРабот" : "ТоварнаяНакладная";
}

function completeAct(write: Write, { kept, tabs }: ActKind): void {
  const { row } = write;
  replaceContract(write);
  const own = kept[String(row.ВидОперации)] ?? ["Товары"];
  for (const tab of tabs) if (!own.includes(tab) && row[tab] !== undefined) row[tab] = [];
  fillAccounts(write);
  for (const line of linesOf(row, "Услуги")) {
    if (line.ИдентификаторСтроки === "") line.ИдентификаторСтроки = write.state.newRef();
  }
}

/** Counts the sum of a document anew, as every write does. VAT comes on top where the rows do not include VAT. */
function sumOf(row: Row, tabs: readonly string[]): number {
  const lines = tabs.flatMap((tab) => linesOf(row, tab));
  const onTop = (line: SectionRow) => (row.СуммаВключаетНДС === true ? 0 : Number(line.СуммаНДС ?? 0));
  return rounded(
    lines.reduce((sum, line) => sum + Number(line.Сумма ?? 0) + onTop(line), 0),
    2,
  );
}

/** Checks of posting. Currency, item, quantity and warehouse may be empty; nobody compares owner and contract. */
function checkAct(write: Write): string[] {
  const { settings, row } = write;
  const header = {
    ВидОперации: "Вид операции",
    Организация_Key: "Организация",
    Контрагент_Key: "Контрагент",
    СпособЗачетаАвансов: "Способ зачета авансов",
    ...(settings.hasContracts ? { ДоговорКонтрагента_Key: "Договор" } : {}),
    ...(row.ЭтоУниверсальныйДокумент === true && row.НомерВходящегоДокумента !== undefined
      ? { НомерВходящегоДокумента: "Номер документа", ДатаВходящегоДокумента: "Дата документа" }
      : {}),
  };
  const wrong = listUnfilled(row, header).map((label) => `Поле "${label}" не заполнено`);
  const tab = row.ВидОперации === "Товары" || row.ВидОперации === "" ? "Товары" : "Услуги";
  const lines = linesOf(row, tab);
  if (lines.length === 0) wrong.push(`Не введено ни одной строки в список "${tab}"`);
  const columns = { Сумма: "Сумма", ...(row.НДСВключенВСтоимость === true ? {} : { СтавкаНДС: "% НДС" }) };
  for (const [at, line] of lines.entries()) {
    for (const label of listUnfilled(line, columns)) wrong.push(formatColumn(label, at, tab));
  }
  if (canSeeAccounts(write)) {
    const { fields, lines: found } = listUnfilledAccounts(write, lines);
    wrong.push(...fields.map((label) => `Поле "${label}" не заполнено`));
    wrong.push(...found.map(({ at, label }) => formatColumn(label, at, tab)));
  }
  if (row.СпособЗачетаАвансов === "ПоДокументу" && linesOf(row, "ЗачетАвансов").length === 0) {
    wrong.push("Не указано ни одного документа аванса для зачета");
  }
  return [...wrong, ...checkContractCurrency(write)];
}

function formatColumn(label: string, at: number, tab: string): string {
  return `Не заполнена колонка "${label}" в строке ${at + 1} списка "${tab}"`;
}

/** The currency is the only thing of a contract that posting looks at (БП 3.0.198, УчетВзаиморасчетов). */
function checkContractCurrency({ state, settings, row }: Write): string[] {
  const contract = state.get("Catalog_ДоговорыКонтрагентов", String(row.ДоговорКонтрагента_Key));
  if (!settings.hasContracts || contract === undefined || isEmpty(row.ВалютаДокумента_Key)) return [];
  const isForeign = contract.Валютный === true && contract.РасчетыВУсловныхЕдиницах !== true;
  const isRuble = state.get("Catalog_Валюты", String(row.ВалютаДокумента_Key))?.Code === "643";
  if (isForeign ? contract.ВалютаВзаиморасчетов_Key === row.ВалютаДокумента_Key : isRuble) return [];
  return ["Договор: валюта договора не соответствует валюте документа"];
}
