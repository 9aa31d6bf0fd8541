import { type FontSet, measureText } from "./font.ts";
import type { Page, Slice } from "./paginate.ts";
import { type Cell, CONTENT, makeStyle, PAGE, type Rule, type Style } from "./rows.ts";
import { unitsOf } from "./units.ts";
import type { Line } from "./wrap.ts";
import type { ByteWriter } from "./writer.ts";

const FOOT = makeStyle(750, { gray: 0.5 });
const FOOT_BASELINE = 3400;

/** Writes the operators that draw a page: rules first, then texts from top to bottom. */
export function drawPage(out: ByteWriter, page: Page): void {
  out.writeAscii(".01 0 0 .01 0 0 cm\n");
  for (const slice of page) {
    if (slice.to === slice.row.lines) for (const rule of slice.row.frame.rules) drawRule(out, rule, slice);
  }
  out.writeAscii("BT\n");
  let pen: Style | null = null;
  for (const slice of page) {
    for (const cell of slice.row.cells) {
      if (cell.lines.length === 0) continue;
      if (pen !== cell.style) out.writeAscii(cell.style.operators);
      pen = cell.style;
      drawCell(out, cell, slice);
    }
  }
  out.writeAscii("ET\n");
}

/** Writes the document's name and the page number below the text; a name that does not fit is left out. */
export function drawFoot(out: ByteWriter, name: string, number: string, fonts: FontSet): void {
  const measureFoot = (text: string) => Math.ceil((measureText(fonts.regular, text) * FOOT.size) / 1000);
  const right = PAGE.width - PAGE.right - measureFoot(number);
  out.writeAscii("BT\n");
  out.writeAscii(FOOT.operators);
  if (measureFoot(name) + measureFoot(number) + 2000 < CONTENT) drawText(out, PAGE.left, FOOT_BASELINE, unitsOf(name));
  drawText(out, right, FOOT_BASELINE, unitsOf(number));
  out.writeAscii("ET\n");
}

function drawCell(out: ByteWriter, cell: Cell, { row, from, to, top }: Slice): void {
  const { place, style, units, lines } = cell;
  let y = PAGE.height - top - Math.round(row.lineHeight * 0.76);
  for (let index = from; index < to && index < lines.length; index += 1) {
    const line = lines[index] as Line;
    const slack = place.align === "right" ? place.width - Math.round((line.width * style.size) / 1000) : 0;
    drawText(out, PAGE.left + place.x + slack, y, units, line.from, line.to);
    y -= row.lineHeight;
  }
}

function drawRule(out: ByteWriter, rule: Rule, { row, from, to, top }: Slice): void {
  out.writeAscii(rule.before);
  out.writeNumber(PAGE.height - top - (to - from) * row.lineHeight - row.frame.pad);
  out.writeAscii(rule.behind);
}

function drawText(out: ByteWriter, x: number, y: number, units: Uint16Array, from = 0, to = units.length): void {
  out.writeAscii("1 0 0 1 ");
  out.writeNumber(x);
  out.writeNumber(y);
  out.writeAscii("Tm");
  out.writeString(units, from, to);
  out.writeAscii("Tj\n");
}
