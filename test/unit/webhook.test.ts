import { createHmac, sign as cryptoSign, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, vi } from "vitest";
import { createSecret, importSecrets, sign, verify, type WebhookKeys } from "../../core/webhook.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TS = 1614265330;
const NOW = TS * 1000;
const BODY = utf8('{"test": 2432232314}');
const RIGHT = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const RIGHT_ED25519 = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
const WRONG = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";

const INVALID = { ok: false, code: "signature_invalid" };
const STALE = { ok: false, code: "timestamp_out_of_tolerance" };

const keys = await importSecrets(SECRET);
const otherKeys = await importSecrets(OTHER);

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Computes the signature header for these header texts by an independent implementation. */
function nodeSignature(id: string, timestamp: string | number, body: Uint8Array, secret = SECRET): string {
  const hmac = createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"));
  return `v1,${hmac.update(`${id}.${timestamp}.`).update(body).digest("base64")}`;
}

function headersOf(change: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  return { "webhook-id": ID, "webhook-timestamp": String(TS), "webhook-signature": RIGHT, ...change };
}

function check(change: Record<string, string | undefined>, more: { body?: Uint8Array; keys?: WebhookKeys } = {}) {
  return verify({ headers: headersOf(change), body: BODY, keys, now: NOW, ...more });
}

/** Replaces a character by another of the same alphabet, or by any other, like a flipped bit on the wire. */
function flip(text: string, position: number, bit: number): string {
  const index = position % text.length;
  return text.slice(0, index) + String.fromCharCode(text.charCodeAt(index) ^ (1 << bit)) + text.slice(index + 1);
}

// GitHub's body-only scheme and the `t=…,v1=…` one have public vectors too, but are not Standard Webhooks.
describe("public vectors", () => {
  it.each([
    ["ASCII JSON", SECRET, ID, TS, BODY, RIGHT],
    [
      "another secret",
      OTHER,
      "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
      1649367553,
      utf8('{"email":"test@example.com","username":"test_user"}'),
      "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ],
    ["empty body", SECRET, ID, TS, new Uint8Array(), "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A="],
    [
      "Cyrillic and emoji",
      SECRET,
      ID,
      TS,
      utf8('{"имя":"Счёт № 1","emoji":"😀"}'),
      "v1,ROBy5vOeg8UZfmJYDHA70iSxUKABtkIUUeKewh+LkQU=",
    ],
    [
      "BOM and CRLF",
      SECRET,
      ID,
      TS,
      new Uint8Array([0xef, 0xbb, 0xbf, ...utf8('{"a":1}\r\n')]),
      "v1,30YCVfuM3tTz0M5yw3F0Ne+miKsOTQUonFF3DjwSALE=",
    ],
    [
      "Windows-1251",
      SECRET,
      ID,
      TS,
      new Uint8Array([0xd1, 0xf7, 0xe5, 0xf2]),
      "v1,sDIVYdtMtA1pXtAGbobsHLZZzCBcO7v18L+gF2MkGB4=",
    ],
  ])("signs and verifies: %s", async (_name, secret, id, timestamp, body, expected) => {
    const vectorKeys = await importSecrets(secret);
    const headers = await sign({ id, timestamp, body, keys: vectorKeys });
    expect(headers).toEqual({
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": expected,
    });
    const result = await verify({ headers: { ...headers }, body, keys: vectorKeys, now: timestamp * 1000 });
    expect(result).toEqual({ ok: true, id, timestamp });
  });

  it("verifies Ed25519", async () => {
    const ed25519 = { keys: await importSecrets(PUBLIC) };
    const signature = { "webhook-signature": RIGHT_ED25519 };
    expect(await check(signature, ed25519)).toMatchObject({ ok: true });
    expect(await check(signature, { ...ed25519, body: utf8("{}") })).toEqual(INVALID);
  });
});

describe("Ed25519", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const whpk = `whpk_${publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("base64")}`;

  it("accepts a signature by Node over any bytes, beside secrets and next to v1", async () => {
    const mixed = await importSecrets(`${SECRET},${PUBLIC},${whpk}`);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (body) => {
        const content = Buffer.concat([Buffer.from(`${ID}.${TS}.`), body]);
        const v1a = `v1a,${cryptoSign(null, content, privateKey).toString("base64")}`;
        expect(await check({ "webhook-signature": `${WRONG} ${v1a}` }, { body, keys: mixed })).toMatchObject({
          ok: true,
        });
      }),
    );
  });

  it("keeps the versions apart: a v1 value is not tried as v1a, nor a secret on v1a", async () => {
    expect(await check({ "webhook-signature": RIGHT.replace("v1,", "v1a,") })).toEqual(INVALID);
    expect(await check({ "webhook-signature": RIGHT_ED25519.replace("v1a,", "v1,") })).toEqual(INVALID);
    expect(await check({ "webhook-signature": RIGHT_ED25519 })).toEqual(INVALID);
    expect(await check({}, { keys: await importSecrets(PUBLIC) })).toEqual(INVALID);
  });
});

