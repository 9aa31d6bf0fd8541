import { createHash, type Hash } from "node:crypto";
import type { Digest } from "../../core/ids.ts";

/** Hashes of constant prefixes, each begun once: a form of 48 KB costs the hash of its tail alone. */
const begun = new WeakMap<Uint8Array, Hash>();

/** Digests on the thread that asks: for an event of a kilobyte, handing it to another one costs more than the digest. */
export const computeNodeDigest: Digest = (algorithm, bytes, prefix) => {
  const name = algorithm.replace("-", "");
  if (prefix === undefined) return createHash(name).update(bytes).digest();
  let start = begun.get(prefix);
  if (start === undefined) {
    start = createHash(name).update(prefix);
    begun.set(prefix, start);
  }
  return start.copy().update(bytes).digest();
};
