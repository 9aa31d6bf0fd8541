import type { FontSet } from "./font.ts";
import type { Cell, Place, Style } from "./rows.ts";
import { getUnitAt } from "./units.ts";
import { wrap } from "./wrap.ts";

// One array for all forms, since no code awaits during its use. A new array costs more time than the filling.
let scratch = /* @__PURE__ */ new Uint16Array(4096);

/**
 * Sets normalised texts into columns, and notices missing characters. All texts lie one after another in one array for
 * measuring, breaking and drawing. Repeated reads of characters from strings would be several times slower.
 */
export class Typesetter {
  readonly fonts: FontSet;
  /** False after a text with a character outside the fonts; such a text has no lines. */
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
    if (Number.isNaN(width)) return this.#makeEmptyCell(place, style);
    const to = from + text.length;
    this.#length = to;
    const limit = Math.floor((place.width * 1000) / style.size);
    return { place, style, units, lines: wrap({ units, from, to, widths, width }, limit) };
  }

  #makeEmptyCell(place: Place, style: Style): Cell {
    this.complete = false;
    return { place, style, units: scratch, lines: [] };
  }

  /** Returns the array with room for more units. Earlier cells keep the former array. */
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
