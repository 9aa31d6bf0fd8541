import type { CreatePaymentOrderParams, PaymentOrderState } from "../../core/adapter.ts";
import type { Contractor } from "../../core/counterparty.ts";
import { addDays } from "../../core/date.ts";
import { AdapterError } from "../../core/errors.ts";
import { vatInside } from "../../core/money.ts";
import { PURPOSE_LIMIT } from "../../core/payment-order.ts";
import { refused } from "../onec.ts";
import { markedRefs, marker } from "../onec-marker.ts";
import { findCardAccount } from "./bank-accounts.ts";
import type { Row } from "./client.ts";
import { refOf } from "./client.ts";
import { isWithdrawn, restored, withdrawn } from "./comment.ts";
import { refIgnored, requireKept, shortened } from "./compare.ts";
import { contractOf } from "./contracts.ts";
import type { Infobase } from "./infobase.ts";
import { actMapping, make } from "./infobase.ts";
import {
  all,
  any,
  contains,
  datetime,
  equals,
  guid,
  moment,
  readDate,
  readRef,
  readText,
  typeOf,
  writeMoney,
} from "./literals.ts";
import { currencyRef, elementRef, organizationAccount, organizationCard } from "./lookups.ts";

/** How long before its own day an order may have been made by an earlier attempt under our marker. */
const LOOK_BACK_DAYS = 366;
/** What a payee or payer without КПП has in its place. */
const NO_KPP = "0";
const ENTREPRENEUR = /^(?:ИП|Индивидуальный предприниматель)\s/i;

/** {@link Adapter.createPaymentOrder} over OData. */
export async function createPaymentOrder(base: Infobase, params: CreatePaymentOrderParams): Promise<PaymentOrderState> {
  const { entity } = base.mapping.paymentOrder;
  const ref = params.ref.toLowerCase();
  const known = await lookFor(base, params);
  if (known !== null && refOf(known) !== ref) throw refIgnored(entity, refOf(known));
  if (known !== null && !isTakenBack(base, known, ref)) return orderState(known, params.date);
  const body = await orderDocument(base, params, readText(known?.[base.mapping.paymentOrder.fields.comment]));
  const row = known === null ? await makeOrder(base, ref, body) : await restore(base, ref, body);
  return orderState(row, params.date);
}

/** The order under our reference, or one with our marker, a live one first. */
async function lookFor(base: Infobase, { ref, date }: CreatePaymentOrderParams): Promise<Row | null> {
  const { entity, fields } = base.mapping.paymentOrder;
  const since = `Date ge ${datetime(addDays(date, -LOOK_BACK_DAYS))}`;
  const marked = all(since, contains(fields.comment, marker(ref)));
  const found = await base.odata.list(entity, { filter: any(equals("Ref_Key", guid(ref)), marked) });
  return preferredOrder(base, found, ref);
}

/** Of the orders under our reference or marker the own one, else a live one. */
export function preferredOrder(base: Infobase, found: readonly Row[], ref: string): Row | null {
  const { comment } = base.mapping.paymentOrder.fields;
  const wanted = ref.toLowerCase();
  const own = found.find((row) => refOf(row) === wanted);
  const marked = found.filter((row) => markedRefs(readText(row[comment])).includes(wanted));
  return own ?? marked.find((row) => row.DeletionMark !== true) ?? marked[0] ?? null;
}

/** Made, compared with what was sent; taken back where 1C lost some of it, for money must not go by half an order. */
async function makeOrder(base: Infobase, ref: string, body: Row): Promise<Row> {
  const { entity, fields } = base.mapping.paymentOrder;
  try {
    return (await make(base, entity, { Ref_Key: ref, ...body })).row;
  } catch (error) {
    // A cause means that it was made, and not as it was sent.
    if (!(error instanceof AdapterError) || error.code !== "onec_rejected" || error.cause === undefined) throw error;
    const comment = withdrawn(String(body[fields.comment]), ref);
    const last = { DeletionMark: true, [fields.comment]: comment };
    const isTaken = await base.odata.update(entity, ref, last).then(
      (kept) => kept.DeletionMark === true,
      () => false,
    );
    throw isTaken ? error : leftBehind(error, ref);
  }
}

/** The next attempt finds it and takes it for made: only a person can still stop it. */
function leftBehind({ code, message, detail, cause }: AdapterError, ref: string): AdapterError {
  return new AdapterError(code, message, {
    outcome: "rejected",
    detail: `${detail}. Отозвать поручение не удалось: пометьте его на удаление в 1С до повтора (ссылка ${ref})`,
    cause,
  });
}

/** An order that was taken back, made good: all its fields anew, and the mark off. */
async function restore(base: Infobase, ref: string, body: Row): Promise<Row> {
  const { entity, fields } = base.mapping.paymentOrder;
  const { [fields.comment]: comment, ...rest } = body;
  requireKept(entity, rest, await base.odata.update(entity, ref, rest));
  const last = { [fields.comment]: comment, DeletionMark: false };
  const kept = await base.odata.update(entity, ref, last);
  requireKept(entity, last, kept);
  return kept;
}

function isTakenBack(base: Infobase, row: Row, ref: string): boolean {
  return row.DeletionMark === true && isWithdrawn(readText(row[base.mapping.paymentOrder.fields.comment]), ref);
}

