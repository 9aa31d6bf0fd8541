import { describe, expect, test } from "vitest";
import type { Act } from "../../core/act.ts";
import type { ActEvent } from "../../core/act-event.ts";
import { transition } from "../../core/lifecycle.ts";
import { isAwaitingPayment } from "../../core/lifecycle-payment.ts";
import { anAct, aPaymentOrder, aProblem, companyInn, NOON } from "../support/builders.ts";

const context = { at: NOON, actor: "onec", organizationInn: companyInn(1), destinations: ["platform"] } as const;
const document = { ref: "a", number: "1", date: "2026-11-24" };
const FIRST = { ref: "order-1", attempt: 1, number: "101", date: "2026-11-24" };
const SECOND = { ref: "order-2", attempt: 2, number: "102", date: "2026-11-25" };

function move(act: Act, event: ActEvent): Act {
  const decided = transition(act, event, context);
  if (decided.kind !== "moved") throw new Error(`The transition is ${decided.kind}`);
  return decided.act;
}

const started = (ref: string, attempt: number) => ({ type: "payment_order.started", ref, attempt }) as const;
const made = (ref: string, number: string) =>
  ({ type: "payment_order.created", ref, number, date: "2026-11-26", startedAt: NOON }) as const;
const executed = (ref: string) =>
  ({ type: "onec.payment_executed", ref, executedAt: "2026-11-27", executedOn: "2026-11-27" }) as const;
const rejected = (ref: string) => ({ type: "onec.payment_rejected", ref, reason: "Счёт закрыт" }) as const;

const accepted = (more: Partial<Act>) => anAct({ status: "accepted", document, ...more });
const ordered = (more: Partial<Act>) => anAct({ status: "payment_ordered", document, ...more });
const paid = (more: Partial<Act>) => anAct({ status: "paid", paidOn: "2026-11-26", document, ...more });

describe("an order that is tried anew", () => {
  const refused = aPaymentOrder({ ...SECOND, state: "refused", number: null, date: null, former: [FIRST] });

  test("blocks the void again, although 1C refused the order before", () => {
    const act = move(accepted({ paymentOrder: refused }), started("order-2", 2));
    expect(act.paymentOrder?.state).toBe("creating");
    expect(transition(act, { type: "operator.voided", reason: "…" }, context).kind).toBe("refused");
  });

  test("keeps the former orders and does not join the former orders", () => {
    const act = move(accepted({ paymentOrder: refused }), started("order-2", 2));
    expect(act.paymentOrder?.former).toEqual([FIRST]);
  });

  test("adds the rejected order to all former ones", () => {
    const before = aPaymentOrder({ ...SECOND, state: "rejected", former: [FIRST] });
    const act = move(accepted({ paymentOrder: before }), started("order-3", 3));
    expect(act.paymentOrder?.former).toEqual([FIRST, SECOND]);
  });
});

describe("an order that 1C has made", () => {
  test("leaves the standing problem of another step", () => {
    const problem = aProblem("delivery_dead", { step: null, announced: true });
    const order = aPaymentOrder({ ...FIRST, state: "creating", number: null, date: null });
    const act = move(accepted({ paymentOrder: order, problem }), made("order-1", "101"));
    expect(act).toMatchObject({ status: "payment_ordered", problem: { code: "delivery_dead" } });
  });

  test("is reported as one too many when a former order has paid meanwhile", () => {
    const unmade = { ...SECOND, number: null, date: null };
    const order = aPaymentOrder({ ...FIRST, former: [unmade], executed: ["order-1"] });
    const act = move(paid({ paymentOrder: order }), made("order-2", "102"));
    expect(act.problem?.code).toBe("payment_unexpected");
    expect(act.paymentOrder?.former).toEqual([{ ...SECOND, date: "2026-11-26" }]);
    expect(transition(act, made("order-2", "102"), context).kind).toBe("same");
  });
});

describe("a payment", () => {
  test.each(["creating", "refused"] as const)("is not taken for an order that is only %s", (state) => {
    const order = aPaymentOrder({ ...FIRST, state, number: null, date: null });
    expect(transition(accepted({ paymentOrder: order }), executed("order-1"), context).kind).toBe("refused");
  });

  test("leaves a changed act standing as a problem", () => {
    const problem = aProblem("act_changed", { step: null });
    const act = move(ordered({ paymentOrder: aPaymentOrder(FIRST), problem }), executed("order-1"));
    expect(act).toMatchObject({ status: "paid", problem: { code: "act_changed" } });
  });

  test("is not doubled when the bank took the first execution back", () => {
    const order = aPaymentOrder({ ...FIRST, executed: ["order-1"] });
    const back = move(paid({ paymentOrder: order }), rejected("order-1"));
    expect(back).toMatchObject({ problem: { code: "payment_rejected" }, paymentOrder: { executed: [] } });
    expect(move(back, executed("order-1"))).toMatchObject({ status: "paid", problem: null });
  });

  test("is made again by a new order after the bank took the payment back", () => {
    const order = aPaymentOrder({ ...FIRST, executed: ["order-1"] });
    const back = move(paid({ paymentOrder: order }), rejected("order-1"));
    const again = move(back, { type: "operator.paid_again" });
    expect(again).toMatchObject({ status: "accepted", paidOn: null, problem: null });
  });

  test.each([
    ["made", "payment_unexpected"],
    ["creating", "payment_unexpected"],
    ["rejected", null],
    ["refused", null],
  ] as const)("counts from a former order while the last order is %s: the remaining problem is %s", (state, code) => {
    const act = ordered({ paymentOrder: aPaymentOrder({ ...SECOND, state, former: [FIRST] }) });
    const after = move(act, executed("order-1"));
    expect(after.problem?.code ?? null).toBe(code);
    expect(after).toMatchObject({ status: "paid", paymentOrder: { ref: "order-1", executed: ["order-1"] } });
  });

  test("keeps all other former orders when one of several former orders paid", () => {
    const third = { ref: "order-3", attempt: 3, number: "103", date: "2026-11-26" };
    const order = aPaymentOrder({ ...third, state: "rejected", former: [FIRST, SECOND] });
    const after = move(ordered({ paymentOrder: order }), executed("order-1"));
    expect(after.paymentOrder?.former).toEqual([SECOND, third]);
  });
});

describe("paying again", () => {
  test("leaves the standing problem of another step", () => {
    const problem = aProblem("delivery_dead", { step: null, announced: true });
    const order = aPaymentOrder({ ...FIRST, state: "rejected" });
    const act = move(ordered({ paymentOrder: order, problem }), { type: "operator.paid_again" });
    expect(act).toMatchObject({ status: "accepted", problem: { code: "delivery_dead" } });
  });
});

describe("a check of payments", () => {
  const order = aPaymentOrder(FIRST);

  test("includes an ordered act only once the order has a number", () => {
    expect(isAwaitingPayment(ordered({ paymentOrder: order }))).toBe(true);
    expect(isAwaitingPayment(ordered({ paymentOrder: { ...order, number: null } }))).toBe(false);
    expect(isAwaitingPayment(accepted({ paymentOrder: order }))).toBe(false);
  });

  test("includes a paid act with former orders", () => {
    expect(isAwaitingPayment(paid({ paymentOrder: order }))).toBe(false);
    expect(isAwaitingPayment(paid({ paymentOrder: { ...order, former: [SECOND] } }))).toBe(true);
  });

  test("includes a voided act with an order", () => {
    expect(isAwaitingPayment(anAct({ status: "voided", paymentOrder: order }))).toBe(true);
    expect(isAwaitingPayment(anAct({ status: "voided" }))).toBe(false);
  });
});
