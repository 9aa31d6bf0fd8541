import { describe, expect, test } from "vitest";
import { makeContractorData } from "../../support/builders.ts";
import { createHarness, type Harness } from "../../support/harness.ts";
import { acceptAct, declineAct, readAct } from "../../support/lost-call.ts";

test("an accepted event stays accepted on a repeat after the act moved on", async () => {
  const world = await createHarness();
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

describe("a repeat under a new webhook id", () => {
  const asked = (world: Harness, revision: number, amount: string) =>
    world.send("act.requested", {
      payoutId: "payout",
      revision,
      requestedAt: new Date(world.now()).toISOString(),
      amount,
      contractor: makeContractorData(),
    });

  test("is a duplicate of the act of a replaced revision", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("upsertCounterparty", { outcome: "rejected", code: "bank_unknown" });
    const first = await asked(world, 1, "15000.00");
    await world.settle();
    const second = await asked(world, 2, "16000.00");
    expect(second.duplicate).toBe(false);
    expect(await asked(world, 1, "15000.00")).toEqual({ actId: first.actId, duplicate: true });
  });

  test("is a duplicate of an acceptance, and refused for another form", async () => {
    const world = await createHarness();
    const id = await world.request();
    await world.settle();
    await acceptAct(world, id);
    const { payoutId } = await readAct(world, id);
    const acceptedAt = new Date(world.now()).toISOString();
    const repeat = await world.send("act.accepted", { payoutId, acceptedAt });
    expect(repeat).toEqual({ actId: id, duplicate: true });
    const other = world.send("act.accepted", { payoutId, acceptedAt, pdfSha256: "f".repeat(64) });
    await expect(other).rejects.toMatchObject({ code: "form_changed" });
  });
});

test("an event about another act is refused under a taken webhook id", async () => {
  const world = await createHarness();
  const ask = (payoutId: string) => {
    const requestedAt = new Date(world.now()).toISOString();
    const data = { payoutId, requestedAt, amount: "15000.00", contractor: makeContractorData() };
    return world.send("act.requested", data, { id: "wh-taken" });
  };
  await ask("payout-a");
  await expect(ask("payout-b")).rejects.toMatchObject({ code: "webhook_id_conflict" });
  expect(await world.store.getActByPayout("payout-b")).toBe(null);
});
