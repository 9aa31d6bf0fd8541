import type { Act, ActStatus } from "./act.ts";
import type { RecordedEvent } from "./act-event.ts";
import type { PlainDate } from "./date.ts";
import type { Attempt, Job, JobProgress, JobState, Queue } from "./job.ts";
import type { Counterparty } from "./parties.ts";

/** Origin of a signed event. */
export type EventSource = "platform" | "onec";

/** A received signed event and the outcome. */
export interface InboxEntry {
  /** Unique, grows with time. */
  readonly id: string;
  readonly source: EventSource;
  readonly webhookId: string;
  /** Epoch ms. */
  readonly receivedAt: number;
  /** Event type; null when the body could not be read. */
  readonly type: string | null;
  readonly outcome: "processed" | "duplicate" | "rejected";
  /** Code of the refusal. */
  readonly code: string | null;
  /** Reason of the refusal, for a person. */
  readonly detail: string | null;
  readonly actId: string | null;
  /** sha256 of the raw body, hex. */
  readonly bodyHash: string;
  /** The raw body; redacted for a rejected event; null for a duplicate, since the first entry keeps the body. */
  readonly body: Uint8Array | null;
}

/** `shown`: the printed form that the agent sees. `accepted`: the same with the acceptance sheet (протокол принятия). */
export type FormKind = "shown" | "accepted";

/** Bytes of the printed form: a small tail after a prefix of many forms (kept once), or the whole file. */
export interface StoredForm {
  readonly actId: string;
  /** sha256 of the whole file, hex. */
  readonly sha256: string;
  /** Length of the whole file in bytes. */
  readonly bytes: number;
  /** Constant part in front of `tail`; null when `tail` is the whole file. */
  readonly prefix: { readonly hash: string; readonly data: Uint8Array } | null;
  readonly tail: Uint8Array;
}

/** State of one outside address: `platform`, `ops` or `accounting`. */
export interface Destination {
  readonly name: string;
  /** Epoch ms of the stop: nothing is sent to a stopped destination; null when open. */
  readonly stoppedAt: number | null;
  readonly reason: string | null;
}

/** Last connection of a system that connects by itself. `at`: epoch ms. `report`: the system's report, plain JSON. */
export interface LastSeen {
  /** Name of the destination: `accounting`. */
  readonly name: string;
  readonly at: number;
  readonly report: Readonly<Record<string, unknown>>;
}

/** End of a leased job's turn. The store ignores nothing: a lost lease fails the whole commit. */
export interface Release {
  readonly jobId: string;
  /** Holder of the lease. */
  readonly owner: string;
  readonly state: JobState;
  /** Epoch ms: the next due time of a `queued` job; otherwise the time of the release. */
  readonly dueAt: number;
  /** Id of the call that a `parked` job waits for; absent in other states. */
  readonly awaiting?: string;
  readonly progress: JobProgress;
  /**
   * Attempts to append; the key `(jobId, n)` fails the loser of a race. None for a recurring check, which has no
   * history. Two after a crash of the former holder, whose attempt is `uncertain`. Otherwise one attempt.
   */
  readonly attempts: readonly Attempt[];
}

/**
 * One write. A commit is a list of writes and is applied as a whole or not at all.
 *
 * `act` and `event` of one transition go together: the event's key `(actId, seq)` is the lock. `release` appends an
 * attempt whose key `(jobId, n)` is the lock. Events and jobs of an act follow the act in the list. An inbox entry,
 * `processed` or `duplicate` under a new id, takes `(source, webhookId)`.
 */
