import type { CallContext, CreateActParams, CreatePaymentOrderParams } from "../../core/adapter.ts";
import type { BankAccount, Contractor } from "../../core/parties.ts";

/** Makes a reference in the shape of a UUID. Equal numbers give equal references. */
export function refOf(kind: "card" | "act" | "order", n: number): string {
  const version = { card: "c", act: "a", order: "0" }[kind];
  return `5f0e${version}000-0000-5000-8000-${n.toString(16).padStart(12, "0")}`;
}

let calls = 0;

/** A context with a fresh id. */
export function newCall(): CallContext {
  calls += 1;
  return { id: `call-${calls}` };
}

const INN_WEIGHTS = [2, 4, 10, 3, 5, 9, 4, 6, 8];

/** A company's INN whose control digit agrees. */
export function innOf(n: number): string {
  const head = `78${String(n).padStart(7, "0")}`;
  const sum = INN_WEIGHTS.reduce((acc, weight, place) => acc + weight * Number(head[place]), 0);
  return head + String((sum % 11) % 10);
}

export const BIC = "044525974";
export const OTHER_BIC = "044525225";

/** A rouble account at a bank whose key agrees with the BIC. */
export function accountOf(n: number, bic = BIC): BankAccount {
  const number = (key: number) => `40702810${key}${String(n).padStart(11, "0")}`;
  const weights = [7, 1, 3];
  for (let key = 0; key < 10; key += 1) {
    const digits = [...bic.slice(6), ...number(key)];
    const sum = digits.reduce((acc, digit, place) => acc + ((Number(digit) * (weights[place % 3] ?? 0)) % 10), 0);
    if (sum % 10 === 0) return { number: number(key), bic };
  }
  throw new Error("no account key agrees");
}

/** A contractor with the required fields only. */
export function bareContractor(n = 1, more: Partial<Contractor> = {}): Contractor {
  return {
    id: `agent-${n}`,
    registeredOn: "2026-09-01",
    kind: "company",
    name: `ООО «Ромашка ${n}»`,
    inn: innOf(n),
    bankAccount: accountOf(n),
    ...more,
  };
}

/** A contractor with everything. */
export function fullContractor(n = 1, more: Partial<Contractor> = {}): Contractor {
  return bareContractor(n, {
    fullName: `Общество с ограниченной ответственностью «Ромашка ${n}»`,
    kpp: "781001001",
    legalAddress: "191023, г. Санкт-Петербург, ул. Примерная, д. 1",
    phone: "+7 812 000-00-01",
    email: `agent${n}@example.com`,
    contract: { url: `https://platform.example/contracts/${n}`, number: `Д-${n}`, date: "2026-09-01" },
    ...more,
  });
}

/** An act of one day's work for a card. */
export function actParams(counterpartyRef: string, n = 1, more: Partial<CreateActParams> = {}): CreateActParams {
  const amount = more.amount ?? 1_500_000;
  const date = more.date ?? "2026-10-31";
  return {
    ref: refOf("act", n),
    payoutId: `payout-${n}`,
    counterpartyRef,
    contractor: bareContractor(1),
    date,
    period: { from: "2026-10-01", to: date },
    amount,
    vat: "none",
    lines: [{ name: "Услуги по привлечению клиентов", quantity: 1000, unit: "усл.", price: amount, amount }],
    ...more,
  };
}

/** A payment order for an act. */
export function orderParams(
  counterpartyRef: string,
  n = 1,
  more: Partial<CreatePaymentOrderParams> = {},
): CreatePaymentOrderParams {
  return {
    ref: refOf("order", n),
    actRef: refOf("act", n),
    counterpartyRef,
    contractor: bareContractor(1),
    date: "2026-11-02",
    amount: 1_500_000,
    vat: "none",
    purpose: "Оплата по акту № 1 от 31.10.2026 за услуги. Без НДС",
    ...more,
  };
}
