import * as v from "valibot";
import type { Acceptance, Act, ActDocument, PrintedForm, Problem } from "./act.ts";
import { isRetried, PROBLEMS } from "./errors.ts";
import {
  actIdSchema,
  contractorSchema,
  createOptionalTextSchema,
  createTextSchema,
  dateSchema,
  evidenceSchema,
  identifierSchema,
  inboundInstantOrDateSchema,
  inboundInstantSchema,
  inboundMoneySchema,
  instantSchema,
  moneySchema,
  pdfSchema,
  periodSchema,
  problemCodeSchema,
  referenceSchema,
  resolverSchema,
  serviceSchema,
  sha256Schema,
  warningsSchema,
} from "./event-fields.ts";
import { computeIncludedVat, formatMoney, VAT_RATES } from "./money.ts";
import type { Period } from "./period.ts";
import { joinLines } from "./text.ts";

/*
 * Every event of the wire contract, once: the schema of its data by type. Parsing, types, builders and the OpenAPI
 * document read these tables. `parse-event.ts` checks the rest: settings, fields together, check digits.
 */

/** Envelope of every inbound event. */
export const envelopeSchema = v.object({
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  timestamp: inboundInstantSchema,
  data: v.looseObject({}),
});

/** Most lines of `services`. */
export const MOST_SERVICES = 500;

/** Data of the platform's events, by type. */
export const PLATFORM_EVENTS = {
  "act.requested": v.object({
    payoutId: identifierSchema,
    revision: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))), 1),
    requestedAt: inboundInstantSchema,
    amount: inboundMoneySchema,
    vat: v.optional(v.nullable(v.picklist(VAT_RATES)), "none"),
    contractor: contractorSchema,
    services: v.optional(v.nullable(v.pipe(v.array(serviceSchema), v.maxLength(MOST_SERVICES)))),
  }),
  "act.accepted": v.object({
    payoutId: identifierSchema,
    acceptedAt: inboundInstantSchema,
    acceptedBy: createOptionalTextSchema(250),
    pdfSha256: v.pipe(
      v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}$/, "sha256")))),
      v.description("sha256 of the form that the agent saw; may be left out only with ACCEPT_WITHOUT_HASH=true"),
    ),
    evidence: v.optional(v.nullable(evidenceSchema)),
  }),
  "act.declined": v.object({
    payoutId: identifierSchema,
    declinedAt: inboundInstantSchema,
    reason: createTextSchema(1000, joinLines),
  }),
  "contractor.updated": v.object({ contractor: contractorSchema }),
} as const;

/** Data of 1C's events, by type. */
export const ONEC_EVENTS = {
  "payment.executed": v.object({
    paymentOrderRef: referenceSchema,
    executedAt: inboundInstantOrDateSchema,
    bankReference: createOptionalTextSchema(100),
  }),
  "payment.rejected": v.object({ paymentOrderRef: referenceSchema, reason: createTextSchema(1000, joinLines) }),
  "act.voided": v.object({ actRef: referenceSchema, reason: createOptionalTextSchema(1000, joinLines) }),
  "act.changed": v.object({ actRef: referenceSchema }),
} as const;

const actFields = {
  actId: actIdSchema,
  payoutId: v.string(),
  revision: v.pipe(v.number(), v.integer(), v.minValue(1)),
};

