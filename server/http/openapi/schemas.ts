import { toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import * as v from "valibot";
import {
  bankAccountSchema,
  contractorSchema,
  contractSchema,
  periodSchema,
  serviceSchema,
  signatorySchema,
} from "../../../core/event-fields.ts";
import { ONEC_EVENTS, OUTBOUND_EVENTS, PLATFORM_EVENTS } from "../../../core/events.ts";
import {
  actDetailsSchema,
  actSchema,
  attemptSchema,
  contractorViewSchema,
  createPageSchema,
  endpointSchema,
  eventSchema,
  inboxEntrySchema,
  messageDetailsSchema,
  messageSchema,
  problemSchema,
  readySchema,
  receivedSchema,
} from "../answers.ts";
import { REQUEST_PROBLEMS } from "../problem.ts";

/** A JSON Schema as the document holds it. */
export type Json = { readonly [member: string]: unknown };

const codes = Object.keys(REQUEST_PROBLEMS) as [keyof typeof REQUEST_PROBLEMS, ...(keyof typeof REQUEST_PROBLEMS)[]];

const issueSchema = v.object({
  path: v.pipe(v.string(), v.description("Path into the body, with dots")),
  code: v.string(),
  message: v.pipe(v.string(), v.description("A sentence in Russian")),
});

/** RFC 9457 */
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
  Problem: problemDocumentSchema,
  Issue: issueSchema,
} as const;

const CONFIG = {
  target: "draft-2020-12",
  typeMode: "input",
  // Checks that JSON Schema cannot say (check digits, calendar days) are in the descriptions.
  errorMode: "ignore",
} as const;

/** Name of the schema of an event's data: `act.requested` in is `in.act.requested`. */
export function eventName(direction: "in" | "out", type: string): string {
  return `${direction}.${type}`;
}

/** Every schema of the document, by name. */
export function componentSchemas(): Record<string, Json> {
  const events = Object.fromEntries([
    ...Object.entries({ ...PLATFORM_EVENTS, ...ONEC_EVENTS }).map(([type, schema]) => [eventName("in", type), schema]),
    ...Object.entries(OUTBOUND_EVENTS).map(([type, schema]) => [eventName("out", type), schema]),
  ]) as Record<string, v.GenericSchema>;
  const definitions = { ...NAMED, ...events };
  const schemas = toJsonSchemaDefs(definitions, {
    ...CONFIG,
    overrideRef: ({ referenceId }) => reference(referenceId),
  });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, { ...schema }]));
}

/** A schema in place: of a body as it is sent, of a parameter as it is understood (a number, though it comes as text). */
export function inlineSchema(schema: v.GenericSchema, typeMode: "input" | "output" = "input"): Json {
  const { $schema: _, ...rest } = toJsonSchema(schema, { ...CONFIG, typeMode }) as Json;
  return rest;
}

/** Where a named schema is. */
export function reference(name: string): string {
  return `#/components/schemas/${name}`;
}
