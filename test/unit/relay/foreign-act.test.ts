import { describe, expect, test } from "vitest";
import { createHarness, type Harness } from "../../support/harness.ts";
import { readAct } from "../../support/lost-call.ts";

const ANNA = "person:Анна";

/** A world with one requested act, and in 1C a posted document of somebody else under the act's reference. */
async function withForeignAct(): Promise<{ world: Harness; id: string }> {
  const world = await createHarness({ ops: true });
  const id = await world.request();
  const card = world.onec.mock.addCounterparty({ name: "ООО «Чужое»", inn: "7728168971" });
  world.onec.mock.addActByHand({ ref: id, counterpartyRef: card.ref, date: "2026-11-20", amount: 100 });
  await world.settle();
  return { world, id };
}

const actsOf = (world: Harness) => world.onec.mock.takeSnapshot().acts;

describe("a document of somebody else under our reference", () => {
  test("is told as a problem, and never as our act", async () => {
    const { world, id } = await withForeignAct();
    expect(await readAct(world, id)).toMatchObject({
      status: "requested",
      document: null,
      problem: { code: "act_changed", message: expect.stringContaining("Под ссылкой этого акта в 1С уже есть другой") },
    });
    expect(world.types()).not.toContain("act.ready");
  });

  test("stays as it is at each retry", async () => {
    const { world, id } = await withForeignAct();
    const before = actsOf(world);
    await world.relay.retryAct(id, ANNA);
    await world.settle();
    expect(actsOf(world)).toEqual(before);
    expect((await readAct(world, id)).problem?.code).toBe("act_changed");
  });

  test("stays posted when a person voids the act", async () => {
    const { world, id } = await withForeignAct();
    const before = actsOf(world);
    await world.relay.voidAct(id, ANNA, "Ошибка");
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({ status: "voided", covers: false });
    expect(actsOf(world)).toEqual(before);
  });

  test("is foreign with the same counterparty and another sum, too", async () => {
    const world = await createHarness();
    await world.request({ n: 7 });
    await world.settle();
    const [made] = actsOf(world);
    const id = await world.request({ n: 7, amount: "99.00" });
    world.onec.mock.addActByHand({ ref: id, counterpartyRef: made!.counterpartyRef, date: "2026-11-24", amount: 100 });
    await world.settle();
    expect((await readAct(world, id)).document).toBeNull();
  });
});

describe("our own document of a lost database", () => {
  test("is adopted after people merged its card with another one", async () => {
    const first = await createHarness();
    const request = { n: 7, payoutId: "payout-lost" };
    const id = await first.request(request);
    await first.settle();
    const kept = first.onec.mock.addCounterparty({ name: "Дубль", inn: (await readAct(first, id)).contractor.inn });
    first.onec.mock.mergeCards(kept.ref, (await readAct(first, id)).counterparty!.ref);
    const next = await createHarness({ onec: first.onec });
    expect(await next.request(request)).toBe(id);
    await next.settle();
    expect(await readAct(next, id)).toMatchObject({ status: "ready", problem: null });
    expect(actsOf(next)).toHaveLength(1);
  });
});
