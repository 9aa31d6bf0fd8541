import { drawFoot, drawPage } from "./draw.ts";
import type { FontSet } from "./font.ts";
import { OBJECTS } from "./objects.ts";
import type { Page } from "./paginate.ts";
import { PAGE } from "./rows.ts";
import { unitsOf } from "./units.ts";
import { ByteWriter } from "./writer.ts";

// Joined once, here: a join for every document would cost as much as the text in between.
const PAGE_HEAD = `<</Type/Page/Parent ${OBJECTS.pages} 0 R/Contents `;
const PAGES_FOOT = `]/MediaBox[0 0 ${PAGE.width / 100} ${PAGE.height / 100}]/Resources ${OBJECTS.resources} 0 R>>\nendobj\n`;
const TRAILER = `/Root ${OBJECTS.catalog} 0 R/Info ${OBJECTS.info} 0 R/ID[`;

/** XMP metadata: marks the file as PDF/A-1b and repeats the title, which must agree with the title in Info. */
const [METADATA_HEAD, METADATA_FOOT] = /* @__PURE__ */ [
  '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>' +
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    '<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">' +
    "<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>" +
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">' +
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">',
  '</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>',
].map(encodeUtf8) as [Uint8Array, Uint8Array];

// One pair for all documents: a new buffer costs more time than the filling. No code awaits in between.
const out = /* @__PURE__ */ new ByteWriter(16_000);
const content = /* @__PURE__ */ new ByteWriter(16_000);

/** Writes the part behind the prefix of a font set: pages, title, cross-reference table and trailer. */
export function writeTail(name: string, pages: readonly Page[], fonts: FontSet): Uint8Array<ArrayBuffer> {
  out.clear();
  const offsets = fonts.offsets.slice();
  const begin = (number: number) => {
    offsets[number] = fonts.prefix.length + out.length;
    out.writeNumber(number);
    out.writeAscii("0 obj\n");
  };
  pages.forEach((page, index) => {
    const number = OBJECTS.firstFree + index * 2;
    begin(number);
    out.writeAscii(PAGE_HEAD);
    out.writeNumber(number + 1);
    out.writeAscii("0 R>>\nendobj\n");
    content.clear();
    drawPage(content, page);
    if (pages.length > 1) drawFoot(content, name, `Страница ${index + 1} из ${pages.length}`, fonts);
    begin(number + 1);
    writeStream("");
  });
  begin(OBJECTS.pages);
  writePages(pages.length);
  begin(OBJECTS.metadata);
  content.clear();
  content.writeBytes(METADATA_HEAD);
  content.writeXml(name);
  content.writeBytes(METADATA_FOOT);
  writeStream("/Type/Metadata/Subtype/XML");
  begin(OBJECTS.info);
  out.writeAscii("<</Title");
  out.writeString(unitsOf(`\uFEFF${name}`));
  out.writeAscii(">>\nendobj\n");
  writeTrailer(offsets, fonts);
  return out.getWritten().slice();
}

/** Writes the bytes of `content` as a stream. */
function writeStream(entries: string): void {
  out.writeAscii("<</Length ");
  out.writeNumber(content.length);
  out.writeAscii(entries);
  out.writeAscii(">>\nstream\n");
  out.writeBytes(content.getWritten());
  out.writeAscii("\nendstream\nendobj\n");
}

function writePages(count: number): void {
  out.writeAscii("<</Type/Pages/Count ");
  out.writeNumber(count);
  out.writeAscii("/Kids[");
  for (let index = 0; index < count; index += 1) {
    out.writeNumber(OBJECTS.firstFree + index * 2);
    out.writeAscii("0 R ");
  }
  out.writeAscii(PAGES_FOOT);
}

function writeTrailer(offsets: readonly number[], fonts: FontSet): void {
  const id = computeFingerprint(out.getWritten());
  const start = fonts.prefix.length + out.length;
  out.writeAscii("xref\n0 ");
  out.writeNumber(offsets.length);
  out.writeAscii("\n0000000000 65535 f \n");
  for (let number = 1; number < offsets.length; number += 1) {
    out.writePadded(offsets[number] as number, 10);
    out.writeAscii(" 00000 n \n");
  }
  out.writeAscii("trailer\n<</Size ");
  out.writeNumber(offsets.length);
  out.writeAscii(TRAILER);
  for (const copy of [id, id]) {
    out.writeAscii("<");
    for (const word of copy) out.writeHex(word);
    out.writeAscii(">");
  }
  out.writeAscii("]>>\nstartxref\n");
  out.writeNumber(start);
  out.writeAscii("\n%%EOF\n");
}

function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * Computes 128 bits that differ between documents; distinguishes copies, protects nothing. Each of four hashes takes
 * every fourth word. The last four words count again from the end, so that no byte is left out.
 */
function computeFingerprint(data: Uint8Array): readonly number[] {
  const words = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const last = data.byteLength - 16;
  let [a, b, c, d] = [0x811c9dc5, 0x9747b28c, 0x85ebca6b, 0xc2b2ae35];
  for (let at = 0; at < last + 16; at += 16) {
    const from = Math.min(at, last);
    a = mix(a, words.getInt32(from, true));
    b = mix(b, words.getInt32(from + 4, true));
    c = mix(c, words.getInt32(from + 8, true));
    d = mix(d, words.getInt32(from + 12, true));
  }
  return [a, b, c, d];
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  // A product carries a difference only upwards; the shift brings the difference down again.
  return mixed ^ (mixed >>> 15);
}
