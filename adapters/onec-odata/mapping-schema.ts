import * as v from "valibot";
import { VAT_RATES } from "../../core/money.ts";

const name = v.pipe(v.string(), v.regex(/^[\p{L}_][\p{L}\p{N}_]*$/u, "must be a name of 1C's"));
/** A field that this configuration may lack: null, and it is neither written nor read. */
const optionalName = v.nullable(name);
const words = v.pipe(v.string(), v.trim(), v.nonEmpty("must not be empty"));
const limit = v.pipe(v.number(), v.integer(), v.minValue(1));
/** Fields that always get the same value, such as «ВидОперации». */
const constants = v.record(name, v.union([v.string(), v.number(), v.boolean()]));
/** Fields that get an account of the chart, by its code. */
const accounts = v.record(name, words);
/** Fields of analytics (субконто): the catalogue, and the name or reference of its element. */
const analytics = v.record(name, v.strictObject({ entity: name, element: words }));

const CounterpartySchema = v.strictObject({
  entity: name,
  /** «Наименование» and everything else that is written of a card. */
  fields: v.strictObject({
    name,
    fullName: name,
    inn: name,
    kpp: name,
    ogrn: optionalName,
    personType: optionalName,
    /** Головной контрагент: a card of its own names itself. */
    head: optionalName,
    mainAccount: name,
    comment: name,
    /** Where the relay notes which main account it chose; null: it never moves a main account. */
    note: optionalName,
    contacts: name,
  }),
  /** Values of `personType`. An entrepreneur is a natural person in 1C. */
  personTypes: v.strictObject({ company: words, person: words }),
  /** Longest name; a longer one is cut at a word. */
  nameLimit: limit,
  /** Begins the comment's line with the link to the signed contract. */
  contractPrefix: words,
  /** Of new cards only: a folder (`Parent_Key`), a country, a responsible person. */
  constants,
});

const contactKind = v.strictObject({
  /** «Тип»: Адрес, Телефон, АдресЭлектроннойПочты. */
  type: words,
  /** Names of the predefined kind; the first that is there counts. */
  names: v.array(words),
});

const ContactsSchema = v.strictObject({
  /** Справочник «Виды контактной информации». */
  entity: name,
  /** Fields of a kind that may hold its predefined name. */
  nameFields: v.array(name),
  /** Part of the parent folder's name by which a kind is found where none has a known name. */
  folder: words,
  kinds: v.strictObject({ legalAddress: contactKind, phone: contactKind, email: contactKind }),
  /** The organisation's own. */
  organizationKinds: v.strictObject({ legalAddress: contactKind, phone: contactKind }),
  /** Columns of the tabular section «Контактная информация». */
  fields: v.strictObject({
    type: name,
    kind: name,
    text: name,
    phone: optionalName,
    email: optionalName,
    /** Newer configurations keep a JSON text here. */
    value: optionalName,
    listKind: optionalName,
  }),
});

const BankSchema = v.strictObject({ entity: name, fields: v.strictObject({ bic: name, name, corrAccount: name }) });

const BankAccountSchema = v.strictObject({
  entity: name,
  /** `owner` is composite: its type stands in the field of the same name with `_Type`. */
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
  }),
  nameLimit: limit,
  numberLimit: limit,
  /** Name of a contract whose number the platform does not tell. */
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
  /** «Вид договора» of the contract that such an act needs. */
  contractKind: words,
  fields: v.strictObject({
    organization: name,
    counterparty: name,
    contract: name,
    currency: name,
    amount: name,
    comment: name,
    /** Number and date of the supplier's own paper, which is our form. */
    incomingNumber: optionalName,
    incomingDate: optionalName,
    /** The organisation's account, in outgoing acts. */
    organizationAccount: optionalName,
  }),
  /** What tells a service act among documents of this kind, and is written: «ВидОперации» = «Услуги». */
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
  /** Longest «Содержание»; a longer one is cut at a word before its period. */
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
    /** Composite. */
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
  /** Longest name of a party: ED 160. */
  partyLimit: limit,
  /** Статья движения денежных средств by name or reference, and its catalogue; null: the field stays empty. */
  cashFlowItem: v.nullable(v.strictObject({ entity: name, element: words })),
  constants,
});

const PaymentSchema = v.strictObject({
  entity: name,
  fields: v.strictObject({
    organization: name,
    organizationAccount: name,
    /** Composite: the order it carries out. */
    basis: name,
    incomingNumber: name,
    incomingDate: optionalName,
    amount: name,
    /** The counterparty's account. */
    counterpartyAccount: optionalName,
  }),
});

/**
 * Names and values of one configuration of 1C: everything that the adapter knows of it. Described field by field in the
 * adapter's README.
 */
export const MappingSchema = v.strictObject({
  counterparty: CounterpartySchema,
  contacts: ContactsSchema,
  bank: BankSchema,
  bankAccount: BankAccountSchema,
  contract: ContractSchema,
  organization: OrganizationSchema,
  currency: v.strictObject({ entity: name, code: words }),
  /** План счетов. */
  chartOfAccounts: name,
  /** Номенклатура of the act's lines, by name or reference. */
  item: v.strictObject({ entity: name, element: words }),
  vatRates: v.strictObject(v.entriesFromList(VAT_RATES, words)),
  /** By `ONEC_ACT_DOCUMENT`. */
  acts: v.strictObject({ receipt: ActSchema, sale: ActSchema }),
  paymentOrder: PaymentOrderSchema,
  /** Списание с расчётного счёта: what the bank has carried out. */
  payment: PaymentSchema,
});

/** {@link MappingSchema} */
export type Mapping = v.InferOutput<typeof MappingSchema>;

/** An act's part of a mapping. */
export type ActMapping = Mapping["acts"]["receipt"];
