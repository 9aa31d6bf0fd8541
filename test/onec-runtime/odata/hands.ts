import type { BankAccount } from "../../../core/parties.ts";
import type { AccountantHands, ActView, CardView, OrderView } from "../../contract/adapter-harness.ts";
import { type Books, writeValues } from "./business.ts";
import { type BankState, setBankState } from "./handlers/payment-order.ts";
import { linesOf } from "./handlers/write.ts";
import { EMPTY_DATE, EMPTY_GUID } from "./schema.ts";
import type { ContactKind, SeededRefs } from "./seed.ts";
import { addBank, bankAccountRow, contactRow } from "./seed.ts";
import type { Row, SectionRow, State } from "./state.ts";
import { rounded } from "./values.ts";

const CARDS = "Catalog_Контрагенты";
const BANK_ACCOUNTS = "Catalog_БанковскиеСчета";
const CONTRACTS = "Catalog_ДоговорыКонтрагентов";
const ORDERS = "Document_ПлатежноеПоручение";
const WRITE_OFFS = "Document_СписаниеСРасчетногоСчета";
const CARD_TYPE = `StandardODATA.${CARDS}`;

/**
 * The accountant's hands over a stand-in, with all that people can do in a real БП. A person's writes run 1C's handlers;
 * the closed day does not bind a person, who sees accounts in documents. 1C keeps a bank's refusal without its words.
 */
export interface OneCHands extends Required<Omit<AccountantHands, "rejectPayment">> {
  /** Loads a bank from the classifier again. */
  loadBank(bic: string): Promise<void>;
  /** Adds one more phone or e-mail to a card. */
  addContact(ref: string, kind: ContactKind, text: string): Promise<void>;
  /** A card of a division: the head's INN, a КПП of its own. */
  addDivision(headRef: string, kpp: string): Promise<string>;
  /** Ticks «Договор закрыт» in every contract of a card. */
  closeContracts(cardRef: string): Promise<void>;
  renumberAct(ref: string, number: string): Promise<void>;
  /** Posts an act or an order as its form does: with 1C's checks, which throw. */
  post(ref: string): Promise<void>;
  /** Writes the state of a payment order into the register, as a person or the bank's exchange does. */
  setBankState(ref: string, state: BankState): Promise<void>;
  /** Keeps a copy of the base; the returned function puts it back, as after a restored backup. */
  copyBase(): Promise<() => Promise<void>>;
}

/** {@link createHands} */
export interface HandsParts extends Books {
  readonly seeded: SeededRefs;
  readonly ignoreRefs: (ignored: boolean) => void;
}

/** Hands that write into the state as forms do, whatever the interface would say. */
export function createHands(parts: HandsParts): OneCHands {
  return { ...cardHands(parts), ...actHands(parts), ...orderHands(parts), ...settingHands(parts) };
}

function required(state: State, set: string, ref: string): Row {
  const row = state.get(set, ref);
  if (row === undefined) throw new RangeError(`The stand-in has nothing with the reference ${ref} in ${set}`);
  return row;
}

/** A person's write in a form. */
const BY_HAND = { by: "person" } as const;

