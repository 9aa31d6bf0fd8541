import { readFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fontkit from "@pdf-lib/fontkit";
import { grayscale, PDFDocument } from "pdf-lib";
import subsetFont from "subset-font";
import { hashWithWebCrypto } from "../../core/ids.ts";
import { getStandardCharacters } from "../../core/print/characters.ts";
import { resolveFontFile } from "../../core/print/fonts/build.ts";
import {
  type ActForm,
  actForm,
  createPrinter,
  getStandardFonts,
  parseActTemplate,
  pdfBytes,
  renderPdf,
} from "../../core/print/index.ts";
import { computeNodeDigest } from "../../server/node/digest.ts";
import { makeAcceptedAct } from "../support/accepted.ts";
import { type DrawnPage, readPages } from "../support/pdf.ts";
import { company, entrepreneur, makePrintableAct, makeServiceRows, organization } from "../support/print.ts";
import { type BenchRow, figure, median } from "./row.ts";

const GROUP = "PDF";
const FACES = ["regular", "bold"] as const;
/** So many different acts are drawn in turn, so that no way of drawing can remember one. */
const ACTS = 100;
/** Places in the list of methods. */
const [COPY, OURS, PRINT] = [0, 1, 2];

type Fonts = Readonly<Record<(typeof FACES)[number], Buffer>>;

/** A way to make the PDF of one of the acts. */
interface Method {
  readonly name: string;
  readonly make: (index: number) => Uint8Array | Promise<Uint8Array>;
  readonly note?: string;
}

/** The measures of a method: microseconds of CPU time a document, round by round. */
interface Result {
  readonly rounds: number[];
  bytes: number;
}

// Acts in the store's form: one page of one to five lines, a company and an entrepreneur in turn.
const acts: readonly ReturnType<typeof makePrintableAct>[] = JSON.parse(
  JSON.stringify(
    Array.from({ length: ACTS }, (_, index) =>
      makePrintableAct({
        contractor: index % 2 === 0 ? company : entrepreneur,
        vat: index % 2 === 0 ? "22" : "none",
        document: { ref: "r", number: `0000-${String(index).padStart(6, "0")}`, date: "2026-11-24" },
        ...makeServiceRows(1 + (index % 5)),
      }),
    ),
  ),
);

/**
 * Measures PDFs a second of one core, garbage collection included, and bytes a file. Our printer stands beside other
 * libraries, warm and on the same acts. The lower limit is a copy of a finished PDF in memory.
 */
export async function benchPdf(): Promise<BenchRow[]> {
  const at = <T>(list: readonly T[], index: number) => list[index % ACTS] as T;
  const template = parseActTemplate({});
  const forms = acts.map((act) => actForm({ act, organization, template }));
  const pdfs = forms.map((form) => pdfBytes(renderPdf(form, { fonts: getStandardFonts() })));
  const printer = createPrinter({ template });
  const fast = createPrinter({ template, digest: computeNodeDigest });
  const accepted = await Promise.all(pdfs.map((pdf, index) => makeAcceptedAct(pdf, { act: at(acts, index) })));
  const drawn = await Promise.all(pdfs.map(async (pdf) => (await readPages(pdf))[0] as DrawnPage));
  const full = { regular: await readFile(resolveFontFile("regular")), bold: await readFile(resolveFontFile("bold")) };
  const cut = { regular: await subset(full.regular), bold: await subset(full.bold) };
  const methods: Method[] = [
    { name: "copy of a finished PDF", make: (index) => copy(at(pdfs, index)) },
    {
      name: "renderPdf and pdfBytes",
      make: (index) => pdfBytes(renderPdf(at(forms, index), { fonts: getStandardFonts() })),
    },
    {
      name: "createPrinter({ digest }).print",
      note: "with Node's sha256 and the data of the form; bytes are the tail's",
      make: async (index) => (await fast.print({ act: at(acts, index), organization })).tail,
    },
    {
      name: "createPrinter().print",
      note: "with WebCrypto's sha256, which takes most of the time",
      make: async (index) => (await printer.print({ act: at(acts, index), organization })).tail,
    },
    {
      name: "sha256 of a finished PDF, Node",
      note: "a part of print",
      make: async (index) => await computeNodeDigest("SHA-256", at(pdfs, index)),
    },
    {
      name: "sha256 of a finished PDF, WebCrypto",
      note: "a part of print",
      make: async (index) => await hashWithWebCrypto("SHA-256", at(pdfs, index)),
    },
    {
      name: "createPrinter({ digest }).printAccepted",
      note: "the form as accepted and the acceptance sheet; bytes are the tail's",
      make: async (index) => (await fast.printAccepted(at(accepted, index))).tail,
    },
    ...(await libraries(forms, drawn, full, cut)),
  ];
  return rowsOf(methods, await measure(methods));
}

/** Other libraries, with whole fonts and with fonts cut to our characters beforehand. */
async function libraries(
  forms: readonly ActForm[],
  drawn: readonly DrawnPage[],
  full: Fonts,
  cut: Fonts,
): Promise<Method[]> {
  return [
    { name: "pdfmake, whole fonts", make: await pdfmakeMethod(forms, full) },
    { name: "pdfmake, cut fonts", make: await pdfmakeMethod(forms, cut) },
    { name: "pdfkit, cut fonts", note: "places given, no layout", make: await pdfkitMethod(drawn, cut) },
    { name: "pdf-lib, whole fonts", note: "places given, no layout", make: pdfLibMethod(drawn, full) },
  ];
}

/** The same content as ours, laid out by pdfmake. */
async function pdfmakeMethod(forms: readonly ActForm[], fonts: Fonts): Promise<Method["make"]> {
  const { default: pdfmake } = await untyped<{ default: Pdfmake }>("pdfmake");
  const files = { normal: `${fonts.regular.length}.ttf`, bold: `${fonts.bold.length}.ttf` };
  pdfmake.virtualfs.writeFileSync(files.normal, fonts.regular);
  pdfmake.virtualfs.writeFileSync(files.bold, fonts.bold);
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy(() => false);
  return (index) => {
    pdfmake.setFonts({ Noto: files });
    return pdfmake.createPdf(pdfmakeDefinition(forms[index % ACTS] as ActForm)).getBuffer();
  };
}

interface Pdfmake {
  readonly virtualfs: { writeFileSync(name: string, data: Buffer): void };
  setUrlAccessPolicy(allowed: () => boolean): void;
  setLocalAccessPolicy(allowed: () => boolean): void;
  setFonts(fonts: Readonly<Record<string, { normal: string; bold: string }>>): void;
  createPdf(definition: object): { getBuffer(): Promise<Buffer> };
}

function pdfmakeDefinition(form: ActForm): object {
  const row = (cells: readonly (string | null)[], widths: readonly (number | string)[], bold = false) => ({
    columns: cells.map((text, index) => ({ text: text ?? "—", width: widths[index], bold })),
    columnGap: 14,
  });
  const thirds = [76, "*", "*"];
  const [ours, theirs] = form.signatures;
  const signatures = (pick: (signature: typeof ours) => string | null) => row([pick(ours), pick(theirs)], ["*", "*"]);
  return {
    info: { title: form.name },
    pageMargins: [56.7, 51, 42.5, 56.7],
    defaultStyle: { font: "Noto", fontSize: 9 },
    content: [
      { text: form.title, bold: true, fontSize: 15 },
      { text: form.subtitle, fontSize: 10.5 },
      row(["", ...form.roles], thirds),
      row(["", ...form.parties], thirds, true),
      ...form.requisites.map(({ label, values }) => row([label, ...values], thirds)),
      ...form.facts.map(({ label, value }) => row([label, value], thirds)),
      {
        table: {
          headerRows: 1,
          widths: [14, "*", 40, 36, 60, 60],
          body: [form.columns.map((text) => ({ text, bold: true })), ...form.rows.map((texts) => [...texts])],
        },
        layout: "lightHorizontalLines",
      },
      ...[form.total, form.vat].map(({ label, value }) => row([label, value], ["*", 110])),
      form.summary,
      { text: form.amountInWords, bold: true },
      form.statement,
      signatures(({ role }) => role),
      signatures(({ party }) => party),
      signatures(({ position }) => position),
      signatures(({ basis }) => basis ?? ""),
      signatures(({ name }) => `____________  ${name}`),
    ],
  };
}

/** The texts and rules of ours, put where ours are: pdfkit lays no forms out by itself. */
async function pdfkitMethod(pages: readonly DrawnPage[], fonts: Fonts): Promise<Method["make"]> {
  const { default: Document } = await untyped<{ default: new (options: object) => Pdfkit }>("pdfkit");
  return (index) => {
    const { texts, rules } = pages[index % ACTS] as DrawnPage;
    const document = new Document({ size: "A4", margin: 0, font: null });
    const chunks: Buffer[] = [];
    document.on("data", (chunk) => chunks.push(chunk));
    const finished = new Promise<Uint8Array>((resolve) => document.on("end", () => resolve(Buffer.concat(chunks))));
    for (const face of FACES) document.registerFont(face, fonts[face]);
    for (const { box } of rules) document.rect(box[0], A4_HEIGHT - box[1], box[2], box[3]).fill("black");
    for (const { text, x, y, size, bold } of texts) {
      document
        .font(bold ? "bold" : "regular")
        .fontSize(size)
        .text(text, x, A4_HEIGHT - y, { lineBreak: false, baseline: "alphabetic" });
    }
    document.end();
    return finished;
  };
}

const A4_HEIGHT = 841.89;

interface Pdfkit {
  on(event: string, listener: (chunk: Buffer) => void): void;
  registerFont(name: string, data: Buffer): void;
  rect(x: number, y: number, width: number, height: number): { fill(color: string): void };
  font(name: string): Pdfkit;
  fontSize(size: number): Pdfkit;
  text(text: string, x: number, y: number, options: object): Pdfkit;
  end(): void;
}

/** Prints as in pdf-lib's README, but with whole fonts: pdf-lib's own subsets lose some glyphs of Noto Sans. */
function pdfLibMethod(pages: readonly DrawnPage[], fonts: Fonts): Method["make"] {
  return async (index) => {
    const { texts, rules } = pages[index % ACTS] as DrawnPage;
    const document = await PDFDocument.create();
    document.registerFontkit(fontkit);
    const faces = {
      regular: await document.embedFont(fonts.regular, { subset: false }),
      bold: await document.embedFont(fonts.bold, { subset: false }),
    };
    const page = document.addPage([595.28, A4_HEIGHT]);
    for (const { box, gray } of rules) {
      page.drawRectangle({ x: box[0], y: box[1], width: box[2], height: box[3], color: grayscale(gray) });
    }
    for (const { text, x, y, size, bold } of texts) {
      page.drawText(text, { x, y, size, font: bold ? faces.bold : faces.regular });
    }
    return document.save();
  };
}

/** Imports a library without types. */
async function untyped<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}

