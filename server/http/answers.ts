import * as v from "valibot";
import { ACT_STATUSES } from "../../core/act.ts";
import {
  actIdSchema,
  dateSchema,
  instantSchema,
  moneySchema,
  pdfSchema,
  periodSchema,
  problemCodeSchema,
  resolverSchema,
  sha256Schema,
  warningsSchema,
} from "../../core/event-fields.ts";
import { VAT_RATES } from "../../core/money.ts";

/*
 * Answers of the API, as schemas: the source of the presenter's types and of the OpenAPI document.
 * Money is a decimal string in roubles, an instant RFC 3339, a day `YYYY-MM-DD` in the business time zone.
 */

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Problem of an act, beside the status. */
export const problemSchema = v.object({
  code: problemCodeSchema,
  message: v.pipe(v.string(), v.description("For a person, in Russian")),
  field: v.nullable(v.string()),
  resolver: resolverSchema,
  since: instantSchema,
  attempts: count,
  nextAttemptAt: v.pipe(v.nullable(instantSchema), v.description("Null where a person has to act first")),
});

/** The contractor in the words of the platform. */
export const contractorViewSchema = v.object({
  id: v.string(),
  registeredOn: dateSchema,
  kind: v.picklist(["company", "entrepreneur", "self_employed", "individual"]),
  name: v.string(),
  inn: v.string(),
  bankAccount: v.object({
    number: v.string(),
    bic: v.string(),
    bankName: v.optional(v.string()),
    corrAccount: v.optional(v.string()),
  }),
  fullName: v.optional(v.string()),
  kpp: v.optional(v.string()),
  ogrn: v.optional(v.string()),
  legalAddress: v.optional(v.string()),
  phone: v.optional(v.string()),
  email: v.optional(v.string()),
  contract: v.optional(v.object({ url: v.string(), number: v.optional(v.string()), date: v.optional(dateSchema) })),
  signatory: v.optional(
    v.object({ position: v.optional(v.string()), name: v.string(), basis: v.optional(v.string()) }),
  ),
});

/** One act. */
export const actSchema = v.object({
  actId: actIdSchema,
  payoutId: v.string(),
  revision: count,
  status: v.picklist(ACT_STATUSES),
  seq: v.pipe(count, v.description("Number of the act's last event")),
  requestedAt: instantSchema,
  date: dateSchema,
  amount: moneySchema,
  vat: v.picklist(VAT_RATES),
  vatAmount: moneySchema,
  services: v.array(
    v.object({ name: v.string(), quantity: v.string(), unit: v.string(), price: moneySchema, amount: moneySchema }),
  ),
  contractor: contractorViewSchema,
  warnings: v.optional(v.pipe(warningsSchema, v.description("Optional contacts that were left out"))),
  counterparty: v.nullable(
    v.object({ ref: v.string(), created: v.pipe(v.boolean(), v.description("The card in 1C was made by us")) }),
  ),
  period: v.nullable(periodSchema),
  decidedPeriod: v.pipe(v.nullable(periodSchema), v.description("Decided by a person; wins over the computed one")),
  document: v.nullable(v.object({ ref: v.string(), number: v.string(), date: dateSchema })),
  pdf: v.nullable(pdfSchema),
  acceptedAt: v.nullable(instantSchema),
  acceptedBy: v.nullable(v.string()),
  acceptedPdf: v.pipe(v.nullable(pdfSchema), v.description("The form as accepted, with the acceptance sheet")),
  paymentOrder: v.nullable(
    v.object({
      ref: v.string(),
      attempt: count,
      state: v.picklist(["creating", "made", "refused", "rejected"]),
      number: v.nullable(v.string()),
      date: v.nullable(dateSchema),
    }),
  ),
  paidOn: v.nullable(dateSchema),
  reason: v.pipe(v.nullable(v.string()), v.description("Why it was declined or voided")),
  problem: v.nullable(problemSchema),
  updatedAt: instantSchema,
});

/** A line of an act's history. */
export const eventSchema = v.object({
  seq: count,
  type: v.string(),
  at: instantSchema,
  actor: v.pipe(v.string(), v.description("platform, onec, relay, or person:<who>")),
  status: v.picklist(ACT_STATUSES),
  data: v.record(v.string(), v.unknown()),
});

/** One act and the history of the act, oldest event first. */
export const actDetailsSchema = v.object({ ...actSchema.entries, history: v.array(eventSchema) });

/** The queues of jobs; `lane` on the wire. */
export const laneSchema = v.picklist(["accounting", "webhook"]);
/** States of a job. */
export const messageStateSchema = v.picklist(["queued", "parked", "done", "skipped", "problem", "dead"]);

