import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import { createHarness } from "../../support/harness.ts";
import { acceptAct, dieInCall, loseCall, readAct } from "../../support/lost-call.ts";

const MINUTE = 60_000;

describe("a worker that died inside a call", () => {
  test("leaves its period to the next worker, also when 1C is away at the first look", async () => {
    const lost = loseCall(createMockAdapter(), "createAct");
    const dead = await createHarness({ onec: lost.onec });
    const id = await dead.request();
    await dead.relay.tick();
    const next = await dieInCall(dead, lost, "act.create");
    next.onec.mock.failNext("findAct", { outcome: "unavailable" });
    await next.settle();
    // Another act now covers most of the days: a period decided anew would begin after these days.
    const counterpartyRef = (await readAct(next, id)).counterparty?.ref ?? "";
    next.onec.mock.addActByHand({ counterpartyRef, date: "2026-11-20", amount: 100 });
    await next.pass(MINUTE);
    expect(await readAct(next, id)).toMatchObject({
      status: "ready",
      period: { from: "2026-11-01", to: "2026-11-24" },
    });
  });

  test("blocks the void of an act whose payment order may still be made", async () => {
    const lost = loseCall(createMockAdapter(), "createPaymentOrder");
    const dead = await createHarness({ onec: lost.onec });
    const id = await dead.request();
    await dead.settle();
    await acceptAct(dead, id);
    const next = await dieInCall(dead, lost, "payment_order.create");
    next.onec.mock.failNext("findAct", { outcome: "rejected", code: "onec_forbidden" });
    await next.settle();
    expect(await readAct(next, id)).toMatchObject({
      problem: { code: "onec_forbidden" },
      paymentOrder: { state: "creating" },
    });
    await expect(next.relay.voidAct(id, "person:Олег", "…")).rejects.toMatchObject({ code: "state_conflict" });
    await lost.arrive();
    await next.relay.retryAct(id, "person:Олег");
    await next.settle();
    expect(await readAct(next, id)).toMatchObject({ status: "payment_ordered", problem: null });
    expect(next.onec.mock.takeSnapshot().paymentOrders).toHaveLength(1);
  });
});