async function subset(font: Buffer): Promise<Buffer> {
  const options = { targetFormat: "truetype", keepFeatures: [], noLayoutClosure: true, noHinting: true } as const;
  return Buffer.from(await subsetFont(font, getStandardCharacters(), options));
}

function copy(pdf: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(pdf.length);
  bytes.set(pdf);
  return bytes;
}

const ROUND_MS = 250;
const ROUNDS = 7;
const WARM_UP = 4;

/** Measures every method in each round. A disturbance of the machine then meets all methods. */
async function measure(methods: readonly Method[]): Promise<Result[]> {
  const results: Result[] = methods.map(() => ({ rounds: [], bytes: 0 }));
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const [index, method] of methods.entries()) {
      const result = results[index] as Result;
      // Everyone pays for his own garbage, inside his round, and not for his neighbour's.
      collectGarbage();
      const spent = await run(method, result);
      if (round >= 0) result.rounds.push(spent);
    }
  }
  return results;
}

async function run({ make }: Method, result: Result): Promise<number> {
  const until = performance.now() + ROUND_MS;
  const before = process.cpuUsage();
  let count = 0;
  let bytes = 0;
  do {
    const made = make(count);
    // A needless wait would cost a fast method a good part of the time.
    bytes += (made instanceof Uint8Array ? made : await made).length;
    count += 1;
  } while (performance.now() < until);
  const { user, system } = process.cpuUsage(before);
  result.bytes = bytes / count;
  return (user + system) / count;
}

