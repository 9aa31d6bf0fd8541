import type { BankAccount } from "../../core/parties.ts";
import { createRejection } from "../onec/errors.ts";
import { type Row, refOf } from "./client.ts";
import { shortenText } from "./compare.ts";
import type { Infobase } from "./infobase.ts";
import { readRef, typeOf } from "./literals.ts";
import { type Bank, findBankByBic, getCurrencyRef, isLive, listAccountsByNumber } from "./lookups.ts";
import { deriveBankAccountRef } from "./refs.ts";
import { make } from "./writing.ts";

/** A contractor's bank account on a card: `there`, or `missing` and still to be made. */
export type CardAccount =
  | { readonly state: "there"; readonly ref: string }
  | { readonly state: "missing"; readonly bank: Bank };

/** Finds a bank by BIC before the first write. Throws rejected `bank_unknown`. */
export async function requireBank(base: Infobase, bic: string): Promise<Bank> {
  const bank = await findBankByBic(base, bic);
  if (bank !== null) return bank;
  const detail = `Банк с БИК ${bic} не найден в справочнике банков 1С`;
  throw createRejection("bank_unknown", "There is no bank with this BIC", detail, "contractor.bankAccount.bic");
}

/** Finds a card's account by number and bank. Rejected `requisites_changed`: people marked our account for deletion. */
export async function resolveCardAccount(base: Infobase, row: Row, account: BankAccount): Promise<CardAccount> {
  const card = refOf(row);
  const bank = await requireBank(base, account.bic);
  // 1C takes a closed or marked account off the card itself: БП 3.0.198, module of БанковскиеСчета, ПриЗаписи.
  const derived = await deriveBankAccountRef(card, account.number, account.bic);
  if (readRef(row[base.mapping.counterparty.fields.mainAccount]) === derived) return { state: "there", ref: derived };
  const found = await listAccountsAtBank(base, card, account.number, bank);
  const live = found.find(isLive);
  if (live !== undefined) return { state: "there", ref: refOf(live) };
  // The relay can neither make the account twice nor undo people's decision.
  if (found.some((one) => refOf(one) === derived)) throw createMarkedAccountError(account);
  return { state: "missing", bank };
}

/** Finds the live account of a card, or null, also for a bank unknown to 1C. Makes nothing. */
export async function findCardAccount(base: Infobase, card: string, account: BankAccount): Promise<string | null> {
  const bank = await findBankByBic(base, account.bic);
  if (bank === null) return null;
  const live = (await listAccountsAtBank(base, card, account.number, bank)).find(isLive);
  return live === undefined ? null : refOf(live);
}

async function listAccountsAtBank(base: Infobase, card: string, number: string, bank: Bank): Promise<Row[]> {
  const found = await listAccountsByNumber(base, number, card, base.mapping.counterparty.entity);
  return found.filter((row) => bank.refs.includes(readRef(row[base.mapping.bankAccount.fields.bank]) ?? ""));
}

/** Makes the account under a reference derived from card, number and BIC; returns the reference. */
export async function makeCardAccount(base: Infobase, card: string, account: BankAccount, bank: Bank): Promise<string> {
  const { entity, fields, nameLimit, constants } = base.mapping.bankAccount;
  const ref = await deriveBankAccountRef(card, account.number, account.bic);
  const { row } = await make(base, entity, {
    Ref_Key: ref,
    ...constants,
    [fields.owner]: card,
    [`${fields.owner}_Type`]: typeOf(base.mapping.counterparty.entity),
    [fields.name]: shortenText(`${account.number}, ${bank.name}`, nameLimit),
    [fields.number]: account.number,
    [fields.bank]: bank.ref,
    [fields.currency]: await getCurrencyRef(base),
  });
  if (!isLive(row)) throw createMarkedAccountError(account);
  return ref;
}

function createMarkedAccountError({ number }: BankAccount): Error {
  const detail = `Счёт ${number} в карточке контрагента помечен на удаление: снимите пометку или исправьте счёт на платформе`;
  return createRejection(
    "requisites_changed",
    "The account is marked for deletion",
    detail,
    "contractor.bankAccount.number",
  );
}
