import { expect, test } from "vitest";
import { createHarness } from "../../support/harness.ts";

test("a backlog serves its first agents first: acts become ready while later acts wait", async () => {
  const world = await createHarness({ settings: { accountingConcurrency: 2 } });
  const acts: string[] = [];
  for (let n = 0; n < 40; n += 1) acts.push(await world.request({ n: 2 + n }));
  for (let done = 0; done < 60; ) done += await world.relay.tick();
  const statuses = await Promise.all(acts.map(async (id) => (await world.store.getAct(id))?.status));
  const ready = statuses.lastIndexOf("ready");
  expect(statuses.slice(0, ready + 1).every((status) => status === "ready")).toBe(true);
  expect(ready).toBeGreaterThan(10);
  expect(statuses.at(-1)).toBe("requested");
});
