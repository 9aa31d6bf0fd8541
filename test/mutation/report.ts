/** The part of Stryker's JSON report that is read here. Lines and columns begin with 1. */
export interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** A mutant that never ends is noticed as surely as one that fails a test. */
const KILLED = ["Killed", "Timeout"];
const SURVIVED = ["Survived", "NoCoverage"];

/** Every survivor: where it is, its class, the code and the change that no test noticed. */
export function survivors(report: Report): string {
  return Object.entries(report.files)
    .flatMap(([name, { source, mutants }]) =>
      mutants
        .filter(({ status }) => SURVIVED.includes(status))
        .toSorted((a, b) => a.location.start.line - b.location.start.line)
        .map(({ mutatorName, replacement, status, location: { start, end } }) => {
          const original = source.slice(offset(source, start), offset(source, end));
          const unreached = status === "NoCoverage" ? "  (no test comes here)" : "";
          return `${name}:${start.line}  ${mutatorName}  ${short(original)}  =>  ${short(replacement)}${unreached}`;
        }),
    )
    .join("\n");
}

/** How many mutants each file had, and how many of them the tests noticed. */
export function table(report: Report): string {
  const files = Object.entries(report.files);
  const rows = files.map(([name, { mutants }]) => row(name, mutants));
  const sum = row(
    "all",
    files.flatMap(([, { mutants }]) => mutants),
  );
  const cells = [["file", "mutants", "killed", "(by time)", "survived", "%", "left out"], ...rows, sum];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells
    .map((line) => line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join("  "))
    .join("\n");
}

function row(name: string, mutants: readonly Mutant[]): string[] {
  const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const killed = count(...KILLED);
  const survived = count(...SURVIVED);
  const left = count("Ignored");
  // A mutant that could not be run at all is in no other column.
  const share = killed + survived === 0 ? "-" : ((100 * killed) / (killed + survived)).toFixed(1);
  return [name, mutants.length - left, killed, count("Timeout"), survived, share, left].map(String);
}

function offset(source: string, { line, column }: Place): number {
  const before = source.split("\n").slice(0, line - 1);
  return before.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
}

function short(code = ""): string {
  const line = code.replace(/\s+/g, " ");
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
