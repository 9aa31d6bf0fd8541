import type { Context, MiddlewareHandler } from "hono";
import { timingSafeEqual } from "../../core/base64.ts";
import { type RequestCode, RequestError } from "../../core/errors.ts";
import type { HttpContext, Tokens } from "./context.ts";

/** The check in front of an operation. The operation gets the result of the check as `granted`. */
export interface Access<Granted = unknown> {
  readonly name: "open" | "link" | "signature" | "read" | "write";
  /** Refusals of the check, for the OpenAPI document. */
  readonly problems: readonly RequestCode[];
  /** Throws {@link RequestError} with a code from `problems`. */
  check(c: Context, context: HttpContext): Promise<Granted>;
}

/** Access for everybody. */
export const OPEN: Access<void> = { name: "open", problems: [], check: async () => undefined };

/** Access with either token of the API. */
export const READ: Access<void> = {
  name: "read",
  problems: ["unauthorized"],
  check: (c, { checkToken }) => checkToken(c, "read"),
};

/** Access with the token that may do everything. */
export const WRITE: Access<void> = {
  name: "write",
  problems: ["unauthorized", "forbidden"],
  check: (c, { checkToken }) => checkToken(c, "write"),
};

/** Access with a signature, without the check: keys and limit of the body depend on the operation. */
export const SIGNATURE: Omit<Access, "check"> = {
  name: "signature",
  problems: ["malformed", "signature_invalid", "timestamp_out_of_tolerance", "body_too_large"],
};

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
const READING = ["GET", "HEAD"];

/** Makes the check of bearer tokens, with both tokens hashed once. */
export function createTokenCheck(tokens: Tokens): HttpContext["checkToken"] {
  const hashes = Promise.all([hashToken(tokens.write), hashToken(tokens.read)]);
  return async (c, needed) => {
    const [write, read] = await hashes;
    const [, given = ""] = BEARER.exec(c.req.header("authorization") ?? "") ?? [];
    const digest = await hashToken(given);
    // Both comparisons always run, over hashes of one length: the time tells nothing of the tokens.
    const writes = isSameDigest(digest, write);
    const reads = isSameDigest(digest, read);
    if (!writes && !reads)
      throw new RequestError("unauthorized", "Нужен заголовок Authorization: Bearer с верным ключом");
    if (!writes && needed === "write") throw new RequestError("forbidden", "Этот ключ даёт только чтение");
  };
}

/** Asks for a token where no operation answered: a stranger does not learn which addresses exist. */
export function requireToken({ checkToken }: HttpContext): MiddlewareHandler {
  return async (c, next) => {
    await checkToken(c, READING.includes(c.req.method) ? "read" : "write");
    await next();
  };
}

async function hashToken(token: string | null): Promise<Uint8Array | null> {
  if (token === null || token === "") return null;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
}

function isSameDigest(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a !== null && b !== null && timingSafeEqual(a, b);
}
