import { describe, expect, test } from "vitest";
import type { Queue } from "../../../core/job.ts";
import { createBreaker } from "../../../core/relay/breaker.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { createWorker } from "../../../core/relay/worker.ts";
import type { Store } from "../../../core/store.ts";
import { createSecret, importSecrets } from "../../../core/webhook.ts";
import { aJob, NOON } from "../../support/builders.ts";
import { aContext, aRecorder } from "../../support/context.ts";

const target = { url: "https://platform.example/", keys: await importSecrets(createSecret()) };

/** A worker over so many due jobs of each queue; `status` is the platform's answer. */
async function aWorker({ webhooks = 0, creations = 0, at = NOON, status = 204 } = {}) {
  const inner = createMemoryStore();
  const asked: object[] = [];
  const leaseJobs: Store["leaseJobs"] = (request) => {
    asked.push(request);
    return inner.leaseJobs(request);
  };
  const due = (queue: Queue, count: number) =>
    Array.from({ length: count }, () => ({ type: "job", job: aJob({ queue, dueAt: at }) }) as const);
  await inner.commit([...due("webhook", webhooks), ...due("accounting", creations)]);
  let now = NOON;
  const logged: unknown[] = [];
  const woken: unknown[] = [];
  const base = aContext(aRecorder({ timeoutMs: 30_000 }));
  const breaker = createBreaker({ capacity: 2, threshold: 1 });
  const context = aContext({
    ...base,
    store: { ...inner, leaseJobs },
    settings: { ...base.settings, webhookConcurrency: 3, webhookTimeoutMs: 4_000, accountingConcurrency: 5 },
    breaker,
    targets: { platform: target },
    documentLink: async () => ({ url: "", expiresAt: NOON }),
    fetch: async () => new Response(null, { status }),
    clock: () => now,
    log: (...line) => logged.push(line),
    onWork: (queues) => woken.push(queues),
  });
  const pass = (ms: number) => {
    now += ms;
  };
  return { worker: createWorker(context), store: inner, breaker, asked, logged, woken, pass };
}

const lease = { owner: "id-1", now: NOON };

describe("a worker", () => {
  test("leases jobs of 1C within the limit of all processes, for longer than a call", async () => {
    const { worker, asked } = await aWorker({ creations: 3 });
    expect(await worker.leaseJobs("accounting")).toHaveLength(2);
    expect(asked).toEqual([{ ...lease, queue: "accounting", limit: 2, leaseUntil: NOON + 40_000, atOnce: 5 }]);
    expect(worker.countRunning("accounting")).toBe(2);
  });

  test("leases webhooks up to its own limit, and asks for none without room", async () => {
    const { worker, asked } = await aWorker({ webhooks: 5 });
    expect(await worker.leaseJobs("webhook")).toHaveLength(3);
    expect(await worker.leaseJobs("webhook")).toEqual([]);
    expect(asked).toEqual([{ ...lease, queue: "webhook", limit: 3, leaseUntil: NOON + 14_000 }]);
    expect(worker.countRunning("webhook")).toBe(3);
  });

  test("leases as many as have ended", async () => {
    const { worker, asked } = await aWorker({ webhooks: 5 });
    const [first] = await worker.leaseJobs("webhook");
    await worker.runJob(first!);
    expect(await worker.leaseJobs("webhook")).toHaveLength(1);
    expect(asked[1]).toMatchObject({ limit: 1 });
  });

  test("frees the room after a failed lease", async () => {
    const { worker, store } = await aWorker();
    const context = aContext({ store: { ...store, leaseJobs: () => Promise.reject(new Error("disk")) } });
    const failing = createWorker(context);
    await expect(failing.leaseJobs("webhook")).rejects.toThrow("disk");
    expect([failing.countRunning("webhook"), worker.countRunning("webhook")]).toEqual([0, 0]);
  });

  test("wakes the job's queue at the job's end", async () => {
    const { worker, woken } = await aWorker({ webhooks: 1 });
    const [job] = await worker.leaseJobs("webhook");
    await worker.runJob(job!);
    expect(woken).toEqual([["webhook"]]);
    expect(worker.countRunning("webhook")).toBe(0);
  });

  test("logs a lost lease and goes on; other errors of the store are thrown", async () => {
    const { worker, logged, store } = await aWorker({ webhooks: 2 });
    const [job, other] = await worker.leaseJobs("webhook");
    const from = ["queued"] as const;
    await store.commit([{ type: "requeue", jobId: job!.id, from, dueAt: NOON, restart: false }]);
    await worker.runJob(job!);
    expect(logged).toEqual([["warn", "lease_lost", { job: job!.id, type: "webhook" }]]);
    const broken = createWorker(aContext({ store: { ...store, commit: () => Promise.reject(new Error("disk")) } }));
    await expect(broken.runJob(other!)).rejects.toThrow("disk");
  });

  test("pauses webhooks while the platform is slow", async () => {
    const { worker, pass, asked } = await aWorker({ webhooks: 5, status: 429 });
    const [job] = await worker.leaseJobs("webhook");
    await worker.runJob(job!);
    pass(9_999);
    expect(await worker.leaseJobs("webhook")).toEqual([]);
    expect(asked).toHaveLength(1);
    pass(1);
    expect(await worker.leaseJobs("webhook")).toHaveLength(1);
  });
});

describe("the next look at a queue", () => {
  test("is the time of the next due job, or never without jobs", async () => {
    const { worker } = await aWorker({ webhooks: 1, creations: 1, at: NOON + 7 });
    expect(await worker.getNextWake("webhook")).toBe(NOON + 7);
    expect(await worker.getNextWake("accounting")).toBe(NOON + 7);
    expect(await (await aWorker()).worker.getNextWake("webhook")).toBe(null);
  });

  test("waits for the end of a running job without room", async () => {
    const { worker } = await aWorker({ webhooks: 5, creations: 5 });
    await worker.leaseJobs("webhook");
    await worker.leaseJobs("accounting");
    expect([await worker.getNextWake("webhook"), await worker.getNextWake("accounting")]).toEqual([null, null]);
  });

  test("does not wait for running jobs while there is room", async () => {
    const { worker, store } = await aWorker({ webhooks: 1 });
    await worker.leaseJobs("webhook");
    await store.commit([{ type: "job", job: aJob({ dueAt: NOON + 3 }) }]);
    expect(await worker.getNextWake("webhook")).toBe(NOON + 3);
  });

  test("is the probe of a 1C that does not answer", async () => {
    const { worker, breaker } = await aWorker({ creations: 1, webhooks: 1 });
    breaker.recordFailure(NOON, "onec_timeout");
    expect(await worker.getNextWake("accounting")).toBe(NOON + 5_000);
    expect(await worker.getNextWake("webhook")).toBe(NOON);
  });

  test("is the time of a job long due after an answer without a pause", async () => {
    const { worker, pass } = await aWorker({ webhooks: 4 });
    const [job] = await worker.leaseJobs("webhook");
    pass(5);
    await worker.runJob(job!);
    expect(await worker.getNextWake("webhook")).toBe(NOON);
  });

  test("is the end of the platform's pause", async () => {
    const { worker } = await aWorker({ webhooks: 4, creations: 1, status: 429 });
    const leased = await worker.leaseJobs("webhook");
    for (const job of leased) await worker.runJob(job);
    expect(await worker.getNextWake("webhook")).toBe(NOON + 10_000);
    expect(await worker.getNextWake("accounting")).toBe(NOON);
  });
});
