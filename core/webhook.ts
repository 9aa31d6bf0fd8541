import { decodeBase64, encodeBase64 } from "./base64.ts";

const SECRET_PREFIX = "whsec_";
const PUBLIC_KEY_PREFIX = "whpk_";
const PRIVATE_KEY_PREFIX = "whsk_";
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
const HMAC_BYTES = 32;
const ED25519_BYTES = 64;
const MAX_SIGNATURE_HEADER = 4096;
// Also the bound on secrets: a header signed with all secrets must pass our own verification.
const MAX_SIGNATURES = 20;

// Visible ASCII without ".": a "." separates the parts of the signed content, so two messages could share one MAC.
const ID = /^[!-\-/-~]{1,256}$/;
const TIMESTAMP = /^[1-9]\d{0,10}$/;
const SIGNATURE = /^([A-Za-z0-9]+),([^,\s]+)$/;

/** The three headers of a signed message. */
export interface WebhookHeaders {
  /** Id of the message, the same on every attempt to deliver. */
  readonly "webhook-id": string;
  /** Time of the signature, Unix seconds. */
  readonly "webhook-timestamp": string;
  /** Signatures, `version,base64`, separated by single spaces. */
  readonly "webhook-signature": string;
}

/** The keys of one secret setting, imported once by {@link importSecrets} and not extractable. */
export interface WebhookKeys {
  /** HMAC-SHA256 keys in the order of the setting: the first signs, all verify. Empty for only public keys. */
  readonly hmac: readonly CryptoKey[];
  /** Ed25519 public keys: they verify `v1a` signatures and cannot sign. */
  readonly ed25519: readonly CryptoKey[];
}

/** Input of {@link sign}. `timestamp`: Unix seconds. `body`: the exact bytes to send. */
export interface SignInput {
  /** 1–256 visible ASCII characters without `.`. */
  readonly id: string;
  readonly timestamp: number;
  readonly body: Uint8Array;
  readonly keys: WebhookKeys;
  /** Signs with every secret, not only the first, for a receiver with only the old or the new one. Default `false`. */
  readonly all?: boolean;
}

/** Input of {@link verify}. */
export interface VerifyInput {
  /** Names in a plain record match in any case; a repeated name counts as missing. */
  readonly headers: Headers | Readonly<Record<string, string | undefined>>;
  /** The exact received bytes, before any decoding or parsing. May be empty. */
  readonly body: Uint8Array;
  readonly keys: WebhookKeys;
  /** Current time, epoch ms. */
  readonly now: number;
  /** Largest distance of `webhook-timestamp` from `now`, either way, inclusive. Default 300. */
  readonly toleranceSeconds?: number;
}

/** Result of {@link verify}. The code tells a stranger nothing more. */
export type WebhookVerification =
  | { readonly ok: true; readonly id: string; readonly timestamp: number }
  | { readonly ok: false; readonly code: "signature_invalid" | "timestamp_out_of_tolerance" };

/** A secret setting that cannot be used. The message names the entry by position and never shows any of the entry. */
export class WebhookSecretError extends Error {
  override readonly name = "WebhookSecretError";
  readonly code = "secret_invalid";
}

/** A message refused by {@link sign}: the id or the timestamp would not pass {@link verify}. */
export class WebhookMessageError extends Error {
  override readonly name = "WebhookMessageError";
  readonly code = "message_invalid";
}

/** Makes a secret: `whsec_` and the base64 of 32 random bytes. Throws WebhookSecretError for another length. */
export function createSecret(random: Uint8Array = crypto.getRandomValues(new Uint8Array(32))): string {
  if (random.length !== 32) throw new WebhookSecretError("A secret is made from 32 random bytes");
  return SECRET_PREFIX + encodeBase64(random);
}

/**
 * Imports a secret setting: a comma-separated list of `whsec_<base64 of 24–64 bytes>` and `whpk_<base64 of 32 bytes>`
 * (Ed25519 public key). The first `whsec_` signs, all entries verify. Base64 is standard, with padding. Spaces are
 * allowed around an entry, not inside. A setting without any `whsec_` is valid, and only verifies.
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
 * Signs a message: `v1` (HMAC-SHA256) over `id.timestamp.body`. Returns the headers.
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
 * Verifies a message: one `v1` or `v1a` signature must be right under one key, then the timestamp must be near. The
 * signature goes first, so that an unsigned request learns nothing about the clock. Signatures of unknown versions are
 * skipped. A malformed header is refused as a whole. No header or body makes the function throw.
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
  // Negated, so that NaN in the clock or the tolerance refuses.
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
  const pickVersion = (wanted: Signature["version"]) => signatures.filter(({ version }) => version === wanted);
  const [macs, publicKeySignatures] = [pickVersion("v1"), pickVersion("v1a")];
  let matched = false;
  // Every pair is tried, so that the time does not tell the matching pair. One after another, because the platform
  // copies the content for every call in flight.
  for (const key of macs.length === 0 ? [] : keys.hmac) {
    // One MAC for a key, however many signatures a stranger sends.
    const mac = new Uint8Array(await crypto.subtle.sign(HMAC.name, key, content));
    for (const { bytes } of macs) matched = isEqualInConstantTime(mac, bytes) || matched;
  }
  for (const { bytes } of publicKeySignatures) {
    for (const key of keys.ed25519) matched = (await crypto.subtle.verify("Ed25519", key, bytes, content)) || matched;
  }
  return matched;
}

/** Compares texts of bytes in a time that depends on the length alone. */
function isEqualInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [at, byte] of a.entries()) difference |= byte ^ (b[at] ?? 0);
  return difference === 0;
}

/** The signatures of known versions; none if any part of the header is malformed. */
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

/** The single value of a header; "" (never valid here) for a missing or repeated header, or no text. */
function readHeader(headers: VerifyInput["headers"], name: keyof WebhookHeaders): string {
  if (isHeaders(headers)) return headers.get(name) ?? "";
  const [value, ...others] = Object.entries(headers).flatMap(([key, text]) =>
    key.toLowerCase() === name ? [text] : [],
  );
  return typeof value === "string" && others.length === 0 ? value : "";
}

// Not instanceof: the Headers of another realm or of a library work too.
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
