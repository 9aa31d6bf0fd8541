import * as v from "valibot";
import {
  actIdSchema,
  dateSchema,
  instantSchema,
  moneySchema,
  periodSchema,
  problemCodeSchema,
  resolverSchema,
  sha256Schema,
} from "../answers.ts";

const subject = {
  actId: actIdSchema,
  payoutId: v.string(),
  revision: v.pipe(v.number(), v.integer(), v.minValue(1)),
};

/** Events out: the data of each webhook that the platform gets, by type. */
export const NOTICE_SCHEMAS = {
  "act.ready": v.object({
    ...subject,
    number: v.string(),
    date: dateSchema,
    period: periodSchema,
    amount: moneySchema,
    vatAmount: moneySchema,
    counterparty: v.object({ inn: v.string(), ref: v.string(), created: v.boolean() }),
    pdf: v.object({
      url: v.pipe(v.string(), v.url()),
      sha256: sha256Schema,
      bytes: v.pipe(v.number(), v.integer()),
      expiresAt: instantSchema,
    }),
  }),
  "act.problem": v.object({
    ...subject,
    code: problemCodeSchema,
    message: v.pipe(v.string(), v.description("For a person, in Russian")),
    field: v.optional(v.string()),
    resolver: resolverSchema,
    retrying: v.boolean(),
  }),
  "act.problem_resolved": v.object({ ...subject, code: problemCodeSchema }),
  "act.voided": v.object({ ...subject, reason: v.string() }),
  "payment_order.created": v.object({
    ...subject,
    number: v.string(),
    date: dateSchema,
    amount: moneySchema,
    ref: v.string(),
  }),
  "payment.executed": v.object({
    ...subject,
    executedAt: v.pipe(v.string(), v.description("An instant or a plain date, as 1C told it")),
  }),
  "payment.rejected": v.object({ ...subject, reason: v.string() }),
} as const;
