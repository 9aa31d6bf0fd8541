/// <reference path="./subset-font.d.ts" />
// Writes the generated font modules: `node core/print/fonts/build.ts`. A development tool, no part of the package's
// API.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import fontkit from "@pdf-lib/fontkit";
import { PDFDocument } from "pdf-lib";
import subsetFont from "subset-font";
import { getExtendedCharacters, getStandardCharacters } from "../characters.ts";
import type { FontData } from "../font.ts";
import { OBJECTS } from "../objects.ts";
import { buildGrayProfile } from "./profile.ts";

/** The font sets. PDF wants a subset's name to begin with six capital letters: the tag. */
const FONT_SETS = [
  { name: "noto-sans", constant: "notoSans", tag: "RELAYS", characters: getStandardCharacters() },
  { name: "noto-sans-extended", constant: "notoSansExtended", tag: "RELAYX", characters: getExtendedCharacters() },
] as const;

const FACES = {
  regular: { file: "400Regular/NotoSans_400Regular.ttf", name: "NotoSans-Regular", stem: 92 },
  bold: { file: "700Bold/NotoSans_700Bold.ttf", name: "NotoSans-Bold", stem: 156 },
} as const;

interface Glyph {
  readonly id: number;
  readonly advanceWidth: number;
}

interface Face {
  readonly name: string;
  readonly stem: number;
  readonly bytes: Uint8Array;
  readonly ascent: number;
  readonly descent: number;
  readonly capHeight: number;
  readonly box: { minX: number; minY: number; maxX: number; maxY: number };
  /** Glyphs in the order of the set's characters. */
  readonly glyphs: readonly Glyph[];
}

/** Path of the font package's file. */
export function resolveFontFile(face: keyof typeof FACES): string {
  return createRequire(import.meta.url).resolve(`@expo-google-fonts/noto-sans/${FACES[face].file}`);
}

/** Makes every generated module: file name and text. The same inputs give the same bytes on any machine. */
export async function generate(): Promise<{ readonly file: string; readonly text: string }[]> {
  const modules = [];
  for (const set of FONT_SETS) {
    const data = await buildFontSet(set.name, set.tag, set.characters);
    modules.push({ file: `${set.name}.generated.ts`, text: formatModule(set.constant, data) });
  }
  return modules;
}

async function buildFontSet(name: string, tag: string, characters: string): Promise<FontData> {
  const regular = await cutFace("regular", characters);
  const bold = await cutFace("bold", characters);
  regular.glyphs.forEach((glyph, index) => {
    // Both faces share one CIDToGIDMap, so both subsets must have the same order.
    if (glyph.id !== bold.glyphs[index]?.id) throw new Error("The glyphs of the two faces are numbered differently");
  });
  const { bytes, offsets } = await buildPrefix(tag, characters, regular, bold);
  const widths = [...characters].flatMap((char, index) => [
    char.charCodeAt(0),
    regular.glyphs[index]?.advanceWidth ?? 0,
    bold.glyphs[index]?.advanceWidth ?? 0,
  ]);
  return {
    name,
    hash: createHash("sha256").update(bytes).digest("hex"),
    prefix: Buffer.from(bytes).toString("base64"),
    offsets,
    widths,
  };
}

async function cutFace(key: keyof typeof FACES, characters: string): Promise<Face> {
  const full = await readFile(resolveFontFile(key));
  const bytes = await subsetFont(full, characters, {
    targetFormat: "truetype",
    keepFeatures: [],
    noLayoutClosure: true,
    noHinting: true,
  });
  const font = fontkit.create(bytes);
  if (font.unitsPerEm !== 1000) throw new Error("Widths are expected in thousandths");
  const glyphs = [...characters].map((char) => {
    const code = char.charCodeAt(0);
    const glyph: Glyph = font.glyphForCodePoint(code);
    if (glyph.id === 0) throw new Error(`The font has no U+${code.toString(16)}`);
    return { id: glyph.id, advanceWidth: glyph.advanceWidth };
  });
  const { ascent, descent, capHeight, bbox } = font;
  return { ...FACES[key], bytes, ascent, descent, capHeight, box: bbox, glyphs };
}

/** Builds the constant first part: header, catalog, output intent, both fonts. Object numbers are in `OBJECTS`. */
async function buildPrefix(tag: string, characters: string, regular: Face, bold: Face) {
  const { context } = await PDFDocument.create();
  const chunks: Buffer[] = [];
  const offsets: number[] = new Array(OBJECTS.firstFree).fill(0);
  let length = 0;
  const add = (chunk: string | Uint8Array) => {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, "latin1") : Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
  };
  const addObject = (number: number, body: string) => {
    offsets[number] = length;
    add(`${number} 0 obj\n${body}\nendobj\n`);
  };
  const addStream = (number: number, content: Uint8Array, entries = "") => {
    // pdf-lib deflates in plain JavaScript: the system's zlib gives other bytes on another processor.
    const packed = context.flateStream(content).getContents();
    offsets[number] = length;
    add(`${number} 0 obj\n<</Length ${packed.length}/Filter/FlateDecode${entries}>>\nstream\n`);
    add(packed);
    add("\nendstream\nendobj\n");
  };

  add("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n");
  addObject(OBJECTS.catalog, formatCatalog());
  addStream(OBJECTS.profile, buildGrayProfile(), "/N 1");
  addObject(OBJECTS.resources, `<</Font<</R ${OBJECTS.regular} 0 R/B ${OBJECTS.bold} 0 R>>/ProcSet[/PDF/Text]>>`);
  for (const [first, face] of [[OBJECTS.regular, regular] as const, [OBJECTS.bold, bold] as const]) {
    const name = `${tag}+${face.name}`;
    addObject(first, formatCompositeFont(name, first));
    addObject(first + 1, formatCidFont(name, first, characters, face));
    addObject(first + 2, formatDescriptor(name, first, face));
    addStream(first + 3, face.bytes, `/Length1 ${face.bytes.length}`);
  }
  addStream(OBJECTS.toUnicode, Buffer.from(formatToUnicodeMap(characters), "latin1"));
  addStream(OBJECTS.glyphs, buildGlyphMap(characters, regular));
  addStream(OBJECTS.cidSet, buildCidSet(characters));
  return { bytes: Buffer.concat(chunks), offsets };
}

