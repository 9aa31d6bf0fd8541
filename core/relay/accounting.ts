import type { Act, Step } from "../act.ts";
import type { ActState, CreatePaymentOrderParams } from "../adapter.ts";
import type { Organization } from "../counterparty.ts";
import { businessDate, isPlainDate, printDate } from "../date.ts";
import { AdapterError } from "../errors.ts";
import type { Happening } from "../happening.ts";
import { paymentOrderRef, sha256Hex } from "../ids.ts";
import { type PaymentOrder, paymentPurpose } from "../payment-order.ts";
import { actPeriod, gapLeft, laterDay, type Period } from "../period.ts";
import type { StoredForm } from "../store.ts";
import { call, formTooLarge, hold, isAnswered, type Session, SKIPPED, type StepResult, unforeseen } from "./call.ts";
import { upsertForAct } from "./card.ts";
import { change, type RelayContext } from "./context.ts";

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

async function createAct(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  if (act.status !== "requested" || act.counterparty === null) return SKIPPED;
  const planned = session.journal.period as Period | undefined;
  const counterparty = act.counterparty.ref;
  const begun = planned !== undefined || session.message.payload.reread === true;
  if (begun && !isAnswered(session, "create")) {
    // A call may have been sent, with this period or before a person went on: look before anything else.
    const found = await standing(context, session, act);
    if (found !== null) {
      return created(
        act.id,
        found,
        found.period ?? planned ?? (await decidePeriod(context, session, act, counterparty)),
      );
    }
  }
  let period: Period;
  try {
    period = planned ?? (await decidePeriod(context, session, act, counterparty));
  } catch (error) {
    if (begun || !(error instanceof AdapterError) || error.code !== "period_empty") throw error;
    // After a restore from a backup the act may be in 1C already, and later ones have covered its days.
    const found = await standing(context, session, act);
    if (found?.period === undefined) throw error;
    return created(act.id, found, found.period);
  }
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
  return created(act.id, document, period);
}

/** The act as it stands in 1C, posted and not marked; null when it does not. */
async function standing(context: RelayContext, session: Session, act: Act): Promise<ActState | null> {
  const found = await call(context, session, "find", (adapter, at) => adapter.findAct({ ref: act.id }, at));
  return found?.posted === true && !found.deletionMark ? found : null;
}

type Made = { readonly ref: string; readonly number: string; readonly date: string; readonly period?: Period };

function created(ours: string, made: Made, asked: Period): StepResult {
  const { ref, number, date } = sound(ours, made);
  const { period = asked } = made;
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
  const detail = formTooLarge(context, form.tail.length);
  if (detail !== null)
    throw new AdapterError("print_failed", "The store cannot keep the form", { outcome: "rejected", detail });
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
  if (state === null || wrong !== null) throw changed(wrong ?? "");
  return { ref: state.ref, number: state.number, date: state.date };
}

function changed(detail: string): AdapterError {
  return new AdapterError("act_changed", "The act in 1C is not what was asked for", { outcome: "rejected", detail });
}

async function voidAct(context: RelayContext, session: Session, act: Act): Promise<StepResult> {
  if (act.status !== "declined" && act.status !== "voided") return SKIPPED;
  const reason = act.reason ?? "";
  const { found } = await call(context, session, "void", (adapter, at) => adapter.voidAct({ ref: act.id, reason }, at));
  if (!found) {
    // An act whose creation got no answer may still appear: it is looked for until no call can be on its way any more.
    const until = await settledAt(context, act.id, "act.create", "create");
    if (until > context.clock()) return { state: "later", until };
  }
  return { state: "done", happening: { type: "act.void_confirmed", found, gap: await gapOf(context, act) } };
}

/**
 * When the act's unanswered calls of a step can take effect no more, for all that is known: twice a call's timeout after
 * the last of them (epoch ms; 0 when there was none). A call that 1C was to fetch by itself counts from when the relay
 * last waited for it.
 */
