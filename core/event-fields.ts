import * as v from "valibot";
import { isPlainDate, parseInstant } from "./date.ts";
import { PROBLEMS, type ProblemCode } from "./errors.ts";
import { cleanLine, hasRefusedCharacter } from "./text.ts";

/*
 * Fields of events as schemas. Inbound fields accept every spelling of the wire contract, outbound fields have one.
 * Bundlers drop unused schemas, so each schema is one call without side effects.
 */

/** True for a line without control and format characters. */
const isLine = (text: string): boolean => !hasRefusedCharacter(text);

/** An optional line: absent, null and blank mean «not given». */
// @__NO_SIDE_EFFECTS__
export function createOptionalTextSchema(limit: number, clean = cleanLine) {
  return v.optional(v.nullable(v.pipe(v.string(), v.transform(clean), v.check(isLine, "line"), v.maxLength(limit))));
}

/** A line of 1 to `limit` characters, cleaned by {@link cleanLine}; `joinLines` takes a text with line breaks. */
// @__NO_SIDE_EFFECTS__
export function createTextSchema(limit: number, clean = cleanLine) {
  return v.pipe(v.string(), v.transform(clean), v.minLength(1), v.check(isLine, "line"), v.maxLength(limit));
}

/** A link without user name and password, spelled as a browser spells links. */
function toPlainLink(text: string): string {
  const url = new URL(text);
  url.username = "";
  url.password = "";
  return url.href;
}

/** A contract's number without signs before the number: documents of 1C print «№» themselves. */
function dropNumberSign(text: string): string {
  return cleanLine(text).replace(/^(?:№\s*|#\s*|N[oº°]?\.?\s+)+/iu, "");
}

/** An instant from 1990 to 2099: no event of this trade is older or later. */
function isInstant(value: string): boolean {
  const at = parseInstant(value);
  return at !== null && at >= Date.UTC(1990, 0) && at < Date.UTC(2100, 0);
}

/** An identifier that the platform chose: visible, no control characters. */
export const identifierSchema = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(100),
  v.regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u),
);
/** An inbound instant. */
export const inboundInstantSchema = v.pipe(
  v.string(),
  v.check((value) => isInstant(value), "instant"),
  v.metadata({ description: "RFC 3339 instant with an offset", examples: ["2026-11-24T12:00:00+03:00"] }),
);
/** An inbound instant or day. */
export const inboundInstantOrDateSchema = v.pipe(
  v.string(),
  v.check((value) => isInstant(value) || (isPlainDate(value) && isInstant(`${value}T00:00:00Z`)), "instant"),
  v.metadata({ description: "RFC 3339 instant with an offset, or a plain date YYYY-MM-DD in the business time zone" }),
);
/** Inbound roubles as a decimal string: at most 12 digits and 2 decimals. */
export const inboundMoneySchema = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9]\d{0,11})(\.\d{1,2})?$/, "money"),
  v.metadata({ description: "Decimal string in roubles, at most two decimals", examples: ["15000.00"] }),
);
/** An inbound quantity as a decimal string. */
export const quantitySchema = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9]\d{0,8})(\.\d{1,3})?$/, "quantity"),
  v.metadata({ description: "Decimal string, at most three decimals", examples: ["1", "2.5"] }),
);
/** Reference of a document in 1C, in lower case after parsing. */
export const referenceSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, "uuid"),
  v.toLowerCase(),
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
  url: v.pipe(createTextSchema(1000), v.startsWith("https://"), v.url(), v.transform(toPlainLink)),
  number: createOptionalTextSchema(100, dropNumberSign),
  date: v.optional(v.nullable(v.pipe(v.string(), v.check(isPlainDate, "date")))),
});

/** `contractor.signatory` */
export const signatorySchema = v.object({
  position: createOptionalTextSchema(150),
  name: createTextSchema(150),
  basis: createOptionalTextSchema(250),
});

/** `contractor`: the agent's card at the platform. */
export const contractorSchema = v.object({
  id: identifierSchema,
  registeredAt: inboundInstantOrDateSchema,
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
  quantity: quantitySchema,
  unit: createTextSchema(25),
  price: inboundMoneySchema,
  amount: inboundMoneySchema,
});

/** Ways to know the person who accepts: `means` of the evidence. */
export const ACCEPTANCE_MEANS = ["password", "sms_code", "esia", "other"] as const;

/** `evidence.by`: the person who pressed the button, as the platform knows the person. */
export const acceptedBySchema = v.object({
  id: identifierSchema,
  name: createOptionalTextSchema(250),
  contact: createOptionalTextSchema(254),
});

/** `evidence.agreement`: the agreement that makes a simple electronic signature binding (63-ФЗ, articles 6 and 9). */
export const agreementSchema = v.object({
  url: v.pipe(createTextSchema(1000), v.startsWith("https://"), v.url(), v.transform(toPlainLink)),
  version: createOptionalTextSchema(100),
  date: v.optional(v.nullable(v.pipe(v.string(), v.check(isPlainDate, "date")))),
});

/** Longest kept text about a device; the rest is cut, because a browser and no person writes the text. */
const LONGEST_USER_AGENT = 500;

/** `evidence` of `act.accepted`: how the platform knows who accepted. `meansText` belongs to `other`. */
export const evidenceSchema = v.object({
  by: acceptedBySchema,
  means: v.picklist(ACCEPTANCE_MEANS),
  meansText: createOptionalTextSchema(250),
  ip: createOptionalTextSchema(100),
  userAgent: createOptionalTextSchema(LONGEST_USER_AGENT, (text) => cleanLine(text).slice(0, LONGEST_USER_AGENT)),
  agreement: agreementSchema,
  confirmedAt: v.optional(v.nullable(inboundInstantSchema)),
});

/** A day in the business time zone. */
export const dateSchema = v.pipe(v.string(), v.isoDate());
/** An outbound instant, RFC 3339. */
export const instantSchema = v.pipe(v.string(), v.isoTimestamp());
/** Outbound roubles as a decimal string with two decimals. */
export const moneySchema = v.pipe(v.string(), v.regex(/^\d+\.\d{2}$/), v.examples(["15000.00"]));
/** sha256 in hex. */
export const sha256Schema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** A printed form behind a signed, expiring address. */
export const pdfSchema = v.object({
  url: v.pipe(v.string(), v.url()),
  sha256: sha256Schema,
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
  expiresAt: instantSchema,
});
/** Identifier of an act, which is also its reference in 1C. */
export const actIdSchema = v.pipe(v.string(), v.uuid());
/** Period of the services, both days inclusive. */
export const periodSchema = v.object({ from: dateSchema, to: dateSchema });
/** Optional fields of the request that the relay left out: path, stable code and a Russian sentence. */
export const warningsSchema = v.array(v.object({ path: v.string(), code: v.string(), message: v.string() }));
/** Party to mend a problem. */
export const resolverSchema = v.picklist(["platform", "accountant", "operator", "nobody"]);
/** Code of a problem. */
export const problemCodeSchema = v.picklist(/* @__PURE__ */ Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]);
