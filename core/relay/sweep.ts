import type { Act, Step } from "../act.ts";
import type { ProblemCode } from "../errors.ts";
import type { Happening } from "../happening.ts";
import { newMessage } from "../notices.ts";
import { isNeeded } from "../problem.ts";
import { askAgain } from "./call.ts";
import { change, commit, type RelayContext } from "./context.ts";
import { type Message, OPEN_STATES } from "./message.ts";
import { ANNOUNCE_AFTER } from "./retry.ts";

/** How many acts one sweep looks at, so that it stays short. */
const PAGE = 100;

/** Id of the one message that asks about payments. */
export const PAYMENT_CHECK = "payment_check";

/** How long a message without an act, whose trouble no act shows, waits for a late answer before it asks again. */
const PATIENCE = 60 * 60_000;

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
    const open = await openMessages(context, act);
    const step = open.map(({ kind }) => kind as Step).find((kind) => isNeeded(act.status, kind));
    if (step === undefined) {
      // Nobody waits for these answers, but the counterparty's queue stands behind them.
      await wake(context, open);
      continue;
    }
    await change(context, act.id, "relay", (now) => stalled(code, step, now, act));
    told += 1;
  }
  const { items } = await context.store.messages({ lane: "accounting", state: "parked", limit: PAGE });
  const patience = context.clock() - PATIENCE;
  await wake(
    context,
    items.filter((message) => message.actId === null && message.dueAt < patience),
  );
  await armPaymentCheck(context);
  return told;
}

/** Parked messages ask anew, or turn out not to be needed. */
async function wake(context: RelayContext, messages: readonly Message[]): Promise<void> {
  const parked = messages.filter((message) => message.state === "parked");
  if (parked.length > 0)
    await commit(
      context,
      parked.map((message) => askAgain(message, context.clock())),
    );
}

/** Decided from the act as it is now: one that has moved on since it was listed does not stand still. */
function stalled(code: ProblemCode, step: Step, act: Act, listed: Act): Happening {
  if (act.seq !== listed.seq) return { type: "problem.announced" };
  const detail = "Шаг ждёт своей очереди или ответа 1С больше 15 минут.";
  return { type: "problem.raised", code, detail, field: null, step, announce: true };
}

async function openMessages(context: RelayContext, act: Act): Promise<readonly Message[]> {
  const { items } = await context.store.messages({ actId: act.id, lane: "accounting", limit: 20 });
  return items.filter(({ state }) => OPEN_STATES.some((one) => one === state));
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
