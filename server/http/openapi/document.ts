import type * as v from "valibot";
import { ONEC_EVENTS, OUTBOUND_EVENTS, PLATFORM_EVENTS } from "../../../core/events.ts";
import { REQUEST_PROBLEMS } from "../problem.ts";
import type { Access, Operation } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { componentSchemas, eventName, inlineSchema, type Json, reference } from "./schemas.ts";

/** An OpenAPI 3.1 document, as far as we fill it. */
export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: Json;
  readonly security: readonly Json[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly webhooks: Readonly<Record<string, { readonly post: Json }>>;
  readonly components: Readonly<Record<string, Json>>;
}

const DESCRIPTION = [
  "A durable relay between a platform that pays its agents and the company's 1C.",
  "Money is a decimal string in roubles, an instant is RFC 3339, a day is YYYY-MM-DD in the business time zone.",
  "Events follow Standard Webhooks both ways: webhook-id, webhook-timestamp and webhook-signature, HMAC-SHA256 over",
  "`id.timestamp.body`. Only a 2xx claims a webhook-id; anything else may be sent again. Refusals are RFC 9457 problems.",
].join(" ");

const SECURITY: Readonly<Record<Access, readonly Json[]>> = {
  open: [],
  link: [],
  signature: [{ webhookSignature: [] }],
  read: [{ token: [] }, { readToken: [] }],
  write: [{ token: [] }],
};

const SIGNATURE_HEADERS = ["WebhookId", "WebhookTimestamp", "WebhookSignature"].map((name) => ({
  $ref: `#/components/parameters/${name}`,
}));

/** The OpenAPI document of this server, made from the schemas that its routes validate with. */
export function openApi(version: string): OpenApi {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(operation) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "onec-relay", version, description: DESCRIPTION, license: { name: "MIT", identifier: "MIT" } },
    security: [],
    tags: [...new Set(OPERATIONS.map(({ tag }) => tag)), "Events out"].map((name) => ({ name })),
    paths,
    webhooks: Object.fromEntries(Object.keys(OUTBOUND_EVENTS).map((type) => [type, { post: notice(type) }])),
    components: {
      schemas: componentSchemas(),
      parameters: headers(),
      responses: { Problem: { description: "A problem (RFC 9457)", content: problemContent() } },
      securitySchemes: securitySchemes(),
    },
  };
}

function described(operation: Operation): Json {
  const parameters = [
    ...(operation.access === "signature" ? SIGNATURE_HEADERS : []),
    ...pathParameters(operation.path),
    ...(operation.access === "link" ? linkParameters() : []),
    ...(operation.query === undefined ? [] : queryParameters(operation.query)),
  ];
  const body = requestBody(operation);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    security: SECURITY[operation.access],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : { requestBody: body }),
    responses: responses(operation),
  };
}

function requestBody(operation: Operation): Json | null {
  if (operation.events !== undefined) {
    const types = Object.keys(operation.events === "platform" ? PLATFORM_EVENTS : ONEC_EVENTS);
    const schema = { oneOf: types.map((type) => envelope("in", type)) };
    return { required: true, content: { "application/json": { schema } } };
  }
  if (operation.media !== undefined) {
    return { required: true, content: Object.fromEntries(operation.media.map((type) => [type, { schema: {} }])) };
  }
  if (operation.body === undefined) return null;
  const schema = inlineSchema(operation.body);
  const required = Array.isArray(schema.required) && schema.required.length > 0;
  return { required, content: { "application/json": { schema } } };
}

function envelope(direction: "in" | "out", type: string): Json {
  const seq = { type: "integer", description: "Number of the act's event: orders the webhooks of one act" };
  return {
    title: type,
    type: "object",
    properties: {
      type: { const: type },
      timestamp: { type: "string", format: "date-time" },
      ...(direction === "out" ? { seq } : {}),
      data: { $ref: reference(eventName(direction, type)) },
    },
    required: ["type", "timestamp", ...(direction === "out" ? ["seq"] : []), "data"],
  };
}

function responses(operation: Operation): Json {
  const found = Object.entries(operation.answers).map(([status, { description, schema, media }]) => {
    const type = schema === undefined ? media : "application/json";
    const content = schema === undefined ? { schema: {} } : { schema: { $ref: reference(schema) } };
    return [status, { description, ...(type === undefined ? {} : { content: { [type]: content } }) }];
  });
  const authorized = operation.access === "read" || operation.access === "write";
  const codes = [
    ...operation.problems,
    ...(authorized ? (["unauthorized"] as const) : []),
    ...(operation.access === "write" ? (["forbidden"] as const) : []),
    ...(["internal"] as const),
  ];
  const statuses = new Set(codes.map((code) => REQUEST_PROBLEMS[code].status));
  const refused = [...statuses].map((status) => {
    const named = codes.filter((code) => REQUEST_PROBLEMS[code].status === status);
    return [status, { description: named.map((code) => `\`${code}\``).join(", "), content: problemContent() }];
  });
  return Object.fromEntries([...found, ...refused]);
}

function problemContent(): Json {
  return { "application/problem+json": { schema: { $ref: reference("Problem") } } };
}

function notice(type: string): Json {
  return {
    operationId: `send.${type}`,
    tags: ["Events out"],
    summary: `\`${type}\`, sent to the platform`,
    security: [{ webhookSignature: [] }],
    parameters: SIGNATURE_HEADERS,
    requestBody: { required: true, content: { "application/json": { schema: envelope("out", type) } } },
    responses: {
      "2XX": { description: "Taken; anything else is sent again for about three days" },
      "410": { description: "Send nothing more here" },
    },
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function linkParameters(): Json[] {
  const expires = { description: "Unix seconds", schema: { type: "string", pattern: "^[1-9]\\d{0,10}$" } };
  const signature = { description: "Over the act, the form's sha256 and expires", schema: { type: "string" } };
  return [
    { name: "expires", in: "query", required: true, ...expires },
    { name: "signature", in: "query", required: true, ...signature },
  ];
}

function queryParameters(query: NonNullable<Operation["query"]>): Json[] {
  return Object.entries(query.entries as Record<string, v.GenericSchema>).map(([name, schema]) => {
    const { description, default: byDefault, ...rest } = inlineSchema(schema, "output");
    const required = schema.type !== "optional";
    const initial = byDefault === undefined ? {} : { default: rest.type === "integer" ? Number(byDefault) : byDefault };
    const told = description === undefined ? {} : { description };
    return { name, in: "query", required, ...told, schema: { ...rest, ...initial } };
  });
}

function headers(): Json {
  const header = (name: string, description: string) => ({
    name,
    in: "header",
    required: true,
    description,
    schema: { type: "string" },
  });
  return {
    WebhookId: header("webhook-id", "Identifies the message: the same whenever it is sent again"),
    WebhookTimestamp: header("webhook-timestamp", "When it was signed, Unix seconds; at most five minutes away"),
    WebhookSignature: header("webhook-signature", "`v1,` and base64 of HMAC-SHA256; several, separated by spaces"),
  };
}

function securitySchemes(): Json {
  return {
    token: { type: "http", scheme: "bearer", description: "API_TOKEN: may do everything" },
    readToken: { type: "http", scheme: "bearer", description: "API_READ_TOKEN: GET only" },
    webhookSignature: {
      type: "apiKey",
      in: "header",
      name: "webhook-signature",
      description: "Standard Webhooks, over the raw body",
    },
  };
}
