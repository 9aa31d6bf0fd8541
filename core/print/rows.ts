import type { Line } from "./wrap.ts";

// Every act makes hundreds of the objects below. For speed, one function makes each kind, with the same order of
// fields. Parts equal in all acts are made once. Both save much of the time of a document.

/** Page size and margins: A4 with room for a binder on the left. All lengths are whole hundredths of a point. */
export const PAGE = { width: 59528, height: 84189, left: 5670, right: 4250, top: 5100, bottom: 5670 } as const;

/** Width between the margins. */
export const CONTENT = PAGE.width - PAGE.left - PAGE.right;

/** Style of a text. */
export interface Style {
  readonly size: number;
  readonly bold: boolean;
  readonly lineHeight: number;
  /** Operators that select the style in a content stream. */
  readonly operators: string;
}

/** A column; `x` from the left margin. */
export interface Place {
  readonly x: number;
  readonly width: number;
  readonly align: "left" | "right";
}

/** A text in a column; lines are parts of `units`. */
export interface Cell {
  readonly place: Place;
  readonly style: Style;
  readonly units: Uint16Array;
  readonly lines: readonly Line[];
}

/** A horizontal rule below a row: the content stream before and behind the rule's height on the page. */
export interface Rule {
  readonly before: string;
  readonly behind: string;
}

/** Space and rules around the texts of a row. */
export interface Frame {
  /** Space above, dropped at the top of a page. */
  readonly gap: number;
  /** Space inside, above the first and below the last line. */
  readonly pad: number;
  readonly rules: readonly Rule[];
  /** The end of this row stays on one page with the beginning of the next row. */
  readonly keepNext: boolean;
}

/** A horizontal band of cells with common baselines: the unit of pages. */
export interface Row {
  readonly cells: readonly Cell[];
  readonly lines: number;
  readonly lineHeight: number;
  readonly frame: Frame;
  /** The row repeated at the top of a page that begins inside or before this row. */
  readonly head: Row | null;
}

/** Makes a style, black and regular by default; `gray` from 0 (black) to 1. */
export function makeStyle(size: number, { bold = false, gray = 0 } = {}): Style {
  const operators = `/${bold ? "B" : "R"} ${size} Tf ${gray} g\n`;
  return { size, bold, lineHeight: Math.round(size * 1.32), operators };
}

/** Makes a rule as wide as a column. */
export function makeRule({ x, width }: Place, thickness: number, gray: number): Rule {
  return { before: `${gray} g ${PAGE.left + x} `, behind: `${width} ${thickness} re f\n` };
}

/** Makes a column, of the whole width by default. */
export function makePlace(x = 0, width: number = CONTENT, align: Place["align"] = "left"): Place {
  return { x, width, align };
}

/** Makes a frame, by default without height and rules, and free to stand apart from the next row. */
export function makeFrame(options: Partial<Frame> = {}): Frame {
  const { gap = 0, pad = 0, rules = [], keepNext = false } = options;
  return { gap, pad, rules, keepNext };
}

/** Makes a row as tall as the tallest cell, of at least the given number of lines. */
export function makeRow(frame: Frame, cells: readonly Cell[], atLeast = 0, head: Row | null = null): Row {
  let lines = atLeast;
  let lineHeight = 0;
  for (const cell of cells) {
    lines = Math.max(lines, cell.lines.length);
    lineHeight = Math.max(lineHeight, cell.style.lineHeight);
  }
  return { cells, lines, lineHeight, frame, head };
}
