/** Joins the parts of a PDF, of a printed act or of a stored form; the prefix may be absent. */
export function joinPdfParts(parts: {
  readonly prefix: { readonly data: Uint8Array } | null;
  readonly tail: Uint8Array;
}): Uint8Array<ArrayBuffer> {
  const data = parts.prefix?.data ?? new Uint8Array();
  const bytes = new Uint8Array(data.length + parts.tail.length);
  bytes.set(data);
  bytes.set(parts.tail, data.length);
  return bytes;
}
