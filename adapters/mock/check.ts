import type { CheckLine, CheckReport } from "../../core/adapter.ts";
import type { Organization } from "../../core/counterparty.ts";
import { printDate } from "../../core/date.ts";
import { EMPTY_CARD } from "./counterparties.ts";
import type { Infobase } from "./infobase.ts";

/** The card that a check with `write` makes and marks for deletion: always the same one. */
const TEST_CARD_REF = "00001c00-0000-4000-8000-ffffffffffff";

/** {@link Adapter.check} over the mock's infobase. */
export function checkInfobase(base: Infobase, organization: Organization, write: boolean): CheckReport {
  return {
    lines: [
      fine("Связь", "учебная 1С в памяти отвечает"),
      fine("Организация", `${organization.name}, ИНН ${organization.inn}`),
      accountLine(organization),
      fine("Контрагенты", `карточек: ${base.counterparties.size()}`),
      fine("Акты", `документов: ${base.acts.size()}`),
      fine("Платёжные поручения", `документов: ${base.paymentOrders.size()}`),
      closedLine(base),
      postingLine(base),
      refsLine(base),
      writeLine(base, write),
    ],
  };
}

function accountLine({ bankAccount }: Organization): CheckLine {
  if (bankAccount !== undefined) return fine("Счёт организации", `${bankAccount.number}, БИК ${bankAccount.bic}`);
  const todo = "Укажите расчётный счёт организации: без него не заполнить платёжное поручение";
  return { name: "Счёт организации", ok: false, detail: "не указан", todo };
}

function closedLine(base: Infobase): CheckLine {
  const { closedUpTo } = base.settings();
  return fine("Дата запрета изменения", closedUpTo === null ? "не задана" : printDate(closedUpTo));
}

function postingLine(base: Infobase): CheckLine {
  const { postingBlocked } = base.settings();
  if (postingBlocked === null) return fine("Проведение", "акты проводятся");
  return { name: "Проведение", ok: false, detail: postingBlocked, todo: "Устраните причину отказа в 1С" };
}

function refsLine(base: Infobase): CheckLine {
  if (!base.settings().refsIgnored) return fine("Ссылки", "1С сохраняет ссылку, выбранную шлюзом");
  const todo = "Разрешите 1С принимать ссылку документа извне, иначе возможны дубли";
  return { name: "Ссылки", ok: false, detail: "1С присваивает свою ссылку вместо нашей", todo };
}

function writeLine(base: Infobase, write: boolean): CheckLine {
  if (!write) return { name: "Запись", ok: null, detail: "не проверено", todo: "Запустите проверку с записью" };
  const before = base.counterparties.get(TEST_CARD_REF);
  const card = { ...EMPTY_CARD, ref: TEST_CARD_REF, name: "Проверка шлюза", deletionMark: true, madeByUs: true };
  const dataVersion = (before?.dataVersion ?? 0) + 1;
  base.write({ action: "check.written", by: "relay", counterparties: [{ ...card, dataVersion }] });
  return fine("Запись", "проверочная карточка создана и помечена на удаление");
}

function fine(name: string, detail: string): CheckLine {
  return { name, ok: true, detail };
}
