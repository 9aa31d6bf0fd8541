import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../adapters/mock/index.ts";
import { createMemoryStore, createRelay } from "../../core/relay/index.ts";
import { createSecret, importSecrets } from "../../core/webhook.ts";
import { type Loop, type LoopOptions, startLoop } from "../../server/node/loop.ts";
import { makeContractorData, NOON } from "../support/builders.ts";
import { createFake, type FakeRelay } from "../support/fake-relay.ts";
import { createTime, settled, type Time } from "../support/time.ts";

interface Started {
  readonly loop: Loop;
  readonly time: Time;
  readonly logged: string[];
}

function start(relay: LoopOptions["relay"], more: Partial<LoopOptions> = {}): Started {
  const time = createTime(NOON);
  const logged: string[] = [];
  const log = (_: string, event: string) => void logged.push(event);
  return { loop: startLoop({ relay, clock: time.now, timer: time.timer, log, ...more }), time, logged };
}

function ids(relay: FakeRelay): string[] {
  return relay.begun.map(({ id }) => id);
}

describe("a queue", () => {
  test("begins due jobs at the start", async () => {
    const relay = createFake();
    relay.add(1);
    relay.add(1, "webhook");
    start(relay);
    await settled();
    expect(ids(relay).sort()).toEqual(["m1", "m2"]);
  });

  test("refills a free slot at once, without waiting for the slowest", async () => {
    const relay = createFake(2);
    relay.add(4);
    start(relay);
    await settled();
    expect(ids(relay)).toEqual(["m1", "m2"]);
    await relay.finish(relay.begun[1]);
    expect(ids(relay)).toEqual(["m1", "m3"]);
    await relay.finish(relay.begun[1]);
    expect(ids(relay)).toEqual(["m1", "m4"]);
  });

  test("begins later jobs on a wake, and only the woken queue looks", async () => {
    const relay = createFake();
    const { loop } = start(relay);
    await settled();
    const before = { ...relay.claims };
    relay.add(1);
    loop.wake(["accounting"]);
    await settled();
    expect(ids(relay)).toEqual(["m1"]);
    expect(relay.claims.webhook).toBe(before.webhook);
  });

  test("keeps a wake that comes during a look", async () => {
    const relay = createFake();
    const { loop } = start(relay);
    const { leaseJobs } = relay;
    await settled();
    relay.leaseJobs = async (queue) => {
      const found = await leaseJobs(queue);
      relay.leaseJobs = leaseJobs;
      relay.add(1);
      loop.wake([queue]);
      return found;
    };
    loop.wake(["accounting"]);
    await settled();
    expect(ids(relay)).toEqual(["m1"]);
  });

  test("looks once after a thousand wakes at once, or twice with a look on the way", async () => {
    const relay = createFake();
    const { loop } = start(relay);
    await settled();
    const before = relay.claims.accounting;
    for (let n = 0; n < 1000; n += 1) loop.wake(["accounting"]);
    await settled();
    expect(relay.claims.accounting - before).toBe(1);
    loop.wake(["accounting"]);
    await Promise.resolve();
    await Promise.resolve();
    for (let n = 0; n < 1000; n += 1) loop.wake(["accounting", "webhook"]);
    await settled();
    expect(relay.claims.accounting - before).toBeLessThanOrEqual(3);
  });

  test("sleeps until the time from the relay, not longer and not less", async () => {
    const relay = createFake();
    relay.next = NOON + 7000;
    const { time } = start(relay);
    await time.pass(6999);
    expect(relay.claims).toEqual({ accounting: 1, webhook: 1 });
    relay.add(1);
    relay.next = null;
    await time.pass(1);
    expect(ids(relay)).toEqual(["m1"]);
  });

  test("looks every half minute, also without known work", async () => {
    const relay = createFake();
    const { time } = start(relay);
    await time.pass(5 * 60_000);
    expect(relay.claims.accounting).toBeGreaterThanOrEqual(10);
    expect(relay.claims.accounting).toBeLessThanOrEqual(11);
    relay.next = NOON + 86_400_000;
    await time.pass(5 * 60_000);
    expect(relay.claims.accounting).toBeLessThanOrEqual(22);
  });

  test("does not spin when work is due and all slots are taken", async () => {
    const relay = createFake(1);
    relay.add(2);
    const { time } = start(relay);
    await time.pass(60_000);
    expect(ids(relay)).toEqual(["m1"]);
    expect(relay.claims.accounting).toBeLessThanOrEqual(65);
    expect(relay.looks.accounting).toBeLessThanOrEqual(65);
  });

  test("looks again at once for work that became due between two looks", async () => {
    const relay = createFake();
    relay.getNextWake = async (queue) => {
      if (queue === "webhook" || relay.claims.accounting > 1) return null;
      relay.add(1);
      return NOON;
    };
    const { time } = start(relay);
    await settled();
    expect(ids(relay)).toEqual(["m1"]);
    expect(time.now()).toBe(NOON);
  });
});

