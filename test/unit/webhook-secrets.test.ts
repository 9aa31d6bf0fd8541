import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  createSecret,
  importSecrets,
  sign,
  verify,
  WebhookMessageError,
  WebhookSecretError,
} from "../../core/webhook.ts";

const OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const message = { id: "evt_1", timestamp: 1_700_000_000, body: new Uint8Array([1, 2, 3]) };
const now = message.timestamp * 1000;

function whsec(bytes: number): string {
  return `whsec_${Buffer.alloc(bytes, 0xa5).toString("base64")}`;
}

async function refusal(setting: string): Promise<WebhookSecretError> {
  const error: unknown = await importSecrets(setting).catch((caught: unknown) => caught);
  if (!(error instanceof WebhookSecretError)) throw new Error("the setting was accepted");
  return error;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("createSecret", () => {
  it("is 32 random bytes that importSecrets accepts", async () => {
    const secret = createSecret();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(createSecret()).not.toBe(secret);
    expect((await importSecrets(secret)).hmac).toHaveLength(1);
  });

  it("takes given bytes, exactly 32", () => {
    expect(createSecret(new Uint8Array(32))).toBe(`whsec_${"A".repeat(43)}=`);
    expect(() => createSecret(new Uint8Array(31))).toThrow(WebhookSecretError);
  });
});

describe("importSecrets", () => {
  it("imports each entry once, in order and not extractable", async () => {
    const keys = await importSecrets(` ${OLD} ,\t${PUBLIC},${NEW}\n`);
    expect(keys.hmac).toHaveLength(2);
    expect(keys.ed25519).toHaveLength(1);
    expect([...keys.hmac, ...keys.ed25519].map((key) => key.extractable)).toEqual([false, false, false]);
    const spy = vi.spyOn(crypto.subtle, "importKey");
    await verify({ headers: { ...(await sign({ ...message, keys })) }, body: message.body, keys, now });
    expect(spy).not.toHaveBeenCalled();
  });

  it.each([24, 25, 32, 64])("accepts %d bytes", async (bytes) => {
    expect((await importSecrets(whsec(bytes))).hmac).toHaveLength(1);
  });

  it.each([
    ["1 byte", whsec(1), "Secret 1 of 1 must hold 24 to 64 bytes"],
    ["23 bytes", whsec(23), "Secret 1 of 1 must hold 24 to 64 bytes"],
    ["65 bytes", whsec(65), "Secret 1 of 1 must hold 24 to 64 bytes"],
    ["no bytes", "whsec_", "Secret 1 of 1 must hold 24 to 64 bytes"],
    ["base64url", NEW.replace("+", "-"), "Secret 1 of 1 is not standard padded base64 after whsec_"],
    ["no padding", whsec(32).slice(0, -1), "Secret 1 of 1 is not standard padded base64 after whsec_"],
    ["spare bits", whsec(32).replace("U=", "V="), "Secret 1 of 1 is not standard padded base64 after whsec_"],
    ["inner space", `${OLD.slice(0, 20)} ${OLD.slice(20)}`, "Secret 1 of 1 is not standard padded base64 after whsec_"],
    ["second is bad", `${OLD},${OLD}=`, "Secret 2 of 2 is not standard padded base64 after whsec_"],
    ["nothing", "", "Secret 1 of 1 is empty"],
    ["trailing comma", `${OLD},`, "Secret 2 of 2 is empty"],
    ["no prefix", OLD.slice(6), "Secret 1 of 1 does not start with whsec_ or whpk_"],
    ["prefix in capitals", OLD.toUpperCase(), "Secret 1 of 1 does not start with whsec_ or whpk_"],
    [
      "private key",
      PUBLIC.replace("whpk", "whsk"),
      "Secret 1 of 1 is a private key, only the public one (whpk_) is needed",
    ],
    ["public key of 24 bytes", OLD.replace("whsec", "whpk"), "Secret 1 of 1 must hold 32 bytes"],
    ["public key unpadded", PUBLIC.slice(0, -1), "Secret 1 of 1 is not standard padded base64 after whpk_"],
    ["21 entries", Array(21).fill(OLD).join(), "More than 20 secrets"],
  ])("refuses %s", async (_name, setting, text) => {
    const error = await refusal(setting);
    expect(error.message).toBe(text);
    expect(error.code).toBe("secret_invalid");
    expect(error.name).toBe("WebhookSecretError");
  });

  it("reports a platform without Ed25519, and keeps the cause", async () => {
    const cause = new DOMException("Unrecognized algorithm name", "NotSupportedError");
    vi.spyOn(crypto.subtle, "importKey").mockRejectedValueOnce(cause);
    const error = await refusal(PUBLIC);
    expect(error.message).toBe("Secret 1 of 1 is not an Ed25519 key this platform can use");
    expect(error.cause).toBe(cause);
  });

  it("never shows a part of a secret", async () => {
    const material = fc
      .uint8Array({ minLength: 9, maxLength: 90 })
      .map((bytes) => Buffer.from(bytes).toString("base64"));
    const broken = fc.constantFrom(
      (text: string) => `whsec_${text} `.replace(/.$/, "!"),
      (text: string) => `whpk_${text}`,
      (text: string) => `whsk_${text}`,
      (text: string) => text,
      (text: string) => `whsec_${text},oops`,
    );
    await fc.assert(
      fc.asyncProperty(material, broken, async (text, spoil) => {
        fc.pre(Buffer.from(text, "base64").length !== 32);
        const error = await refusal(spoil(text));
        const shown = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
        for (let start = 0; start + 8 <= text.length; start += 1) {
          expect(shown).not.toContain(text.slice(start, start + 8));
        }
      }),
    );
  });
});

describe("sign", () => {
  it.each(["", "a.b", "a b", "a\n", "идентификатор", "x".repeat(257)])("refuses the id %j", async (id) => {
    const error: unknown = await sign({ ...message, id, keys: await importSecrets(OLD) }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(WebhookMessageError);
    expect(error).toMatchObject({ name: "WebhookMessageError", code: "message_invalid" });
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e21, 1_700_000_000_000])(
    "refuses the timestamp %d",
    async (timestamp) => {
      const keys = await importSecrets(OLD);
      await expect(sign({ ...message, timestamp, keys })).rejects.toThrow(WebhookMessageError);
    },
  );

  it("needs a secret: public keys alone only verify", async () => {
    const keys = await importSecrets(PUBLIC);
    await expect(sign({ ...message, keys })).rejects.toThrow("No whsec_ secret to sign with");
  });
});

describe("rotation", () => {
  async function delivered(from: string, to: string, all = false): Promise<boolean> {
    const headers = await sign({ ...message, keys: await importSecrets(from), all });
    return (await verify({ headers: { ...headers }, body: message.body, keys: await importSecrets(to), now })).ok;
  }

  it("begins with the receiver: the receiver knows both secrets, the sender either", async () => {
    expect(await delivered(OLD, `${NEW},${OLD}`)).toBe(true);
    expect(await delivered(NEW, `${NEW},${OLD}`)).toBe(true);
    expect(await delivered(NEW, OLD)).toBe(false);
  });

  it("begins with the sender: the sender signs with both secrets, the receiver knows either", async () => {
    expect(await delivered(`${NEW},${OLD}`, OLD, true)).toBe(true);
    expect(await delivered(`${NEW},${OLD}`, NEW, true)).toBe(true);
    expect(await delivered(`${NEW},${OLD}`, whsec(32), true)).toBe(false);
  });

  it("signs with the first secret alone by default", async () => {
    expect(await delivered(`${NEW},${OLD}`, NEW)).toBe(true);
    expect(await delivered(`${NEW},${OLD}`, OLD)).toBe(false);
    const keys = await importSecrets(`${PUBLIC},${NEW},${OLD}`);
    const both = (await sign({ ...message, keys, all: true }))["webhook-signature"].split(" ");
    expect(both).toHaveLength(2);
    expect(both[0]).toBe((await sign({ ...message, keys }))["webhook-signature"]);
  });

  it("fits the header at the greatest number of secrets in a setting", async () => {
    const setting = Array.from({ length: 20 }, () => createSecret());
    expect(await delivered(setting.join(), setting[19]!, true)).toBe(true);
  });
});