function rowsOf(methods: readonly Method[], results: readonly Result[]): BenchRow[] {
  const perSecond = (index: number) => 1e6 / median((results[index] as Result).rounds);
  // Round by round, so that a round which the machine spoiled spoils both sides.
  const times = (slow: number, fast: number) => {
    const rounds = (results[slow] as Result).rounds;
    return median(rounds.map((spent, round) => spent / ((results[fast] as Result).rounds[round] as number)));
  };
  const [whole, cut] = ["pdfmake, whole fonts", "pdfmake, cut fonts"].map((name) =>
    methods.findIndex((method) => method.name === name),
  ) as [number, number];
  const pdfmake = perSecond(cut) > perSecond(whole) ? cut : whole;
  const rows = methods.map(({ name, note }, index): BenchRow => {
    const kilobytes = ((results[index] as Result).bytes / 1000).toFixed(1);
    const value = `${figure(perSecond(index))}/s, ${kilobytes} KB`;
    return { group: GROUP, name, value, ...(note === undefined ? {} : { note }) };
  });
  const against = (index: number, floor: number): BenchRow => ({
    ...(rows[index] as BenchRow),
    ratio: figure(times(floor, index)),
    floor: `${methods[floor]?.name}, ${figure(perSecond(floor))}/s`,
  });
  return [
    against(OURS, COPY),
    against(OURS, pdfmake),
    against(PRINT, COPY),
    against(PRINT, pdfmake),
    ...rows.slice(PRINT + 1),
  ];
}