describe("refused as signature_invalid", () => {
  it.each([
    ["no id", { "webhook-id": undefined }],
    ["no timestamp", { "webhook-timestamp": undefined }],
    ["no signature", { "webhook-signature": undefined }],
    ["empty id", { "webhook-id": "" }],
    ["empty timestamp", { "webhook-timestamp": "" }],
    ["empty signature", { "webhook-signature": "" }],
    ["header of another name", { "webhook-signature": undefined, "svix-signature": RIGHT }],
    ["a header in two spellings", { "Webhook-Id": ID }],
    ["signature without a value", { "webhook-signature": "v1," }],
    ["signature without a version", { "webhook-signature": RIGHT.slice("v1,".length) }],
    ["truncated signature", { "webhook-signature": RIGHT.slice(0, -5) }],
    ["numeric signature", { "webhook-signature": "12345" }],
    ["wrong signature", { "webhook-signature": WRONG }],
    ["several, none right", { "webhook-signature": `v2,abc ${WRONG} ${WRONG}` }],
    ["unknown version only", { "webhook-signature": RIGHT.replace("v1", "v2") }],
    ["version in capitals", { "webhook-signature": RIGHT.replace("v1", "V1") }],
    ["timestamp first", { "webhook-signature": `t=${TS},${RIGHT}` }],
    ["unpadded signature", { "webhook-signature": RIGHT.slice(0, -1) }],
    ["base64url signature", { "webhook-signature": RIGHT.replaceAll("+", "-").replaceAll("/", "_") }],
    ["spare bits set in the signature", { "webhook-signature": RIGHT.replace("OE=", "OF=") }],
    ["third part in a signature", { "webhook-signature": `${RIGHT},junk` }],
    ["right one beside a malformed one", { "webhook-signature": `${RIGHT} v1,${"A".repeat(10)}` }],
    ["duplicates joined by a comma", { "webhook-signature": `${RIGHT}, ${RIGHT}` }],
    ["duplicates joined tightly", { "webhook-signature": `${RIGHT},${RIGHT}` }],
    ["ids joined by a comma", { "webhook-id": `${ID}, ${ID}` }],
    ["timestamps joined by a comma", { "webhook-timestamp": `${TS}, ${TS}` }],
    ["two spaces between signatures", { "webhook-signature": `${WRONG}  ${RIGHT}` }],
    ["tab between signatures", { "webhook-signature": `${WRONG}\t${RIGHT}` }],
    ["space before the signature", { "webhook-signature": ` ${RIGHT}` }],
    ["more than 20 signatures", { "webhook-signature": `${"v9,x ".repeat(20)}${RIGHT}` }],
    ["longer than 4096 characters", { "webhook-signature": `v9,${"x".repeat(4096 - 3 - RIGHT.length)} ${RIGHT}` }],
    ["another id", { "webhook-id": "msg_other" }],
    ["another timestamp", { "webhook-timestamp": String(TS + 1) }],
  ])("%s", async (_name, change) => {
    expect(await check(change)).toEqual(INVALID);
  });

  it("another body, another secret, no secret", async () => {
    expect(await check({}, { body: utf8('{"test": 2432232315}') })).toEqual(INVALID);
    expect(await check({}, { keys: otherKeys })).toEqual(INVALID);
    expect(await check({}, { keys: { hmac: [], ed25519: [] } })).toEqual(INVALID);
  });

  it.each([
    "hello",
    "Infinity",
    "NaN",
    `${TS}abc`,
    ` ${TS}`,
    `+${TS}`,
    `-${TS}`,
    `0${TS}`,
    "1e9",
    `${TS}.0`,
    "0x60",
    "0",
  ])("timestamp %j, even if signed by the secret's owner", async (timestamp) => {
    for (const signedAs of [timestamp, String(TS)]) {
      const signature = nodeSignature(ID, signedAs, BODY);
      expect(await check({ "webhook-timestamp": timestamp, "webhook-signature": signature })).toEqual(INVALID);
    }
  });

  it.each(["a.b", "a b", " a", "a\n", "идентификатор", "a\u0000", "a\u007f", "x".repeat(257)])(
    "id %j, even if signed by the secret's owner",
    async (id) => {
      const signature = nodeSignature(id, TS, BODY);
      expect(await check({ "webhook-id": id, "webhook-signature": signature })).toEqual(INVALID);
    },
  );
});

