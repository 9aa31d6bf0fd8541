import type { Act, Step } from "../act.ts";
import type { ProblemCode } from "../errors.ts";
import type { Happening } from "../happening.ts";
import { newMessage } from "../notices.ts";
import { change, commit, type RelayContext } from "./context.ts";
import { ANNOUNCE_AFTER } from "./retry.ts";

/** How many acts one sweep looks at, so that it stays short. */
const PAGE = 100;

/** Id of the one message that asks about payments. */
export const PAYMENT_CHECK = "payment_check";

/** How long the check of payments waits for a late answer before it asks again. */
const CHECK_PATIENCE = 60 * 60_000;

/**
 * What no single message sees: tells the platform of problems that have stood for a quarter of an hour, and of acts
 * that have waited so long for a call to begin or to be answered. Returns how many acts were told of.
 */
export async function sweep(context: RelayContext): Promise<number> {
  const before = context.clock() - ANNOUNCE_AFTER;
  let told = 0;
  for (const act of await context.store.unannouncedProblems({ before, limit: PAGE })) {
    await change(context, act.id, "relay", { type: "problem.announced" });
    told += 1;
  }
  const listed = await context.store.stalledActs({ before, limit: PAGE });
  const stopped = listed.length > 0 && (await context.store.endpoint("accounting")).stoppedAt !== null;
  const code = stopped ? "ref_key_ignored" : (context.breaker.state(context.clock()).code ?? "onec_unavailable");
  for (const act of listed) {
    await change(context, act.id, "relay", (now) => stalled(code, now, act));
    told += 1;
  }
  await armPaymentCheck(context);
  return told;
}

/** Decided from the act as it is now: one that has moved on since it was listed does not stand still. */
function stalled(code: ProblemCode, act: Act, listed: Act): Happening {
  if (act.seq !== listed.seq) return { type: "problem.announced" };
  const detail = "Шаг ждёт своей очереди или ответа 1С больше 15 минут.";
  return { type: "problem.raised", code, detail, field: null, step: waitingStep(act), announce: true };
}

function waitingStep(act: Act): Step {
  if (act.status === "posted" || act.status === "ready") return "act.print";
  if (act.status === "requested") return act.counterparty === null ? "counterparty.upsert" : "act.create";
  return act.status === "accepted" ? "payment_order.create" : "act.void";
}

/** Makes sure that 1C is asked about payments, where it does not tell of them by itself. */
export async function armPaymentCheck(context: RelayContext): Promise<void> {
  if (context.adapter.flags.pushesEvents) return;
  const now = context.clock();
  const standing = await context.store.message(PAYMENT_CHECK);
  if (standing === null) {
    const message = newMessage(PAYMENT_CHECK, null, now, {
      lane: "accounting",
      kind: "payment.check",
      queueKey: null,
      endpoint: "accounting",
      payload: {},
    });
    // A conflict means that another node was first.
    await commit(context, [{ type: "message", message }]);
  } else if (standing.state === "parked" && now - standing.dueAt > CHECK_PATIENCE) {
    const round = Number(standing.journal.round ?? 0) + 1;
    const again = { type: "requeue", messageId: PAYMENT_CHECK, from: ["parked"], dueAt: now, restart: false } as const;
    await commit(context, [{ ...again, journal: { round } }]);
  }
}
