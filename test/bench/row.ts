/** One line of the table: a measure beside the measure's reference. */
export interface BenchRow {
  readonly group: string;
  readonly name: string;
  readonly value: string;
  /** Against the floor of the same run; more is better. */
  readonly ratio?: string;
  readonly floor?: string;
  readonly note?: string;
}

/** The rows as a table in Markdown. */
export function table(rows: readonly BenchRow[]): string {
  const lines = rows.map(({ group, name, value, ratio = "", floor = "", note = "" }) =>
    [group, name, value, ratio, floor, note].join(" | "),
  );
  return ["group | what | value | ratio | floor | note", "--- | --- | --- | --- | --- | ---", ...lines]
    .map((line) => `| ${line} |`)
    .join("\n");
}

/** The middle value; a noisy machine spoils some rounds, seldom most of them. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A number a person can read: three significant digits, thousands apart. */
export function figure(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded >= 1000 ? rounded.toLocaleString("en-US").replaceAll(",", " ") : String(rounded);
}
