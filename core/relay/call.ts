import { type Adapter, type Answer, type CallContext, PENDING } from "../adapter.ts";
import { decodeBase64, encodeBase64 } from "../base64.ts";
import { AdapterError, type ProblemCode } from "../errors.ts";
import type { Happening, Transition } from "../lifecycle.ts";
import type { Change } from "../store.ts";
import type { RelayContext } from "./context.ts";
import type { Journal, Message } from "./message.ts";

/** Thrown when another worker took the message over: nothing more is done with it here. */
export class LeaseLost extends Error {}

/** Thrown when the accounting system will answer a call later: the message parks. */
export class Parked extends Error {
  readonly callId: string;
  readonly step: string;
  /** What the adapter left for the accounting system to fetch. */
  readonly command: Journal | null;
  constructor(callId: string, step: string, command: Journal | null) {
    super(`Waiting for the answer to ${callId}`);
    this.callId = callId;
    this.step = step;
    this.command = command;
  }
}

/** An answer that arrived later; bytes are kept as base64 in the journal, which is JSON. */
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

/** One worker's hold on one message: its lease, and its journal as it grows. */
export interface Session {
  readonly message: Message;
  readonly owner: string;
  leaseUntil: number;
  journal: Journal;
  /** The payment order is certainly not there: nothing was sent, or 1C refused to make it. */
  orderRefused: boolean;
}

/** What a step came to: what happened to the act, and the writes that go along. */
export interface StepResult {
  /** `later`: nothing is wrong, and there is nothing to do before `until`. */
  readonly state: "done" | "skipped" | "later";
  /** Epoch ms. */
  readonly until?: number;
  readonly happening?: Happening;
  readonly also?: (decided: Transition) => readonly Change[] | Promise<readonly Change[]>;
}

/** The step is not needed any more. */
export const SKIPPED: StepResult = { state: "skipped" };
/** Room for the commit after a call. */
const LEASE_MARGIN = 5_000;

/** How long a fresh lease of a lane lasts. */
export function leaseFor(timeoutMs: number): number {
  return timeoutMs + 2 * LEASE_MARGIN;
}

/** Lengthens the lease and writes the journal. Throws {@link LeaseLost}. */
export async function hold(context: RelayContext, session: Session, journal: Journal): Promise<void> {
  const leaseUntil = context.clock() + leaseFor(context.adapter.timeoutMs);
  const { owner, message } = session;
  if (!(await context.store.renew({ messageId: message.id, owner, leaseUntil, journal }))) throw new LeaseLost();
  session.leaseUntil = leaseUntil;
  session.journal = journal;
}

/**
 * One call to the accounting system. It begins only if its timeout fits the lease; an answer that has arrived later is
 * taken from the journal; whatever is thrown becomes an `AdapterError`.
 */
export async function call<T>(
  context: RelayContext,
  session: Session,
  step: string,
  begin: (adapter: Adapter, call: CallContext) => Answer<T>,
): Promise<T> {
  const answers = (session.journal.answers ?? {}) as Readonly<Record<string, ReturnType<typeof packAnswer>>>;
  const late = answers[step];
  if (late !== undefined) return lateAnswer<T>(late);
  if (session.leaseUntil - context.clock() < context.adapter.timeoutMs + LEASE_MARGIN) {
    await hold(context, session, session.journal);
  }
  const id = `${session.message.id}:${step}:${session.message.attempts}`;
  const left: { command: Journal | null } = { command: null };
  let answer: T | typeof PENDING;
  try {
    answer = await begin(context.adapter, {
      id,
      leave: (command) => {
        left.command = command;
      },
    });
  } catch (error) {
    throw error instanceof AdapterError ? error : unforeseen(error);
  }
  if (answer === PENDING) throw new Parked(id, step, left.command);
  if (answer === undefined) throw unforeseen(new TypeError(`The adapter answered nothing to ${step}`));
  return answer;
}

/** Whether the answer to a step has arrived later: there is nothing to look for in 1C then. */
export function isAnswered({ journal }: Session, step: string): boolean {
  return step in ((journal.answers ?? {}) as object);
}

/** An error that nobody foresaw, as one that the operator is told of: repeating it by itself would never end. */
export function unforeseen(error: unknown): AdapterError {
  const detail = error instanceof Error ? error.message : String(error);
  return new AdapterError("onec_rejected", "A step failed in an unforeseen way", {
    outcome: "rejected",
    detail: `Внутренняя ошибка: ${detail}`,
    cause: error,
  });
}

/** What a person reads of a printed form that the store cannot keep; null of one that it can. */
export function formTooLarge(context: RelayContext, bytes: number): string | null {
  const { largestForm } = context.settings;
  if (bytes <= largestForm) return null;
  const mb = (size: number, round: (value: number) => number) => String(round(size / 1e5) / 10).replace(".", ",");
  return `Форма занимает ${mb(bytes, Math.ceil)} МБ, а хранилище шлюза принимает не больше ${mb(largestForm, Math.floor)} МБ. Уменьшите картинки в макете печатной формы 1С (логотип, печать, подпись) и повторите. Если форму рисует шлюз, в ней слишком длинный перечень услуг: пришлите новую редакцию с более коротким.`;
}

/** The answer as JSON can keep it. */
export function packAnswer(answer: LateAnswer): LateAnswer | { readonly base64: string } {
  return "value" in answer && answer.value instanceof Uint8Array ? { base64: encodeBase64(answer.value) } : answer;
}

function lateAnswer<T>(late: ReturnType<typeof packAnswer>): T {
  if ("base64" in late) return decodeBase64(late.base64) as T;
  if ("value" in late) return late.value as T;
  const { code, message, outcome, detail, field } = late.error;
  throw new AdapterError(code, message, {
    outcome,
    ...(detail === undefined ? {} : { detail }),
    ...(field === undefined ? {} : { field }),
  });
}

/** Puts a parked message back into its queue, to ask anew: its call may have taken effect, so what was decided stands. */
export function askAgain({ id, journal }: Message, dueAt: number): Change {
  const { answers: _, awaiting, step: __, command: ___, ...kept } = journal;
  const sent = kept.period === undefined ? {} : { sent: true };
  const round = typeof kept.round === "number" ? { round: kept.round + 1 } : {};
  const again = { ...kept, ...sent, ...round };
  // Its answer may have come meanwhile, and the message may be parked for another call by now.
  const only = typeof awaiting === "string" ? { awaiting } : {};
  return { type: "requeue", messageId: id, from: ["parked"], ...only, dueAt, journal: again, restart: false };
}
