import { createHash, type Hash } from "node:crypto";
import type { Digest } from "../../core/ids.ts";

/** Hash states after a constant prefix: a printed form of 48 KB costs only the hash of the tail. */
const prefixHashes = new WeakMap<Uint8Array, Hash>();

/** Computes a digest on the calling thread: for an event of a kilobyte another thread costs more than the digest. */
export const computeNodeDigest: Digest = (algorithm, bytes, prefix) => {
  const name = algorithm.replace("-", "");
  if (prefix === undefined) return createHash(name).update(bytes).digest();
  let start = prefixHashes.get(prefix);
  if (start === undefined) {
    start = createHash(name).update(prefix);
    prefixHashes.set(prefix, start);
  }
  return start.copy().update(bytes).digest();
};
