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

/** Who signs (подписант): «Генеральный директор Иванов И. И., на основании Устава». */
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

/** Contractor (исполнитель): an agent as the platform knows it. What is absent is never wiped in 1C. */
export interface Contractor {
  /** The platform's own id of the agent. */
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

/** Organization (организация): the company that pays, as 1C knows it and as it is printed. */
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

/** Counterparty (контрагент) as the relay remembers it between acts: what people decided and what was sent last. */
export interface Counterparty {
  /** `organisation INN:INN:KPP` */
  readonly key: string;
  /** The card in 1C chosen by a person where a search by INN cannot decide; the binding is kept. */
  readonly boundRef: string | null;
  /** A person agreed that a card made in 1C by hand may be updated. */
  readonly confirmed: boolean;
  /** When the platform said what `contractor` holds (epoch ms): an older event never overwrites a newer one. */
  readonly asOf: number;
  readonly contractor: Contractor;
}

/** Key of a counterparty's record: one per organisation, INN and KPP. */
export function formatCounterpartyKey(organizationInn: string, contractor: Pick<Contractor, "inn" | "kpp">): string {
  return `${organizationInn}:${contractor.inn}:${contractor.kpp ?? ""}`;
}

/**
 * Key of the queue in which a counterparty's calls wait for each other. By INN without KPP: a platform that sends the
 * KPP once and omits it the next time means the same card, whose periods depend on each other.
 */
export function formatCounterpartyOrderKey(organizationInn: string, inn: string): string {
  return `${organizationInn}:${inn}`;
}