function cardHands(books: HandsParts) {
  const { state, seeded } = books;
  const card = (ref: string) => required(state, CARDS, ref);
  const accountsOf = (ref: string) =>
    state.all(BANK_ACCOUNTS).filter((row) => row.Owner === ref && row.DeletionMark !== true);
  const account = (ref: string, number: string, bic?: string) =>
    accountsOf(ref).find((row) => row.НомерСчета === number && (bic === undefined || bicOf(state, row) === bic));
  const view = (row: Row) => cardView(state, seeded, row, accountsOf(String(row.Ref_Key)));
  const set = (ref: string, values: Row) =>
    void writeValues(books, CARDS, { Ref_Key: card(ref).Ref_Key as string, ...values }, BY_HAND);
  return {
    async addCard(given: Parameters<AccountantHands["addCard"]>[0]) {
      const contacts = [
        given.legalAddress && contactRow("Адрес", seeded.contactKinds.legalAddress, given.legalAddress),
        given.phone && contactRow("Телефон", seeded.contactKinds.phone, given.phone),
        given.email && contactRow("АдресЭлектроннойПочты", seeded.contactKinds.email, given.email),
      ].filter((row) => typeof row === "object");
      const values = {
        Description: given.name,
        НаименованиеПолное: given.name,
        ИНН: given.inn,
        КПП: given.kpp ?? "",
        Комментарий: given.comment ?? "",
        IsFolder: given.isFolder ?? false,
        DeletionMark: given.deletionMark ?? false,
        ЮридическоеФизическоеЛицо: given.inn.length === 12 ? "ФизическоеЛицо" : "ЮридическоеЛицо",
        КонтактнаяИнформация: contacts,
      };
      const ref = String(writeValues(books, CARDS, values, BY_HAND).Ref_Key);
      const made = (given.accounts ?? []).map(({ number, bic }) => {
        const account = { owner: ref, ownerType: CARDS, number, bic, currency: seeded.currency };
        return String(writeValues(books, BANK_ACCOUNTS, bankAccountRow(state, account), BY_HAND).Ref_Key);
      });
      // A form makes the first account the main one; a write through OData does not.
      if (made[0] !== undefined) set(ref, { ОсновнойБанковскийСчет_Key: made[0] });
      return ref;
    },
    async card(ref: string) {
      const row = state.get(CARDS, ref);
      return row === undefined ? null : view(row);
    },
    cardsOf: async (inn: string) =>
      state
        .all(CARDS)
        .filter((row) => row.ИНН === inn)
        .map(view),
    async editCard(ref: string, edit: Parameters<AccountantHands["editCard"]>[1]) {
      set(ref, {
        ...(edit.name === undefined ? {} : { Description: edit.name }),
        ...(edit.inn === undefined ? {} : { ИНН: edit.inn }),
        ...(edit.kpp === undefined ? {} : { КПП: edit.kpp }),
        ...(edit.comment === undefined ? {} : { Комментарий: edit.comment }),
      });
    },
    markCard: async (ref: string, marked: boolean) => set(ref, { DeletionMark: marked }),
    async removeAccount(ref: string, number: string) {
      const row = account(ref, number);
      if (row === undefined) throw new RangeError("The card has no such account");
      writeValues(books, BANK_ACCOUNTS, { Ref_Key: row.Ref_Key as string, DeletionMark: true }, BY_HAND);
    },
    async chooseMainAccount(ref: string, { number, bic }: Pick<BankAccount, "number" | "bic">) {
      const row = account(ref, number, bic);
      if (row === undefined) throw new RangeError("The card has no such account");
      set(ref, { ОсновнойБанковскийСчет_Key: row.Ref_Key as string });
    },
    async mergeCards(keepRef: string, dropRef: string) {
      card(keepRef);
      set(dropRef, { DeletionMark: true });
      // «Поиск и замена» writes without handlers: references move, nothing else.
      for (const [set, field] of [
        [CARDS, "ГоловнойКонтрагент_Key"],
        [BANK_ACCOUNTS, "Owner"],
        [CONTRACTS, "Owner_Key"],
        ["Document_ПоступлениеТоваровУслуг", "Контрагент_Key"],
        ["Document_РеализацияТоваровУслуг", "Контрагент_Key"],
        [ORDERS, "Контрагент"],
        ["Document_СписаниеСРасчетногоСчета", "Контрагент"],
      ] as const) {
        for (const row of state.all(set)) {
          if (row[field] === dropRef) state.put(set, { Ref_Key: row.Ref_Key as string, [field]: keepRef });
        }
      }
    },
    async addContact(ref: string, kind: ContactKind, text: string) {
      const type = CONTACT_TYPES[kind] ?? "Адрес";
      const rows = linesOf(card(ref), "КонтактнаяИнформация");
      set(ref, { КонтактнаяИнформация: [...rows, contactRow(type, seeded.contactKinds[kind], text)] });
    },
    async addDivision(headRef: string, kpp: string) {
      const head = card(headRef);
      const values = {
        Description: `${head.Description} (обособленное подразделение)`,
        НаименованиеПолное: head.НаименованиеПолное as string,
        ИНН: head.ИНН as string,
        КПП: kpp,
        ЮридическоеФизическоеЛицо: "ЮридическоеЛицо",
        ОбособленноеПодразделение: true,
        ГоловнойКонтрагент_Key: headRef,
      };
      return String(writeValues(books, CARDS, values, BY_HAND).Ref_Key);
    },
    async closeContracts(cardRef: string) {
      for (const row of state.all(CONTRACTS)) {
        if (row.Owner_Key !== cardRef) continue;
        writeValues(books, CONTRACTS, { Ref_Key: row.Ref_Key as string, ДоговорЗакрыт: true }, BY_HAND);
      }
    },
  };
}

