/** A word without punctuation; a quotation or a piece of code is one word. `endsClause`: a mark follows the word. */
export interface Token {
  readonly word: string;
  readonly endsClause: boolean;
}

/** A sentence of a comment. `clauses`: the parts between semicolons and colons. */
export interface Sentence {
  readonly line: number;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly clauses: readonly string[];
}

/** A no-break space and a no-break line end: they stand inside quotations and code. */
const HARD_SPACE = "\u00A0";
const HARD_LINE = "\u0085";

const LINK = /\{@link(?:code|plain)?\s+([^}|\s]+)(?:[|\s]\s*([^}]+))?\}/g;
/** Text that belongs to somebody else: code, quotations of words and messages. */
const QUOTED = /`[^`]+`|«[^«»]*»|“[^“”]*”|(?<![\p{L}\p{N}])"[^"\n]{1,80}"(?![\p{L}\p{N}])/gu;
const LIST_ITEM = /^\s*(?:[-*•–—]|\d{1,2}[.)])\s+/;
const TAG = /^\s*@(\w+)\s*/;
/** Tags with code, names or addresses after them and no sentence. */
const SILENT_TAGS = ["example", "see", "internal", "packageDocumentation", "module", "type", "default"];

const ABBREVIATION =
  /(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|ca|no|approx|resp|incl|т\.е|т\.д|т\.п|т\.к|т\.ч|др|пр|см|ст|стр|руб|коп|гг?|п|ч|тыс|млн|им|напр|\p{L})\.$/iu;
const SENTENCE_END = /[.!?…]+["»”)`\]]*(?=[ \n]|$)|[ \n]·[ \n]/g;

/** Splits the text of a comment into sentences. Line 0 of the text is line `line` of the file. */
export function splitSentences(text: string, line: number): Sentence[] {
  return splitParagraphs(text).flatMap((paragraph) => splitParagraph(paragraph.text, line + paragraph.line));
}

/** Says whether a doc comment has a link and nothing else. */
export function isOnlyLink(text: string): boolean {
  return /^\s*\{@link[^}]*\}[\s.;,:]*$/.test(text);
}

/** Paragraphs and list items; code blocks and the content of silent tags are left out. */
function splitParagraphs(text: string): { line: number; text: string }[] {
  const found: { line: number; text: string }[] = [];
  let open = false;
  let silent = false;
  let fenced = false;
  const begin = (line: number, first: string): void => {
    found.push({ line, text: first });
    open = true;
  };
  for (const [n, row] of text.split("\n").entries()) {
    const tag = TAG.exec(row);
    if (tag !== null) {
      silent = SILENT_TAGS.includes(tag[1] ?? "");
      fenced = false;
      if (!silent) begin(n, removeTag(row));
    } else if (silent) open = false;
    else if (/^\s*```/.test(row)) {
      fenced = !fenced;
      open = false;
    } else if (fenced || row.trim() === "" || /^[\s|:+=-]+$/.test(row)) open = false;
    else if (LIST_ITEM.test(row)) begin(n, row.replace(LIST_ITEM, ""));
    else if (open) found[found.length - 1]!.text += `\n${row}`;
    else begin(n, row);
  }
  return found;
}

/** Removes a tag, its type and the name of a parameter. */
function removeTag(row: string): string {
  return row
    .replace(/^\s*@param\s+(?:\{[^}]*\}\s*)?[\w.[\]]+(?:\s+-)?\s*/, "")
    .replace(/^\s*@\w+\s*(?:\{[^}]*\}\s*)?/, "");
}

function splitParagraph(paragraph: string, line: number): Sentence[] {
  const text = paragraph
    .replace(LINK, (_, name: string, label?: string) => label?.trim() ?? name)
    .replace(QUOTED, (quoted) => quoted.replaceAll(" ", HARD_SPACE).replaceAll("\n", HARD_LINE));
  const found: Sentence[] = [];
  let start = 0;
  const cut = (end: number): void => {
    const piece = text.slice(start, end);
    const before = text.slice(0, start + (piece.length - piece.trimStart().length));
    const tokens = splitTokens(piece);
    const clauses = piece.split(/[;:]\s/).map(showSpaces);
    start = end;
    if (tokens.length === 0) return;
    found.push({ line: line + countLines(before), text: showSpaces(piece), tokens, clauses });
  };
  for (const match of text.matchAll(SENTENCE_END)) {
    const end = match.index + match[0].length;
    if (isEnd(text, match.index, end)) cut(end);
  }
  cut(text.length);
  return found;
}

/** Tells the end of a sentence from an abbreviation, an initial and an ellipsis inside one. */
function isEnd(text: string, at: number, end: number): boolean {
  const mark = text.slice(at, end);
  if (mark.includes("·")) return true;
  const next = text.slice(end).trimStart().charAt(0);
  const goesOn = next !== "" && next === next.toLowerCase() && next !== next.toUpperCase();
  if (mark.startsWith("…") || mark.startsWith("...")) return !goesOn;
  if (!mark.startsWith(".")) return true;
  return !(
    ABBREVIATION.test(text.slice(Math.max(0, at - 12), at + 1)) &&
    (goesOn || !/\betc\.$/.test(text.slice(0, at + 1)))
  );
}

function splitTokens(piece: string): Token[] {
  return piece
    .split(/[ \t\n]+/)
    .map((part) => ({
      word: part.replace(/^[^\p{L}\p{N}`«"“]+|[^\p{L}\p{N}`»"”]+$/gu, ""),
      endsClause: /[.,;:!?)…]$/.test(part),
    }))
    .filter(({ word }) => /[\p{L}\p{N}]/u.test(word));
}

const showSpaces = (piece: string) => piece.replace(/[\s\u0085]+/g, " ").trim();
const countLines = (text: string) => text.split(/[\n\u0085]/).length - 1;
