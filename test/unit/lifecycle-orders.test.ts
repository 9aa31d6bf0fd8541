import { describe, expect, test } from "vitest";
import type { Act } from "../../core/act.ts";
import type { ActEvent } from "../../core/act-event.ts";
import { PROBLEMS } from "../../core/errors.ts";
import { transition } from "../../core/lifecycle.ts";
import { anAct, aPaymentOrder, aProblem, companyInn, NOON } from "../support/builders.ts";

const context = { at: NOON, actor: "onec", organizationInn: companyInn(1), destinations: ["platform"] } as const;
const FIRST = { ref: "order-1", attempt: 1, number: "101", date: "2026-11-24" };
const SECOND = { ref: "order-2", attempt: 2, number: "102", date: "2026-11-25" };
const THIRD = { ref: "order-3", attempt: 3, number: "103", date: "2026-11-26" };
const UNMADE = { number: null, date: null };

const reportOrder = (ref: string, number: string) =>
  ({ type: "payment_order.created", ref, number, date: "2026-11-26", startedAt: NOON }) as const;
const reportPayment = (ref: string) =>
  ({ type: "onec.payment_executed", ref, executedAt: "2026-11-27", executedOn: "2026-11-27" }) as const;
const reportRejection = (ref: string) => ({ type: "onec.payment_rejected", ref, reason: "Счёт закрыт" }) as const;

function move(act: Act, event: ActEvent) {
  const decided = transition(act, event, context);
  if (decided.kind !== "moved") throw new Error(`The transition is ${decided.kind}`);
  return decided;
}

function listSent(act: Act, event: ActEvent) {
  return move(act, event).jobs.map(({ input }) => ("type" in input ? input.type : null));
}

function getResult(act: Act, event: ActEvent) {
  return transition(act, event, context).kind;
}

describe("an order made by 1C", () => {
  test("changes nothing in an act without an order", () => {
    expect(getResult(anAct({ status: "accepted" }), reportOrder("order-1", "101"))).toBe("same");
  });

  test("does not become the act's own order if the relay has begun another order", () => {
    const former = [{ ...FIRST, ...UNMADE }];
    const paymentOrder = aPaymentOrder({ ...SECOND, ...UNMADE, state: "creating", former });
    const { act } = move(anAct({ status: "accepted", paymentOrder }), reportOrder("order-1", "101"));
    expect(act).toMatchObject({ status: "accepted", problem: { code: "payment_unexpected" } });
    expect(act.paymentOrder).toMatchObject({ ref: "order-2", state: "creating", number: null });
  });

  test("gives the number to the one former order with the same reference", () => {
    const former = [
      { ...FIRST, ...UNMADE },
      { ...SECOND, ...UNMADE },
    ];
    const act = anAct({ status: "paid", paymentOrder: aPaymentOrder({ ...THIRD, former }) });
    const after = move(act, reportOrder("order-2", "102"));
    expect(after.act.paymentOrder?.former).toEqual([former[0], { ...SECOND, date: "2026-11-26" }]);
    expect(after.act.problem?.message).toMatch(/ Лишнее поручение: № 102\.$/);
    expect(listSent(act, reportOrder("order-2", "102"))).toEqual(["act.problem"]);
  });
});

