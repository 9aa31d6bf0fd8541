/** What a token of BSL (the language of 1C) is. `directive`: a line that begins with `#`. */
export type TokenKind = "word" | "number" | "string" | "date" | "sign" | "directive" | "end";

/** A token. `text` of a string is its value, without quotes and continuation bars. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
  /** Where it begins and ends in the source, UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** The tokens of a module, and where its comments stand. */
export interface Lexed {
  readonly tokens: readonly Token[];
  readonly comments: readonly { readonly start: number; readonly end: number }[];
}

/** A text that is not BSL, or not the part of it that is known here. */
export class BslError extends Error {
  override readonly name = "BslError";
}

const WORD = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
const NUMBER = /\d+(?:\.\d+)?/y;
const DATE = /'(?:\d{8}|\d{14})'/y;
const SIGN = /<>|<=|>=|[-+*/%=<>()[\].,;?]/y;
const SPACE = /[ \t\r\n]+/y;
const COMMENT = /\/\/[^\r\n]*/y;
const DIRECTIVE = /#[^\r\n]*/y;

const PLAIN: readonly (readonly [TokenKind, RegExp])[] = [
  ["directive", DIRECTIVE],
  ["word", WORD],
  ["number", NUMBER],
  ["date", DATE],
  ["sign", SIGN],
];

/**
 * Splits a module into tokens.
 *
 * @throws {BslError} at the first character that begins no token, with its line
 */
export function lex(source: string): Lexed {
  const tokens: Token[] = [];
  const comments: { start: number; end: number }[] = [];
  let at = 0;
  let line = 1;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0] ?? null;
  };
  const advance = (text: string): void => {
    at += text.length;
    line += text.split("\n").length - 1;
  };
  while (at < source.length) {
    const space = take(SPACE);
    if (space !== null) {
      advance(space);
      continue;
    }
    const comment = take(COMMENT);
    if (comment !== null) {
      comments.push({ start: at, end: at + comment.length });
      advance(comment);
      continue;
    }
    const start = at;
    const begunAt = line;
    if (source[at] === '"') {
      const { text, raw } = readString(source, at, line);
      advance(raw);
      tokens.push({ kind: "string", text, line: begunAt, start, end: at });
      continue;
    }
    const found = PLAIN.map(([kind, pattern]) => ({ kind, text: take(pattern) })).find(({ text }) => text !== null);
    if (found?.text == null) throw new BslError(`Line ${line}: no token begins with ${source.slice(at, at + 10)}`);
    advance(found.text);
    tokens.push({ kind: found.kind, text: found.text, line: begunAt, start, end: at });
  }
  tokens.push({ kind: "end", text: "", line, start: at, end: at });
  return { tokens, comments };
}

/** A string goes on in the next line only after a bar; comment lines may stand between. A quote is doubled. */
function readString(source: string, start: number, line: number): { text: string; raw: string } {
  let text = "";
  let at = start + 1;
  for (;;) {
    const char = source[at];
    if (char === undefined) throw new BslError(`Line ${line}: a string has no end`);
    if (char === '"') {
      if (source[at + 1] !== '"') return { text, raw: source.slice(start, at + 1) };
      text += '"';
      at += 2;
    } else if (char === "\n" || char === "\r") {
      const next = /(?:\r?\n[ \t]*(?:\/\/[^\r\n]*)?)*\r?\n[ \t]*\|/y;
      next.lastIndex = at;
      const gap = next.exec(source)?.[0];
      if (gap === undefined) throw new BslError(`Line ${line}: a string has no end on its line`);
      text += "\n";
      at += gap.length;
    } else {
      text += char;
      at += 1;
    }
  }
}