const CONTACT_TYPES: Partial<Record<ContactKind, string>> = { phone: "Телефон", email: "АдресЭлектроннойПочты" };

function bicOf(state: State, account: Row | undefined): string {
  return String(state.get("Catalog_Банки", String(account?.Банк_Key))?.Code ?? "");
}

function cardView(state: State, seeded: SeededRefs, row: Row, accounts: readonly Row[]): CardView {
  const contact = (kind: ContactKind) =>
    String(
      (row.КонтактнаяИнформация as SectionRow[]).find((line) => line.Вид_Key === seeded.contactKinds[kind])
        ?.Представление ?? "",
    );
  const shown = accounts.map((each) => ({ number: String(each.НомерСчета), bic: bicOf(state, each) }));
  const main = accounts.findIndex((each) => each.Ref_Key === row.ОсновнойБанковскийСчет_Key);
  return {
    ref: String(row.Ref_Key),
    name: String(row.Description),
    fullName: String(row.НаименованиеПолное),
    inn: String(row.ИНН),
    kpp: String(row.КПП),
    phone: contact("phone"),
    email: contact("email"),
    legalAddress: contact("legalAddress"),
    comment: String(row.Комментарий),
    deletionMark: row.DeletionMark === true,
    accounts: shown,
    mainAccount: shown[main] ?? null,
    version: String(row.DataVersion),
  };
}

const RECEIPTS = "Document_ПоступлениеТоваровУслуг";
const SALES = "Document_РеализацияТоваровУслуг";

/** An act may be of either kind. */
function actRow(state: State, ref: string): { set: string; row: Row } {
  const set = state.get(SALES, ref) === undefined ? RECEIPTS : SALES;
  return { set, row: required(state, set, ref) };
}

/** What an act of each kind is made of. */
const ACT_KINDS = {
  receipt: { set: RECEIPTS, contract: "СПоставщиком", settlements: "60.01", advances: "60.02" },
  sale: { set: SALES, contract: "СПокупателем", settlements: "62.01", advances: "62.02" },
} as const;

