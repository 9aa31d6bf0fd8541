import type { ServiceLine } from "./act.ts";
import type { PlainDate } from "./date.ts";
import type { Kopecks, VatRate } from "./money.ts";
import type { Contractor, Organization } from "./parties.ts";
import type { PaymentState } from "./payment-order.ts";
import type { Period } from "./period.ts";

/**
 * A call that will be answered later, perhaps to another process: the accounting system fetches its commands itself.
 * The relay parks the message; the answer arrives through `relay.answer` under the call's id.
 */
export const PENDING: unique symbol = Symbol.for("onec-relay.pending");

/** The answer of an adapter's call, or {@link PENDING}. */
export type AdapterAnswer<T> = Promise<T | typeof PENDING>;

/** What an adapter can do. Absent means false. */
export interface AdapterFlags {
  /** It prints the act itself: `printAct` is present. Otherwise core draws the standard form. */
  readonly prints?: boolean;
  /** It tells of executed payments and voided acts by itself, so the relay need not ask. */
  readonly pushesEvents?: boolean;
}

/** What every call carries besides its parameters. */
export interface CallContext {
  /** Id of this call, the same when it is repeated after a crash. */
  readonly id: string;
  /**
   * For an adapter whose system fetches its commands by itself: keeps this one, plain JSON, with the message that parks,
   * as durably, for `relay.commands` to give out. Called before the call ends {@link PENDING}.
   */
  readonly leaveCommand?: (command: Readonly<Record<string, unknown>>) => void;
}

/** {@link Adapter.upsertCounterparty} */
export interface UpsertCounterpartyParams {
  /** Reference to give to a new card: UUIDv5 of INN and KPP, so that a repeat cannot double it. */
  readonly ref: string;
  readonly contractor: Contractor;
  /** The card that a person chose; used instead of the search. */
  readonly boundRef?: string;
  /** A person agreed to update a card that was made by hand. */
  readonly confirmed?: boolean;
}

/** {@link Adapter.findLastAct} */
export interface FindLastActParams {
  readonly counterpartyRef: string;
  /** Our own act to leave out: a repeat must not see itself. */
  readonly exceptRef: string;
}

/** A live act of a counterparty. `coveredTo`: last day of its period where our marker tells it. */
export interface LastAct {
  readonly ref: string;
  readonly date: PlainDate;
  readonly coveredTo?: PlainDate;
}

/** {@link Adapter.createAct} */
export interface CreateActParams {
  /** Reference that we choose; the document must get exactly this one. */
  readonly ref: string;
  readonly payoutId: string;
  readonly counterpartyRef: string;
  readonly contractor: Contractor;
  readonly date: PlainDate;
  readonly period: Period;
  readonly amount: Kopecks;
  readonly vat: VatRate;
  /** At least one; amounts add up to `amount`. */
  readonly lines: readonly ServiceLine[];
}

/** An act as it stands in 1C now. */
export interface ActState {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
  /** проведён */
  readonly posted: boolean;
  /** помечен на удаление */
  readonly deletionMark: boolean;
  readonly amount: Kopecks;
  readonly counterpartyRef: string;
  /** The period that our marker tells; absent where there is none. */
  readonly period?: Period;
}

/** {@link Adapter.createPaymentOrder} */
export interface CreatePaymentOrderParams {
  /** Reference that we choose: UUIDv5 of the act's reference and the attempt. */
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

/** A payment order as it stands in 1C now. */
export interface PaymentOrderState {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
}

/** {@link Adapter.listDocuments} */
export interface ListDocumentsParams {
  readonly kind: "act" | "payment_order";
  /** Documents of this day and later. */
  readonly since: PlainDate;
  /** `next` of the page before; absent: the first page. */
  readonly cursor?: string;
  /** At most so many on a page. */
  readonly limit: number;
}

/** A document that carries our marker, as it stands in 1C now. */
export interface MarkedDocument {
  readonly ref: string;
  /**
   * The references that its markers name, at least one: `ref` alone, unless 1C gave it a reference of its own or people
   * copied the document.
   */
  readonly markedRefs: readonly string[];
  readonly number: string;
  readonly date: PlainDate;
  /** проведён */
  readonly posted: boolean;
  /** помечен на удаление */
  readonly deletionMark: boolean;
  readonly amount: Kopecks;
  readonly counterpartyRef: string;
}

/** One line of a check of the accounting system: `ok: null` means «не проверено». `todo` says what to do, in Russian. */
export interface CheckLine {
  readonly name: string;
  readonly ok: boolean | null;
  readonly detail: string;
  readonly todo?: string;
}

/** What {@link Adapter.check} found. */
export interface CheckReport {
  readonly lines: readonly CheckLine[];
}

/**
 * One accounting system. An adapter is a factory that returns an object of this shape.
 *
 * Every method throws only `AdapterError`. A write carries a reference that we choose: the same call again with the
 * same reference makes nothing new and returns what is there. An answer whose reference is not ours is the error
 * `ref_key_ignored` (rejected).
 */
export interface Adapter {
  readonly name: string;
  readonly flags: AdapterFlags;
  /** Longest one call can take, in milliseconds: the relay begins a call only if its lease lasts longer. */
  readonly timeoutMs: number;

