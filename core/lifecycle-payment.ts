import type { Act, ActStatus } from "./act.ts";
import type { PlainDate } from "./date.ts";
import { createPaymentExecutedEvent, createPaymentOrderCreatedEvent, createPaymentRejectedEvent } from "./events.ts";
import { raise } from "./lifecycle-problem.ts";
import type { FormerOrder, PaymentOrder } from "./payment-order.ts";
import type { Decision, LifecycleContext } from "./transition.ts";

const ASIDE: readonly ActStatus[] = ["declined", "voided"];

/** 1C is about to be asked for an order: from here on nobody voids the act until it is known what became of it. */
export function startPaymentOrder(act: Act, ref: string, attempt: number): Decision {
  if (act.status !== "accepted") return "refused";
  const before = act.paymentOrder;
  if (before?.ref === ref && before.state === "creating") return "same";
  const former =
    before === null || before.ref === ref ? (before?.former ?? []) : [...before.former, toFormerOrder(before)];
  const executed = before?.executed ?? [];
  return { patch: { paymentOrder: { ref, attempt, state: "creating", number: null, date: null, former, executed } } };
}

function toFormerOrder({ ref, attempt, number, date }: PaymentOrder): FormerOrder {
  return { ref, attempt, number, date };
}

/** 1C has made the order. */
export function recordPaymentOrder(
  act: Act,
  made: { ref: string; number: string; date: PlainDate; startedAt: number },
  context: LifecycleContext,
): Decision {
  const order = act.paymentOrder;
  if (order === null) return "same";
  const notify = (ordered: Act) => [createPaymentOrderCreatedEvent(ordered, made)];
  if (order.ref === made.ref && act.status === "accepted") {
    const paymentOrder = { ...order, state: "made", number: made.number, date: made.date } as const;
    // What 1C told of the act after it was last read stands, though its step is over.
    const later = act.problem !== null && act.problem.since > made.startedAt;
    const problem = later && act.problem !== null ? { ...act.problem, step: null } : null;
    const stands = act.problem?.step === "payment_order.create" ? { problem } : {};
    return { patch: { status: "payment_ordered", paymentOrder, ...stands }, notify };
  }
  const known = order.former.find(({ ref, number }) => ref === made.ref && number === null);
  if (known === undefined) return "same";
  // Paid by a former order while this one was being made: it must not be paid, too.
  const former = order.former.map((other) =>
    other === known ? { ...other, number: made.number, date: made.date } : other,
  );
  const raised = raiseUnexpectedPayment(act, `Лишнее поручение: № ${made.number}.`, context);
  return { ...raised, patch: { ...raised.patch, paymentOrder: { ...order, former } } };
}

interface Executed {
  readonly ref: string;
  readonly executedAt: string;
  readonly executedOn: PlainDate;
}

/**
 * 1C says that an order was executed. The order that paid becomes the act's own, whichever it was, so that news of the
 * others can neither undo the payment nor open another one.
 */
