import { exception, handlerException } from "./errors.ts";
import { RECEIPT_ACT, SALE_ACT } from "./handlers/act.ts";
import { markFiles } from "./handlers/attached-files.ts";
import { BANK_ACCOUNT } from "./handlers/bank-account.ts";
import { checkClosedPeriod } from "./handlers/closed-period.ts";
import { completeContacts } from "./handlers/contacts.ts";
import { CONTRACT } from "./handlers/contract.ts";
import { COUNTERPARTY } from "./handlers/counterparty.ts";
import { checkYear, fixTime } from "./handlers/dates.ts";
import { clearDivision, giveNumber } from "./handlers/number.ts";
import { PAYMENT_ORDER, WRITE_OFF } from "./handlers/payment-order.ts";
import type { Handlers, Write } from "./handlers/write.ts";
import type { Setup } from "./options.ts";
import { EMPTY_DATE } from "./schema.ts";
import type { Settings } from "./settings.ts";
import type { Row, State } from "./state.ts";
import { completeRow, keyOf } from "./state.ts";

/** Parts of an infobase for a write. */
export interface Books {
  readonly setup: Setup;
  readonly state: State;
  readonly settings: Settings;
}

/** One write, before 1C's handlers. */
export interface WriteRequest {
  readonly set: string;
  readonly row: Row;
  readonly mode?: Write["mode"];
  readonly by?: Write["by"];
  readonly isLoad?: boolean;
}

const HANDLERS: Readonly<Record<string, Handlers>> = {
  Catalog_Контрагенты: COUNTERPARTY,
  Catalog_БанковскиеСчета: BANK_ACCOUNT,
  Catalog_ДоговорыКонтрагентов: CONTRACT,
  Document_ПоступлениеТоваровУслуг: RECEIPT_ACT,
  Document_РеализацияТоваровУслуг: SALE_ACT,
  Document_ПлатежноеПоручение: PAYMENT_ORDER,
  Document_СписаниеСРасчетногоСчета: WRITE_OFF,
};

/** Documents whose posting makes movements, which people may block. */
const MOVING = new Set(["Document_ПоступлениеТоваровУслуг", "Document_РеализацияТоваровУслуг"]);

/**
 * Writes an object as 1C does, in one transaction. The order: checks of posting, ПередЗаписью of the module,
 * subscriptions, the stored row, ПриЗаписи, posting. A refusal takes everything back.
 */
export function writeObject(books: Books, request: WriteRequest): Row {
  return books.state.transact(() => {
    const { setup, state, settings } = books;
    const { set, mode = "write", by = "program", isLoad = false } = request;
    const before = state.get(set, String(request.row.Ref_Key)) ?? null;
    const row = structuredClone(request.row);
    if (mode !== "write") row.Posted = mode === "post";
    const write: Write = {
      setup,
      state,
      settings,
      set,
      row,
      before,
      mode,
      by,
      isLoad,
      writeOther: (other, values) => writeValues(books, other, values, { by, isLoad }),
    };
    const handlers = HANDLERS[set] ?? {};
    if (mode === "post") checkFilling(write, handlers);
    handlers.beforeWrite?.(write);
    runSubscriptions(write);
    completeRow(state.entity(set), row);
    const saved = state.save(set, row);
    const written = { ...write, row: saved };
    handlers.onWrite?.(written);
    markFiles(written);
    if (mode === "post" && MOVING.has(set) && settings.postingBlocked !== null) {
      throw handlerException("ОбработкаПроведения", settings.postingBlocked);
    }
    return saved;
  });
}

/** Deletes an object for good. The closed day guards documents without a mark. */
export function deleteObject(books: Books, set: string, row: Row): void {
  const { setup, state, settings } = books;
  const write: Write = {
    ...{ setup, state, settings, set, row, before: row, mode: "write", by: "program", isLoad: false },
    writeOther: (other, values) => writeValues(books, other, values),
  };
  if (row.Predefined === true) throw exception("Предопределенный элемент не может быть удален");
  if (row.DeletionMark !== true) checkClosedPeriod(write);
  state.remove(set, keyOf(state.entity(set), row));
}

/** Changes some values of an object, or makes one; the handlers run. */
export function writeValues(
  books: Books,
  set: string,
  values: Row,
  how: Pick<WriteRequest, "mode" | "by" | "isLoad"> = {},
): Row {
  return writeObject(books, { ...how, set, row: books.state.withValues(set, values) });
}

function checkFilling(write: Write, { checkFilling }: Handlers): void {
  if (write.row.DeletionMark === true) throw exception("Помеченный на удаление документ не может быть проведен");
  const wrong = checkFilling?.(write) ?? [];
  if (wrong.length > 0) throw handlerException("ОбработкаПроверкиЗаполнения", wrong.join("\n"));
}

function runSubscriptions(write: Write): void {
  const { state, settings, set, row, before } = write;
  const { category } = state.entity(set);
  checkDeleting(settings, row);
  if (before?.Predefined === true && row.DeletionMark === true) {
    throw handlerException("ПередЗаписью", "Предопределенный элемент не может быть помечен на удаление");
  }
  if (category === "document") {
    if (row.Date === EMPTY_DATE) throw handlerException("ПередЗаписью", 'Поле "Дата" не заполнено');
    // Unpost first (P9).
    if (row.DeletionMark === true && row.Posted === true) {
      throw exception("Ошибка записи: помеченный на удаление документ не может быть проведен");
    }
    fixTime(write);
    checkYear(write);
    checkLimit(state, settings, before);
  }
  if (category === "document" || set === "Catalog_БанковскиеСчета") clearDivision(write);
  completeContacts(write);
  giveNumber(write);
  checkClosedPeriod(write);
}

/** Refuses references to an element that is just being deleted (БП 3.0.198, УдалениеПомеченныхОбъектов). */
function checkDeleting({ beingDeleted }: Settings, row: Row): void {
  if (beingDeleted === null || !JSON.stringify(row).includes(beingDeleted)) return;
  throw handlerException("ПередЗаписью", "Элемент удаляется в данный момент. Выберите другой элемент");
}

/** The free tariff of 1С:Fresh keeps so many documents (БП 3.0.198, ТарификацияБП). */
function checkLimit(state: State, { documentLimit }: Settings, before: Row | null): void {
  if (documentLimit === null || before !== null) return;
  const documents = [...state.entities.values()].filter(({ category }) => category === "document");
  const count = documents.reduce((sum, { name }) => sum + state.all(name).length, 0);
  if (count >= documentLimit) {
    throw handlerException("ПередЗаписью", `Превышено количество документов бесплатного тарифа: ${documentLimit}`);
  }
}
