import type { Act, ActStatus } from "./act.ts";
import type { RecordedEvent } from "./act-event.ts";
import type { PlainDate } from "./date.ts";
import type { Attempt, Job, JobProgress, JobState, Queue } from "./job.ts";
import type { Counterparty } from "./parties.ts";

/** Where a signed event came from. */
export type EventSource = "platform" | "onec";

/** A signed event that was received, and what became of it. */
export interface InboxEntry {
  /** Unique, grows with time. */
  readonly id: string;
  readonly source: EventSource;
  readonly webhookId: string;
  /** Epoch ms. */
  readonly receivedAt: number;
  /** Event type, where the body could be read. */
  readonly type: string | null;
  readonly outcome: "processed" | "duplicate" | "rejected";
  /** Code of the refusal. */
  readonly code: string | null;
  /** Why it was refused, for a person. */
  readonly detail: string | null;
  readonly actId: string | null;
  /** sha256 of the raw body, hex. */
  readonly bodyHash: string;
  /** The raw body; masked for those rejected; null for duplicates, whose body is already kept. */
  readonly body: Uint8Array | null;
}

/** The printed form's bytes: a small tail after a prefix that many forms share (kept once), or the whole file. */
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
  /** Epoch ms since when nothing is sent there; null when open. */
  readonly stoppedAt: number | null;
  readonly reason: string | null;
}

/** When an outside system last came by itself, and what it said of itself: plain JSON. */
export interface LastSeen {
  /** Of which endpoint: `accounting`. */
  readonly name: string;
  /** Epoch ms. */
  readonly at: number;
  readonly report: Readonly<Record<string, unknown>>;
}

/** How a claimed message ended this time. The store ignores nothing: a lost lease fails the whole commit. */
export interface Release {
  readonly jobId: string;
  /** Who holds the lease. */
  readonly owner: string;
  readonly state: JobState;
  /** When it is due again, epoch ms (for `queued`); otherwise the time of settling. */
  readonly dueAt: number;
  /** Id of the call that a `parked` job waits for; absent in other states. */
  readonly awaiting?: string;
  readonly progress: JobProgress;
  /**
   * Appended to the message's attempts: none (a recurring check keeps no history), one, or two when a former holder crashed and its attempt is `uncertain`.
   * `(messageId, n)` is the key that makes the loser of a race fail.
   */
  readonly attempts: readonly Attempt[];
}

/**
 * One write. A commit is a list of these and is applied as a whole or not at all.
 *
 * `act` and its `event` travel together: the event's key `(actId, seq)` is the lock. `settle` appends an attempt whose
 * key `(messageId, n)` is the lock. Events and messages of an act come after the act itself. An inbox entry that is `processed` or `duplicate` under a new id claims
 * `(source, webhookId)`.
 */
export type Write =
  | { readonly type: "act"; readonly act: Act }
  | { readonly type: "event"; readonly event: RecordedEvent }
  | { readonly type: "job"; readonly job: Job }
  | { readonly type: "release"; readonly release: Release }
  /**
   * Puts a settled, parked or waiting message back: due at `dueAt`, with this journal. Its attempts stay. A lease is
   * taken away: its holder's settlement then conflicts, and the next claim has `lapsed: true` (not so of a parked
   * message, whose lease is only that of the one who fetched it).
   */
  | {
      readonly type: "requeue";
      readonly jobId: string;
      /** States the message may be in; in any other the change does nothing. */
      readonly from: readonly JobState[];
      /** The call that the job must still be parked for; otherwise the write does nothing. */
      readonly awaiting?: string;
      readonly dueAt: number;
      readonly progress?: JobProgress;
      /** Begins the retry schedule anew: attempts before this do not count. */
      readonly restart: boolean;
    }
  | { readonly type: "inbox"; readonly entry: InboxEntry; readonly claimsId: boolean }
  | { readonly type: "form"; readonly form: StoredForm }
  | { readonly type: "counterparty"; readonly counterparty: Counterparty }
  | { readonly type: "destination"; readonly destination: Destination }
  | { readonly type: "last_seen"; readonly lastSeen: LastSeen }
  /**
   * Takes a key that nobody else may take before `until`, epoch ms: where it is taken, the commit conflicts. Keys whose time
   * has come at `at` are forgotten, so that they do not gather.
   */
  | { readonly type: "once"; readonly key: string; readonly at: number; readonly until: number };

/** `conflict`: somebody else changed the same thing first, and nothing of the commit was written; read again. */
export type CommitResult = "ok" | "conflict";

/** One page of a listing, newest first. `next` is the cursor of the following page, or null. */
export interface StorePage<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** {@link Store.listActs} */
export interface ActFilter {
  readonly status?: ActStatus;
  readonly inn?: string;
  readonly payoutId?: string;
  readonly problem?: boolean;
  readonly cursor?: string;
  readonly limit: number;
}

