import type * as v from "valibot";
import type { Act, ActEvent, Problem } from "../core/act.ts";
import { formatMoney, type Thousandths, vatInside } from "../core/money.ts";
import type { DocumentLink } from "../core/notices.ts";
import type { PaymentOrder } from "../core/payment-order.ts";
import type { BreakerState } from "../core/relay/breaker.ts";
import { type Attempt, type Message, OPEN_STATES } from "../core/relay/message.ts";
import type { Endpoint, InboxEntry } from "../core/store.ts";
import type {
  actSchema,
  attemptSchema,
  endpointSchema,
  eventSchema,
  inboxEntrySchema,
  messageSchema,
  problemSchema,
  readySchema,
} from "./api.ts";

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
    requestedAt: instant(act.requestedAt),
    date: act.date,
    amount: formatMoney(act.amount),
    vat: act.vat,
    vatAmount: formatMoney(vatInside(act.amount, act.vat)),
    services: act.services.map((line) => ({
      name: line.name,
      quantity: quantity(line.quantity),
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
        : { url: link.url, sha256: act.form.sha256, bytes: act.form.bytes, expiresAt: instant(link.expiresAt) },
    acceptedAt: instantOrNull(act.acceptedAt),
    acceptedBy: act.acceptedBy,
    paymentOrder: act.paymentOrder === null ? null : presentOrder(act.paymentOrder),
    paidOn: act.paidOn,
    reason: act.reason,
    problem: act.problem === null ? null : presentProblem(act.problem, view.progress),
    updatedAt: instant(act.updatedAt),
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
    since: instant(problem.since),
    attempts: progress.attempts,
    nextAttemptAt: instantOrNull(progress.nextAttemptAt),
  };
}

/** Kept in events for the machine alone: an old link would open an old form, and waking is the relay's own affair. */
const INTERNAL = new Set(["link", "woken", "announce", "orderRefused"]);

/** A line of an act's history. */
export function presentEvent(event: ActEvent): v.InferOutput<typeof eventSchema> {
  const shown = Object.entries(event.data).filter(([name]) => !INTERNAL.has(name));
  return {
    seq: event.seq,
    type: event.type,
    at: instant(event.at),
    actor: event.actor,
    status: event.status,
    data: Object.fromEntries(
      shown.map(([name, value]) => [name, name.endsWith("At") && typeof value === "number" ? instant(value) : value]),
    ),
  };
}

/** A message without its journal and lease. */
export function presentMessage(message: Message): v.InferOutput<typeof messageSchema> {
  const { type, timestamp, seq } = message.payload;
  const open = OPEN_STATES.some((state) => state === message.state);
  return {
    id: message.id,
    lane: message.lane,
    kind: message.kind,
    actId: message.actId,
    endpoint: message.endpoint,
    event:
      message.kind === "webhook"
        ? { type: String(type), timestamp: String(timestamp), seq: typeof seq === "number" ? seq : null }
        : null,
    state: message.state,
    attempts: message.attempts,
    nextAttemptAt: message.state === "queued" ? instant(message.dueAt) : null,
    createdAt: instant(message.createdAt),
    settledAt: open ? null : instant(message.dueAt),
  };
}

/** One attempt at a message. */
export function presentAttempt(attempt: Attempt): v.InferOutput<typeof attemptSchema> {
  const { messageId: _, startedAt, finishedAt, ...rest } = attempt;
  return { ...rest, startedAt: instant(startedAt), finishedAt: instant(finishedAt) };
}

/** State of an outside address. */
export function presentEndpoint(endpoint: Endpoint): v.InferOutput<typeof endpointSchema> {
  return {
    name: endpoint.name as v.InferOutput<typeof endpointSchema>["name"],
    stoppedAt: instantOrNull(endpoint.stoppedAt),
    reason: endpoint.reason,
  };
}

/** A received event, without its body. */
export function presentEntry(entry: InboxEntry): v.InferOutput<typeof inboxEntrySchema> {
  const { body: _, bodyHash, receivedAt, ...rest } = entry;
  return { ...rest, receivedAt: instant(receivedAt), bodySha256: bodyHash };
}

/** The breaker in front of 1C. */
export function presentBreaker(breaker: BreakerState): v.InferOutput<typeof readySchema>["accounting"]["breaker"] {
  return { ...breaker, probeAt: instantOrNull(breaker.probeAt) };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : instant(ms);
}

/** «2.5»: as the wire contract writes it, without needless zeros. */
function quantity(value: Thousandths): string {
  const [whole, part = ""] = (value / 1000).toFixed(3).split(".");
  const fraction = part.replace(/0+$/, "");
  return fraction === "" ? String(whole) : `${whole}.${fraction}`;
}
