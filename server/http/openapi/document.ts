import type * as v from "valibot";
import type { RequestCode } from "../../../core/errors.ts";
import { ONEC_EVENTS, OUTBOUND_EVENTS, PLATFORM_EVENTS } from "../../../core/events.ts";
import type { Access } from "../access.ts";
import type { Operation } from "../operation.ts";
import { REQUEST_PROBLEMS } from "../problem.ts";
import {
  createComponentSchemas,
  createInlineSchema,
  createReference,
  type Json,
  type OpenApi,
  toEventName,
} from "./schemas.ts";

const DESCRIPTION = [
  "A durable relay between a platform that pays its agents and the company's 1C.",
  "Money is a decimal string in roubles, an instant is RFC 3339, a day is YYYY-MM-DD in the business time zone.",
  "Events follow Standard Webhooks both ways: webhook-id, webhook-timestamp and webhook-signature, HMAC-SHA256 over",
  "`id.timestamp.body`. Only a 2xx claims a webhook-id; anything else may be sent again. Refusals are RFC 9457 problems.",
].join(" ");

const SECURITY: Readonly<Record<Access["name"], readonly Json[]>> = {
  open: [],
  link: [],
  signature: [{ webhookSignature: [] }],
  read: [{ token: [] }, { readToken: [] }],
  write: [{ token: [] }],
};

/** Refusals of a query: `malformed` is the refusal of a cursor. */
const QUERY_PROBLEMS = ["malformed", "validation_failed"] as const;
const BODY_PROBLEMS = ["malformed", "body_too_large", "validation_failed"] as const;

const SIGNED_AT = "When it was signed, Unix seconds; at most five minutes away";
const SIGNATURES = "`v1,` and base64 of HMAC-SHA256; several, separated by spaces";
const TEXT: Json = { type: "string" };

const HEADERS: Readonly<Record<string, Json>> = {
  WebhookId: describeParameter("header", "webhook-id", "Identifies the message: the same whenever it is sent again"),
  WebhookTimestamp: describeParameter("header", "webhook-timestamp", SIGNED_AT),
  WebhookSignature: describeParameter("header", "webhook-signature", SIGNATURES),
};
const SIGNATURE_HEADERS = Object.keys(HEADERS).map((name) => ({ $ref: `#/components/parameters/${name}` }));

const LINK_PARAMETERS = [
  describeParameter("query", "expires", "Unix seconds", { type: "string", pattern: "^[1-9]\\d{0,10}$" }),
  describeParameter("query", "signature", "Over the act, the form's sha256 and expires"),
];

const SECURITY_SCHEMES: Readonly<Record<string, Json>> = {
  token: { type: "http", scheme: "bearer", description: "API_TOKEN: may do everything" },
  readToken: { type: "http", scheme: "bearer", description: "API_READ_TOKEN: GET only" },
  webhookSignature: {
    type: "apiKey",
    in: "header",
    name: "webhook-signature",
    description: "Standard Webhooks, over the raw body",
  },
};

/** Makes the OpenAPI document of the server from the operations and the events. */
export function createOpenApi(operations: readonly Operation[], version: string): OpenApi {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operation) };
  }
  const webhooks = Object.keys(OUTBOUND_EVENTS).map((type) => [type, { post: describeOutboundEvent(type) }]);
  return {
    openapi: "3.1.0",
    info: { title: "onec-relay", version, description: DESCRIPTION, license: { name: "MIT", identifier: "MIT" } },
    security: [],
    tags: [...new Set(operations.map(({ tag }) => tag)), "Events out"].map((name) => ({ name })),
    paths,
    webhooks: Object.fromEntries(webhooks),
    components: {
      schemas: createComponentSchemas(),
      parameters: HEADERS,
      responses: { Problem: { description: "A problem (RFC 9457)", content: describeProblem() } },
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function describeOperation(operation: Operation): Json {
  const { access, path, query } = operation;
  const parameters = [
    ...(access.name === "signature" ? SIGNATURE_HEADERS : []),
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => describeParameter("path", name)),
    ...(access.name === "link" ? LINK_PARAMETERS : []),
    ...(query === undefined ? [] : listQueryParameters(query)),
  ];
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: operation.description,
    security: SECURITY[access.name],
    parameters: parameters.length === 0 ? undefined : parameters,
    requestBody: describeRequestBody(operation),
    responses: describeResponses(operation),
  };
}

