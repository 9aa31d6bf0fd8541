import { lex } from "../../onec-runtime/bsl/lexer.ts";
import type { Source, SourceComment } from "./source.ts";

/** Headings of the list of parameters and of the result in a comment before a method. */
const SECTION = /^(Параметры|Возвращаемое значение):$/;

/**
 * Reads the comments of a 1C module. A list of parameters keeps its descriptions and loses names and types.
 *
 * @throws {BslError} when the text is no BSL
 */
export function readBsl(path: string, text: string): Source {
  const module = text.replace(/^\uFEFF/, "");
  const blocks: { line: number; last: number; alone: boolean; lines: string[] }[] = [];
  for (const { start, end } of lex(module).comments) {
    const lineStart = module.lastIndexOf("\n", start - 1) + 1;
    const line = module.slice(0, start).split("\n").length;
    const alone = module.slice(lineStart, start).trim() === "";
    const before = blocks.at(-1);
    const comment = module.slice(start + 2, end);
    if (alone && before?.alone === true && before.last === line - 1) {
      before.lines.push(comment);
      before.last = line;
    } else blocks.push({ line, last: line, alone, lines: [comment] });
  }
  const comments = blocks.map(({ line, lines }): SourceComment => ({ line, text: describe(lines), doc: false }));
  return { path, comments, functions: [], titles: [] };
}

/** Leaves an empty line where a line has a name and a type only, so that line numbers stay. */
function describe(lines: readonly string[]): string {
  let section: string | undefined;
  return lines
    .map((line) => {
      const text = line.trim();
      const heading = SECTION.exec(text)?.[1];
      if (heading !== undefined || text === "") section = heading;
      if (heading !== undefined) return "";
      if (section === undefined) return line;
      const parts = text.split(/ - /);
      const field = section === "Параметры" || text.startsWith("*");
      const description = parts.slice(field ? 2 : 1).join(" - ");
      return description === "" ? "" : `- ${description}`;
    })
    .join("\n");
}