describe("accepted", () => {
  it.each([
    ["right one among wrong and unknown", `v2,abc ${WRONG} ${RIGHT} v1a,${"A".repeat(86)}==`],
    ["20 signatures", `${"v9,x ".repeat(19)}${RIGHT}`],
    ["4096 characters", `v9,${"x".repeat(4095 - 3 - RIGHT.length)} ${RIGHT}`],
  ])("%s", async (_name, signature) => {
    expect(await check({ "webhook-signature": signature })).toEqual({ ok: true, id: ID, timestamp: TS });
  });

  it("a Headers object, and a plain record in any case", async () => {
    const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = headersOf();
    const plain = { "Webhook-Id": id, "WEBHOOK-TIMESTAMP": timestamp, "webhook-Signature": signature };
    const headers = new Headers(headersOf() as Record<string, string>);
    for (const given of [plain, headers]) {
      expect(await verify({ headers: given, body: BODY, keys, now: NOW })).toMatchObject({ ok: true });
    }
    headers.append("webhook-signature", RIGHT);
    expect(await verify({ headers, body: BODY, keys, now: NOW })).toEqual(INVALID);
    headers.delete("webhook-signature");
    expect(await verify({ headers, body: BODY, keys, now: NOW })).toEqual(INVALID);
  });

  it.each(["a", "x".repeat(256), "!~-/_:,"])("id %j", async (id) => {
    const headers = await sign({ id, timestamp: TS, body: BODY, keys });
    expect(await check({ ...headers })).toMatchObject({ ok: true, id });
  });
});

describe("tolerance", () => {
  it.each([
    [300, { ok: true }],
    [-300, { ok: true }],
    [301, STALE],
    [-301, STALE],
    [Number.NaN, STALE],
  ])("%d s after signing", async (seconds, expected) => {
    expect(await verify({ headers: headersOf(), body: BODY, keys, now: NOW + seconds * 1000 })).toMatchObject(expected);
  });

  it("counts whole seconds, as the signer does", async () => {
    const at = (now: number) => verify({ headers: headersOf(), body: BODY, keys, now });
    expect(await at(NOW + 300_999)).toMatchObject({ ok: true });
    expect(await at(NOW - 300_001)).toEqual(STALE);
  });

  it("can be set", async () => {
    const at = (toleranceSeconds: number) =>
      verify({ headers: headersOf(), body: BODY, keys, now: NOW + 10_000, toleranceSeconds });
    expect(await at(10)).toMatchObject({ ok: true });
    expect(await at(9)).toEqual(STALE);
  });

  it("tells a caller without a right signature only that the signature is invalid, also for a stale request", async () => {
    const headers = headersOf({ "webhook-signature": WRONG });
    expect(await verify({ headers, body: BODY, keys, now: NOW + 301_000 })).toEqual(INVALID);
  });
});

