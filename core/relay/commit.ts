import type { Act, Actor } from "../act.ts";
import type { ActEvent } from "../act-event.ts";
import { RelayError } from "../errors.ts";
import type { Queue } from "../job.ts";
import { transition } from "../lifecycle.ts";
import type { Write } from "../store.ts";
import type { LifecycleContext, Moved, Transition } from "../transition.ts";
import type { RelayContext } from "./options.ts";

/** Most tries of a commit while other commits keep changing the same act. */
export const RACES = 50;

/** The facts of this moment for a transition. */
export function createLifecycleContext(context: RelayContext, actor: Actor): LifecycleContext {
  return {
    at: context.clock(),
    actor,
    organizationInn: context.settings.organizationInn,
    destinations: Object.keys(context.targets),
  };
}

export function writesOf(moved: Moved): Write[] {
  return [
    { type: "act", act: moved.act },
    { type: "event", event: moved.event },
    ...moved.jobs.map((job): Write => ({ type: "job", job })),
  ];
}

/** Commits the writes and wakes the queues with new work. False after a conflict: nothing was written. */
export async function commit(context: RelayContext, writes: readonly Write[]): Promise<boolean> {
  const result = await context.store.commit(writes);
  if (result !== "ok") return false;
  const queues = new Set<Queue>();
  for (const write of writes) {
    if (write.type === "job") queues.add(write.job.queue);
    // A requeue or a reopened destination makes jobs due. After a release the worker itself wakes the queue.
    if (write.type === "requeue" || write.type === "destination") queues.add("accounting").add("webhook");
  }
  if (queues.size > 0) context.onWork([...queues]);
  return true;
}

/** The act after {@link applyEvent}, and the lifecycle's decision. */
export interface AppliedEvent {
  readonly act: Act;
  readonly transition: Transition;
}

/**
 * Reads the act, decides and commits; after a conflict reads and decides anew. `also` returns the other writes of the
 * commit; null from `also` gives up, for example after a lost lease. Returns null then, and for an unknown act.
 */
export async function applyEvent(
  context: RelayContext,
  actId: string,
  actor: Actor,
  event: ActEvent | ((act: Act) => Promise<ActEvent> | ActEvent),
  also: (decided: Transition, act: Act) => Promise<readonly Write[] | null> | readonly Write[] | null = () => [],
): Promise<AppliedEvent | null> {
  for (let race = 0; race < RACES; race += 1) {
    const act = await context.store.getAct(actId);
    if (act === null) return null;
    const fact = typeof event === "function" ? await event(act) : event;
    const decided = transition(act, fact, createLifecycleContext(context, actor));
    const more = await also(decided, act);
    if (more === null) return null;
    const writes = [...(decided.kind === "moved" ? writesOf(decided) : []), ...more];
    if (writes.length === 0 || (await commit(context, writes))) {
      return { act: decided.kind === "moved" ? decided.act : act, transition: decided };
    }
  }
  throw new RelayError("store_conflict", "An act kept changing under a commit");
}