export function recordPayment(act: Act, said: Executed, context: LifecycleContext): Decision {
  const order = act.paymentOrder;
  const current = order?.ref === said.ref;
  const other = order?.former.find(({ ref }) => ref === said.ref);
  if (order === null || (!current && other === undefined)) return "refused";
  if (order.executed.includes(said.ref)) return "same";
  // Whether it was made is not known yet: 1C tells of it again.
  if (current && (order.state === "creating" || order.state === "refused")) return "refused";
  const executed = [...order.executed, said.ref];
  const notify = (paid: Act) => [createPaymentExecutedEvent(paid, said.executedAt)];
  if (ASIDE.includes(act.status)) {
    const raised = raiseUnexpectedPayment(act, "Акт к этому времени отменён.", context);
    return {
      ...raised,
      patch: { ...raised.patch, paymentOrder: { ...order, executed } },
      notify: combineNotify(raised, notify),
    };
  }
  if (act.status === "paid" && order.executed.length > 0) {
    const raised = raiseDoubledPayment(act, context);
    return {
      ...raised,
      patch: { ...raised.patch, paymentOrder: { ...order, executed } },
      notify: combineNotify(raised, notify),
    };
  }
  const paid = { status: "paid", paidOn: said.executedOn } as const;
  if (other === undefined) {
    // What was doubtful about the payment is settled by it; a changed act is not.
    const problem = act.problem?.code === "act_changed" ? act.problem : null;
    return { patch: { ...paid, paymentOrder: { ...order, state: "made", executed }, problem }, notify };
  }
  const former = [...order.former.filter((one) => one !== other), toFormerOrder(order)];
  const paymentOrder: PaymentOrder = { ...other, state: "made", former, executed };
  // One that may still be paid has to be stopped by a person; one that is known not to be is no problem.
  if (order.state === "rejected" || order.state === "refused") {
    return { patch: { ...paid, paymentOrder, problem: null }, notify };
  }
  const detail = order.number === null ? null : `Лишнее поручение: № ${order.number}.`;
  const raised = raiseUnexpectedPayment({ ...act, status: "paid", problem: null }, detail, context);
  return { ...raised, patch: { ...raised.patch, ...paid, paymentOrder }, notify: combineNotify(raised, notify) };
}

type Raised = Exclude<Decision, "same" | "refused">;

function raiseUnexpectedPayment(act: Act, detail: string | null, context: LifecycleContext): Raised {
  const raised = raise(act, { code: "payment_unexpected", detail, field: null, step: null }, context);
  return typeof raised === "string" ? {} : raised;
}

function raiseDoubledPayment(act: Act, context: LifecycleContext): Raised {
  const raised = raise(act, { code: "payment_doubled", detail: null, field: null, step: null }, context);
  return typeof raised === "string" ? {} : raised;
}

function combineNotify(raised: Raised, first: NonNullable<Raised["notify"]>): NonNullable<Raised["notify"]> {
  return (act) => [...first(act), ...(raised.notify?.(act) ?? [])];
}

/** 1C says that an order was rejected or deleted. Of another than the act's own that is what was wanted. */
export function recordPaymentRejection(
  act: Act,
  said: { ref: string; reason: string },
  context: LifecycleContext,
): Decision {
  const order = act.paymentOrder;
  if (act.status !== "payment_ordered" && act.status !== "paid") return "refused";
  if (order === null || order.ref !== said.ref || order.state === "rejected") return "same";
  const raised = raise(act, { code: "payment_rejected", detail: said.reason, field: null, step: null }, context);
  if (typeof raised === "string") return raised;
  const executed = order.executed.filter((ref) => ref !== said.ref);
  return {
    ...raised,
    patch: { ...raised.patch, paymentOrder: { ...order, state: "rejected", executed } },
    notify: (refused) => [createPaymentRejectedEvent(refused, said.reason), ...(raised.notify?.(refused) ?? [])],
  };
}

/** A person wants a new payment order after the former was rejected. */
export function payAgain(act: Act): Decision {
  const open = act.status === "payment_ordered" || act.status === "paid";
  if (!open || act.paymentOrder?.state !== "rejected" || act.paymentOrder.executed.length > 0) return "refused";
  const problem = act.problem?.code === "payment_rejected" ? null : act.problem;
  return { patch: { status: "accepted", paidOn: null, problem }, steps: ["payment_order.create"] };
}

/** Whether 1C is to be asked about the act's orders, where it does not tell of them by itself. */
export function isAwaitingPayment(act: Act): boolean {
  const order = act.paymentOrder;
  if (order === null) return false;
  if (act.status === "payment_ordered") return order.number !== null;
  // Seldom: orders that were rejected or are too many, any of which may be executed all the same.
  return act.status === "paid" ? order.former.length > 0 : ASIDE.includes(act.status);
}
