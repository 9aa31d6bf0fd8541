import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePDFRawStream, PDFArray, PDFDict, PDFDocument, PDFName, type PDFRawStream, StandardFonts } from "pdf-lib";
import { describe, expect, test } from "vitest";
import type { AcceptanceEvidence, Act } from "../../core/act.ts";
import type { RecordedEvent } from "../../core/act-event.ts";
import { sha256Hex } from "../../core/ids.ts";
import { createPrinter, pdfBytes } from "../../core/print/index.ts";
import { anAct } from "../support/builders.ts";
import { checkPdfA, checkSyntax, explainMissingPreflight, explainMissingTool, readPages } from "../support/pdf.ts";
import { company, makePrintableAct, makeServiceRows, organization } from "../support/print.ts";

const noPreflight = explainMissingPreflight();
const noQpdf = explainMissingTool("qpdf");
const printer = createPrinter();
const at = (minute: number) => Date.UTC(2026, 10, 24, 9, minute, 12);

const EVIDENCE: AcceptanceEvidence = {
  by: { id: "user-7", name: "Ковалёв Пётр Ильич", contact: "+7 916 000-00-00" },
  means: "sms_code",
  ip: "203.0.113.7",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0",
  agreement: { url: "https://platform.example/agreement", version: "3", date: "2026-01-15" },
  confirmedAt: "2026-11-24T09:05:10.000Z",
};

interface Accepting {
  readonly largest?: number;
  readonly evidence?: AcceptanceEvidence | undefined;
  readonly pdfSha256?: string | null;
  readonly act?: Partial<Act>;
}

/** Accepts a file as the form of an act, and joins the sheet. */
async function accept(form: Uint8Array<ArrayBuffer>, options: Accepting = {}) {
  const { largest = Number.POSITIVE_INFINITY, evidence = "evidence" in options ? undefined : EVIDENCE } = options;
  const sha256 = await sha256Hex(form);
  const shown = { sha256, bytes: form.length, printedAt: at(1) };
  const act = anAct({ ...makePrintableAct(), status: "accepted", form: shown, payoutId: "pay-17", ...options.act });
  const { pdfSha256 = sha256 } = options;
  const acceptance = { acceptedAt: at(5), acceptedBy: "Ковалёв П. И.", pdfSha256, ...(evidence ? { evidence } : {}) };
  const history = [
    { type: "act.requested", revision: 1, seq: 1, at: at(0) },
    { type: "act.created", seq: 3, at: at(1) },
    { type: "act.printed", form: { ...shown, sha256: "0".repeat(64) }, seq: 4, at: at(1) },
    { type: "act.printed", form: shown, seq: 5, at: at(2) },
    { type: "act.accepted", ...acceptance, seq: 6, at: at(5) },
  ] as unknown as RecordedEvent[];
  const printed = await printer.printAccepted({
    act,
    organizationInn: organization.inn,
    form,
    history,
    timeZone: "Europe/Moscow",
    largest,
  });
  return { ...printed, file: Uint8Array.from(printed.tail) };
}

/** Our own form of an act. */
async function drawOwnForm(part: Parameters<typeof makePrintableAct>[0] = {}) {
  return pdfBytes(await printer.print({ act: { ...anAct(), ...makePrintableAct(part) }, organization }));
}

/** A form of another origin: fonts, pages and metadata of another program. */
async function makeForeignForm(pages = 1): Promise<Uint8Array<ArrayBuffer>> {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (let number = 1; number <= pages; number += 1) {
    document.addPage([595, 842]).drawText(`Act, page ${number}`, { x: 50, y: 700, font });
  }
  return Uint8Array.from(await document.save());
}

/** Files attached to a PDF, by name. */
async function readAttachments(pdf: Uint8Array): Promise<Map<string, Uint8Array>> {
  const { catalog, context } = await PDFDocument.load(pdf, { updateMetadata: false });
  const files = catalog.lookupMaybe(PDFName.of("Names"), PDFDict)?.lookup(PDFName.of("EmbeddedFiles"), PDFDict);
  const names = files?.lookup(PDFName.of("Names"), PDFArray);
  const found = new Map<string, Uint8Array>();
  for (let index = 0; index < (names?.size() ?? 0); index += 2) {
    const entry = names!.lookup(index + 1, PDFDict);
    const stream = context.lookup(entry.lookup(PDFName.of("EF"), PDFDict).get(PDFName.of("F"))) as PDFRawStream;
    found.set(String(names!.get(index)), decodePDFRawStream(stream).decode());
  }
  return found;
}

async function readSheet(file: Uint8Array): Promise<string[]> {
  const pages = await readPages(file);
  return pages.at(-1)!.texts.map(({ text }) => text);
}

