import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { actForm, getStandardFonts, parseActTemplate, pdfBytes, renderPdf } from "../../core/print/index.ts";
import { acceptForm } from "../support/accepted.ts";
import { type DrawnPage, explainMissingTool, type Picture, rasterize, readPages } from "../support/pdf.ts";
import { countPixelsOff, decodePng, encodePng, TOLERANCE } from "../support/picture.ts";
import { bare, company, entrepreneur, makePrintableAct, makeServiceRows, organization } from "../support/print.ts";

// To look at the forms and to make the references anew: UPDATE_PICTURES=1 npx vitest run test/integration/pictures.test.ts
const FOLDER = new URL("../fixtures/print/", import.meta.url);
const UPDATE = process.env.UPDATE_PICTURES === "1";
const DPI = 100;
const PIXELS = DPI / 72;
const HEIGHT = 841.89;

const template = parseActTemplate({});
const { legalAddress: _, ogrn: __, ...person } = entrepreneur;

function draw(part: Parameters<typeof makePrintableAct>[0], org = organization): Uint8Array<ArrayBuffer> {
  const form = actForm({ act: makePrintableAct(part), organization: org, template });
  return pdfBytes(renderPdf(form, { fonts: getStandardFonts() }));
}

const samples: [name: string, pdf: Uint8Array][] = [
  ["short", draw({ contractor: { ...person, kind: "individual", name: "Ли Елена Олеговна" } })],
  ["company-vat-22", draw({ contractor: company, vat: "22", ...makeServiceRows(5) })],
  ["entrepreneur", draw({ contractor: entrepreneur, ...makeServiceRows(2) })],
  ["self-employed", draw({ contractor: { ...person, kind: "self_employed", name: "Иванова Мария Петровна" } })],
  ["60-lines", draw({ contractor: company, vat: "22", ...makeServiceRows(60) })],
  [
    "tall-line",
    draw(makeServiceRows(3, (index) => (index === 1 ? "Подробное описание услуги. ".repeat(160) : "Кратко"))),
  ],
  ["no-signatory", draw({ contractor: bare }, { name: "ООО «Север»", inn: "7707083893" })],
  [
    "long-word",
    draw({ contractor: { ...company, legalAddress: "Ъ".repeat(90) }, ...makeServiceRows(2, () => "Щ".repeat(150)) }),
  ],
  ["accepted", (await acceptForm(draw({ contractor: entrepreneur }))).file],
];

const file = (name: string, page: number) => new URL(`${name}-${page + 1}.png`, FOLDER);
const reference = (name: string, page: number): Picture => decodePng(readFileSync(file(name, page)));

function requirePdftoppm(context: TestContext): void {
  const reason = explainMissingTool("pdftoppm");
  if (reason !== null) context.skip(reason);
}

beforeAll(() => {
  if (!UPDATE || explainMissingTool("pdftoppm") !== null) return;
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, pdf] of samples) {
    for (const [page, picture] of rasterize(pdf, DPI).entries()) writeFileSync(file(name, page), encodePng(picture));
  }
});

it.for(samples)("%s looks like its reference", { timeout: 60_000 }, ([name, pdf], context) => {
  requirePdftoppm(context);
  const pages = rasterize(pdf, DPI);
  expect(readdirSync(FOLDER).filter((kept) => kept.startsWith(`${name}-`)).length).toBe(pages.length);
  pages.forEach((picture, page) => {
    expect(countPixelsOff(picture, reference(name, page)), `page ${page + 1}`).toBeLessThanOrEqual(TOLERANCE.pixels);
  });
});

describe("the comparison", () => {
  const [name, pdf] = samples[1] as [string, Uint8Array];

  it("lets another antialiasing pass", (context) => {
    requirePdftoppm(context);
    const [fine] = rasterize(pdf, DPI * 2) as [Picture];
    expect(countPixelsOff(halved(fine), reference(name, 0))).toBeLessThanOrEqual(TOLERANCE.pixels);
  });

  it("finds any single missing letter or digit", { timeout: 60_000 }, async (context) => {
    requirePdftoppm(context);
    const kept = reference(name, 0);
    const [page] = (await readPages(pdf)) as [DrawnPage];
    // Every glyph of the page would take a minute. The sample holds all of the smallest glyphs and some of each other
    // size.
    const sample = glyphs(page).filter(({ size }, index) => size < 7 || index % 9 === 0);
    const unseen = sample.filter(({ box }) => countPixelsOff(blanked(kept, box), kept) <= TOLERANCE.pixels);
    expect(unseen.map(({ char }) => char).join("")).toBe("");
  });

  it("finds one line that moved by two points", { timeout: 60_000 }, async (context) => {
    requirePdftoppm(context);
    const kept = reference(name, 0);
    const [page] = (await readPages(pdf)) as [DrawnPage];
    for (const { text, y } of page.texts.filter((_, index) => index % 9 === 0)) {
      const [moved] = rasterize(withMoved(pdf, y, 2), DPI) as [Picture];
      expect(countPixelsOff(moved, kept), text).toBeGreaterThan(TOLERANCE.pixels);
    }
  });
});

type Box = readonly [left: number, bottom: number, right: number, top: number];

/** Finds the letters and digits of a page, with their boxes. */
function glyphs(page: DrawnPage): { readonly char: string; readonly size: number; readonly box: Box }[] {
  const { regular, bold } = getStandardFonts();
  return page.texts.flatMap(({ text, x, y, size, bold: isBold }) => {
    let left = x;
    return [...text].flatMap((char) => {
      const width = (((isBold ? bold : regular)[char.charCodeAt(0)] as number) * size) / 1000;
      const box: Box = [left, y - size * 0.3, left + width, y + size];
      left += width;
      return /[\p{L}\d]/u.test(char) ? [{ char, size, box }] : [];
    });
  });
}

function blanked(picture: Picture, [left, bottom, right, top]: Box): Picture {
  const pixels = Uint8Array.from(picture.pixels);
  for (let row = Math.floor((HEIGHT - top) * PIXELS); row < (HEIGHT - bottom) * PIXELS; row += 1) {
    pixels.fill(255, row * picture.width + Math.floor(left * PIXELS), row * picture.width + Math.ceil(right * PIXELS));
  }
  return { ...picture, pixels };
}

/** Halves the resolution of a picture. */
function halved({ width, height, pixels }: Picture): Picture {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const at = (row: number, column: number) =>
    row < height && column < width ? (pixels[row * width + column] ?? 255) : 255;
  const half = Uint8Array.from({ length: columns * rows }, (_, index) => {
    const [row, column] = [Math.floor(index / columns) * 2, (index % columns) * 2];
    return (at(row, column) + at(row, column + 1) + at(row + 1, column) + at(row + 1, column + 1)) / 4;
  });
  return { width: columns, height: rows, pixels: half };
}

/**
 * Moves every text of one line up by `by` points. The file keeps the same length, and so the table of offsets stays
 * right.
 */
function withMoved(pdf: Uint8Array, y: number, by: number): Uint8Array {
  const [before, behind] = [Math.round(y * 100), Math.round((y + by) * 100)];
  const moved = Buffer.from(pdf).toString("latin1").replaceAll(` ${before} Tm(`, ` ${behind} Tm(`);
  expect(moved.length).toBe(pdf.length);
  return Buffer.from(moved, "latin1");
}
