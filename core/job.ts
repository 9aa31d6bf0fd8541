import type { ProblemCode } from "./errors.ts";
import type { OperatorEvent, OutboundEvent } from "./events.ts";
import type { Contractor } from "./parties.ts";
import type { Period } from "./period.ts";

/** Queues of jobs: calls to 1C, and webhooks. The queues never wait for each other. */
export type Queue = "accounting" | "webhook";

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

/** Formats the id of a job's call: `job id:call name:attempts`. A repeat after a crash has the same id. */
export function formatCallId(job: Pick<Job, "id" | "attempts">, callName: CallName): string {
  return `${job.id}:${callName}:${job.attempts}`;
}

/** Reads the job's id and the call name from an id of {@link formatCallId}; null for any other text. */
export function parseCallId(callId: string): { readonly jobId: string; readonly callName: CallName } | null {
  const [jobId = "", name = ""] = callId.split(":");
  const isKnown = (text: string): text is CallName =>
    text.startsWith("states-") || CALL_NAMES.some((known) => known === text);
  return jobId !== "" && isKnown(name) ? { jobId, callName: name } : null;
}

/** An answer of the accounting system after the end of the call. */
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

/** A command for a system that fetches work: plain JSON in the adapter's own shape. */
export type CommandBody = Readonly<Record<string, unknown>>;

/** Progress that every job of the accounting queue may have. */
export interface CallProgress {
  /** Late answers by call name. */
  readonly answers?: { readonly [name in CallName]?: StoredAnswer };
  /** The command of the call that a parked job waits for. */
  readonly command?: CommandBody;
}

/** Progress of `act.create`. */
export interface CreateActProgress extends CallProgress {
  readonly period?: Period;
  /** A call with this period may have reached 1C. */
  readonly sent?: true;
}

/** Progress of `payment.check`. */
export interface CheckPaymentsProgress extends CallProgress {
  /** Number of the check: a late answer of an earlier check must not count for this check. */
  readonly round?: number;
  /** Set while checks fail: epoch ms of the first failure, and whether the operator was told. */
  readonly failing?: { readonly since: number; readonly told: boolean };
}

/** Input of an act's job. `reread`: 1C's document may differ from ours, so the job reads the document first. */
export interface ActJobInput {
  readonly reread?: true;
}

/** Input of a card's update without an act: the platform's data about a contractor, and their time (epoch ms). */
export interface ContractorUpdate {
  readonly contractor: Contractor;
  readonly asOf: number;
}

/** Input of a job without parameters. */
export type NoInput = Readonly<Record<string, never>>;

/** Progress of a webhook: none. */
export interface NoProgress {
  readonly answers?: never;
  readonly command?: never;
}

/** Body of a webhook, the same at every attempt. `timestamp`: RFC 3339. `seq`: number of the act's event. */
export type WebhookBody =
  | (OutboundEvent & { readonly timestamp: string; readonly seq: number })
  | (OperatorEvent & { readonly timestamp: string; readonly seq?: number });

/** Fields of a job, with the types of `type`, `input`, `progress` and `actId`. */
export interface JobOf<Type extends string, Input, Progress, ActId, Of extends Queue = "accounting"> {
  /** Id of the job. A webhook's id is also the `webhook-id` header, the same at every attempt. */
  readonly id: string;
  readonly queue: Of;
  readonly type: Type;
  readonly actId: ActId;
  /** Jobs with the same key run one after another, in the order of creation. */
  readonly orderKey: string | null;
  /** Outside address: `platform`, `ops` or `accounting`. `check` is also 1C, and nobody can stop `check`. */
  readonly destination: string;
  readonly input: Input;
  readonly state: JobState;
  /** Epoch ms, like `createdAt`. */
  readonly dueAt: number;
  readonly createdAt: number;
  readonly attempts: number;
  /** Number of attempts before a person restarted the schedule. */
  readonly attemptsBefore: number;
  /** Id of the call that a parked job waits for; null in other states. */
  readonly awaiting: string | null;
  /** Facts that survive a crash: decisions made before a call, and late answers. Plain JSON. */
  readonly progress: Progress;
  readonly lease: { readonly owner: string; readonly until: number } | null;
  /** True if the lease replaced a lapsed lease: the former holder may have called outside. */
  readonly lapsed: boolean;
}

export type UpsertCounterpartyJob = JobOf<"counterparty.upsert", ActJobInput, CallProgress, string>;
/** Updates the counterparty's card, without an act. */
export type UpdateContractorJob = JobOf<"counterparty.upsert", ContractorUpdate, CallProgress, null>;
/** Makes and posts the act. */
export type CreateActJob = JobOf<"act.create", ActJobInput, CreateActProgress, string>;
/** Gets or draws the printed form. */
export type PrintActJob = JobOf<"act.print", ActJobInput, CallProgress, string>;
/** Unposts the act and marks the document for deletion. */
export type VoidActJob = JobOf<"act.void", ActJobInput, CallProgress, string>;
/** Joins the accepted form and the acceptance sheet (протокол принятия). */
export type PrintAcceptanceJob = JobOf<"acceptance.print", ActJobInput, CallProgress, string>;
export type CreatePaymentOrderJob = JobOf<"payment_order.create", ActJobInput, CallProgress, string>;
/** Asks about the payment of all open orders. Recurs. */
export type CheckPaymentsJob = JobOf<"payment.check", NoInput, CheckPaymentsProgress, null>;
/** Checks the connection of a 1C that fetches commands. */
export type CheckConnectionJob = JobOf<"connection.check", NoInput, CallProgress, null>;
export type SendWebhookJob = JobOf<"webhook", WebhookBody, NoProgress, string | null, "webhook">;

/** A job of an act in 1C. */
export type ActJob =
  | UpsertCounterpartyJob
  | CreateActJob
  | PrintActJob
  | VoidActJob
  | PrintAcceptanceJob
  | CreatePaymentOrderJob;
/** A job of the accounting queue. */
export type AccountingJob = ActJob | UpdateContractorJob | CheckPaymentsJob | CheckConnectionJob;
/** Job — one durable thing to do: a call to 1C, or a webhook to send. `type` determines `input` and `progress`. */
export type Job = AccountingJob | SendWebhookJob;

export type JobType = Job["type"];
export type JobProgress = Job["progress"];

/** Result of an attempt. `uncertain`: the call was sent and got no answer, so the effect is unknown. */
export type AttemptOutcome = "ok" | "skipped" | "parked" | "rejected" | "unavailable" | "uncertain";

/** An attempt at a job; `(jobId, n)` is unique. For a webhook: HTTP `status`, first 16 KiB of the `response`. */
export interface Attempt {
  readonly jobId: string;
  readonly n: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: AttemptOutcome;
  readonly code: ProblemCode | string | null;
  /** For a person; never a secret. */
  readonly detail: string | null;
  readonly status: number | null;
  readonly response: string | null;
}

type SeedOf<J> = J extends Job ? Pick<J, "queue" | "type" | "actId" | "orderKey" | "destination" | "input"> : never;

/** The fields that the creator of a job chooses. */
export type JobSeed = SeedOf<Job>;

/** Makes a job due at once. `at`: epoch ms. */
export function createJob<S extends JobSeed>(id: string, at: number, seed: S) {
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
