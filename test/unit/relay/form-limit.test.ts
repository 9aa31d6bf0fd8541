import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import { createHarness } from "../../support/harness.ts";

const PDF = new TextEncoder().encode("%PDF-1.4 from 1C");

/** A world whose store keeps forms of so many bytes. */
function worldOf(largestForm: number, pending = false) {
  return createHarness({ onec: createMockAdapter({ prints: PDF, pending }), settings: { largestForm } });
}

describe("a printed form larger than the store keeps", () => {
  test("is kept at exactly the limit", async () => {
    const world = await worldOf(PDF.length);
    const id = await world.request();
    await world.settle();
    expect(await world.store.getAct(id)).toMatchObject({ status: "ready", form: { bytes: PDF.length } });
  });

  test("is a problem that names the size and the advice", async () => {
    const world = await worldOf(PDF.length - 1);
    const id = await world.request();
    await world.settle();
    expect(await world.store.getAct(id)).toMatchObject({
      status: "posted",
      problem: {
        code: "print_failed",
        resolver: "operator",
        message: expect.stringMatching(/Форма занимает 0,1 МБ, а хранилище .* не больше 0 МБ\. Уменьшите картинки/),
      },
    });
    expect(await world.store.getForm(id)).toBeNull();
    expect(world.types()).toEqual(["act.problem"]);
  });

  test("does not block later commands when 1C sends the form, and is the same problem", async () => {
    const world = await worldOf(PDF.length - 1, true);
    const id = await world.request();
    for (let round = 0; round < 20; round += 1) {
      await world.settle();
      const [parked] = (await world.store.listJobs({ state: "parked", limit: 1 })).items;
      if (parked === undefined) break;
      const callId = String(parked.awaiting);
      expect(await world.relay.takeAnswer(callId, (await world.onec.mock.answer(callId))!)).toBe("taken");
    }
    expect(await world.store.getAct(id)).toMatchObject({ status: "posted", problem: { code: "print_failed" } });
  });
});
