import { readFileSync } from "node:fs";
import fontkit from "@pdf-lib/fontkit";
import { grayscale, PDFDocument, type PDFFont, type PDFPage } from "pdf-lib";
import { expect } from "vitest";
import { fontFile } from "../../core/print/fonts/build.ts";
import { type DrawnPage, drawnPages, type Picture, rasterize } from "./pdf.ts";

const WIDTH = 595.28;
const HEIGHT = 841.89;
const DPI = 120;

/** Draws the same texts and rules with another library and the whole font, and compares the pictures. */
export async function expectSamePicture(pdf: Uint8Array): Promise<void> {
  const pages = await drawnPages(pdf);
  const reference = await PDFDocument.create();
  reference.registerFontkit(fontkit);
  const features = { liga: false, clig: false, ccmp: false, locl: false, calt: false };
  const embed = (face: "regular" | "bold") =>
    reference.embedFont(readFileSync(fontFile(face)), { subset: false, features });
  const faces = { regular: await embed("regular"), bold: await embed("bold") };
  for (const page of pages) drawReference(reference.addPage([WIDTH, HEIGHT]), page, faces);
  const ours = rasterize(pdf, DPI);
  const theirs = rasterize(await reference.save(), DPI);
  expect(ours.map(({ width, height }) => [width, height])).toEqual(theirs.map(({ width, height }) => [width, height]));
  pages.forEach((page, index) => {
    const [mine, other] = [ours[index] as Picture, theirs[index] as Picture];
    const difference = mine.pixels.reduce((sum, pixel, at) => sum + Math.abs(pixel - (other.pixels[at] ?? 0)), 0);
    expect(difference / inkIn(other, 0, 0, WIDTH, HEIGHT)).toBeLessThan(0.02);
    for (const { text, x, y, size, bold } of page.texts) {
      let left = x;
      for (const char of text) {
        const width = (bold ? faces.bold : faces.regular).widthOfTextAtSize(char, size);
        const box = [left, y - size * 0.3, left + width, y + size * 1.1] as const;
        const [seen, expected] = [inkIn(mine, ...box), inkIn(other, ...box)];
        // A page of text differs by less than one lost letter, so each is looked at by itself.
        if (/\S/.test(char) && Math.abs(seen - expected) > 300 + expected * 0.2)
          expect.fail(`${char}: ink ${seen} instead of ${expected}`);
        if (expected === 0 && /\S/.test(char)) expect.fail(`${char} is not seen at all`);
        left += width;
      }
    }
  });
}

/** Ink inside a box given in points from the lower left corner: 255 for a black pixel. */
function inkIn({ width, height, pixels }: Picture, left: number, bottom: number, right: number, top: number): number {
  const pixel = DPI / 72;
  let ink = 0;
  for (
    let row = Math.max(0, Math.floor((HEIGHT - top) * pixel));
    row < Math.min(height, (HEIGHT - bottom) * pixel);
    row += 1
  ) {
    for (let column = Math.floor(left * pixel); column < Math.min(width, right * pixel); column += 1) {
      ink += 255 - (pixels[row * width + column] ?? 255);
    }
  }
  return ink;
}

function drawReference(page: PDFPage, { texts, rules }: DrawnPage, faces: { regular: PDFFont; bold: PDFFont }): void {
  for (const { gray, box } of rules) {
    const [x, y, width, height] = box;
    page.drawRectangle({ x, y, width, height, color: grayscale(gray) });
  }
  for (const { text, x, y, size, bold, gray } of texts) {
    page.drawText(text, { x, y, size, font: bold ? faces.bold : faces.regular, color: grayscale(gray) });
  }
}
