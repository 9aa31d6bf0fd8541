import type { Act } from "../../act.ts";
import type { ActEvent } from "../../act-event.ts";
import { type CreatePaymentOrderParams, pickDifferences } from "../../adapter.ts";
import { printDate, toBusinessDate } from "../../date.ts";
import { AdapterError } from "../../errors.ts";
import { derivePaymentOrderRef } from "../../ids.ts";
import type { CreatePaymentOrderJob } from "../../job.ts";
import { formatPaymentPurpose, type PaymentOrder, type PaymentState } from "../../payment-order.ts";
import { callAdapter, isAnswered, type Session } from "../adapter-call.ts";
import { applyEvent } from "../commit.ts";
import { type JobResult, SKIPPED } from "../job-end.ts";
import type { RelayContext } from "../options.ts";
import { type MadeDocument, requireOwnRef, requireUnchanged, toExpected } from "./document.ts";
import { getLastEffectTime } from "./late-effects.ts";

type OrderSession = Session<CreatePaymentOrderJob>;

/** Reads the act in 1C, then makes the payment order. Needed while the act is `accepted`. Input: `ActJobInput`. */
export async function createPaymentOrder(context: RelayContext, session: OrderSession, act: Act): Promise<JobResult> {
  if (act.status !== "accepted" || act.counterparty === null || act.document === null) return SKIPPED;
  const startedAt = context.clock();
  const before = act.paymentOrder;
  const attempt = countAttempt(before);
  const ref = await derivePaymentOrderRef(act.id, attempt);
  if (await isFormerExecuted(context, session, act, ref)) return SKIPPED;
  // The intent is an event of the act, so that nobody voids the act during the call for the order.
  const begun = await applyEvent(context, act.id, "relay", { type: "payment_order.started", ref, attempt });
  if (begun === null || begun.transition.kind === "refused") return SKIPPED;
  session.orderRefused = before?.state !== "creating";
  if (before?.state === "creating" && !isAnswered(session, "order")) {
    const found = await callAdapter(context, session, "find_order", (adapter, at) =>
      adapter.findPaymentOrder({ ref }, at),
    );
    if (found !== null) return toResult(context, act, ref, { ...found, startedAt });
    const lastEffect = await getLastEffectTime(context, act.id, "payment_order.create", "order");
    session.orderRefused = !session.job.lapsed && context.clock() > lastEffect;
  }
  const state = await callAdapter(context, session, "find", (adapter, at) =>
    adapter.findAct({ ref: act.id, ...toExpected(act) }, at),
  );
  // A retry of this very problem is a person's decision to pay the act with the changes that the problem names.
  const isRead = session.job.input.reread === true && act.problem?.code === "act_changed";
  const shown = isRead ? act.problem.message : "";
  const { document, counterpartyRef } = requireUnchanged(act, state, { shown, isNumberFixed: true });
  if (counterpartyRef !== act.counterparty.ref) {
    const moved = { type: "counterparty.upserted", ref: counterpartyRef, created: false, changed: false } as const;
    await applyEvent(context, act.id, "onec", moved);
  }
  const order = {
    ref,
    actRef: act.id,
    counterpartyRef,
    contractor: act.contractor,
    date: toBusinessDate(startedAt, context.rules.timeZone),
    amount: act.amount,
    vat: act.vat,
    purpose: formatPurpose(context, act, document),
  };
  return toResult(context, act, ref, { ...(await callOrder(context, session, order)), startedAt });
}

/** Calls 1C. Only a refusal by 1C proves that no order exists; a senseless answer proves nothing. */
async function callOrder(
  context: RelayContext,
  session: OrderSession,
  order: CreatePaymentOrderParams,
): Promise<MadeDocument> {
  session.orderRefused = false;
  try {
    return await callAdapter(context, session, "order", (adapter, at) => adapter.createPaymentOrder(order, at));
  } catch (error) {
    const certain = error instanceof AdapterError && error.outcome === "rejected" && error.cause === undefined;
    session.orderRefused = certain && error.code !== "ref_key_ignored";
    throw error;
  }
}

/** Number of the order: 1, 2, 3 …; grows only after an order was made and rejected. */
function countAttempt(order: PaymentOrder | null): number {
  if (order === null) return 1;
  if (order.state !== "rejected") return order.attempt;
  return Math.max(order.attempt, ...order.former.map(({ attempt }) => attempt)) + 1;
}

/**
 * True when another order of the act was executed after all; 1C is asked before a new order is made.
 * Throws `payment_unexpected` when another order may still be executed.
 */
async function isFormerExecuted(
  context: RelayContext,
  session: OrderSession,
  { id, paymentOrder: order }: Act,
  ref: string,
): Promise<boolean> {
  if (order === null) return false;
  const others = [...order.former, order].filter((other) => other.ref !== ref).map((other) => other.ref);
  if (others.length === 0) return false;
  const states = await callAdapter(context, session, "former", (adapter, at) => adapter.getPaymentStates(others, at));
  for (const other of others) {
    const state = states[other];
    if (state?.state === "executed") {
      const { executedOn } = state;
      const paid: ActEvent = { type: "onec.payment_executed", ref: other, executedAt: executedOn, executedOn };
      await applyEvent(context, id, "onec", paid);
      return true;
    }
    if (state?.state === "rejected" || state?.state === "deleted") continue;
    throw new AdapterError("payment_unexpected", "A former order may still be executed", {
      outcome: "rejected",
      detail: explainOpenOrder(state),
    });
  }
  return false;
}

/** Words for a person who asks for a second order while the first one may still be paid. */
export function explainOpenOrder(state: PaymentState | undefined): string {
  const reason = state !== undefined && "reason" in state ? state.reason : undefined;
  const stands = reason ?? "Прежнее поручение в 1С ещё не отклонено";
  return `${stands}: отмените его, прежде чем платить снова.`;
}

async function toResult(
  context: RelayContext,
  { id, acceptedForm: form }: Act,
  ours: string,
  order: MadeDocument & { readonly startedAt: number },
): Promise<JobResult> {
  const { ref, number, date } = requireOwnRef(ours, order);
  const { startedAt } = order;
  const link = form === undefined ? {} : { link: await context.documentLink(id, form.sha256, "accepted") };
  const made = { ref, number, date, startedAt, ...link, ...pickDifferences(order) };
  return { state: "done", event: { type: "payment_order.created", ...made } };
}

function formatPurpose(context: RelayContext, act: Act, document: { number: string; date: string }): string {
  const { contract } = act.contractor;
  const number = contract?.number === undefined ? "" : ` № ${contract.number}`;
  const date = contract?.date === undefined ? "" : ` от ${printDate(contract.date)}`;
  const period = act.period === null ? "" : `${printDate(act.period.from)} - ${printDate(act.period.to)}`;
  return formatPaymentPurpose(context.settings.paymentPurpose, {
    number: document.number,
    date: printDate(document.date),
    period,
    contract: number === "" ? "" : ` по договору${number}${date}`,
    amount: act.amount,
    vat: act.vat,
  });
}
