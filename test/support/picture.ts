import { readFileSync } from "node:fs";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import fontkit from "@pdf-lib/fontkit";
import { grayscale, PDFDocument, type PDFFont, type PDFPage } from "pdf-lib";
import { expect } from "vitest";
import { resolveFontFile } from "../../core/print/fonts/build.ts";
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
    reference.embedFont(readFileSync(resolveFontFile(face)), { subset: false, features });
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

/**
 * The permitted difference of two pictures of one page. Both are softened first: each pixel becomes the mean of the
 * neighbourhood. Versions of poppler put the edge of a stroke into different pixels, with equal ink in total.
 */
export const TOLERANCE = {
  /** A pixel is off if every pixel nearby in the other picture is so much lighter or darker. */
  difference: 32,
  /** The radius of `nearby`, in pixels. A glyph or a line may move so far: 0.72 pt at 100 dpi. */
  shift: 1,
  /** So many pixels of a page may be off: two in a million. */
  pixels: 2,
} as const;

/** How many pixels of either picture are off, see {@link TOLERANCE}; all of them when the sizes differ. */
export function pixelsOff(one: Picture, other: Picture): number {
  if (one.width !== other.width || one.height !== other.height) return Math.max(one.pixels.length, other.pixels.length);
  const [first, second] = [softened(one), softened(other)];
  let off = 0;
  for (let at = 0; at < first.pixels.length; at += 1) {
    const [a, b] = [first.pixels[at] as number, second.pixels[at] as number];
    if (Math.abs(a - b) <= TOLERANCE.difference) continue;
    if (!hasLike(second, at, a) || !hasLike(first, at, b)) off += 1;
  }
  return off;
}

function softened({ width, height, pixels }: Picture): Picture {
  const soft = new Uint8Array(pixels.length).fill(255);
  for (let row = 1; row < height - 1; row += 1) {
    for (let at = row * width + 1; at < (row + 1) * width - 1; at += 1) {
      let sum = 0;
      for (const line of [at - width, at, at + width]) {
        sum += (pixels[line - 1] as number) + (pixels[line] as number) + (pixels[line + 1] as number);
      }
      soft[at] = sum / 9;
    }
  }
  return { width, height, pixels: soft };
}

/** Whether a gray lies between the lightest and the darkest pixel near a place, as on an edge. */
function hasLike({ width, height, pixels }: Picture, at: number, gray: number): boolean {
  const [row, column] = [Math.floor(at / width), at % width];
  let [darkest, lightest] = [255, 0];
  for (let y = Math.max(0, row - TOLERANCE.shift); y <= Math.min(height - 1, row + TOLERANCE.shift); y += 1) {
    for (let x = Math.max(0, column - TOLERANCE.shift); x <= Math.min(width - 1, column + TOLERANCE.shift); x += 1) {
      const pixel = pixels[y * width + x] as number;
      darkest = Math.min(darkest, pixel);
      lightest = Math.max(lightest, pixel);
    }
  }
  return gray >= darkest - TOLERANCE.difference && gray <= lightest + TOLERANCE.difference;
}

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Writes a picture as a PNG of eight bits of gray, its lines unfiltered. */
export function encodePng({ width, height, pixels }: Picture): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const lines = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row += 1) {
    lines.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const packed = deflateSync(lines, { level: 9 });
  return Buffer.concat([PNG_SIGNATURE, chunk("IHDR", head), chunk("IDAT", packed), chunk("IEND", Buffer.alloc(0))]);
}

/** Reads a picture of {@link encodePng}. */
export function decodePng(file: Buffer): Picture {
  const packed: Buffer[] = [];
  let head = Buffer.alloc(13);
  for (let at = PNG_SIGNATURE.length; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const [type, data] = [file.toString("latin1", at + 4, at + 8), file.subarray(at + 8, at + 8 + length)];
    if (type === "IHDR") head = Buffer.from(data);
    if (type === "IDAT") packed.push(data);
    at += length + 12;
  }
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const lines = inflateSync(Buffer.concat(packed));
  const pixels = Buffer.alloc(width * height);
  for (let row = 0; row < height; row += 1) {
    if (lines[row * (width + 1)] !== 0) throw new Error("Only unfiltered lines are read");
    lines.copy(pixels, row * width, row * (width + 1) + 1, (row + 1) * (width + 1));
  }
  return { width, height, pixels };
}