/** {@link Store.listJobs} */
export interface JobFilter {
  readonly queue?: Queue;
  readonly state?: JobState;
  readonly actId?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** {@link Store.leaseJobs} */
export interface LeaseJobsParams {
  readonly queue: Queue;
  readonly limit: number;
  /** Unique per claim: who holds the lease. */
  readonly owner: string;
  /** Epoch ms. */
  readonly now: number;
  readonly leaseUntil: number;
  /**
   * Most messages of the lane that may be leased at one time, over all processes: where so many leases run, nothing is
   * claimed. Absent: no such bound.
   */
  readonly atOnce?: number;
}

/** {@link Store.leaseParkedJobs} */
export type LeaseParkedJobsParams = Omit<LeaseJobsParams, "queue" | "atOnce">;

/** Counts for health and metrics. */
export interface StoreStats {
  readonly acts: Readonly<Record<string, number>>;
  readonly problems: Readonly<Record<string, number>>;
  /** By `lane:state`, of those that wait or need a person. Nobody counts what is over: there are millions of them. */
  readonly messages: Readonly<Record<string, number>>;
  /** Due time of the oldest waiting message of each lane, epoch ms. */
  readonly oldestDueAt: Readonly<Record<Queue, number | null>>;
}

/**
 * Where the relay keeps everything. One `commit` is one atomic batch and is durable when its promise resolves.
 * Methods reject only when the storage is not available.
 */
export interface Store {
  commit(changes: readonly Write[]): Promise<CommitResult>;

  getAct(id: string): Promise<Act | null>;
  /** The act of the payout with the highest revision. */
  getActByPayout(payoutId: string): Promise<Act | null>;
  /** By the reference of its payment order, or of one before it. */
  getActByPaymentOrder(ref: string): Promise<Act | null>;
  listActs(filter: ActFilter): Promise<StorePage<Act>>;
  /** The act's history, oldest first. */
  listEvents(actId: string): Promise<readonly RecordedEvent[]>;
  /**
   * Last day covered (`period.to`) by acts with `covers` of the same card in 1C or the same counterparty key, other
   * than the given one; null when there is none.
   */
  getLastCoveredDay(params: {
    readonly counterpartyRef: string;
    readonly counterpartyKey: string;
    readonly exceptActId: string;
  }): Promise<PlainDate | null>;
  /** Acts in `payment_ordered` whose order has a number, by id after `after`. */
  listActsAwaitingPayment(params: { readonly after: string; readonly limit: number }): Promise<readonly Act[]>;
  /** Acts with an unannounced problem that stands since before the given instant (epoch ms). */
  listUnannouncedProblems(params: { readonly before: number; readonly limit: number }): Promise<readonly Act[]>;
  /** Acts without a problem whose accounting message waits since before the given instant (epoch ms). */
  listStalledActs(params: { readonly before: number; readonly limit: number }): Promise<readonly Act[]>;

  getCounterparty(key: string): Promise<Counterparty | null>;
  getForm(actId: string): Promise<StoredForm | null>;
  getDestination(name: string): Promise<Destination>;
  /** The last visit of an endpoint that comes by itself; null: none was noted. */
  getLastSeen(name: string): Promise<LastSeen | null>;

  /** The entry that claimed this webhook id, if any. */
  getInboxEntry(source: EventSource, webhookId: string): Promise<InboxEntry | null>;
  listInbox(filter: { readonly cursor?: string; readonly limit: number }): Promise<StorePage<InboxEntry>>;

  getJob(id: string): Promise<Job | null>;
  listJobs(filter: JobFilter): Promise<StorePage<Job>>;
  /** Attempts of a message, oldest first. */
  listAttempts(jobId: string): Promise<readonly Attempt[]>;
  /** Exhausted webhooks (state `dead`) created since the instant, oldest first. */
  listDeadJobs(params: { readonly since: number; readonly limit: number }): Promise<readonly Job[]>;

  /**
   * Leases due messages of a lane (`queued`, `dueAt <= now`, not leased or the lease ran out), oldest first. A message
   * with a queue key waits while an earlier one of that key is `queued` or `parked`, and while any other of that key is
   * leased or parked: an older one may be put back, or become visible, when a younger one has begun. So whoever takes
   * over a lease that ran out finishes before the others of its key. Nothing is claimed of an endpoint that is stopped.
   */
  leaseJobs(params: LeaseJobsParams): Promise<readonly Job[]>;
  /**
   * Leases parked messages of the accounting lane to whoever fetches them as commands, oldest first: those without a
   * lease, those whose lease ran out, and those that this owner holds. They stay `parked`; what puts one back into its
   * queue ends the lease. Nothing is given of an endpoint that is stopped.
   */
  leaseParkedJobs(params: LeaseParkedJobsParams): Promise<readonly Job[]>;
  /** Lengthens a lease and writes the journal; false when the lease was lost. */
  renewLease(params: {
    readonly jobId: string;
    readonly owner: string;
    readonly leaseUntil: number;
    readonly progress: JobProgress;
  }): Promise<boolean>;
  /**
   * When the next message of the lane is due (a running lease counts when it ends), or null. Knows nothing of
   * {@link LeaseJobsParams.atOnce}: with it a claim may find nothing at that time.
   */
  getNextDue(lane: Queue): Promise<number | null>;

  getStats(): Promise<StoreStats>;
  /** Rejects when the database cannot be used or its migrations are not applied. */
  checkReady(): Promise<void>;
  /** Deletes inbox entries and settled messages older than the instant; returns how many rows went. */
  prune(before: number): Promise<number>;
  close(): Promise<void>;
}
