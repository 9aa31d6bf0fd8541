import { decodeBase64 } from "../base64.ts";
import { RelayError } from "../errors.ts";
import { getUnitAt } from "./units.ts";

/** A font set in a generated module: the constant first part of every PDF, and the widths. */
export interface FontData {
  readonly name: string;
  /** sha256 of the prefix, in hex. */
  readonly hash: string;
  /** The prefix in base64. */
  readonly prefix: string;
  /** Byte offset of each PDF object in the prefix, by object number; 0 for objects of the tail. */
  readonly offsets: readonly number[];
  /** Triples: code point, regular width, bold width; widths in thousandths of the font size. */
  readonly widths: readonly number[];
}

/** A font set ready for drawing: regular and bold, addressed by code point. */
export interface FontSet {
  readonly name: string;
  readonly hash: string;
  readonly prefix: Uint8Array<ArrayBuffer>;
  readonly offsets: readonly number[];
  /** Widths by code point; 0 for characters outside the set. */
  readonly regular: Uint16Array;
  readonly bold: Uint16Array;
}

/** Unpacks the data of a font set. Takes a fraction of a millisecond, so keep the result. */
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

/** Tells whether a font set draws every character of a normalised text. */
export function canDraw(fonts: FontSet, text: string): boolean {
  return !Number.isNaN(measureText(fonts.regular, text));
}

/** Width of a text in thousandths of the font size; NaN when the font lacks a character of the text. */
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
