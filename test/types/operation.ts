import * as v from "valibot";
import { OPEN, READ } from "../../server/http/access.ts";
import { defineOperation } from "../../server/http/operation.ts";
import { type Equals, requireTrue } from "./equals.ts";

const part = { method: "get", id: "count", tag: "Operation", summary: "A number", access: OPEN } as const;
const answers = { 200: { description: "The number", schema: "Recovered" } } as const;

/** The schemas of an operation give the types of the input. */
export const typedInput = defineOperation({
  ...part,
  path: "/a/{one}/b/{two}",
  access: READ,
  query: v.strictObject({ n: v.pipe(v.string(), v.transform(Number)), text: v.optional(v.string()) }),
  body: v.strictObject({ yes: v.boolean() }),
  answers,
  handle: ({ params, query, body, granted }) => {
    requireTrue<Equals<typeof params, Readonly<Record<"one" | "two", string>>>>();
    requireTrue<Equals<typeof query, { n: number; text?: string }>>();
    requireTrue<Equals<typeof body, { yes: boolean }>>();
    requireTrue<Equals<typeof granted, void>>();
    return { requeued: query.n };
  },
});

const unknown = { 200: { description: "The number", schema: "No" } } as const;
const page = { 200: { description: "A page", media: "text/html" } } as const;

/** The schemas of an operation refuse every other input and answer. */
export const refused = [
  // @ts-expect-error: the path has no such parameter
  defineOperation({ ...part, path: "/a/{one}", answers, handle: ({ params }) => ({ requeued: Number(params.two) }) }),
  // @ts-expect-error: the operation has no query
  defineOperation({ ...part, path: "/a", answers, handle: ({ query }) => ({ requeued: Number(query.n) }) }),
  // @ts-expect-error: the schema wants a number
  defineOperation({ ...part, path: "/a", answers, handle: () => ({ requeued: "1" }) }),
  // @ts-expect-error: the schema wants a member
  defineOperation({ ...part, path: "/a", answers, handle: async () => ({}) }),
  // @ts-expect-error: no schema has this name
  defineOperation({ ...part, path: "/a", answers: unknown, handle: () => new Response() }),
  // @ts-expect-error: an answer without a schema is a response
  defineOperation({ ...part, path: "/a", answers: page, handle: () => ({ requeued: 1 }) }),
  // @ts-expect-error: no refusal has this code
  defineOperation({ ...part, path: "/a", answers, problems: ["no"], handle: () => ({ requeued: 1 }) }),
];