function actHands(books: HandsParts) {
  const { state, seeded } = books;
  const { actDocument } = books.setup;
  const kind = ACT_KINDS[actDocument];
  const line = (amount: number) => serviceLine(seeded, amount, actDocument);
  const change = (ref: string, values: Row) =>
    void writeValues(books, actRow(state, ref).set, { Ref_Key: ref, ...values }, BY_HAND);
  return {
    async addAct(act: Parameters<AccountantHands["addAct"]>[0]) {
      const amount = act.amount / 100;
      const values = {
        Date: `${act.date}T12:00:00`,
        Posted: act.posted ?? true,
        ВидОперации: "Услуги",
        Организация_Key: seeded.organization,
        Контрагент_Key: act.counterpartyRef,
        ДоговорКонтрагента_Key: contractOf(books, act.counterpartyRef, kind.contract),
        СпособЗачетаАвансов: "Автоматически",
        СчетУчетаРасчетовСКонтрагентом_Key: seeded.accounts[kind.settlements] ?? EMPTY_GUID,
        СчетУчетаРасчетовПоАвансам_Key: seeded.accounts[kind.advances] ?? EMPTY_GUID,
        ВалютаДокумента_Key: seeded.currency,
        СуммаВключаетНДС: true,
        Услуги: [line(amount)],
      };
      return String(writeValues(books, kind.set, values, BY_HAND).Ref_Key);
    },
    actsOf: async (counterpartyRef: string) =>
      [...state.all(RECEIPTS), ...state.all(SALES)]
        .filter((row) => row.Контрагент_Key === counterpartyRef)
        .map(actView),
    async editAct(ref: string, edit: Parameters<AccountantHands["editAct"]>[1]) {
      const amount = edit.amount === undefined ? undefined : edit.amount / 100;
      change(ref, {
        ...(edit.date === undefined ? {} : { Date: `${edit.date}T12:00:00` }),
        ...(edit.comment === undefined ? {} : { Комментарий: edit.comment }),
        ...(amount === undefined ? {} : { Услуги: [line(amount)] }),
      });
    },
    unpostAct: async (ref: string) => change(ref, { Posted: false }),
    voidAct: async (ref: string) => change(ref, { Posted: false, DeletionMark: true }),
    renumberAct: async (ref: string, number: string) => change(ref, { Number: number }),
    async post(ref: string) {
      const set = state.get(ORDERS, ref) === undefined ? actRow(state, ref).set : ORDERS;
      writeValues(books, set, { Ref_Key: ref }, { ...BY_HAND, mode: "post" });
    },
  };
}

function serviceLine(seeded: SeededRefs, amount: number, actDocument: "receipt" | "sale"): SectionRow {
  const accounts: SectionRow =
    actDocument === "receipt"
      ? {
          СчетЗатрат_Key: seeded.accounts["26"] ?? EMPTY_GUID,
          Субконто1: seeded.costItem,
          Субконто1_Type: "StandardODATA.Catalog_СтатьиЗатрат",
        }
      : {
          СчетДоходов_Key: seeded.accounts["90.01.1"] ?? EMPTY_GUID,
          Субконто: seeded.itemGroup,
          Субконто_Type: "StandardODATA.Catalog_НоменклатурныеГруппы",
        };
  return {
    ...accounts,
    Номенклатура_Key: seeded.item,
    Содержание: "Услуги",
    Количество: 1,
    Цена: amount,
    Сумма: amount,
    СтавкаНДС: "БезНДС",
  };
}

function contractOf(books: HandsParts, card: string, kind: string): string {
  const { state, seeded } = books;
  const found = state.all(CONTRACTS).find((row) => row.Owner_Key === card && row.ВидДоговора === kind);
  if (found !== undefined) return String(found.Ref_Key);
  const values = {
    Owner_Key: card,
    Description: "Без договора",
    Организация_Key: seeded.organization,
    ВидДоговора: kind,
    ВалютаВзаиморасчетов_Key: seeded.currency,
  };
  return String(writeValues(books, CONTRACTS, values, BY_HAND).Ref_Key);
}

function actView(row: Row): ActView {
  return {
    ref: String(row.Ref_Key),
    number: String(row.Number),
    date: String(row.Date).slice(0, 10),
    amount: rounded(Number(row.СуммаДокумента) * 100, 0),
    posted: row.Posted === true,
    deletionMark: row.DeletionMark === true,
    comment: String(row.Комментарий),
    content: (row.Услуги as SectionRow[]).map((line) => line.Содержание).join("\n"),
  };
}

