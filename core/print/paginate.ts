import { PAGE, type Row } from "./rows.ts";

/** Lines `from` to `to` (exclusive) of a row on a page. `top`: distance of the lines from the page's upper edge. */
export interface Slice {
  readonly row: Row;
  readonly from: number;
  readonly to: number;
  readonly top: number;
}

/** Slices of one page, from top to bottom. */
export type Page = readonly Slice[];

/** A part of a row that is never broken. */
interface Strip {
  readonly row: Row;
  readonly from: number;
  readonly to: number;
}

interface Cursor {
  readonly pages: Slice[][];
  y: number;
}

const HEIGHT = PAGE.height - PAGE.top - PAGE.bottom;
const END = PAGE.height - PAGE.bottom;

/** A row up to this height is never broken, a taller row only between lines. */
const WHOLE = 15000;

/**
 * Puts rows on pages. Rows chained by `keepNext` go to one page if a page can hold the chain. The end of a longer chain
 * stays together, so that signatures never stand without the signed statement.
 */
export function paginate(rows: readonly Row[]): Page[] {
  // Nearly every act has one page, so one page is tried first, before any measuring.
  const single: Cursor = { pages: [[]], y: PAGE.top };
  for (const row of rows) put(single, row, 0, row.lines);
  if (single.y <= END) return single.pages;
  const cursor: Cursor = { pages: [[]], y: PAGE.top };
  for (const chain of splitIntoChains(rows)) {
    for (const group of splitChain(chain)) place(cursor, group);
  }
  return cursor.pages;
}

function place(cursor: Cursor, group: readonly Strip[]): void {
  const fits = cursor.y + measureHeight(group) <= END;
  if (!fits && cursor.y > PAGE.top) {
    cursor.pages.push([]);
    cursor.y = PAGE.top;
    const first = group[0] as Strip;
    const { head, frame } = first.row;
    if (head !== null) put(cursor, head, 0, head.lines);
    if (first.from > 0) cursor.y += frame.pad;
  }
  for (const { row, from, to } of group) put(cursor, row, from, to);
}

function put(cursor: Cursor, row: Row, from: number, to: number): void {
  const { gap, pad } = row.frame;
  const page = cursor.pages.at(-1) as Slice[];
  if (from === 0) cursor.y += (cursor.y > PAGE.top ? gap : 0) + pad;
  const last = page.at(-1);
  // Neighbouring strips of a row are drawn as one, cell by cell: the order of reading and copying.
  if (last !== undefined && last.row === row && last.to === from) page[page.length - 1] = { ...last, to };
  else page.push({ row, from, to, top: cursor.y });
  cursor.y += (to - from) * row.lineHeight + (to === row.lines ? pad : 0);
}

/** Groups the strips for one page, in order. */
function splitIntoChains(rows: readonly Row[]): Strip[][] {
  const result: Strip[][] = [];
  let chain: Strip[] = [];
  for (const row of rows) {
    for (const strip of splitIntoStrips(row)) {
      chain.push(strip);
      if (strip.to === row.lines && row.frame.keepNext) continue;
      result.push(chain);
      chain = [];
    }
  }
  return chain.length > 0 ? [...result, chain] : result;
}

/** A tall row breaks between lines, but never leaves a single line on either page. */
function splitIntoStrips(row: Row): Strip[] {
  const { lines } = row;
  if (lines * row.lineHeight <= WHOLE || lines < 5) return [{ row, from: 0, to: lines }];
  const middle = Array.from({ length: lines - 4 }, (_, index) => ({ row, from: index + 2, to: index + 3 }));
  return [{ row, from: 0, to: 2 }, ...middle, { row, from: lines - 2, to: lines }];
}

/** The chain itself, or, if no page holds the chain, the longest parts for a page, counted from the end. */
function splitChain(chain: readonly Strip[]): Strip[][] {
  const room = HEIGHT - Math.max(...chain.map(({ row }) => measureHead(row) + row.frame.pad));
  const groups: Strip[][] = [];
  let group: Strip[] = [];
  let height = 0;
  for (const strip of chain.toReversed()) {
    const added = measureHeight([strip]);
    if (height + added > room && group.length > 0) {
      groups.unshift(group);
      group = [];
      height = 0;
    }
    group.unshift(strip);
    height += added;
  }
  return [group, ...groups];
}

function measureHead(row: Row): number {
  return row.head === null ? 0 : measureHeight([{ row: row.head, from: 0, to: row.head.lines }]);
}

function measureHeight(strips: readonly Strip[]): number {
  let height = 0;
  for (const { row, from, to } of strips) {
    height += (to - from) * row.lineHeight;
    if (from === 0) height += row.frame.gap + row.frame.pad;
    if (to === row.lines) height += row.frame.pad;
  }
  return height;
}
