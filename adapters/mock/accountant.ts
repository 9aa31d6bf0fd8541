import type { ServiceLine } from "../../core/act.ts";
import type { PlainDate } from "../../core/date.ts";
import { computeIncludedVat, type Kopecks, type VatRate } from "../../core/money.ts";
import type { BankAccount } from "../../core/parties.ts";
import { EMPTY_CARD } from "./counterparties.ts";
import { getNextNumber, type Infobase } from "./infobase.ts";
import type { MockAct, MockCounterparty, MockEffect, MockPaymentOrder, MockSettings } from "./model.ts";

/** A card typed by an accountant. The first account becomes the main account unless `mainAccount` names another. */
export interface CardByHand extends Partial<Omit<MockCounterparty, "accounts" | "dataVersion">> {
  readonly name: string;
  readonly accounts?: readonly BankAccount[];
}

/** An act made by an accountant. Default: posted. */
export interface ActByHand {
  readonly ref?: string;
  readonly counterpartyRef: string;
  readonly date: PlainDate;
  readonly amount: Kopecks;
  readonly number?: string;
  readonly vat?: VatRate;
  readonly comment?: string;
  readonly posted?: boolean;
}

/** Fields of an act to change. */
export type ActEdit = Partial<Pick<MockAct, "amount" | "date" | "number" | "comment" | "counterpartyRef">>;

/** Fields of a card to change. */
export type CardEdit = Partial<Omit<MockCounterparty, "ref" | "dataVersion">>;

/** Actions of people in 1C behind the relay's back. An unknown reference throws a `RangeError`. */
export interface Accountant {
  addCounterparty(card: CardByHand): MockCounterparty;
  editCard(ref: string, edit: CardEdit): MockCounterparty;
  /** Sets or removes the deletion mark (пометка удаления). */
  markCard(ref: string, marked?: boolean): void;
  /** Removes an account from a card. Without the main account, the card has no main account at all. */
  removeAccount(ref: string, number: string): void;
  /** Merges two cards: the documents move to the first card, the second card is marked for deletion. */
  mergeCards(keepRef: string, dropRef: string): void;
  addActByHand(act: ActByHand): MockAct;
  editAct(ref: string, edit: ActEdit): MockAct;
  /** Unposts an act and marks the act for deletion. */
  voidActByHand(ref: string): void;
  unpost(ref: string): void;
  post(ref: string): void;
  /** Moves the closed-period date (дата запрета изменения); null opens everything. */
  closePeriodUpTo(date: PlainDate | null): void;
  /** Marks an order as paid by the bank. Default of `date`: `today`, else the order's own date. */
  executePayment(ref: string, date?: PlainDate, bankReference?: string): void;
  rejectPayment(ref: string, reason: string): void;
  deletePaymentOrder(ref: string): void;
  /** Removes a bank from the classifier. */
  forgetBank(bic: string): void;
  loadBank(bic: string): void;
  /** Makes 1C write acts without posting. `reason`: 1C's text for the refusal; null allows posting again. */
  blockPosting(reason: string | null): void;
  /** Sets whether 1C gives new documents other references than the relay chose. */
  ignoreRefs(ignored: boolean): void;
}

/** Creates the accountant of an infobase. `today`: default day of a payment. */
export function createAccountant(base: Infobase, today: (() => PlainDate) | undefined): Accountant {
  return {
    ...createCardActions(base),
    ...createActActions(base),
    ...createPaymentActions(base, today),
    ...createSettingActions(base),
  };
}

