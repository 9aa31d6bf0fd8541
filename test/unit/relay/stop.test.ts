import { describe, expect, test } from "vitest";
import { createMockAdapter, type MockAdapter } from "../../../adapters/mock/index.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { createHarness } from "../../support/harness.ts";

/** A mock whose calls of one name never end; `ended` counts calls that were told to end. */
function hang(onec: MockAdapter, name: "upsertCounterparty" | "createAct" | "createPaymentOrder") {
  const seen = { calls: 0, told: 0 };
  const adapter: MockAdapter = {
    ...onec,
    [name]: (_params: unknown, { signal }: { signal?: AbortSignal }) => {
      seen.calls += 1;
      signal?.addEventListener("abort", () => {
        seen.told += 1;
      });
      return new Promise(() => undefined);
    },
  };
  return { adapter, seen };
}

describe("the stop of a relay", () => {
  test.each(["upsertCounterparty", "createAct", "createPaymentOrder"] as const)(
    "ends a running call, and the next process knows of a lapsed lease: %s",
    async (name) => {
      const onec = createMockAdapter();
      const store = createMemoryStore();
      const before = await createHarness({ store, onec });
      const payoutId = "stopped";
      const id = await before.request({ payoutId });
      if (name === "createPaymentOrder") {
        await before.settle();
        await before.send("act.accepted", { payoutId, acceptedAt: new Date(before.now()).toISOString() });
      }
      const stop = new AbortController();
      const { adapter, seen } = hang(onec, name);
      const stopping = await createHarness({ store, onec: adapter, relay: { stop: stop.signal } });
      const work = stopping.settle();
      await expect.poll(() => seen.calls).toBe(1);
      stop.abort();
      await work;
      expect(seen).toEqual({ calls: 1, told: 1 });
      const jobs = (await store.listJobs({ actId: id, queue: "accounting", state: "queued", limit: 9 })).items;
      expect(jobs).toMatchObject([{ attempts: 0, lease: { until: stopping.now() } }]);
      expect((await store.getAct(id))?.problem).toBe(null);
      const [leased] = await before.relay.leaseJobs("accounting");
      expect(leased).toMatchObject({ id: jobs[0]?.id, lapsed: true });
      await before.relay.runJob(leased!);
      const [lost, done] = await store.listAttempts(jobs[0]!.id);
      expect([lost?.code, lost?.outcome, done?.outcome]).toEqual(["worker_lost", "uncertain", "ok"]);
    },
  );

  test("ends a webhook under way without an outcome, and sends it again later", async () => {
    const store = createMemoryStore();
    const onec = createMockAdapter();
    const stop = new AbortController();
    const stopping = await createHarness({ store, onec, relay: { stop: stop.signal } });
    stopping.answer(() => {
      stop.abort();
      return new Response(null, { status: 200 });
    });
    const id = await stopping.request();
    await stopping.settle();
    const next = await createHarness({ store, onec });
    await next.settle();
    expect(next.types()).toContain("act.ready");
    expect((await store.getAct(id))?.problem).toBe(null);
  });
});
