import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createLinks } from "../../../server/http/links.ts";

const ACT = "0193a000-0000-5000-8000-000000000001";
const SHA = "a".repeat(64);
const NOW = Date.UTC(2026, 10, 24, 9, 0, 0, 500);

function links(secrets: string[], publicUrl = "https://relay.example", now = () => NOW) {
  return createLinks({ secrets, publicUrl, ttlDays: 90, clock: now });
}

function parts(url: string) {
  const { searchParams } = new URL(url);
  return { actId: ACT, sha256: SHA, expires: searchParams.get("expires")!, signature: searchParams.get("signature")! };
}

describe("createLinks", () => {
  it("signs HMAC-SHA256 over act, hash and expiry, in base64url", async () => {
    const { url, expiresAt } = await links(["тайна"]).sign(ACT, SHA);
    const expires = Math.floor(NOW / 1000) + 90 * 86_400;
    const signature = createHmac("sha256", "тайна").update(`${ACT}.${SHA}.${expires}`).digest("base64url");
    expect(url).toBe(`https://relay.example/documents/${ACT}.pdf?expires=${expires}&signature=${signature}`);
    expect(expiresAt).toBe(expires * 1000);
  });

  it.each(["https://relay.example/", "https://relay.example///"])("keeps no slash too many of %s", async (base) => {
    expect((await links(["s"], base).sign(ACT, SHA)).url).toContain("https://relay.example/documents/");
  });

  it("keeps the path of a server below the root", async () => {
    const { url } = await links(["s"], "https://x.example/relay").sign(ACT, SHA);
    expect(url).toContain("https://x.example/relay/documents/");
  });

  it("verifies a signature of any secret of the server, and nothing else", async () => {
    const signed = parts((await links(["old"]).sign(ACT, SHA)).url);
    expect(await links(["new", "old"]).check(signed)).toBe("ok");
    expect(await links(["old", "new"]).check(signed)).toBe("ok");
    expect(await links(["new"]).check(signed)).toBe("invalid");
    expect(await links(["old"]).check({ ...signed, sha256: "b".repeat(64) })).toBe("invalid");
    expect(await links(["old"]).check({ ...signed, actId: ACT.replace("1", "2") })).toBe("invalid");
  });

  it("reports expired only for our own links", async () => {
    let now = NOW;
    const kept = links(["s"], "https://relay.example", () => now);
    const signed = parts((await kept.sign(ACT, SHA)).url);
    now += 90 * 86_400_000;
    expect(await kept.check(signed)).toBe("expired");
    expect(await kept.check({ ...signed, signature: "A".repeat(43) })).toBe("invalid");
  });

  it.each([[[]], [[""]], [["a", ""]]])("refuses the secrets %j", (secrets) => {
    expect(() => links(secrets)).toThrow(expect.objectContaining({ code: "setting_invalid" }));
  });
});
