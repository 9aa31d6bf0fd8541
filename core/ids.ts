/**
 * Computes a digest of `prefix` and `bytes`, at once or later. The prefix is the same array in every call. A fast
 * runtime can continue from the stored state after the prefix.
 */
export type Digest = (
  algorithm: "SHA-1" | "SHA-256",
  bytes: Uint8Array<ArrayBuffer>,
  prefix?: Uint8Array,
) => Uint8Array | Promise<Uint8Array>;

/** Digest by WebCrypto, present in every runtime. */
export const hashWithWebCrypto: Digest = async (algorithm, bytes, prefix) => {
  if (prefix === undefined) return new Uint8Array(await crypto.subtle.digest(algorithm, bytes));
  const whole = new Uint8Array(prefix.length + bytes.length);
  whole.set(prefix);
  whole.set(bytes, prefix.length);
  return new Uint8Array(await crypto.subtle.digest(algorithm, whole));
};

/** UUID v5 (RFC 9562): equal input gives an equal id, also after a restore, so a repeat makes no double in 1C. */
export async function uuidV5(namespace: string, name: string, digest: Digest = hashWithWebCrypto): Promise<string> {
  const space = getNamespaceBytes(namespace);
  const text = new TextEncoder().encode(name);
  const input = new Uint8Array(space.length + text.length);
  input.set(space);
  input.set(text, space.length);
  const hash = (await digest("SHA-1", input)).slice(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = toHex(hash);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Bytes of the very few namespaces in use. */
const spaces = new Map<string, Uint8Array>();

function getNamespaceBytes(namespace: string): Uint8Array {
  const kept = spaces.get(namespace);
  if (kept !== undefined) return kept;
  const made = Uint8Array.from(namespace.replaceAll("-", "").match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
  spaces.set(namespace, made);
  return made;
}

/** Namespace of all references made by the relay. */
const NAMESPACE = "6f6e6563-7265-5c61-8000-72656c617900";

/** Reference of an act, here and in 1C: one per platform, payout and revision. */
export function deriveActRef(
  platformId: string,
  payoutId: string,
  revision: number,
  digest: Digest = hashWithWebCrypto,
): Promise<string> {
  return uuidV5(NAMESPACE, JSON.stringify(["act", platformId, payoutId, revision]), digest);
}

/** Reference of a payment order: one per act and attempt. */
export function derivePaymentOrderRef(act: string, attempt: number): Promise<string> {
  return uuidV5(NAMESPACE, JSON.stringify(["payment_order", act, attempt]));
}

/** Reference of a new counterparty: one per INN and KPP. */
export function deriveCounterpartyRef(inn: string, kpp: string | undefined): Promise<string> {
  return uuidV5(NAMESPACE, JSON.stringify(["counterparty", inn, kpp ?? ""]));
}

/** sha256 in lower-case hex. */
export async function sha256Hex(
  bytes: Uint8Array<ArrayBuffer>,
  digest: Digest = hashWithWebCrypto,
  prefix?: Uint8Array,
): Promise<string> {
  return toHex(await digest("SHA-256", bytes, prefix));
}

/** JSON with sorted keys and without undefined: equal content gives equal text. */
export function toCanonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += HEX[byte];
  return hex;
}

/**
 * Makes version 7 UUIDs (RFC 9562) in growing text order, even after the clock was set back. `clock`: epoch ms.
 * `random`: a number in [0, 1) with at least 48 random bits.
 */
export function createGrowingIds(clock: () => number, random: () => number): () => string {
  let ms = 0;
  let count = 0;
  const formatHex = (value: number, length: number) => value.toString(16).padStart(length, "0");
  const drawBits = (size: number) => Math.floor(random() * 2 ** size);
  return () => {
    const now = clock();
    if (now > ms) {
      ms = now;
      // The upper half of the counter is for further ids in the same millisecond.
      count = drawBits(11);
    } else if (count < 0xfff) {
      count += 1;
    } else {
      ms += 1;
      count = 0;
    }
    const time = formatHex(ms, 12);
    const tail = `${formatHex(0x8000 + drawBits(14), 4)}-${formatHex(drawBits(48), 12)}`;
    return `${time.slice(0, 8)}-${time.slice(8)}-7${formatHex(count, 3)}-${tail}`;
  };
}