/** Data of the events for the platform, by type. */
export const OUTBOUND_EVENTS = {
  "act.ready": v.object({
    ...actFields,
    number: v.string(),
    date: dateSchema,
    period: periodSchema,
    amount: moneySchema,
    vatAmount: moneySchema,
    counterparty: v.object({ inn: v.string(), ref: v.string(), created: v.boolean() }),
    warnings: v.optional(warningsSchema),
    pdf: pdfSchema,
  }),
  "act.problem": v.object({
    ...actFields,
    code: problemCodeSchema,
    message: v.pipe(
      v.string(),
      v.description("For a person, in Russian: the platform gets the sentence of the code, OPS_URL also the details"),
    ),
    field: v.optional(v.string()),
    resolver: resolverSchema,
    retrying: v.boolean(),
  }),
  "act.problem_resolved": v.object({ ...actFields, code: problemCodeSchema }),
  "act.voided": v.object({ ...actFields, reason: v.string() }),
  "payment_order.created": v.object({
    ...actFields,
    number: v.string(),
    date: dateSchema,
    amount: moneySchema,
    ref: v.string(),
    acceptedPdf: v.optional(
      v.pipe(pdfSchema, v.description("The form as accepted, with the acceptance sheet; absent if the file failed")),
    ),
  }),
  "payment.executed": v.object({
    ...actFields,
    executedAt: v.pipe(v.string(), v.description("An instant or a plain date, as 1C told it")),
  }),
  "payment.rejected": v.object({ ...actFields, reason: v.string() }),
} as const;

/** Data of the events for the operator's address alone, `OPS_URL`, by type: acceptances, and problems that no act shows. */
export const OPERATOR_EVENTS = {
  "act.accepted": v.object({
    ...actFields,
    number: v.nullable(v.string()),
    date: dateSchema,
    amount: moneySchema,
    acceptedAt: instantSchema,
    acceptedBy: v.nullable(v.string()),
    form: v.object({ sha256: sha256Schema, bytes: v.pipe(v.number(), v.integer()) }),
    pdfSha256: v.pipe(v.nullable(sha256Schema), v.description("The hash as the platform told it")),
    evidence: v.optional(evidenceSchema),
  }),
  "payment.check_failed": v.object({ code: problemCodeSchema, message: v.string() }),
  "contractor.problem": v.object({
    messageId: v.string(),
    code: problemCodeSchema,
    message: v.string(),
    field: v.optional(v.string()),
  }),
  "endpoint.stopped": v.object({ endpoint: v.string(), code: v.nullable(v.string()) }),
} as const;

/** An event from the platform, as the sender writes the body. Fields with a default may be absent. */
export type PlatformEvent = {
  readonly [T in keyof typeof PLATFORM_EVENTS]: {
    readonly type: T;
    readonly timestamp: string;
    readonly data: Readonly<v.InferInput<(typeof PLATFORM_EVENTS)[T]>>;
  };
}[keyof typeof PLATFORM_EVENTS];

/** An event from 1C, as the sender writes the body. */
export type OnecEvent = {
  readonly [T in keyof typeof ONEC_EVENTS]: {
    readonly type: T;
    readonly timestamp: string;
    readonly data: Readonly<v.InferInput<(typeof ONEC_EVENTS)[T]>>;
  };
}[keyof typeof ONEC_EVENTS];

/** An event from the platform or from 1C. */
export type InboundEvent = PlatformEvent | OnecEvent;

/** An event for the platform. */
export type OutboundEvent = {
  readonly [T in keyof typeof OUTBOUND_EVENTS]: {
    readonly type: T;
    readonly data: Readonly<v.InferOutput<(typeof OUTBOUND_EVENTS)[T]>>;
  };
}[keyof typeof OUTBOUND_EVENTS];

/** An event for the operator's address. */
export type OperatorEvent = {
  readonly [T in keyof typeof OPERATOR_EVENTS]: {
    readonly type: T;
    readonly data: Readonly<v.InferOutput<(typeof OPERATOR_EVENTS)[T]>>;
  };
}[keyof typeof OPERATOR_EVENTS];

type Outbound<T extends OutboundEvent["type"]> = Extract<OutboundEvent, { type: T }>;
type Operator<T extends OperatorEvent["type"]> = Extract<OperatorEvent, { type: T }>;

/** A signed, expiring address of the printed form. `expiresAt` is epoch ms. */
export interface DocumentLink {
  readonly url: string;
  readonly expiresAt: number;
}

/** An act with every fact of the printed form. */
type PrintedAct = Act & { readonly document: ActDocument; readonly period: Period } & {
  readonly counterparty: NonNullable<Act["counterparty"]>;
};

function toActFields({ id, payoutId, revision }: Act) {
  return { actId: id, payoutId, revision };
}

