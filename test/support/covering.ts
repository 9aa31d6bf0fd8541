/**
 * Makes a covering array: rows of one value for each switch, with every pair of values of any two switches. The choice
 * is greedy and always the same. `sizes`: how many values each switch has. A row holds indexes of values.
 */
export function coverPairs(sizes: readonly number[]): number[][] {
  const missing = new Map(listPairs(sizes).map((pair) => [pair.join(), pair]));
  const rows: number[][] = [];
  // The first row has the first value of every switch.
  let row: number[] | undefined = sizes.map(() => 0);
  while (row !== undefined) {
    for (const pair of pairsOf(row)) missing.delete(pair.join());
    rows.push(row);
    row = findBestRow(sizes, missing);
  }
  return rows;
}

/** Candidates for each row. */
const CANDIDATES = 24;

function findBestRow(sizes: readonly number[], missing: ReadonlyMap<string, Pair>): number[] | undefined {
  const pairs = [...missing.values()];
  const step = Math.max(1, Math.floor(pairs.length / CANDIDATES));
  const candidates = pairs.filter((_, at) => at % step === 0).map((pair) => buildRow(sizes, missing, pair));
  const countGain = (row: readonly number[]) => pairsOf(row).filter((pair) => missing.has(pair.join())).length;
  const [best] = candidates.map((row) => ({ row, gain: countGain(row) })).toSorted((a, b) => b.gain - a.gain);
  return best?.row;
}

/** Builds a row with this pair; each further value brings most missing pairs. */
function buildRow(sizes: readonly number[], missing: ReadonlyMap<string, Pair>, first: Pair): number[] {
  const chosen = new Map([
    [first[0], first[1]],
    [first[2], first[3]],
  ]);
  for (let step = 0; step < sizes.length; step += 1) {
    const at = (first[2] + step) % sizes.length;
    if (chosen.has(at)) continue;
    const gains = Array.from({ length: sizes[at] ?? 0 }, (_, value) => countNew(missing, chosen, at, value));
    chosen.set(at, gains.indexOf(Math.max(...gains)));
  }
  return sizes.map((_, at) => chosen.get(at) ?? 0);
}

/** A switch, its value, a later switch, its value. */
type Pair = readonly [number, number, number, number];

/** Lists every pair of values of any two switches. */
export function listPairs(sizes: readonly number[]): Pair[] {
  return sizes.flatMap((size, a) =>
    sizes
      .slice(a + 1)
      .flatMap((other, after) =>
        Array.from({ length: size }, (_, value) => value).flatMap((value) =>
          Array.from({ length: other }, (_, otherValue): Pair => [a, value, a + 1 + after, otherValue]),
        ),
      ),
  );
}

/** Lists the pairs that one row holds. */
export function pairsOf(row: readonly number[]): Pair[] {
  return row.flatMap((value, a) => row.slice(a + 1).map((other, after): Pair => [a, value, a + 1 + after, other]));
}

function countNew(
  missing: ReadonlyMap<string, Pair>,
  chosen: ReadonlyMap<number, number>,
  at: number,
  value: number,
): number {
  let found = 0;
  for (const [other, otherValue] of chosen) {
    const pair = other < at ? [other, otherValue, at, value] : [at, value, other, otherValue];
    if (missing.has(pair.join())) found += 1;
  }
  return found;
}
