import {
  checkBic,
  checkCorrespondentAccount,
  checkInn,
  checkOgrn,
  checkSettlementAccount,
  type RequisiteIssue,
} from "../../core/requisites.ts";

// No tax office has the code 7799, so no number in this file belongs to anybody.
const TAX_OFFICE = "7799";

/** A real bank, so that the control keys of the accounts are right too. */
export interface DemoBank {
  readonly bic: string;
  readonly bankName: string;
  readonly corrAccount: string;
}

export const DEMO_BANKS = {
  sber: { bic: "044525225", bankName: "ПАО Сбербанк", corrAccount: "30101810400000000225" },
  alfa: { bic: "044525593", bankName: "АО «Альфа-Банк»", corrAccount: "30101810200000000593" },
  vtb: { bic: "044525187", bankName: "Банк ВТБ (ПАО)", corrAccount: "30101810700000000187" },
} as const satisfies Record<string, DemoBank>;

/** Makes the INN (ИНН) of a fictitious company with its control digit; `n` up to 99 999. */
export function createCompanyInn(n: number): string {
  return completeNumber(`${TAX_OFFICE}${formatDigits(n, 5)}?`, checkInn);
}

/** Makes the INN (ИНН) of a fictitious person with both control digits; `n` up to 999 999. */
export function createPersonInn(n: number): string {
  return completeNumber(`${TAX_OFFICE}${formatDigits(n, 6)}??`, checkInn);
}

/** Makes the OGRN (ОГРН) of a company registered in 2024. */
export function createCompanyOgrn(n: number): string {
  return completeNumber(`12477${formatDigits(n, 7)}?`, checkOgrn);
}

/** Makes the OGRNIP (ОГРНИП) of an entrepreneur registered in 2023. */
export function createEntrepreneurOgrn(n: number): string {
  return completeNumber(`32377${formatDigits(n, 9)}?`, checkOgrn);
}

/** Makes a rouble account (расчётный счёт) with a right key. 40702: companies, 40802: entrepreneurs, 40817: people. */
export function createAccountNumber(balance: "40702" | "40802" | "40817", n: number, bank: DemoBank): string {
  return completeNumber(`${balance}810?${formatDigits(n, 11)}`, (account) => checkSettlementAccount(account, bank.bic));
}

/** Swaps two digits of an account, a usual typing mistake: the control key becomes wrong. */
export function swapDigits(account: string, bank: DemoBank): string {
  for (let at = account.length - 2; at > 8; at -= 1) {
    const swapped = account.slice(0, at) + account.charAt(at + 1) + account.charAt(at) + account.slice(at + 2);
    if (checkSettlementAccount(swapped, bank.bic) !== null) return swapped;
  }
  return account;
}

export function isSound({ bic, corrAccount }: DemoBank): boolean {
  return checkBic(bic) === null && checkCorrespondentAccount(corrAccount, bic) === null;
}

/** Replaces each `?` by a digit; returns the first number that passes the check. */
function completeNumber(template: string, check: (text: string) => RequisiteIssue | null): string {
  const gaps = template.split("?").length - 1;
  for (let tail = 0; tail < 10 ** gaps; tail += 1) {
    const filled = [...formatDigits(tail, gaps)].reduce((text, digit) => text.replace("?", digit), template);
    if (check(filled) === null) return filled;
  }
  throw new RangeError("No control digits fit");
}

function formatDigits(n: number, length: number): string {
  return String(n % 10 ** length).padStart(length, "0");
}
