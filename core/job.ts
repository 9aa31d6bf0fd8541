import type { ProblemCode } from "./errors.ts";
import type { OperatorEvent, OutboundEvent } from "./events.ts";
import type { Contractor } from "./parties.ts";
import type { Period } from "./period.ts";

/** Queues that never wait for each other: calls to 1C, and webhooks. */
export type Queue = "accounting" | "webhook";

/** Jobs that move an act in 1C. */
export type ActJobType = "counterparty.upsert" | "act.create" | "act.print" | "act.void" | "payment_order.create";

/**
 * `queued`: due, waiting or leased · `parked`: the accounting system will answer later · `done` ·
 * `skipped`: no longer needed · `problem`: 1C refused, a person is needed · `dead`: a webhook without attempts left.
 */
export type JobState = "queued" | "parked" | "done" | "skipped" | "problem" | "dead";

/** States in which a job still holds its order key. */
export const OPEN_STATES = ["queued", "parked"] as const satisfies readonly JobState[];

const CALL_NAMES = [
  "upsert",
  "create",
  "find",
  "last",
  "organization",
  "print",
  "void",
  "order",
  "find_order",
  "former",
  "check",
] as const;

/** Names of the calls that jobs make to the accounting system. `states-…` is one page of one payment check. */
export type CallName = (typeof CALL_NAMES)[number] | `states-${string}`;

/** Id of a job's call, the same when a crashed attempt is repeated: `job id:call name:attempts`. */
export function formatCallId(job: Pick<Job, "id" | "attempts">, callName: CallName): string {
  return `${job.id}:${callName}:${job.attempts}`;
}

/** The job's id and the call's name in a call id of {@link formatCallId}; null where the text is no call id. */
export function parseCallId(callId: string): { readonly jobId: string; readonly callName: CallName } | null {
  const [jobId = "", name = ""] = callId.split(":");
  const isKnown = (text: string): text is CallName =>
    text.startsWith("states-") || CALL_NAMES.some((known) => known === text);
  return jobId !== "" && isKnown(name) ? { jobId, callName: name } : null;
}

/** An answer that the accounting system gave after its call had ended. */
export type LateAnswer =
  | { readonly value: unknown }
  | {
      readonly error: {
        readonly code: ProblemCode;
        readonly outcome: "rejected" | "unavailable" | "uncertain";
        readonly message: string;
        readonly detail?: string;
        readonly field?: string;
      };
    };

/** A late answer as JSON: bytes are base64. */
export type StoredAnswer = LateAnswer | { readonly base64: string };

/** A command for an accounting system that fetches its work: plain JSON of the adapter's own shape. */
export type CommandBody = Readonly<Record<string, unknown>>;

/** Progress that every job of the accounting queue may have. */
export interface CallProgress {
  /** Late answers by the name of their call. */
  readonly answers?: { readonly [name in CallName]?: StoredAnswer };
  /** The command of the call that a parked job waits for. */
  readonly command?: CommandBody;
}

/** Progress of `act.create`. */
export interface CreateActProgress extends CallProgress {
  /** The decided period. */
  readonly period?: Period;
  /** A call with this period may have reached 1C. */
  readonly sent?: true;
}

/** Progress of `payment.check`. */
export interface CheckPaymentsProgress extends CallProgress {
  /** Number of the check, so that a late answer of an earlier check is not taken for this one's. */
  readonly round?: number;
  /** Set while checks fail: epoch ms of the first failure, and whether the operator was told. */
  readonly failing?: { readonly since: number; readonly told: boolean };
}

/** Input of an act's job. `reread`: 1C's document may differ from ours, so the job reads the document first. */
export interface ActJobInput {
  readonly reread?: true;
}

/** Input of a card's update without an act: the platform's word about a contractor, and its time (epoch ms). */
export interface ContractorUpdate {
  readonly contractor: Contractor;
  readonly asOf: number;
}

/** Input of a job that needs none. */
export type NoInput = Readonly<Record<string, never>>;

/** Progress of a webhook: none. */
export interface NoProgress {
  readonly answers?: never;
  readonly command?: never;
}

/** Body of a webhook, the same at every attempt. `timestamp`: RFC 3339. `seq`: number of the act's event. */
export type WebhookBody =
  | (OutboundEvent & { readonly timestamp: string; readonly seq: number })
  | (OperatorEvent & { readonly timestamp: string; readonly seq?: never });

