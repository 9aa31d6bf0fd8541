import type { Act, ActJobType, ActStatus } from "./act.ts";
import type { PlainDate } from "./date.ts";
import {
  createPaymentExecutedEvent,
  createPaymentOrderCreatedEvent,
  createPaymentRejectedEvent,
  type DocumentLink,
} from "./events.ts";
import { replaceProblem } from "./lifecycle-problem.ts";
import type { FormerOrder, PaymentOrder } from "./payment-order.ts";
import type { Decision, LifecycleContext, Move } from "./transition.ts";

const ASIDE: readonly ActStatus[] = ["declined", "voided"];

/** Records the coming call for an order. From here on nobody voids the act until the result of the call is known. */
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

/** Records an order made by 1C. */
export function recordPaymentOrder(
  act: Act,
  made: { ref: string; number: string; date: PlainDate; startedAt: number; link?: DocumentLink },
  context: LifecycleContext,
): Decision {
  const order = act.paymentOrder;
  if (order === null) return "same";
  const notify = (ordered: Act) => [createPaymentOrderCreatedEvent(ordered, made)];
  if (order.ref === made.ref && act.status === "accepted") {
    const paymentOrder = { ...order, state: "made", number: made.number, date: made.date } as const;
    // A problem raised after the start of the job stays, but has no job to repeat.
    const later = act.problem !== null && act.problem.since > made.startedAt;
    const problem = later ? { ...act.problem, step: null } : null;
    const stands = act.problem?.step === "payment_order.create" ? { problem } : {};
    // A problem of the order may have displaced the problem of the accepted form, so that nobody would retry the form.
    const isForgotten = act.acceptedForm === undefined && act.problem?.step !== "acceptance.print";
    const steps: ActJobType[] = isForgotten ? ["acceptance.print"] : [];
    return { patch: { status: "payment_ordered", paymentOrder, ...stands }, steps, notify };
  }
  const known = order.former.find(({ ref, number }) => ref === made.ref && number === null);
  if (known === undefined) return "same";
  // A former order paid for the act while 1C was making this order: this order must not be paid, too.
  const { number, date } = made;
  const former = order.former.map((other) => (other === known ? { ...other, number, date } : other));
  const problem = { code: "payment_unexpected", detail: `Лишнее поручение: № ${number}.` } as const;
  return addProblem(act, problem, { patch: { paymentOrder: { ...order, former } } }, context);
}

interface Executed {
  readonly ref: string;
  readonly executedAt: string;
  readonly executedOn: PlainDate;
}

/** Records an executed order as the act's own order: news of other orders can neither undo nor repeat the payment. */
export function recordPayment(act: Act, facts: Executed, context: LifecycleContext): Decision {
  const order = act.paymentOrder;
  if (order === null) return "refused";
  const current = order.ref === facts.ref;
  const other = order.former.find(({ ref }) => ref === facts.ref);
  if (!current && other === undefined) return "refused";
  if (order.executed.includes(facts.ref)) return "same";
  // Too early: the relay does not yet know the result of the order's creation. 1C reports the payment again.
  if (current && (order.state === "creating" || order.state === "refused")) return "refused";
  const executed = [...order.executed, facts.ref];
  const notify = (paid: Act) => [createPaymentExecutedEvent(paid, facts.executedAt)];
  const aside = ASIDE.includes(act.status);
  if (aside || order.executed.length > 0) {
    const problem: PaymentProblem = aside
      ? { code: "payment_unexpected", detail: "Акт к этому времени отменён." }
      : { code: "payment_doubled", detail: null };
    return addProblem(act, problem, { patch: { paymentOrder: { ...order, executed } }, notify }, context);
  }
  const paid = { status: "paid", paidOn: facts.executedOn } as const;
  if (other === undefined) {
    // The payment settles every problem except a changed act and a missing accepted form.
    const stays = act.problem?.code === "act_changed" || act.problem?.step === "acceptance.print";
    const problem = stays ? act.problem : null;
    return { patch: { ...paid, paymentOrder: { ...order, state: "made", executed }, problem }, notify };
  }
  const former = [...order.former.filter((one) => one !== other), toFormerOrder(order)];
  const paymentOrder: PaymentOrder = { ...other, state: "made", former, executed };
  // A person must stop an order that may still be paid. A rejected or refused order is no problem.
  if (order.state === "rejected" || order.state === "refused") {
    return { patch: { ...paid, paymentOrder, problem: null }, notify };
  }
  const detail = order.number === null ? null : `Лишнее поручение: № ${order.number}.`;
  const move = { patch: { ...paid, paymentOrder }, notify };
  return addProblem({ ...act, problem: null }, { code: "payment_unexpected", detail }, move, context);
}

interface PaymentProblem {
  readonly code: "payment_rejected" | "payment_unexpected" | "payment_doubled";
  readonly detail: string | null;
}

/** Adds a payment problem to a move. The webhooks of the move go first. */
function addProblem(act: Act, problem: PaymentProblem, move: Move, context: LifecycleContext): Move {
  const raised = replaceProblem(act, { ...problem, field: null, step: null }, context);
  const patch = { ...raised.patch, ...move.patch };
  return { ...raised, patch, notify: (after) => [...(move.notify?.(after) ?? []), ...raised.notify(after)] };
}

/** Records a rejected or deleted order. For any other order of this act, rejection is the desired outcome. */
export function recordPaymentRejection(
  act: Act,
  facts: { ref: string; reason: string },
  context: LifecycleContext,
): Decision {
  const order = act.paymentOrder;
  if (act.status !== "payment_ordered" && act.status !== "paid") return "refused";
  if (order === null || order.ref !== facts.ref || order.state === "rejected") return "same";
  const executed = order.executed.filter((ref) => ref !== facts.ref);
  const move: Move = {
    patch: { paymentOrder: { ...order, state: "rejected", executed } },
    notify: (rejected) => [createPaymentRejectedEvent(rejected, facts.reason)],
  };
  return addProblem(act, { code: "payment_rejected", detail: facts.reason }, move, context);
}

/** Starts a new payment order at a person's wish, after the former order was rejected. */
export function payAgain(act: Act): Decision {
  const open = act.status === "payment_ordered" || act.status === "paid";
  if (!open || act.paymentOrder?.state !== "rejected" || act.paymentOrder.executed.length > 0) return "refused";
  const problem = act.problem?.code === "payment_rejected" ? null : act.problem;
  return { patch: { status: "accepted", paidOn: null, problem }, steps: ["payment_order.create"] };
}

/** Tells whether the relay must ask 1C about the act's orders, for a 1C that does not report payments itself. */
export function isAwaitingPayment(act: Act): boolean {
  const order = act.paymentOrder;
  if (order === null) return false;
  if (act.status === "payment_ordered") return order.number !== null;
  // Rare: rejected or surplus orders, since the bank may still execute any of these orders.
  return act.status === "paid" ? order.former.length > 0 : ASIDE.includes(act.status);
}
