import * as v from "valibot";
import { isPlainDate, parseInstant } from "./date.ts";
import { VAT_RATES } from "./money.ts";

/*
 * The events of the wire contract as schemas: shapes, lengths and formats. What depends on settings, on several fields
 * at once or on check digits is in `inbound.ts`. The OpenAPI page is made from these same schemas.
 */

/** A text that may be missing, null or blank: all three mean «not given». */
function createOptionalTextSchema(limit: number) {
  return v.optional(v.nullable(v.pipe(v.string(), v.trim(), v.maxLength(limit))));
}

function createTextSchema(limit: number) {
  return v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(limit));
}

/** An instant within living memory: nothing of this trade happened before 1990 or is dated after 2100. */
function isInstant(value: string): boolean {
  const at = parseInstant(value);
  return at !== null && at >= Date.UTC(1990, 0) && at < Date.UTC(2100, 0);
}

/** Identifier of the platform's: visible, no control characters. */
const identifier = v.pipe(createTextSchema(100), v.regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u));
const instant = v.pipe(
  v.string(),
  v.check((value) => isInstant(value), "instant"),
  v.metadata({ description: "RFC 3339 instant with an offset", examples: ["2026-11-24T12:00:00+03:00"] }),
);
const instantOrDate = v.pipe(
  v.string(),
  v.check((value) => isInstant(value) || (isPlainDate(value) && isInstant(`${value}T00:00:00Z`)), "instant"),
  v.metadata({ description: "RFC 3339 instant with an offset, or a plain date YYYY-MM-DD in the business time zone" }),
);
/** Roubles as a decimal string: at most 12 digits and 2 decimals. */
const money = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9]\d{0,11})(\.\d{1,2})?$/, "money"),
  v.metadata({ description: "Decimal string in roubles, at most two decimals", examples: ["15000.00"] }),
);
const quantity = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9]\d{0,8})(\.\d{1,3})?$/, "quantity"),
  v.metadata({ description: "Decimal string, at most three decimals", examples: ["1", "2.5"] }),
);

/** `contractor.bankAccount` */
export const bankAccountSchema = v.object({
  number: createTextSchema(34),
  bic: createTextSchema(9),
  bankName: createOptionalTextSchema(250),
  corrAccount: createOptionalTextSchema(34),
});

/** `contractor.contract` */
export const contractSchema = v.object({
  url: v.pipe(createTextSchema(1000), v.startsWith("https://"), v.url()),
  number: createOptionalTextSchema(100),
  date: v.optional(v.nullable(v.pipe(v.string(), v.check(isPlainDate, "date")))),
});

/** `contractor.signatory` */
export const signatorySchema = v.object({
  position: createOptionalTextSchema(150),
  name: createTextSchema(150),
  basis: createOptionalTextSchema(250),
});

/** `contractor`: an agent as the platform knows it. */
export const contractorSchema = v.object({
  id: identifier,
  registeredAt: instantOrDate,
  name: createTextSchema(250),
  inn: createTextSchema(12),
  bankAccount: bankAccountSchema,
  kind: v.optional(v.nullable(v.picklist(["company", "entrepreneur", "self_employed", "individual"]))),
  fullName: createOptionalTextSchema(1000),
  kpp: createOptionalTextSchema(9),
  ogrn: createOptionalTextSchema(15),
  legalAddress: createOptionalTextSchema(500),
  phone: createOptionalTextSchema(50),
  email: createOptionalTextSchema(254),
  contract: v.optional(v.nullable(contractSchema)),
  signatory: v.optional(v.nullable(signatorySchema)),
});

/** A line of `services`. */
export const serviceSchema = v.object({
  name: createTextSchema(1000),
  quantity,
  unit: createTextSchema(25),
  price: money,
  amount: money,
});

/** Data of `act.requested`. */
export const actRequestedSchema = v.object({
  payoutId: identifier,
  revision: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))), 1),
  requestedAt: instant,
  amount: money,
  vat: v.optional(v.nullable(v.picklist(VAT_RATES)), "none"),
  contractor: contractorSchema,
  services: v.optional(v.nullable(v.pipe(v.array(serviceSchema), v.maxLength(500)))),
});

/** Data of `act.accepted`. */
export const actAcceptedSchema = v.object({
  payoutId: identifier,
  acceptedAt: instant,
  acceptedBy: createOptionalTextSchema(250),
  pdfSha256: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{64}$/, "sha256")))),
});

/** Data of `act.declined`. */
export const actDeclinedSchema = v.object({
  payoutId: identifier,
  declinedAt: instant,
  reason: createTextSchema(1000),
});

/** Data of `contractor.updated`. */
export const contractorUpdatedSchema = v.object({ contractor: contractorSchema });

const reference = v.pipe(
  v.string(),
  v.regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, "uuid"),
  v.toLowerCase(),
);

/** Data of 1C's `payment.executed`. */
export const paymentExecutedSchema = v.object({
  paymentOrderRef: reference,
  executedAt: instantOrDate,
  bankReference: createOptionalTextSchema(100),
});

/** Data of 1C's `payment.rejected`. */
export const paymentRejectedSchema = v.object({ paymentOrderRef: reference, reason: createTextSchema(1000) });

/** Data of 1C's `act.voided`. */
export const actVoidedSchema = v.object({ actRef: reference, reason: createOptionalTextSchema(1000) });

/** Data of 1C's `act.changed`. */
export const actChangedSchema = v.object({ actRef: reference });

/** Envelope of every event. */
export const envelopeSchema = v.object({
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  timestamp: instant,
  data: v.looseObject({}),
});

/** Events the platform may send. */
export const PLATFORM_EVENTS = {
  "act.requested": actRequestedSchema,
  "act.accepted": actAcceptedSchema,
  "act.declined": actDeclinedSchema,
  "contractor.updated": contractorUpdatedSchema,
} as const;

/** Events 1C may send. */
export const ONEC_EVENTS = {
  "payment.executed": paymentExecutedSchema,
  "payment.rejected": paymentRejectedSchema,
  "act.voided": actVoidedSchema,
  "act.changed": actChangedSchema,
} as const;
