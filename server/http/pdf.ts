import type { Context } from "hono";
import type { Act } from "../../core/act.ts";
import { printDate } from "../../core/date.ts";
import { joinPdfParts } from "../../core/pdf-parts.ts";
import type { FormKind, StoredForm } from "../../core/store.ts";

/** A part of a file: first and last byte, both inclusive. */
interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** A form of an act, opened by a reader. */
export interface OpenedForm {
  readonly act: Act;
  readonly form: StoredForm;
  readonly kind: FormKind;
}

/** Answers of an operation with a printed form. */
export const PDF_ANSWERS = {
  200: { description: "The printed form", media: "application/pdf" },
  206: { description: "The part that was asked for", media: "application/pdf" },
  304: { description: "Not changed: the ETag is its sha256" },
  416: { description: "No such part" },
} as const;

/**
 * Answers with a printed form. Only the reader caches the form, and the hash revalidates the copy. One range gets a
 * part of the form; several ranges get the whole form, as RFC 9110 allows.
 */
export function createPdfResponse(
  c: Context,
  { act, form, kind }: OpenedForm,
  frameAncestors: readonly string[],
): Response {
  const etag = `"${form.sha256}"`;
  // Only framing is limited: Chrome's own PDF viewer does not open under default-src or object-src 'none'.
  const framing = frameAncestors.length === 0 ? "'none'" : frameAncestors.join(" ");
  const headers = {
    etag,
    "cache-control": "private, no-cache",
    "content-security-policy": `frame-ancestors ${framing}`,
    "accept-ranges": "bytes",
  };
  if (hasTag(c.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  const range = c.req.method === "GET" ? readRange(c, etag, form.bytes) : null;
  if (range === "unsatisfiable") {
    return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${form.bytes}` } });
  }
  const body = { ...headers, "content-type": "application/pdf", "content-disposition": formatDisposition(act, kind) };
  if (range === null) {
    return new Response(joinPdfParts(form), {
      status: 200,
      headers: { ...body, "content-length": String(form.bytes) },
    });
  }
  const { first, last } = range;
  return new Response(joinPdfParts(form).subarray(first, last + 1), {
    status: 206,
    headers: {
      ...body,
      "content-length": String(last + 1 - first),
      "content-range": `bytes ${first}-${last}/${form.bytes}`,
    },
  });
}

/** Compares weakly, as If-None-Match does: a proxy may have weakened our tag. */
function hasTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((tag) => ["*", etag].includes(tag.trim().replace(/^W\//, "")));
}

function readRange(c: Context, etag: string, length: number): ByteRange | "unsatisfiable" | null {
  const ifRange = c.req.header("if-range");
  // A date never matches: our answers have no Last-Modified.
  if (ifRange !== undefined && ifRange.trim() !== etag) return null;
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec((c.req.header("range") ?? "").trim());
  if (match === null) return null;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return null;
  if (from === "") {
    const suffix = Math.min(Number(to), length);
    return suffix === 0 ? "unsatisfiable" : { first: length - suffix, last: length - 1 };
  }
  const first = Number(from);
  if (to !== "" && Number(to) < first) return null;
  if (first >= length) return "unsatisfiable";
  return { first, last: to === "" ? length - 1 : Math.min(Number(to), length - 1) };
}

/** Writes two file names: an ASCII name for old readers, and «Акт № … от ….pdf». */
function formatDisposition(act: Act, kind: FormKind): string {
  const number = act.document?.number ?? "";
  const date = act.document?.date ?? act.date;
  const ascii = number.replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+|-+$/g, "");
  const [end, asciiEnd] = kind === "accepted" ? [" с протоколом принятия", "-accepted"] : ["", ""];
  const name = `Акт № ${number} от ${printDate(date)}${end}.pdf`.replace(/[\p{Cc}\p{Cs}\\/:*?"<>|]/gu, "-");
  return `inline; filename="act-${ascii === "" ? act.id : ascii}${asciiEnd}.pdf"; filename*=UTF-8''${encodeName(name)}`;
}

/** Escapes a name by RFC 8187: encodeURIComponent leaves four characters that an extended value may not hold. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
