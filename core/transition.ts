import type { Act, ActJobType, Actor } from "./act.ts";
import type { RecordedEvent } from "./act-event.ts";
import type { OperatorEvent, OutboundEvent } from "./events.ts";
import type { Job } from "./job.ts";

/** Input of a transition besides the act and the event. */
export interface LifecycleContext {
  /** Epoch ms. */
  readonly at: number;
  readonly actor: Actor;
  /** INN of the paying organisation. */
  readonly organizationInn: string;
  /** Destinations for outbound events: `platform`, and `ops` where an operator's address is set. */
  readonly destinations: readonly string[];
}

/**
 * Result of a transition. `moved`: the act after the event, the event, and the new jobs, for one commit · `same`: the
 * act is already so, and nothing changes · `refused`: the event does not fit the act's state · `form_changed`: the agent
 * accepts another form than the act's own.
 */
export type Transition =
  | { readonly kind: "moved"; readonly act: Act; readonly event: RecordedEvent; readonly jobs: readonly Job[] }
  | { readonly kind: "same" }
  | { readonly kind: "refused" }
  | { readonly kind: "form_changed" };

/** The transition of an event that fits the act's state. */
export type Moved = Extract<Transition, { kind: "moved" }>;

/** The part of a transition that a handler decides. */
export interface Move {
  readonly patch?: Partial<Act>;
  readonly steps?: readonly ActJobType[];
  /** 1C's document may differ from ours: the jobs read the document first. */
  readonly reread?: boolean;
  /** Makes the outbound events from the act after the event. */
  readonly notify?: (act: Act) => readonly (OutboundEvent | OperatorEvent)[];
  /** Destinations of the outbound events; absent: the platform. */
  readonly to?: readonly string[];
}

/** A handler's decision: a move, or the reason for no move. */
export type Decision = Move | "same" | "refused" | "form_changed";
