import type { PDFDocument } from "pdf-lib";
import { RelayError } from "../errors.ts";
import { type Digest, sha256Hex } from "../ids.ts";
import { joinPdfParts } from "../pdf-parts.ts";
import { OBJECTS } from "./objects.ts";
import type { PdfParts } from "./pdf.ts";

/** Longest form that a sheet follows, pages. */
const MOST_PAGES = 100;

/** Mark of PDF/A-1 in the metadata, as an element or as an attribute. */
const PDF_A_1 = /pdfaid:part(?:>|=["'])\s*1/;
/** Length of `%PDF-1.4`. */
const VERSION_LENGTH = 8;
/** Enough of the end of a file for the place of its table of objects, bytes. */
const TRAILER_ROOM = 64;

/** A file in two parts, as the store keeps forms; the prefix is null for a file kept whole. */
export interface AcceptedParts {
  readonly prefix: PdfParts["prefix"] | null;
  readonly tail: Uint8Array<ArrayBuffer>;
}

type PdfLib = typeof import("pdf-lib");

/**
 * Joins a printed form of any origin and the acceptance sheet to one PDF. `attaches`: the form's own bytes ride along as
 * an attachment; in a PDF/A-1 form, which forbids attachments, they never do. `drawSheet` gets the number of the form's
 * pages. The same input gives the same bytes. The library is loaded here, since only an acceptance needs it.
 *
 * @throws {RelayError} `print_failed` with a Russian message for an encrypted, damaged or long form
 */
export async function joinAcceptedForm(
  file: Uint8Array<ArrayBuffer>,
  drawSheet: (pages: number) => Promise<PdfParts>,
  { attaches, digest }: { readonly attaches: boolean; readonly digest: Digest },
): Promise<AcceptedParts> {
  const pdfLib = await import("pdf-lib");
  const form = await load(pdfLib, file);
  const pages = form.getPageCount();
  if (pages > MOST_PAGES) {
    throw refuse(`В форме ${pages} страниц, а протокол прилагается к форме не длиннее ${MOST_PAGES} страниц`);
  }
  const sheet = await drawSheet(pages);
  const id = (await sha256Hex(sheet.tail, digest, file)).slice(0, 32);
  const isOwn = hasPrefix(file, sheet.prefix.data);
  await appendSheet(pdfLib, form, sheet, isOwn);
  setFileId(pdfLib, form, id);
  if (attaches && !isPdfA1(pdfLib, form)) {
    await form.attach(file, "accepted-form.pdf", {
      mimeType: "application/pdf",
      description: "Форма, какой её принял исполнитель",
      afRelationship: pdfLib.AFRelationship.Source,
    });
  }
  const saved = await save(form, file);
  return isOwn ? splitAfterFonts(saved, digest) : { prefix: null, tail: saved };
}

async function load({ PDFDocument }: PdfLib, file: Uint8Array): Promise<PDFDocument> {
  const options = { updateMetadata: false, ignoreEncryption: true, throwOnInvalidObject: true };
  try {
    const form = await PDFDocument.load(file, options);
    if (!form.isEncrypted && form.getPageCount() > 0) return form;
  } catch (cause) {
    // The parser fails on encrypted streams before it comes to the encryption itself.
    if (!isEncrypted(file)) throw refuse("Файл формы повреждён", cause);
  }
  throw refuse(isEncrypted(file) ? "Форма из 1С зашифрована" : "В файле формы нет страниц");
}

async function save(form: PDFDocument, file: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(await form.save({ useObjectStreams: false }));
  // The library always writes version 1.7, which PDF/A-1 forbids.
  bytes.set(file.subarray(0, VERSION_LENGTH));
  return bytes;
}

/** Appends the pages of the sheet. A form of our own lends its fonts, so that the file holds them once. */
async function appendSheet(pdfLib: PdfLib, form: PDFDocument, sheet: PdfParts, isOwn: boolean): Promise<void> {
  const { PDFDocument, PDFName } = pdfLib;
  const resources = PDFName.of("Resources");
  const source = await PDFDocument.load(joinPdfParts(sheet), { updateMetadata: false });
  const lent = isOwn ? form.getPage(0).node.getInheritableAttribute(resources) : undefined;
  if (lent !== undefined) for (const page of source.getPages()) page.node.set(resources, source.context.obj({}));
  for (const page of await form.copyPages(source, source.getPageIndices())) {
    if (lent !== undefined) page.node.set(resources, lent);
    form.addPage(page);
  }
  if (isOwn) moveBehindFonts(pdfLib, form);
}

/**
 * Moves what differs between documents behind the fonts. The library writes objects by number, so that all accepted forms
 * begin with the same bytes, and the store keeps these once. An empty object keeps each place in the table of objects.
 */
function moveBehindFonts({ PDFName, PDFNull, PDFRef }: PdfLib, form: PDFDocument): void {
  const { catalog, context } = form;
  const move = (number: number) => {
    const from = PDFRef.of(number);
    const moved = context.register(context.lookup(from)!);
    context.assign(from, PDFNull);
    return moved;
  };
  const pages = move(OBJECTS.pages);
  catalog.set(PDFName.of("Pages"), pages);
  for (const page of form.getPages()) page.node.set(PDFName.of("Parent"), pages);
  catalog.set(PDFName.of("Metadata"), move(OBJECTS.metadata));
  context.trailerInfo.Info = move(OBJECTS.info);
  context.trailerInfo.Root = move(OBJECTS.catalog);
}

/** Splits a file of our own in front of the first object that differs between documents. */
async function splitAfterFonts(file: Uint8Array<ArrayBuffer>, digest: Digest): Promise<AcceptedParts> {
  const end = new TextDecoder("latin1").decode(file.subarray(-TRAILER_ROOM));
  const table = Number(/startxref\n(\d+)\n/.exec(end)?.[1]);
  const rows = new TextDecoder("latin1").decode(file.subarray(table)).split("\n");
  // Two lines go in front of the rows: the keyword, and the first number with the count.
  const at = Number(rows[2 + OBJECTS.firstFree]?.slice(0, 10));
  const data = file.slice(0, at);
  return { prefix: { hash: await sha256Hex(data, digest), data }, tail: file.slice(at) };
}

function isEncrypted(file: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(file).includes("/Encrypt");
}

function isPdfA1({ PDFName, PDFRawStream, decodePDFRawStream }: PdfLib, form: PDFDocument): boolean {
  const metadata = form.catalog.lookup(PDFName.of("Metadata"));
  if (!(metadata instanceof PDFRawStream)) return false;
  return PDF_A_1.test(new TextDecoder().decode(decodePDFRawStream(metadata).decode()));
}

/** Gives the file an identifier of its own: the first half stays the form's, as for every later version of a file. */
function setFileId({ PDFArray, PDFHexString }: PdfLib, { context }: PDFDocument, id: string): void {
  const own = PDFHexString.of(id);
  const { ID: former } = context.trailerInfo;
  context.trailerInfo.ID = context.obj([former instanceof PDFArray ? former.get(0) : own, own]);
}

function hasPrefix(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length > prefix.length && prefix.every((byte, index) => bytes[index] === byte);
}

function refuse(message: string, cause?: unknown): RelayError {
  return new RelayError("print_failed", message, { cause });
}