export type Write =
  | { readonly type: "act"; readonly act: Act }
  | { readonly type: "event"; readonly event: RecordedEvent }
  | { readonly type: "job"; readonly job: Job }
  | { readonly type: "release"; readonly release: Release }
  /**
   * Puts a finished, parked or waiting job back, due at `dueAt`, with this progress. The attempts stay. The write ends
   * a running lease: the holder's release then conflicts, and the next lease has `lapsed: true`. A parked job's lease
   * is only a fetch, so the next lease is not `lapsed`.
   */
  | {
      readonly type: "requeue";
      readonly jobId: string;
      /** Allowed states of the job; in any other state the write does nothing. */
      readonly from: readonly JobState[];
      /** Id of the call that the job must be parked for; otherwise the write does nothing. */
      readonly awaiting?: string;
      readonly dueAt: number;
      readonly progress?: JobProgress;
      /** Begins the retry schedule anew: earlier attempts do not count. */
      readonly restart: boolean;
    }
  | { readonly type: "inbox"; readonly entry: InboxEntry; readonly claimsId: boolean }
  /** `kind`: see {@link FormKind}; default `shown`. */
  | { readonly type: "form"; readonly form: StoredForm; readonly kind?: FormKind }
  | { readonly type: "counterparty"; readonly counterparty: Counterparty }
  | { readonly type: "destination"; readonly destination: Destination }
  | { readonly type: "last_seen"; readonly lastSeen: LastSeen }
  /**
   * Repairs `queued` and `parked` jobs after the clock was set back by `by` milliseconds. Due times after `now` move
   * earlier by so much, but not before `now`. Leases end by `leaseUntil`, so a lease of a running call stays.
   */
  | { readonly type: "set_back"; readonly now: number; readonly by: number; readonly leaseUntil: number }
  /** Takes a key until `until`, epoch ms; a taken key conflicts. Keys with an end up to `at` are deleted. */
  | { readonly type: "once"; readonly key: string; readonly at: number; readonly until: number };

/** `conflict`: another commit changed the same rows first, and nothing of this commit was written; read again. */
export type CommitResult = "ok" | "conflict";

/** One page of a listing, newest first. `next` is the cursor of the following page, or null. */
export interface StorePage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Filter of {@link Store.listActs}; an absent field filters nothing. */
export interface ActFilter {
  readonly status?: ActStatus;
  readonly inn?: string;
  readonly payoutId?: string;
  readonly problem?: boolean;
  readonly cursor?: string;
  readonly limit: number;
}

/** Filter of {@link Store.listJobs}; an absent field filters nothing. */
export interface JobFilter {
  readonly queue?: Queue;
  readonly state?: JobState;
  readonly actId?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** Parameters of {@link Store.leaseJobs}. `now` and `leaseUntil`: epoch ms. */
export interface LeaseJobsParams {
  readonly queue: Queue;
  readonly limit: number;
  /** Holder of the lease, unique per call. */
  readonly owner: string;
  readonly now: number;
  readonly leaseUntil: number;
  /** Most leased jobs of the queue over all processes; at this number no job is leased. Absent: no bound. */
  readonly atOnce?: number;
}

/** Parameters of {@link Store.leaseParkedJobs}. `now` and `leaseUntil`: epoch ms. */
export type LeaseParkedJobsParams = Omit<LeaseJobsParams, "queue" | "atOnce">;

/** Counts for health and metrics. */
export interface StoreStats {
  readonly acts: Readonly<Record<string, number>>;
  readonly problems: Readonly<Record<string, number>>;
  /** Number of jobs by `queue:state`, without finished jobs: millions of finished jobs would cost too much to count. */
  readonly messages: Readonly<Record<string, number>>;
  /** Due time of the oldest waiting job of each queue, epoch ms. */
  readonly oldestDueAt: Readonly<Record<Queue, number | null>>;
  /** Number of commits of this process that the storage failed to write; lost races do not count. */
  readonly failedCommits: number;
}

/** Storage of the relay. A resolved `commit` is one durable atomic batch. Methods reject only without storage. */
export interface Store {
  commit(writes: readonly Write[]): Promise<CommitResult>;

