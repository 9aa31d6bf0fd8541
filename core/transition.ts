import type { Act, Actor } from "./act.ts";
import type { RecordedEvent } from "./act-event.ts";
import type { OutboundEvent } from "./events.ts";
import type { ActJobType, Job } from "./job.ts";

/** What a transition needs to know besides the act and what happened. */
export interface LifecycleContext {
  /** Epoch ms. */
  readonly at: number;
  readonly actor: Actor;
  /** INN of the organisation that pays. */
  readonly organizationInn: string;
  /** Who is told: `platform`, and `ops` where an operator's address is set. */
  readonly endpoints: readonly string[];
}

/**
 * `moved`: the act after the event, the event, and the messages it gives rise to, to be committed together ·
 * `same`: it is already so, nothing to do · `refused`: it does not fit the act's state.
 */
export type Transition =
  | { readonly kind: "moved"; readonly act: Act; readonly event: RecordedEvent; readonly jobs: readonly Job[] }
  | { readonly kind: "same" }
  | { readonly kind: "refused" };

/** The part of a transition that a handler decides. */
export interface Move {
  readonly patch?: Partial<Act>;
  readonly steps?: readonly ActJobType[];
  /** 1C's document may differ from ours: the steps read it again first. */
  readonly reread?: boolean;
  /** What the outside is told, made from the act after the event. */
  readonly notify?: (act: Act) => readonly OutboundEvent[];
  /** Who is told: the platform unless said otherwise. */
  readonly to?: readonly string[];
}

/** A handler's answer: a move, or why there is none. */
export type Decision = Move | "same" | "refused";
