import { decodeBase64, encodeBase64 } from "./base64.ts";

const SECRET_PREFIX = "whsec_";
const PUBLIC_KEY_PREFIX = "whpk_";
const PRIVATE_KEY_PREFIX = "whsk_";
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
const HMAC_BYTES = 32;
const ED25519_BYTES = 64;
const MAX_SIGNATURE_HEADER = 4096;
// Also the bound on secrets: a header signed with all of them must pass our own verification.
const MAX_SIGNATURES = 20;

// Visible ASCII without ".", which separates the parts of the signed content: with it two messages could share one MAC.
const ID = /^[!-\-/-~]{1,256}$/;
const TIMESTAMP = /^[1-9]\d{0,10}$/;
const SIGNATURE = /^([A-Za-z0-9]+),([^,\s]+)$/;

/** The three headers of a signed message. */
export interface WebhookHeaders {
  /** Identifies the message; the same on every attempt to deliver it. */
  readonly "webhook-id": string;
  /** When this attempt was signed, Unix seconds. */
  readonly "webhook-timestamp": string;
  /** Signatures, `version,base64`, separated by single spaces. */
  readonly "webhook-signature": string;
}

/** The keys of one secret setting, imported once by {@link importSecrets} and not extractable. */
export interface WebhookKeys {
  /** HMAC-SHA256 keys in the order of the setting: the first signs, all verify. Empty if only public keys were given. */
  readonly hmac: readonly CryptoKey[];
  /** Ed25519 public keys: they verify `v1a` signatures and cannot sign. */
  readonly ed25519: readonly CryptoKey[];
}

/** What {@link sign} needs. */
export interface SignInput {
  /** 1–256 visible ASCII characters without `.`. */
  readonly id: string;
  /** Unix seconds. */
  readonly timestamp: number;
  /** The exact bytes that will be sent. */
  readonly body: Uint8Array;
  readonly keys: WebhookKeys;
  /** Sign with every secret, not only the first: for a receiver that may know the old or the new one. Default `false`. */
  readonly all?: boolean;
}

/** What {@link verify} needs. */
export interface VerifyInput {
  /** Names in a plain record are matched in any case; one that occurs twice counts as missing. */
  readonly headers: Headers | Readonly<Record<string, string | undefined>>;
  /** The exact bytes received, before any decoding or parsing. May be empty. */
  readonly body: Uint8Array;
  readonly keys: WebhookKeys;
  /** The current time, milliseconds since the epoch. */
  readonly now: number;
  /** How far `webhook-timestamp` may be from `now`, either way, inclusive. Default 300. */
  readonly toleranceSeconds?: number;
}

/** The outcome of {@link verify}. The code is as precise as a stranger may learn. */
export type WebhookVerification =
  | { readonly ok: true; readonly id: string; readonly timestamp: number }
  | { readonly ok: false; readonly code: "signature_invalid" | "timestamp_out_of_tolerance" };

/** A secret setting that cannot be used. The message names the entry by position and never shows any of it. */
export class WebhookSecretError extends Error {
  override readonly name = "WebhookSecretError";
  readonly code = "secret_invalid";
}

/** A message that {@link sign} refuses, because its id or timestamp would not pass {@link verify}. */
export class WebhookMessageError extends Error {
  override readonly name = "WebhookMessageError";
  readonly code = "message_invalid";
}

/**
 * A new secret: `whsec_` and the base64 of 32 random bytes.
 *
 * @param random the 32 bytes; by default from the platform's cryptographic generator.
 * @throws {WebhookSecretError} if `random` is not 32 bytes.
 */
export function createSecret(random: Uint8Array = crypto.getRandomValues(new Uint8Array(32))): string {
  if (random.length !== 32) throw new WebhookSecretError("A secret is made from 32 random bytes");
  return SECRET_PREFIX + encodeBase64(random);
}

