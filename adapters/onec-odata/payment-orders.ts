import type { CreatePaymentOrderParams, PaymentOrderState } from "../../core/adapter.ts";
import { addDays } from "../../core/date.ts";
import { computeIncludedVat } from "../../core/money.ts";
import type { Contractor } from "../../core/parties.ts";
import { PURPOSE_LIMIT } from "../../core/payment-order.ts";
import { createRejection } from "../onec/errors.ts";
import { formatMarker, parseMarkedRefs } from "../onec/marker.ts";
import { formatActContractKey } from "./acts.ts";
import { findCardAccount } from "./bank-accounts.ts";
import { type Row, refOf } from "./client.ts";
import { isWithdrawn, restoreComment } from "./comment.ts";
import { createRefIgnoredError, shortenText } from "./compare.ts";
import { contractOf } from "./contracts.ts";
import { getActMapping, type Infobase } from "./infobase.ts";
import {
  formatContains,
  formatDatetime,
  formatEquals,
  formatGuid,
  formatMoment,
  joinAll,
  joinAny,
  readDate,
  readRef,
  readText,
  typeOf,
  writeMoney,
} from "./literals.ts";
import { findOrganizationAccount, getCurrencyRef, getElementRef, getOrganizationCard } from "./lookups.ts";
import { writeOrWithdraw } from "./withdraw.ts";
import { keep, make } from "./writing.ts";

/** Days before the order's date to search for an order of an earlier attempt with our marker. */
const LOOK_BACK_DAYS = 366;
const ENTREPRENEUR = /^(?:ИП|Индивидуальный предприниматель)\s/i;

/** Makes a payment order, or returns the existing order, see {@link Adapter.createPaymentOrder}. */
export async function createPaymentOrder(base: Infobase, params: CreatePaymentOrderParams): Promise<PaymentOrderState> {
  const { entity } = base.mapping.paymentOrder;
  const ref = params.ref.toLowerCase();
  const known = await lookFor(base, params);
  if (known !== null && refOf(known) !== ref) throw createRefIgnoredError(entity, refOf(known));
  if (known !== null && !isWithdrawnOrder(base, known, ref)) return toOrderState(known, params.date);
  const body = await toOrderRow(base, params, readText(known?.[base.mapping.paymentOrder.fields.comment]));
  const row = known === null ? await makeOrder(base, ref, body) : await restore(base, ref, body);
  return toOrderState(row, params.date);
}

async function lookFor(base: Infobase, { ref, date }: CreatePaymentOrderParams): Promise<Row | null> {
  const { entity, fields } = base.mapping.paymentOrder;
  const since = `Date ge ${formatDatetime(addDays(date, -LOOK_BACK_DAYS))}`;
  const marked = joinAll(since, formatContains(fields.comment, formatMarker(ref)));
  const found = await base.odata.list(entity, { filter: joinAny(formatEquals("Ref_Key", formatGuid(ref)), marked) });
  return findPreferredOrder(base, found, ref);
}

/** Picks the order with our reference, else an unmarked order with our marker, else any order with our marker. */
export function findPreferredOrder(base: Infobase, found: readonly Row[], ref: string): Row | null {
  const { comment } = base.mapping.paymentOrder.fields;
  const wanted = ref.toLowerCase();
  const own = found.find((row) => refOf(row) === wanted);
  const marked = found.filter((row) => parseMarkedRefs(readText(row[comment])).includes(wanted));
  return own ?? marked.find((row) => row.DeletionMark !== true) ?? marked[0] ?? null;
}

/** Makes an order and compares the stored fields. Withdraws an incomplete order, which must not move money. */
async function makeOrder(base: Infobase, ref: string, body: Row): Promise<Row> {
  const { entity, fields } = base.mapping.paymentOrder;
  const draft = { entity, ref, commentField: fields.comment, comment: String(body[fields.comment]) };
  return writeOrWithdraw(base, draft, async () => (await make(base, entity, { Ref_Key: ref, ...body })).row);
}

/** Restores a withdrawn order: writes all fields again, then removes the deletion mark. */
async function restore(base: Infobase, ref: string, body: Row): Promise<Row> {
  const { entity, fields } = base.mapping.paymentOrder;
  const { [fields.comment]: comment, ...rest } = body;
  keep(base, entity, rest, await base.odata.update(entity, ref, rest));
  const last = { [fields.comment]: comment, DeletionMark: false };
  const kept = await base.odata.update(entity, ref, last);
  keep(base, entity, last, kept);
  return kept;
}

function isWithdrawnOrder(base: Infobase, row: Row, ref: string): boolean {
  return row.DeletionMark === true && isWithdrawn(readText(row[base.mapping.paymentOrder.fields.comment]), ref);
}

