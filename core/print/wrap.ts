import { textWidth } from "./font.ts";

/** One line of a wrapped text; `width` in thousandths of the font size. */
export interface Line {
  readonly text: string;
  readonly width: number;
}

const SPACE = 0x20;

/**
 * Breaks a normalised text into lines no wider than `limit` (in thousandths of the font size): at spaces and after
 * hyphens between letters, and inside a word that is wider than a line by itself. U+00A0 never breaks. A text without
 * visible characters has no lines.
 */
export function wrap(text: string, widths: Uint16Array, limit: number): Line[] {
  const lines: Line[] = [];
  let start = skipSpaces(text, 0);
  while (start < text.length) {
    const end = lineEnd(text, widths, start, limit);
    let last = end;
    while (last > start && text.charCodeAt(last - 1) === SPACE) last -= 1;
    const line = text.slice(start, last);
    lines.push({ text: line, width: textWidth(widths, line) });
    start = skipSpaces(text, end);
  }
  return lines;
}

/** Where the line that begins at `start` ends: always after at least one character. */
function lineEnd(text: string, widths: Uint16Array, start: number, limit: number): number {
  let width = 0;
  let breakAt = start;
  for (let index = start; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === SPACE) breakAt = index;
    width += widths[code] ?? 0;
    // A space may hang over the edge: it is cut off.
    if (width > limit && code !== SPACE) return breakAt > start ? breakAt : Math.max(index, start + 1);
    if (isHyphen(code) && breaksAfter(text, index)) breakAt = index + 1;
  }
  return text.length;
}

/** Hyphen and dashes, not between digits: «12-34» is one number. */
function breaksAfter(text: string, index: number): boolean {
  return isLetter(text.charCodeAt(index - 1)) && isLetter(text.charCodeAt(index + 1));
}

function isHyphen(code: number): boolean {
  return code === 0x2d || code === 0x2013 || code === 0x2014;
}

function isLetter(code: number): boolean {
  return code >= 0x41 && code !== 0xa0;
}

function skipSpaces(text: string, from: number): number {
  let index = from;
  while (text.charCodeAt(index) === SPACE) index += 1;
  return index;
}
