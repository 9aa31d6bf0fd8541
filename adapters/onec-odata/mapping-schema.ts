import * as v from "valibot";
import { VAT_RATES } from "../../core/money.ts";

const name = v.pipe(v.string(), v.regex(/^[\p{L}_][\p{L}\p{N}_]*$/u, "must be a name of 1C's"));
/** Name of a field that a configuration may lack. The adapter neither writes nor reads a field with the name null. */
const optionalName = v.nullable(name);
const words = v.pipe(v.string(), v.trim(), v.nonEmpty("must not be empty"));
const limit = v.pipe(v.number(), v.integer(), v.minValue(1));
/** Fields with a constant value, such as «ВидОперации». */
const constants = v.record(name, v.union([v.string(), v.number(), v.boolean()]));
/** Fields with an account of the chart, by the account's code. */
const accounts = v.record(name, words);
/** Fields of analytics (субконто): the catalogue, and the name or reference of its element. */
const analytics = v.record(name, v.strictObject({ entity: name, element: words }));

const CounterpartySchema = v.strictObject({
  entity: name,
  /** All fields that the relay writes, from «Наименование» on. */
  fields: v.strictObject({
    name,
    fullName: name,
    inn: name,
    kpp: name,
    ogrn: optionalName,
    personType: optionalName,
    /** True for an entrepreneur (ИП), who is a natural person in 1C. */
    entrepreneur: optionalName,
    /** Головной контрагент. Without a head organisation a card refers to itself. */
    head: optionalName,
    mainAccount: name,
    comment: name,
    /** Field for the relay's note of the chosen main account; null: the relay never replaces a main account. */
    note: optionalName,
    contacts: name,
  }),
  /** Values of `personType`. An entrepreneur is a natural person in 1C. */
  personTypes: v.strictObject({ company: words, person: words }),
  /** Longest name, characters; the adapter cuts longer names at a word. */
  nameLimit: limit,
  /** Longest full name, characters; the adapter cuts longer names at a word. */
  fullNameLimit: limit,
  /** Start of the comment's line with the link to the signed contract. */
  contractPrefix: words,
  /** Constants of new cards only: a folder (`Parent_Key`), a country, a responsible person. */
  constants,
});

const contactKind = v.strictObject({
  /** «Тип»: Адрес, Телефон, АдресЭлектроннойПочты. */
  type: words,
  /** Names of the predefined kind; the first existing name counts. */
  names: v.array(words),
});

const ContactsSchema = v.strictObject({
  /** Справочник «Виды контактной информации». */
  entity: name,
  /** Fields of a kind for the predefined name; the field differs between releases. */
  nameFields: v.array(name),
  /** Part of the parent folder's name, to find a kind without a known name. */
  folder: words,
  kinds: v.strictObject({ legalAddress: contactKind, phone: contactKind, email: contactKind }),
  organizationKinds: v.strictObject({ legalAddress: contactKind, phone: contactKind }),
  /** Columns of the tabular section «Контактная информация». */
  fields: v.strictObject({
    type: name,
    kind: name,
    text: name,
    /** Digits of the first phone number, with and without the codes of country and area. */
    phone: optionalName,
    phoneWithoutCodes: optionalName,
    email: optionalName,
    /** The part of an e-mail address after the sign @. */
    emailDomain: optionalName,
    /** Field with JSON text in newer configurations. */
    value: optionalName,
    /** Field that 1C fills in itself, so the adapter never sends this field. */
    listKind: optionalName,
  }),
});

const BankSchema = v.strictObject({ entity: name, fields: v.strictObject({ bic: name, name, corrAccount: name }) });

const BankAccountSchema = v.strictObject({
  entity: name,
  /** `owner` is composite: the field of the same name with `_Type` holds the type. */
  fields: v.strictObject({ owner: name, number: name, bank: name, currency: name, name }),
  nameLimit: limit,
  constants,
});

const ContractSchema = v.strictObject({
  entity: name,
  fields: v.strictObject({
    owner: name,
    organization: name,
    kind: name,
    number: name,
    date: name,
    currency: name,
    name,
    comment: name,
    /** True for a closed contract, which the relay passes over. */
    closed: optionalName,
    /** Tax system (налогообложение) of the counterparty, since release 3.0.198. */
    tax: optionalName,
  }),
  /** Value of `tax` in new contracts with self-employed (НПД). */
  selfEmployedTax: words,
  nameLimit: limit,
  numberLimit: limit,
  /** Name of a contract without a number from the platform. */
  unnamed: words,
  constants,
});

