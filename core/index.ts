/*
 * The public names of `onec-relay`, by hand. Signing is in `onec-relay/webhook`, the engine in `onec-relay/relay`, the
 * printed form in `onec-relay/print`.
 */
export type { AcceptedAct } from "./accepted-act.ts";
export type {
  Acceptance,
  AcceptanceEvidence,
  Act,
  ActDocument,
  ActJobType,
  Actor,
  ActRequest,
  ActStatus,
  PrintedForm,
  Problem,
  ServiceLine,
} from "./act.ts";
export { ACT_STATUSES } from "./act.ts";
export type { ActEvent, RecordedEvent } from "./act-event.ts";
export type {
  ActState,
  Adapter,
  AdapterAnswer,
  AdapterFlags,
  CallContext,
  CheckLine,
  CheckReport,
  CreateActParams,
  CreatePaymentOrderParams,
  Difference,
  Differing,
  FindActParams,
  FindLastActParams,
  LastAct,
  ListDocumentsParams,
  MarkedDocument,
  PaymentOrderState,
  UpsertCounterpartyParams,
} from "./adapter.ts";
export { PENDING } from "./adapter.ts";
export type { PlainDate } from "./date.ts";
export {
  addDays,
  countDaysBetween as daysBetween,
  isPlainDate,
  isTimeZone,
  parseInstant,
  printDate,
  printLongDate,
  toBusinessDate as businessDate,
} from "./date.ts";
export type { AdapterErrorOptions, ErrorCode, Issue, Outcome, ProblemCode, RequestCode, Resolver } from "./errors.ts";
export { AdapterError, isRetried, PROBLEMS, RelayError, RequestError } from "./errors.ts";
export type {
  DocumentLink,
  InboundEvent,
  OnecEvent,
  OperatorEvent,
  OutboundEvent,
  PlatformEvent,
} from "./events.ts";
export { ONEC_EVENTS, OPERATOR_EVENTS, OUTBOUND_EVENTS, PLATFORM_EVENTS } from "./events.ts";
export type { Digest } from "./ids.ts";
export {
  deriveActRef as actRef,
  deriveCounterpartyRef as counterpartyRef,
  derivePaymentOrderRef as paymentOrderRef,
  uuidV5,
} from "./ids.ts";
export type { WebhookBody } from "./job.ts";
export { requestAct, transition } from "./lifecycle.ts";
export type { Kopecks, Thousandths, VatRate } from "./money.ts";
export {
  computeIncludedVat as vatInside,
  computeLineAmount as lineAmount,
  divideHalfUp,
  formatMoney,
  MAX_KOPECKS,
  parseMoney,
  parseQuantity,
  printMoney,
  printQuantity,
  splitVat,
  VAT_RATES,
} from "./money.ts";
export type { InboundRules, ParsedEvent } from "./parse-event.ts";
export { parseEvent } from "./parse-event.ts";
export type {
  BankAccount,
  Contract,
  Contractor,
  ContractorKind,
  Counterparty,
  Organization,
  Signatory,
} from "./parties.ts";
export {
  formatCounterpartyKey as counterpartyKey,
  formatCounterpartyOrderKey as counterpartyQueue,
} from "./parties.ts";
export type { FormerOrder, PaymentOrder, PaymentState, PurposeParts } from "./payment-order.ts";
export {
  DEFAULT_PURPOSE,
  formatPaymentPurpose as paymentPurpose,
  formatVatWording as vatWording,
  PURPOSE_LIMIT,
} from "./payment-order.ts";
export type { Period, PeriodFacts } from "./period.ts";
export { computeActPeriod as actPeriod, findGap as gapLeft, pickLaterDay as laterDay } from "./period.ts";
export type { RequisiteIssue } from "./requisites.ts";
export {
  checkBic,
  checkCorrespondentAccount,
  checkInn,
  checkKpp,
  checkOgrn,
  checkSettlementAccount,
  getInnKind as innKind,
} from "./requisites.ts";
export type {
  ActFilter,
  CommitResult,
  Destination,
  EventSource,
  FormKind,
  InboxEntry,
  JobFilter,
  LastSeen,
  LeaseJobsParams,
  LeaseParkedJobsParams,
  Release,
  Store,
  StoredForm,
  StorePage,
  StoreStats,
  Write,
} from "./store.ts";
export type { LifecycleContext, Transition } from "./transition.ts";
export { formatMoneyInWords as moneyInWords, pickPluralForm as plural } from "./words.ts";
