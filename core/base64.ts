const CHUNK = 0x8000;

/** Encodes bytes as standard base64 (RFC 4648 §4) with padding: 255, 254 give "//4=". */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  // In chunks, because spreading a whole document into arguments overflows the stack.
  for (let start = 0; start < bytes.length; start += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK));
  }
  return btoa(binary);
}

/** Encodes bytes as base64url (RFC 4648 §5) without padding, safe in a path or a query: 255, 254 give "__4". */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Decodes canonical standard base64; `null` for any other text. Never throws. Whitespace, the base64url alphabet,
 * missing padding and non-zero spare bits are refused. So each byte string has exactly one accepted spelling.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return null;
  }
  // atob accepts whitespace, missing padding and spare bits; btoa gives back the same text only for canonical base64.
  if (btoa(binary) !== text) return null;
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}

/** Compares two byte strings; the time reveals only the length, so use values of a fixed length, such as MACs. */
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= a[index]! ^ b[index]!;
  return difference === 0;
}