describe("against other implementations", () => {
  it("agrees with the reference library both ways", async () => {
    const secret = createSecret();
    const own = await importSecrets(secret);
    const reference = new Webhook(secret);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        const timestamp = Math.floor(Date.now() / 1000);
        const body = Buffer.from(text);
        const ours = await sign({ id: ID, timestamp, body, keys: own });
        reference.verify(body, { ...ours }, { jsonParse: false });
        const theirs = { ...ours, "webhook-signature": reference.sign(ID, new Date(timestamp * 1000), body) };
        expect(await verify({ headers: theirs, body, keys: own, now: Date.now() })).toMatchObject({ ok: true });
      }),
    );
  });

  it("agrees with Node's HMAC both ways on any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), async (body) => {
        const signature = nodeSignature(ID, TS, body);
        expect((await sign({ id: ID, timestamp: TS, body, keys }))["webhook-signature"]).toBe(signature);
        expect(await check({ "webhook-signature": signature }, { body })).toMatchObject({ ok: true });
      }),
    );
  });
});

describe("properties", () => {
  const message = fc.record({
    id: fc.stringMatching(/^[!-\-/-~]{1,64}$/),
    timestamp: fc.integer({ min: 1, max: 99_999_999_999 }),
    body: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  });

  it("any flipped bit of the body, id, timestamp or signature is refused", async () => {
    await fc.assert(
      fc.asyncProperty(message, fc.nat(), fc.integer({ min: 0, max: 7 }), async (signed, position, bit) => {
        const headers = { ...(await sign({ ...signed, keys })) };
        const now = signed.timestamp * 1000;
        expect(await verify({ headers, body: signed.body, keys, now })).toMatchObject({ ok: true });
        const body = signed.body.slice();
        const index = position % body.length;
        body[index] = body[index]! ^ (1 << bit);
        expect(await verify({ headers, body, keys, now })).toEqual(INVALID);
        for (const [name, value] of Object.entries(headers)) {
          const flipped = { ...headers, [name]: flip(value, position, bit) };
          expect(await verify({ headers: flipped, body: signed.body, keys, now })).toEqual(INVALID);
        }
      }),
    );
  });

  it("junk in the headers never throws", async () => {
    const mixed = await importSecrets(`${SECRET},${PUBLIC}`);
    const junk = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom(ID, RIGHT, RIGHT_ED25519, undefined),
    );
    const record = fc.dictionary(fc.constantFrom(...Object.keys(headersOf()), "Webhook-Id", "get", "__proto__"), junk);
    await fc.assert(
      fc.asyncProperty(record, fc.uint8Array(), fc.double(), async (headers, body, now) => {
        expect(await verify({ headers, body, keys: mixed, now })).toEqual(INVALID);
      }),
      { numRuns: 500 },
    );
  });

  it("values that are not text count as missing", async () => {
    for (const value of [[ID], 1, null, {}]) {
      const headers = { ...headersOf(), "webhook-id": value } as unknown as Record<string, string>;
      expect(await verify({ headers, body: BODY, keys, now: NOW })).toEqual(INVALID);
    }
  });
});

it("every key makes one MAC, however many signatures come, and even after a match", async () => {
  const several = await importSecrets(`${SECRET},${OTHER}`);
  const spy = vi.spyOn(crypto.subtle, "sign");
  const signatures = [RIGHT, ...Array.from({ length: 18 }, () => WRONG), RIGHT].join(" ");
  expect(await check({ "webhook-signature": signatures }, { keys: several })).toMatchObject({ ok: true });
  expect(spy).toHaveBeenCalledTimes(2);
  expect(await check({ "webhook-signature": RIGHT_ED25519 }, { keys: several })).toEqual(INVALID);
  expect(spy).toHaveBeenCalledTimes(2);
  spy.mockRestore();
});
