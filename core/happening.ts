import type { Act, ActDocument, ActEvent, Actor, PrintedForm, Step } from "./act.ts";
import type { PlainDate } from "./date.ts";
import type { ProblemCode } from "./errors.ts";
import type { DocumentLink, Notice } from "./notices.ts";
import type { Period } from "./period.ts";
import type { Message } from "./relay/message.ts";

/** What can happen to an act. Facts only: everything that had to be looked up or computed is in the event. */
export type Happening =
  | { readonly type: "act.accepted"; readonly acceptedAt: number; readonly acceptedBy: string | null }
  | { readonly type: "act.declined"; readonly declinedAt: number; readonly reason: string }
  | { readonly type: "act.replaced"; readonly revision: number }
  | {
      readonly type: "counterparty.upserted";
      readonly ref: string;
      readonly created: boolean;
      readonly changed: boolean;
    }
  | { readonly type: "act.created"; readonly document: ActDocument; readonly period: Period }
  | {
      readonly type: "act.printed";
      readonly form: PrintedForm;
      readonly link: DocumentLink;
      readonly document: ActDocument;
    }
  | { readonly type: "act.void_confirmed"; readonly found: boolean; readonly gap: Period | null }
  | { readonly type: "payment_order.started"; readonly ref: string; readonly attempt: number }
  | {
      readonly type: "payment_order.created";
      readonly ref: string;
      readonly number: string;
      readonly date: PlainDate;
      /** When the step began, epoch ms: what 1C told of the act since then is not answered by it. */
      readonly startedAt: number;
    }
  | {
      readonly type: "problem.raised";
      readonly code: ProblemCode;
      /** 1C's own words or candidates; follows the standard sentence. */
      readonly detail: string | null;
      readonly field: string | null;
      readonly step: Step | null;
      /** The payment order was certainly not made: the act can be voided again. */
      readonly orderRefused?: boolean;
      /** It has stood for long already: the platform is told at once. */
      readonly announce?: boolean;
    }
  | { readonly type: "step.skipped"; readonly step: Step }
  | { readonly type: "problem.announced" }
  | { readonly type: "delivery.died"; readonly messageId: string }
  | { readonly type: "delivery.recovered"; readonly messageId: string }
  | { readonly type: "operator.voided"; readonly reason: string }
  | {
      readonly type: "operator.retried";
      readonly period: Period | null;
      readonly counterpartyRef: string | null;
      /** The step's message still waits and was only woken. */
      readonly woken: boolean;
    }
  | { readonly type: "operator.paid_again" }
  | { readonly type: "onec.act_voided"; readonly reason: string | null; readonly gap: Period | null }
  | { readonly type: "onec.act_changed" }
  | {
      readonly type: "onec.payment_executed";
      readonly ref: string;
      readonly executedAt: string;
      readonly executedOn: PlainDate;
    }
  | { readonly type: "onec.payment_rejected"; readonly ref: string; readonly reason: string };

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
  | { readonly kind: "moved"; readonly act: Act; readonly event: ActEvent; readonly messages: readonly Message[] }
  | { readonly kind: "same" }
  | { readonly kind: "refused" };

/** The part of a transition that a handler decides. */
export interface Move {
  readonly patch?: Partial<Act>;
  readonly steps?: readonly Step[];
  /** 1C's document may differ from ours: the steps read it again first. */
  readonly reread?: boolean;
  /** What the outside is told, made from the act after the event. */
  readonly notify?: (act: Act) => readonly Notice[];
  /** Who is told: the platform unless said otherwise. */
  readonly to?: readonly string[];
}

/** A handler's answer: a move, or why there is none. */
export type Decision = Move | "same" | "refused";
