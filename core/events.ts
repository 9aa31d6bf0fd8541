import type { Act, PrintedForm, Problem } from "./act.ts";
import { isRetried } from "./errors.ts";
import { computeIncludedVat, formatMoney } from "./money.ts";

/** A signed, expiring address of the printed form. `expiresAt` is epoch ms. */
export interface DocumentLink {
  readonly url: string;
  readonly expiresAt: number;
}

/** An event for the outside: type and data of the wire contract. */
export interface OutboundEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Fields that every event about an act carries. */
function toActFields(act: Act): Record<string, unknown> {
  return { actId: act.id, payoutId: act.payoutId, revision: act.revision };
}

/** `act.ready`: the printed form can be opened. */
export function createActReadyEvent(act: Act, form: PrintedForm, link: DocumentLink): OutboundEvent {
  return {
    type: "act.ready",
    data: {
      ...toActFields(act),
      number: act.document?.number,
      date: act.document?.date,
      period: act.period,
      amount: formatMoney(act.amount),
      vatAmount: formatMoney(computeIncludedVat(act.amount, act.vat)),
      counterparty: { inn: act.contractor.inn, ref: act.counterparty?.ref, created: act.counterparty?.created },
      pdf: { url: link.url, sha256: form.sha256, bytes: form.bytes, expiresAt: new Date(link.expiresAt).toISOString() },
    },
  };
}

/** `act.problem`: something stands in the act's way. */
export function createActProblemEvent(act: Act, problem: Problem): OutboundEvent {
  return {
    type: "act.problem",
    data: {
      ...toActFields(act),
      code: problem.code,
      message: problem.message,
      ...(problem.field === null ? {} : { field: problem.field }),
      resolver: problem.resolver,
      retrying: isRetried(problem.code),
    },
  };
}

/** `act.problem_resolved` */
export function createActProblemResolvedEvent(act: Act, problem: Problem): OutboundEvent {
  return { type: "act.problem_resolved", data: { ...toActFields(act), code: problem.code } };
}

/** `act.voided`: by the operator or in 1C. */
export function createActVoidedEvent(act: Act, reason: string): OutboundEvent {
  return { type: "act.voided", data: { ...toActFields(act), reason } };
}

/** `payment_order.created` */
export function createPaymentOrderCreatedEvent(
  act: Act,
  order: { ref: string; number: string; date: string },
): OutboundEvent {
  return {
    type: "payment_order.created",
    data: {
      ...toActFields(act),
      number: order.number,
      date: order.date,
      amount: formatMoney(act.amount),
      ref: order.ref,
    },
  };
}

/** `payment.executed`; `executedAt` as 1C told it: an instant or a plain date. */
export function createPaymentExecutedEvent(act: Act, executedAt: string): OutboundEvent {
  return { type: "payment.executed", data: { ...toActFields(act), executedAt } };
}

/** `payment.rejected` */
export function createPaymentRejectedEvent(act: Act, reason: string): OutboundEvent {
  return { type: "payment.rejected", data: { ...toActFields(act), reason } };
}
