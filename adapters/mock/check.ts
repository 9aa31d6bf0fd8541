import type { CheckLine, CheckReport } from "../../core/adapter.ts";
import { type PlainDate, printDate } from "../../core/date.ts";
import type { Organization } from "../../core/parties.ts";
import { EMPTY_CARD } from "./counterparties.ts";
import { getNextNumber, type Infobase } from "./infobase.ts";
import type { MockAct, MockCounterparty } from "./model.ts";

/** A check with `write` uses this card and a new act each time, and marks both for deletion. */
const TEST_CARD_REF = "00001c00-0000-4000-8000-ffffffffffff";
const TEST_NAME = "Проверка обмена onec-relay, можно удалить";
const ONE_ROUBLE = 100;

/** Input of the check of the mock's infobase. */
export interface MockCheck {
  readonly organization: Organization;
  readonly write: boolean;
  /** Absent: the mock has no calendar, and the check tries no act. */
  readonly today: PlainDate | undefined;
}

/** Implements `Adapter.check` over the mock's infobase. */
export function checkInfobase(base: Infobase, { organization, write, today }: MockCheck): CheckReport {
  return {
    lines: [
      createPassedLine("Связь", "учебная 1С в памяти отвечает"),
      createPassedLine("Организация", `${organization.name}, ИНН ${organization.inn}`),
      checkAccount(organization),
      createPassedLine("Контрагенты", `карточек: ${base.counterparties.countRows()}`),
      createPassedLine("Акты", `документов: ${base.acts.countRows()}`),
      createPassedLine("Платёжные поручения", `документов: ${base.paymentOrders.countRows()}`),
      checkClosedPeriod(base),
      checkPosting(base),
      checkRefs(base),
      ...(write
        ? checkWriting(base, today)
        : [createUncheckedLine("Запись"), createUncheckedLine("Проведение и отмена")]),
    ],
  };
}

function checkAccount({ bankAccount }: Organization): CheckLine {
  if (bankAccount !== undefined)
    return createPassedLine("Счёт организации", `${bankAccount.number}, БИК ${bankAccount.bic}`);
  const todo = "Укажите расчётный счёт организации: без него не заполнить платёжное поручение";
  return { name: "Счёт организации", ok: false, detail: "не указан", todo };
}

function checkClosedPeriod(base: Infobase): CheckLine {
  const { closedUpTo } = base.getSettings();
  return createPassedLine("Дата запрета изменения", closedUpTo === null ? "не задана" : printDate(closedUpTo));
}

function checkPosting(base: Infobase): CheckLine {
  const { postingBlocked } = base.getSettings();
  if (postingBlocked === null) return createPassedLine("Проведение", "акты проводятся");
  return { name: "Проведение", ok: false, detail: postingBlocked, todo: "Устраните причину отказа в 1С" };
}

function checkRefs(base: Infobase): CheckLine {
  if (!base.getSettings().refsIgnored) return createPassedLine("Ссылки", "1С сохраняет ссылку, выбранную шлюзом");
  const todo = "Разрешите 1С принимать ссылку документа извне, иначе возможны дубли";
  return { name: "Ссылки", ok: false, detail: "1С присваивает свою ссылку вместо нашей", todo };
}

/** Writes a card and posts an act of one rouble, then voids the act and marks both: nothing live stays. */
function checkWriting(base: Infobase, today: PlainDate | undefined): CheckLine[] {
  const dataVersion = (base.counterparties.get(TEST_CARD_REF)?.dataVersion ?? 0) + 1;
  const card: MockCounterparty = { ...EMPTY_CARD, ref: TEST_CARD_REF, name: TEST_NAME, madeByUs: true, dataVersion };
  const act = today === undefined || isClosed(base, today) ? null : createTestAct(base, today);
  base.write({ action: "check.written", by: "relay", counterparties: [card], acts: act === null ? [] : [act] });
  const acts = act === null ? [] : [{ ...act, posted: false, deletionMark: true }];
  base.write({ action: "check.voided", by: "relay", counterparties: [{ ...card, deletionMark: true }], acts });
  return [createPassedLine("Запись", "проверочная карточка создана и помечена на удаление"), checkTestAct(today, act)];
}

function createTestAct(base: Infobase, date: PlainDate): MockAct {
  return {
    ref: base.createRef(),
    number: getNextNumber(base.acts),
    date,
    moment: base.acts.countRows() + 1,
    counterpartyRef: TEST_CARD_REF,
    amount: ONE_ROUBLE,
    vat: "none",
    vatAmount: 0,
    lines: [
      { name: TEST_NAME, content: TEST_NAME, quantity: 1000, unit: "усл.", price: ONE_ROUBLE, amount: ONE_ROUBLE },
    ],
    comment: TEST_NAME,
    posted: base.getSettings().postingBlocked === null,
    deletionMark: false,
    byHand: false,
  };
}

function checkTestAct(today: PlainDate | undefined, act: MockAct | null): CheckLine {
  const name = "Проведение и отмена";
  if (act?.posted) return createPassedLine(name, `акт № ${act.number} проведён, отменён и помечен на удаление`);
  if (act !== null) return { name, ok: false, detail: "акт не провёлся", todo: "Устраните причину отказа в 1С" };
  if (today === undefined) return { name, ok: null, detail: "не проверено" };
  const todo = "Перенесите дату запрета изменения: без открытого дня актов не создать";
  return { name, ok: false, detail: `день ${printDate(today)} закрыт`, todo };
}

function isClosed(base: Infobase, day: PlainDate): boolean {
  const { closedUpTo } = base.getSettings();
  return closedUpTo !== null && day <= closedUpTo;
}

function createUncheckedLine(name: string): CheckLine {
  return { name, ok: null, detail: "не проверено", todo: "Запустите проверку с записью: doctor --write" };
}

function createPassedLine(name: string, detail: string): CheckLine {
  return { name, ok: true, detail };
}
