/** Options of an infobase: people and administrators may change each at any time. */
export interface Settings {
  /** Дата запрета изменения for the user of OData: last closed day, `YYYY-MM-DD`; null: everything is open. */
  closedUpTo: string | null;
  /** The organisation that the closed day is set for; null: for all. */
  closedFor: string | null;
  /** Reason why no act is posted; null: acts are posted. */
  postingBlocked: string | null;
  /** «Вести учет по договорам». Without it 1C chooses the contract of every document. */
  hasContracts: boolean;
  /** «Фиксированное время в документах». */
  hasFixedTime: boolean;
  /** «Использовать статьи движения денежных средств». */
  hasCashFlowItems: boolean;
  /** Accounting by divisions. */
  hasDivisions: boolean;
  /** Several bank accounts of one organisation; 1C switches it on at the second account. */
  hasSeveralAccounts: boolean;
  /** Several warehouses. */
  hasSeveralWarehouses: boolean;
  /** The accounting policy keeps VAT separately, by methods, on account 19. */
  hasSeparateVat: boolean;
  /** The user of OData sees accounts in documents: the right View on the chart, and the user's setting. */
  hasShownAccounts: boolean;
  /** A refusal through messages to the user does not reach OData with its words (unsure). */
  hasQuietRefusals: boolean;
  /** OData gives a new object the fill values of its attributes (unsure). */
  hasFillValues: boolean;
  /** OData runs the handler of filling after it has set the sent values (unsure). */
  fillsAfterSet: boolean;
  /** The exchange with a bank keeps electronic documents of payment orders. */
  hasBankExchange: boolean;
  /** Reference of an element that «Удаление помеченных объектов» is just deleting; null: none. */
  beingDeleted: string | null;
  /** Most documents of a free tariff in 1С:Fresh; null: no limit. */
  documentLimit: number | null;
}

/**
 * A usual base behind the role УдаленныйДоступOData. The role has no right View on anything, so 1C fills empty accounts
 * and checks none (БП 3.0.198, СчетаУчетаВДокументах).
 */
export const STANDARD_SETUP: Settings = {
  closedUpTo: null,
  closedFor: null,
  postingBlocked: null,
  hasContracts: true,
  hasFixedTime: false,
  hasCashFlowItems: true,
  hasDivisions: true,
  hasSeveralAccounts: false,
  hasSeveralWarehouses: false,
  hasSeparateVat: false,
  hasShownAccounts: false,
  hasQuietRefusals: false,
  hasFillValues: false,
  fillsAfterSet: false,
  hasBankExchange: false,
  beingDeleted: null,
  documentLimit: null,
};
