import { describe, expect, test } from "vitest";
import { createMockAdapter, type MockAdapter } from "../../../adapters/mock/index.ts";
import { AdapterError } from "../../../core/errors.ts";
import { createHarness } from "../../support/harness.ts";
import { declineAct, readAct } from "../../support/lost-call.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("a void that finds no act", () => {
  test("looks again after twice the timeout of an unanswered call, and voids the act that came late", async () => {
    const onec = createMockAdapter({ timeoutMs: 5 * SECOND });
    const real = onec.createAct;
    let arrive = async (): Promise<unknown> => null;
    const losing: MockAdapter = {
      ...onec,
      createAct: async (params, context) => {
        arrive = async () => real(params, context);
        throw new AdapterError("onec_timeout", "No answer in time", { outcome: "uncertain" });
      },
    };
    const world = await createHarness({ onec: losing });
    const id = await world.request();
    await world.settle();
    await declineAct(world, id);
    await world.pass(7 * SECOND);
    await arrive();
    await world.pass(HOUR);
    expect(onec.mock.takeSnapshot().acts[0]).toMatchObject({ posted: false, deletionMark: true });
    expect(await readAct(world, id)).toMatchObject({ status: "declined", covers: false, problem: null });
  });

  test("looks again after a command that 1C fetched and never answered", async () => {
    const onec = createMockAdapter();
    const world = await createHarness({ onec, settings: { paymentCheckMs: 30 * DAY } });
    onec.mock.pendNext("createAct");
    const id = await world.request();
    await world.settle();
    const [parked] = (await world.store.listJobs({ state: "parked", limit: 10 })).items;
    await declineAct(world, id);
    await world.pass(20 * MINUTE);
    await world.relay.retryAct(id, "person:Олег");
    await world.settle();
    // The act appears now, and the answer of 1C is lost.
    await onec.mock.answer(String(parked?.awaiting));
    expect(onec.mock.takeSnapshot().acts[0]).toMatchObject({ posted: true });
    await world.pass(HOUR);
    expect(onec.mock.takeSnapshot().acts[0]).toMatchObject({ posted: false, deletionMark: true });
    expect(await readAct(world, id)).toMatchObject({ status: "declined", covers: false, problem: null });
  });
});
