import type { ServiceLine } from "./act.ts";
import type { PlainDate } from "./date.ts";
import type { Kopecks, VatRate } from "./money.ts";
import type { Contractor, Organization } from "./parties.ts";
import type { PaymentState } from "./payment-order.ts";
import type { Period } from "./period.ts";

/** Result of a call that a command-fetching 1C answers later, in any process, by `relay.answer`; the job is parked. */
export const PENDING: unique symbol = Symbol.for("onec-relay.pending");

/** The answer of an adapter's call, or {@link PENDING}. */
export type AdapterAnswer<T> = Promise<T | typeof PENDING>;

/** Abilities of an adapter. Absent means false. */
export interface AdapterFlags {
  /** The adapter prints the act: `printAct` is present. Otherwise core draws the standard form. */
  readonly prints?: boolean;
  /** The accounting system itself reports executed payments and voided acts, so the relay need not ask. */
  readonly pushesEvents?: boolean;
}

/** Context of every call. */
export interface CallContext {
  /** Id of this call, the same when the relay repeats the call after a crash. */
  readonly id: string;
  /**
   * Stores the call's command (plain JSON) with the parked job, as durably; `relay.commands` hands the command out.
   * For an adapter whose system fetches commands. Called before the call ends with {@link PENDING}.
   */
  readonly leaveCommand?: (command: Readonly<Record<string, unknown>>) => void;
  /** Aborts when the relay stops. The adapter must end its requests; the relay waits no longer for the answer. */
  readonly signal?: AbortSignal;
}

/**
 * A field that 1C may decide itself and keeps otherwise than the adapter sent. The work goes on. Texts have at most
 * {@link DIFFERENCE_LIMIT} characters and hold no secrets.
 */
export interface Difference {
  /** The object in the accounting system's words: `Document_ПоступлениеТоваровУслуг`. */
  readonly object: string;
  /** Path of the field in the object: `Услуги[1].СчетЗатрат_Key`. */
  readonly field: string;
  readonly sent: string;
  readonly kept: string;
}

/** Longest `sent` and `kept` of a {@link Difference}, characters. */
export const DIFFERENCE_LIMIT = 200;

/** Part of the answer to a write. Absent: 1C kept every field as sent. */
export interface Differing {
  readonly differences?: readonly Difference[];
}

/** Returns the differences of an answer, absent without any, so that equal events stay equal. */
export function pickDifferences({ differences }: Differing): Differing {
  return differences === undefined ? {} : { differences };
}

/** Parameters of {@link Adapter.upsertCounterparty}: the contractor, and a person's decisions about the card. */
export interface UpsertCounterpartyParams {
  /** Reference for a new card: UUIDv5 of INN and KPP, so that a repeat cannot make a second card. */
  readonly ref: string;
  readonly contractor: Contractor;
  /** The card chosen by a person; replaces the search. */
  readonly boundRef?: string;
  /** A person allowed the update of a card made by hand. */
  readonly confirmed?: boolean;
}

/** Parameters of {@link Adapter.findLastAct}. `exceptRef`: our own act, since a repeat must not find our act. */
export interface FindLastActParams {
  readonly counterpartyRef: string;
  readonly exceptRef: string;
}

/** A live act of a counterparty. `coveredTo`: last day of the act's period, where our marker names the period. */
export interface LastAct {
  readonly ref: string;
  readonly date: PlainDate;
  readonly coveredTo?: PlainDate;
}

/** Parameters of {@link Adapter.createAct}: the whole document. */
export interface CreateActParams {
  /** Reference chosen by us; the document must get exactly this reference. */
  readonly ref: string;
  readonly payoutId: string;
  readonly counterpartyRef: string;
  readonly contractor: Contractor;
  readonly date: PlainDate;
  readonly period: Period;
  readonly amount: Kopecks;
  readonly vat: VatRate;
  /** One line or more; amounts add up to `amount`. */
  readonly lines: readonly ServiceLine[];
}

/** Parameters of {@link Adapter.findAct}. */
export interface FindActParams {
  readonly ref: string;
  readonly counterpartyRef?: string;
}

/** Current state of an act in 1C. `posted`: проведён. `deletionMark`: помечен на удаление. */
export interface ActState {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
  readonly posted: boolean;
  readonly deletionMark: boolean;
  readonly amount: Kopecks;
  readonly counterpartyRef: string;
  /** INN on the card of `counterpartyRef`; absent for the expected card, and where the adapter does not read the card. */
  readonly counterpartyInn?: string;
  /** The period that our marker names; absent without a marker. */
  readonly period?: Period;
}

/** Parameters of {@link Adapter.createPaymentOrder}: the whole order. */
export interface CreatePaymentOrderParams {
  /** Reference chosen by us: UUIDv5 of the act's reference and the attempt. */
  readonly ref: string;
  readonly actRef: string;
  readonly counterpartyRef: string;
  readonly contractor: Contractor;
  readonly date: PlainDate;
  readonly amount: Kopecks;
  readonly vat: VatRate;
  /** At most 210 characters, VAT wording included. */
  readonly purpose: string;
}

/** Current state of a payment order in 1C. */
export interface PaymentOrderState {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
}