function describeRequestBody({ events, media, body }: Operation): Json | undefined {
  if (events !== undefined) {
    const types = Object.keys(events === "platform" ? PLATFORM_EVENTS : ONEC_EVENTS);
    const schema = { oneOf: types.map((type) => describeEnvelope("in", type)) };
    return { required: true, content: { "application/json": { schema } } };
  }
  if (media !== undefined) {
    return { required: true, content: Object.fromEntries(media.map((type) => [type, { schema: {} }])) };
  }
  if (body === undefined) return undefined;
  const schema = createInlineSchema(body);
  const required = Array.isArray(schema.required) && schema.required.length > 0;
  return { required, content: { "application/json": { schema } } };
}

function describeEnvelope(direction: "in" | "out", type: string): Json {
  const seq = { type: "integer", description: "Number of the act's event: orders the webhooks of one act" };
  return {
    title: type,
    type: "object",
    properties: {
      type: { const: type },
      timestamp: { type: "string", format: "date-time" },
      ...(direction === "out" ? { seq } : {}),
      data: { $ref: createReference(toEventName(direction, type)) },
    },
    required: ["type", "timestamp", ...(direction === "out" ? ["seq"] : []), "data"],
  };
}

function describeResponses(operation: Operation): Json {
  const found = Object.entries(operation.answers).map(([status, { description, schema, media }]) => {
    const type = schema === undefined ? media : "application/json";
    const content = schema === undefined ? { schema: {} } : { schema: { $ref: createReference(schema) } };
    return [status, { description, ...(type === undefined ? {} : { content: { [type]: content } }) }];
  });
  const codes = new Set<RequestCode>([
    ...(operation.problems ?? []),
    ...(operation.query === undefined ? [] : QUERY_PROBLEMS),
    ...(operation.body === undefined ? [] : BODY_PROBLEMS),
    ...operation.access.problems,
    "internal",
  ]);
  const statuses = new Set([...codes].map((code) => REQUEST_PROBLEMS[code].status));
  const refused = [...statuses].map((status) => {
    const named = [...codes].filter((code) => REQUEST_PROBLEMS[code].status === status);
    return [status, { description: named.map((code) => `\`${code}\``).join(", "), content: describeProblem() }];
  });
  return Object.fromEntries([...found, ...refused]);
}

function describeProblem(): Json {
  return { "application/problem+json": { schema: { $ref: createReference("Problem") } } };
}

function describeOutboundEvent(type: string): Json {
  return {
    operationId: `send.${type}`,
    tags: ["Events out"],
    summary: `\`${type}\`, sent to the platform`,
    security: [{ webhookSignature: [] }],
    parameters: SIGNATURE_HEADERS,
    requestBody: { required: true, content: { "application/json": { schema: describeEnvelope("out", type) } } },
    responses: {
      "2XX": { description: "Taken; anything else is sent again for about three days" },
      "410": { description: "Send nothing more here" },
    },
  };
}

function describeParameter(place: string, name: string, description?: string, schema: Json = TEXT): Json {
  return { name, in: place, required: true, description, schema };
}

function listQueryParameters(query: NonNullable<Operation["query"]>): Json[] {
  return Object.entries(query.entries as Record<string, v.GenericSchema>).map(([name, schema]) => {
    const { description, default: byDefault, ...rest } = createInlineSchema(schema, "output");
    const initial = byDefault === undefined ? {} : { default: rest.type === "integer" ? Number(byDefault) : byDefault };
    const parameter = describeParameter("query", name, description as string | undefined, { ...rest, ...initial });
    return { ...parameter, required: schema.type !== "optional" };
  });
}
