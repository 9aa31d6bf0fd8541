import type { PlainDate } from "./date.ts";
import type { ProblemCode, Resolver } from "./errors.ts";
import type { ActJobType } from "./job.ts";
import type { Kopecks, VatRate } from "./money.ts";
import type { Contractor } from "./parties.ts";
import type { PaymentOrder } from "./payment-order.ts";
import type { Period } from "./period.ts";

/** Where an act is on its way. `declined` and `voided` stand aside. */
export type ActStatus =
  | "requested"
  | "posted"
  | "ready"
  | "accepted"
  | "payment_ordered"
  | "paid"
  | "declined"
  | "voided";

/** All statuses in their natural order. */
export const ACT_STATUSES = [
  "requested",
  "posted",
  "ready",
  "accepted",
  "payment_ordered",
  "paid",
  "declined",
  "voided",
] as const satisfies readonly ActStatus[];

/** One line of the act (строка услуг). Quantity in thousandths of the unit, money in kopecks. */
export interface ServiceLine {
  readonly name: string;
  readonly quantity: number;
  readonly unit: string;
  readonly price: Kopecks;
  readonly amount: Kopecks;
}

/** What the platform asked for: the validated data of `act.requested`. */
export interface ActRequest {
  readonly payoutId: string;
  readonly revision: number;
  /** Epoch milliseconds. */
  readonly requestedAt: number;
  readonly amount: Kopecks;
  readonly vat: VatRate;
  readonly contractor: Contractor;
  /** Empty: one line from the template. */
  readonly services: readonly ServiceLine[];
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
}

/** What stands in an act's way. It stands beside the status and never replaces it. */
export interface Problem {
  readonly code: ProblemCode;
  /** For a person, in Russian: what happened, 1C's own words, what to do. */
  readonly message: string;
  readonly field: string | null;
  readonly resolver: Resolver;
  /** Epoch ms of the first failure with this code. */
  readonly since: number;
  /** The step that a retry takes again; null where a retry has nothing to repeat. */
  readonly step: ActJobType | null;
  /** The platform has been told. */
  readonly announced: boolean;
}

/** Act — акт об оказании услуг: one payout to one contractor. `id` is also its reference in 1C (Ref_Key). */
export interface Act {
  readonly id: string;
  readonly payoutId: string;
  readonly revision: number;
  readonly status: ActStatus;
  /** Number of the act's last event; grows by one with every change. */
  readonly seq: number;
  readonly requestedAt: number;
  /** When the platform said it (envelope timestamp), epoch ms. */
  readonly asOf: number;
  /** Day of the act: the business date of `requestedAt`. */
  readonly date: PlainDate;
  readonly amount: Kopecks;
  readonly vat: VatRate;
  readonly services: readonly ServiceLine[];
  readonly contractor: Contractor;
  /** `organisation INN:INN:KPP`, see counterpartyKey. */
  readonly counterpartyKey: string;
  /** The card in 1C, once found or made. */
  readonly counterparty: { readonly ref: string; readonly created: boolean } | null;
  readonly period: Period | null;
  /** A period that a person decided; wins over the computed one. */
  readonly decidedPeriod: Period | null;
  readonly document: ActDocument | null;
  /** True while the act covers its period: false once a void is confirmed in 1C. */
  readonly covers: boolean;
  readonly form: PrintedForm | null;
  readonly acceptedAt: number | null;
  readonly acceptedBy: string | null;
  readonly paymentOrder: PaymentOrder | null;
  readonly paidOn: PlainDate | null;
  /** Why it was declined or voided. */
  readonly reason: string | null;
  readonly problem: Problem | null;
  readonly updatedAt: number;
}

/** Who caused an event. */
export type Actor = "platform" | "onec" | "relay" | `person:${string}`;