/**
 * Imports a secret setting: a comma-separated list of `whsec_<base64 of 24–64 bytes>` and `whpk_<base64 of 32 bytes>`
 * (Ed25519 public key). The first `whsec_` signs, all entries verify. Base64 is the standard one, padded. Spaces are
 * allowed around an entry, not inside. A setting without any `whsec_` is valid, and only verifies.
 *
 * @throws {WebhookSecretError} for the first entry that does not fit.
 * @example const keys = await importSecrets(`${newSecret},${oldSecret}`);
 */
export async function importSecrets(setting: string): Promise<WebhookKeys> {
  const entries = setting.split(",");
  if (entries.length > MAX_SIGNATURES) throw new WebhookSecretError(`More than ${MAX_SIGNATURES} secrets`);
  const hmac: CryptoKey[] = [];
  const ed25519: CryptoKey[] = [];
  for (const [index, raw] of entries.entries()) {
    const entry = raw.trim();
    const label = `Secret ${index + 1} of ${entries.length}`;
    if (entry.startsWith(SECRET_PREFIX)) {
      hmac.push(await importSecret(entry.slice(SECRET_PREFIX.length), label));
    } else if (entry.startsWith(PUBLIC_KEY_PREFIX)) {
      ed25519.push(await importPublicKey(entry.slice(PUBLIC_KEY_PREFIX.length), label));
    } else {
      throw new WebhookSecretError(`${label} ${explainUnknownEntry(entry)}`);
    }
  }
  return { hmac, ed25519 };
}

/**
 * The headers of a message, signed `v1` (HMAC-SHA256) over `id.timestamp.body`.
 *
 * @throws {WebhookMessageError} if the id or the timestamp is malformed.
 * @throws {WebhookSecretError} if the keys hold no `whsec_` secret.
 * @example
 * const headers = await sign({ id: "evt_1", timestamp: Math.floor(Date.now() / 1000), body, keys });
 * await fetch(url, { method: "POST", body, headers });
 */
export async function sign({ id, timestamp, body, keys, all = false }: SignInput): Promise<WebhookHeaders> {
  const seconds = String(timestamp);
  if (!ID.test(id)) throw new WebhookMessageError("A webhook id is 1 to 256 visible ASCII characters without a dot");
  if (!TIMESTAMP.test(seconds)) throw new WebhookMessageError("A webhook timestamp is a whole number of Unix seconds");
  const signing = all ? keys.hmac : keys.hmac.slice(0, 1);
  if (signing.length === 0) throw new WebhookSecretError(`No ${SECRET_PREFIX} secret to sign with`);
  const content = buildSignedContent(id, seconds, body);
  const signatures: string[] = [];
  for (const key of signing) {
    signatures.push(`v1,${encodeBase64(new Uint8Array(await crypto.subtle.sign(HMAC.name, key, content)))}`);
  }
  return { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signatures.join(" ") };
}

/**
 * Verifies a message: one `v1` or `v1a` signature must be right under one of the keys, then the timestamp must be near.
 * In that order, so that an unsigned request learns nothing from the clock. Signatures of unknown versions are skipped;
 * a header that is malformed anywhere is refused as a whole. Whatever the headers and the body hold, it does not throw.
 *
 * @example
 * const result = await verify({ headers: request.headers, body, keys, now: Date.now() });
 * if (!result.ok) return new Response(result.code, { status: 401 });
 */
export async function verify(input: VerifyInput): Promise<WebhookVerification> {
  const { headers, body, keys, now, toleranceSeconds = 300 } = input;
  const id = readHeader(headers, "webhook-id");
  const seconds = readHeader(headers, "webhook-timestamp");
  const signatures = parseSignatures(readHeader(headers, "webhook-signature"));
  if (
    !ID.test(id) ||
    !TIMESTAMP.test(seconds) ||
    !(await hasValidSignature(signatures, buildSignedContent(id, seconds, body), keys))
  ) {
    return { ok: false, code: "signature_invalid" };
  }
  const timestamp = Number(seconds);
  const distance = Math.abs(Math.floor(now / 1000) - timestamp);
  // Negated, so that a clock or a tolerance that is NaN refuses.
  if (!(distance <= toleranceSeconds)) return { ok: false, code: "timestamp_out_of_tolerance" };
  return { ok: true, id, timestamp };
}

