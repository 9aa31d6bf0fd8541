/*
 * The public names of `onec-relay`, by hand. Signing is in `onec-relay/webhook`, the engine in `onec-relay/relay`, the
 * printed form in `onec-relay/print`.
 */
export type {
  Act,
  ActDocument,
  ActEvent,
  Actor,
  ActRequest,
  ActStatus,
  PrintedForm,
  Problem,
  ServiceLine,
  Step,
} from "./act.ts";
export { ACT_STATUSES } from "./act.ts";
export type {
  ActState,
  Adapter,
  AdapterFlags,
  Answer,
  CallContext,
  CheckLine,
  CheckReport,
  CreateActParams,
  CreatePaymentOrderParams,
  FindLastActParams,
  LastAct,
  ListDocumentsParams,
  MarkedDocument,
  PaymentOrderState,
  UpsertCounterpartyParams,
} from "./adapter.ts";
export { PENDING } from "./adapter.ts";
export type {
  BankAccount,
  Contract,
  Contractor,
  ContractorKind,
  Counterparty,
  Organization,
  Signatory,
} from "./counterparty.ts";
export { counterpartyKey, counterpartyQueue } from "./counterparty.ts";
export type { PlainDate } from "./date.ts";
export {
  addDays,
  businessDate,
  daysBetween,
  isPlainDate,
  isTimeZone,
  parseInstant,
  printDate,
  printLongDate,
} from "./date.ts";
export type { AdapterErrorOptions, ErrorCode, Issue, Outcome, ProblemCode, RequestCode, Resolver } from "./errors.ts";
export { AdapterError, isRetried, PROBLEMS, RelayError, RequestError } from "./errors.ts";
export type { Happening, LifecycleContext, Transition } from "./happening.ts";
export type { Digest } from "./ids.ts";
export { actRef, counterpartyRef, paymentOrderRef, uuidV5 } from "./ids.ts";
export type { InboundEvent, InboundRules } from "./inbound.ts";
export { parseEvent } from "./inbound.ts";
export { requestAct, transition } from "./lifecycle.ts";
export type { Kopecks, Thousandths, VatRate } from "./money.ts";
export {
  divideHalfUp,
  formatMoney,
  lineAmount,
  MAX_KOPECKS,
  parseMoney,
  parseQuantity,
  printMoney,
  printQuantity,
  splitVat,
  VAT_RATES,
  vatInside,
} from "./money.ts";
export type { DocumentLink } from "./notices.ts";
export type { FormerOrder, PaymentOrder, PaymentState, PurposeParts } from "./payment-order.ts";
export { DEFAULT_PURPOSE, PURPOSE_LIMIT, paymentPurpose, vatWording } from "./payment-order.ts";
export type { Period, PeriodFacts } from "./period.ts";
export { actPeriod, gapLeft, laterDay } from "./period.ts";
export type { RequisiteIssue } from "./requisites.ts";
export {
  checkBic,
  checkCorrespondentAccount,
  checkInn,
  checkKpp,
  checkOgrn,
  checkSettlementAccount,
  innKind,
} from "./requisites.ts";
export type {
  ActFilter,
  Change,
  ClaimParams,
  ClaimParkedParams,
  CommitResult,
  Endpoint,
  InboxEntry,
  MessageFilter,
  Page,
  Settlement,
  Source,
  Store,
  StoredForm,
  StoreStats,
  Visit,
} from "./store.ts";
export { moneyInWords, plural } from "./words.ts";
