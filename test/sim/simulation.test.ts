import { expect, test } from "vitest";
import { simulate } from "./simulate.ts";

const SEEDS = Number(process.env.SIM_SEEDS ?? 60);
const FIRST = Number(process.env.SIM_FIRST ?? 1);

test(`${SEEDS} seeded lives: nothing lost, nothing doubled, everything told in order`, {
  timeout: 600_000,
}, async () => {
  let crashes = 0;
  let acts = 0;
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    const report = await simulate(seed);
    expect(report.broken, `seed ${seed}: SIM_FIRST=${seed} SIM_SEEDS=1 npx vitest run test/sim`).toEqual([]);
    crashes += report.crashes;
    acts += report.acts;
  }
  // A simulation in which nothing goes wrong proves nothing.
  expect(crashes).toBeGreaterThan(SEEDS);
  expect(acts).toBeGreaterThan(SEEDS * 5);
});
