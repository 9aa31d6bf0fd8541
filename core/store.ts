import type { Act, ActEvent, ActStatus } from "./act.ts";
import type { Counterparty } from "./counterparty.ts";
import type { PlainDate } from "./date.ts";
import type { Attempt, Journal, Lane, Message, MessageState } from "./relay/message.ts";

/** Where a signed event came from. */
export type Source = "platform" | "onec";

/** A signed event that was received, and what became of it. */
export interface InboxEntry {
  /** Unique, grows with time. */
  readonly id: string;
  readonly source: Source;
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
export interface Endpoint {
  readonly name: string;
  /** Epoch ms since when nothing is sent there; null when open. */
  readonly stoppedAt: number | null;
  readonly reason: string | null;
}

/** When an outside system last came by itself, and what it said of itself: plain JSON. */
export interface Visit {
  /** Of which endpoint: `accounting`. */
  readonly name: string;
  /** Epoch ms. */
  readonly at: number;
  readonly said: Readonly<Record<string, unknown>>;
}

/** How a claimed message ended this time. The store ignores nothing: a lost lease fails the whole commit. */
export interface Settlement {
  readonly messageId: string;
  /** Who holds the lease. */
  readonly owner: string;
  readonly state: MessageState;
  /** When it is due again, epoch ms (for `queued`); otherwise the time of settling. */
  readonly dueAt: number;
  readonly journal: Journal;
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
export type Change =
  | { readonly type: "act"; readonly act: Act }
  | { readonly type: "event"; readonly event: ActEvent }
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "settle"; readonly settlement: Settlement }
  /**
   * Puts a settled, parked or waiting message back: due at `dueAt`, with this journal. Its attempts stay. A lease is
   * taken away: its holder's settlement then conflicts, and the next claim has `lapsed: true` (not so of a parked
   * message, whose lease is only that of the one who fetched it).
   */
  | {
      readonly type: "requeue";
      readonly messageId: string;
      /** States the message may be in; in any other the change does nothing. */
      readonly from: readonly MessageState[];
      /** The call that the message must still be parked for, `journal.awaiting`: else the change does nothing. */
      readonly awaiting?: string;
      readonly dueAt: number;
      readonly journal?: Journal;
      /** Begins the retry schedule anew: attempts before this do not count. */
      readonly restart: boolean;
    }
  | { readonly type: "inbox"; readonly entry: InboxEntry; readonly claims: boolean }
  | { readonly type: "form"; readonly form: StoredForm }
  | { readonly type: "counterparty"; readonly counterparty: Counterparty }
  | { readonly type: "endpoint"; readonly endpoint: Endpoint }
  | { readonly type: "visit"; readonly visit: Visit }
  /**
   * Takes a key that nobody else may take before `until`, epoch ms: where it is taken, the commit conflicts. Keys whose time
   * has come at `at` are forgotten, so that they do not gather.
   */
  | { readonly type: "once"; readonly key: string; readonly at: number; readonly until: number };

/** `conflict`: somebody else changed the same thing first, and nothing of the commit was written; read again. */
export type CommitResult = "ok" | "conflict";

/** One page of a listing, newest first. `next` is the cursor of the following page, or null. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** {@link Store.acts} */
export interface ActFilter {
  readonly status?: ActStatus;
  readonly inn?: string;
  readonly payoutId?: string;
  readonly problem?: boolean;
  readonly cursor?: string;
  readonly limit: number;
}

/** {@link Store.messages} */
export interface MessageFilter {
  readonly lane?: Lane;
  readonly state?: MessageState;
  readonly actId?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** {@link Store.claim} */
export interface ClaimParams {
  readonly lane: Lane;
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

/** {@link Store.claimParked} */
export type ClaimParkedParams = Omit<ClaimParams, "lane" | "atOnce">;

/** Counts for health and metrics. */
export interface StoreStats {
  readonly acts: Readonly<Record<string, number>>;
  readonly problems: Readonly<Record<string, number>>;
  /** By `lane:state`, of those that wait or need a person. Nobody counts what is over: there are millions of them. */
  readonly messages: Readonly<Record<string, number>>;
  /** Due time of the oldest waiting message of each lane, epoch ms. */
  readonly oldestDueAt: Readonly<Record<Lane, number | null>>;
}

/**
 * Where the relay keeps everything. One `commit` is one atomic batch and is durable when its promise resolves.
 * Methods reject only when the storage is not available.
 */
export interface Store {
  commit(changes: readonly Change[]): Promise<CommitResult>;

