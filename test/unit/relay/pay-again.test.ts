import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import type { CallContext } from "../../../core/adapter.ts";
import { createBreaker } from "../../../core/relay/breaker.ts";
import { createHarness, type Harness } from "../../support/harness.ts";
import { acceptAct, readAct } from "../../support/lost-call.ts";

const ANNA = "person:Анна";
const DAY = 24 * 3_600_000;

/** An act with an order of which 1C has told nothing, and whose next check is a month away. */
async function prepareOrder(world: Harness) {
  const id = await world.request();
  await world.settle();
  await acceptAct(world, id);
  await world.settle();
  const ref = (await readAct(world, id)).paymentOrder?.ref ?? "";
  return { id, ref };
}

const settings = { paymentCheckMs: 30 * DAY };

describe("a request to pay again", () => {
  test("asks 1C about an order without news, and makes a second order after a rejection", async () => {
    const world = await createHarness({ settings });
    const { id, ref } = await prepareOrder(world);
    world.onec.mock.rejectPayment(ref, "Счёт закрыт");
    await world.relay.payAgain(id, ANNA);
    await world.settle();
    expect(await readAct(world, id)).toMatchObject({ status: "payment_ordered", paymentOrder: { attempt: 2 } });
  });

  test("is refused for an order that may still be paid", async () => {
    const world = await createHarness({ settings });
    const { id } = await prepareOrder(world);
    const refusal = { code: "state_conflict", message: expect.stringContaining("отмените его, прежде чем платить") };
    await expect(world.relay.payAgain(id, ANNA)).rejects.toMatchObject(refusal);
  });

  test("records a payment that 1C knows of, and is refused", async () => {
    const world = await createHarness({ settings });
    const { id, ref } = await prepareOrder(world);
    world.onec.mock.executePayment(ref);
    await expect(world.relay.payAgain(id, ANNA)).rejects.toMatchObject({ code: "state_conflict" });
    expect((await readAct(world, id)).status).toBe("paid");
  });

  test("asks nothing during an outage", async () => {
    const breaker = createBreaker({ capacity: 2 });
    const world = await createHarness({ settings, relay: { breaker } });
    const { id, ref } = await prepareOrder(world);
    world.onec.mock.rejectPayment(ref, "Счёт закрыт");
    for (let failures = 0; failures < 5; failures += 1) breaker.recordFailure(world.now(), "onec_unavailable");
    await expect(world.relay.payAgain(id, ANNA)).rejects.toMatchObject({ code: "state_conflict" });
    expect(world.onec.mock.getCallCounts().getPaymentStates).toBe(0);
  });

  test("ends its call when the relay stops", async () => {
    const onec = createMockAdapter();
    const stop = new AbortController();
    const seen: CallContext[] = [];
    const silent = {
      ...onec,
      getPaymentStates: (_refs: readonly string[], context: CallContext) => {
        seen.push(context);
        return new Promise<never>(() => undefined);
      },
    };
    const world = await createHarness({ onec: silent, settings, relay: { stop: stop.signal } });
    const { id } = await prepareOrder(world);
    const refused = expect(world.relay.payAgain(id, ANNA)).rejects.toMatchObject({ code: "state_conflict" });
    await expect.poll(() => seen.length).toBe(1);
    stop.abort();
    await refused;
    expect(seen[0]?.signal?.aborted).toBe(true);
  });
});