interface Signature {
  readonly version: "v1" | "v1a";
  readonly bytes: Uint8Array<ArrayBuffer>;
}

async function hasValidSignature(
  signatures: readonly Signature[],
  content: BufferSource,
  keys: WebhookKeys,
): Promise<boolean> {
  let matched = false;
  // Every pair is tried whatever the outcome, so that the time does not tell which one fits. One after another, because
  // the platform copies the content for every call in flight.
  for (const { version, bytes } of signatures) {
    const [algorithm, candidates] = version === "v1" ? [HMAC.name, keys.hmac] : ["Ed25519", keys.ed25519];
    for (const key of candidates) {
      const right = await crypto.subtle.verify(algorithm, key, bytes, content);
      matched = right || matched;
    }
  }
  return matched;
}

/** The signatures of known versions, or none if the header is malformed anywhere. */
function parseSignatures(value: string): Signature[] {
  if (value.length > MAX_SIGNATURE_HEADER) return [];
  const tokens = value.split(" ");
  if (tokens.length > MAX_SIGNATURES) return [];
  const signatures: Signature[] = [];
  for (const token of tokens) {
    const [, version, text] = SIGNATURE.exec(token) ?? [];
    if (version === undefined || text === undefined) return [];
    if (version !== "v1" && version !== "v1a") continue;
    const bytes = decodeBase64(text);
    if (bytes?.length !== (version === "v1" ? HMAC_BYTES : ED25519_BYTES)) return [];
    signatures.push({ version, bytes });
  }
  return signatures;
}

function buildSignedContent(id: string, seconds: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix = new TextEncoder().encode(`${id}.${seconds}.`);
  const content = new Uint8Array(prefix.length + body.length);
  content.set(prefix);
  content.set(body, prefix.length);
  return content;
}

/** The one value of a header, or "" (which no header of ours may be) if it is missing, repeated or not text. */
function readHeader(headers: VerifyInput["headers"], name: keyof WebhookHeaders): string {
  if (isHeaders(headers)) return headers.get(name) ?? "";
  const [value, ...others] = Object.entries(headers).flatMap(([key, text]) =>
    key.toLowerCase() === name ? [text] : [],
  );
  return typeof value === "string" && others.length === 0 ? value : "";
}

// Not instanceof: the Headers of another realm or of a library are as good.
function isHeaders(headers: VerifyInput["headers"]): headers is Headers {
  return typeof headers.get === "function";
}

async function importSecret(text: string, label: string): Promise<CryptoKey> {
  const bytes = decodeBase64(text);
  if (bytes === null) throw new WebhookSecretError(`${label} is not standard padded base64 after ${SECRET_PREFIX}`);
  if (bytes.length < 24 || bytes.length > 64) throw new WebhookSecretError(`${label} must hold 24 to 64 bytes`);
  return await crypto.subtle.importKey("raw", bytes, HMAC, false, ["sign", "verify"]);
}

async function importPublicKey(text: string, label: string): Promise<CryptoKey> {
  const bytes = decodeBase64(text);
  if (bytes === null) throw new WebhookSecretError(`${label} is not standard padded base64 after ${PUBLIC_KEY_PREFIX}`);
  if (bytes.length !== 32) throw new WebhookSecretError(`${label} must hold 32 bytes`);
  try {
    return await crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]);
  } catch (cause) {
    throw new WebhookSecretError(`${label} is not an Ed25519 key this platform can use`, { cause });
  }
}

function explainUnknownEntry(entry: string): string {
  if (entry === "") return "is empty";
  if (entry.startsWith(PRIVATE_KEY_PREFIX)) return "is a private key, only the public one (whpk_) is needed";
  return `does not start with ${SECRET_PREFIX} or ${PUBLIC_KEY_PREFIX}`;
}