async function toOrderRow(base: Infobase, params: CreatePaymentOrderParams, comment: string): Promise<Row> {
  const { mapping } = base;
  const { fields, constants, cashFlowItem } = mapping.paymentOrder;
  const { counterpartyRef, contractor, amount, vat, date, purpose } = params;
  requirePurpose(purpose);
  const account = await requireAccount(base, params);
  const own = await findOrganizationAccount(base);
  if (own === null) throw createNoAccountError();
  const organization = await getOrganizationCard(base);
  const set = (field: string | null, value: unknown): Row => (field === null ? {} : { [field]: value });
  return {
    Date: formatMoment(date),
    ...constants,
    [fields.organization]: refOf(organization),
    [fields.organizationAccount]: own.ref,
    [fields.counterparty]: counterpartyRef,
    [`${fields.counterparty}_Type`]: typeOf(mapping.counterparty.entity),
    [fields.counterpartyAccount]: account,
    ...(fields.contract === null ? {} : { [fields.contract]: await getOrderContract(base, params) }),
    [fields.amount]: writeMoney(amount),
    [fields.currency]: await getCurrencyRef(base),
    ...set(fields.vatRate, mapping.vatRates[vat]),
    ...set(fields.vatAmount, writeMoney(computeIncludedVat(amount, vat))),
    [fields.purpose]: purpose,
    [fields.comment]: restoreComment(comment, params.ref),
    ...toPayeeFields(base, contractor),
    ...toPayerFields(base, organization),
    ...(fields.cashFlowItem === null || cashFlowItem === null
      ? {}
      : { [fields.cashFlowItem]: await getElementRef(base, cashFlowItem) }),
  };
}

/**
 * Texts of the payee. A write leaves empty texts empty, and a bank file without the texts is empty. Only a
 * payment to the budget has a КПП, so both stay empty, as in 1C's own orders. Source: БП 3.0.198, module
 * УчетДенежныхСредствБП, СформироватьАвтоЗначенияРеквизитовПлательщикаПолучателя.
 */
function toPayeeFields(base: Infobase, contractor: Contractor): Row {
  const { fields, partyLimit } = base.mapping.paymentOrder;
  const { name, fullName = name, kind, inn } = contractor;
  const titled = kind === "entrepreneur" && !ENTREPRENEUR.test(fullName) ? `ИП ${fullName}` : fullName;
  const text = titled.length <= partyLimit ? titled : name;
  return {
    ...(fields.payeeName === null ? {} : { [fields.payeeName]: toOneLine(text, partyLimit) }),
    ...(fields.payeeInn === null ? {} : { [fields.payeeInn]: inn }),
    ...(fields.payeeKpp === null ? {} : { [fields.payeeKpp]: "" }),
  };
}

function toPayerFields(base: Infobase, card: Row): Row {
  const { fields, partyLimit } = base.mapping.paymentOrder;
  const own = base.mapping.organization.fields;
  const short = own.shortName === null ? "" : readText(card[own.shortName]);
  const text = short || readText(card[own.fullName]) || readText(card[own.name]);
  return {
    ...(fields.payerName === null ? {} : { [fields.payerName]: toOneLine(text, partyLimit) }),
    ...(fields.payerInn === null ? {} : { [fields.payerInn]: readText(card[own.inn]) }),
    ...(fields.payerKpp === null ? {} : { [fields.payerKpp]: "" }),
  };
}

function toOneLine(text: string, longest: number): string {
  return shortenText(text.replace(/\s+/g, " "), longest);
}

/** Reference of the act's contract; without the act, of the card's contract. */
async function getOrderContract(base: Infobase, params: CreatePaymentOrderParams): Promise<string> {
  const { entity, fields } = getActMapping(base);
  // The relay has just read the act.
  const known = base.recent.peek<string>(formatActContractKey(params.actRef));
  if (known !== undefined) return known;
  const act = await base.odata.get(entity, params.actRef);
  const contract = act === null ? null : readRef(act[fields.contract]);
  return contract ?? contractOf(base, params.counterpartyRef, params.contractor);
}

async function requireAccount(base: Infobase, params: CreatePaymentOrderParams): Promise<string> {
  const { bankAccount } = params.contractor;
  const account = await findCardAccount(base, params.counterpartyRef, bankAccount);
  if (account !== null) return account;
  const detail = `В карточке контрагента нет счёта ${bankAccount.number} в банке с БИК ${bankAccount.bic}`;
  throw createRejection("requisites_changed", "The card does not have the contractor's account", detail);
}

function requirePurpose(purpose: string): void {
  if (purpose.length <= PURPOSE_LIMIT) return;
  const detail = `Назначение платежа длиннее ${PURPOSE_LIMIT} знаков`;
  throw createRejection("onec_rejected", "The purpose is too long", detail);
}

function createNoAccountError(): Error {
  const detail = "У организации в 1С нет основного банковского счёта: укажите его или ONEC_ORGANIZATION_ACCOUNT";
  return createRejection("onec_rejected", "The organisation has no account", detail);
}

function toOrderState(row: Row, asked: string): PaymentOrderState {
  return { ref: refOf(row), number: readText(row.Number).trim(), date: readDate(row.Date) ?? asked };
}

/** Finds a payment order, see {@link Adapter.findPaymentOrder}. A withdrawn order counts as not made. */
export async function findPaymentOrder(base: Infobase, ref: string): Promise<PaymentOrderState | null> {
  const { entity, fields } = base.mapping.paymentOrder;
  const own = await base.odata.get(entity, ref);
  const filter = formatContains(fields.comment, formatMarker(ref));
  const row = own ?? findPreferredOrder(base, await base.odata.list(entity, { filter }), ref);
  if (row === null || isWithdrawnOrder(base, row, ref)) return null;
  const date = readDate(row.Date);
  if (date !== null) return toOrderState(row, date);
  throw createRejection("onec_rejected", "An order cannot be read", `У документа ${entity} ${refOf(row)} нет даты`);
}
