import { expect } from "vitest";
import type { CreatePaymentOrderParams } from "../../core/adapter.ts";
import { accountOf, bareContractor, innOf, newCall, OTHER_BIC, orderParams, refOf } from "../support/accounting.ts";
import type { AdapterHarness, Rule } from "./adapter-harness.ts";
import { needed, now, refused, upsert } from "./adapter-harness.ts";

const ABSENT = refOf("order", 999);

async function withCard(harness: AdapterHarness): Promise<string> {
  return (await upsert(harness, bareContractor(1))).ref;
}

function order({ adapter }: AdapterHarness, params: CreatePaymentOrderParams) {
  return now(adapter.createPaymentOrder(params, newCall()));
}

function find({ adapter }: AdapterHarness, ref: string) {
  return now(adapter.findPaymentOrder({ ref }, newCall()));
}

function states({ adapter }: AdapterHarness, refs: readonly string[]) {
  return now(adapter.getPaymentStates(refs, newCall()));
}

/** Rules of payment orders. */
export function paymentRules(rule: Rule): void {
  orderRules(rule);
  stateRules(rule);
}

function orderRules(rule: Rule): void {
  rule("makes an order under our reference and finds it", async (harness) => {
    const card = await withCard(harness);
    const params = orderParams(card);
    const made = await order(harness, params);
    expect(made).toMatchObject({ ref: params.ref, date: params.date });
    expect(made.number).toMatch(/\d/);
    expect(await find(harness, params.ref)).toEqual(made);
    const { ref, amount, purpose } = params;
    expect(await harness.hands.ordersOf(card)).toMatchObject([{ ref, amount, purpose, number: made.number }]);
  });

  rule("finds nothing under an unknown reference", async (harness) => {
    expect(await find(harness, ABSENT)).toBeNull();
  });

  rule("pays to the contractor's account, not to the card's main one", async (harness) => {
    const main = accountOf(50, OTHER_BIC);
    await harness.hands.addCard({ name: "Поставщик", inn: innOf(1), accounts: [main] });
    const card = await withCard(harness);
    await order(harness, orderParams(card));
    const { number, bic } = bareContractor(1).bankAccount;
    expect(await harness.hands.ordersOf(card)).toMatchObject([{ account: { number, bic } }]);
  });

  rule("refuses when the card no longer has the account, and makes nothing", async (harness) => {
    const card = await withCard(harness);
    await harness.hands.removeAccount(card, bareContractor(1).bankAccount.number);
    await refused(order(harness, orderParams(card)), "requisites_changed");
    expect(await harness.hands.ordersOf(card)).toEqual([]);
    expect(await find(harness, orderParams(card).ref)).toBeNull();
  });

  rule("does not take an equal number at another bank for the contractor's account", async (harness) => {
    const card = await withCard(harness);
    const { number } = bareContractor(1).bankAccount;
    const contractor = bareContractor(1, { bankAccount: { number, bic: OTHER_BIC } });
    await refused(order(harness, orderParams(card, 1, { contractor })), "requisites_changed");
  });

  rule("makes one order for each attempt", async (harness) => {
    const card = await withCard(harness);
    const first = await order(harness, orderParams(card, 1));
    await harness.hands.markPaymentOrder(first.ref);
    const second = await order(harness, orderParams(card, 2));
    expect(second.number).not.toBe(first.number);
    expect(await harness.hands.ordersOf(card)).toHaveLength(2);
  });

  rule("notices that 1C ignores our reference", async (harness, context) => {
    const card = await withCard(harness);
    await needed(context, harness.hands.ignoreRefs, "ignore references")(true);
    for (const _ of [1, 2]) await refused(order(harness, orderParams(card)), "ref_key_ignored");
    expect(await harness.hands.ordersOf(card)).toHaveLength(1);
    expect(await find(harness, orderParams(card).ref)).not.toBeNull();
  });
}

function stateRules(rule: Rule): void {
  rule("answers an empty request with an empty list", async (harness) => {
    expect(await states(harness, [])).toEqual({});
  });

  rule("tells waiting, executed and deleted orders apart in one query", async (harness) => {
    const card = await withCard(harness);
    const [waiting, executed, marked] = [1, 2, 3].map((n) => refOf("order", n)) as [string, string, string];
    for (const n of [1, 2, 3]) await order(harness, orderParams(card, n, { amount: 1_500_000 + n }));
    await harness.hands.executePayment(executed, "2026-11-03");
    await harness.hands.markPaymentOrder(marked);
    expect(await states(harness, [waiting, executed, marked, ABSENT])).toEqual({
      [waiting]: { state: "waiting" },
      [executed]: { state: "executed", executedOn: "2026-11-03" },
      [marked]: { state: "deleted", reason: expect.stringMatching(/[а-яё]/i) },
      [ABSENT]: { state: "deleted", reason: expect.stringMatching(/[а-яё]/i) },
    });
  });

  rule("tells that an order was executed though people marked it for deletion", async (harness) => {
    const { ref } = await order(harness, orderParams(await withCard(harness)));
    await harness.hands.markPaymentOrder(ref);
    await harness.hands.executePayment(ref, "2026-11-03");
    expect(await states(harness, [ref])).toEqual({ [ref]: { state: "executed", executedOn: "2026-11-03" } });
  });

  rule("passes on the bank's refusal in its own words", async (harness, context) => {
    const reject = needed(context, harness.hands.rejectPayment, "reject a payment");
    const { ref } = await order(harness, orderParams(await withCard(harness)));
    await reject(ref, "Счёт получателя закрыт");
    expect(await states(harness, [ref])).toEqual({ [ref]: { state: "rejected", reason: "Счёт получателя закрыт" } });
  });
}