/** Parameters of {@link Adapter.listDocuments}: one page of one kind of document. */
export interface ListDocumentsParams {
  readonly kind: "act" | "payment_order";
  /** First day: documents of this day and later. */
  readonly since: PlainDate;
  /** `next` of the page before; absent: the first page. */
  readonly cursor?: string;
  /** Most documents on a page. */
  readonly limit: number;
}

/** Current state in 1C of a document with our marker. `posted`: проведён. `deletionMark`: помечен на удаление. */
export interface MarkedDocument {
  readonly ref: string;
  /** References in the markers, one or more; others than `ref` come from 1C itself or from a person's copy. */
  readonly markedRefs: readonly string[];
  readonly number: string;
  readonly date: PlainDate;
  readonly posted: boolean;
  readonly deletionMark: boolean;
  readonly amount: Kopecks;
  readonly counterpartyRef: string;
}

/** One line of a check. `ok: null` means «не проверено». `todo` is an instruction in Russian. */
export interface CheckLine {
  readonly name: string;
  readonly ok: boolean | null;
  readonly detail: string;
  readonly todo?: string;
}

/** Result of {@link Adapter.check}. */
export interface CheckReport {
  readonly lines: readonly CheckLine[];
}

/**
 * One accounting system. An adapter is a factory that returns an object of this shape.
 *
 * Every method throws only `AdapterError`. A write carries a reference chosen by us. The same call again with the same
 * reference makes nothing new and returns the existing object. Another reference in the answer is the error
 * `ref_key_ignored` (rejected).
 */
export interface Adapter {
  readonly name: string;
  readonly flags: AdapterFlags;
  /** Longest duration of one call, milliseconds: the relay begins a call only under a longer lease. */
  readonly timeoutMs: number;

  /** The organisation that pays, for the form and the order. The adapter may cache the organisation. */
  getOrganization(context: CallContext): AdapterAnswer<Organization>;
  /**
   * Finds a live card (no folder) by INN, then KPP, and updates the given fields; or makes a new card. `changed` is
   * false when 1C needed no write. Rejected: `counterparty_ambiguous`, `counterparty_deleted`, `counterparty_confirm`,
   * `bank_unknown`.
   */
  upsertCounterparty(
    params: UpsertCounterpartyParams,
    context: CallContext,
  ): AdapterAnswer<Differing & { readonly ref: string; readonly created: boolean; readonly changed: boolean }>;
  /**
   * Finds the posted, unmarked service act of this counterparty and organisation that covers the latest day. The day is
   * `coveredTo`, else the act's date, even if people have moved the date. Null when no such act exists.
   */
  findLastAct(params: FindLastActParams, context: CallContext): AdapterAnswer<LastAct | null>;
  /**
   * Makes AND posts the act. A posted act under this reference is returned unchanged. An unposted act (an earlier
   * posting failed) gets these parameters and is posted. Rejected: `period_closed`, `act_not_posted` (written, not
   * posted), `act_changed` (marked for deletion), `counterparty_deleted` (the card is marked, often after a merge),
   * `ref_key_ignored`.
   */
  createAct(
    params: CreateActParams,
    context: CallContext,
  ): AdapterAnswer<
    Differing & {
      readonly ref: string;
      readonly number: string;
      readonly date: PlainDate;
      /** Period of a document that existed before the call; absent: the requested period. */
      readonly period?: Period;
      /** Sum and counterparty of the document: a document that existed before may be another one. */
      readonly amount?: Kopecks;
      readonly counterpartyRef?: string;
    }
  >;
  /**
   * Searches by our reference, then by our marker; null, not a throw, when no act is found. `counterpartyRef`: the
   * expected card; for another card the answer should have `counterpartyInn`, since people merge duplicates.
   */
  findAct(params: FindActParams, context: CallContext): AdapterAnswer<ActState | null>;
  /** The PDF, where `flags.prints`. Rejected: `print_failed`. */
  printAct?(params: { readonly ref: string }, context: CallContext): AdapterAnswer<Uint8Array>;
  /** Unposts and marks for deletion, never deletes. Success also for a marked act and for no act at all. */
  voidAct(
    params: { readonly ref: string; readonly reason: string },
    context: CallContext,
  ): AdapterAnswer<{ found: boolean }>;
  /** Makes the order on the account of `contractor`. Rejected: `requisites_changed` for an account not on the card. */
  createPaymentOrder(
    params: CreatePaymentOrderParams,
    context: CallContext,
  ): AdapterAnswer<Differing & PaymentOrderState>;
  /** Searches by our reference, then by our marker; null, not a throw, when no order is found. */
  findPaymentOrder(params: { readonly ref: string }, context: CallContext): AdapterAnswer<PaymentOrderState | null>;
  /** States of many orders in one query; an unknown order is `deleted`. */
  getPaymentStates(
    refs: readonly string[],
    context: CallContext,
  ): AdapterAnswer<Readonly<Record<string, PaymentState>>>;
  /**
   * Lists all documents of a kind with our marker, oldest first, also documents marked for deletion; for `reconcile`.
   * Absent: the adapter has no such list, and a comparison finds neither doubles nor documents of unknown acts.
   */
  listDocuments?(
    params: ListDocumentsParams,
    context: CallContext,
  ): AdapterAnswer<{ readonly documents: readonly MarkedDocument[]; readonly next: string | null }>;
  /** Checks the connection, rights and mapping. `write: true` allows a test document, marked for deletion at once. */
  check(options: { readonly write: boolean }): Promise<CheckReport>;
}
