import { expect, test } from "vitest";
import { createHarness } from "../../support/harness.ts";

test("requested → posted → ready → accepted → ordered → paid", async () => {
  const world = await createHarness();
  const id = await world.request();
  await world.settle();
  expect(await world.store.getAct(id)).toMatchObject({
    status: "ready",
    period: { from: "2026-11-01", to: "2026-11-24" },
    counterparty: { created: true },
  });
  expect(world.types()).toEqual(["act.ready"]);
  const act = await world.store.getAct(id);
  await world.send("act.accepted", {
    payoutId: act?.payoutId,
    acceptedAt: "2026-11-24T12:00:00+03:00",
    pdfSha256: act?.form?.sha256,
  });
  await world.settle();
  expect(world.types()).toEqual(["act.ready", "payment_order.created"]);
  const order = (await world.store.getAct(id))?.paymentOrder;
  expect(order).toMatchObject({ state: "made", attempt: 1 });
  world.onec.mock.executePayment(order?.ref ?? "", "2026-11-25");
  await world.pass(120_000);
  expect(world.types()).toEqual(["act.ready", "payment_order.created", "payment.executed"]);
  expect(await world.store.getAct(id)).toMatchObject({ status: "paid", paidOn: "2026-11-25", problem: null });
  expect((await world.store.listEvents(id)).map((event) => event.type)).toEqual([
    "act.requested",
    "counterparty.upserted",
    "act.created",
    "act.printed",
    "act.accepted",
    "acceptance.printed",
    "payment_order.started",
    "payment_order.created",
    "onec.payment_executed",
  ]);
});
