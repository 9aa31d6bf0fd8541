import type { ProblemCode } from "../errors.ts";

/** Two lanes that never wait for each other: calls to 1C, and webhooks. */
export type Lane = "accounting" | "webhook";

/** One durable thing to do. All but the last go to 1C, the last is a webhook to send. */
export type MessageKind =
  | "counterparty.upsert"
  | "act.create"
  | "act.print"
  | "act.void"
  | "payment_order.create"
  | "payment.check"
  | "connection.check"
  | "webhook";

/**
 * `queued`: due or waiting (or leased right now) · `parked`: the accounting system will answer later ·
 * `done` · `skipped`: no longer needed · `problem`: 1C said no, a person is needed · `dead`: a webhook out of attempts.
 */
export type MessageState = "queued" | "parked" | "done" | "skipped" | "problem" | "dead";

/** States in which a message still holds its queue. */
export const OPEN_STATES = ["queued", "parked"] as const satisfies readonly MessageState[];

/**
 * What must outlive a crash inside a message's work: what was decided before an outside call began, and answers that
 * arrived later. Plain JSON.
 */
export type Journal = Readonly<Record<string, unknown>>;

/** Message — one durable thing to do: a call to 1C or a webhook to send. */
export interface Message {
  /** For a webhook this is its `webhook-id`: it never changes between attempts. */
  readonly id: string;
  readonly lane: Lane;
  readonly kind: MessageKind;
  readonly actId: string | null;
  /** Messages with the same key run one after another, in the order of their creation. */
  readonly queueKey: string | null;
  /** Outside address the message goes to: `platform`, `ops` or `accounting`; `check`: 1C too, and nobody stops it. */
  readonly endpoint: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly state: MessageState;
  /** Epoch ms. */
  readonly dueAt: number;
  readonly createdAt: number;
  /** How many attempts were made in all. */
  readonly attempts: number;
  /** Attempts made before the schedule was begun anew by a person. */
  readonly attemptsBefore: number;
  readonly journal: Journal;
  readonly lease: { readonly owner: string; readonly until: number } | null;
  /** True in a claim that took over a lease that had run out: the former holder may have called outside. */
  readonly lapsed: boolean;
}

/** How one attempt ended. `uncertain` is kept as such: sent, and nobody knows. */
export type AttemptOutcome = "ok" | "skipped" | "parked" | "rejected" | "unavailable" | "uncertain";

/** One attempt at a message. `(messageId, n)` is unique. */
export interface Attempt {
  readonly messageId: string;
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
