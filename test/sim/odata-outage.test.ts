import { expect, test } from "vitest";
import type { OneC } from "../onec-runtime/odata/index.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";
import { createHarness, type Harness } from "../support/harness.ts";
import { adapterOver } from "./odata-life.ts";

const AGENTS = 500;
const SIDE_BY_SIDE = 8;
const HOUR = 3_600_000;

/** A relay and its 1C, which has no licence more than the relay may take. */
async function settled(): Promise<{ onec: OneC; world: Harness }> {
  let time = () => 0;
  const onec = createOneC({ licences: SIDE_BY_SIDE, clock: () => time() });
  const world = await createHarness({
    settings: { accountingConcurrency: SIDE_BY_SIDE },
    adapter(clock) {
      time = clock;
      return adapterOver(onec, clock, { maxConcurrency: SIDE_BY_SIDE });
    },
  });
  return { onec, world };
}

test(`${AGENTS} counterparties, 1C away for an hour: a few probes, then the backlog ramps up and drains without an error`, {
  timeout: 120_000,
}, async () => {
  const { onec, world } = await settled();
  onec.faults.down(true);
  for (let n = 0; n < AGENTS; n += 1) await world.request({ n: n + 2, payoutId: `p-${n}` });
  await world.pass(HOUR);
  // At first as many as may run, then one at a time, at most every two minutes.
  expect(onec.counters.total()).toBeGreaterThan(20);
  expect(onec.counters.total()).toBeLessThan(50);
  expect(world.relay.getBreakerState()).toMatchObject({ state: "open", capacity: 0, code: "onec_unavailable" });
  expect(onec.state.all("Document_ПоступлениеТоваровУслуг")).toEqual([]);

  onec.faults.clear();
  onec.counters.reset();
  const most: number[] = [];
  onec.faults.plan(() => {
    most.push(onec.counters.maxParallel());
    return null;
  });
  // The last pauses were ten minutes long, so all of it is due by then.
  await world.pass(HOUR / 2);
  const acts = onec.state.all("Document_ПоступлениеТоваровУслуг");
  expect(acts).toHaveLength(AGENTS);
  expect(acts.every((act) => act.Posted === true)).toBe(true);
  expect(world.types().filter((type) => type === "act.ready")).toHaveLength(AGENTS);
  expect(world.types()).not.toContain("payment_order.created");
  expect(world.relay.getBreakerState()).toMatchObject({ state: "closed", capacity: SIDE_BY_SIDE });

  // One after another at first, many side by side in the end. The oldest acts go first, so forms are drawn meanwhile, and
  // a drawing takes a slot without a request.
  expect(most.slice(0, 3)).toEqual([1, 1, 1]);
  expect(most.at(-1)).toBeGreaterThanOrEqual(SIDE_BY_SIDE / 2);
  const refused = onec.counters.log.filter(({ kind, status }) => status === null || (status >= 400 && kind !== "read"));
  expect(refused).toEqual([]);
});