const OrganizationSchema = v.strictObject({
  entity: name,
  fields: v.strictObject({
    name,
    shortName: optionalName,
    fullName: name,
    inn: name,
    kpp: name,
    ogrn: name,
    mainAccount: name,
    /** True for a separate division (обособленное подразделение), which shares the INN. */
    division: optionalName,
    contacts: name,
  }),
});

const ActSchema = v.strictObject({
  entity: name,
  /** «Вид договора» of the act's contract. */
  contractKind: words,
  fields: v.strictObject({
    organization: name,
    counterparty: name,
    contract: name,
    currency: name,
    amount: name,
    comment: name,
    /** Number and date of the supplier's paper, which is our printed form. */
    incomingNumber: optionalName,
    incomingDate: optionalName,
    /** The organisation's account, in outgoing acts only. */
    organizationAccount: optionalName,
  }),
  /** Field and value of service acts, written and read: «ВидОперации» = «Услуги». */
  operation: v.nullable(v.strictObject({ field: name, value: words })),
  constants,
  accounts,
  /** Tabular section of the services. */
  section: name,
  lineFields: v.strictObject({
    item: name,
    content: name,
    quantity: name,
    price: name,
    amount: name,
    vatRate: name,
    vatAmount: name,
  }),
  /** Longest «Содержание», characters; the adapter cuts longer texts at a word before the period. */
  contentLimit: limit,
  lineConstants: constants,
  lineAccounts: accounts,
  lineAnalytics: analytics,
});

const PaymentOrderSchema = v.strictObject({
  entity: name,
  fields: v.strictObject({
    organization: name,
    organizationAccount: name,
    /** A composite field. */
    counterparty: name,
    counterpartyAccount: name,
    contract: optionalName,
    amount: name,
    currency: name,
    vatRate: optionalName,
    vatAmount: optionalName,
    purpose: name,
    comment: name,
    payeeName: optionalName,
    payeeInn: optionalName,
    payeeKpp: optionalName,
    payerName: optionalName,
    payerInn: optionalName,
    payerKpp: optionalName,
    cashFlowItem: optionalName,
  }),
  /** Longest name of a party, characters; the bank's format ED allows 160. */
  partyLimit: limit,
  /** Статья движения денежных средств by name or reference, and the catalogue; null: the field stays empty. */
  cashFlowItem: v.nullable(v.strictObject({ entity: name, element: words })),
  constants,
});

const BankStatesSchema = v.strictObject({
  /** Register of the states of bank documents. */
  entity: name,
  /** `document` is composite: the field of the same name with `_Type` holds the type. */
  fields: v.strictObject({ organization: name, document: name, state: name }),
  /** States of a refused order, of an order on the way to the bank, and of a paid order. */
  rejected: v.array(words),
  sent: v.array(words),
  paid: v.array(words),
});

const PaymentSchema = v.strictObject({
  entity: name,
  fields: v.strictObject({
    organization: name,
    organizationAccount: name,
    /** The executed payment order, in a composite field. */
    basis: name,
    incomingNumber: name,
    incomingDate: optionalName,
    amount: name,
    counterpartyAccount: optionalName,
  }),
});

/** All names and values of one configuration of 1C. The adapter's README describes every field. */
export const MappingSchema = v.strictObject({
  counterparty: CounterpartySchema,
  contacts: ContactsSchema,
  bank: BankSchema,
  bankAccount: BankAccountSchema,
  /** Договоры; null for an infobase without contracts. */
  contract: v.nullable(ContractSchema),
  organization: OrganizationSchema,
  currency: v.strictObject({ entity: name, code: words }),
  /** План счетов. */
  chartOfAccounts: name,
  /** Номенклатура of the act's lines, by name or reference. */
  item: v.strictObject({ entity: name, element: words }),
  vatRates: v.strictObject(v.entriesFromList(VAT_RATES, words)),
  /** Names for each value of `ONEC_ACT_DOCUMENT`. */
  acts: v.strictObject({ receipt: ActSchema, sale: ActSchema }),
  paymentOrder: PaymentOrderSchema,
  /** Списание с расчётного счёта: a payment executed by the bank. */
  payment: PaymentSchema,
  /** Состояния банковских документов; null: the register is not published. */
  bankStates: v.nullable(BankStatesSchema),
});

export type Mapping = v.InferOutput<typeof MappingSchema>;

export type ContractMapping = NonNullable<Mapping["contract"]>;

export type ActMapping = Mapping["acts"]["receipt"];