describe("a payment", () => {
  test("is refused for an order that the act never had", () => {
    const act = anAct({ status: "payment_ordered", paymentOrder: aPaymentOrder({ ...THIRD, former: [FIRST] }) });
    expect(getResult(act, reportPayment("order-2"))).toBe("refused");
    expect(getResult({ ...act, paymentOrder: aPaymentOrder(THIRD) }, reportPayment("order-2"))).toBe("refused");
  });

  test("makes the second of two former orders the act's own order", () => {
    const paymentOrder = aPaymentOrder({ ...THIRD, former: [FIRST, SECOND] });
    const { act } = move(anAct({ status: "payment_ordered", paymentOrder }), reportPayment("order-2"));
    expect(act.paymentOrder).toMatchObject({ ...SECOND, state: "made", former: [FIRST, THIRD] });
  });

  test("makes a rejected order good again", () => {
    const paymentOrder = aPaymentOrder({ ...FIRST, state: "rejected" });
    const { act } = move(anAct({ status: "payment_ordered", paymentOrder }), reportPayment("order-1"));
    expect(act).toMatchObject({ status: "paid", paymentOrder: { ...FIRST, state: "made", executed: ["order-1"] } });
  });

  test("names the order to stop, if the order has a number", () => {
    const numbered = aPaymentOrder({ ...SECOND, former: [FIRST] });
    const act = anAct({ status: "payment_ordered", paymentOrder: numbered });
    expect(move(act, reportPayment("order-1")).act.problem?.message).toMatch(/ Лишнее поручение: № 102\.$/);
    const unmade = { ...numbered, ...UNMADE, state: "creating" } as const;
    const { act: after } = move(anAct({ status: "accepted", paymentOrder: unmade }), reportPayment("order-1"));
    expect(after.problem?.message).toBe(PROBLEMS.payment_unexpected.message);
  });

  test.each(["declined", "voided"] as const)("is recorded and told as unexpected for an act in %s", (status) => {
    const act = anAct({ status, paymentOrder: aPaymentOrder(FIRST) });
    const after = move(act, reportPayment("order-1")).act;
    expect(after).toMatchObject({ status, paidOn: null, problem: { code: "payment_unexpected" } });
    expect(after.paymentOrder).toMatchObject({ ...FIRST, executed: ["order-1"] });
    expect(listSent(act, reportPayment("order-1"))).toEqual(["payment.executed", "act.problem"]);
    expect(getResult(after, reportPayment("order-1"))).toBe("same");
  });

  test("is unexpected for a voided act after a first payment, too", () => {
    const paymentOrder = aPaymentOrder({ ...SECOND, former: [FIRST], executed: ["order-2"] });
    const { act } = move(anAct({ status: "voided", paymentOrder }), reportPayment("order-1"));
    expect(act.problem?.code).toBe("payment_unexpected");
    expect(act.paymentOrder?.executed).toEqual(["order-2", "order-1"]);
  });

  test("is told as doubled after a first payment, with both orders recorded", () => {
    const paymentOrder = aPaymentOrder({ ...SECOND, former: [FIRST], executed: ["order-2"] });
    const act = anAct({ status: "paid", paymentOrder });
    const after = move(act, reportPayment("order-1")).act;
    expect(after.problem).toMatchObject({ code: "payment_doubled", step: null });
    expect(after.paymentOrder).toMatchObject({ ...SECOND, executed: ["order-2", "order-1"] });
    expect(listSent(act, reportPayment("order-1"))).toEqual(["payment.executed", "act.problem"]);
  });
});

describe("a rejection", () => {
  test("takes back the execution of its own order alone", () => {
    const paymentOrder = aPaymentOrder({ ...SECOND, former: [FIRST], executed: ["order-1", "order-2"] });
    const { act } = move(anAct({ status: "paid", paymentOrder }), reportRejection("order-2"));
    expect(act.paymentOrder).toMatchObject({ state: "rejected", executed: ["order-1"] });
    expect(getResult(act, { type: "operator.paid_again" })).toBe("refused");
  });

  test("changes nothing in an ordered act without an order", () => {
    expect(getResult(anAct({ status: "payment_ordered" }), reportRejection("order-1"))).toBe("same");
  });
});

describe("paying again", () => {
  const rejectedOrder = aPaymentOrder({ ...FIRST, state: "rejected" });

  test("is refused while the new order waits", () => {
    const again = move(anAct({ status: "payment_ordered", paymentOrder: rejectedOrder }), {
      type: "operator.paid_again",
    });
    expect(again.act.status).toBe("accepted");
    expect(getResult(again.act, { type: "operator.paid_again" })).toBe("refused");
  });

  test("needs no problem", () => {
    const paid = anAct({ status: "paid", paymentOrder: rejectedOrder });
    expect(move(paid, { type: "operator.paid_again" }).act).toMatchObject({ status: "accepted", problem: null });
  });

  test("ends the problem of the rejected payment", () => {
    const problem = aProblem("payment_rejected", { step: null });
    const paid = anAct({ status: "paid", paymentOrder: rejectedOrder, problem });
    expect(move(paid, { type: "operator.paid_again" }).act.problem).toBe(null);
  });
});
