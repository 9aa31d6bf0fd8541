import { addDays, type PlainDate } from "../../core/date.ts";
import { AdapterError } from "../../core/errors.ts";
import type { PaymentState } from "../../core/payment-order.ts";
import { formatMarker } from "../onec/marker.ts";
import { type OdataQuery, type Row, refOf } from "./client.ts";
import type { Infobase } from "./infobase.ts";
import {
  formatCast,
  formatContains,
  formatDatetime,
  formatEquals,
  formatGuid,
  joinAll,
  joinAny,
  joinAnyInParts,
  quoteText,
  readDate,
  readMoney,
  readRef,
  readText,
} from "./literals.ts";
import { getOrganizationRef } from "./lookups.ts";
import { findPreferredOrder } from "./payment-orders.ts";

const PAGE = 500;
/** Days after an order's date in which a bank accepts the order. */
const VALID_DAYS = 10;

/** A payment order, perhaps executed. `asked`: the reference in the question. */
interface Order {
  readonly asked: string;
  readonly ref: string;
  readonly deletionMark: boolean;
  readonly number: string;
  readonly date: PlainDate;
  readonly amount: number | null;
  readonly organizationAccount: string | null;
  readonly account: string | null;
}

/** A payment executed by the bank (списание с расчётного счёта). */
interface Payment {
  readonly basis: string | null;
  readonly number: string;
  /** Day of the order, as told by the bank. */
  readonly orderDate: PlainDate | null;
  readonly date: PlainDate;
  readonly amount: number | null;
  readonly organizationAccount: string | null;
  readonly account: string | null;
}

/**
 * Gets states of payment orders, see {@link Adapter.getPaymentStates}. A few queries read the orders, one query the
 * payments since the oldest order, one the bank states. A bank's refusal stands only in the register.
 */
export async function getPaymentStates(
  base: Infobase,
  refs: readonly string[],
): Promise<Readonly<Record<string, PaymentState>>> {
  if (refs.length === 0) return {};
  const rows = await ordersOf(base, refs);
  const orders = refs.flatMap((ref) => orderOf(base, ref, rows.get(ref)));
  const payments = orders.length === 0 ? [] : await listPaymentsSince(base, orders);
  const judged = judge(orders, payments);
  const waiting = orders.filter(({ asked }) => judged.get(asked)?.state === "waiting");
  const bankStates = waiting.length > 0 ? await readBankStates(base, waiting) : new Map<string, string>();
  const states = new Map(
    orders.map((order) => {
      const state = judged.get(order.asked) ?? NOT_FOUND;
      const bankState = bankStates.get(order.ref);
      const isOpen = state.state === "waiting" && bankState !== undefined;
      return [order.asked, isOpen ? toStateAtBank(base, order, bankState) : state] as const;
    }),
  );
  return Object.fromEntries(refs.map((ref) => [ref, states.get(ref) ?? NOT_FOUND]));
}

/** Finds orders by reference, and the missing few by our marker; keyed by the asked reference. */
async function ordersOf(base: Infobase, refs: readonly string[]): Promise<Map<string, Row>> {
  const { entity, fields } = base.mapping.paymentOrder;
  const select = [
    ...["Ref_Key", "Number", "Date", "DeletionMark", fields.amount],
    ...[fields.organizationAccount, fields.counterpartyAccount, fields.comment],
  ];
  // Names of fields already take a third of the address.
  const read = async (conditions: readonly string[]) => {
    const found: Row[] = [];
    for (const filter of joinAnyInParts(conditions, 1100))
      found.push(...(await base.odata.list(entity, { filter, select })));
    return found;
  };
  const own = await read(refs.map((ref) => formatEquals("Ref_Key", formatGuid(ref))));
  const there = new Set(own.map(refOf));
  const absent = refs.filter((ref) => !there.has(ref.toLowerCase()));
  const marked = await read(absent.map((ref) => formatContains(fields.comment, formatMarker(ref))));
  return new Map(
    refs.flatMap((ref) => {
      const row = findPreferredOrder(base, [...own, ...marked], ref);
      return row === null ? [] : [[ref, row] as const];
    }),
  );
}

/** Most orders to ask the register about by reference; a state that nobody has yet is then known, too. */
const FEW = 3;

/** Bank states that decide about a payment, by order; empty without the register. Paid orders are too many to list. */
async function readBankStates(base: Infobase, waiting: readonly Order[]): Promise<ReadonlyMap<string, string>> {
  const { bankStates, paymentOrder } = base.mapping;
  if (bankStates === null) return new Map();
  const { entity, fields, rejected, sent, paid } = bankStates;
  const asked =
    waiting.length <= FEW
      ? waiting.map(({ ref }) => formatEquals(fields.document, formatCast(ref, paymentOrder.entity)))
      : [...rejected, ...sent].map((state) => formatEquals(fields.state, quoteText(state)));
  const organization = formatEquals(fields.organization, formatGuid(await getOrganizationRef(base)));
  const filter = joinAll(organization, joinAny(...asked));
  const telling = [...rejected, ...sent, ...paid];
  try {
    const rows = await base.odata.list(entity, { filter });
    const told = rows.filter((row) => telling.includes(readText(row[fields.state])));
    return new Map(told.map((row) => [readRef(row[fields.document]) ?? "", readText(row[fields.state])] as const));
  } catch (error) {
    // The register is a help: without its publication the statement of the bank decides as before.
    const isClosed = error instanceof AdapterError && ["onec_not_published", "onec_forbidden"].includes(error.code);
    if (isClosed && error.outcome === "rejected") return new Map();
    throw error;
  }
}

