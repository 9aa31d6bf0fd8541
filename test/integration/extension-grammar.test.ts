import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import bsl from "@shikijs/langs/bsl";
import { beforeAll, describe, expect, test } from "vitest";
import oniguruma from "vscode-oniguruma";
import textmate, { type IGrammar, type IRawGrammar, type StateStack } from "vscode-textmate";
import { extensionFiles, textOf } from "../onec-runtime/bsl/extension.ts";
import { FUNCTIONS } from "../onec-runtime/bsl/known-names.ts";
import { lex } from "../onec-runtime/bsl/lexer.ts";
import { KEYWORDS } from "../onec-runtime/bsl/reader.ts";

/*
 * Our reader of BSL against the grammar in the editors of 1C developers (1c-syntax, published with Shiki). Both must
 * see the same comments, texts and keywords in every module. A reader that takes half a module for a comment finds
 * nothing wrong in the module.
 */

const MODULES = extensionFiles().filter((path) => path.endsWith(".bsl"));
/** Scopes of keywords in the grammar: «Экспорт» and «Знач» are modifiers of storage, «Новый» is a function. */
const KEYWORD = /^(keyword\.(control|operator\.logical)|storage\.(type|modifier)|constant\.language|support\.function)/;

let grammar: IGrammar;

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm);
  const known = new Map<string, unknown>(bsl.map((one) => [one.scopeName, one]));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) => (known.get(scope) ?? null) as IRawGrammar | null,
  });
  const loaded = await registry.loadGrammar("source.bsl");
  if (loaded === null) throw new Error("the published grammar has no scope source.bsl");
  grammar = loaded;
});

/** Returns the scopes of every character by the grammar. */
function scopesOf(text: string): string[][] {
  const found: string[][] = [];
  let state: StateStack | null = null;
  for (const line of text.split("\n")) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    for (const { startIndex, endIndex, scopes } of tokens) {
      for (let at = startIndex; at < Math.min(endIndex, line.length); at += 1) found.push(scopes);
    }
    for (let at = line.length === 0 ? 0 : (tokens.at(-1)?.endIndex ?? 0); at < line.length; at += 1) found.push([]);
    found.push(["line-break"]);
    state = ruleStack;
  }
  return found;
}

const has = (scopes: readonly string[] | undefined, name: string) =>
  scopes?.some((scope) => scope.startsWith(name)) ?? false;

test("the grammar knows the functions of the platform that the extension calls", () => {
  const unknown = FUNCTIONS.flatMap(({ names }) => names.split(" ")).filter((name) => {
    const [scopes] = scopesOf(`${name}(А);`);
    return !has(scopes, "support.function");
  });
  // The grammar's list is older than the functions over bytes (platform 8.3.10). Only БСП uses these functions.
  expect(unknown).toEqual(unknown.filter((name) => /Двоичны|Побитов/.test(name)));
  expect(unknown).toHaveLength(10);
});

describe.each(MODULES)("%s", (path) => {
  test("comments, texts and keywords are where the published grammar sees them", () => {
    const text = textOf(path);
    const scopes = scopesOf(text);
    expect(scopes.length).toBe(text.length + 1);
    const { tokens, comments } = lex(text);
    const line = (at: number) => `line ${text.slice(0, at).split("\n").length}`;
    const wrong: string[] = [];
    const kinds = new Array<string>(text.length).fill("code");
    for (const { start, end } of comments) kinds.fill("comment", start, end);
    for (const { kind, start, end } of tokens) if (kind === "string") kinds.fill("string", start, end);
    for (let at = 0; at < text.length; at += 1) {
      if (/\s/.test(text[at] as string)) continue;
      const theirs = has(scopes[at], "comment") ? "comment" : has(scopes[at], "string") ? "string" : "code";
      if (theirs !== kinds[at]) wrong.push(`${line(at)}: ${text[at]} is ${kinds[at]} here and ${theirs} there`);
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    const words = tokens.filter(({ kind }) => kind === "word");
    const before = (at: number) => text.slice(0, at).trimEnd().at(-1);
    const keywords = words.filter(({ text: word, start }) => KEYWORDS.has(word.toLowerCase()) && before(start) !== ".");
    expect(keywords.length).toBeGreaterThan(2);
    const plain = keywords.filter(({ start }) => !scopes[start]?.some((scope) => KEYWORD.test(scope)));
    expect(
      plain.map(({ text: word, start }) => `${line(start)}: ${word} ${scopes[start]?.join(" ")}`).slice(0, 5),
    ).toEqual([]);
  });
});
