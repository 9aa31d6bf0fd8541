import { expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import type { Store } from "../../../core/store.ts";
import { createHarness, type Harness } from "../../support/harness.ts";
import { readAct } from "../../support/lost-call.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

test("a sweep raises no problem on an act that moved on after the sweep listed the act", async () => {
  const memory = createMemoryStore();
  let afterListing = async () => {};
  const store: Store = {
    ...memory,
    async listStalledActs(params) {
      const listed = await memory.listStalledActs(params);
      if (listed.length > 0) await afterListing();
      return listed;
    },
  };
  const onec = createMockAdapter();
  const world: Harness = await createHarness({ store, onec, settings: { paymentCheckMs: 30 * DAY } });
  onec.mock.pendNext("upsertCounterparty");
  const id = await world.request();
  await world.settle();
  let answered = 0;
  afterListing = async () => {
    answered += 1;
    const [parked] = (await store.listJobs({ state: "parked", limit: 10 })).items;
    const callId = String(parked?.awaiting);
    await world.relay.takeAnswer(callId, (await onec.mock.answer(callId))!);
    // The card is found, and the next step waits: the act is still only asked for.
    await world.relay.tick();
  };
  await world.pass(20 * MINUTE);
  expect(answered).toBe(1);
  expect(await readAct(world, id)).toMatchObject({ status: "ready", problem: null });
  expect(world.types()).toEqual(["act.ready"]);
});
