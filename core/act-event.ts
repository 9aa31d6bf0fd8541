import type { Acceptance, ActDocument, ActJobType, Actor, ActStatus, PrintedForm } from "./act.ts";
import type { Differing } from "./adapter.ts";
import type { PlainDate } from "./date.ts";
import type { ProblemCode } from "./errors.ts";
import type { DocumentLink } from "./events.ts";
import type { Period } from "./period.ts";

/** One event of an act. An event holds facts only: every looked-up or computed value is in the event. */
export type ActEvent =
  | { readonly type: "act.requested"; readonly revision: number }
  | (Acceptance & { readonly type: "act.accepted" })
  | { readonly type: "act.declined"; readonly declinedAt: number; readonly reason: string }
  | { readonly type: "act.replaced"; readonly revision: number }
  | (Differing & {
      readonly type: "counterparty.upserted";
      readonly ref: string;
      readonly created: boolean;
      readonly changed: boolean;
    })
  | (Differing & { readonly type: "act.created"; readonly document: ActDocument; readonly period: Period })
  | {
      readonly type: "act.printed";
      readonly form: PrintedForm;
      readonly link: DocumentLink;
      readonly document: ActDocument;
    }
  | { readonly type: "acceptance.printed"; readonly form: PrintedForm }
  | { readonly type: "act.void_confirmed"; readonly found: boolean; readonly gap: Period | null }
  | { readonly type: "payment_order.started"; readonly ref: string; readonly attempt: number }
  | (Differing & {
      readonly type: "payment_order.created";
      readonly ref: string;
      readonly number: string;
      readonly date: PlainDate;
      /** Start of the job, epoch ms: the job has not seen news from 1C after this time. */
      readonly startedAt: number;
      /** Address of the accepted form; absent without the form. */
      readonly link?: DocumentLink;
    })
  | {
      readonly type: "problem.raised";
      readonly code: ProblemCode;
      /** 1C's own words or candidates; follows the standard sentence. */
      readonly detail: string | null;
      readonly field: string | null;
      readonly step: ActJobType | null;
      /** 1C has certainly made no payment order, so the act can be voided again. */
      readonly orderRefused?: boolean;
      /** The problem has stood for long: the platform is told at once. */
      readonly announce?: boolean;
    }
  | { readonly type: "step.skipped"; readonly step: ActJobType }
  | { readonly type: "problem.announced" }
  | { readonly type: "delivery.died"; readonly messageId: string }
  | { readonly type: "delivery.recovered"; readonly messageId: string }
  | { readonly type: "operator.voided"; readonly reason: string }
  | {
      readonly type: "operator.retried";
      readonly period: Period | null;
      readonly counterpartyRef: string | null;
      /** The act's agent may use an INN of another agent. */
      readonly bindContractor?: true;
      /** The job still waited, and the retry only made the job due at once. */
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

/** An event in an act's history. `(actId, seq)` is unique and so locks every write of the act. `at`: epoch ms. */
export type RecordedEvent = ActEvent & {
  readonly actId: string;
  readonly seq: number;
  readonly at: number;
  readonly actor: Actor;
  /** Status after the event. */
  readonly status: ActStatus;
};
