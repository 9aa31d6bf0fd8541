import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import { AdapterError } from "../../../core/errors.ts";
import { createBreaker } from "../../../core/relay/breaker.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { createHarness } from "../../support/harness.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("the breaker", () => {
  test("opens after failures in a row, probes once, doubles the pause, grows back one by one", () => {
    const breaker = createBreaker({ capacity: 4, threshold: 3, firstPauseMs: 1000, longestPauseMs: 4000 });
    expect(breaker.countAllowed(0, 0)).toBe(4);
    for (let n = 0; n < 3; n += 1) breaker.recordFailure(0, "onec_unavailable");
    expect(breaker.getState(0)).toMatchObject({ state: "open", probeAt: 1000, code: "onec_unavailable" });
    expect(breaker.countAllowed(999, 0)).toBe(0);
    expect(breaker.countAllowed(1000, 0)).toBe(1);
    expect(breaker.countAllowed(1000, 1)).toBe(0);
    breaker.recordFailure(1000, "onec_timeout");
    expect(breaker.getProbeTime(1000)).toBe(3000);
    breaker.recordFailure(3000, "onec_timeout");
    breaker.recordFailure(7000, "onec_timeout");
    expect(breaker.getProbeTime(7000)).toBe(11_000);
    breaker.recordSuccess();
    expect(breaker.getState(11_000)).toEqual({ state: "closed", probeAt: null, capacity: 1, code: null });
    breaker.recordSuccess();
    breaker.recordSuccess();
    expect(breaker.countAllowed(0, 0)).toBe(2);
    for (let n = 0; n < 10; n += 1) breaker.recordSuccess();
    expect(breaker.countAllowed(0, 0)).toBe(4);
  });

  test("asks a dead 1C seldom, and lets a backlog back gently", async () => {
    const world = await createHarness({ settings: { accountingConcurrency: 8, paymentCheckMs: 100 * HOUR } });
    const down = { outcome: "unavailable" } as const;
    world.onec.mock.setChaos({ random: () => 0, rate: 1, faults: [down] });
    for (let n = 2; n < 42; n += 1) await world.request({ n });
    await world.pass(2 * HOUR);
    const calls = Object.values(world.onec.mock.getCallCounts()).reduce((sum, count) => sum + count, 0);
    expect(calls).toBeLessThan(120);
    expect(world.relay.getBreakerState().state).not.toBe("closed");
    // Also acts that were never tried are told of, once each.
    expect(world.types()).toEqual(Array.from({ length: 40 }, () => "act.problem"));
    world.onec.mock.clearFaults();
    world.onec.mock.resetCounts();
    await world.pass(HOUR);
    expect((await world.store.listActs({ status: "ready", limit: 100 })).items).toHaveLength(40);
    expect(world.onec.mock.getConcurrency().total).toBeLessThanOrEqual(8);
    expect(world.types().filter((type) => type === "act.problem_resolved")).toHaveLength(40);
  });

  test("stays closed on refusals of 1C, which are answers", async () => {
    const world = await createHarness();
    world.onec.mock.setChaos({ random: () => 0, rate: 1, faults: [{ outcome: "rejected" }] });
    for (let n = 2; n < 22; n += 1) await world.request({ n });
    await world.settle();
    expect(world.relay.getBreakerState().state).toBe("closed");
    expect((await world.store.listActs({ problem: true, limit: 100 })).items).toHaveLength(20);
  });
});

