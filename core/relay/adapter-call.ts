import { type Adapter, type AdapterAnswer, type CallContext, PENDING } from "../adapter.ts";
import { decodeBase64, encodeBase64 } from "../base64.ts";
import { awaitUnlessAborted } from "../deadline.ts";
import { AdapterError, INTERNAL_FAULT, RelayError } from "../errors.ts";
import {
  type AccountingJob,
  type CallName,
  type CommandBody,
  formatCallId,
  type Job,
  type LateAnswer,
  type StoredAnswer,
} from "../job.ts";
import type { RelayContext } from "./options.ts";

/** Thrown when another worker took over the job: this worker must not touch the job again. */
export class LeaseLost extends Error {}

/** Thrown when the relay stopped during an outside call: the outcome is uncertain, and the next holder looks. */
export class CallInterrupted extends Error {}

/** Thrown when the accounting system will answer a call later: the job parks. */
export class CallPending extends Error {
  readonly callId: string;
  readonly callName: CallName;
  /** The command that the adapter left for the accounting system to fetch. */
  readonly command: CommandBody | null;
  constructor(callId: string, callName: CallName, command: CommandBody | null) {
    super(`Waiting for the answer to ${callId}`);
    this.callId = callId;
    this.callName = callName;
    this.command = command;
  }
}

/** A worker's lease of one job, and the job's growing progress. */
export interface Session<J extends Job = Job> {
  readonly job: J;
  readonly owner: string;
  leaseUntil: number;
  progress: J["progress"];
  /** The payment order certainly does not exist: nothing was sent, or 1C refused the order. */
  orderRefused: boolean;
}

/** Opens a session for a leased job. Throws `TypeError` without a lease. */
export function openSession<J extends Job>(job: J): Session<J> {
  if (job.lease === null) throw new TypeError("A job must be leased before it is done");
  return { job, owner: job.lease.owner, leaseUntil: job.lease.until, progress: job.progress, orderRefused: false };
}

/** Time reserved for the commit after a call, milliseconds. */
const LEASE_MARGIN = 5_000;

/** Length of a new lease for calls with this timeout, milliseconds. */
export function getLeaseLength(timeoutMs: number): number {
  return timeoutMs + 2 * LEASE_MARGIN;
}

/** Lengthens the lease and writes the progress. Throws {@link LeaseLost}. */
export async function renewLease<J extends AccountingJob>(
  context: RelayContext,
  session: Session<J>,
  progress: J["progress"],
): Promise<void> {
  const leaseUntil = context.clock() + getLeaseLength(context.adapter.timeoutMs);
  const { owner, job } = session;
  if (!(await context.store.renewLease({ jobId: job.id, owner, leaseUntil, progress }))) throw new LeaseLost();
  session.leaseUntil = leaseUntil;
  session.progress = progress;
}

/**
 * Makes one call to the accounting system, within a lease longer than the timeout. A late answer in the progress
 * replaces the call. Throws `AdapterError`, {@link CallPending}, {@link LeaseLost}.
 */
export async function callAdapter<T>(
  context: RelayContext,
  session: Session<AccountingJob>,
  callName: CallName,
  begin: (adapter: Adapter, call: CallContext) => AdapterAnswer<T>,
): Promise<T> {
  const late = session.progress.answers?.[callName];
  if (late !== undefined) return readStoredAnswer<T>(late);
  if (session.leaseUntil - context.clock() < context.adapter.timeoutMs + LEASE_MARGIN) {
    await renewLease(context, session, session.progress);
  }
  const id = formatCallId(session.job, callName);
  const left: { command: CommandBody | null } = { command: null };
  let answer: T | typeof PENDING;
  try {
    const { stop } = context;
    if (stop.aborted) throw new CallInterrupted();
    const answering = begin(context.adapter, {
      id,
      leaveCommand: (command) => {
        left.command = command;
      },
      signal: stop,
    });
    answer = await awaitUnlessAborted(answering, stop);
  } catch (error) {
    if (context.stop.aborted) throw new CallInterrupted();
    throw error instanceof AdapterError ? error : toUnforeseen(error);
  }
  if (answer === PENDING) throw new CallPending(id, callName, left.command);
  if (answer === undefined) throw toUnforeseen(new TypeError(`The adapter answered nothing to ${callName}`));
  return answer;
}

/** True when the late answer to the call has arrived: a search in 1C is then needless. */
export function isAnswered({ progress }: Session<AccountingJob>, callName: CallName): boolean {
  return progress.answers?.[callName] !== undefined;
}

/**
 * Turns an unforeseen error into a refusal for the operator: repeats of the job would never end. A person gets a standing
 * sentence; the log has the kind and the place.
 */
export function toUnforeseen(error: unknown): AdapterError {
  return new AdapterError("onec_rejected", "A job failed in an unforeseen way", {
    outcome: "rejected",
    detail: INTERNAL_FAULT,
    cause: error,
  });
}

/** The Russian explanation for a printed form too large for the store; null for a form within the limit. */
export function explainLargeForm(context: RelayContext, bytes: number): string | null {
  const { largestForm } = context.settings;
  if (bytes <= largestForm) return null;
  const formatMegabytes = (size: number, round: (value: number) => number) =>
    String(round(size / 1e5) / 10).replace(".", ",");
  return `Форма занимает ${formatMegabytes(bytes, Math.ceil)} МБ, а хранилище шлюза принимает не больше ${formatMegabytes(largestForm, Math.floor)} МБ. Уменьшите картинки в макете печатной формы 1С (логотип, печать, подпись) и повторите. Если форму рисует шлюз, в ней слишком длинный перечень услуг: пришлите новую редакцию с более коротким.`;
}

/** Explains a printer's error to a person: a `RelayError` has words for people, any other error is nobody's. */
export function explainPrintFault(cause: unknown): string {
  return cause instanceof RelayError ? cause.message : INTERNAL_FAULT;
}

/** Converts a late answer to JSON. */
export function toStoredAnswer(answer: LateAnswer): StoredAnswer {
  return "value" in answer && answer.value instanceof Uint8Array ? { base64: encodeBase64(answer.value) } : answer;
}

function readStoredAnswer<T>(late: StoredAnswer): T {
  if ("base64" in late) return decodeBase64(late.base64) as T;
  if ("value" in late) return late.value as T;
  const { code, message, outcome, detail, field } = late.error;
  throw new AdapterError(code, message, {
    outcome,
    ...(detail === undefined ? {} : { detail }),
    ...(field === undefined ? {} : { field }),
  });
}