async function settledAt(context: RelayContext, actId: string, kind: Step, callName: string): Promise<number> {
  const { items } = await context.store.messages({ actId, lane: "accounting", limit: 100 });
  const steps = items.filter((message) => message.kind === kind);
  const ends = await Promise.all(
    steps.map(async (message) => {
      const attempts = await context.store.attempts(message.id);
      const fetched = attempts.at(-1)?.outcome === "skipped" ? attempts.at(-2) : attempts.at(-1);
      const parked = fetched?.outcome === "parked" && fetched.detail === callName ? [attempts.at(-1)!] : [];
      const unanswered = attempts.filter((attempt) => attempt.outcome === "uncertain");
      return [...unanswered, ...parked].map((attempt) => attempt.finishedAt);
    }),
  );
  const last = Math.max(0, ...ends.flat());
  return last === 0 ? 0 : last + 2 * context.adapter.timeoutMs;
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
  const startedAt = context.clock();
  const before = act.paymentOrder;
  const attempt = attemptOf(before);
  const ref = await paymentOrderRef(act.id, attempt);
  if (await formerExecuted(context, session, act, ref)) return SKIPPED;
  // The intent is an event of the act, so that nobody voids it while the order is on its way.
  const begun = await change(context, act.id, "relay", { type: "payment_order.started", ref, attempt });
  if (begun === null || begun.transition.kind === "refused") return SKIPPED;
  session.orderRefused = before?.state !== "creating";
  if (before?.state === "creating" && !isAnswered(session, "order")) {
    const found = await call(context, session, "find_order", (adapter, at) => adapter.findPaymentOrder({ ref }, at));
    if (found !== null) return ordered(ref, found, startedAt);
    const settled = await settledAt(context, act.id, "payment_order.create", "order");
    session.orderRefused = !session.message.lapsed && context.clock() > settled;
  }
  const state = await call(context, session, "find", (adapter, at) => adapter.findAct({ ref: act.id }, at));
  const document = unchanged(act, state);
  if (document.number !== act.document.number || document.date !== act.document.date) {
    throw changed(`В 1С это акт № ${document.number} от ${printDate(document.date)}.`);
  }
  const order = {
    ref,
    actRef: act.id,
    counterpartyRef: act.counterparty.ref,
    contractor: act.contractor,
    date: businessDate(startedAt, context.rules.timeZone),
    amount: act.amount,
    vat: act.vat,
    purpose: purposeOf(context, act, document),
  };
  return ordered(ref, await orderCall(context, session, order), startedAt);
}

/** The call itself. That 1C said no is the only proof that there is no order; an answer that makes no sense is none. */
async function orderCall(context: RelayContext, session: Session, order: CreatePaymentOrderParams): Promise<Made> {
  session.orderRefused = false;
  try {
    return await call(context, session, "order", (adapter, at) => adapter.createPaymentOrder(order, at));
  } catch (error) {
    const certain = error instanceof AdapterError && error.outcome === "rejected" && error.cause === undefined;
    session.orderRefused = certain && error.code !== "ref_key_ignored";
    throw error;
  }
}

/** 1, 2, 3 …: grows only where the order before was made and rejected. */
function attemptOf(order: PaymentOrder | null): number {
  if (order === null) return 1;
  if (order.state !== "rejected") return order.attempt;
  return Math.max(order.attempt, ...order.former.map(({ attempt }) => attempt)) + 1;
}

/**
 * Whether one of the act's other orders was executed after all: 1C is asked before a new one is made. Throws
 * `payment_unexpected` when one of them may still be executed.
 */
async function formerExecuted(context: RelayContext, session: Session, act: Act, ref: string): Promise<boolean> {
  const order = act.paymentOrder;
  if (order === null) return false;
  const others = [...order.former, order].filter((other) => other.ref !== ref).map((other) => other.ref);
  if (others.length === 0) return false;
  const states = await call(context, session, "former", (adapter, at) => adapter.paymentStates(others, at));
  for (const other of others) {
    const state = states[other];
    if (state?.state === "executed") {
      const { executedOn } = state;
      const paid: Happening = { type: "onec.payment_executed", ref: other, executedAt: executedOn, executedOn };
      await change(context, act.id, "onec", paid);
      return true;
    }
    if (state?.state === "rejected" || state?.state === "deleted") continue;
    throw new AdapterError("payment_unexpected", "A former order may still be executed", {
      outcome: "rejected",
      detail: "Прежнее поручение в 1С ещё не отклонено: отмените его.",
    });
  }
  return false;
}

/**
 * What 1C says it made, looked at once more: an adapter of somebody else's may not keep the rules. Throws
 * `ref_key_ignored` when it is not under our reference.
 */
function sound(ours: string, made: Made): Made {
  if (typeof made !== "object" || typeof made?.number !== "string" || !isPlainDate(String(made.date))) {
    throw unforeseen(new TypeError("The adapter answered without number or date"));
  }
  if (made.ref === ours) return made;
  throw new AdapterError("ref_key_ignored", "1C gave the document another reference", { outcome: "rejected" });
}

function ordered(ours: string, order: Made, startedAt: number): StepResult {
  const { ref, number, date } = sound(ours, order);
  return { state: "done", happening: { type: "payment_order.created", ref, number, date, startedAt } };
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
