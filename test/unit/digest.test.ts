import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hashWithWebCrypto, sha256Hex } from "../../core/ids.ts";
import { computeNodeDigest } from "../../server/node/digest.ts";

test("both digests agree with the bytes as a whole, and a prefix begun once serves again", async () => {
  const prefix = new TextEncoder().encode("%PDF-1.4 the same every time");
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Uint8Array.from(array));
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), async (tail, prefixed) => {
      const before = prefixed ? prefix : undefined;
      const whole = createHash("sha256")
        .update(prefixed ? Buffer.concat([prefix, tail]) : tail)
        .digest("hex");
      expect(await sha256Hex(tail, computeNodeDigest, before)).toBe(whole);
      expect(await sha256Hex(tail, hashWithWebCrypto, before)).toBe(whole);
    }),
  );
});
