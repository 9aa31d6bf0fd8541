import type {
  ActState,
  CreateActParams,
  CreatePaymentOrderParams,
  FindActParams,
  FindLastActParams,
  LastAct,
  PaymentOrderState,
} from "../../core/adapter.ts";
import { type PlainDate, printDate } from "../../core/date.ts";
import { computeIncludedVat } from "../../core/money.ts";
import { type PaymentState, PURPOSE_LIMIT } from "../../core/payment-order.ts";
import { getNextNumber, type Infobase } from "./infobase.ts";
import type { MockAct, MockCounterparty, MockPaymentOrder } from "./model.ts";
import { createRefusal } from "./refusal.ts";
import { formatMarker, readMarkedPeriod, readMarkedRefs } from "./table.ts";

/** Implements `Adapter.findLastAct` over the mock's infobase. */
export function findLastAct(base: Infobase, params: FindLastActParams): LastAct | null {
  const getLastDay = (act: LastAct) => act.coveredTo ?? act.date;
  return base.acts
    .listByKey(params.counterpartyRef)
    .filter((act) => act.posted && !act.deletionMark && act.ref !== params.exceptRef)
    .filter((act) => !readMarkedRefs(act.comment).includes(params.exceptRef))
    .sort((a, b) => (isLater(a, b) ? -1 : 1))
    .map((act): LastAct => {
      const period = readMarkedPeriod(act.comment, act.ref);
      return { ref: act.ref, date: act.date, ...(period === null ? {} : { coveredTo: period.to }) };
    })
    .reduce<LastAct | null>((last, act) => (last === null || getLastDay(act) > getLastDay(last) ? act : last), null);
}

/** Implements `Adapter.createAct` over the mock's infobase. */
export function createAct(
  base: Infobase,
  params: CreateActParams,
): Pick<MockAct, "ref" | "number" | "date" | "amount" | "counterpartyRef"> {
  const known = locateAct(base, params.ref);
  if (known?.deletionMark === true) {
    throw createRefusal("act_changed", "The act is marked for deletion", `Акт № ${known.number} помечен на удаление`);
  }
  const act = known?.posted === true ? known : writeAct(base, params, known);
  if (act.ref !== params.ref) throw createRefIgnoredError(act.ref);
  const { ref, number, date, amount, counterpartyRef } = act;
  return { ref, number, date, amount, counterpartyRef, ...readPeriod(act) };
}

/** Implements `Adapter.findAct` over the mock's infobase. */
export function findAct(base: Infobase, { ref, counterpartyRef: expected }: FindActParams): ActState | null {
  const act = locateAct(base, ref);
  if (act === null) return null;
  const { number, date, posted, deletionMark, amount, counterpartyRef } = act;
  const other =
    expected === undefined || expected === counterpartyRef ? null : base.counterparties.get(counterpartyRef);
  const inn = other === null ? {} : { counterpartyInn: other.inn };
  return { ref: act.ref, number, date, posted, deletionMark, amount, counterpartyRef, ...inn, ...readPeriod(act) };
}

/** Implements `Adapter.voidAct` over the mock's infobase. */
export function voidAct(base: Infobase, ref: string): { found: boolean } {
  const act = locateAct(base, ref);
  if (act === null) return { found: false };
  if (act.deletionMark && !act.posted) return { found: true };
  requireOpen(base, act.date);
  base.write({ action: "act.voided", by: "relay", acts: [{ ...act, posted: false, deletionMark: true }] });
  return { found: true };
}

/** Implements `Adapter.createPaymentOrder` over the mock's infobase. */
export function createPaymentOrder(base: Infobase, params: CreatePaymentOrderParams): PaymentOrderState {
  const order = locateOrder(base, params.ref) ?? writeOrder(base, params);
  if (order.ref !== params.ref) throw createRefIgnoredError(order.ref);
  return { ref: order.ref, number: order.number, date: order.date };
}

/** Implements `Adapter.findPaymentOrder` over the mock's infobase. */
export function findPaymentOrder(base: Infobase, ref: string): PaymentOrderState | null {
  const order = locateOrder(base, ref);
  return order === null ? null : { ref: order.ref, number: order.number, date: order.date };
}

/** Implements `Adapter.getPaymentStates` over the mock's infobase. */
export function getPaymentStates(base: Infobase, refs: readonly string[]): Record<string, PaymentState> {
  return Object.fromEntries(refs.map((ref) => [ref, toPaymentState(locateOrder(base, ref))]));
}

/** Finds the act with this reference, else the act with the relay's marker of this reference. */
export function locateAct(base: Infobase, ref: string): MockAct | null {
  return base.acts.get(ref) ?? base.acts.findByMarker(ref);
}

function locateOrder(base: Infobase, ref: string): MockPaymentOrder | null {
  return base.paymentOrders.get(ref) ?? base.paymentOrders.findByMarker(ref);
}