function formatCatalog(): string {
  const intent =
    "<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(Gray gamma 2.2)/Info(Gray gamma 2.2)" +
    `/DestOutputProfile ${OBJECTS.profile} 0 R>>`;
  return (
    `<</Type/Catalog/Pages ${OBJECTS.pages} 0 R/Metadata ${OBJECTS.metadata} 0 R/Lang(ru-RU)` +
    `/ViewerPreferences<</DisplayDocTitle true>>/OutputIntents[${intent}]>>`
  );
}

/** Strings are code points in two bytes: a CID is a code point, and the map makes it a glyph. */
function formatCompositeFont(name: string, first: number): string {
  return (
    `<</Type/Font/Subtype/Type0/BaseFont/${name}/Encoding/Identity-H/DescendantFonts[${first + 1} 0 R]` +
    `/ToUnicode ${OBJECTS.toUnicode} 0 R>>`
  );
}

function formatCidFont(name: string, first: number, characters: string, face: Face): string {
  const runs: string[] = [];
  let expected = -1;
  [...characters].forEach((char, index) => {
    const code = char.charCodeAt(0);
    const width = String(face.glyphs[index]?.advanceWidth);
    if (code === expected) runs[runs.length - 1] += ` ${width}`;
    else runs.push(`${code}[${width}`);
    expected = code + 1;
  });
  return (
    `<</Type/Font/Subtype/CIDFontType2/BaseFont/${name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)` +
    `/Supplement 0>>/FontDescriptor ${first + 2} 0 R/CIDToGIDMap ${OBJECTS.glyphs} 0 R/DW 0/W[${runs.map((run) => `${run}]`).join("")}]>>`
  );
}

function formatDescriptor(name: string, first: number, face: Face): string {
  const { minX, minY, maxX, maxY } = face.box;
  return (
    `<</Type/FontDescriptor/FontName/${name}/Flags 4/FontBBox[${minX} ${minY} ${maxX} ${maxY}]/ItalicAngle 0` +
    `/Ascent ${face.ascent}/Descent ${face.descent}/CapHeight ${face.capHeight}/StemV ${face.stem}` +
    `/FontFile2 ${first + 3} 0 R/CIDSet ${OBJECTS.cidSet} 0 R>>`
  );
}

/** Maps every code to the same code. A range must keep its first byte, so each first byte has a range. */
function formatToUnicodeMap(characters: string): string {
  const pages = [...new Set([...characters].map((char) => char.charCodeAt(0) >> 8))];
  const formatCode = (code: number) => `<${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  const ranges = pages.map(
    (page) => `${formatCode(page << 8)}${formatCode((page << 8) + 255)}${formatCode(page << 8)}`,
  );
  return [
    "/CIDInit/ProcSet findresource begin 12 dict begin begincmap",
    "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def",
    "/CMapName/Adobe-Identity-UCS def/CMapType 2 def",
    "1 begincodespacerange<0000><FFFF>endcodespacerange",
    `${ranges.length} beginbfrange`,
    ...ranges,
    "endbfrange",
    "endcmap CMapName currentdict/CMap defineresource pop end end",
  ].join("\n");
}

function buildGlyphMap(characters: string, face: Face): Uint8Array {
  const map = new DataView(new ArrayBuffer((characters.charCodeAt(characters.length - 1) + 1) * 2));
  [...characters].forEach((char, index) => {
    map.setUint16(char.charCodeAt(0) * 2, face.glyphs[index]?.id ?? 0);
  });
  return new Uint8Array(map.buffer);
}

function buildCidSet(characters: string): Uint8Array {
  const bits = new Uint8Array((characters.charCodeAt(characters.length - 1) >> 3) + 1);
  for (const code of [0, ...[...characters].map((char) => char.charCodeAt(0))]) {
    bits[code >> 3] = (bits[code >> 3] ?? 0) | (0x80 >> (code & 7));
  }
  return bits;
}

function formatModule(constant: string, data: FontData): string {
  return [
    "// Generated by build.ts from Noto Sans (SIL Open Font License 1.1, see OFL.txt). Do not edit.",
    'import type { FontData } from "../font.ts";',
    "",
    `/** Font set \`${data.name}\`: Noto Sans regular and bold, cut to its characters. */`,
    `export const ${constant}: FontData = ${JSON.stringify(data, null, 0)};`,
    "",
  ].join("\n");
}

if (import.meta.main) {
  for (const { file, text } of await generate()) await writeFile(new URL(file, import.meta.url), text);
}
