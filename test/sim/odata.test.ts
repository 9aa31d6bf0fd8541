import { expect, test } from "vitest";
import { liveOverOdata } from "./odata-life.ts";

const SEEDS = Number(process.env.SIM_SEEDS ?? 80);
const FIRST = Number(process.env.SIM_FIRST ?? 1);

test(`${SEEDS} seeded lives over OData: one act and one order for a payout, or a problem with a name`, {
  timeout: SEEDS * 10_000,
}, async () => {
  const sum = { acts: 0, crashes: 0, requests: 0 };
  const problems = new Set<string>();
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    const life = await liveOverOdata(seed);
    expect(life.broken, `seed ${seed}: SIM_FIRST=${seed} SIM_SEEDS=1 npx vitest run test/sim/odata.test.ts`).toEqual(
      [],
    );
    sum.acts += life.acts;
    sum.crashes += life.crashes;
    sum.requests += life.requests;
    for (const code of Object.keys(life.problems)) problems.add(code);
  }
  // A simulation in which nothing goes wrong proves nothing.
  expect(sum.acts).toBeGreaterThan(SEEDS * 4);
  expect(sum.crashes).toBeGreaterThan(SEEDS / 2);
  expect(sum.requests).toBeGreaterThan(SEEDS * 50);
  if (SEEDS >= 20) expect([...problems]).toEqual(expect.arrayContaining(["act_not_posted", "period_closed"]));
});
