import type { Context, Hono } from "hono";
import type * as v from "valibot";
import type { RequestCode } from "../../core/errors.ts";
import type { Access } from "./access.ts";
import type { AnswerName, AnswerOf } from "./answers.ts";
import type { HttpContext } from "./context.ts";
import { type InputSchema, type Parsed, readJsonBody, readQuery } from "./input.ts";

/** An answer with some status: the meaning, and a named schema or the media type of the body. */
interface Answer<Name extends AnswerName> {
  readonly description: string;
  readonly schema?: Name;
  readonly media?: string;
}

/** One operation of the server: the source of a route and of a part of the OpenAPI document. */
export interface Operation {
  readonly method: "get" | "post";
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly query?: InputSchema;
  readonly body?: InputSchema;
  /** Source whose events the body holds. */
  readonly events?: "platform" | "onec";
  /** Media types of a body without a schema in the document. */
  readonly media?: readonly string[];
  readonly answers: Readonly<Record<number, Answer<AnswerName>>>;
  /** Refusals of the handler; access, query and body add their own. */
  readonly problems?: readonly RequestCode[];
  /** Checks the access, parses the input, and answers. Throws {@link RequestError}. */
  respond(c: Context, context: HttpContext): Promise<Response>;
}

type ParamNames<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | ParamNames<Rest> : never;
type NoInput = v.StrictObjectSchema<Record<never, never>, undefined>;

/** A request after all checks. */
interface Input<Path, Granted, Query extends InputSchema, Body extends InputSchema> {
  readonly params: Readonly<Record<ParamNames<Path>, string>>;
  readonly query: Parsed<Query>;
  readonly body: Parsed<Body>;
  /** Result of the access check. */
  readonly granted: Granted;
  readonly c: Context;
}

/** An operation in a route file: the description and the handler. */
interface OperationSpec<Path, Granted, Query extends InputSchema, Body extends InputSchema, Name extends AnswerName>
  extends Omit<Operation, "respond"> {
  readonly path: Path & string;
  readonly access: Access<Granted>;
  readonly query?: Query;
  readonly body?: Body;
  readonly answers: Readonly<Record<number, Answer<Name>>>;
  /** Returns the JSON of a named schema among `answers`, or a whole response. `c.status` sets a status other than 200. */
  handle(input: Input<Path, Granted, Query, Body>, context: HttpContext): Result<Name> | Promise<Result<Name>>;
}

type Result<Name extends AnswerName> = AnswerOf<Name> | Response;

/** Makes an operation from one object. Types of the input and of the answer come from the schemas of the object. */
export function defineOperation<
  Path extends string,
  Granted,
  Query extends InputSchema = NoInput,
  Body extends InputSchema = NoInput,
  Name extends AnswerName = never,
>(spec: OperationSpec<Path, Granted, Query, Body, Name>): Operation {
  return {
    ...spec,
    async respond(c, context) {
      const granted = await spec.access.check(c, context);
      const query = spec.query === undefined ? {} : readQuery(c.req.raw, spec.query);
      const body = spec.body === undefined ? {} : await readJsonBody(c.req.raw, spec.body, context.maxBodyBytes);
      const input = { c, granted, query, body, params: c.req.param() };
      const answer = await spec.handle(input as Input<Path, Granted, Query, Body>, context);
      return answer instanceof Response ? answer : c.json(answer);
    },
  };
}

/** Adds a route for every operation. */
export function mountOperations(app: Hono, operations: readonly Operation[], context: HttpContext): void {
  for (const operation of operations) {
    const path = operation.path.replace(/\{(\w+)\}/g, ":$1");
    app.on(operation.method, path, (c) => operation.respond(c, context));
  }
}
