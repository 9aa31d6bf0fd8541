import { expect, test } from "vitest";
import { liveOverOnecHttp } from "./onec-http-life.ts";

const SEEDS = Number(process.env.SIM_SEEDS ?? 1000);
const FIRST = Number(process.env.SIM_FIRST ?? 1);

test(`${SEEDS} seeded lives over the 1C extension, pushed and fetched: one act, one order, no lost event`, {
  timeout: 60_000 + SEEDS * 1000,
}, async () => {
  const sum = { acts: 0, crashes: 0, faults: { push: 0, pull: 0 } };
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    const life = await liveOverOnecHttp(seed);
    const again = `seed ${seed}: SIM_FIRST=${seed} SIM_SEEDS=1 npx vitest run test/sim/onec-http.test.ts`;
    expect(life.broken, again).toEqual([]);
    sum.acts += life.acts;
    sum.crashes += life.crashes;
    sum.faults[life.pull ? "pull" : "push"] += life.faults;
  }
  // A simulation in which nothing goes wrong proves nothing.
  expect(sum.acts).toBeGreaterThanOrEqual(SEEDS);
  expect(sum.crashes).toBeGreaterThan(SEEDS / 2);
  if (SEEDS > 10) for (const faults of Object.values(sum.faults)) expect(faults).toBeGreaterThan(SEEDS / 4);
});
