/** Inclusive range of code points; a number is a range of one code point. */
type Range = number | readonly [first: number, last: number];

/** Characters of the standard font set: ASCII, Latin-1, Cyrillic of Russia and neighbours, punctuation, №, ₽, €. */
const STANDARD: readonly Range[] = [
  [0x20, 0x7e],
  [0xa0, 0xac],
  [0xae, 0xff],
  [0x2bb, 0x2bc],
  [0x400, 0x45f],
  [0x490, 0x493],
  [0x496, 0x497],
  [0x49a, 0x49b],
  [0x4a2, 0x4a3],
  [0x4ae, 0x4b3],
  [0x4b6, 0x4b7],
  [0x4ba, 0x4bb],
  [0x4d8, 0x4d9],
  [0x4e2, 0x4e3],
  [0x4e8, 0x4e9],
  [0x4ee, 0x4ef],
  [0x2013, 0x2014],
  [0x2018, 0x201a],
  [0x201c, 0x201e],
  [0x2020, 0x2022],
  0x2026,
  0x2030,
  [0x2032, 0x2033],
  [0x2039, 0x203a],
  0x20ac,
  0x20b8,
  0x20bd,
  0x2116,
  0x2122,
  0x2212,
];

/** Further characters of the extended font set: Latin of Europe, Azerbaijan and Romania, all living Cyrillic. */
const EXTENDED: readonly Range[] = [[0x100, 0x17f], 0x18f, [0x218, 0x21b], 0x259, [0x460, 0x482], [0x48a, 0x52f]];

/**
 * Characters drawn as another character of the same look: no pasted text is refused for a kind of space. Invisible
 * characters are removed; line ends and characters without a picture become spaces.
 */
const EQUIVALENTS: readonly (readonly [range: Range, drawn: string])[] = [
  [[0x00, 0x1f], " "],
  [[0x7f, 0x9f], " "],
  [0xad, ""],
  [0x1680, " "],
  [[0x2000, 0x2006], " "],
  [0x2007, "\u00A0"],
  [[0x2008, 0x200a], " "],
  [[0x200b, 0x200f], ""],
  [[0x2010, 0x2011], "-"],
  [0x2012, "–"],
  [0x2015, "—"],
  [0x201b, "‘"],
  [0x201f, "“"],
  [0x2024, "."],
  [0x2025, ".."],
  [0x2027, "·"],
  [[0x2028, 0x2029], " "],
  [[0x202a, 0x202e], ""],
  [0x202f, "\u00A0"],
  [0x2043, "-"],
  [0x2044, "/"],
  [0x205f, " "],
  [[0x2060, 0x2064], ""],
  [[0x2066, 0x2069], ""],
  [0x2215, "/"],
  [0x2219, "·"],
  [0x3bc, "µ"],
  [0x3000, " "],
  [[0xfe00, 0xfe0f], ""],
  [0xfeff, ""],
];

const LIMIT = 0x2300;

/** Per code point below the limit: 1 where a font set draws the character. */
const drawn = /* @__PURE__ */ buildTable();
const equivalents = new Map(
  EQUIVALENTS.flatMap(([range, drawn]) => expand(range).map((code) => [code, drawn] as const)),
);

/** All characters of the standard font set, in order of code points. */
export function getStandardCharacters(): string {
  return String.fromCharCode(...STANDARD.flatMap(expand));
}

/** All characters of the extended font set, standard set included, in order of code points. */
export function getExtendedCharacters(): string {
  return String.fromCharCode(...[...STANDARD, ...EXTENDED].flatMap(expand).sort((a, b) => a - b));
}

/**
 * Turns a text into its drawn form: NFC, with the fonts' kinds of spaces, hyphens and quotes. Control characters and
 * line breaks become spaces, invisible marks are removed. Characters outside the font sets stay.
 */
export function normalizeText(text: string): string {
  // No character of the sets combines or decomposes, so a text of these characters is in NFC already.
  if (isDrawable(text)) return text;
  // NFC again: the removal of an invisible mark may bring a letter and an accent together.
  return replaceEquivalents(text.normalize("NFC")).normalize("NFC");
}

/** Lists the unprintable characters of a text, each once, in order of appearance; empty for a printable text. */
export function listMissingCharacters(text: string): string[] {
  if (isDrawable(text)) return [];
  const missing = new Set<string>();
  for (const char of normalizeText(text)) {
    if (!isDrawn(char.codePointAt(0) as number)) missing.add(char);
  }
  return [...missing];
}

/** Tells whether the form can print a text: the check of every incoming request. */
export function isPrintable(text: string): boolean {
  return listMissingCharacters(text).length === 0;
}

/** Tells whether the sets draw every UTF-16 unit of a text unchanged. */
function isDrawable(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (!isDrawn(text.charCodeAt(index))) return false;
  }
  return true;
}

function isDrawn(code: number): boolean {
  return code < LIMIT && drawn[code] === 1;
}

function replaceEquivalents(text: string): string {
  let result = "";
  for (const char of text) result += equivalents.get(char.codePointAt(0) as number) ?? char;
  return result;
}

function buildTable(): Uint8Array {
  const table = new Uint8Array(LIMIT);
  for (const code of [...STANDARD, ...EXTENDED].flatMap(expand)) table[code] = 1;
  return table;
}

function expand(range: Range): number[] {
  const [first, last] = typeof range === "number" ? [range, range] : range;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
