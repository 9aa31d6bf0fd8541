import { RelayError } from "../errors.ts";
import { needsExtended, normalizeText } from "./characters.ts";
import { covers, type FontSet, textWidth } from "./font.ts";
import type { ActForm } from "./form.ts";
import { layoutForm } from "./layout.ts";
import { OBJECTS } from "./objects.ts";
import { type Page, paginate, type Slice } from "./paginate.ts";
import { CONTENT, PAGE, type Rule, type Style } from "./rows.ts";
import { ByteWriter } from "./writer.ts";

/** A PDF in two parts: what all documents of a font set share, kept once under its sha256, and what is this one's own. */
export interface PdfParts {
  readonly prefix: { readonly hash: string; readonly data: Uint8Array };
  readonly tail: Uint8Array;
}

const FOOT: Style = { size: 750, bold: false, gray: 50 };
const FOOT_BASELINE = 3400;

/**
 * Draws a form as PDF/A-1b. The same form and fonts give the same bytes: nothing in them is a date or chance.
 * The first font set that has every character is taken.
 *
 * @throws {RelayError} `glyph_missing` when no set has them all
 */
export function renderPdf(form: ActForm, options: { readonly fonts: FontSet | readonly FontSet[] }): PdfParts {
  const texts: string[] = [];
  const normal = mapTexts(form, (text) => {
    const drawn = normalizeText(text);
    texts.push(drawn);
    return drawn;
  });
  const fonts = chooseFonts(texts, [options.fonts].flat());
  const pages = paginate(layoutForm(normal, fonts));
  return { prefix: { hash: fonts.hash, data: fonts.prefix }, tail: writeTail(normal.name, pages, fonts) };
}

/** The whole PDF of its parts; also of those of a printed act or of a stored form, where a prefix may be absent. */
export function pdfBytes(parts: {
  readonly prefix: { readonly data: Uint8Array } | null;
  readonly tail: Uint8Array;
}): Uint8Array<ArrayBuffer> {
  const data = parts.prefix?.data ?? new Uint8Array();
  const bytes = new Uint8Array(data.length + parts.tail.length);
  bytes.set(data);
  bytes.set(parts.tail, data.length);
  return bytes;
}

/** Whether any text of a form has a character that only the extended font set draws. */
export function formNeedsExtended(form: ActForm): boolean {
  let needed = false;
  mapTexts(form, (text) => {
    needed ||= needsExtended(normalizeText(text));
    return text;
  });
  return needed;
}

function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === "string") return change(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)])) as T;
}

function chooseFonts(texts: readonly string[], sets: readonly FontSet[]): FontSet {
  const found = sets.find((set) => texts.every((text) => covers(set, text)));
  if (found !== undefined) return found;
  const largest = sets.at(-1);
  const lacking = [...texts.join("")].filter((char) => largest === undefined || !covers(largest, char));
  const codes = new Set(
    lacking.map((char) => `U+${(char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`),
  );
  throw new RelayError("glyph_missing", `The fonts lack ${[...codes].join(", ")}`);
}

function writeTail(name: string, pages: readonly Page[], fonts: FontSet): Uint8Array {
  const out = new ByteWriter(12_000 * pages.length);
  const offsets = [...fonts.offsets];
  const begin = (number: number) => {
    offsets[number] = fonts.prefix.length + out.length;
    out.ascii(`${number} 0 obj\n`);
  };
  pages.forEach((page, index) => {
    const number = OBJECTS.firstFree + index * 2;
    begin(number);
    out.ascii(`<</Type/Page/Parent ${OBJECTS.pages} 0 R/Contents ${number + 1} 0 R>>\nendobj\n`);
    const content = new ByteWriter(10_000);
    drawPage(content, page);
    if (pages.length > 1) drawFoot(content, name, `Страница ${index + 1} из ${pages.length}`, fonts);
    begin(number + 1);
    writeStream(out, "", content.written());
  });
  begin(OBJECTS.pages);
  const kids = pages.map((_, index) => `${OBJECTS.firstFree + index * 2} 0 R`).join(" ");
  out.ascii(
    `<</Type/Pages/Count ${pages.length}/Kids[${kids}]/MediaBox[0 0 ${PAGE.width / 100} ${PAGE.height / 100}]` +
      `/Resources ${OBJECTS.resources} 0 R>>\nendobj\n`,
  );
  begin(OBJECTS.metadata);
  writeStream(out, "/Type/Metadata/Subtype/XML", new TextEncoder().encode(metadata(name)));
  begin(OBJECTS.info);
  out.ascii("<</Title");
  out.string(`\uFEFF${name}`);
  out.ascii(">>\nendobj\n");
  writeTrailer(out, offsets, fonts);
  return out.written().slice();
}