describe("order per counterparty", () => {
  test("runs calls of one counterparty one after another, and of others side by side up to the limit", async () => {
    const sleep = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
    const world = await createHarness({ settings: { accountingConcurrency: 3 }, mock: { delayMs: 1, sleep } });
    for (let round = 0; round < 3; round += 1) for (let n = 2; n < 8; n += 1) await world.request({ n });
    await world.settle();
    const { total, byInn } = world.onec.mock.getConcurrency();
    expect(total).toBe(3);
    expect(Math.max(...Object.values(byInn as Record<string, number>))).toBe(1);
  });

  test("keeps the limit of calls to 1C over several relays on one store", async () => {
    const sleep = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
    const settings = { accountingConcurrency: 3 };
    const first = await createHarness({ settings, mock: { delayMs: 1, sleep } });
    const others = [first, first].map(({ store, onec, delivered }) =>
      createHarness({ settings, store, onec, delivered }),
    );
    const worlds = [first, ...(await Promise.all(others))];
    for (let n = 2; n < 12; n += 1) await first.request({ n });
    const ready = async () => (await first.store.listActs({ status: "ready", limit: 20 })).items.length;
    for (let round = 0; round < 500 && (await ready()) < 10; round += 1) {
      await Promise.all(worlds.map((world) => world.relay.tick()));
    }
    expect(await ready()).toBe(10);
    const { total, byInn } = first.onec.mock.getConcurrency();
    expect(total).toBe(3);
    expect(Math.max(...Object.values(byInn as Record<string, number>))).toBe(1);
    expect(first.onec.mock.takeSnapshot().acts).toHaveLength(10);
  });

  test("goes on behind an act that waits for a person", async () => {
    const world = await createHarness();
    world.onec.mock.failNext("createAct", { outcome: "rejected", code: "act_not_posted" });
    const first = await world.request();
    await world.pass(2 * HOUR);
    const second = await world.request();
    await world.settle();
    expect((await world.store.getAct(first))?.problem?.code).toBe("act_not_posted");
    expect((await world.store.getAct(second))?.status).toBe("ready");
    // Its retry computes the period anew: the days are taken by now.
    await world.relay.retryAct(first, "person:Анна");
    await world.settle();
    expect((await world.store.getAct(first))?.problem?.code).toBe("period_empty");
  });
});

describe("leases", () => {
  test("end for a stopped worker: another worker looks first, and the attempt is shown as unknown", async () => {
    const store = createMemoryStore();
    const dead = await createHarness({ store });
    const onec = dead.onec;
    const id = await dead.request();
    await dead.relay.tick();
    const [claimed] = await dead.relay.leaseJobs("accounting");
    expect(claimed?.type).toBe("act.create");
    // The call is made, and the process dies before the write of the outcome.
    const original = store.commit;
    store.commit = async (changes) =>
      changes.some((change) => change.type === "release") ? "conflict" : original(changes);
    const job = store.getJob;
    store.getJob = async () => null;
    await dead.relay.runJob(claimed!);
    store.commit = original;
    store.getJob = job;
    expect(onec.mock.takeSnapshot().acts).toHaveLength(1);

    const next = await createHarness({ store, onec, start: dead.now() + 10 * MINUTE });
    await next.settle();
    expect((await store.getAct(id))?.status).toBe("ready");
    expect(onec.mock.takeSnapshot().acts).toHaveLength(1);
    expect(
      (await store.listAttempts(claimed!.id)).map((attempt) => [attempt.n, attempt.outcome, attempt.code]),
    ).toEqual([
      [1, "uncertain", "worker_lost"],
      [2, "ok", null],
    ]);
  });

  test("end for a slow worker, which neither calls nor writes afterwards", async () => {
    const store = createMemoryStore();
    const slow = await createHarness({ store });
    await slow.request();
    const claimed = (await slow.relay.leaseJobs("accounting")).find((job) => job.type === "counterparty.upsert");
    const fast = await createHarness({ store, onec: slow.onec, start: slow.now() + 10 * MINUTE });
    await fast.settle();
    const counted = { ...slow.onec.mock.getCallCounts() };
    await slow.relay.runJob({ ...claimed!, lease: { owner: claimed!.lease!.owner, until: 0 } });
    expect(slow.onec.mock.getCallCounts()).toEqual(counted);
    expect((await store.listAttempts(claimed!.id)).filter((attempt) => attempt.outcome === "ok")).toHaveLength(1);
  });

  test("limit calls: a call begins only if the timeout fits the lease", async () => {
    const world = await createHarness();
    await world.request();
    const claimed = (await world.relay.leaseJobs("accounting")).find((job) => job.type === "counterparty.upsert");
    const renewed: number[] = [];
    const renew = world.store.renewLease;
    world.store.renewLease = async (params) => {
      renewed.push(params.leaseUntil);
      return renew(params);
    };
    await world.relay.runJob({ ...claimed!, lease: { owner: claimed!.lease!.owner, until: world.now() + 6_000 } });
    expect(renewed).toEqual([world.now() + world.onec.timeoutMs + 10_000]);
  });
});

