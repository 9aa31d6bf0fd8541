import type { Act } from "../act.ts";
import type { ActEvent } from "../act-event.ts";
import type { ProblemCode } from "../errors.ts";
import { type ActJobType, type Job, newJob, OPEN_STATES } from "../job.ts";
import { isNeeded } from "../lifecycle-problem.ts";
import { ANNOUNCE_AFTER } from "./backoff.ts";
import { applyEvent, commit } from "./commit.ts";
import type { RelayContext } from "./options.ts";
import { requeueParked } from "./requeue.ts";

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
  for (const act of await context.store.listUnannouncedProblems({ before, limit: PAGE })) {
    await applyEvent(context, act.id, "relay", { type: "problem.announced" });
    told += 1;
  }
  const listed = await context.store.listStalledActs({ before, limit: PAGE });
  const stopped = listed.length > 0 && (await context.store.getDestination("accounting")).stoppedAt !== null;
  const code = stopped ? "ref_key_ignored" : (context.breaker.getState(context.clock()).code ?? "onec_unavailable");
  for (const act of listed) {
    const open = await listOpenJobs(context, act);
    const step = open.map(({ type }) => type as ActJobType).find((kind) => isNeeded(act.status, kind));
    if (step === undefined) {
      // Nobody waits for these answers, but the counterparty's queue stands behind them.
      await wake(context, open);
      continue;
    }
    await applyEvent(context, act.id, "relay", (now) => toStalledEvent(code, step, now, act));
    told += 1;
  }
  const { items } = await context.store.listJobs({ queue: "accounting", state: "parked", limit: PAGE });
  const patience = context.clock() - PATIENCE;
  await wake(
    context,
    items.filter((message) => message.actId === null && message.dueAt < patience),
  );
  await armPaymentCheck(context);
  return told;
}

/** Parked messages ask anew, or turn out not to be needed. */
async function wake(context: RelayContext, messages: readonly Job[]): Promise<void> {
  const parked = messages.filter((message) => message.state === "parked");
  if (parked.length > 0)
    await commit(
      context,
      parked.map((message) => requeueParked(message, context.clock())),
    );
}

/** Decided from the act as it is now: one that has moved on since it was listed does not stand still. */
function toStalledEvent(code: ProblemCode, step: ActJobType, act: Act, listed: Act): ActEvent {
  if (act.seq !== listed.seq) return { type: "problem.announced" };
  const detail = "Шаг ждёт своей очереди или ответа 1С больше 15 минут.";
  return { type: "problem.raised", code, detail, field: null, step, announce: true };
}

async function listOpenJobs(context: RelayContext, act: Act): Promise<readonly Job[]> {
  const { items } = await context.store.listJobs({ actId: act.id, queue: "accounting", limit: 20 });
  return items.filter(({ state }) => OPEN_STATES.some((one) => one === state));
}

/** Makes sure that 1C is asked about payments, where it does not tell of them by itself. */
export async function armPaymentCheck(context: RelayContext): Promise<void> {
  if (context.adapter.flags.pushesEvents) return;
  if ((await context.store.getJob(PAYMENT_CHECK)) !== null) return;
  const message = newJob(PAYMENT_CHECK, context.clock(), {
    queue: "accounting",
    type: "payment.check",
    actId: null,
    orderKey: null,
    destination: "accounting",
    input: {},
  });
  // A conflict means that another node was first.
  await commit(context, [{ type: "job", job: message }]);
}
