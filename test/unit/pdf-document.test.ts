import { readFileSync } from "node:fs";
import { PDFDocument } from "pdf-lib";
import { describe, expect, it } from "vitest";
import { getExtendedCharacters } from "../../core/print/characters.ts";
import { loadFontSet } from "../../core/print/font.ts";
import { generate } from "../../core/print/fonts/build.ts";
import { notoSans } from "../../core/print/fonts/noto-sans.generated.ts";
import {
  type ActForm,
  actForm,
  getStandardFonts,
  parseActTemplate,
  pdfBytes,
  renderPdf,
} from "../../core/print/index.ts";
import { makePrintableAct, organization } from "../support/print.ts";

const formOf = () => actForm({ act: makePrintableAct(), organization, template: parseActTemplate({}) });
const draw = (form: ActForm) => pdfBytes(renderPdf(form, { fonts: getStandardFonts() }));

describe("identifiers of documents", () => {
  const idOf = (form: ActForm) => /\/ID\[<(\w{32})> ?<\1>/.exec(Buffer.from(draw(form)).toString("latin1"))?.[1];

  it("differ where a single character does", () => {
    const form = formOf();
    const statements = Array.from({ length: 2000 }, (_, index) => `${index} ${"а".repeat(index % 7)}`);
    const ids = new Set(statements.map((statement) => idOf({ ...form, statement })));
    expect(ids).not.toContain(undefined);
    expect(ids.size).toBe(statements.length);
  });
});

it("no character of the fonts has a first byte that a PDF string escapes, nor is half of another", () => {
  for (const char of getExtendedCharacters()) {
    expect([0x0d, 0x28, 0x29, 0x5c]).not.toContain(char.charCodeAt(0) >> 8);
    expect(char.length).toBe(1);
  }
});

it("a title is escaped where it stands in XML, and both titles agree", async () => {
  const form = { ...formOf(), name: "<Акт> & № 1 — 5 €" };
  expect(Buffer.from(draw(form)).toString("utf8")).toContain("&#60;Акт&#62; &#38; № 1 — 5 €</rdf:li>");
  expect((await PDFDocument.load(draw(form), { updateMetadata: false })).getTitle()).toBe(form.name);
});

describe("font modules", () => {
  it("are up to date with the font package and the list of characters", async () => {
    for (const { file, text } of await generate()) {
      const kept = readFileSync(new URL(`../../core/print/fonts/${file}`, import.meta.url), "utf8");
      expect(kept === text, `run: node core/print/fonts/build.ts (${file})`).toBe(true);
    }
  });

  it("are refused when damaged", () => {
    expect(() => loadFontSet({ ...notoSans, prefix: "*" })).toThrow(expect.objectContaining({ code: "internal" }));
  });
});
