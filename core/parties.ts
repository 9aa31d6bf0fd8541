import type { PlainDate } from "./date.ts";

/** Kind of contractor: a company (юрлицо), a sole entrepreneur (ИП), self-employed (НПД), a natural person. */
export type ContractorKind = "company" | "entrepreneur" | "self_employed" | "individual";

/** A bank account (расчётный счёт): 20 characters, with its bank by BIC. */
export interface BankAccount {
  readonly number: string;
  readonly bic: string;
  readonly bankName?: string;
  readonly corrAccount?: string;
}

/** Signatory (подписант): «Генеральный директор Иванов И. И., на основании Устава». */
export interface Signatory {
  readonly position?: string;
  readonly name: string;
  readonly basis?: string;
}

/** The signed contract (договор) between the company and the contractor: `url` is https only. */
export interface Contract {
  readonly url: string;
  readonly number?: string;
  readonly date?: PlainDate;
}

/** Contractor (исполнитель): an agent, by the platform's data. An absent field never wipes a field in 1C. */
export interface Contractor {
  /** The platform's id of the agent. */
  readonly id: string;
  /** Day of registration on the platform, in the business time zone. */
  readonly registeredOn: PlainDate;
  readonly kind: ContractorKind;
  readonly name: string;
  readonly inn: string;
  readonly bankAccount: BankAccount;
  readonly fullName?: string;
  readonly kpp?: string;
  readonly ogrn?: string;
  readonly legalAddress?: string;
  readonly phone?: string;
  readonly email?: string;
  readonly contract?: Contract;
  readonly signatory?: Signatory;
}

/** Organization (организация): the company that pays, by 1C's data and for print. */
export interface Organization {
  readonly name: string;
  readonly fullName?: string;
  readonly inn: string;
  readonly kpp?: string;
  readonly ogrn?: string;
  readonly address?: string;
  readonly phone?: string;
  readonly bankAccount?: BankAccount;
  readonly signatory?: Signatory;
}

/** Counterparty (контрагент): the relay's memory between acts of people's decisions and the last data sent. */
export interface Counterparty {
  /** `organisation INN:INN:KPP` */
  readonly key: string;
  /** The card in 1C chosen by a person where a search by INN cannot decide; the choice is kept. */
  readonly boundRef: string | null;
  /** A person allowed the update of a card made in 1C by hand, with the requisites in `contractor`. */
  readonly confirmed: boolean;
  /** Platform's ids of the agents that may use this INN: the first agent, and agents that a person added. */
  readonly owners: readonly string[];
  /** Time of the platform's data in `contractor` (epoch ms): an older event never overwrites newer data. */
  readonly asOf: number;
  readonly contractor: Contractor;
}

/** True for the same agent with the same bank account: a person's consent covers nothing else. */
export function isSamePayee(a: Contractor, b: Contractor): boolean {
  return a.id === b.id && a.bankAccount.number === b.bankAccount.number && a.bankAccount.bic === b.bankAccount.bic;
}

/** Key of a counterparty's record: one per organisation, INN and KPP. */
export function formatCounterpartyKey(organizationInn: string, contractor: Pick<Contractor, "inn" | "kpp">): string {
  return `${organizationInn}:${contractor.inn}:${contractor.kpp ?? ""}`;
}

/**
 * Order key of a counterparty's jobs: by INN without KPP, since a platform may omit the KPP at times. The card is the
 * same with and without KPP, and the periods of one card depend on each other.
 */
export function formatCounterpartyOrderKey(organizationInn: string, inn: string): string {
  return `${organizationInn}:${inn}`;
}
