import type { MiddlewareHandler } from "hono";
import { timingSafeEqual } from "../../core/base64.ts";
import { RequestError } from "../../core/errors.ts";

/** Tokens of the API. `write` may do everything, `read` only look; null or empty: nobody has it. */
export interface Tokens {
  readonly write: string | null;
  readonly read: string | null;
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i;
const READING = ["GET", "HEAD"];

/** Lets in who carries a token; throws `unauthorized`, or `forbidden` where the token may only read. */
export function requireToken(tokens: Tokens): MiddlewareHandler {
  const kept = Promise.all([hashToken(tokens.write), hashToken(tokens.read)]);
  return async (c, next) => {
    const [write, read] = await kept;
    const [, given = ""] = BEARER.exec(c.req.header("authorization") ?? "") ?? [];
    const digest = await hashToken(given);
    // Both are compared whatever the outcome; hashes have one length, so the time tells nothing of the tokens.
    const writes = isSameDigest(digest, write);
    const reads = isSameDigest(digest, read);
    if (!writes && !reads)
      throw new RequestError("unauthorized", "Нужен заголовок Authorization: Bearer с верным ключом");
    if (!writes && !READING.includes(c.req.method)) {
      throw new RequestError("forbidden", "Этот ключ даёт только чтение");
    }
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
