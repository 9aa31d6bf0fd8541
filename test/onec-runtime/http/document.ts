import { readFileSync } from "node:fs";
import { toJsonSchemaDefs } from "@valibot/to-json-schema";
import type * as v from "valibot";
import * as protocol from "../../../adapters/onec-http/protocol.ts";
import * as values from "../../../adapters/onec-http/protocol-values.ts";

type Json = Record<string, unknown>;

const SOURCE = new URL("../../../adapters/onec-http/protocol.ts", import.meta.url);
const CONFIG = { target: "draft-2020-12", typeMode: "input", errorMode: "ignore" } as const;

/** Schemas that have a name of their own in the document. */
const NAMED: Readonly<Record<string, v.GenericSchema>> = {
  BankAccount: values.bankAccountSchema,
  Signatory: values.signatorySchema,
  Contractor: values.contractorSchema,
  Line: values.lineSchema,
  Period: values.periodSchema,
  Organization: values.organizationSchema,
  Document: values.documentSchema,
  Order: values.orderStateSchema,
  CheckLine: values.checkLineSchema,
  Settings: protocol.settingsSchema,
  Request: protocol.requestSchema,
  Answer: protocol.answerSchema,
  Refusal: protocol.refusalSchema,
  ClaimRequest: protocol.claimRequestSchema,
  ClaimAnswer: protocol.claimAnswerSchema,
  ResultAnswer: protocol.resultAnswerSchema,
};

/** The protocol as an OpenAPI 3.1 document: schemas from the code, words from its comments. */
export function protocolDocument(): Json {
  const source = readFileSync(SOURCE, "utf8");
  const operations = Object.entries(protocol.OPERATIONS);
  const messages = Object.fromEntries(
    operations.flatMap(([name, { params, result }]): [string, v.GenericSchema][] => [
      [`${name}.params`, params],
      [`${name}.result`, result],
    ]),
  );
  const schemas = toJsonSchemaDefs(
    { ...NAMED, ...messages },
    { ...CONFIG, overrideRef: ({ referenceId }) => ref(referenceId) },
  );
  return {
    openapi: "3.1.0",
    info: {
      title: "onec-relay and its 1C extension",
      version: String(protocol.PROTOCOL_VERSION),
      description: wordsBefore(source, /\/\*\n \* The protocol between/, "/*"),
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "https://1c.example.com/base", description: "ONEC_URL: the infobase" }],
    security: [{ basic: [], signature: [] }],
    paths: {
      ...Object.fromEntries(
        operations.map(([name]) => [protocol.SERVICE_PATH + name, { post: operation(source, name) }]),
      ),
      ...pullPaths(source),
    },
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, { ...schema }])),
      securitySchemes: {
        basic: { type: "http", scheme: "basic", description: "A user of the infobase, in UTF-8" },
        signature: { type: "apiKey", in: "header", name: "webhook-signature", description: "Standard Webhooks" },
      },
    },
  };
}

function ref(name: string): string {
  return `#/components/schemas/${name}`;
}

function operation(source: string, name: string): Json {
  const answers = [
    message("Answer", { ok: { const: true }, result: { $ref: ref(`${name}.result`) } }),
    { $ref: ref("Answer") },
  ];
  const pdf = name === "act-form" ? { "application/pdf": { schema: {} } } : {};
  return {
    operationId: name,
    description: commentOf(source, camel(name)),
    requestBody: body(message("Request", { params: { $ref: ref(`${name}.params`) } })),
    responses: {
      200: {
        description: "Signed: the result, or a refusal",
        content: { ...pdf, "application/json": { schema: { anyOf: answers } } },
      },
      400: {
        description: "Unsigned: not taken",
        content: { "application/json": { schema: { $ref: ref("Refusal") } } },
      },
    },
  };
}

function pullPaths(source: string): Json {
  const servers = [{ url: "https://relay.example.com", description: "PUBLIC_URL: the relay" }];
  const security = [{ signature: [] }];
  const answer = (name: string) => ({
    200: { description: "Signed", content: { "application/json": { schema: { $ref: ref(name) } } } },
  });
  const id = { name: "id", in: "path", required: true, schema: { type: "string" } };
  const result = { "application/json": { schema: { $ref: ref("Answer") } }, "application/pdf": { schema: {} } };
  return {
    "/onec/commands/claim": {
      servers,
      post: {
        operationId: "claim",
        description: [commentOf(source, "claimRequestSchema"), commentOf(source, "claimAnswerSchema")].join("\n"),
        security,
        requestBody: body({ $ref: ref("ClaimRequest") }),
        responses: answer("ClaimAnswer"),
      },
    },
    "/onec/commands/{id}/result": {
      servers,
      parameters: [id],
      post: {
        operationId: "result",
        description: commentOf(source, "resultAnswerSchema"),
        security,
        requestBody: { required: true, content: result },
        responses: answer("ResultAnswer"),
      },
    },
  };
}

function message(base: string, properties: Json): Json {
  return { allOf: [{ $ref: ref(base) }, { type: "object", properties }] };
}

function body(schema: Json): Json {
  return { required: true, content: { "application/json": { schema } } };
}

function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The comment of an exported name. */
function commentOf(source: string, name: string): string {
  return wordsBefore(source, new RegExp(`\\*/\\nexport const ${name} = `), "/**");
}

/** The words of the comment that ends, or begins, where the pattern fits. */
function wordsBefore(source: string, pattern: RegExp, opening: "/*" | "/**"): string {
  const at = source.search(pattern);
  if (at < 0) throw new Error(`The protocol has no comment at ${pattern}`);
  const from = source.lastIndexOf(opening, at) + opening.length;
  const lines = source.slice(from, source.indexOf("*/", from)).split("\n");
  return lines
    .map((line) =>
      line
        .replace(/^ ?\*? ?/, "")
        .replace(/\{@link (\w+)\}/g, "$1")
        .trimEnd(),
    )
    .join("\n")
    .trim();
}
