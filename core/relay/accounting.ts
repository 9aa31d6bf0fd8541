import type { Act, Step } from "../act.ts";
import { type ActState, type Adapter, type Answer, type CallContext, PENDING } from "../adapter.ts";
import { decodeBase64, encodeBase64 } from "../base64.ts";
import type { Contractor, Counterparty, Organization } from "../counterparty.ts";
import { counterpartyKey } from "../counterparty.ts";
import { businessDate, printDate } from "../date.ts";
import { AdapterError, type ProblemCode } from "../errors.ts";
import { counterpartyRef, paymentOrderRef, sha256Hex } from "../ids.ts";
import type { Happening, Transition } from "../lifecycle.ts";
import { paymentPurpose } from "../payment-order.ts";
import { actPeriod, gapLeft, laterDay, type Period } from "../period.ts";
import type { Change, StoredForm } from "../store.ts";
import { change, type RelayContext } from "./context.ts";
import type { Journal, Message } from "./message.ts";

/** Thrown when another worker took the message over: nothing more is done with it here. */
export class LeaseLost extends Error {}

/** Thrown when the accounting system will answer a call later: the message parks. */
export class Parked extends Error {
  readonly callId: string;
  readonly step: string;
  constructor(callId: string, step: string) {
    super(`Waiting for the answer to ${callId}`);
    this.callId = callId;
    this.step = step;
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
}

/** What a step came to: what happened to the act, and the writes that go along. */
export interface StepResult {
  readonly state: "done" | "skipped";
  readonly happening?: Happening;
  readonly also?: (decided: Transition) => readonly Change[];
}

const SKIPPED: StepResult = { state: "skipped" };
/** Room for the commit after a call. */
const LEASE_MARGIN = 5_000;

/** How long a fresh lease of a lane lasts. */
export function leaseFor(timeoutMs: number): number {
  return timeoutMs + 2 * LEASE_MARGIN;
}

/** Lengthens the lease and writes the journal. Throws {@link LeaseLost}. */
async function hold(context: RelayContext, session: Session, journal: Journal): Promise<void> {
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
  let answer: T | typeof PENDING;
  try {
    answer = await begin(context.adapter, { id });
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new AdapterError("onec_rejected", "The adapter failed in an unforeseen way", {
      outcome: "rejected",
      detail: `Внутренняя ошибка адаптера: ${detail}`,
      cause: error,
    });
  }
  if (answer === PENDING) throw new Parked(id, step);
  return answer;
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

/** Takes one step of an act in 1C. Throws `AdapterError`, {@link Parked}, {@link LeaseLost}. */
export function takeStep(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  switch (session.message.kind as Step) {
    case "counterparty.upsert":
      return upsertForAct(context, session, act);
    case "act.create":
      return createAct(context, session, act);
    case "act.print":
      return printAct(context, session, act);
    case "act.void":
      return voidAct(context, session, act);
    case "payment_order.create":
      return createPaymentOrder(context, session, act);
  }
}

async function upsertForAct(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  if (act.status !== "requested") return SKIPPED;
  const known = await context.store.counterparty(act.counterpartyKey);
  // The platform may have said something newer since: the card gets the newest.
  const newest = known !== null && known.asOf > act.asOf ? known.contractor : act.contractor;
  const { ref, created, changed } = await upsert(context, session, newest, known);
  return {
    state: "done",
    happening: { type: "counterparty.upserted", ref, created, changed },
    also: () => [remember(known, act.counterpartyKey, newest, Math.max(known?.asOf ?? 0, act.asOf))],
  };
}

/** Updates the card alone (`contractor.updated`); an update that is older than what the card has is skipped. */
export async function updateContractor(context: RelayContext, session: Session): Promise<StepResult> {
  const payload = session.message.payload as unknown as { contractor: Contractor; asOf: number };
  const key = counterpartyKey(context.settings.organizationInn, payload.contractor);
  const known = await context.store.counterparty(key);
  if (known !== null && known.asOf > payload.asOf) return SKIPPED;
  await upsert(context, session, payload.contractor, known);
  return { state: "done", also: () => [remember(known, key, payload.contractor, payload.asOf)] };
}

async function upsert(context: RelayContext, session: Session, contractor: Contractor, known: Counterparty | null) {
  const ref = await counterpartyRef(contractor.inn, contractor.kpp);
  const bound = known?.boundRef ? { boundRef: known.boundRef } : {};
  return call(context, session, "upsert", (adapter, at) =>
    adapter.upsertCounterparty({ ref, contractor, confirmed: known?.confirmed ?? false, ...bound }, at),
  );
}

function remember(known: Counterparty | null, key: string, contractor: Contractor, asOf: number): Change {
  const decided = { boundRef: known?.boundRef ?? null, confirmed: known?.confirmed ?? false };
  return { type: "counterparty", counterparty: { key, ...decided, asOf, contractor } };
}

async function createAct(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  if (act.status !== "requested" || act.counterparty === null) return SKIPPED;
  const planned = session.journal.period as Period | undefined;
  if (planned !== undefined) {
    // A call may have been sent with this period: look before anything else.
    const found = await call(context, session, "find", (adapter, at) => adapter.findAct({ ref: act.id }, at));
    if (found?.posted && !found.deletionMark) return created(found, planned);
  }
  const counterparty = act.counterparty.ref;
  const period = planned ?? (await decidePeriod(context, session, act, counterparty));
  if (planned === undefined) await hold(context, session, { ...session.journal, period });
  const document = await call(context, session, "create", (adapter, at) =>
    adapter.createAct(
      {
        ref: act.id,
        payoutId: act.payoutId,
        counterpartyRef: counterparty,
        contractor: act.contractor,
        date: period.to,
        period,
        amount: act.amount,
        vat: act.vat,
        lines: context.printer.lines(act, period),
      },
      at,
    ),
  );
  return created(document, period);
}

function created(document: { ref: string; number: string; date: string }, period: Period): StepResult {
  const { ref, number, date } = document;
  return { state: "done", happening: { type: "act.created", document: { ref, number, date }, period } };
}

async function decidePeriod(context: RelayContext, session: Session, act: Act, counterparty: string): Promise<Period> {
  if (act.decidedPeriod !== null) return act.decidedPeriod;
  const last = await call(context, session, "last", (adapter, at) =>
    adapter.findLastAct({ counterpartyRef: counterparty, exceptRef: act.id }, at),
  );
  const ours = await context.store.lastCovered({
    counterpartyRef: counterparty,
    counterpartyKey: act.counterpartyKey,
    exceptActId: act.id,
  });
  const coveredTo = laterDay(ours, last === null ? null : (last.coveredTo ?? last.date));
  const { registeredOn } = act.contractor;
  const period = actPeriod({ registeredOn, coveredTo, actDate: act.date, sameDay: context.settings.sameDayAct });
  if (period !== null) return period;
  throw new AdapterError("period_empty", "No day is left for the act's period", {
    outcome: "rejected",
    detail:
      coveredTo === null
        ? `Регистрация ${printDate(registeredOn)} позже дня акта ${printDate(act.date)}.`
        : `Последний закрытый день — ${printDate(coveredTo)}, день акта — ${printDate(act.date)}.`,
  });
}

async function printAct(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  if (act.document === null || (act.status !== "posted" && act.status !== "ready")) return SKIPPED;
  let document = act.document;
  if (session.message.payload.reread === true) {
    const state = await call(context, session, "find", (adapter, at) => adapter.findAct({ ref: act.id }, at));
    document = unchanged(act, state);
  }
  const form = await drawn(context, session, { ...act, document });
  const link = await context.documentLink(act.id, form.sha256);
  return {
    state: "done",
    happening: { type: "act.printed", form: { sha256: form.sha256, bytes: form.bytes }, link, document },
    // The form that was accepted stays what it was.
    also: (decided) =>
      decided.kind === "moved" && decided.act.form?.sha256 === form.sha256 ? [{ type: "form", form }] : [],
  };
}

async function drawn(context: RelayContext, session: Session, act: Act): Promise<StoredForm> {
  const { adapter, printer } = context;
  if (adapter.flags.prints && adapter.printAct !== undefined) {
    const file = await call(context, session, "print", (_, at) => adapter.printAct!({ ref: act.id }, at));
    const tail = Uint8Array.from(file);
    if (new TextDecoder("latin1").decode(tail.subarray(0, 5)) !== "%PDF-") {
      throw new AdapterError("print_failed", "1C's printed form is not a PDF", {
        outcome: "rejected",
        detail: "1С вернула не PDF.",
      });
    }
    return { actId: act.id, sha256: await sha256Hex(tail), bytes: tail.length, prefix: null, tail };
  }
  const organization: Organization = await call(context, session, "organization", (_, at) => adapter.organization(at));
  try {
    return { actId: act.id, ...(await printer.print({ act, organization })) };
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AdapterError("print_failed", "The form could not be drawn", { outcome: "rejected", detail, cause });
  }
}

/** The act's document as 1C has it now. Throws `act_changed` when it is no longer what was asked for. */
function unchanged(act: Act, state: ActState | null) {
  const wrong =
    state === null
      ? "Акта больше нет в 1С."
      : state.deletionMark
        ? "Акт помечен на удаление."
        : !state.posted
          ? "Акт не проведён."
          : state.amount !== act.amount
            ? "Сумма акта в 1С другая."
            : state.counterpartyRef !== act.counterparty?.ref
              ? "Контрагент акта в 1С другой."
              : null;
  if (state === null || wrong !== null) {
    throw new AdapterError("act_changed", "The act in 1C is not what was asked for", {
      outcome: "rejected",
      detail: wrong ?? "",
    });
  }
  return { ref: state.ref, number: state.number, date: state.date };
}

async function voidAct(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  if (act.status !== "declined" && act.status !== "voided") return SKIPPED;
  const reason = act.reason ?? "";
  const { found } = await call(context, session, "void", (adapter, at) => adapter.voidAct({ ref: act.id, reason }, at));
  return { state: "done", happening: { type: "act.void_confirmed", found, gap: await gapOf(context, act) } };
}

/** The days that voiding this act leaves uncovered for good. */
export async function gapOf(context: RelayContext, act: Act): Promise<Period | null> {
  if (act.period === null || act.counterparty === null) return null;
  const coveredTo = await context.store.lastCovered({
    counterpartyRef: act.counterparty.ref,
    counterpartyKey: act.counterpartyKey,
    exceptActId: act.id,
  });
  return gapLeft(act.period, coveredTo);
}

async function createPaymentOrder(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  if (act.status !== "accepted" || act.counterparty === null || act.document === null) return SKIPPED;
  const former = act.paymentOrder;
  const attempt = former === null ? 1 : former.state === "made" ? former.attempt + 1 : former.attempt;
  const ref = await paymentOrderRef(act.id, attempt);
  // The intent is an event of the act, so that nobody voids it while the order is on its way.
  const begun = await change(context, act.id, "relay", { type: "payment_order.started", ref, attempt });
  if (begun === null || begun.transition.kind === "refused") return SKIPPED;
  if (former?.state === "creating") {
    const found = await call(context, session, "find_order", (adapter, at) => adapter.findPaymentOrder({ ref }, at));
    if (found !== null) return ordered(found);
  }
  const state = await call(context, session, "find", (adapter, at) => adapter.findAct({ ref: act.id }, at));
  const document = unchanged(act, state);
  const counterparty = act.counterparty.ref;
  const today = businessDate(context.clock(), context.rules.timeZone);
  const made = await call(context, session, "order", (adapter, at) =>
    adapter.createPaymentOrder(
      {
        ref,
        actRef: act.id,
        counterpartyRef: counterparty,
        contractor: act.contractor,
        date: today,
        amount: act.amount,
        vat: act.vat,
        purpose: purposeOf(context, act, document),
      },
      at,
    ),
  );
  return ordered(made);
}

function ordered(order: { ref: string; number: string; date: string }): StepResult {
  const { ref, number, date } = order;
  return { state: "done", happening: { type: "payment_order.created", ref, number, date } };
}

function purposeOf(context: RelayContext, act: Act, document: { number: string; date: string }): string {
  const { contract } = act.contractor;
  const number = contract?.number === undefined ? "" : ` № ${contract.number}`;
  const date = contract?.date === undefined ? "" : ` от ${printDate(contract.date)}`;
  const period = act.period === null ? "" : `${printDate(act.period.from)} - ${printDate(act.period.to)}`;
  return paymentPurpose(context.settings.paymentPurpose, {
    number: document.number,
    date: printDate(document.date),
    period,
    contract: number === "" ? "" : ` по договору${number}${date}`,
    amount: act.amount,
    vat: act.vat,
  });
}
