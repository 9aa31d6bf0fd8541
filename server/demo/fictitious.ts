import {
  checkBic,
  checkCorrespondentAccount,
  checkInn,
  checkOgrn,
  checkSettlementAccount,
  type RequisiteIssue,
} from "../../core/requisites.ts";

// No tax office has the code 7799, so that no number here can be somebody's.
const TAX_OFFICE = "7799";

/** A bank of the demo: real codes, so that the account keys are real too. */
export interface DemoBank {
  readonly bic: string;
  readonly bankName: string;
  readonly corrAccount: string;
}

/** Banks where the demo's agents have their accounts. */
export const DEMO_BANKS = {
  sber: { bic: "044525225", bankName: "ПАО Сбербанк", corrAccount: "30101810400000000225" },
  alfa: { bic: "044525593", bankName: "АО «Альфа-Банк»", corrAccount: "30101810200000000593" },
  vtb: { bic: "044525187", bankName: "Банк ВТБ (ПАО)", corrAccount: "30101810700000000187" },
} as const satisfies Record<string, DemoBank>;

/** INN (ИНН) of a made-up company with its control digit; `n` up to 99 999. */
export function createCompanyInn(n: number): string {
  return completeNumber(`${TAX_OFFICE}${formatDigits(n, 5)}?`, checkInn);
}

/** INN (ИНН) of a made-up person with both control digits; `n` up to 999 999. */
export function createPersonInn(n: number): string {
  return completeNumber(`${TAX_OFFICE}${formatDigits(n, 6)}??`, checkInn);
}

/** OGRN (ОГРН) of a company registered in 2024. */
export function createCompanyOgrn(n: number): string {
  return completeNumber(`12477${formatDigits(n, 7)}?`, checkOgrn);
}

/** OGRNIP (ОГРНИП) of an entrepreneur registered in 2023. */
export function createEntrepreneurOgrn(n: number): string {
  return completeNumber(`32377${formatDigits(n, 9)}?`, checkOgrn);
}

/** A rouble account (расчётный счёт) whose key agrees with the bank. `balance`: 40702 companies, 40802 entrepreneurs. */
export function createAccountNumber(balance: "40702" | "40802" | "40817", n: number, bank: DemoBank): string {
  return completeNumber(`${balance}810?${formatDigits(n, 11)}`, (account) => checkSettlementAccount(account, bank.bic));
}

/** The same account with two digits swapped, as people mistype it: its key no longer agrees. */
export function swapDigits(account: string, bank: DemoBank): string {
  for (let at = account.length - 2; at > 8; at -= 1) {
    const swapped = account.slice(0, at) + account.charAt(at + 1) + account.charAt(at) + account.slice(at + 2);
    if (checkSettlementAccount(swapped, bank.bic) !== null) return swapped;
  }
  return account;
}

/** Tells whether a bank's codes agree with each other. */
export function isSound({ bic, corrAccount }: DemoBank): boolean {
  return checkBic(bic) === null && checkCorrespondentAccount(corrAccount, bic) === null;
}

/** The first number that passes the check when each `?` is a digit. */
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
