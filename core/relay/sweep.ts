import type { Act, ActJobType } from "../act.ts";
import type { ActEvent } from "../act-event.ts";
import type { ProblemCode } from "../errors.ts";
import { createJob, type Job, OPEN_STATES } from "../job.ts";
import { isNeeded } from "../lifecycle-problem.ts";
import { ANNOUNCE_AFTER } from "./backoff.ts";
import { watchClock } from "./clock-watch.ts";
import { applyEvent, commit } from "./commit.ts";
import type { RelayContext } from "./options.ts";
import { requeueParked } from "./requeue.ts";

/** Most rows of each listing in one sweep, so that a sweep stays short. */
const PAGE = 100;

/** Id of the only job of type `payment.check`. */
export const PAYMENT_CHECK = "payment_check";

/** Wait of a parked job without an act before a new call, milliseconds. No act shows the delay of such a job. */
const PATIENCE = 60 * 60_000;

/**
 * Does the periodic work beyond single jobs. Announces problems older than 15 minutes to the platform. Acts that wait
 * as long for a call to begin or to be answered get an announced problem. Returns the number of announced acts.
 */
export async function sweep(context: RelayContext): Promise<number> {
  await watchClock(context);
  const before = context.clock() - ANNOUNCE_AFTER;
  let announced = 0;
  for (const act of await context.store.listUnannouncedProblems({ before, limit: PAGE })) {
    await applyEvent(context, act.id, "relay", { type: "problem.announced" });
    announced += 1;
  }
  const listed = await context.store.listStalledActs({ before, limit: PAGE });
  const stopped = listed.length > 0 && (await context.store.getDestination("accounting")).stoppedAt !== null;
  const code = stopped ? "ref_key_ignored" : (context.breaker.getState(context.clock()).code ?? "onec_unavailable");
  for (const act of listed) {
    const open = await listOpenJobs(context, act);
    const step = open.map(({ type }) => type as ActJobType).find((type) => isNeeded(act.status, type));
    if (step === undefined) {
      // The act needs none of these answers, but the counterparty's later jobs wait for the same order key.
      await requeueAll(context, open);
      continue;
    }
    await applyEvent(context, act.id, "relay", (now) => toStalledEvent(code, step, now, act));
    announced += 1;
  }
  const { items } = await context.store.listJobs({ queue: "accounting", state: "parked", limit: PAGE });
  const patience = context.clock() - PATIENCE;
  const late = items.filter((job) => job.actId === null && job.dueAt < patience);
  await requeueAll(context, late);
  await armPaymentCheck(context);
  return announced;
}

/** Requeues the parked jobs: each makes a new call, or ends as no longer needed. */
async function requeueAll(context: RelayContext, jobs: readonly Job[]): Promise<void> {
  const parked = jobs.filter((job) => job.state === "parked");
  const writes = parked.map((job) => requeueParked(job, context.clock()));
  if (writes.length > 0) await commit(context, writes);
}

/** Decides from the current act: an act with a new event since the listing is not stalled. */
function toStalledEvent(code: ProblemCode, step: ActJobType, act: Act, listed: Act): ActEvent {
  if (act.seq !== listed.seq) return { type: "problem.announced" };
  const detail = "Шаг ждёт своей очереди или ответа 1С больше 15 минут.";
  return { type: "problem.raised", code, detail, field: null, step, announce: true };
}

async function listOpenJobs(context: RelayContext, act: Act): Promise<readonly Job[]> {
  const { items } = await context.store.listJobs({ actId: act.id, queue: "accounting", limit: 20 });
  return items.filter(({ state }) => OPEN_STATES.some((open) => open === state));
}

/** Creates the recurring payment check, unless 1C reports payments by itself. */
export async function armPaymentCheck(context: RelayContext): Promise<void> {
  if (context.adapter.flags.pushesEvents) return;
  if ((await context.store.getJob(PAYMENT_CHECK)) !== null) return;
  const job = createJob(PAYMENT_CHECK, context.clock(), {
    queue: "accounting",
    type: "payment.check",
    actId: null,
    orderKey: null,
    destination: "accounting",
    input: {},
  });
  // A conflict means that another node was first.
  await commit(context, [{ type: "job", job }]);
}
