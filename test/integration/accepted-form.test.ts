import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodePDFRawStream, PDFArray, PDFDict, PDFDocument, PDFName, type PDFRawStream, StandardFonts } from "pdf-lib";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../core/ids.ts";
import { createPrinter, pdfBytes } from "../../core/print/index.ts";
import { acceptForm, EVIDENCE } from "../support/accepted.ts";
import { anAct } from "../support/builders.ts";
import { checkPdfA, checkSyntax, explainMissingPreflight, explainMissingTool, readPages } from "../support/pdf.ts";
import { company, makePrintableAct, makeServiceRows, organization } from "../support/print.ts";

const noPreflight = explainMissingPreflight();
const noQpdf = explainMissingTool("qpdf");
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

const printer = createPrinter();

describe("the accepted form", () => {
  test("has the pages of our own form unchanged, and the sheet behind them", async () => {
    const form = await drawOwnForm({ contractor: company, ...makeServiceRows(60) });
    const { file, sha256, bytes } = await acceptForm(form);
    expect({ sha256, bytes }).toEqual({ sha256: await sha256Hex(file), bytes: file.length });
    const pages = await readPages(file);
    expect(pages.slice(0, -1)).toEqual(await readPages(form));
    expect(pages.at(-1)?.texts[0]?.text).toBe("Протокол принятия акта");
    // Both share the fonts: a second copy would double the file.
    expect(file.length - form.length).toBeLessThan(10_000);
  });

  test("shares its first part with all accepted forms of our own, and the store keeps that part once", async () => {
    const [short, long] = [await drawOwnForm(), await drawOwnForm({ contractor: company, ...makeServiceRows(60) })];
    const [one, other] = [await acceptForm(short), await acceptForm(long)];
    expect(one.prefix?.hash).toBe(await sha256Hex(Uint8Array.from(one.prefix!.data)));
    expect(other.prefix?.hash).toBe(one.prefix?.hash);
    expect(one.tail.length).toBeLessThan(15_000);
    expect((await acceptForm(await makeForeignForm())).prefix).toBeNull();
  });

  test("is the same file whenever it is made again", async () => {
    const form = await drawOwnForm();
    expect((await acceptForm(form)).sha256).toBe((await acceptForm(form)).sha256);
  });

  test.skipIf(noPreflight !== null)("stays PDF/A-1b where the form is, so nothing is attached", async () => {
    const { file } = await acceptForm(await drawOwnForm());
    checkPdfA(file);
    checkSyntax(file);
    expect(Buffer.from(file).toString("latin1", 0, 8)).toBe("%PDF-1.4");
    expect(await readAttachments(file)).toEqual(new Map());
  });

  test.skipIf(noQpdf !== null)("carries the bytes of a foreign form as an attachment", async () => {
    const form = await makeForeignForm(3);
    const { file } = await acceptForm(form);
    checkSyntax(file);
    const [attached] = (await readAttachments(file)).values();
    expect(Buffer.compare(attached!, form)).toBe(0);
    expect((await PDFDocument.load(file)).getPageCount()).toBe(4);
  });

  test("leaves the attachment out where the store could not keep the file", async () => {
    const form = await makeForeignForm(3);
    const { file: whole } = await acceptForm(form);
    const { file } = await acceptForm(form, { largest: whole.length - 1 });
    expect(file.length).toBeLessThan(whole.length);
    expect(await readAttachments(file)).toEqual(new Map());
  });

  test("says act, sums, parties, the form's hash, evidence and the relay's records", async () => {
    const form = await drawOwnForm({ contractor: company, vat: "22" });
    const sheet = await acceptForm(form, { act: { contractor: company, vat: "22" } });
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
    const { file } = await acceptForm(await drawOwnForm(), { evidence: undefined, pdfSha256: null });
    const text = (await readSheet(file)).join(" ");
    expect(text).toContain("платформа не назвала SHA-256; форма напечатана 24.11.2026 12:01:12 (UTC+03:00)");
    expect(text).toContain("платформа не сообщила, как подтверждено принятие");
    // Without an agreement, nothing makes the click a signature.
    expect(text).not.toContain("63-ФЗ");
  });

  test("draws evidence in letters that no font has", async () => {
    const by = { id: "user-7", name: "漢字 Őry Ҫӑлтӑр" };
    const { file } = await acceptForm(await drawOwnForm(), { evidence: { ...EVIDENCE, by } });
    expect((await readSheet(file)).join(" ")).toContain("?? Őry Ҫӑлтӑр");
  });

  test("has an identifier of its own, and the form's as the first half", async () => {
    const form = await drawOwnForm();
    const read = async (pdf: Uint8Array) => {
      const { ID } = (await PDFDocument.load(pdf, { updateMetadata: false })).context.trailerInfo;
      return (ID as PDFArray).asArray().map(String);
    };
    const [[first, second], [former]] = [await read((await acceptForm(form)).file), await read(form)];
    expect(first).toBe(former);
    expect(second).not.toBe(first);
  });

  const damaged = async () => (await makeForeignForm()).subarray(0, 400).slice();
  const empty = async () => new TextEncoder().encode("%PDF-1.4\n");
  test.each([
    ["a damaged form", damaged, "Файл формы повреждён"],
    ["an empty form", empty, "Файл формы повреждён"],
    ["a form of 200 pages", () => makeForeignForm(200), "В форме 200 страниц"],
  ])("is refused for %s, in words for a person", async (_, make, message) => {
    await expect(acceptForm(await make())).rejects.toThrow(message);
  });

  // The parser fails on encrypted object streams; without these it reads the encryption itself.
  test.skipIf(noQpdf !== null).each(["generate", "disable"])(
    "is refused for an encrypted form, in words for a person (object streams: %s)",
    async (streams) => {
      const folder = mkdtempSync(join(tmpdir(), "accepted-"));
      try {
        const [open, locked] = [join(folder, "open.pdf"), join(folder, "locked.pdf")] as const;
        writeFileSync(open, await makeForeignForm());
        spawnSync("qpdf", ["--encrypt", "", "owner", "256", "--", `--object-streams=${streams}`, open, locked]);
        await expect(acceptForm(Uint8Array.from(readFileSync(locked)))).rejects.toThrow("Форма из 1С зашифрована");
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