describe("a storage that fails", () => {
  test("is tried again after longer and longer pauses, in spite of wakes, and the loop goes on", async () => {
    const relay = createFake();
    relay.broken = true;
    const { loop, time, logged } = start(relay);
    for (let second = 0; second < 120; second += 1) {
      loop.wake(["accounting"]);
      await time.pass(1000);
    }
    expect(logged.filter((event) => event === "claim_failed").length).toBeGreaterThan(4);
    expect(relay.claims.accounting).toBeLessThanOrEqual(12);
    relay.broken = false;
    relay.add(1);
    await time.pass(30_000);
    expect(ids(relay)).toEqual(["m1"]);
    relay.add(1);
    loop.wake(["accounting"]);
    await settled();
    expect(ids(relay)).toEqual(["m1", "m2"]);
  });

  test("frees the slot of a job and is logged", async () => {
    const relay = createFake(1);
    relay.add(2);
    const { logged } = start(relay);
    await settled();
    await relay.fail(relay.begun[0]);
    expect(ids(relay)).toEqual(["m2"]);
    expect(logged).toContain("work_failed");
  });
});

describe("upkeep", () => {
  test("sweeps every half minute, also after a failure", async () => {
    const relay = createFake();
    const { time, logged } = start(relay);
    await time.pass(60_000);
    expect(relay.sweeps).toBe(2);
    relay.broken = true;
    await time.pass(30_000);
    relay.broken = false;
    await time.pass(60_000);
    expect(relay.sweeps).toBe(5);
    expect(logged.filter((event) => event === "sweep_failed")).toHaveLength(1);
  });

  test("never sweeps twice at once", async () => {
    const relay = createFake();
    let done = () => {};
    let sweeps = 0;
    relay.sweep = () => {
      sweeps += 1;
      return new Promise((resolve) => {
        done = () => resolve(1);
      });
    };
    const { time, logged } = start(relay);
    await time.pass(300_000);
    expect(sweeps).toBe(1);
    done();
    await time.pass(30_000);
    expect(sweeps).toBe(2);
    expect(logged).toContain("sweep");
  });

  test("prunes every hour, where a retention time is set", async () => {
    let prunes = 0;
    const prune = async () => {
      prunes += 1;
      return 3;
    };
    const { time, logged } = start(createFake(), { prune });
    await time.pass(2 * 3_600_000 + 1000);
    expect(prunes).toBe(2);
    expect(logged).toContain("prune");
  });
});

describe("stop", () => {
  test("begins nothing more and waits for running jobs", async () => {
    const relay = createFake(1);
    relay.add(2);
    const { loop, time } = start(relay);
    await settled();
    let stopped: number | null = null;
    const stopping = loop.stop(10_000).then((left) => {
      stopped = left;
    });
    loop.wake(["accounting", "webhook"]);
    await time.pass(5000);
    expect(stopped).toBeNull();
    await relay.finish(relay.begun[0]);
    await stopping;
    expect(stopped).toBe(0);
    expect(ids(relay)).toEqual([]);
    const claims = { ...relay.claims };
    loop.wake(["accounting"]);
    await time.pass(120_000);
    expect(relay.claims).toEqual(claims);
    expect(time.waiting()).toBe(0);
  });

  test("gives up at the deadline and tells the number of unfinished jobs", async () => {
    const relay = createFake(2);
    relay.add(2);
    relay.add(1, "webhook");
    const { loop, time } = start(relay);
    await settled();
    const stopping = loop.stop(10_000);
    await relay.finish(relay.begun[0]);
    await time.pass(10_000);
    expect(await stopping).toBe(2);
  });

  test("works the jobs of a lease on the way, so that no lease has to run out", async () => {
    const relay = createFake();
    const { loop } = start(relay);
    await settled();
    relay.add(1);
    loop.wake(["accounting"]);
    // The claim has begun and has not answered.
    while (relay.claims.accounting < 2) await Promise.resolve();
    const stopping = loop.stop(10_000);
    await settled();
    expect(ids(relay)).toEqual(["m1"]);
    await relay.finish(relay.begun[0]);
    expect(await stopping).toBe(0);
  });

  test("is immediate in an idle loop", async () => {
    const { loop, time } = start(createFake());
    expect(await loop.stop(10_000)).toBe(0);
    expect(time.waiting()).toBe(0);
  });
});

