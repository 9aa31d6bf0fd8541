import * as v from "valibot";
import { pdfSchema } from "../../core/event-fields.ts";

/** A verified outbound event of the relay about an act. */
export interface ActNotice {
  readonly type: string;
  readonly seq: number;
  /** Epoch ms, by the relay's clock. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A payout with the platform's own actions and the relay's events. */
export interface Payout {
  readonly payoutId: string;
  readonly agentId: string;
  readonly amount: string;
  readonly vat: string;
  /** Epoch ms. */
  readonly requestedAt: number;
  /** `sending`: the first answer is pending · `unsent`: no answer came, the user must send the same request again. */
  readonly delivery: "sending" | "unsent" | "sent";
  readonly acceptedAt: number | null;
  readonly declined: { readonly at: number; readonly reason: string } | null;
  /** Events in the order of arrival; {@link toPayoutView} sorts by `seq`. */
  readonly notices: readonly ActNotice[];
}

export type PayoutStatus =
  | "unsent"
  | "requested"
  | "ready"
  | "accepted"
  | "payment_ordered"
  | "paid"
  | "declined"
  | "voided";

const period = v.object({ from: v.string(), to: v.string() });
const readySchema = v.object({
  actId: v.string(),
  number: v.string(),
  date: v.string(),
  period,
  amount: v.string(),
  vatAmount: v.string(),
  counterparty: v.object({ ref: v.string(), created: v.boolean() }),
  pdf: pdfSchema,
});
const problemSchema = v.object({
  actId: v.string(),
  code: v.string(),
  message: v.string(),
  resolver: v.string(),
  retrying: v.boolean(),
});
const orderSchema = v.object({
  number: v.string(),
  date: v.string(),
  amount: v.string(),
  ref: v.string(),
  acceptedPdf: v.optional(pdfSchema),
});

export interface PayoutView {
  readonly payoutId: string;
  readonly agentId: string;
  readonly amount: string;
  readonly vat: string;
  readonly status: PayoutStatus;
  readonly actId: string | null;
  readonly act: Omit<v.InferOutput<typeof readySchema>, "actId" | "amount"> | null;
  readonly problem: Omit<v.InferOutput<typeof problemSchema>, "actId"> | null;
  readonly order: v.InferOutput<typeof orderSchema> | null;
  readonly executedAt: string | null;
  readonly reason: string | null;
  /** Time of each status, epoch ms. */
  readonly times: Readonly<Partial<Record<PayoutStatus, number>>>;
}

interface Told {
  status: PayoutStatus;
  act: PayoutView["act"];
  problem: PayoutView["problem"];
  order: PayoutView["order"];
  executedAt: string | null;
  reason: string | null;
  times: Partial<Record<PayoutStatus, number>>;
}

/** Computes the view of a payout. Events apply in the order of `seq`, so a late event never moves the act back. */
export function toPayoutView(payout: Payout): PayoutView {
  const { payoutId, agentId, amount, vat, notices: events } = payout;
  const told: Told = {
    status: payout.delivery === "unsent" ? "unsent" : "requested",
    act: null,
    problem: null,
    order: null,
    executedAt: null,
    reason: null,
    times: { requested: payout.requestedAt },
  };
  for (const event of sortEvents(events)) apply(told, event);
  applyOwn(told, payout);
  const actId = events.map(({ data }) => data.actId).find((id) => typeof id === "string") ?? null;
  return { payoutId, agentId, amount, vat, actId, ...told };
}

/** Sorts stably: events of the same `seq` keep the order of arrival. */
function sortEvents(events: readonly ActNotice[]): readonly ActNotice[] {
  return events.toSorted((a, b) => a.seq - b.seq);
}

function apply(told: Told, { type, at, data }: ActNotice): void {
  if (type === "act.ready") {
    const ready = v.safeParse(readySchema, data);
    if (!ready.success) return;
    const { actId: _, amount: __, ...act } = ready.output;
    told.act = act;
    reach(told, "ready", at);
  } else if (type === "act.problem") {
    const problem = v.safeParse(problemSchema, data);
    if (!problem.success) return;
    const { actId: _, ...rest } = problem.output;
    told.problem = rest;
  } else if (type === "act.problem_resolved") {
    if (told.problem?.code === data.code) told.problem = null;
  } else if (type === "payment_order.created") {
    const order = v.safeParse(orderSchema, data);
    if (!order.success) return;
    told.order = order.output;
    reach(told, "payment_ordered", at);
  } else if (type === "payment.executed") {
    told.executedAt = String(data.executedAt);
    reach(told, "paid", at);
  } else if (type === "act.voided") {
    told.reason = String(data.reason);
    reach(told, "voided", at);
  }
}

/** Applies the platform's own actions with a 2xx answer: these come between the form and the payment order. */
function applyOwn(told: Told, { acceptedAt, declined }: Payout): void {
  if (acceptedAt !== null) {
    told.times.accepted = acceptedAt;
    if (told.status === "ready") told.status = "accepted";
  }
  if (declined !== null && told.status !== "voided") {
    told.reason = declined.reason;
    told.problem = null;
    reach(told, "declined", declined.at);
  }
}

function reach(told: Told, status: PayoutStatus, at: number): void {
  told.status = status;
  told.times[status] = at;
}
