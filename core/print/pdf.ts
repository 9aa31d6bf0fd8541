import { RelayError } from "../errors.ts";
import { normalizeText } from "./characters.ts";
import { writeTail } from "./document.ts";
import { canDraw, type FontSet } from "./font.ts";
import type { ActForm } from "./form.ts";
import { layOutForm } from "./layout.ts";
import { paginate } from "./paginate.ts";
import type { Row } from "./rows.ts";

/** A PDF in two parts: the prefix of all documents of a font set, kept once by sha256, and the own tail. */
export interface PdfParts {
  readonly prefix: { readonly hash: string; readonly data: Uint8Array };
  readonly tail: Uint8Array<ArrayBuffer>;
}

/**
 * Draws a form as PDF/A-1b with the first font set that has every character; else throws RelayError `glyph_missing`.
 * The same form and fonts give the same bytes: no dates, no randomness.
 */
export function renderPdf(form: ActForm, options: { readonly fonts: FontSet | readonly FontSet[] }): PdfParts {
  const sets = [options.fonts].flat();
  const parts = tryRender(form, sets);
  if (parts === null)
    throw new RelayError("glyph_missing", `В шрифтах формы нет знаков ${formatMissingCodes(form, sets.at(-1))}`);
  return parts;
}

/** Draws like {@link renderPdf}, but returns null when no set has every character. */
export function tryRender(form: ActForm, sets: readonly FontSet[]): PdfParts | null {
  const [first] = sets;
  // Nearly every form is normal and needs only the first set. The layout fails otherwise, so no check goes first.
  const parts = first === undefined ? null : drawRows(form.name, layOutForm(form, first), first);
  if (parts !== null) return parts;
  const normal = mapTexts(form, normalizeText);
  for (const fonts of sets) {
    const parts = drawRows(normal.name, layOutForm(normal, fonts), fonts);
    if (parts !== null) return parts;
  }
  return null;
}

/** Draws rows as a document with a name; null when the fonts lack a character. */
export function drawRows(name: string, rows: readonly Row[] | null, fonts: FontSet): PdfParts | null {
  if (rows === null || !canDraw(fonts, name)) return null;
  return { prefix: { hash: fonts.hash, data: fonts.prefix }, tail: writeTail(name, paginate(rows), fonts) };
}

function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === "string") return change(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)])) as T;
}

/** Lists the characters outside a font set: «U+6F22, U+1F44D». */
function formatMissingCodes(form: ActForm, fonts: FontSet | undefined): string {
  const codes = new Set<string>();
  mapTexts(form, (text) => {
    for (const char of normalizeText(text)) {
      if (fonts !== undefined && canDraw(fonts, char)) continue;
      codes.add(`U+${(char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`);
    }
    return text;
  });
  return [...codes].join(", ");
}