async function orderDocument(base: Infobase, params: CreatePaymentOrderParams, comment: string): Promise<Row> {
  const { mapping } = base;
  const { fields, constants, cashFlowItem } = mapping.paymentOrder;
  const { counterpartyRef, contractor, amount, vat, date, purpose } = params;
  requirePurpose(purpose);
  const account = await requireAccount(base, params);
  const own = await organizationAccount(base);
  if (own === null) throw noOwnAccount();
  const organization = await organizationCard(base);
  const set = (field: string | null, value: unknown): Row => (field === null ? {} : { [field]: value });
  return {
    Date: moment(date),
    ...constants,
    [fields.organization]: refOf(organization),
    [fields.organizationAccount]: own.ref,
    [fields.counterparty]: counterpartyRef,
    [`${fields.counterparty}_Type`]: typeOf(mapping.counterparty.entity),
    [fields.counterpartyAccount]: account,
    ...(fields.contract === null ? {} : { [fields.contract]: await contractFor(base, params) }),
    [fields.amount]: writeMoney(amount),
    [fields.currency]: await currencyRef(base),
    ...set(fields.vatRate, mapping.vatRates[vat]),
    ...set(fields.vatAmount, writeMoney(vatInside(amount, vat))),
    [fields.purpose]: purpose,
    [fields.comment]: restored(comment, params.ref),
    ...payee(base, contractor),
    ...payer(base, organization),
    ...(fields.cashFlowItem === null || cashFlowItem === null
      ? {}
      : { [fields.cashFlowItem]: await elementRef(base, cashFlowItem) }),
  };
}

/** Texts of the parties: 1C fills them in its form only, and a bank file without them is empty. */
function payee(base: Infobase, contractor: Contractor): Row {
  const { fields, partyLimit } = base.mapping.paymentOrder;
  const { name, fullName = name, kind, inn, kpp } = contractor;
  const titled = kind === "entrepreneur" && !ENTREPRENEUR.test(fullName) ? `ИП ${fullName}` : fullName;
  const text = titled.length <= partyLimit ? titled : name;
  return {
    ...(fields.payeeName === null ? {} : { [fields.payeeName]: oneLine(text, partyLimit) }),
    ...(fields.payeeInn === null ? {} : { [fields.payeeInn]: inn }),
    ...(fields.payeeKpp === null ? {} : { [fields.payeeKpp]: kpp ?? NO_KPP }),
  };
}

function payer(base: Infobase, card: Row): Row {
  const { fields, partyLimit } = base.mapping.paymentOrder;
  const own = base.mapping.organization.fields;
  const short = own.shortName === null ? "" : readText(card[own.shortName]);
  const text = short || readText(card[own.fullName]) || readText(card[own.name]);
  return {
    ...(fields.payerName === null ? {} : { [fields.payerName]: oneLine(text, partyLimit) }),
    ...(fields.payerInn === null ? {} : { [fields.payerInn]: readText(card[own.inn]) }),
    ...(fields.payerKpp === null ? {} : { [fields.payerKpp]: readText(card[own.kpp]) || NO_KPP }),
  };
}

function oneLine(text: string, longest: number): string {
  return shortened(text.replace(/\s+/g, " "), longest);
}

/** The act's own contract; without the act, the card's. */
async function contractFor(base: Infobase, params: CreatePaymentOrderParams): Promise<string> {
  const { entity, fields } = actMapping(base);
  const act = await base.odata.get(entity, params.actRef);
  const contract = act === null ? null : readRef(act[fields.contract]);
  return contract ?? contractOf(base, params.counterpartyRef, params.contractor.contract);
}

async function requireAccount(base: Infobase, params: CreatePaymentOrderParams): Promise<string> {
  const { bankAccount } = params.contractor;
  const account = await findCardAccount(base, params.counterpartyRef, bankAccount);
  if (account !== null) return account;
  const detail = `В карточке контрагента нет счёта ${bankAccount.number} в банке с БИК ${bankAccount.bic}`;
  throw refused("requisites_changed", "The card does not have the contractor's account", detail);
}

function requirePurpose(purpose: string): void {
  if (purpose.length <= PURPOSE_LIMIT) return;
  throw refused("onec_rejected", "The purpose is too long", `Назначение платежа длиннее ${PURPOSE_LIMIT} знаков`);
}

function noOwnAccount(): Error {
  const detail = "У организации в 1С нет основного банковского счёта: укажите его или ONEC_ORGANIZATION_ACCOUNT";
  return refused("onec_rejected", "The organisation has no account", detail);
}

function orderState(row: Row, asked: string): PaymentOrderState {
  return { ref: refOf(row), number: readText(row.Number).trim(), date: readDate(row.Date) ?? asked };
}

/** {@link Adapter.findPaymentOrder} over OData. One that we took back counts as not made. */
export async function findPaymentOrder(base: Infobase, ref: string): Promise<PaymentOrderState | null> {
  const { entity, fields } = base.mapping.paymentOrder;
  const own = await base.odata.get(entity, ref);
  const row =
    own ?? preferredOrder(base, await base.odata.list(entity, { filter: contains(fields.comment, marker(ref)) }), ref);
  if (row === null || isTakenBack(base, row, ref)) return null;
  const date = readDate(row.Date);
  if (date !== null) return orderState(row, date);
  throw refused("onec_rejected", "An order cannot be read", `У документа ${entity} ${refOf(row)} нет даты`);
}
