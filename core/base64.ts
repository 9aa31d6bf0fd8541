const CHUNK = 0x8000;

/**
 * Bytes as standard base64 (RFC 4648 §4) with padding.
 *
 * @example encodeBase64(new Uint8Array([255, 254])) // "//4="
 */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  // In chunks, because spreading a whole document into arguments overflows the stack.
  for (let start = 0; start < bytes.length; start += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(binary);
}

/**
 * Bytes as base64url (RFC 4648 §5) without padding: safe in a path or a query as it is.
 *
 * @example encodeBase64Url(new Uint8Array([255, 254])) // "__4"
 */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * The bytes of canonical standard base64, or `null`. Strict: whitespace, the base64url alphabet, missing padding and
 * non-zero spare bits are refused, so that a byte string has exactly one accepted spelling. Never throws.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return null;
  }
  // atob forgives whitespace, padding and spare bits; only canonical text survives the way back.
  if (btoa(binary) !== text) return null;
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

/**
 * Whether two byte strings are equal, in time that depends on their length alone. The length itself is not hidden:
 * compare values of a fixed length, such as MACs.
 */
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= a[index]! ^ b[index]!;
  return difference === 0;
}
