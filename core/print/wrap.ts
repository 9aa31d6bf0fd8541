/** One line of a wrapped text: units `from` to `to` (exclusive); `width` in thousandths of the font size. */
export interface Line {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** A text to wrap: units `from` to `to` (exclusive). Widths of units and text are in thousandths of the font size. */
export interface Measured {
  readonly units: Uint16Array;
  readonly from: number;
  readonly to: number;
  readonly widths: Uint16Array;
  readonly width: number;
}

const SPACE = 0x20;

/**
 * Breaks a normalised text into lines up to `limit` wide (thousandths of the font size). Breaks are at spaces, after
 * hyphens between letters, and inside words wider than a line, never at U+00A0. A text without visible characters has
 * no lines.
 */
export function wrap(text: Measured, limit: number): Line[] {
  const { units, from, width } = text;
  const to = skipSpacesBack(units, from, text.to);
  let start = skipSpaces(units, from, to);
  // Most texts of a form are one line: the width alone tells, without a search for breaks.
  if (width <= limit && start === from && to === text.to) return from === to ? [] : [{ from, to, width }];
  const lines: Line[] = [];
  while (start < to) {
    const next = findLineEnd(text, start, to, limit);
    const end = skipSpacesBack(units, start, next);
    lines.push({ from: start, to: end, width: measureWidth(text, start, end) });
    start = skipSpaces(units, next, to);
  }
  return lines;
}

/** End of the line that begins at `start`: always after at least one character. */
function findLineEnd(text: Measured, start: number, to: number, limit: number): number {
  const { units, widths } = text;
  let width = 0;
  let breakAt = start;
  for (let index = start; index < to; index += 1) {
    const unit = units[index] as number;
    if (unit === SPACE) breakAt = index;
    width += widths[unit] as number;
    // A space may hang over the edge, since trailing spaces are cut off.
    if (width > limit && unit !== SPACE) return breakAt > start ? breakAt : Math.max(index, start + 1);
    if (isHyphen(unit) && canBreakAfter(text, index)) breakAt = index + 1;
  }
  return to;
}

/** Hyphen and dashes, not between digits: «12-34» is one number. */
function canBreakAfter({ units, from, to }: Measured, index: number): boolean {
  return index > from && index + 1 < to && isLetter(units[index - 1] as number) && isLetter(units[index + 1] as number);
}

function isHyphen(unit: number): boolean {
  return unit === 0x2d || unit === 0x2013 || unit === 0x2014;
}

function isLetter(unit: number): boolean {
  return unit >= 0x41 && unit !== 0xa0;
}

function measureWidth({ units, widths }: Measured, from: number, to: number): number {
  let width = 0;
  for (let index = from; index < to; index += 1) width += widths[units[index] as number] as number;
  return width;
}

function skipSpaces(units: Uint16Array, from: number, to: number): number {
  let index = from;
  while (index < to && units[index] === SPACE) index += 1;
  return index;
}

function skipSpacesBack(units: Uint16Array, from: number, to: number): number {
  let index = to;
  while (index > from && units[index - 1] === SPACE) index -= 1;
  return index;
}
