import { expect, test } from "vitest";
import { declineAct } from "../../support/lost-call.ts";
import { createWorld } from "../../support/world.ts";

test("an accepted event stays accepted when it is repeated after its act moved on", async () => {
  const world = await createWorld();
  const id = await world.request();
  await world.settle();
  const changed = { id: "wh-changed", source: "onec" } as const;
  expect(await world.send("act.changed", { actRef: id }, changed)).toEqual({ actId: id, duplicate: false });
  await declineAct(world, id);
  // Under a new webhook id the same event no longer fits the act.
  await expect(world.send("act.changed", { actRef: id }, { source: "onec" })).rejects.toMatchObject({
    code: "state_conflict",
  });
  expect(await world.send("act.changed", { actRef: id }, changed)).toEqual({ actId: id, duplicate: true });
});
