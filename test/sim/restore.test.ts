import { expect, test } from "vitest";
import { extensionBooks, odataBooks } from "./restore-books.ts";
import { liveThroughRestore } from "./restore-life.ts";

const SEEDS = Number(process.env.SIM_SEEDS ?? 30);
const FIRST = Number(process.env.SIM_FIRST ?? 1);

test.each([
  ["OData", odataBooks],
  ["the extension", extensionBooks],
])(
  `${SEEDS} restores from a backup over %s: nothing is made twice, nothing stays lost`,
  {
    timeout: SEEDS * 20_000,
  },
  async (_, books) => {
    const sum = { acts: 0, lost: 0, unknown: 0, leased: 0, early: 0 };
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
      const { broken, ...life } = await liveThroughRestore(seed, books);
      expect(broken, `seed ${seed}: SIM_FIRST=${seed} SIM_SEEDS=1 npx vitest run test/sim/restore.test.ts`).toEqual([]);
      for (const [name, count] of Object.entries(life)) sum[name as keyof typeof sum] += count;
    }
    // A restore after which nothing is missing proves nothing.
    if (SEEDS < 20) return;
    expect(sum.acts).toBeGreaterThan(SEEDS * 3);
    expect(sum.lost).toBeGreaterThan(SEEDS);
    expect(sum.unknown).toBeGreaterThan(SEEDS);
    expect(sum.leased).toBeGreaterThan(SEEDS / 4);
    expect(sum.early).toBeGreaterThan(SEEDS / 2);
  },
);