function createCardActions(base: Infobase) {
  const getCard = (ref: string) => requireRow(base.counterparties.get(ref), ref);
  function save(action: string, row: MockCounterparty, more: Pick<MockEffect, "acts" | "paymentOrders"> = {}) {
    const saved = { ...row, dataVersion: row.dataVersion + 1 };
    base.write({ action, by: "accountant", counterparties: [saved], ...more });
    return structuredClone(saved);
  }
  return {
    addCounterparty({ accounts = [], ...given }: CardByHand) {
      const own = accounts.map((account) => ({ bankName: "", corrAccount: "", ...account, setByUs: false }));
      const first = own[0] === undefined ? null : { number: own[0].number, bic: own[0].bic };
      const row = { ...EMPTY_CARD, ref: base.createRef(), fullName: given.name, mainAccount: first, ...given };
      return save("counterparty.added", { ...row, accounts: own });
    },
    editCard(ref: string, edit: CardEdit) {
      const mainMoved = edit.mainAccount === undefined ? {} : { mainSetByUs: false };
      return save("counterparty.edited", { ...getCard(ref), ...mainMoved, ...edit });
    },
    markCard: (ref: string, marked = true) =>
      void save("counterparty.marked", { ...getCard(ref), deletionMark: marked }),
    removeAccount(ref: string, number: string) {
      const { accounts, mainAccount, ...rest } = getCard(ref);
      const main = mainAccount?.number === number ? null : mainAccount;
      const left = accounts.filter((account) => account.number !== number);
      save("counterparty.account_removed", { ...rest, accounts: left, mainAccount: main });
    },
    mergeCards(keepRef: string, dropRef: string) {
      const moved = { counterpartyRef: getCard(keepRef).ref };
      const acts = base.acts.listByKey(dropRef).map((act) => ({ ...act, ...moved }));
      const paymentOrders = base.paymentOrders.listByKey(dropRef).map((order) => ({ ...order, ...moved }));
      save("counterparty.merged", { ...getCard(dropRef), deletionMark: true }, { acts, paymentOrders });
    },
  };
}

function createActActions(base: Infobase) {
  const getAct = (ref: string) => requireRow(base.acts.get(ref), ref);
  function save(action: string, row: MockAct): MockAct {
    base.write({ action, by: "accountant", acts: [row] });
    return structuredClone(row);
  }
  return {
    addActByHand(given: ActByHand) {
      const { amount, vat = "none" } = given;
      return save("act.added", {
        ref: base.createRef(),
        number: getNextNumber(base.acts),
        moment: base.acts.countRows() + 1,
        comment: "",
        posted: true,
        ...given,
        vat,
        vatAmount: computeIncludedVat(amount, vat),
        lines: [createServiceLine(amount)],
        deletionMark: false,
        byHand: true,
      });
    },
    editAct(ref: string, edit: ActEdit) {
      const before = getAct(ref);
      const { amount = before.amount } = edit;
      const retyped = { lines: [createServiceLine(amount)], vatAmount: computeIncludedVat(amount, before.vat) };
      return save("act.edited", { ...before, ...edit, ...(amount === before.amount ? {} : retyped) });
    },
    voidActByHand: (ref: string) => void save("act.voided", { ...getAct(ref), posted: false, deletionMark: true }),
    unpost: (ref: string) => void save("act.unposted", { ...getAct(ref), posted: false }),
    post: (ref: string) => void save("act.posted", { ...getAct(ref), posted: true, deletionMark: false }),
  };
}

function createPaymentActions(base: Infobase, today: (() => PlainDate) | undefined) {
  const getOrder = (ref: string) => requireRow(base.paymentOrders.get(ref), ref);
  function save(action: string, row: MockPaymentOrder): void {
    base.write({ action, by: "accountant", paymentOrders: [row] });
  }
  return {
    executePayment(ref: string, date?: PlainDate, bankReference?: string) {
      const executedOn = date ?? today?.() ?? getOrder(ref).date;
      const bank = bankReference === undefined ? {} : { bankReference };
      save("payment.executed", { ...getOrder(ref), state: { state: "executed", executedOn, ...bank } });
    },
    rejectPayment: (ref: string, reason: string) =>
      save("payment.rejected", { ...getOrder(ref), state: { state: "rejected", reason } }),
    deletePaymentOrder: (ref: string) => save("payment_order.marked", { ...getOrder(ref), deletionMark: true }),
  };
}

function createSettingActions(base: Infobase) {
  const set = (action: string, settings: Partial<MockSettings>) => base.write({ action, by: "accountant", settings });
  const setBank = (bic: string, known: boolean) =>
    set(known ? "bank.loaded" : "bank.removed", { banks: { ...base.getSettings().banks, [bic]: known } });
  return {
    closePeriodUpTo: (date: PlainDate | null) => set("period.closed", { closedUpTo: date }),
    forgetBank: (bic: string) => setBank(bic, false),
    loadBank: (bic: string) => setBank(bic, true),
    blockPosting: (reason: string | null) => set("posting.blocked", { postingBlocked: reason }),
    ignoreRefs: (ignored: boolean) => set("refs.ignored", { refsIgnored: ignored }),
  };
}

function createServiceLine(amount: Kopecks): ServiceLine & { content: string } {
  return { name: "Услуги", quantity: 1000, unit: "усл.", price: amount, amount, content: "Услуги" };
}

function requireRow<T>(row: T | null, ref: string): T {
  if (row === null) throw new RangeError(`The mock's infobase has nothing with the reference ${ref}`);
  return row;
}