function toPaymentState(order: MockPaymentOrder | null): PaymentState {
  if (order === null) return { state: "deleted", reason: "Платёжное поручение не найдено" };
  // A deletion mark does not stop a payment: the bank may have received the order before.
  if (!order.deletionMark || order.state.state === "executed") return order.state;
  return { state: "deleted", reason: "Платёжное поручение помечено на удаление" };
}

/** Writes a new act, or updates a known act that was never posted, and posts the act. */
function writeAct(base: Infobase, params: CreateActParams, known: MockAct | null): MockAct {
  requireValidAct(base, params);
  if (known !== null) requireOpen(base, known.date);
  const { period } = params;
  const days = `с ${printDate(period.from)} по ${printDate(period.to)}`;
  const blocked = base.getSettings().postingBlocked;
  const act: MockAct = {
    ref: known?.ref ?? (base.getSettings().refsIgnored ? base.createRef() : params.ref),
    number: known?.number ?? getNextNumber(base.acts),
    date: params.date,
    moment: known?.moment ?? base.acts.countRows() + 1,
    counterpartyRef: params.counterpartyRef,
    amount: params.amount,
    vat: params.vat,
    vatAmount: computeIncludedVat(params.amount, params.vat),
    lines: params.lines.map((line) => ({ ...line, content: appendDays(line.name, days) })),
    comment: formatMarker(params.ref, period),
    posted: blocked === null,
    deletionMark: false,
    byHand: false,
  };
  base.write({ action: act.posted ? "act.posted" : "act.written", by: "relay", acts: [act] });
  if (blocked !== null) throw createRefusal("act_not_posted", "The act was written but not posted", blocked);
  return act;
}

function readPeriod({ ref, comment }: MockAct): Pick<ActState, "period"> {
  const period = readMarkedPeriod(comment, ref);
  return period === null ? {} : { period };
}

/** Appends the days of the period to the line's text, unless the template already named the days. */
function appendDays(name: string, days: string): string {
  return name.replaceAll("\u00A0", " ").includes(days) ? name : `${name}, ${days}`;
}

function writeOrder(base: Infobase, params: CreatePaymentOrderParams): MockPaymentOrder {
  const card = requireCard(base, params.counterpartyRef);
  const { number, bic } = params.contractor.bankAccount;
  const account = card.accounts.find((known) => known.number === number && known.bic === bic);
  if (account === undefined) {
    const detail = `В карточке «${card.name}» нет счёта ${number} в банке с БИК ${bic}`;
    throw createRefusal("requisites_changed", "The card does not have the contractor's account", detail);
  }
  if (params.purpose.length > PURPOSE_LIMIT) {
    const detail = `Назначение платежа длиннее ${PURPOSE_LIMIT} знаков`;
    throw createRefusal("onec_rejected", "The purpose is too long", detail);
  }
  const order: MockPaymentOrder = {
    ref: base.getSettings().refsIgnored ? base.createRef() : params.ref,
    number: getNextNumber(base.paymentOrders),
    date: params.date,
    actRef: params.actRef,
    counterpartyRef: card.ref,
    account: { number, bic, bankName: account.bankName, corrAccount: account.corrAccount },
    amount: params.amount,
    vat: params.vat,
    purpose: params.purpose,
    comment: formatMarker(params.ref),
    deletionMark: false,
    state: { state: "waiting" },
  };
  base.write({ action: "payment_order.created", by: "relay", paymentOrders: [order] });
  return order;
}

function requireValidAct(base: Infobase, { counterpartyRef, date, amount, lines }: CreateActParams): void {
  requireCard(base, counterpartyRef);
  requireOpen(base, date);
  if (lines.length === 0 || lines.reduce((sum, line) => sum + line.amount, 0) !== amount) {
    const detail = "Сумма строк не равна сумме документа";
    throw createRefusal("onec_rejected", "The lines do not add up to the amount", detail);
  }
}

function requireCard(base: Infobase, ref: string): MockCounterparty {
  const card = base.counterparties.get(ref);
  if (card === null)
    throw createRefusal("onec_rejected", "The counterparty is not there", `Контрагент не найден: ${ref}`);
  return card;
}

function requireOpen(base: Infobase, date: PlainDate): void {
  const { closedUpTo } = base.getSettings();
  if (closedUpTo === null || date > closedUpTo) return;
  const detail = `Дата ${printDate(date)} в закрытом периоде: изменения запрещены по ${printDate(closedUpTo)}`;
  throw createRefusal("period_closed", "The day is closed for changes", detail);
}

function createRefIgnoredError(ref: string): Error {
  return createRefusal("ref_key_ignored", "The document got another reference than ours", `1С присвоила ссылку ${ref}`);
}

function isLater(act: MockAct, other: MockAct): boolean {
  return act.date === other.date ? act.moment > other.moment : act.date > other.date;
}
