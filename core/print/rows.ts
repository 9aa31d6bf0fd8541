import type { FontSet } from "./font.ts";
import { type Line, wrap } from "./wrap.ts";

/** All lengths are integers, hundredths of a point. A page is A4 with room for a binder on the left. */
export const PAGE = { width: 59528, height: 84189, left: 5670, right: 4250, top: 5100, bottom: 5670 } as const;

/** Width between the margins. */
export const CONTENT = PAGE.width - PAGE.left - PAGE.right;

/** How a text is set; `gray` in percent, 0 is black. */
export interface Style {
  readonly bold: boolean;
  readonly size: number;
  readonly gray: number;
}

/** A text in its column; `x` from the left margin. */
export interface Cell {
  readonly x: number;
  readonly width: number;
  readonly align: "left" | "right";
  readonly style: Style;
  readonly lines: readonly Line[];
}

/** A horizontal rule below a row. */
export interface Rule {
  readonly x: number;
  readonly width: number;
  readonly thickness: number;
  readonly gray: number;
}

/** A horizontal band of cells that share their baselines: the unit of which pages are made. */
export interface Row {
  readonly cells: readonly Cell[];
  readonly lines: number;
  readonly lineHeight: number;
  /** Space above, dropped at the top of a page. */
  readonly gap: number;
  /** Space inside, above the first and below the last line. */
  readonly pad: number;
  readonly rules: readonly Rule[];
  /** The end of this row stays on one page with the beginning of the next. */
  readonly keepNext: boolean;
  /** Rows repeated above when a page begins inside or before this row. */
  readonly head: readonly Row[];
}

/** What of a {@link Row} is not the default. */
export type RowOptions = Partial<Omit<Row, "cells">>;

/** Makes a row as tall as its tallest cell. */
export function makeRow(cells: readonly Cell[], options: RowOptions = {}): Row {
  const size = Math.max(...cells.map((cell) => cell.style.size));
  return {
    cells,
    lines: Math.max(...cells.map((cell) => cell.lines.length)),
    lineHeight: Math.round(size * 1.32),
    gap: 0,
    pad: 0,
    rules: [],
    keepNext: false,
    head: [],
    ...options,
  };
}

/** Sets a normalised text into a column. */
export function makeCell(
  fonts: FontSet,
  text: string,
  style: Style,
  column: { readonly x: number; readonly width: number; readonly align?: Cell["align"] },
): Cell {
  const limit = Math.floor((column.width * 1000) / style.size);
  const lines = wrap(text, style.bold ? fonts.bold : fonts.regular, limit);
  return { x: column.x, width: column.width, align: column.align ?? "left", style, lines };
}