function toStateAtBank({ mapping }: Infobase, { number }: Order, state: string): PaymentState {
  const reason = `Платёжное поручение № ${number} в 1С в состоянии «${STATE_TITLES[state] ?? state}»`;
  return { state: mapping.bankStates?.rejected.includes(state) === true ? "rejected" : "waiting", reason };
}

/** 1C's words for values whose names have no spaces. */
const STATE_TITLES: Readonly<Record<string, string>> = { НаПодписи: "На подписи" };

const NOT_FOUND: PaymentState = { state: "deleted", reason: "Платёжное поручение не найдено" };
const MARKED: PaymentState = { state: "deleted", reason: "Платёжное поручение помечено на удаление" };

function orderOf(base: Infobase, asked: string, row: Row | undefined): Order[] {
  const date = row === undefined ? null : readDate(row.Date);
  if (row === undefined || date === null) return [];
  const { fields } = base.mapping.paymentOrder;
  return [
    {
      asked,
      ref: refOf(row),
      deletionMark: row.DeletionMark === true,
      number: toBareNumber(readText(row.Number)),
      date,
      amount: readMoney(row[fields.amount]),
      organizationAccount: readRef(row[fields.organizationAccount]),
      account: readRef(row[fields.counterpartyAccount]),
    },
  ];
}

/** Posted, unmarked payments of the organisation since the oldest order. */
async function listPaymentsSince(base: Infobase, orders: readonly Order[]): Promise<Payment[]> {
  const { entity, fields } = base.mapping.payment;
  const since = orders.reduce((oldest, { date }) => (date < oldest ? date : oldest), orders[0]?.date ?? "");
  const optional = [fields.incomingDate, fields.counterpartyAccount].filter((name) => name !== null);
  const query: OdataQuery = {
    filter: joinAll(
      `Date ge ${formatDatetime(since)}`,
      formatEquals(fields.organization, formatGuid(await getOrganizationRef(base))),
    ),
    select: [
      ...["Ref_Key", "Date", "Posted", "DeletionMark", fields.basis, fields.amount, fields.incomingNumber],
      ...[fields.organizationAccount, ...optional],
    ],
    orderBy: "Date asc,Ref_Key asc",
    top: PAGE,
  };
  const found = new Map<string, Row>();
  for (let skip = 0; ; skip += PAGE) {
    const rows = await base.odata.list(entity, { ...query, skip });
    for (const row of rows) found.set(refOf(row), row);
    if (rows.length < PAGE) break;
  }
  return [...found.values()].flatMap((row) => paymentOf(base, row));
}

function paymentOf(base: Infobase, row: Row): Payment[] {
  const { fields } = base.mapping.payment;
  const date = readDate(row.Date);
  if (date === null || row.Posted !== true || row.DeletionMark === true) return [];
  return [
    {
      basis: readRef(row[fields.basis]),
      number: readText(row[fields.incomingNumber]).trim(),
      orderDate: fields.incomingDate === null ? null : readDate(row[fields.incomingDate]),
      date,
      amount: readMoney(row[fields.amount]),
      organizationAccount: readRef(row[fields.organizationAccount]),
      account: fields.counterpartyAccount === null ? null : readRef(row[fields.counterpartyAccount]),
    },
  ];
}

/** Decides each order's state: by a payment with the order as basis, else by equal number, sum and accounts. */
function judge(orders: readonly Order[], payments: readonly Payment[]): Map<string, PaymentState> {
  const byBasis = new Map(
    payments.toReversed().flatMap((payment) => (payment.basis === null ? [] : [[payment.basis, payment] as const])),
  );
  const open = orders.filter(({ ref }) => !byBasis.has(ref));
  const loose = payments.filter(({ basis }) => basis === null);
  return new Map(
    orders.map((order) => {
      const named = byBasis.get(order.ref);
      const state = named === undefined ? matchPayment(order, open, loose) : toExecutedState(named);
      // A bank may pay a marked order that arrived before the mark, and a second order would pay twice.
      return [order.asked, order.deletionMark && state.state === "waiting" ? MARKED : state] as const;
    }),
  );
}

function matchPayment(order: Order, orders: readonly Order[], payments: readonly Payment[]): PaymentState {
  const alike = payments.filter((payment) => isAlike(order, payment));
  const [only] = alike;
  if (only === undefined) return { state: "waiting" };
  const rivals = orders.filter((other) => isAlike(other, only));
  if (alike.length === 1 && rivals.length === 1 && isOfDay(order, only)) return toExecutedState(only);
  const reason = `В 1С есть ${alike.length === 1 ? "списание" : "списания"} с номером, суммой и счётом поручения № ${order.number}, но без ссылки на него: укажите в списании документ-основание`;
  return { state: "ambiguous", reason };
}

/** Whether number, sum and accounts are equal and the payment is not earlier than the order. */
function isAlike(order: Order, payment: Payment): boolean {
  return (
    order.number !== "" &&
    toBareNumber(payment.number) === order.number &&
    order.amount !== null &&
    payment.amount === order.amount &&
    payment.organizationAccount === order.organizationAccount &&
    (payment.account === null || payment.account === order.account) &&
    payment.date >= order.date
  );
}

/** Whether the days fit. Numbers restart each year: if the bank does not tell the day, only a soon payment counts. */
function isOfDay(order: Order, { date, orderDate }: Payment): boolean {
  return orderDate === null ? date <= addDays(order.date, VALID_DAYS) : orderDate === order.date;
}

/** A document's number in a bank's form: digits after the prefix, without leading zeros. */
function toBareNumber(number: string): string {
  return (/(\d+)\s*$/.exec(number)?.[1] ?? "").replace(/^0+/, "");
}

function toExecutedState({ date, number }: Payment): PaymentState {
  return { state: "executed", executedOn: date, ...(number === "" ? {} : { bankReference: number }) };
}