/** One job: a call to 1C or a webhook to send; `message` on the wire. */
export const messageSchema = v.object({
  id: v.pipe(v.string(), v.description("For a webhook, its webhook-id")),
  lane: laneSchema,
  kind: v.picklist([
    ...(["counterparty.upsert", "act.create", "act.print", "act.void"] as const),
    ...(["acceptance.print", "payment_order.create", "payment.check", "connection.check", "webhook"] as const),
  ]),
  actId: v.nullable(actIdSchema),
  endpoint: v.string(),
  event: v.pipe(
    v.nullable(v.object({ type: v.string(), timestamp: instantSchema, seq: v.nullable(count) })),
    v.description("Event that a webhook carries"),
  ),
  state: messageStateSchema,
  attempts: count,
  nextAttemptAt: v.nullable(instantSchema),
  createdAt: instantSchema,
  settledAt: v.nullable(instantSchema),
});

/** One attempt at a job. `uncertain`: the relay sent the call and does not know whether the call arrived. */
export const attemptSchema = v.object({
  n: count,
  startedAt: instantSchema,
  finishedAt: instantSchema,
  outcome: v.picklist(["ok", "skipped", "parked", "rejected", "unavailable", "uncertain"]),
  code: v.nullable(v.string()),
  detail: v.nullable(v.string()),
  status: v.pipe(v.nullable(count), v.description("HTTP status, for a webhook")),
  response: v.pipe(v.nullable(v.string()), v.description("First 16 KiB of the answer, for a webhook")),
});

/** One job with every attempt, oldest first; `body` is the body of a webhook. */
export const messageDetailsSchema = v.object({
  ...messageSchema.entries,
  body: v.nullable(v.record(v.string(), v.unknown())),
  history: v.array(attemptSchema),
});

/** One destination; `endpoint` on the wire. */
export const endpointSchema = v.object({
  name: v.picklist(["platform", "ops", "accounting"]),
  stoppedAt: v.pipe(v.nullable(instantSchema), v.description("Nothing is sent there since; null when open")),
  reason: v.nullable(v.string()),
});

/** A signed event that the relay received, and the outcome. */
export const inboxEntrySchema = v.object({
  id: v.string(),
  source: v.picklist(["platform", "onec"]),
  webhookId: v.string(),
  receivedAt: instantSchema,
  type: v.nullable(v.string()),
  outcome: v.picklist(["processed", "duplicate", "rejected"]),
  code: v.nullable(v.string()),
  detail: v.nullable(v.string()),
  actId: v.nullable(actIdSchema),
  bodySha256: sha256Schema,
});

const breakerSchema = v.object({
  state: v.picklist(["closed", "open", "half_open"]),
  probeAt: v.nullable(instantSchema),
  capacity: count,
  code: v.nullable(problemCodeSchema),
});

/** State of the server. The server stays ready while 1C is down: events then wait in the queue. */
export const readySchema = v.object({
  status: v.literal("ok"),
  storage: v.literal("ok"),
  accounting: v.object({ adapter: v.string(), breaker: breakerSchema }),
});

/** Answer to an accepted event. */
export const receivedSchema = v.object({
  actId: v.nullable(actIdSchema),
  duplicate: v.boolean(),
  warnings: v.optional(warningsSchema),
});

/** Every schema of an answer, under the name in the OpenAPI document. */
export const ANSWERS = {
  Act: actSchema,
  ActDetails: actDetailsSchema,
  ActPage: createPageSchema(actSchema),
  ActContractor: contractorViewSchema,
  ActProblem: problemSchema,
  ActEvent: eventSchema,
  Period: periodSchema,
  Message: messageSchema,
  MessageDetails: messageDetailsSchema,
  MessagePage: createPageSchema(messageSchema),
  Attempt: attemptSchema,
  Recovered: v.object({ requeued: v.pipe(v.number(), v.integer()) }),
  Endpoint: endpointSchema,
  EndpointList: v.object({ items: v.array(endpointSchema) }),
  InboxEntry: inboxEntrySchema,
  InboxPage: createPageSchema(inboxEntrySchema),
  Received: receivedSchema,
  Ready: readySchema,
  Live: v.object({ status: v.literal("ok") }),
} as const;

/** Name of an answer's schema. */
export type AnswerName = keyof typeof ANSWERS;

/** Type of the answer under a name. */
export type AnswerOf<Name extends AnswerName> = v.InferOutput<(typeof ANSWERS)[Name]>;

/** One page of a listing, newest first. */
export function createPageSchema<S extends v.GenericSchema>(item: S) {
  return v.object({
    items: v.array(item),
    next: v.pipe(v.nullable(v.string()), v.description("Cursor of the following page; null on the last one")),
  });
}