function orderHands(books: HandsParts) {
  const { state, seeded } = books;
  return {
    ordersOf: async (counterpartyRef: string): Promise<OrderView[]> =>
      state
        .all(ORDERS)
        .filter((row) => row.Контрагент === counterpartyRef)
        .map((row) => {
          const account = state.get(BANK_ACCOUNTS, String(row.СчетКонтрагента_Key));
          return {
            ref: String(row.Ref_Key),
            number: String(row.Number),
            amount: rounded(Number(row.СуммаДокумента) * 100, 0),
            purpose: String(row.НазначениеПлатежа),
            account: { number: String(account?.НомерСчета ?? ""), bic: bicOf(state, account) },
          };
        }),
    /** The bank's statement is loaded: a posted write-off with the order as its basis (SC). */
    async executePayment(ref: string, date: string, bankReference?: string) {
      const order = required(state, ORDERS, ref);
      const values = {
        Date: `${date}T00:00:00`,
        ВидОперации: "ОплатаПоставщику",
        Организация_Key: order.Организация_Key as string,
        СчетОрганизации_Key: order.СчетОрганизации_Key as string,
        НомерВходящегоДокумента: bankReference ?? "",
        ДатаВходящегоДокумента: bankReference === undefined ? EMPTY_DATE : `${date}T00:00:00`,
        Контрагент: order.Контрагент as string,
        Контрагент_Type: CARD_TYPE,
        СчетКонтрагента_Key: order.СчетКонтрагента_Key as string,
        СуммаДокумента: order.СуммаДокумента as number,
        ВалютаДокумента_Key: order.ВалютаДокумента_Key as string,
        НазначениеПлатежа: order.НазначениеПлатежа as string,
        ДокументОснование: ref,
        ДокументОснование_Type: `StandardODATA.${ORDERS}`,
        РасшифровкаПлатежа: [
          {
            ДоговорКонтрагента_Key: String(order.ДоговорКонтрагента_Key),
            СпособПогашенияЗадолженности: "Автоматически",
            СуммаПлатежа: order.СуммаДокумента as number,
            СтатьяДвиженияДенежныхСредств_Key: seeded.cashFlowItem,
          },
        ],
      };
      writeValues(books, WRITE_OFFS, values, { ...BY_HAND, mode: "post" });
    },
    async setBankState(ref: string, value: BankState) {
      setBankState(state, required(state, ORDERS, ref), value);
    },
    async markPaymentOrder(ref: string) {
      required(state, ORDERS, ref);
      writeValues(books, ORDERS, { Ref_Key: ref, DeletionMark: true, Posted: false }, BY_HAND);
    },
  };
}

function settingHands({ state, settings, ignoreRefs }: HandsParts) {
  const banksOf = (bic: string) => state.all("Catalog_Банки").filter((bank) => bank.Code === bic);
  return {
    async closePeriodUpTo(date: string | null) {
      settings.closedUpTo = date;
    },
    async forgetBank(bic: string) {
      for (const { Ref_Key } of banksOf(bic)) {
        const ref = String(Ref_Key);
        // What accounts refer to cannot be deleted, only marked.
        if (state.all(BANK_ACCOUNTS).some((account) => account.Банк_Key === ref)) {
          state.put("Catalog_Банки", { Ref_Key: ref, DeletionMark: true });
        } else state.remove("Catalog_Банки", ref);
      }
    },
    async loadBank(bic: string) {
      for (const { Ref_Key } of banksOf(bic))
        state.put("Catalog_Банки", { Ref_Key: String(Ref_Key), DeletionMark: false });
      if (banksOf(bic).length === 0) addBank(state, bic);
    },
    async blockPosting(reason: string | null) {
      settings.postingBlocked = reason;
    },
    ignoreRefs: async (ignored: boolean) => ignoreRefs(ignored),
    async copyBase() {
      const copy = state.snapshot();
      return async () => state.restore(copy);
    },
  };
}
