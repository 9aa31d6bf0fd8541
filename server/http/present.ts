import type { Act, Problem } from "../../core/act.ts";
import type { RecordedEvent } from "../../core/act-event.ts";
import { type DocumentLink, toPdf } from "../../core/events.ts";
import { type Attempt, type Job, OPEN_STATES, type WebhookBody } from "../../core/job.ts";
import { computeIncludedVat, formatMoney, type Thousandths } from "../../core/money.ts";
import type { PaymentOrder } from "../../core/payment-order.ts";
import type { BreakerState } from "../../core/relay/breaker.ts";
import type { Destination, InboxEntry } from "../../core/store.ts";
import type { AnswerOf } from "./answers.ts";

/** Parts of an answer that an act does not hold. */
export interface ActView {
  readonly link: DocumentLink | null;
  readonly acceptedLink: DocumentLink | null;
  /** Progress of the job with the problem. `nextAttemptAt`: epoch ms. */
  readonly progress: { readonly attempts: number; readonly nextAttemptAt: number | null };
}

/** Builds the API's picture of an act. */
export function presentAct(act: Act, view: ActView): AnswerOf<"Act"> {
  const { link, acceptedLink } = view;
  return {
    actId: act.id,
    payoutId: act.payoutId,
    revision: act.revision,
    status: act.status,
    seq: act.seq,
    requestedAt: formatInstant(act.requestedAt),
    date: act.date,
    amount: formatMoney(act.amount),
    vat: act.vat,
    vatAmount: formatMoney(computeIncludedVat(act.amount, act.vat)),
    services: act.services.map((line) => ({
      name: line.name,
      quantity: formatQuantity(line.quantity),
      unit: line.unit,
      price: formatMoney(line.price),
      amount: formatMoney(line.amount),
    })),
    contractor: act.contractor,
    ...(act.warnings === undefined ? {} : { warnings: [...act.warnings] }),
    counterparty: act.counterparty,
    period: act.period,
    decidedPeriod: act.decidedPeriod,
    document: act.document,
    pdf: act.form === null || link === null ? null : toPdf(act.form, link),
    acceptedAt: formatInstantOrNull(act.acceptedAt),
    acceptedBy: act.acceptedBy,
    acceptedPdf: act.acceptedForm === undefined || acceptedLink === null ? null : toPdf(act.acceptedForm, acceptedLink),
    paymentOrder: act.paymentOrder === null ? null : presentOrder(act.paymentOrder),
    paidOn: act.paidOn,
    reason: act.reason,
    problem: act.problem === null ? null : presentProblem(act.problem, view.progress),
    updatedAt: formatInstant(act.updatedAt),
  };
}

function presentOrder({ former: _, executed: __, ...order }: PaymentOrder): AnswerOf<"Act">["paymentOrder"] {
  return order;
}

function presentProblem(problem: Problem, progress: ActView["progress"]): AnswerOf<"ActProblem"> {
  const { code, message, field, resolver } = problem;
  const nextAttemptAt = formatInstantOrNull(progress.nextAttemptAt);
  return { code, message, field, resolver, since: formatInstant(problem.since), ...progress, nextAttemptAt };
}

/** Members of events for the relay alone. An old link would open an old form. */
const INTERNAL = new Set(["link", "woken", "announce", "orderRefused"]);

/** A line of an act's history. */
export function presentEvent(event: RecordedEvent): AnswerOf<"ActEvent"> {
  const { actId: _, seq, type, at, actor, status, ...data } = event;
  const shown = Object.entries(data).filter(([name]) => !INTERNAL.has(name));
  return {
    seq,
    type,
    at: formatInstant(at),
    actor,
    status,
    data: Object.fromEntries(
      shown.map(([name, value]) => [
        name,
        name.endsWith("At") && typeof value === "number" ? formatInstant(value) : value,
      ]),
    ),
  };
}

/** A job without progress and lease. */
export function presentJob(job: Job): AnswerOf<"Message"> {
  const open = OPEN_STATES.some((state) => state === job.state);
  return {
    id: job.id,
    lane: job.queue,
    kind: job.type,
    actId: job.actId,
    endpoint: job.destination,
    event: job.type === "webhook" ? presentBody(job.input) : null,
    state: job.state,
    attempts: job.attempts,
    nextAttemptAt: job.state === "queued" ? formatInstant(job.dueAt) : null,
    createdAt: formatInstant(job.createdAt),
    settledAt: open ? null : formatInstant(job.dueAt),
  };
}

function presentBody({ type, timestamp, seq }: WebhookBody) {
  return { type, timestamp, seq: seq ?? null };
}

/** One attempt at a job. */
export function presentAttempt(attempt: Attempt): AnswerOf<"Attempt"> {
  const { jobId: _, startedAt, finishedAt, ...rest } = attempt;
  return { ...rest, startedAt: formatInstant(startedAt), finishedAt: formatInstant(finishedAt) };
}

/** State of a destination. */
export function presentDestination(destination: Destination): AnswerOf<"Endpoint"> {
  return {
    name: destination.name as AnswerOf<"Endpoint">["name"],
    stoppedAt: formatInstantOrNull(destination.stoppedAt),
    reason: destination.reason,
  };
}

/** A received event without the body. */
export function presentEntry(entry: InboxEntry): AnswerOf<"InboxEntry"> {
  const { body: _, bodyHash, receivedAt, ...rest } = entry;
  return { ...rest, receivedAt: formatInstant(receivedAt), bodySha256: bodyHash };
}

/** The breaker in front of 1C. */
export function presentBreaker(breaker: BreakerState): AnswerOf<"Ready">["accounting"]["breaker"] {
  return { ...breaker, probeAt: formatInstantOrNull(breaker.probeAt) };
}

function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}

function formatInstantOrNull(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}

/** Writes a quantity in the form of the wire contract: «2.5», without needless zeros. */
function formatQuantity(value: Thousandths): string {
  const [whole, part = ""] = (value / 1000).toFixed(3).split(".");
  const fraction = part.replace(/0+$/, "");
  return fraction === "" ? String(whole) : `${whole}.${fraction}`;
}
