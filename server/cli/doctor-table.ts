import type { CheckLine, CheckReport } from "../../core/adapter.ts";

export interface NamedReport extends CheckReport {
  readonly adapter: string;
  /** Null for the mock and for a 1C in pull mode. */
  readonly url: string | null;
}

const WIDEST_NAME = 36;
/** Width of a terminal line in characters. A longer text continues below, in its column. */
const WIDTH = 118;

export function formatCheckTable({ adapter, url, lines }: NamedReport): string {
  const width = Math.min(WIDEST_NAME, Math.max(...lines.map(({ name }) => name.length)));
  const head = `Проверка подключения к 1С: ${adapter}${url === null ? "" : `, ${url}`}`;
  // Several lines in a row with the same advice show the advice once, under the last line.
  const rows = lines.flatMap((line, at) => formatRows(line, width, line.todo !== lines[at + 1]?.todo));
  return [head, "", ...rows, "", formatSummary(lines)].join("\n");
}

function formatRows({ name, ok, detail, todo }: CheckLine, width: number, withTodo: boolean): string[] {
  const indent = " ".repeat(width + 4);
  const text = ok === null && !detail.includes("не проверено") ? `не проверено: ${detail}` : detail;
  const [first = "", ...more] = wrapText(text, WIDTH - indent.length);
  const todos = todo === undefined || !withTodo ? [] : wrapText(`→ ${todo}`, WIDTH - indent.length);
  const own =
    name.length > width
      ? [`${markOf(ok)} ${name}`, `${indent}${first}`]
      : [`${markOf(ok)} ${name.padEnd(width)}  ${first}`];
  return [...own, ...[...more, ...todos].map((row) => `${indent}${row}`)];
}

function markOf(ok: boolean | null): string {
  if (ok === null) return "–";
  return ok ? "✓" : "✗";
}

/** Breaks a text at spaces into rows of at most `width` characters. */
function wrapText(text: string, width: number): string[] {
  const rows: string[] = [];
  // A non-breaking space holds a sum together.
  for (const word of text.split(/[ \n]+/)) {
    const last = rows.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) rows.push(word);
    else rows[rows.length - 1] = `${last} ${word}`;
  }
  return rows;
}

function formatSummary(lines: readonly CheckLine[]): string {
  const wrong = lines.filter(({ ok }) => ok === false).length;
  const open = lines.filter(({ ok }) => ok === null).length;
  const unchecked = open === 0 ? "" : ` Не проверено: ${open}.`;
  if (wrong > 0) return `Нужно исправить: ${wrong}.${unchecked}`;
  return open === 0 ? "Ошибок нет." : `В проверенном ошибок нет.${unchecked}`;
}