describe("a call that is answered later", () => {
  test("takes an act the whole way in pull mode: every call parks without a lease and finishes by the answer", async () => {
    const onec = createMockAdapter({ pending: true, prints: new TextEncoder().encode("%PDF-1.4 from 1C") });
    const world = await createHarness({ onec });
    const pump = async () => {
      for (let round = 0; round < 20; round += 1) {
        await world.settle();
        const parked = await world.store.listJobs({ state: "parked", limit: 10 });
        if (parked.items.length === 0) return;
        for (const job of parked.items) {
          expect(job.lease).toBe(null);
          const callId = String(job.awaiting);
          const answer = await onec.mock.answer(callId);
          expect(await world.relay.takeAnswer(callId, answer!)).toBe("taken");
          expect(await world.relay.takeAnswer(callId, answer!)).toBe("unknown");
        }
      }
    };
    const id = await world.request();
    await pump();
    const act = await world.store.getAct(id);
    expect(act).toMatchObject({ status: "ready", form: { bytes: 16 } });
    const form = await world.store.getForm(id);
    expect(new TextDecoder().decode(form?.tail)).toBe("%PDF-1.4 from 1C");
    await world.send("act.accepted", { payoutId: act?.payoutId, acceptedAt: new Date(world.now()).toISOString() });
    await pump();
    expect((await world.store.getAct(id))?.status).toBe("payment_ordered");
    const [order] = onec.mock.takeSnapshot().paymentOrders;
    onec.mock.executePayment(order!.ref);
    await world.pass(2 * MINUTE);
    await pump();
    expect((await world.store.getAct(id))?.status).toBe("paid");
  });

  test("is a problem after a refusal; a failure is asked again under a new id", async () => {
    const onec = createMockAdapter({ pending: true });
    const world = await createHarness({ onec });
    const id = await world.request();
    await world.settle();
    const awaiting = async () => String((await world.store.listJobs({ state: "parked", limit: 1 })).items[0]?.awaiting);
    const first = await awaiting();
    const lost = { code: "onec_unavailable", outcome: "unavailable", message: "x" } as const;
    expect(await world.relay.takeAnswer(first, { error: lost })).toBe("taken");
    await world.pass(MINUTE);
    const second = await awaiting();
    expect(second).not.toBe(first);
    expect(await world.relay.takeAnswer(first, { value: null })).toBe("unknown");
    expect(await world.relay.takeAnswer("nobody:x:0", { value: null })).toBe("unknown");
    const refused = {
      code: "bank_unknown",
      outcome: "rejected",
      message: "x",
      field: "contractor.bankAccount.bic",
    } as const;
    await world.relay.takeAnswer(second, { error: refused });
    await world.settle();
    expect((await world.store.getAct(id))?.problem).toMatchObject({ code: "bank_unknown", field: refused.field });
  });

  test("is told to come again when the answer comes before the call is parked", async () => {
    const onec = createMockAdapter({ pending: true });
    const world = await createHarness({ onec });
    await world.request();
    const claimed = (await world.relay.leaseJobs("accounting")).find((job) => job.type === "counterparty.upsert");
    expect(await world.relay.takeAnswer(`${claimed!.id}:upsert:0`, { value: null })).toBe("early");
  });
});

test("an adapter that fails in an unforeseen way is an operator's problem, not a loop", async () => {
  const onec = createMockAdapter();
  const broken = { ...onec, findLastAct: () => Promise.reject(new TypeError("x is not a function")) };
  const lines: object[] = [];
  const log = (_: string, event: string, fields: object) => void lines.push({ event, ...fields });
  const world = await createHarness({ onec: broken, relay: { log } });
  const id = await world.request();
  await world.settle();
  const { problem } = (await world.store.getAct(id))!;
  expect(problem).toMatchObject({ code: "onec_rejected", resolver: "operator" });
  // A person reads a standing sentence; the log has the kind and the place.
  expect(problem?.message).toContain("Внутренняя ошибка шлюза");
  expect(JSON.stringify(await world.store.listJobs({ actId: id, limit: 9 }))).not.toContain("x is not a function");
  expect(problem?.message).not.toContain("x is not a function");
  expect(lines).toContainEqual(
    expect.objectContaining({
      event: "accounting_failed",
      fault: expect.stringMatching(/^TypeError\s+at .*queue\.test/),
    }),
  );
  expect(new AdapterError("onec_rejected", "x", { outcome: "rejected" }).detail).toBe(null);
});
