import { decodeBase64 } from "../base64.ts";
import { RelayError } from "../errors.ts";
import { getUnitAt } from "./units.ts";

/** A font set as the generated modules carry it: the constant first part of every PDF drawn with it, and its widths. */
export interface FontData {
  readonly name: string;
  /** sha256 of the prefix, in hex. */
  readonly hash: string;
  /** The prefix in base64. */
  readonly prefix: string;
  /** Byte offset of each PDF object in the prefix by its number; 0 for those that the tail holds. */
  readonly offsets: readonly number[];
  /** Code point, width in regular, width in bold, and so on; widths in thousandths of the font size. */
  readonly widths: readonly number[];
}

/** A font set ready to draw with: regular and bold, addressed by code point. */
export interface FontSet {
  readonly name: string;
  readonly hash: string;
  readonly prefix: Uint8Array<ArrayBuffer>;
  readonly offsets: readonly number[];
  /** Widths by code point; 0 where the set has no such character. */
  readonly regular: Uint16Array;
  readonly bold: Uint16Array;
}

/** Unpacks the data of a font set; a fraction of a millisecond, worth keeping the result. */
export function loadFontSet(data: FontData): FontSet {
  const prefix = decodeBase64(data.prefix);
  if (prefix === null) throw new RelayError("internal", "The data of a font set is damaged");
  const codes = data.widths.filter((_, index) => index % 3 === 0);
  const limit = Math.max(...codes) + 1;
  const regular = new Uint16Array(limit);
  const bold = new Uint16Array(limit);
  codes.forEach((code, index) => {
    regular[code] = data.widths[index * 3 + 1] as number;
    bold[code] = data.widths[index * 3 + 2] as number;
  });
  return { name: data.name, hash: data.hash, prefix, offsets: data.offsets, regular, bold };
}

/** Whether a font set draws every character of a normalised text. */
export function canDraw(fonts: FontSet, text: string): boolean {
  return !Number.isNaN(measureText(fonts.regular, text));
}

/** Width of a text in thousandths of the font size; NaN when the font lacks a character of it. */
export function measureText(widths: Uint16Array, text: string): number {
  const { length } = text;
  let width = 0;
  for (let index = 0; index < length; index += 1) {
    const advance = widths[getUnitAt(text, index)];
    if (!advance) return Number.NaN;
    width += advance;
  }
  return width;
}
