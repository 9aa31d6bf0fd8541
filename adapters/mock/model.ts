import type { ServiceLine } from "../../core/act.ts";
import type { Adapter } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import type { Kopecks, VatRate } from "../../core/money.ts";
import type { BankAccount, Contract } from "../../core/parties.ts";
import type { PaymentState } from "../../core/payment-order.ts";

/** Name of a call of the adapter. */
export type MockCall = Exclude<keyof Adapter, "name" | "flags" | "timeoutMs">;

/** A bank of the classifier (классификатор банков). */
export interface MockBank {
  readonly bic: string;
  readonly name?: string;
  readonly corrAccount?: string;
}

/** An account on a card. `setByUs`: added by the relay, not by an accountant. */
export interface MockAccount {
  readonly number: string;
  readonly bic: string;
  readonly bankName: string;
  readonly corrAccount: string;
  readonly setByUs: boolean;
}

/** A card of the counterparties' catalogue (Справочник «Контрагенты»). An empty field is an empty string, as in 1C. */
export interface MockCounterparty {
  readonly ref: string;
  readonly name: string;
  readonly fullName: string;
  readonly inn: string;
  readonly kpp: string;
  readonly ogrn: string;
  readonly phone: string;
  readonly email: string;
  readonly legalAddress: string;
  readonly comment: string;
  readonly deletionMark: boolean;
  readonly isFolder: boolean;
  readonly accounts: readonly MockAccount[];
  readonly mainAccount: Pick<BankAccount, "number" | "bic"> | null;
  /** The relay chose the main account, so the relay may replace the main account. */
  readonly mainSetByUs: boolean;
  /** The supplier contract (договор) with our organisation. */
  readonly contract: Contract | null;
  readonly madeByUs: boolean;
  /** Grows with every write of the card. */
  readonly dataVersion: number;
}

/** A line of an act: `content` is «Содержание», where 1C keeps the period. */
export interface MockActLine extends ServiceLine {
  readonly content: string;
}

/** A service act. `moment` orders acts of one day (момент времени). */
export interface MockAct {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
  readonly moment: number;
  readonly counterpartyRef: string;
  readonly amount: Kopecks;
  readonly vat: VatRate;
  readonly vatAmount: Kopecks;
  readonly lines: readonly MockActLine[];
  readonly comment: string;
  readonly posted: boolean;
  readonly deletionMark: boolean;
  readonly byHand: boolean;
}

/** A payment order (платёжное поручение). */
export interface MockPaymentOrder {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
  readonly actRef: string;
  readonly counterpartyRef: string;
  readonly account: BankAccount;
  readonly amount: Kopecks;
  readonly vat: VatRate;
  readonly purpose: string;
  readonly comment: string;
  readonly deletionMark: boolean;
  readonly state: PaymentState;
}

/** Settings of the infobase, changed by an accountant or an administrator. */
export interface MockSettings {
  /** Дата запрета изменения: documents of this day and before it are closed. */
  readonly closedUpTo: PlainDate | null;
  /** 1C's text for the refusal to post an act; null when 1C posts acts. */
  readonly postingBlocked: string | null;
  /** 1C gives new documents other references than the relay chose. */
  readonly refsIgnored: boolean;
  /** BICs removed from the classifier (false) or loaded (true). Overrides the `banks` option. */
  readonly banks: Readonly<Record<string, boolean>>;
}

/** A waiting command of pending mode. `params`: parameters of the adapter's method. */
export interface MockCommand {
  readonly id: string;
  readonly call: MockCall;
  readonly params: unknown;
}

/** The whole content of the infobase. */
export interface MockSnapshot {
  readonly counterparties: readonly MockCounterparty[];
  readonly acts: readonly MockAct[];
  readonly paymentOrders: readonly MockPaymentOrder[];
  readonly settings: MockSettings;
  readonly commands: readonly MockCommand[];
}

/** One write to the infobase, atomic. `by`: author of the write. */
export interface MockEffect {
  readonly action: string;
  readonly by: "relay" | "accountant";
  readonly counterparties?: readonly MockCounterparty[];
  readonly acts?: readonly MockAct[];
  readonly paymentOrders?: readonly MockPaymentOrder[];
  readonly settings?: Partial<MockSettings>;
  readonly command?: MockCommand;
  readonly answered?: string;
}
