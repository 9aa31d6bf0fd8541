import type { Queue } from "../job.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Waits before the 1st, 2nd … 10th attempt at a webhook (Standard Webhooks' example): 75 h 35 min in all. */
export const WEBHOOK_DELAYS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** Age at which a retried problem is announced to the platform, milliseconds. */
export const ANNOUNCE_AFTER = 15 * MINUTE;

const ACCOUNTING_FIRST = 2 * SECOND;
const ACCOUNTING_LONGEST = 10 * MINUTE;
const JITTER = 0.2;
/** Longest hint, milliseconds; a longer hint is cut: no address may delay a job for a year. */
const LONGEST_HINT = 24 * HOUR;

/** Facts for {@link planRetry} to decide from. */
export interface RetryFacts {
  readonly queue: Queue;
  /** Attempts in this run of the schedule, with the failed attempt: 1, 2, 3 … */
  readonly attempts: number;
  /** Epoch ms. */
  readonly now: number;
  /** Wait requested by the other side (`Retry-After`), milliseconds. */
  readonly hintMs: number | null;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * Time of the next attempt (epoch ms); null when a webhook is out of attempts. A hint can only lengthen a wait.
 * Calls to 1C are repeated for ever: the caller has already sorted out the errors for a person.
 */
export function planRetry(facts: RetryFacts): number | null {
  const delay =
    facts.queue === "webhook"
      ? WEBHOOK_DELAYS[facts.attempts]
      : Math.min(ACCOUNTING_LONGEST, ACCOUNTING_FIRST * 2 ** Math.min(facts.attempts - 1, 20));
  if (delay === undefined) return null;
  const jittered = delay * (1 + JITTER * (2 * facts.random - 1));
  const hint = Math.min(facts.hintMs ?? 0, LONGEST_HINT);
  return facts.now + Math.round(Math.max(jittered, hint));
}

/** Dates of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`, and asctime's `Sun Nov  6 08:49:37 1994`, which is UTC too. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Reads `Retry-After` (seconds or an HTTP date, RFC 9110) as milliseconds from now; null: absent or unreadable. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  const date = ASCTIME_DATE.test(text) ? `${text} GMT` : text;
  if (date === text && !HTTP_DATE.test(text)) return null;
  const at = Date.parse(date);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
