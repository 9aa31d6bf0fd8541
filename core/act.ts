import type { PlainDate } from "./date.ts";
import type { Issue, ProblemCode, Resolver } from "./errors.ts";
import type { ACCEPTANCE_MEANS } from "./event-fields.ts";
import type { Kopecks, VatRate } from "./money.ts";
import type { Contractor } from "./parties.ts";
import type { PaymentOrder } from "./payment-order.ts";
import type { Period } from "./period.ts";

/** Statuses of an act, in the order of an act's life; `declined` and `voided` end an act without payment. */
export const ACT_STATUSES = [
  "requested",
  "posted",
  "ready",
  "accepted",
  "payment_ordered",
  "paid",
  "declined",
  "voided",
] as const;

/** Status of an act. */
export type ActStatus = (typeof ACT_STATUSES)[number];

/** One line of the act (строка услуг). Quantity in thousandths of the unit, money in kopecks. */
export interface ServiceLine {
  readonly name: string;
  readonly quantity: number;
  readonly unit: string;
  readonly price: Kopecks;
  readonly amount: Kopecks;
}

/** The platform's request: the validated data of `act.requested`. `requestedAt`: epoch ms. */
export interface ActRequest {
  readonly payoutId: string;
  readonly revision: number;
  readonly requestedAt: number;
  readonly amount: Kopecks;
  readonly vat: VatRate;
  readonly contractor: Contractor;
  /** Empty: the act gets one line from the template. */
  readonly services: readonly ServiceLine[];
  /** Optional contacts that the relay left out; absent without any. */
  readonly warnings?: readonly Issue[];
}

/** The act's document in 1C. */
export interface ActDocument {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
}

/** The printed form (печатная форма): the PDF's sha256 in hex and its length in bytes. */
export interface PrintedForm {
  readonly sha256: string;
  readonly bytes: number;
  /** First printing of these bytes, epoch ms; absent in acts of earlier versions. */
  readonly printedAt?: number;
}

/** Evidence of the acceptance (протокол принятия), as the platform told it. Optional fields are absent without a value. */
export interface AcceptanceEvidence {
  /** The person who pressed the button. */
  readonly by: { readonly id: string; readonly name?: string; readonly contact?: string };
  readonly means: (typeof ACCEPTANCE_MEANS)[number];
  /** The means in words, with `other`. */
  readonly meansText?: string;
  /** Address of the person, as the platform saw it. */
  readonly ip?: string;
  readonly userAgent?: string;
  /** The agreement that makes a simple electronic signature binding (63-ФЗ, articles 6 and 9). */
  readonly agreement: { readonly url: string; readonly version?: string; readonly date?: PlainDate };
  /** RFC 3339 instant of the confirmation, in UTC. */
  readonly confirmedAt?: string;
}

/** The platform's word that the agent accepts the act. */
export interface Acceptance {
  /** Epoch ms. */
  readonly acceptedAt: number;
  readonly acceptedBy: string | null;
  /** sha256 of the form that the agent saw, in hex; null: not told. Absent in events of earlier versions. */
  readonly pdfSha256?: string | null;
  readonly evidence?: AcceptanceEvidence;
}

/** Types of the jobs of an act in 1C. */
export type ActJobType =
  | "counterparty.upsert"
  | "act.create"
  | "act.print"
  | "act.void"
  | "acceptance.print"
  | "payment_order.create";

/** A problem of an act. A problem stands beside the status and never replaces the status. */
export interface Problem {
  readonly code: ProblemCode;
  /** For a person, in Russian: the event, 1C's own words, the way out. */
  readonly message: string;
  readonly field: string | null;
  readonly resolver: Resolver;
  /** Epoch ms of the first failure with this code. */
  readonly since: number;
  /** Type of the job that a retry repeats; null when a retry has nothing to repeat. */
  readonly step: ActJobType | null;
  /** The platform has been told. */
  readonly announced: boolean;
}

/** Act — акт об оказании услуг: one payout to one contractor. `id` is also the act's reference in 1C (Ref_Key). */
export interface Act {
  readonly id: string;
  readonly payoutId: string;
  readonly revision: number;
  readonly status: ActStatus;
  /** Number of the act's last event; grows by one with every event. */
  readonly seq: number;
  readonly requestedAt: number;
  /** Time of the platform's request (envelope timestamp), epoch ms. */
  readonly asOf: number;
  /** Day of the act: the business date of `requestedAt`. */
  readonly date: PlainDate;
  readonly amount: Kopecks;
  readonly vat: VatRate;
  readonly services: readonly ServiceLine[];
  readonly contractor: Contractor;
  /** Optional contacts of the contractor that the relay left out; absent without any. */
  readonly warnings?: readonly Issue[];
  /** `organisation INN:INN:KPP`, see `formatCounterpartyKey`. */
  readonly counterpartyKey: string;
  /** The card in 1C, once the relay has found or made the card. */
  readonly counterparty: { readonly ref: string; readonly created: boolean } | null;
  readonly period: Period | null;
  /** A period decided by a person; used instead of the computed period. */
  readonly decidedPeriod: Period | null;
  readonly document: ActDocument | null;
  /** True from the act's creation in 1C to the confirmed void: the act covers the days of `period`. */
  readonly covers: boolean;
  readonly form: PrintedForm | null;
  readonly acceptedAt: number | null;
  readonly acceptedBy: string | null;
  /** The accepted form with the acceptance sheet (протокол принятия); absent until the relay has made the file. */
  readonly acceptedForm?: PrintedForm;
  readonly paymentOrder: PaymentOrder | null;
  readonly paidOn: PlainDate | null;
  /** Reason of the decline or the void. */
  readonly reason: string | null;
  readonly problem: Problem | null;
  readonly updatedAt: number;
}

/** Author of an event. */
export type Actor = "platform" | "onec" | "relay" | `person:${string}`;
