import { addCounts, computeShares, RULES, type RuleName } from "./counts.ts";
import { folderOf, partOf } from "./files.ts";
import type { Verdict } from "./judge.ts";

const HEADS = ["folder", "sentences", ...RULES, "of functions", "of members", "of titles"];

/** Writes a table of counts: a row for each folder, then one for each part of the project. */
export function writeTable(verdicts: readonly Verdict[]): string {
  const folders = groupBy(verdicts, ({ path }) => folderOf(path));
  const parts = groupBy(verdicts, ({ path }) => partOf(path));
  const rows = [HEADS, ...[...folders].map(writeRow), [], ...[...parts].map(writeRow)];
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, n) => pad(cell, widths[n] ?? 0, n === 0)).join("  ")).join("\n");
}

/** Writes every finding with its file, line, rule and reason. */
export function writeFindings(verdicts: readonly Verdict[], rules: readonly RuleName[]): string {
  return verdicts
    .flatMap(({ findings }) => findings)
    .filter(({ rule }) => rules.includes(rule))
    .map(({ path, line, rule, reason, text }) => `${path}:${line}  ${rule}: ${reason}\n    ${text}`)
    .join("\n");
}

function writeRow([name, verdicts]: readonly [string, readonly Verdict[]]): string[] {
  const counts = addCounts(verdicts.map((verdict) => verdict.counts));
  const { relative, pronouns, long } = computeShares(counts);
  const shares: Partial<Record<RuleName, number>> = { relative, pronouns, long };
  const cells = RULES.map((rule) => {
    const share = shares[rule];
    return share === undefined ? String(counts.broken[rule]) : `${counts.broken[rule]} = ${share.toFixed(1)} %`;
  });
  // A share of pronouns is a share of words; the number of sentences before it would mislead.
  cells[RULES.indexOf("pronouns")] = `${counts.broken.pronouns}, ${pronouns.toFixed(1)} %`;
  return [name, String(counts.sentences), ...cells, ...[counts.functions, counts.members, counts.titles].map(String)];
}

function groupBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const pad = (cell: string, width: number, left: boolean) => (left ? cell.padEnd(width) : cell.padStart(width));
