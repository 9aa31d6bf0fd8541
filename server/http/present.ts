import type * as v from "valibot";
import type { Act, Problem } from "../../core/act.ts";
import type { RecordedEvent } from "../../core/act-event.ts";
import type { DocumentLink } from "../../core/events.ts";
import { type Attempt, type Job, OPEN_STATES, type WebhookBody } from "../../core/job.ts";
import { computeIncludedVat, formatMoney, type Thousandths } from "../../core/money.ts";
import type { PaymentOrder } from "../../core/payment-order.ts";
import type { BreakerState } from "../../core/relay/breaker.ts";
import type { Destination, InboxEntry } from "../../core/store.ts";
import type {
  actSchema,
  attemptSchema,
  endpointSchema,
  eventSchema,
  inboxEntrySchema,
  messageSchema,
  problemSchema,
  readySchema,
} from "./answers.ts";

/** What is shown with an act besides what it holds. */
export interface ActView {
  readonly link: DocumentLink | null;
  /** The message that works at the problem. */
  readonly progress: { readonly attempts: number; readonly nextAttemptAt: number | null };
}

/** An act as the API shows it. */
export function presentAct(act: Act, view: ActView): v.InferOutput<typeof actSchema> {
  const { link } = view;
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
    counterparty: act.counterparty,
    period: act.period,
    decidedPeriod: act.decidedPeriod,
    document: act.document,
    pdf:
      act.form === null || link === null
        ? null
        : { url: link.url, sha256: act.form.sha256, bytes: act.form.bytes, expiresAt: formatInstant(link.expiresAt) },
    acceptedAt: formatInstantOrNull(act.acceptedAt),
    acceptedBy: act.acceptedBy,
    paymentOrder: act.paymentOrder === null ? null : presentOrder(act.paymentOrder),
    paidOn: act.paidOn,
    reason: act.reason,
    problem: act.problem === null ? null : presentProblem(act.problem, view.progress),
    updatedAt: formatInstant(act.updatedAt),
  };
}

function presentOrder({
  former: _,
  executed: __,
  ...order
}: PaymentOrder): v.InferOutput<typeof actSchema>["paymentOrder"] {
  return order;
}

function presentProblem(problem: Problem, progress: ActView["progress"]): v.InferOutput<typeof problemSchema> {
  return {
    code: problem.code,
    message: problem.message,
    field: problem.field,
    resolver: problem.resolver,
    since: formatInstant(problem.since),
    attempts: progress.attempts,
    nextAttemptAt: formatInstantOrNull(progress.nextAttemptAt),
  };
}

/** Kept in events for the machine alone: an old link would open an old form, and waking is the relay's own affair. */
const INTERNAL = new Set(["link", "woken", "announce", "orderRefused"]);

/** A line of an act's history. */
export function presentEvent(event: RecordedEvent): v.InferOutput<typeof eventSchema> {
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

/** A message without its journal and lease. */
export function presentJob(message: Job): v.InferOutput<typeof messageSchema> {
  const open = OPEN_STATES.some((state) => state === message.state);
  return {
    id: message.id,
    lane: message.queue,
    kind: message.type,
    actId: message.actId,
    endpoint: message.destination,
    event: message.type === "webhook" ? presentBody(message.input) : null,
    state: message.state,
    attempts: message.attempts,
    nextAttemptAt: message.state === "queued" ? formatInstant(message.dueAt) : null,
    createdAt: formatInstant(message.createdAt),
    settledAt: open ? null : formatInstant(message.dueAt),
  };
}

function presentBody({ type, timestamp, seq }: WebhookBody) {
  return { type, timestamp, seq: seq ?? null };
}

/** One attempt at a message. */
export function presentAttempt(attempt: Attempt): v.InferOutput<typeof attemptSchema> {
  const { jobId: _, startedAt, finishedAt, ...rest } = attempt;
  return { ...rest, startedAt: formatInstant(startedAt), finishedAt: formatInstant(finishedAt) };
}

/** State of an outside address. */
export function presentDestination(endpoint: Destination): v.InferOutput<typeof endpointSchema> {
  return {
    name: endpoint.name as v.InferOutput<typeof endpointSchema>["name"],
    stoppedAt: formatInstantOrNull(endpoint.stoppedAt),
    reason: endpoint.reason,
  };
}

/** A received event, without its body. */
export function presentEntry(entry: InboxEntry): v.InferOutput<typeof inboxEntrySchema> {
  const { body: _, bodyHash, receivedAt, ...rest } = entry;
  return { ...rest, receivedAt: formatInstant(receivedAt), bodySha256: bodyHash };
}

/** The breaker in front of 1C. */
export function presentBreaker(breaker: BreakerState): v.InferOutput<typeof readySchema>["accounting"]["breaker"] {
  return { ...breaker, probeAt: formatInstantOrNull(breaker.probeAt) };
}

function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}

function formatInstantOrNull(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}

/** «2.5»: as the wire contract writes it, without needless zeros. */
function formatQuantity(value: Thousandths): string {
  const [whole, part = ""] = (value / 1000).toFixed(3).split(".");
  const fraction = part.replace(/0+$/, "");
  return fraction === "" ? String(whole) : `${whole}.${fraction}`;
}