  /** The organisation that pays: for the form and the order. May be cached by the adapter. */
  getOrganization(context: CallContext): AdapterAnswer<Organization>;
  /**
   * Finds the card by INN (then KPP) among live, non-folder ones and updates it with what is given, or makes it.
   * `changed` is false when nothing had to be written. Rejected: `counterparty_ambiguous`, `counterparty_deleted`,
   * `counterparty_confirm`, `bank_unknown`.
   */
  upsertCounterparty(
    params: UpsertCounterpartyParams,
    context: CallContext,
  ): AdapterAnswer<{ readonly ref: string; readonly created: boolean; readonly changed: boolean }>;
  /**
   * The posted, unmarked service act of this counterparty and organisation that covers the latest day (`coveredTo`, else its
   * date), whatever date people have moved it to; null when there is none.
   */
  findLastAct(params: FindLastActParams, context: CallContext): AdapterAnswer<LastAct | null>;
  /**
   * Makes AND posts the act. One that is there under this reference and is posted is returned as it is; one that is
   * there and not posted (an earlier posting failed) is brought to these parameters and posted. Rejected:
   * `period_closed`, `act_not_posted` (written, not posted), `act_changed` (there and marked for deletion),
   * `ref_key_ignored`.
   */
  createAct(
    params: CreateActParams,
    context: CallContext,
  ): AdapterAnswer<{
    readonly ref: string;
    readonly number: string;
    readonly date: PlainDate;
    /** The document's own period where it was there already; absent: the one that was asked for. */
    readonly period?: Period;
  }>;
  /** By our reference, then by our marker; null, not a throw, when there is none. */
  findAct(params: { readonly ref: string }, context: CallContext): AdapterAnswer<ActState | null>;
  /** The PDF, where `flags.prints`. Rejected: `print_failed`. */
  printAct?(params: { readonly ref: string }, context: CallContext): AdapterAnswer<Uint8Array>;
  /** Unposts and marks for deletion, never deletes. An act that is already marked, or not there, is success. */
  voidAct(
    params: { readonly ref: string; readonly reason: string },
    context: CallContext,
  ): AdapterAnswer<{ found: boolean }>;
  /** Makes the order on the account of `contractor`; rejected `requisites_changed` when the card no longer has it. */
  createPaymentOrder(params: CreatePaymentOrderParams, context: CallContext): AdapterAnswer<PaymentOrderState>;
  /** By our reference, then by our marker; null, not a throw, when there is none. */
  findPaymentOrder(params: { readonly ref: string }, context: CallContext): AdapterAnswer<PaymentOrderState | null>;
  /** States of many orders in one query; an order it does not know is `deleted`. */
  getPaymentStates(
    refs: readonly string[],
    context: CallContext,
  ): AdapterAnswer<Readonly<Record<string, PaymentState>>>;
  /**
   * All documents of a kind that carry our marker, also those marked for deletion, oldest first; for a comparison of
   * the books. Absent: the adapter cannot, and a comparison finds neither doubles nor strangers.
   */
  listDocuments?(
    params: ListDocumentsParams,
    context: CallContext,
  ): AdapterAnswer<{ readonly documents: readonly MarkedDocument[]; readonly next: string | null }>;
  /** Checks the connection, rights and mapping. `write: true` may make a test document and mark it for deletion. */
  check(options: { readonly write: boolean }): Promise<CheckReport>;
}
