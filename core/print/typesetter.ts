import type { FontSet } from "./font.ts";
import type { Cell, Place, Style } from "./rows.ts";
import { getUnitAt } from "./units.ts";
import { wrap } from "./wrap.ts";

// One array for all forms, since nothing is awaited while it is in use. Making a new one takes longer than filling it.
let scratch = /* @__PURE__ */ new Uint16Array(4096);

/**
 * Sets normalised texts into columns, and notices what its fonts lack.
 *
 * All texts lie one after another in one array: they are measured, broken and drawn from there, which is several times
 * faster than to ask strings for their characters again and again.
 */
export class Typesetter {
  readonly fonts: FontSet;
  /** False once a text had a character that the fonts lack; such a text has no lines. */
  complete = true;
  #length = 0;

  constructor(fonts: FontSet) {
    this.fonts = fonts;
  }

  /** Sets a text into a column. */
  makeCell(text: string, style: Style, place: Place): Cell {
    const widths = style.bold ? this.fonts.bold : this.fonts.regular;
    const from = this.#length;
    const units = this.#reserve(text.length);
    const width = load(text, widths, units, from);
    if (Number.isNaN(width)) return this.#lacking(place, style);
    const to = from + text.length;
    this.#length = to;
    const limit = Math.floor((place.width * 1000) / style.size);
    return { place, style, units, lines: wrap({ units, from, to, widths, width }, limit) };
  }

  #lacking(place: Place, style: Style): Cell {
    this.complete = false;
    return { place, style, units: scratch, lines: [] };
  }

  /** The array, with room for so many units more. Cells made before keep the one that they are in. */
  #reserve(more: number): Uint16Array {
    const needed = this.#length + more;
    if (needed > scratch.length) {
      const grown = new Uint16Array(Math.max(scratch.length * 2, needed));
      grown.set(scratch.subarray(0, this.#length));
      scratch = grown;
    }
    return scratch;
  }
}

function load(text: string, widths: Uint16Array, units: Uint16Array, from: number): number {
  const { length } = text;
  let width = 0;
  for (let index = 0; index < length; index += 1) {
    const unit = getUnitAt(text, index);
    const advance = widths[unit];
    if (!advance) return Number.NaN;
    units[from + index] = unit;
    width += advance;
  }
  return width;
}
