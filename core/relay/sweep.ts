import { newMessage } from "../notices.ts";
import { change, commit, type RelayContext } from "./context.ts";
import { ANNOUNCE_AFTER } from "./retry.ts";

/** How many acts one sweep looks at, so that it stays short. */
const PAGE = 100;

/** Id of the one message that asks about payments. */
export const PAYMENT_CHECK = "payment_check";

/**
 * What no single message sees: tells the platform of problems that have stood for a quarter of an hour, and of acts
 * that wait so long behind an open breaker. Returns how many acts were told of.
 */
export async function sweep(context: RelayContext): Promise<number> {
  const before = context.clock() - ANNOUNCE_AFTER;
  let told = 0;
  for (const act of await context.store.unannouncedProblems({ before, limit: PAGE })) {
    await change(context, act.id, "relay", { type: "problem.announced" });
    told += 1;
  }
  const { state, code } = context.breaker.state(context.clock());
  if (state === "closed") return told;
  for (const act of await context.store.stalledActs({ before, limit: PAGE })) {
    const step = act.status === "accepted" ? "payment_order.create" : null;
    const raised = { type: "problem.raised", code: code ?? "onec_unavailable", detail: null, field: null } as const;
    await change(context, act.id, "relay", { ...raised, step: step ?? waitingStep(act) });
    await change(context, act.id, "relay", { type: "problem.announced" });
    told += 1;
  }
  return told;
}

function waitingStep(act: { readonly status: string; readonly counterparty: unknown }) {
  if (act.status === "posted" || act.status === "ready") return "act.print";
  if (act.status === "requested") return act.counterparty === null ? "counterparty.upsert" : "act.create";
  return "act.void";
}

/** Makes sure that 1C is asked about payments, where it does not tell of them by itself. */
export async function armPaymentCheck(context: RelayContext): Promise<void> {
  if (context.adapter.flags.pushesEvents) return;
  if ((await context.store.message(PAYMENT_CHECK)) !== null) return;
  const message = newMessage(PAYMENT_CHECK, null, context.clock(), {
    lane: "accounting",
    kind: "payment.check",
    queueKey: null,
    endpoint: "accounting",
    payload: {},
  });
  // A conflict means that another node was first.
  await commit(context, [{ type: "message", message }]);
}
