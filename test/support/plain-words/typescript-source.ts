import { type ParseResult, parse } from "@babel/parser";
import type { Source, SourceComment } from "./source.ts";
import { findFunctions, findTitles, type SyntaxNode } from "./syntax-tree.ts";

/** A comment in the form of the parser. */
interface ParsedComment {
  readonly type: "CommentBlock" | "CommentLine";
  readonly value: string;
  readonly loc?: { readonly start: { readonly line: number; readonly column: number } } | null;
}

/** Comments for tools, not for readers. */
const DIRECTIVE = /^\s*(?:biome-ignore|@ts-|@__|#__|@vitest-|v8 ignore|@license|@preserve|Copyright|SPDX-|\/ ?<ref)/;

/**
 * Reads the comments, function names and test titles of a TypeScript file.
 *
 * @throws {SyntaxError} when the text is no TypeScript
 */
export function readTypeScript(path: string, text: string): Source {
  const file: ParseResult = parse(text, { sourceType: "module", plugins: ["typescript"], attachComment: false });
  const program = file.program as unknown as SyntaxNode;
  return {
    path,
    comments: joinLineComments(file.comments ?? [], text.split("\n")),
    functions: findFunctions(program),
    titles: findTitles(program),
  };
}

/** Makes one comment of neighbouring `//` lines without code before them. */
function joinLineComments(parsed: readonly ParsedComment[], lines: readonly string[]): SourceComment[] {
  const comments: SourceComment[] = [];
  let open: { line: number; last: number; column: number } | null = null;
  for (const { type, value, loc } of parsed) {
    if (loc == null || DIRECTIVE.test(value)) continue;
    const { line, column } = loc.start;
    if (type === "CommentBlock") {
      open = null;
      comments.push({ line, text: removeStars(value), doc: value.startsWith("*") });
      continue;
    }
    const alone = (lines[line - 1] ?? "").slice(0, column).trim() === "";
    const before = comments.at(-1);
    if (alone && open !== null && before !== undefined && open.last === line - 1 && open.column === column) {
      comments[comments.length - 1] = { ...before, text: `${before.text}\n${value}` };
      open.last = line;
      continue;
    }
    comments.push({ line, text: value, doc: false });
    open = alone ? { line, last: line, column } : null;
  }
  return comments;
}

/** Removes the star before each line of a block comment. */
function removeStars(value: string): string {
  return value
    .replace(/^\*+/, "")
    .split("\n")
    .map((line, n) => (n === 0 ? line : line.replace(/^\s*\*? ?/, "")))
    .join("\n");
}
