import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { getExtendedCharacters, getStandardCharacters } from "../../core/print/characters.ts";
import {
  getStandardFonts,
  loadExtendedFonts,
  missingCharacters,
  normalizeText,
  printable,
} from "../../core/print/index.ts";

describe("characters outside the fonts", () => {
  it.each([
    ["a letter and its accent", "и\u0306 Е\u0308", "й Ё"],
    ["an accent behind an invisible mark", "и\u200B\u0306", "й"],
    ["hyphens and dashes", "\u2010\u2011\u2012\u2013\u2014\u2015", "--––——"],
    ["kinds of spaces", "а\u2009б\u202Fв\u2003г\u3000д", "а б\u00A0в г д"],
    ["line breaks, tabs and control characters", "а\r\nб\tв\u0000г\u0085д\u2028е", "а  б в г д е"],
    ["invisible marks", "слово\u00AD\u200B\u2060\uFEFF\u200Eдалее", "словодалее"],
    ["a unit that is a letter", "\u212B", "Å"],
  ])("are drawn by equivalents: %s", (_, text, drawn) => {
    expect(normalizeText(text)).toBe(drawn);
    expect(printable(text)).toBe(true);
  });

  it.each([
    ["漢字 и 漢", ["漢", "字"]],
    ["👍🏻", ["👍", "🏻"]],
    ["a\u0301б\u0301", ["\u0301"]],
    ["\uD800", ["\uD800"]],
    ["≈ → ✓", ["≈", "→", "✓"]],
    ["обычный текст", []],
    ["", []],
  ])("are named: %s", (text, missing) => {
    expect(missingCharacters(text)).toEqual(missing);
    expect(printable(text)).toBe(missing.length === 0);
  });

  it("normalise to the same text twice", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        const once = normalizeText(text);
        expect(normalizeText(once)).toBe(once);
        expect(missingCharacters(once)).toEqual(missingCharacters(text));
      }),
    );
  });
});

describe("the characters of the sets", () => {
  it("have a width in both faces", async () => {
    for (const [set, characters] of [
      [getStandardFonts(), getStandardCharacters()],
      [await loadExtendedFonts(), getExtendedCharacters()],
    ] as const) {
      for (const char of characters) {
        expect(set.regular[char.charCodeAt(0)]).toBeGreaterThan(0);
        expect(set.bold[char.charCodeAt(0)]).toBeGreaterThan(0);
      }
    }
  });

  it("are in NFC, so that a text of the set needs no normalising", () => {
    expect(getExtendedCharacters().normalize("NFC")).toBe(getExtendedCharacters());
  });
});