function writeStream(out: ByteWriter, entries: string, data: Uint8Array): void {
  out.ascii(`<</Length ${data.length}${entries}>>\nstream\n`);
  out.bytes(data);
  out.ascii("\nendstream\nendobj\n");
}

function writeTrailer(out: ByteWriter, offsets: readonly number[], fonts: FontSet): void {
  const id = fingerprint(out.written());
  const start = fonts.prefix.length + out.length;
  const entries = offsets.slice(1).map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`);
  out.ascii(`xref\n0 ${offsets.length}\n0000000000 65535 f \n${entries.join("")}`);
  out.ascii(
    `trailer\n<</Size ${offsets.length}/Root ${OBJECTS.catalog} 0 R/Info ${OBJECTS.info} 0 R/ID[<${id}><${id}>]>>\n` +
      `startxref\n${start}\n%%EOF\n`,
  );
}

function drawPage(out: ByteWriter, page: Page): void {
  out.ascii(".01 0 0 .01 0 0 cm\n");
  for (const slice of page) {
    if (slice.to === slice.row.lines) for (const rule of slice.row.rules) drawRule(out, rule, slice);
  }
  out.ascii("BT\n");
  const pen = { style: "" };
  for (const { row, from, to, top } of page) {
    const baseline = PAGE.height - top - Math.round(row.lineHeight * 0.76);
    for (const cell of row.cells) {
      setStyle(out, cell.style, pen);
      cell.lines.slice(from, to).forEach((line, index) => {
        const slack = cell.align === "right" ? cell.width - Math.round((line.width * cell.style.size) / 1000) : 0;
        drawText(out, line.text, PAGE.left + cell.x + slack, baseline - index * row.lineHeight);
      });
    }
  }
  out.ascii("ET\n");
}

function drawRule(out: ByteWriter, rule: Rule, slice: Slice): void {
  const { row, from, to, top } = slice;
  const y = PAGE.height - top - (to - from) * row.lineHeight - row.pad;
  out.ascii(`${rule.gray / 100} g ${PAGE.left + rule.x} ${y} ${rule.width} ${rule.thickness} re f\n`);
}

/** Name of the document and number of the page, below the text; a name that does not fit is left out. */
function drawFoot(out: ByteWriter, name: string, number: string, fonts: FontSet): void {
  const width = (text: string) => Math.ceil((textWidth(fonts.regular, text) * FOOT.size) / 1000);
  const right = PAGE.width - PAGE.right - width(number);
  out.ascii("BT\n");
  setStyle(out, FOOT, { style: "" });
  if (width(name) + width(number) + 2000 < CONTENT) drawText(out, name, PAGE.left, FOOT_BASELINE);
  drawText(out, number, right, FOOT_BASELINE);
  out.ascii("ET\n");
}

function setStyle(out: ByteWriter, style: Style, pen: { style: string }): void {
  const operators = `/${style.bold ? "B" : "R"} ${style.size} Tf ${style.gray / 100} g\n`;
  if (operators === pen.style) return;
  out.ascii(operators);
  pen.style = operators;
}

function drawText(out: ByteWriter, text: string, x: number, y: number): void {
  out.ascii(`1 0 0 1 ${x} ${y} Tm`);
  out.string(text);
  out.ascii("Tj\n");
}

/** Says that the file is PDF/A-1b and repeats the title, which must agree with the one in Info. */
function metadata(name: string): string {
  const title = name.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  return (
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>' +
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">' +
    "<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>" +
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">' +
    `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${title}</rdf:li></rdf:Alt></dc:title></rdf:Description>` +
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
  );
}

/** 128 bits that differ for different documents (four multiplicative hashes); tells copies apart, guards nothing. */
function fingerprint(data: Uint8Array): string {
  let [a, b, c, d] = [0x811c9dc5, 0x9747b28c, 0x85ebca6b, 0xc2b2ae35];
  for (let index = 0; index < data.length; index += 1) {
    const byte = data[index] as number;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x5bd1e995);
    c = Math.imul(c ^ byte, 0x9e3779b1);
    d = Math.imul(d ^ byte, 0x85ebca77);
  }
  return [a, b, c, d].map((hash) => (hash >>> 0).toString(16).padStart(8, "0")).join("");
}
