import type { Act } from "../../act.ts";
import type { ActEvent } from "../../act-event.ts";
import { AdapterError, isRetried, PROBLEMS } from "../../errors.ts";
import type { CheckPaymentsJob, CheckPaymentsProgress } from "../../job.ts";
import type { PaymentOrder, PaymentState } from "../../payment-order.ts";
import { callAdapter, type Session } from "../adapter-call.ts";
import { ANNOUNCE_AFTER } from "../backoff.ts";
import { applyEvent } from "../commit.ts";
import { type JobEnd, OK_ATTEMPT, tellOperator } from "../job-end.ts";
import type { RelayContext } from "../options.ts";

/** Most acts per query. */
const PAGE = 100;

/** Result of a check: whether the check asked 1C at all, and the error of the first refused page. */
export interface PaymentCheck {
  readonly asked: boolean;
  readonly refusal: AdapterError | null;
}

/**
 * Asks 1C about every payment order not executed yet. After a refused page the check goes on with the next page; an
 * outage stops the check and is thrown.
 */
export async function checkPayments(context: RelayContext, session: Session<CheckPaymentsJob>): Promise<PaymentCheck> {
  let refusal: AdapterError | null = null;
  let after = "";
  for (let asked = false; ; asked = true) {
    const acts = await context.store.listActsAwaitingPayment({ after, limit: PAGE });
    if (acts.length === 0) return { asked, refusal };
    try {
      await checkPage(context, session, acts, after);
    } catch (error) {
      if (!(error instanceof AdapterError) || isRetried(error.code)) throw error;
      refusal ??= error;
    }
    after = acts.at(-1)!.id;
  }
}

async function checkPage(
  context: RelayContext,
  session: Session<CheckPaymentsJob>,
  acts: readonly Act[],
  after: string,
): Promise<void> {
  // The bank may have executed a former order of the act after all.
  const orders = acts.flatMap(({ id, paymentOrder: order }) =>
    order === null ? [] : [order, ...order.former].map(({ ref }) => ({ id, order, ref })),
  );
  const refs = orders.map(({ ref }) => ref);
  // The round is part of the call name: a late answer to an earlier check must not answer this check.
  const round = String(session.job.progress.round ?? 0);
  const states = await callAdapter(context, session, `states-${round}-${after}`, (adapter, at) =>
    adapter.getPaymentStates(refs, at),
  );
  for (const { id, order, ref } of orders) {
    const state = states[ref];
    if (state === undefined || state.state === "waiting" || isKnown(order, ref, state)) continue;
    await applyEvent(context, id, "onec", (now) => toPaymentEvent(now, ref, state));
  }
}

/** State of an order that changes its act. */
export type PaymentNews = Exclude<PaymentState, { state: "waiting" }>;

/** True for news already in the act, and for a former order's rejection: only the present order's rejection counts. */
function isKnown(order: PaymentOrder, ref: string, { state }: PaymentNews): boolean {
  if (state === "executed") return order.executed.includes(ref);
  return order.ref !== ref || order.state === "rejected";
}

/** The event of an order's new state. */
export function toPaymentEvent(act: Act, ref: string, state: PaymentNews): ActEvent {
  switch (state.state) {
    case "executed":
      return { type: "onec.payment_executed", ref, executedAt: state.executedOn, executedOn: state.executedOn };
    case "rejected":
    case "deleted":
      return { type: "onec.payment_rejected", ref, reason: state.reason };
    case "ambiguous": {
      // Raised once: the accountant's retry clears the problem, and the next check may raise the problem again.
      if (act.problem !== null) return { type: "problem.announced" };
      return { type: "problem.raised", code: "onec_rejected", detail: state.reason, field: null, step: null };
    }
  }
}

/** Ends a check; the job recurs. The operator hears of a lasting failure once, since no act shows the failure. */
export function endPaymentCheck(context: RelayContext, job: CheckPaymentsJob, failure: AdapterError | null): JobEnd {
  const now = context.clock();
  const { round = 0, failing } = job.progress;
  const progress: CheckPaymentsProgress = { round: round + 1 };
  const dueAt = now + context.settings.paymentCheckMs;
  const end: JobEnd = { state: "queued", dueAt, progress, attempt: OK_ATTEMPT };
  if (failure === null) return end;
  const { code, detail } = failure;
  const since = failing?.since ?? now;
  const told = failing?.told === true;
  const tell = !told && (!isRetried(code) || now - since >= ANNOUNCE_AFTER);
  const failed: JobEnd = { ...end, progress: { ...progress, failing: { since, told: told || tell } } };
  const message = detail ?? PROBLEMS[code].message;
  const event = { type: "payment.check_failed", data: { code, message } } as const;
  return tell ? { ...failed, also: () => tellOperator(context, event) } : failed;
}
