import { EMPTY_DATE, EMPTY_GUID } from "../schema.ts";
import type { Row } from "../state.ts";
import { type Handlers, linesOf, refuse, rubleOf, type Write } from "./write.ts";

const SET = "Catalog_ДоговорыКонтрагентов";
const UNNAMED = "Без договора";

/** Catalog_ДоговорыКонтрагентов (БП 3.0.198, module of ДоговорыКонтрагентов). */
export const CONTRACT: Handlers = {
  beforeWrite(write) {
    const { state, row, before, isLoad } = write;
    if (isLoad || row.IsFolder === true) return;
    row.Валютный = state.get("Catalog_Валюты", String(row.ВалютаВзаиморасчетов_Key))?.Code !== "643";
    row.ОплатаВВалюте = row.Валютный && row.РасчетыВУсловныхЕдиницах !== true;
    if (row.ВидДоговора !== "СПокупателем") row.УчетАгентскогоНДСПокупателем = false;
    if (row.Description === "") row.Description = nameOf(row);
    if (before === null) return;
    const isOther = KEY.some((field) => row[field] !== before[field]);
    if (isOther && isUsed(write)) refuse(write, "По договору есть документы. Изменение реквизитов договора невозможно");
  },
};

const KEY = ["Owner_Key", "Организация_Key", "ВалютаВзаиморасчетов_Key", "ВидДоговора"];

function nameOf(row: Row): string {
  if (row.Номер === "") return UNNAMED;
  const day = row.Дата === EMPTY_DATE ? "" : ` от ${String(row.Дата).slice(0, 10).split("-").toReversed().join(".")}`;
  return `№ ${row.Номер}${day}`;
}

const DOCUMENTS = ["ПоступлениеТоваровУслуг", "РеализацияТоваровУслуг", "ПлатежноеПоручение"];

function isUsed({ state, row }: Write): boolean {
  return DOCUMENTS.some((name) =>
    state.all(`Document_${name}`).some((each) => each.ДоговорКонтрагента_Key === row.Ref_Key),
  );
}

/** Kinds of contract that payments choose by, by operation. */
const PAYMENT_KINDS: Readonly<Record<string, string>> = {
  ОплатаПоставщику: "СПоставщиком",
  ВозвратПокупателю: "СПокупателем",
  ПрочиеРасчетыСКонтрагентами: "Прочее",
};

function findKind({ set, row }: Write): string | null {
  if (set === "Document_ПоступлениеТоваровУслуг") return "СПоставщиком";
  if (set === "Document_РеализацияТоваровУслуг") return "СПокупателем";
  return PAYMENT_KINDS[String(row.ВидОперации)] ?? null;
}

/**
 * Puts the main contract of counterparty, organisation and kind into a document and into payment rows. An absent
 * contract is made. This happens only without «Вести учет по договорам»; a sent contract is lost without a word.
 * Source: БП 3.0.198, РаботаСДоговорамиКонтрагентовБП.
 */
export function replaceContract(write: Write): void {
  const { settings, row, isLoad } = write;
  if (settings.hasContracts || isLoad) return;
  const main = findMainContract(write);
  if (row.ДоговорКонтрагента_Key !== undefined) row.ДоговорКонтрагента_Key = main;
  for (const line of linesOf(row, "РасшифровкаПлатежа")) line.ДоговорКонтрагента_Key = main;
}

function findMainContract(write: Write): string {
  const { state, row, writeOther } = write;
  const kind = findKind(write);
  const card = String(row.Контрагент_Key ?? row.Контрагент);
  if (kind === null || state.get("Catalog_Контрагенты", card) === undefined) return EMPTY_GUID;
  // The first contract of a kind is the main contract.
  const found = state
    .all(SET)
    .find(
      (each) =>
        each.Owner_Key === card &&
        each.Организация_Key === row.Организация_Key &&
        each.ВидДоговора === kind &&
        each.DeletionMark !== true,
    );
  if (found !== undefined) return String(found.Ref_Key);
  const made = writeOther(SET, {
    Owner_Key: card,
    Организация_Key: row.Организация_Key as string,
    ВидДоговора: kind,
    ВалютаВзаиморасчетов_Key: rubleOf(write),
    Description: UNNAMED,
  });
  return String(made.Ref_Key);
}
