import type { AcceptedAct } from "../accepted-act.ts";
import type { Act, ServiceLine } from "../act.ts";
import { RelayError } from "../errors.ts";
import { type Digest, hashWithWebCrypto, sha256Hex } from "../ids.ts";
import type { Organization } from "../parties.ts";
import type { Period } from "../period.ts";
import { type AcceptedParts, joinAcceptedForm } from "./accepted.ts";
import { type FontSet, loadFontSet } from "./font.ts";
import { notoSans } from "./fonts/noto-sans.generated.ts";
import { buildActForm, type PrintableAct, requirePrintable } from "./form.ts";
import { drawRows, type PdfParts, renderPdf, tryRender } from "./pdf.ts";
import { type AcceptedFacts, buildAcceptanceSheet, layOutSheet } from "./sheet.ts";
import { type ActTemplate, parseActTemplate, toServiceLines } from "./template.ts";

export { joinPdfParts as pdfBytes } from "../pdf-parts.ts";
export { isPrintable as printable, listMissingCharacters as missingCharacters, normalizeText } from "./characters.ts";
export type { FontSet } from "./font.ts";
export type { ActForm, FormRequisite, FormSignature, FormTotal, PrintableAct } from "./form.ts";
export { buildActForm as actForm, requirePrintable } from "./form.ts";
export type { PdfParts } from "./pdf.ts";
export { renderPdf } from "./pdf.ts";
export type { ActTemplate } from "./template.ts";
export { ActTemplateSchema, parseActTemplate, toServiceLines as serviceLines } from "./template.ts";

/** A printed act: the PDF is the prefix and then the tail; `prefix` is null for a document kept whole. */
export interface PrintedAct {
  /** sha256 of the whole PDF, hex; `bytes` is the length of the whole PDF. */
  readonly sha256: string;
  readonly bytes: number;
  readonly prefix: { readonly hash: string; readonly data: Uint8Array } | null;
  readonly tail: Uint8Array;
}

/** Draws acts with one template: the printer of the relay. */
export interface Printer {
  /** Makes the lines for 1C and for the form. */
  toServiceLines(act: Act, period: Period): readonly ServiceLine[];
  /** Prints an act. Throws `print_failed` or `glyph_missing` with a Russian message. */
  print(input: {
    readonly act: Pick<Act, keyof PrintableAct>;
    readonly organization: Organization;
  }): Promise<PrintedAct>;
  /** Joins the accepted form and the acceptance sheet. Throws `print_failed` with a Russian message. */
  printAccepted(input: AcceptedAct): Promise<PrintedAct>;
}

let standard: FontSet | undefined;
let extended: Promise<FontSet> | undefined;

/** The font set for nearly every act: ASCII, Latin-1, Cyrillic of Russia and neighbours, №, ₽, €. */
export function getStandardFonts(): FontSet {
  standard ??= loadFontSet(notoSans);
  return standard;
}

/** The larger font set, also with Latin Extended-A and the rest of Cyrillic. Loads the data on the first call. */
export function loadExtendedFonts(): Promise<FontSet> {
  extended ??= import("./fonts/noto-sans-extended.generated.ts").then((module) => loadFontSet(module.notoSansExtended));
  return extended;
}

async function toPrintedAct(parts: AcceptedParts, digest: Digest): Promise<PrintedAct> {
  const { prefix, tail } = parts;
  const bytes = (prefix?.data.length ?? 0) + tail.length;
  return { sha256: await sha256Hex(tail, digest, prefix?.data), bytes, ...parts };
}

async function drawSheet(facts: AcceptedFacts): Promise<PdfParts> {
  const sheet = buildAcceptanceSheet(facts);
  for (const loadFonts of [getStandardFonts, loadExtendedFonts]) {
    const fonts = await loadFonts();
    const parts = drawRows(sheet.name, layOutSheet(sheet, fonts), fonts);
    if (parts !== null) return parts;
  }
  throw new RelayError("glyph_missing", "В шрифтах формы нет знака протокола принятия");
}

/**
 * Makes a printer of the standard form; without a template, the default template is used. `digest` is for a runtime
 * with a faster sha256 than WebCrypto's, which takes longer than the drawing.
 * @example
 * const printer = createPrinter();
 * const { sha256, prefix, tail } = await printer.print({ act, organization });
 */
export function createPrinter(
  options: { readonly template?: ActTemplate | undefined; readonly digest?: Digest | undefined } = {},
): Printer {
  const { template = parseActTemplate({}), digest = hashWithWebCrypto } = options;
  return {
    toServiceLines: (act, period) => toServiceLines(act, template, period),
    async print({ act, organization }) {
      requirePrintable(act);
      const form = buildActForm({ act, organization, template });
      const parts = tryRender(form, [getStandardFonts()]) ?? renderPdf(form, { fonts: await loadExtendedFonts() });
      return toPrintedAct(parts, digest);
    },
    async printAccepted({ form, largest, ...facts }) {
      const join = (attaches: boolean) =>
        joinAcceptedForm(form, (pages) => drawSheet({ ...facts, pages }), { attaches, digest });
      const whole = await join(true);
      return toPrintedAct(whole.tail.length <= largest ? whole : await join(false), digest);
    },
  };
}