  getAct(id: string): Promise<Act | null>;
  getActByPayout(payoutId: string): Promise<Act | null>;
  /** Finds an act by the reference of the current or a former payment order. */
  getActByPaymentOrder(ref: string): Promise<Act | null>;
  listActs(filter: ActFilter): Promise<StorePage<Act>>;
  listEvents(actId: string): Promise<readonly RecordedEvent[]>;
  /**
   * Last day covered (`period.to`) by acts with `covers` of the same card in 1C or the same counterparty key. The given
   * act does not count. Null when no act covers a day.
   */
  getLastCoveredDay(params: {
    readonly counterpartyRef: string;
    readonly counterpartyKey: string;
    readonly exceptActId: string;
  }): Promise<PlainDate | null>;
  /** Acts in `payment_ordered` whose order has a number, by id after `after`. */
  listActsAwaitingPayment(params: { readonly after: string; readonly limit: number }): Promise<readonly Act[]>;
  /** Acts with an unannounced problem since before the given instant (epoch ms). */
  listUnannouncedProblems(params: { readonly before: number; readonly limit: number }): Promise<readonly Act[]>;
  /** Acts without a problem whose accounting job waits since before the given instant (epoch ms). */
  listStalledActs(params: { readonly before: number; readonly limit: number }): Promise<readonly Act[]>;

  getCounterparty(key: string): Promise<Counterparty | null>;
  /** Reads a form of an act, by default the printed form. */
  getForm(actId: string, kind?: FormKind): Promise<StoredForm | null>;
  getDestination(name: string): Promise<Destination>;
  /** Last connection of a destination that connects by itself; null before the first connection. */
  getLastSeen(name: string): Promise<LastSeen | null>;

  /** The entry that took this webhook id, if any. */
  getInboxEntry(source: EventSource, webhookId: string): Promise<InboxEntry | null>;
  listInbox(filter: { readonly cursor?: string; readonly limit: number }): Promise<StorePage<InboxEntry>>;

  getJob(id: string): Promise<Job | null>;
  listJobs(filter: JobFilter): Promise<StorePage<Job>>;
  /** Attempts of a job, oldest first. */
  listAttempts(jobId: string): Promise<readonly Attempt[]>;
  /** Exhausted webhooks (state `dead`) created since the instant, oldest first. */
  listDeadJobs(params: { readonly since: number; readonly limit: number }): Promise<readonly Job[]>;

  /**
   * Leases due jobs of a queue: `queued`, `dueAt <= now`, without a running lease. Jobs without an act come first, then
   * the jobs of the oldest act; within an act the oldest job. A job with an order key waits while an earlier job of the
   * key is `queued` or `parked`. The job also waits while any other job of the key is leased or parked. Reason: an older
   * job may be put back, or become visible, after a younger job has begun. So the holder of a lapsed lease finishes
   * before the other jobs of the key. No job of a stopped destination is leased.
   */
  leaseJobs(params: LeaseJobsParams): Promise<readonly Job[]>;
  /**
   * Leases parked jobs of the accounting queue to the system that fetches commands, oldest first. Included: jobs
   * without a running lease, and jobs leased by this owner. The jobs stay `parked`; a `requeue` ends the lease. No job
   * of a stopped destination is leased.
   */
  leaseParkedJobs(params: LeaseParkedJobsParams): Promise<readonly Job[]>;
  /** Lengthens a lease and writes the progress; false when the lease was lost. */
  renewLease(params: {
    readonly jobId: string;
    readonly owner: string;
    readonly leaseUntil: number;
    readonly progress: JobProgress;
  }): Promise<boolean>;
  /**
   * Due time of the queue's next job, epoch ms, or null; a leased job is due when the lease ends. The time ignores
   * {@link LeaseJobsParams.atOnce}: under a bound, a lease at this time may find no job.
   */
  getNextDue(queue: Queue): Promise<number | null>;

  getStats(): Promise<StoreStats>;
  /** Rejects when the database cannot be used, cannot be written since the last failure, or lacks migrations. */
  checkReady(): Promise<void>;
  /** Deletes inbox entries and finished jobs older than the instant (epoch ms); returns the number of deleted rows. */
  prune(before: number): Promise<number>;
  close(): Promise<void>;
}
