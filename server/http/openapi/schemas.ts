import { toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import * as v from "valibot";
import {
  bankAccountSchema,
  contractorSchema,
  contractSchema,
  serviceSchema,
  signatorySchema,
} from "../../../core/event-fields.ts";
import { ONEC_EVENTS, OUTBOUND_EVENTS, PLATFORM_EVENTS } from "../../../core/events.ts";
import { ANSWERS } from "../answers.ts";
import { REQUEST_PROBLEMS } from "../problem.ts";

/** An object of the document: a JSON Schema, a parameter or an answer. */
export type Json = { readonly [member: string]: unknown };

/** An OpenAPI 3.1 document with the members that the server fills. */
export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: Json;
  readonly security: readonly Json[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly webhooks: Readonly<Record<string, { readonly post: Json }>>;
  readonly components: Readonly<Record<string, Json>>;
}

const codes = Object.keys(REQUEST_PROBLEMS) as [keyof typeof REQUEST_PROBLEMS, ...(keyof typeof REQUEST_PROBLEMS)[]];

const issueSchema = v.object({
  path: v.pipe(v.string(), v.description("Path into the body, with dots")),
  code: v.string(),
  message: v.pipe(v.string(), v.description("A sentence in Russian")),
});

/** A problem document (RFC 9457). */
export const problemDocumentSchema = v.object({
  type: v.pipe(v.string(), v.description("Where the code is explained")),
  title: v.string(),
  status: v.pipe(v.number(), v.integer()),
  detail: v.pipe(v.string(), v.description("For a person")),
  code: v.picklist(codes),
  errors: v.optional(v.array(issueSchema)),
  actStatus: v.optional(v.pipe(v.string(), v.description("Status of the act, for state_conflict"))),
});

const NAMED = {
  Contractor: contractorSchema,
  BankAccount: bankAccountSchema,
  Contract: contractSchema,
  Signatory: signatorySchema,
  ServiceLine: serviceSchema,
  ...ANSWERS,
  Problem: problemDocumentSchema,
  Issue: issueSchema,
} as const;

const CONFIG = {
  target: "draft-2020-12",
  typeMode: "input",
  // JSON Schema cannot express check digits and calendar days: the descriptions name these checks.
  errorMode: "ignore",
} as const;

/** Names the schema of an event's data: `in.act.requested` for an inbound `act.requested`. */
export function toEventName(direction: "in" | "out", type: string): string {
  return `${direction}.${type}`;
}

/** Makes every schema of the document, by name. */
export function createComponentSchemas(): Record<string, Json> {
  const events = Object.fromEntries([
    ...Object.entries({ ...PLATFORM_EVENTS, ...ONEC_EVENTS }).map(([type, schema]) => [
      toEventName("in", type),
      schema,
    ]),
    ...Object.entries(OUTBOUND_EVENTS).map(([type, schema]) => [toEventName("out", type), schema]),
  ]) as Record<string, v.GenericSchema>;
  const definitions = { ...NAMED, ...events };
  const schemas = toJsonSchemaDefs(definitions, {
    ...CONFIG,
    overrideRef: ({ referenceId }) => createReference(referenceId),
  });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, { ...schema }]));
}

/** Makes a schema in place. `output` shows the type after parsing: a parameter comes as text and may be a number. */
export function createInlineSchema(schema: v.GenericSchema, typeMode: "input" | "output" = "input"): Json {
  const { $schema: _, ...rest } = toJsonSchema(schema, { ...CONFIG, typeMode }) as Json;
  return rest;
}

/** Gives the address of a named schema. */
export function createReference(name: string): string {
  return `#/components/schemas/${name}`;
}
