import { handlerException } from "../errors.ts";
import { EMPTY_GUID } from "../schema.ts";
import type { Row, State } from "../state.ts";
import { replaceContract } from "./contract.ts";
import { isInn } from "./requisites.ts";
import { type Handlers, isEmpty, listUnfilled, refuse, type Write } from "./write.ts";

const SET = "Document_ПлатежноеПоручение";
const STATES = "InformationRegister_СостоянияБанковскихДокументов";

/** A state of a payment order, as the register keeps it. */
export type BankState = "Подготовлено" | "НаПодписи" | "Отправлено" | "Оплачено" | "Отклонено" | "Согласовано";

/**
 * Document_ПлатежноеПоручение (БП 3.0.198, module of ПлатежноеПоручение). Posting makes no movements: it runs the checks
 * and marks the document. Texts, INNs and purpose are never counted anew at a write.
 */
export const PAYMENT_ORDER: Handlers = {
  checkFilling(write) {
    const { state, settings, row } = write;
    const wrong = listUnfilled(row, {
      Организация_Key: "Организация",
      СчетОрганизации_Key: "Банковский счет организации",
      Контрагент: "Получатель",
      СчетКонтрагента_Key: "Счет получателя",
      СуммаДокумента: "Сумма платежа",
      ВидОперации: "Вид операции",
    }).map((label) => `Поле "${label}" не заполнено`);
    if (isEmpty(row.ТекстПлательщика)) wrong.push("Не указано наименование плательщика");
    if (isEmpty(row.ТекстПолучателя)) wrong.push("Не указано наименование получателя");
    if (isEmpty(row.ИННПлательщика)) wrong.push("Не указан ИНН плательщика. Заполните ИНН организации");
    else if (!isInn(String(row.ИННПлательщика))) wrong.push("ИНН плательщика указан неверно");
    const payeeInn = String(row.ИННПолучателя);
    const isWithoutInn = payeeInn === "" || payeeInn === "0";
    if (isWithoutInn && !isPerson(state, row)) wrong.push("Не указан ИНН получателя");
    if (!isWithoutInn && !isInn(payeeInn)) wrong.push("ИНН получателя указан неверно");
    if (/000$/.test(String(row.Number))) wrong.push("Последние цифры номера не могут быть нулями");
    const organization = state.get("Catalog_Организации", String(row.Организация_Key));
    if (!settings.hasSeveralAccounts && isEmpty(organization?.ОсновнойБанковскийСчет_Key)) {
      wrong.push("Не заполнены реквизиты банковского счета организации");
    }
    return wrong;
  },
  beforeWrite(write) {
    const { state, settings, row, isLoad } = write;
    // This happens while data are loaded too.
    if (!settings.hasCashFlowItems) row.СтатьяДвиженияДенежныхСредств_Key = EMPTY_GUID;
    if (isLoad) return;
    checkElectronicDocument(write);
    replaceContract(write);
    if (settings.hasSeveralAccounts || !isEmpty(row.СчетОрганизации_Key)) return;
    const organization = state.get("Catalog_Организации", String(row.Организация_Key));
    row.СчетОрганизации_Key = String(organization?.ОсновнойБанковскийСчет_Key ?? EMPTY_GUID);
  },
  onWrite(write) {
    const { state, row, before, isLoad } = write;
    if (isLoad) return;
    if (before !== null && before.Организация_Key !== row.Организация_Key) removeBankState(state, before);
    if (row.DeletionMark === true) removeBankState(state, row);
    else if (row.Posted === true && readBankState(state, row) === null) {
      // The document writes the register without privileged mode, so the user's own right is needed.
      if (!canWriteStates(write)) throw handlerException("ПриЗаписи", "Нарушение прав доступа");
      setBankState(state, row, "Подготовлено");
    }
  },
};

const KEY = ["Организация_Key", "СчетОрганизации_Key", "Контрагент", "СчетКонтрагента_Key", "СуммаДокумента"];

/** Locks the key fields of an order that the bank's exchange has in work (БП 3.0.198, ОбменСБанкамиСлужебный). */
function checkElectronicDocument(write: Write): void {
  const { state, settings, row, before } = write;
  if (!settings.hasBankExchange || before === null) return;
  const value = readBankState(state, before);
  if (value !== "НаПодписи" && value !== "Отправлено") return;
  if (KEY.every((field) => row[field] === before[field])) return;
  refuse(write, "Есть актуальный электронный документ, изменение ключевых реквизитов невозможно");
}

function canWriteStates({ setup, by }: Write): boolean {
  return by === "person" || !setup.denied.some(({ entity, verb }) => entity === STATES && verb === "write");
}

function isPerson(state: State, row: Row): boolean {
  if (row.Контрагент_Type === "StandardODATA.Catalog_ФизическиеЛица") return true;
  const card = state.get("Catalog_Контрагенты", String(row.Контрагент));
  return card?.ЮридическоеФизическоеЛицо === "ФизическоеЛицо";
}

function formatStateKey(order: Row): string {
  return `${order.Организация_Key}|${order.Ref_Key}|StandardODATA.${SET}`;
}

/** The state of an order in the register; null: no record. */
export function readBankState(state: State, order: Row): BankState | null {
  return (state.get(STATES, formatStateKey(order))?.Состояние as BankState | undefined) ?? null;
}

/** Writes the state of an order into the register, as BП, a bank's exchange or a person does. */
export function setBankState(state: State, order: Row, value: BankState): void {
  state.put(STATES, {
    Организация_Key: order.Организация_Key as string,
    СсылкаНаОбъект: order.Ref_Key as string,
    СсылкаНаОбъект_Type: `StandardODATA.${SET}`,
    Состояние: value,
  });
}

function removeBankState(state: State, order: Row): void {
  state.remove(STATES, formatStateKey(order));
}

/**
 * Document_СписаниеСРасчетногоСчета (БП 3.0.198, module of СписаниеСРасчетногоСчета). A document that the statement has
 * not confirmed is written unposted without an error. A posted one sets «Оплачено» on its order; unposting leaves it.
 */
export const WRITE_OFF: Handlers = {
  beforeWrite(write) {
    const { row, isLoad } = write;
    if (isLoad) return;
    if (row.НеПодтвержденоВыпискойБанка === true) row.Posted = false;
    replaceContract(write);
  },
  onWrite({ state, row, mode, isLoad }) {
    if (isLoad || mode !== "post" || row.Posted !== true) return;
    for (const order of state.all(SET)) {
      // Either document may name the other as its basis.
      if (row.ДокументОснование !== order.Ref_Key && order.ДокументОснование !== row.Ref_Key) continue;
      setBankState(state, order, "Оплачено");
    }
  },
};
