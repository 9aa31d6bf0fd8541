export type {
  AccountingJob,
  ActJob,
  ActJobInput,
  Attempt,
  AttemptOutcome,
  CallName,
  CallProgress,
  CheckConnectionJob,
  CheckPaymentsJob,
  CheckPaymentsProgress,
  CommandBody,
  ContractorUpdate,
  CreateActJob,
  CreateActProgress,
  CreatePaymentOrderJob,
  Job,
  JobOf,
  JobProgress,
  JobState,
  JobType,
  LateAnswer,
  NoInput,
  NoProgress,
  PrintAcceptanceJob,
  PrintActJob,
  Queue,
  SendWebhookJob,
  StoredAnswer,
  UpdateContractorJob,
  UpsertCounterpartyJob,
  VoidActJob,
} from "../job.ts";
export { WEBHOOK_DELAYS } from "./backoff.ts";
export type { Breaker, BreakerOptions, BreakerState } from "./breaker.ts";
export { createBreaker } from "./breaker.ts";
export type { Command, CommandQueue, FetchCommandsParams, SignedMessage, SignedRequest } from "./commands.ts";
export { createMemoryStore } from "./memory/store.ts";
export type { RetryDecision } from "./operator.ts";
export type { ActPrinter, RelayLog, RelayOptions, RelaySettings, WebhookTarget } from "./options.ts";
export type { Received, SignedEvent } from "./receive.ts";
export type { Relay } from "./relay.ts";
export { createRelay } from "./relay.ts";
