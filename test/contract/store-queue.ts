import { describe, expect, test } from "vitest";
import type { Job } from "../../core/job.ts";
import type { LeaseJobsParams, Store } from "../../core/store.ts";
import { aJob, anAct, anAttempt, freshId, NOON, writesOf } from "../support/builders.ts";
import type { Current } from "./store.ts";

/** How work is handed out. */
export function queueRules(current: Current): void {
  describe("leaseJobs", () => {
    test("leases due jobs, oldest first, up to the limit", async () => {
      const { store } = current();
      const later = await added(store, { dueAt: NOON + 1 });
      const due = [await added(store), await added(store, { dueAt: NOON - 5 }), await added(store)];
      const first = await store.leaseJobs(params({ limit: 2 }));
      const lease = { owner: "w1", until: NOON + 60_000 };
      expect(first).toEqual(due.slice(0, 2).map((job) => ({ ...job, lease })));
      expect(await store.getJob(due[0]!.id)).toEqual(first[0]);
      expect(ids(await store.leaseJobs(params()))).toEqual([due[2]!.id]);
      expect(await store.leaseJobs(params())).toEqual([]);
      expect(ids(await store.leaseJobs(params({ now: NOON + 1 })))).toEqual([later.id]);
    });

    test.each(["parked", "done", "skipped", "problem", "dead"] as const)(
      "leaves out a job that is %s",
      async (state) => {
        const { store } = current();
        await added(store, { state });
        expect(await store.leaseJobs(params())).toEqual([]);
      },
    );

    test("serves the oldest act first, before jobs that younger acts queued earlier", async () => {
      const { store } = current();
      const acts = [anAct(), anAct()];
      for (const act of acts) await store.commit(writesOf(act));
      const [older, younger] = acts.map(({ id }) => id);
      const first = await added(store, { actId: younger!, queue: "accounting" });
      const later = await added(store, { actId: older!, queue: "accounting" });
      const alone = await added(store, { queue: "accounting" });
      expect(ids(await store.leaseJobs(params({ queue: "accounting", limit: 2 })))).toEqual([alone.id, later.id]);
      expect(ids(await store.leaseJobs(params({ queue: "accounting" })))).toEqual([first.id]);
    });

    test("keeps the queues apart", async () => {
      const { store } = current();
      const call = await added(store, { queue: "accounting", orderKey: "k" });
      const webhook = await added(store, { orderKey: "k" });
      expect(ids(await store.leaseJobs(params()))).toEqual([webhook.id]);
      expect(ids(await store.leaseJobs(params({ queue: "accounting" })))).toEqual([call.id]);
    });

    test("gives one job of an order key at a time, in the order of creation", async () => {
      const { store } = current();
      const [a1, a2] = [await added(store, { orderKey: "a" }), await added(store, { orderKey: "a", dueAt: 0 })];
      const [b1, free] = [await added(store, { orderKey: "b" }), await added(store)];
      const first = await store.leaseJobs(params());
      expect(ids(first)).toEqual([a1.id, b1.id, free.id]);
      await settle(store, first[0]!, "queued", NOON + 9);
      expect(await store.leaseJobs(params())).toEqual([]);
      const [again] = await store.leaseJobs(params({ now: NOON + 9 }));
      expect(again?.id).toBe(a1.id);
      await settle(store, again!, "parked");
      expect(await store.leaseJobs(params({ now: NOON + 99 }))).toEqual([]);
      await store.commit([{ type: "requeue", jobId: a1.id, from: ["parked"], dueAt: NOON, restart: false }]);
      const [third] = await store.leaseJobs(params());
      await settle(store, third!, "problem");
      expect(ids(await store.leaseJobs(params()))).toEqual([a2.id]);
    });

    test("makes a younger job wait for an older job that was put back", async () => {
      const { store } = current();
      const older = await added(store, { orderKey: "a", state: "problem" });
      const younger = await added(store, { orderKey: "a" });
      await store.commit([{ type: "requeue", jobId: older.id, from: ["problem"], dueAt: NOON, restart: true }]);
      expect(ids(await store.leaseJobs(params()))).toEqual([older.id]);
      expect((await store.getJob(younger.id))?.lease).toBeNull();
    });

    test("holds back an older job that was put back while a younger job of the order key is leased or parked", async () => {
      const { store } = current();
      const older = await added(store, { orderKey: "a", state: "problem" });
      const younger = await added(store, { orderKey: "a" });
      const [begun] = await store.leaseJobs(params());
      expect(begun?.id).toBe(younger.id);
      await store.commit([{ type: "requeue", jobId: older.id, from: ["problem"], dueAt: NOON, restart: true }]);
      expect(await store.leaseJobs(params({ owner: "w2" }))).toEqual([]);
      expect(await store.getNextDue("webhook")).toBe(NOON + 60_000);
      // The next holder of the younger job finishes that job first.
      const [again] = await store.leaseJobs(params({ owner: "w2", now: NOON + 60_000 }));
      expect(again).toMatchObject({ id: younger.id, lapsed: true });
      await settle(store, again!, "parked");
      expect(await store.leaseJobs(params({ now: NOON + 60_000 }))).toEqual([]);
      expect(await store.getNextDue("webhook")).toBeNull();
      await store.commit([{ type: "requeue", jobId: younger.id, from: ["parked"], dueAt: NOON, restart: false }]);
      expect(ids(await store.leaseJobs(params()))).toEqual([older.id]);
    });

    test("leases no more jobs at once than the limit, and counts running leases of the same queue only", async () => {
      const { store } = current();
      for (let n = 0; n < 6; n += 1) await added(store);
      await added(store, { queue: "accounting" });
      await store.leaseJobs(params({ queue: "accounting" }));
      const take = (more: Partial<LeaseJobsParams> = {}) => store.leaseJobs(params({ atOnce: 3, ...more }));
      const [first] = await take({ limit: 1 });
      expect(await take({ owner: "w2", limit: 1 })).toHaveLength(1);
      expect(await take({ owner: "w3" })).toHaveLength(1);
      expect(await take({ owner: "w4" })).toEqual([]);
      expect(await take({ owner: "w4", atOnce: 1 })).toEqual([]);
      await settle(store, first!, "done");
      expect(await take({ owner: "w4" })).toHaveLength(1);
      // Three leases have run out: the same three places are filled, and no more.
      expect(await take({ owner: "w5", now: NOON + 60_000 })).toHaveLength(3);
      expect(await take({ owner: "w6", now: NOON + 60_000 })).toEqual([]);
      expect(await store.leaseJobs(params({ owner: "w7", now: NOON + 60_000 }))).toHaveLength(2);
    });

    test("keeps the limit over many bounded leases at once", async () => {
      const { store } = current();
      for (let n = 0; n < 40; n += 1) await added(store);
      const claims = Array.from({ length: 20 }, (_, n) =>
        store.leaseJobs(params({ owner: `w${n}`, limit: 3, atOnce: 7 })),
      );
      const given = (await Promise.all(claims)).flat();
      expect(new Set(ids(given)).size).toBe(7);
      expect(given).toHaveLength(7);
    });

    test("takes over a lapsed lease, and marks the job as lapsed until its release", async () => {
      const { store } = current();
      const job = await added(store, { orderKey: "a" });
      await added(store, { orderKey: "a" });
      const [first] = await store.leaseJobs(params());
      expect(first?.lapsed).toBe(false);
      expect(await store.leaseJobs(params({ now: NOON + 59_999, owner: "w2" }))).toEqual([]);
      const [second] = await store.leaseJobs(params({ now: NOON + 60_000, owner: "w2" }));
      expect(second).toMatchObject({ id: job.id, lapsed: true, lease: { owner: "w2", until: NOON + 120_000 } });
      await settle(store, second!, "queued");
      const [third] = await store.leaseJobs(params({ owner: "w3" }));
      expect(third).toMatchObject({ id: job.id, lapsed: false, attempts: 1 });
    });

    test("gives no job of a stopped destination until the destination is open again", async () => {
      const { store } = current();
      const stopped = await added(store);
      const other = await added(store, { destination: "ops" });
      await store.commit([
        { type: "destination", destination: { name: "platform", stoppedAt: NOON, reason: "http_410" } },
      ]);
      expect(ids(await store.leaseJobs(params()))).toEqual([other.id]);
      expect(await store.getNextDue("webhook")).toBe(NOON + 60_000);
      await store.commit([{ type: "destination", destination: { name: "platform", stoppedAt: null, reason: null } }]);
      expect(await store.getNextDue("webhook")).toBe(NOON);
      expect(ids(await store.leaseJobs(params()))).toEqual([stopped.id]);
    });

    test("gives each job to one of many workers at once", async () => {
      const { store } = current();
      for (let n = 0; n < 40; n += 1) await added(store, { orderKey: n % 2 === 0 ? null : `k${n % 10}` });
      const claims = Array.from({ length: 20 }, (_, n) => store.leaseJobs(params({ owner: `w${n}`, limit: 3 })));
      const given = (await Promise.all(claims)).flat();
      expect(new Set(ids(given)).size).toBe(given.length);
      expect(given.length).toBe(25);
      for (const { id, lease } of given) expect((await store.getJob(id))?.lease).toEqual(lease);
    });
  });

  describe("leaseParkedJobs", () => {
    const fetch = (store: Store, more: Partial<LeaseJobsParams> = {}) => store.leaseParkedJobs(params(more));
    const parked = { queue: "accounting", state: "parked" } as const;

    test("gives parked jobs to 1C, oldest first, and leaves the jobs parked", async () => {
      const { store } = current();
      const waiting = [
        await added(store, parked),
        await added(store, { ...parked, dueAt: 0 }),
        await added(store, parked),
      ];
      await added(store, { state: "parked" });
      await added(store, { queue: "accounting" });
      const first = await fetch(store, { limit: 2 });
      const lease = { owner: "w1", until: NOON + 60_000 };
      expect(first).toEqual(waiting.slice(0, 2).map((job) => ({ ...job, lease })));
      expect(await store.getJob(waiting[0]!.id)).toEqual(first[0]);
    });

    test("gives the same jobs to no other worker before the lease ends, and all of them to the same worker again", async () => {
      const { store } = current();
      const [one, two] = [await added(store, parked), await added(store, parked)];
      expect(ids(await fetch(store, { limit: 1 }))).toEqual([one.id]);
      expect(ids(await fetch(store, { owner: "w2" }))).toEqual([two.id]);
      expect(ids(await fetch(store))).toEqual([one.id]);
      expect(ids(await fetch(store, { owner: "w3", now: NOON + 59_999 }))).toEqual([]);
      expect(ids(await fetch(store, { owner: "w3", now: NOON + 60_000 }))).toEqual([one.id, two.id]);
    });

    test("gives each job to one of many callers at once", async () => {
      const { store } = current();
      for (let n = 0; n < 20; n += 1) await added(store, parked);
      const given = (await Promise.all([1, 2, 3, 4].map((n) => fetch(store, { owner: `w${n}`, limit: 7 })))).flat();
      expect(new Set(ids(given)).size).toBe(20);
      expect(given.length).toBe(20);
    });

    test("frees a job that is put back into the queue, and does not mark the job as lapsed", async () => {
      const { store } = current();
      const { id } = await added(store, parked);
      await fetch(store);
      await store.commit([{ type: "requeue", jobId: id, from: ["parked"], dueAt: NOON, restart: false }]);
      expect(await store.leaseJobs(params({ queue: "accounting", owner: "w2" }))).toMatchObject([
        { id, lapsed: false },
      ]);
      expect(await fetch(store)).toEqual([]);
    });

    test("gives no job of a stopped destination until the destination is open again", async () => {
      const { store } = current();
      const { id } = await added(store, parked);
      const destination = { name: "accounting", stoppedAt: NOON, reason: "ref_key_ignored" };
      await store.commit([{ type: "destination", destination }]);
      expect(await fetch(store)).toEqual([]);
      await store.commit([{ type: "destination", destination: { ...destination, stoppedAt: null } }]);
      expect(ids(await fetch(store))).toEqual([id]);
    });
  });

  describe("set_back", () => {
    const HOUR = 3_600_000;
    const setBack = (store: Store) => store.commit([{ type: "set_back", now: NOON, by: HOUR, leaseUntil: NOON + 90 }]);

    test("moves later due times of open jobs, never before now, and ends the leases of a fast clock", async () => {
      const { store } = current();
      const at = (job: Job | null) => [job?.dueAt, job?.lease?.until ?? null];
      const later = await added(store, { dueAt: NOON + HOUR + 5 });
      const sooner = await added(store, { dueAt: NOON + 5 });
      const past = await added(store, { dueAt: NOON - 5 });
      const parked = await added(store, { state: "parked", lease: { owner: "w9", until: NOON + HOUR + 7 } });
      const running = await added(store, { lease: { owner: "w8", until: NOON + 90 } });
      const dead = await added(store, { state: "dead", dueAt: NOON + HOUR });
      expect(await setBack(store)).toBe("ok");
      const times = await Promise.all([later, sooner, past, parked, running, dead].map(({ id }) => store.getJob(id)));
      expect(times.map(at)).toEqual([
        [NOON + 5, null],
        [NOON, null],
        [NOON - 5, null],
        [parked.dueAt, NOON + 90],
        [running.dueAt, NOON + 90],
        [NOON + HOUR, null],
      ]);
    });

    test("frees a job whose lease a fast clock wrote, for a holder that knows of the lapsed lease", async () => {
      const { store } = current();
      const { id } = await added(store);
      await store.leaseJobs(params({ now: NOON + HOUR, leaseUntil: NOON + HOUR }));
      expect(await store.leaseJobs(params({ owner: "w2" }))).toEqual([]);
      await setBack(store);
      expect(await store.leaseJobs(params({ owner: "w2", now: NOON + 89 }))).toEqual([]);
      const late = params({ owner: "w2", now: NOON + 90, leaseUntil: NOON + 60_000 });
      expect(await store.leaseJobs(late)).toMatchObject([{ id, lapsed: true }]);
    });
  });

  describe("renew", () => {
    test("lengthens the caller's own lease and writes the progress", async () => {
      const { store } = current();
      const job = await added(store);
      await store.leaseJobs(params());
      const renewed = { jobId: job.id, owner: "w1", leaseUntil: NOON + 90_000, progress: { round: 11 } };
      expect(await store.renewLease(renewed)).toBe(true);
      const lease = { owner: "w1", until: NOON + 90_000 };
      expect(await store.getJob(job.id)).toMatchObject({ lease, progress: { round: 11 } });
      expect(await store.leaseJobs(params({ now: NOON + 60_000 }))).toEqual([]);
    });

    test("is false and writes nothing when the lease was lost", async () => {
      const { store } = current();
      const job = await added(store);
      const renew = (owner: string, jobId = job.id) =>
        store.renewLease({ jobId, owner, leaseUntil: NOON + 90_000, progress: { sent: true } });
      expect(await renew("w1")).toBe(false);
      await store.leaseJobs(params());
      expect(await renew("w2")).toBe(false);
      expect(await renew("w1", freshId())).toBe(false);
      const [taken] = await store.leaseJobs(params({ owner: "w2", now: NOON + 60_000 }));
      expect(await renew("w1")).toBe(false);
      await settle(store, taken!, "done");
      expect(await renew("w2")).toBe(false);
      expect((await store.getJob(job.id))?.progress).toEqual({});
    });
  });

  describe("nextDue", () => {
    test("is null when nothing waits, else the earliest time at which a worker gets a job", async () => {
      const { store } = current();
      expect(await store.getNextDue("webhook")).toBeNull();
      await added(store, { dueAt: NOON + 5 });
      await added(store, { dueAt: NOON + 3 });
      await added(store, { queue: "accounting", dueAt: NOON });
      await added(store, { state: "parked", dueAt: NOON - 9 });
      expect(await store.getNextDue("webhook")).toBe(NOON + 3);
      expect(await store.getNextDue("accounting")).toBe(NOON);
    });

    test("counts a running lease when it ends", async () => {
      const { store } = current();
      await added(store);
      await store.leaseJobs(params());
      expect(await store.getNextDue("webhook")).toBe(NOON + 60_000);
      await added(store, { dueAt: NOON + 1 });
      expect(await store.getNextDue("webhook")).toBe(NOON + 1);
    });

    test("leaves out a job behind an earlier job of the order key, so that no worker spins on the job", async () => {
      const { store } = current();
      const head = await added(store, { orderKey: "a" });
      await added(store, { orderKey: "a" });
      const [claimed] = await store.leaseJobs(params());
      expect(await store.getNextDue("webhook")).toBe(NOON + 60_000);
      await settle(store, claimed!, "queued", NOON + 500);
      expect(await store.getNextDue("webhook")).toBe(NOON + 500);
      const [again] = await store.leaseJobs(params({ now: NOON + 500 }));
      await settle(store, again!, "parked");
      expect(await store.getNextDue("webhook")).toBeNull();
      await store.commit([{ type: "requeue", jobId: head.id, from: ["parked"], dueAt: NOON + 7, restart: false }]);
      expect(await store.getNextDue("webhook")).toBe(NOON + 7);
    });
  });
}

function params(more: Partial<LeaseJobsParams> = {}): LeaseJobsParams {
  const now = more.now ?? NOON;
  return { queue: "webhook", limit: 50, owner: "w1", now, leaseUntil: now + 60_000, ...more };
}

async function added(store: Store, more: Partial<Job> = {}): Promise<Job> {
  const job = aJob(more);
  await store.commit([{ type: "job", job }]);
  return job;
}

function ids(jobs: readonly Job[]): string[] {
  return jobs.map(({ id }) => id);
}

async function settle(store: Store, job: Job, state: Job["state"], dueAt = NOON): Promise<void> {
  const attempts = [anAttempt(job.id, { n: job.attempts + 1 })];
  const owner = job.lease?.owner ?? "";
  const release = { jobId: job.id, owner, state, dueAt, progress: {}, attempts };
  expect(await store.commit([{ type: "release", release }])).toBe("ok");
}