interface JobOf<Type extends string, Input, Progress, ActId, Of extends Queue = "accounting"> {
  /** A webhook's id is its `webhook-id`, the same at every attempt. */
  readonly id: string;
  readonly queue: Of;
  readonly type: Type;
  readonly actId: ActId;
  /** Jobs with the same key run one after another, in the order of their creation. */
  readonly orderKey: string | null;
  /** Outside address: `platform`, `ops` or `accounting`; `check` is 1C too, and nobody stops it. */
  readonly destination: string;
  readonly input: Input;
  readonly state: JobState;
  /** Epoch ms. */
  readonly dueAt: number;
  readonly createdAt: number;
  /** Number of all attempts. */
  readonly attempts: number;
  /** Number of the attempts before a person restarted the schedule. */
  readonly attemptsBefore: number;
  /** Id of the call that a parked job waits for; null in other states. */
  readonly awaiting: string | null;
  /** Facts that must outlive a crash: decisions made before a call, and late answers. Plain JSON. */
  readonly progress: Progress;
  readonly lease: { readonly owner: string; readonly until: number } | null;
  /** True in a lease that took over one that ran out: the former holder may have called outside. */
  readonly lapsed: boolean;
}

/** Finds or makes the counterparty's card for an act. */
export type UpsertCounterpartyJob = JobOf<"counterparty.upsert", ActJobInput, CallProgress, string>;
/** Updates the counterparty's card, without an act. */
export type UpdateContractorJob = JobOf<"counterparty.upsert", ContractorUpdate, CallProgress, null>;
/** Makes and posts the act. */
export type CreateActJob = JobOf<"act.create", ActJobInput, CreateActProgress, string>;
/** Gets or draws the printed form. */
export type PrintActJob = JobOf<"act.print", ActJobInput, CallProgress, string>;
/** Unposts the act and marks it for deletion. */
export type VoidActJob = JobOf<"act.void", ActJobInput, CallProgress, string>;
/** Makes the payment order. */
export type CreatePaymentOrderJob = JobOf<"payment_order.create", ActJobInput, CallProgress, string>;
/** Asks about the payment of all open orders. Recurs. */
export type CheckPaymentsJob = JobOf<"payment.check", NoInput, CheckPaymentsProgress, null>;
/** Asks a 1C that fetches its commands how it is. */
export type CheckConnectionJob = JobOf<"connection.check", NoInput, CallProgress, null>;
/** Sends one webhook. */
export type SendWebhookJob = JobOf<"webhook", WebhookBody, NoProgress, string | null, "webhook">;

/** A job that moves an act. */
export type ActJob = UpsertCounterpartyJob | CreateActJob | PrintActJob | VoidActJob | CreatePaymentOrderJob;
/** A job of the accounting queue. */
export type AccountingJob = ActJob | UpdateContractorJob | CheckPaymentsJob | CheckConnectionJob;
/** Job — one durable thing to do: a call to 1C, or a webhook to send. `type` tells its input and its progress. */
export type Job = AccountingJob | SendWebhookJob;

/** Types of jobs. */
export type JobType = Job["type"];
/** Progress of some job. */
export type JobProgress = Job["progress"];

/** `uncertain`: sent without an answer; nobody knows whether the call took effect. */
export type AttemptOutcome = "ok" | "skipped" | "parked" | "rejected" | "unavailable" | "uncertain";

/** One attempt at a job. `(jobId, n)` is unique. */
export interface Attempt {
  readonly jobId: string;
  /** 1, 2, 3 … */
  readonly n: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: AttemptOutcome;
  readonly code: ProblemCode | string | null;
  /** For a person; never a secret. */
  readonly detail: string | null;
  /** HTTP status, for a webhook. */
  readonly status: number | null;
  /** First 16 KiB of the answer, for a webhook. */
  readonly response: string | null;
}

type SeedOf<J> = J extends Job ? Pick<J, "queue" | "type" | "actId" | "orderKey" | "destination" | "input"> : never;

/** The part of a job that its maker chooses. */
export type JobSeed = SeedOf<Job>;

/** A job that is due at once. `at`: epoch ms. */
export function newJob<S extends JobSeed>(id: string, at: number, seed: S) {
  return {
    ...seed,
    id,
    state: "queued" as const,
    dueAt: at,
    createdAt: at,
    attempts: 0,
    attemptsBefore: 0,
    awaiting: null,
    progress: {},
    lease: null,
    lapsed: false,
  };
}