  act(id: string): Promise<Act | null>;
  /** The act of the payout with the highest revision. */
  actByPayout(payoutId: string): Promise<Act | null>;
  /** By the reference of its payment order, or of one before it. */
  actByPaymentOrder(ref: string): Promise<Act | null>;
  acts(filter: ActFilter): Promise<Page<Act>>;
  /** The act's history, oldest first. */
  events(actId: string): Promise<readonly ActEvent[]>;
  /**
   * Last day covered (`period.to`) by acts with `covers` of the same card in 1C or the same counterparty key, other
   * than the given one; null when there is none.
   */
  lastCovered(params: {
    readonly counterpartyRef: string;
    readonly counterpartyKey: string;
    readonly exceptActId: string;
  }): Promise<PlainDate | null>;
  /** Acts in `payment_ordered` whose order has a number, by id after `after`. */
  actsAwaitingPayment(params: { readonly after: string; readonly limit: number }): Promise<readonly Act[]>;
  /** Acts with an unannounced problem that stands since before the given instant (epoch ms). */
  unannouncedProblems(params: { readonly before: number; readonly limit: number }): Promise<readonly Act[]>;
  /** Acts without a problem whose accounting message waits since before the given instant (epoch ms). */
  stalledActs(params: { readonly before: number; readonly limit: number }): Promise<readonly Act[]>;

  counterparty(key: string): Promise<Counterparty | null>;
  form(actId: string): Promise<StoredForm | null>;
  endpoint(name: string): Promise<Endpoint>;
  /** The last visit of an endpoint that comes by itself; null: none was noted. */
  visit(name: string): Promise<Visit | null>;

  /** The entry that claimed this webhook id, if any. */
  inboxClaim(source: Source, webhookId: string): Promise<InboxEntry | null>;
  inbox(filter: { readonly cursor?: string; readonly limit: number }): Promise<Page<InboxEntry>>;

  message(id: string): Promise<Message | null>;
  messages(filter: MessageFilter): Promise<Page<Message>>;
  /** Attempts of a message, oldest first. */
  attempts(messageId: string): Promise<readonly Attempt[]>;
  /** Exhausted webhooks (state `dead`) created since the instant, oldest first. */
  deadMessages(params: { readonly since: number; readonly limit: number }): Promise<readonly Message[]>;

  /**
   * Leases due messages of a lane (`queued`, `dueAt <= now`, not leased or the lease ran out), oldest first. A message
   * with a queue key waits while an earlier one of that key is `queued` or `parked`, and while any other of that key is
   * leased or parked: an older one may be put back, or become visible, when a younger one has begun. So whoever takes
   * over a lease that ran out finishes before the others of its key. Nothing is claimed of an endpoint that is stopped.
   */
  claim(params: ClaimParams): Promise<readonly Message[]>;
  /**
   * Leases parked messages of the accounting lane to whoever fetches them as commands, oldest first: those without a
   * lease, those whose lease ran out, and those that this owner holds. They stay `parked`; what puts one back into its
   * queue ends the lease. Nothing is given of an endpoint that is stopped.
   */
  claimParked(params: ClaimParkedParams): Promise<readonly Message[]>;
  /** Lengthens a lease and writes the journal; false when the lease was lost. */
  renew(params: {
    readonly messageId: string;
    readonly owner: string;
    readonly leaseUntil: number;
    readonly journal: Journal;
  }): Promise<boolean>;
  /**
   * When the next message of the lane is due (a running lease counts when it ends), or null. Knows nothing of
   * {@link ClaimParams.atOnce}: with it a claim may find nothing at that time.
   */
  nextDue(lane: Lane): Promise<number | null>;

  stats(): Promise<StoreStats>;
  /** Rejects when the database cannot be used or its migrations are not applied. */
  ready(): Promise<void>;
  /** Deletes inbox entries and settled messages older than the instant; returns how many rows went. */
  prune(before: number): Promise<number>;
  close(): Promise<void>;
}
