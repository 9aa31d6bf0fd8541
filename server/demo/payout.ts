import * as v from "valibot";

/** A verified event of the relay about one act. */
export interface ActNotice {
  readonly type: string;
  readonly seq: number;
  /** Epoch ms, by the relay's clock. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A payout as the platform keeps it: what it did itself, and what it was told. */
export interface Payout {
  readonly payoutId: string;
  readonly agentId: string;
  readonly amount: string;
  readonly vat: string;
  /** Epoch ms. */
  readonly requestedAt: number;
  /** `sending`: for the first time, so nobody knows of it yet · `unsent`: the relay did not answer, the same has to be sent again. */
  readonly delivery: "sending" | "unsent" | "sent";
  readonly acceptedAt: number | null;
  readonly declined: { readonly at: number; readonly reason: string } | null;
  /** As they arrived; {@link toPayoutView} puts them in order. */
  readonly notices: readonly ActNotice[];
}

/** Where a payout's act stands, as its owner sees it. */
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
const pdf = v.object({
  url: v.pipe(v.string(), v.url()),
  sha256: v.string(),
  bytes: v.number(),
  expiresAt: v.string(),
});
const readySchema = v.object({
  actId: v.string(),
  number: v.string(),
  date: v.string(),
  period,
  amount: v.string(),
  vatAmount: v.string(),
  counterparty: v.object({ ref: v.string(), created: v.boolean() }),
  pdf,
});
const problemSchema = v.object({
  actId: v.string(),
  code: v.string(),
  message: v.string(),
  resolver: v.string(),
  retrying: v.boolean(),
});
const orderSchema = v.object({ number: v.string(), date: v.string(), amount: v.string(), ref: v.string() });

/** A payout for the page. */
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
  /** When each step was reached, epoch ms. */
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

/**
 * The payout as it stands: the notices are taken in the order of their `seq`, whatever the order they arrived in, so a
 * late one fills its gap and never takes the act back.
 */
export function toPayoutView(payout: Payout): PayoutView {
  const { payoutId, agentId, amount, vat, notices } = payout;
  const told: Told = {
    status: payout.delivery === "unsent" ? "unsent" : "requested",
    act: null,
    problem: null,
    order: null,
    executedAt: null,
    reason: null,
    times: { requested: payout.requestedAt },
  };
  for (const notice of sortNotices(notices)) apply(told, notice);
  applyOwn(told, payout);
  const actId = notices.map(({ data }) => data.actId).find((id) => typeof id === "string") ?? null;
  return { payoutId, agentId, amount, vat, actId, ...told };
}

/** Stable, so that the notices of one event keep the order they came in. */
function sortNotices(notices: readonly ActNotice[]): readonly ActNotice[] {
  return notices.toSorted((a, b) => a.seq - b.seq);
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

/** What the platform did itself and was told 2xx about stands between the form and the payment order. */
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
