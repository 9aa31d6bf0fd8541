import type { Act, Actor } from "../act.ts";
import type { ActEvent } from "../act-event.ts";
import { RelayError } from "../errors.ts";
import type { Queue } from "../job.ts";
import { transition } from "../lifecycle.ts";
import type { Write } from "../store.ts";
import type { LifecycleContext, Transition } from "../transition.ts";
import type { RelayContext } from "./options.ts";

/** How often a commit is decided anew when others keep changing the same act. */
export const RACES = 50;

/** The lifecycle's view of now. */
export function createLifecycleContext(context: RelayContext, actor: Actor): LifecycleContext {
  return {
    at: context.clock(),
    actor,
    organizationInn: context.settings.organizationInn,
    endpoints: Object.keys(context.targets),
  };
}

/** The writes of a transition. */
export function writesOf(moved: Extract<Transition, { kind: "moved" }>): Write[] {
  return [
    { type: "act", act: moved.act },
    { type: "event", event: moved.event },
    ...moved.jobs.map((job): Write => ({ type: "job", job })),
  ];
}

/** Commits, and wakes the lanes that got something to do. */
export async function commit(context: RelayContext, changes: readonly Write[]): Promise<boolean> {
  const result = await context.store.commit(changes);
  if (result !== "ok") return false;
  const lanes = new Set<Queue>();
  for (const write of changes) {
    if (write.type === "job") lanes.add(write.job.queue);
    // A requeued or reopened one is due. A settled one lets the next of its queue go, of which its worker tells.
    if (write.type === "requeue" || write.type === "destination") lanes.add("accounting").add("webhook");
  }
  if (lanes.size > 0) context.onWork([...lanes]);
  return true;
}

/** What {@link applyEvent} did. */
export interface AppliedEvent {
  readonly act: Act;
  readonly transition: Transition;
}

/**
 * Reads the act, decides, commits; when somebody else was first, reads and decides anew. `also` gives the writes that
 * must go along, from the decision; null gives up (for one: the lease was lost).
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
    const changes = [...(decided.kind === "moved" ? writesOf(decided) : []), ...more];
    if (changes.length === 0 || (await commit(context, changes))) {
      return { act: decided.kind === "moved" ? decided.act : act, transition: decided };
    }
  }
  throw new RelayError("store_conflict", "An act kept changing under a commit");
}
