import { expect, type TestContext } from "vitest";
import type { Adapter, AdapterAnswer, UpsertCounterpartyParams } from "../../core/adapter.ts";
import { PENDING } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import type { Outcome, ProblemCode } from "../../core/errors.ts";
import { AdapterError } from "../../core/errors.ts";
import type { Kopecks } from "../../core/money.ts";
import type { BankAccount, Contractor } from "../../core/parties.ts";
import { newCall, refOf } from "../support/accounting.ts";

/** Fields of a card in 1C, for an accountant. */
export interface CardView {
  readonly ref: string;
  readonly name: string;
  readonly fullName: string;
  readonly inn: string;
  readonly kpp: string;
  readonly phone: string;
  readonly email: string;
  readonly legalAddress: string;
  readonly comment: string;
  readonly deletionMark: boolean;
  readonly accounts: readonly Pick<BankAccount, "number" | "bic">[];
  readonly mainAccount: Pick<BankAccount, "number" | "bic"> | null;
  /** Changes with every write of the card (DataVersion). */
  readonly version: string;
}

/** A new card, typed by hand. The first account is the main account of the card. */
export interface NewCard {
  readonly name: string;
  readonly inn: string;
  readonly kpp?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly legalAddress?: string;
  readonly comment?: string;
  readonly isFolder?: boolean;
  readonly deletionMark?: boolean;
  readonly accounts?: readonly BankAccount[];
}

/** Fields of an act in 1C, for an accountant. `content`: the texts of all lines, joined. */
export interface ActView {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
  readonly amount: Kopecks;
  readonly posted: boolean;
  readonly deletionMark: boolean;
  readonly comment: string;
  readonly content: string;
}

/** Fields of a payment order in 1C, for an accountant, with the account of the payee. */
export interface OrderView {
  readonly ref: string;
  readonly number: string;
  readonly amount: Kopecks;
  readonly purpose: string;
  readonly account: Pick<BankAccount, "number" | "bic">;
}

/**
 * Actions and views of people in 1C. Without an optional method, the method's rules are skipped visibly.
 */
export interface AccountantHands {
  addCard(card: NewCard): Promise<string>;
  card(ref: string): Promise<CardView | null>;
  /** All cards with this INN, with marked cards and folders. */
  cardsOf(inn: string): Promise<readonly CardView[]>;
  editCard(ref: string, edit: Partial<Pick<NewCard, "name" | "inn" | "kpp" | "comment">>): Promise<void>;
  markCard(ref: string, marked: boolean): Promise<void>;
  removeAccount(ref: string, number: string): Promise<void>;
  /** Makes an account of the card the main account. */
  chooseMainAccount?(ref: string, account: Pick<BankAccount, "number" | "bic">): Promise<void>;
  mergeCards?(keepRef: string, dropRef: string): Promise<void>;
  /** A service act by hand, posted unless told otherwise. */
  addAct(act: {
    readonly counterpartyRef: string;
    readonly date: PlainDate;
    readonly amount: Kopecks;
    readonly posted?: boolean;
  }): Promise<string>;
  actsOf(counterpartyRef: string): Promise<readonly ActView[]>;
  editAct(ref: string, edit: { amount?: Kopecks; date?: PlainDate; comment?: string }): Promise<void>;
  unpostAct(ref: string): Promise<void>;
  /** Unposts and marks for deletion. */
  voidAct(ref: string): Promise<void>;
  ordersOf(counterpartyRef: string): Promise<readonly OrderView[]>;
  executePayment(ref: string, date: PlainDate, bankReference?: string): Promise<void>;
  /** The bank refuses the payment. Some configurations do not keep a refusal. */
  rejectPayment?(ref: string, reason: string): Promise<void>;
  markPaymentOrder(ref: string): Promise<void>;
  /** Дата запрета изменения; null opens everything. */
  closePeriodUpTo?(date: PlainDate | null): Promise<void>;
  /** Takes a bank out of the classifier. */
  forgetBank?(bic: string): Promise<void>;
  /** Acts are written but not posted, for this reason; null: posting works again. */
  blockPosting?(reason: string | null): Promise<void>;
  /** 1C gives documents new references and ignores ours. */
  ignoreRefs?(ignored: boolean): Promise<void>;
}

/** How the adapter under test is set up. */
export interface HarnessSettings {
  readonly updateExisting: "always" | "confirm";
}

/** Calls with a write. */
export type WriteCall = "upsertCounterparty" | "createAct" | "voidAct" | "createPaymentOrder";

/** One adapter over an empty infobase. Its answers are never {@link PENDING}: a harness of pull mode answers first. */
export interface AdapterHarness {
  readonly adapter: Adapter;
  readonly hands: AccountantHands;
  /** Makes the next call of this name fail, `before` or `after` the whole work of the call. */
  fault?(call: WriteCall, fault: { outcome: Outcome; when: "before" | "after" }): void;
  teardown(): Promise<void>;
}

/** Makes a harness for one test. */
export type HarnessSetup = (settings: HarnessSettings) => Promise<AdapterHarness>;

/** A rule of the contract. Each rule runs over a new harness, which is torn down afterwards. */
export type Rule = (
  title: string,
  body: (harness: AdapterHarness, context: TestContext) => Promise<void>,
  settings?: HarnessSettings,
) => void;

/** The answer, which must not be {@link PENDING}. Differences of preferred fields may come or not. */
export async function now<T>(answer: AdapterAnswer<T>): Promise<T> {
  const value = await answer;
  expect(value).not.toBe(PENDING);
  if (typeof value !== "object" || value === null || !("differences" in value)) return value as T;
  const { differences, ...rest } = value;
  expect(differences).toEqual(expect.any(Array));
  return rest as T;
}

/** The refusal a call must end in. */
export async function refused(answer: Promise<unknown>, code: ProblemCode): Promise<AdapterError> {
  return failed(answer, code, "rejected");
}

/** The error a call must end in. */
export async function failed(answer: Promise<unknown>, code: ProblemCode | null, outcome: Outcome) {
  const error = await answer.then(
    (value) => new Error(`answered ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AdapterError)) throw error;
  expect({ code: error.code, outcome: error.outcome }).toEqual({ code: code ?? error.code, outcome });
  return error;
}

/** Returns an optional part of a harness, or skips the test visibly. */
export function needed<T>(context: TestContext, optional: T | undefined, what: string): NonNullable<T> {
  if (optional === undefined || optional === null) context.skip(`the stand-in cannot: ${what}`);
  return optional as NonNullable<T>;
}

/** Upserts with the reference of card 1. */
export function upsert(harness: AdapterHarness, contractor: Contractor, more: Partial<UpsertCounterpartyParams> = {}) {
  return now(harness.adapter.upsertCounterparty({ ref: refOf("card", 1), contractor, ...more }, newCall()));
}
