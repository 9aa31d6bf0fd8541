import type { Act } from "../act.ts";
import type { Happening } from "../lifecycle.ts";
import type { PaymentState } from "../payment-order.ts";
import { call, type Session } from "./accounting.ts";
import { change, type RelayContext } from "./context.ts";

/** Orders asked about in one query. */
const PAGE = 100;

/** Asks 1C about every payment order that is not executed yet. True when 1C was asked at all. */
export async function checkPayments(context: RelayContext, session: Session): Promise<boolean> {
  let asked = false;
  let after = "";
  for (;;) {
    const acts = await context.store.actsAwaitingPayment({ after, limit: PAGE });
    if (acts.length === 0) return asked;
    const refs = acts.flatMap((act) => (act.paymentOrder === null ? [] : [act.paymentOrder.ref]));
    const states = await call(context, session, `states:${after}`, (adapter, at) => adapter.paymentStates(refs, at));
    asked = true;
    for (const act of acts) {
      const state = act.paymentOrder === null ? undefined : states[act.paymentOrder.ref];
      const happening = state === undefined ? null : happened(act, state);
      if (happening !== null) await change(context, act.id, "onec", happening);
    }
    if (acts.length < PAGE) return asked;
    after = acts.at(-1)!.id;
  }
}

function happened(act: Act, state: PaymentState): Happening | null {
  switch (state.state) {
    case "waiting":
      return null;
    case "executed":
      return { type: "onec.payment_executed", executedAt: state.executedOn, executedOn: state.executedOn };
    case "rejected":
    case "deleted":
      return { type: "onec.payment_rejected", reason: state.reason };
    case "ambiguous":
      // Once: the accountant's answer is a retry, which clears it, and the next check may raise it again.
      return act.problem === null
        ? { type: "problem.raised", code: "onec_rejected", detail: state.reason, field: null, step: null }
        : null;
  }
}