describe("the loop over a real relay", () => {
  async function startReal() {
    const time = createTime(NOON, () => relay.countRunning("accounting") + relay.countRunning("webhook") > 0);
    const store = createMemoryStore();
    const adapter = createMockAdapter({ today: () => "2026-11-24" });
    const claims = { accounting: 0, webhook: 0 };
    const sent: string[] = [];
    let loop: Loop | null = null;
    let ids = 0;
    const keys = await importSecrets(createSecret());
    const relay = createRelay({
      store: {
        ...store,
        leaseJobs: (params) => {
          claims[params.queue] += 1;
          return store.leaseJobs(params);
        },
      },
      adapter,
      printer: {
        toServiceLines: ({ amount: price }) => [{ name: "Услуги", quantity: 1000, unit: "усл.", price, amount: price }],
        print: async () => ({ sha256: "0".repeat(64), bytes: 1, prefix: null, tail: new Uint8Array(1) }),
      },
      settings: {
        platformId: "platform",
        organizationInn: "7709123453",
        sameDayAct: "reject",
        paymentPurpose: "Акт {number}. {vat}",
        accountingConcurrency: 2,
        webhookConcurrency: 2,
        webhookTimeoutMs: 1000,
        paymentCheckMs: 3_600_000,
      },
      rules: {
        timeZone: "Europe/Moscow",
        allowedKinds: ["company"],
        listMissingCharacters: () => [],
        futureToleranceMs: 0,
      },
      targets: { platform: { url: "https://platform.example/", keys } },
      documentLink: async () => ({ url: "https://relay.example/", expiresAt: NOON }),
      fetch: async (url, init) => {
        sent.push(((await new Request(url, init).json()) as { type: string }).type);
        return new Response(null, { status: 204 });
      },
      clock: time.now,
      random: () => 0.5,
      newId: () => `id-${String(++ids).padStart(6, "0")}`,
      onWork: (lanes) => loop?.wake(lanes),
    });
    loop = startLoop({ relay, clock: time.now, timer: time.timer, log: () => undefined });
    const request = async (n: number) => {
      const instant = new Date(time.now()).toISOString();
      const data = { payoutId: `p${n}`, requestedAt: instant, amount: "100.00", contractor: makeContractorData(n) };
      const body = new TextEncoder().encode(JSON.stringify({ type: "act.requested", timestamp: instant, data }));
      return relay.receive({ source: "platform", webhookId: `w${n}`, body });
    };
    return { time, adapter, claims, sent, relay, loop, request };
  }

  test("takes an act all the way to the platform by wakes alone", async () => {
    const { time, sent, request } = await startReal();
    await settled();
    await request(2);
    await expect.poll(() => sent, { timeout: 10_000 }).toEqual(["act.ready"]);
    expect(time.now()).toBe(NOON);
  });

  test("makes few looks in an hour without 1C, and drains the backlog afterwards", async () => {
    const { time, adapter, claims, sent, request } = await startReal();
    adapter.mock.setChaos({ random: () => 0, rate: 1, faults: [{ outcome: "unavailable" }] });
    for (let n = 2; n < 12; n += 1) await request(n);
    await time.pass(3_600_000);
    expect(claims.accounting).toBeLessThan(400);
    expect(claims.webhook).toBeLessThan(400);
    adapter.mock.clearFaults();
    await time.pass(1_200_000);
    expect(sent.filter((type) => type === "act.ready")).toHaveLength(10);
  });
});