describe("the accepted form", () => {
  test("has the pages of our own form unchanged, and the sheet behind them", async () => {
    const form = await drawOwnForm({ contractor: company, ...makeServiceRows(60) });
    const { file, sha256, bytes, prefix } = await accept(form);
    expect({ sha256, bytes, prefix }).toEqual({ sha256: await sha256Hex(file), bytes: file.length, prefix: null });
    const pages = await readPages(file);
    expect(pages.slice(0, -1)).toEqual(await readPages(form));
    expect(pages.at(-1)?.texts[0]?.text).toBe("Протокол принятия акта");
    // Both share the fonts: a second copy would double the file.
    expect(file.length - form.length).toBeLessThan(10_000);
  });

  test("is the same file whenever it is made again", async () => {
    const form = await drawOwnForm();
    expect((await accept(form)).sha256).toBe((await accept(form)).sha256);
  });

  test.skipIf(noPreflight !== null)("stays PDF/A-1b where the form is, so nothing is attached", async () => {
    const { file } = await accept(await drawOwnForm());
    checkPdfA(file);
    expect(await readAttachments(file)).toEqual(new Map());
  });

  test.skipIf(noQpdf !== null)("carries the bytes of a foreign form as an attachment", async () => {
    const form = await makeForeignForm(3);
    const { file } = await accept(form);
    checkSyntax(file);
    const [attached] = (await readAttachments(file)).values();
    expect(Buffer.compare(attached!, form)).toBe(0);
    expect((await PDFDocument.load(file)).getPageCount()).toBe(4);
  });

  test("leaves the attachment out where the store could not keep the file", async () => {
    const form = await makeForeignForm(3);
    const { file: whole } = await accept(form);
    const { file } = await accept(form, { largest: whole.length - 1 });
    expect(file.length).toBeLessThan(whole.length);
    expect(await readAttachments(file)).toEqual(new Map());
  });

  test("says act, sums, parties, the form's hash, evidence and the relay's records", async () => {
    const form = await drawOwnForm({ contractor: company, vat: "22" });
    const sheet = await accept(form, { act: { contractor: company, vat: "22" } });
    const text = (await readSheet(sheet.file)).join(" ").replace(/\u00A0/g, " ");
    for (const part of [
      "Акт № 0000-000123 от 24.11.2026",
      "«Ромашка и партнёры», ИНН 7728168971",
      "Заказчик ИНН 7707083893",
      "15 000,00 руб.",
      "22 %, 2 704,92 руб.",
      "pay-17, редакция 1",
      await sha256Hex(form),
      "платформа назвала этот же SHA-256",
      "24.11.2026 12:05:12 (UTC+03:00)",
      "Ковалёв Пётр Ильич",
      "user-7",
      "+7 916 000-00-00",
      "код из СМС",
      "203.0.113.7",
      "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0.0.0",
      "https://platform.example/agreement, версия 3, от 15.01.2026",
      "24.11.2026 12:05:10 (UTC+03:00)",
      "№ 6 24.11.2026 12:05:12 (UTC+03:00) – исполнитель принял акт",
      "63-ФЗ",
    ]) {
      expect(text).toContain(part);
    }
    // Of two printed forms, only the accepted one is named.
    expect(text.match(/печатная форма передана платформе/g)).toHaveLength(1);
  });

  test("says plainly what the platform did not tell", async () => {
    const { file } = await accept(await drawOwnForm(), { evidence: undefined, pdfSha256: null });
    const text = (await readSheet(file)).join(" ");
    expect(text).toContain("платформа не назвала SHA-256; форма напечатана 24.11.2026 12:01:12 (UTC+03:00)");
    expect(text).toContain("платформа не сообщила, как подтверждено принятие");
    // Without an agreement, nothing makes the click a signature.
    expect(text).not.toContain("63-ФЗ");
  });

  test("draws evidence in letters that no font has", async () => {
    const by = { id: "user-7", name: "漢字 Őry Ҫӑлтӑр" };
    const { file } = await accept(await drawOwnForm(), { evidence: { ...EVIDENCE, by } });
    expect((await readSheet(file)).join(" ")).toContain("?? Őry Ҫӑлтӑр");
  });

  const damaged = async () => (await makeForeignForm()).subarray(0, 400).slice();
  const empty = async () => new TextEncoder().encode("%PDF-1.4\n");
  test.each([
    ["a damaged form", damaged, "Файл формы повреждён"],
    ["an empty form", empty, "Файл формы повреждён"],
    ["a form of 200 pages", () => makeForeignForm(200), "В форме 200 страниц"],
  ])("is refused for %s, in words for a person", async (_, make, message) => {
    await expect(accept(await make())).rejects.toThrow(message);
  });

  test.skipIf(noQpdf !== null)("is refused for an encrypted form, in words for a person", async () => {
    const folder = mkdtempSync(join(tmpdir(), "accepted-"));
    try {
      const [open, locked] = [join(folder, "open.pdf"), join(folder, "locked.pdf")] as const;
      writeFileSync(open, await makeForeignForm());
      spawnSync("qpdf", ["--encrypt", "", "owner", "256", "--", open, locked]);
      await expect(accept(Uint8Array.from(readFileSync(locked)))).rejects.toThrow("Форма из 1С зашифрована");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