/** A printed form with its address, as the API and the events have it. */
export function toPdf(
  { sha256, bytes }: PrintedForm,
  { url, expiresAt }: DocumentLink,
): v.InferOutput<typeof pdfSchema> {
  return { url, sha256, bytes, expiresAt: new Date(expiresAt).toISOString() };
}

/** `act.ready`: the printed form can be opened. */
export function createActReadyEvent(act: PrintedAct, form: PrintedForm, link: DocumentLink): Outbound<"act.ready"> {
  return {
    type: "act.ready",
    data: {
      ...toActFields(act),
      number: act.document.number,
      date: act.document.date,
      period: act.period,
      amount: formatMoney(act.amount),
      vatAmount: formatMoney(computeIncludedVat(act.amount, act.vat)),
      counterparty: { inn: act.contractor.inn, ref: act.counterparty.ref, created: act.counterparty.created },
      ...(act.warnings === undefined ? {} : { warnings: [...act.warnings] }),
      pdf: toPdf(form, link),
    },
  };
}

/** `act.problem`: a problem stands in the act's way. */
export function createActProblemEvent(act: Act, problem: Problem): Outbound<"act.problem"> {
  const { code, message, resolver } = problem;
  const field = problem.field === null ? {} : { field: problem.field };
  const data = { ...toActFields(act), code, message, ...field, resolver, retrying: isRetried(code) };
  return { type: "act.problem", data };
}

/**
 * The event as the platform gets it. `act.problem` has only the standing sentence of its code: 1C's own words name other
 * people's cards and the insides of a base, and the platform shows the message to an agent.
 */
export function toPlatformEvent<E extends OutboundEvent | OperatorEvent>(event: E): E {
  if (event.type !== "act.problem") return event;
  return { ...event, data: { ...event.data, message: PROBLEMS[event.data.code].message } };
}

/** `act.problem_resolved` */
export function createActProblemResolvedEvent(act: Act, problem: Problem): Outbound<"act.problem_resolved"> {
  return { type: "act.problem_resolved", data: { ...toActFields(act), code: problem.code } };
}

/** `act.accepted` for the operator's address: which bytes were accepted, by whom and by what means. */
export function createActAcceptedEvent(act: Act, form: PrintedForm, facts: Acceptance): Operator<"act.accepted"> {
  const { acceptedAt, acceptedBy, pdfSha256 = null, evidence } = facts;
  return {
    type: "act.accepted",
    data: {
      ...toActFields(act),
      number: act.document?.number ?? null,
      date: act.document?.date ?? act.date,
      amount: formatMoney(act.amount),
      acceptedAt: new Date(acceptedAt).toISOString(),
      acceptedBy,
      form: { sha256: form.sha256, bytes: form.bytes },
      pdfSha256,
      ...(evidence === undefined ? {} : { evidence }),
    },
  };
}

/** `act.voided`: by the operator or in 1C. */
export function createActVoidedEvent(act: Act, reason: string): Outbound<"act.voided"> {
  return { type: "act.voided", data: { ...toActFields(act), reason } };
}

/** `payment_order.created` */
export function createPaymentOrderCreatedEvent(
  act: Act,
  { ref, number, date, link }: { ref: string; number: string; date: string; link?: DocumentLink },
): Outbound<"payment_order.created"> {
  const amount = formatMoney(act.amount);
  const { acceptedForm: form } = act;
  const accepted = form === undefined || link === undefined ? {} : { acceptedPdf: toPdf(form, link) };
  return { type: "payment_order.created", data: { ...toActFields(act), number, date, amount, ref, ...accepted } };
}

/** `payment.executed`; `executedAt` as 1C told it: an instant or a plain date. */
export function createPaymentExecutedEvent(act: Act, executedAt: string): Outbound<"payment.executed"> {
  return { type: "payment.executed", data: { ...toActFields(act), executedAt } };
}

/** `payment.rejected` */
export function createPaymentRejectedEvent(act: Act, reason: string): Outbound<"payment.rejected"> {
  return { type: "payment.rejected", data: { ...toActFields(act), reason } };
}
