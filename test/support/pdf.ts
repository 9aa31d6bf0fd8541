import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePDFRawStream, PDFArray, PDFDocument, PDFRawStream } from "pdf-lib";

/** A text as a PDF of ours draws it; lengths in points. */
export interface DrawnText {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly bold: boolean;
  readonly gray: number;
}

export interface DrawnPage {
  readonly texts: readonly DrawnText[];
  readonly rules: readonly { readonly gray: number; readonly box: readonly [number, number, number, number] }[];
}

/** Reads back what our own content streams draw, operator by operator. */
export async function drawnPages(pdf: Uint8Array): Promise<DrawnPage[]> {
  const document = await PDFDocument.load(pdf, { updateMetadata: false });
  return document.getPages().map((page) => {
    const contents = page.node.Contents();
    if (!(contents instanceof PDFRawStream) || contents instanceof PDFArray)
      throw new Error("One stream a page is expected");
    return readContent(Buffer.from(decodePDFRawStream(contents).decode()).toString("latin1"));
  });
}

function readContent(content: string): DrawnPage {
  const texts: DrawnText[] = [];
  const rules: DrawnPage["rules"][number][] = [];
  const style = { bold: false, size: 0, gray: 0 };
  const operators =
    /\/([RB]) (\d+) Tf ([\d.]+) g|([\d.]+) g (\d+) (\d+) (\d+) (\d+) re f|1 0 0 1 (\d+) (\d+) Tm\(((?:\\[\s\S]|[^\\)])*)\)Tj/g;
  for (const [, face, size, gray, ruleGray, x, y, width, height, left, baseline, raw] of content.matchAll(operators)) {
    if (face !== undefined) Object.assign(style, { bold: face === "B", size: Number(size) / 100, gray: Number(gray) });
    else if (raw !== undefined) {
      texts.push({ ...style, text: decodeString(raw), x: Number(left) / 100, y: Number(baseline) / 100 });
    } else {
      const box = [x, y, width, height].map((value) => Number(value) / 100) as [number, number, number, number];
      rules.push({ gray: Number(ruleGray), box });
    }
  }
  return { texts, rules };
}

function decodeString(raw: string): string {
  const bytes = raw.replace(/\\([\s\S])/g, (_, char: string) => (char === "r" ? "\r" : char));
  return Buffer.from(bytes, "latin1").swap16().toString("utf16le");
}

/** Programs for PDFs, each with the Debian package. */
const TOOLS = { pdftoppm: "poppler-utils", qpdf: "qpdf" } as const;

/**
 * Tells why a tool cannot be used here, or null. With REQUIRE_PDF_TOOLS=1, as in CI, a missing tool is an error. Nobody
 * may skip a check of pictures in silence.
 */
export function toolMissing(tool: keyof typeof TOOLS): string | null {
  if (spawnSync(tool, ["--version"]).error === undefined) return null;
  const reason = `${tool} is not installed (Debian: ${TOOLS[tool]})`;
  if (process.env.REQUIRE_PDF_TOOLS === "1") throw new Error(reason);
  return reason;
}

/** A page as gray pixels, 0 is black. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Renders every page of a PDF with poppler. */
export function rasterize(pdf: Uint8Array, dpi: number): Picture[] {
  return inTemporaryFile(pdf, (file, folder) => {
    run("pdftoppm", ["-r", String(dpi), "-gray", file, join(folder, "page")]);
    const pages = readdirSync(folder).filter((name) => name.endsWith(".pgm"));
    return pages.sort().map((name) => readPgm(readFileSync(join(folder, name))));
  });
}

/** Syntax check; throws with qpdf's own words. */
export function checkSyntax(pdf: Uint8Array): void {
  inTemporaryFile(pdf, (file) => run("qpdf", ["--check", file]));
}

const JARS = "/usr/share/java";

/** Why PDF/A cannot be validated here, or null. */
export function preflightMissing(): string | null {
  if (existsSync(join(JARS, "preflight.jar")) && spawnSync("java", ["-version"]).error === undefined) return null;
  return "PDFBox preflight is not installed (Debian: libpdfbox2-java libactivation-java libjaxb-api-java)";
}

/** Validates PDF/A-1b with PDFBox preflight; throws with its findings. */
export function checkPdfA(pdf: Uint8Array): void {
  const names = [
    "preflight",
    "pdfbox2",
    "xmpbox",
    "fontbox2",
    "commons-logging",
    "commons-io",
    "javax.activation",
    "jaxb-api",
  ];
  const path = names.map((name) => join(JARS, `${name}.jar`)).join(":");
  inTemporaryFile(pdf, (file) => run("java", ["-cp", path, "org.apache.pdfbox.preflight.Validator_A1b", file]));
}

function inTemporaryFile<T>(pdf: Uint8Array, use: (file: string, folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "act-"));
  try {
    const file = join(folder, "act.pdf");
    writeFileSync(file, pdf);
    return use(file, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${stdout}${stderr}`);
}

function readPgm(file: Buffer): Picture {
  const [head, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(file.toString("latin1", 0, 60)) ?? [];
  if (head === undefined) throw new Error("A binary PGM is expected");
  return { width: Number(width), height: Number(height), pixels: file.subarray(head.length) };
}
