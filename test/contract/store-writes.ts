import { describe, expect, test } from "vitest";
import type { Job, JobState } from "../../core/job.ts";
import type { Release, Store, Write } from "../../core/store.ts";
import { aJob, anAttempt, anEntry, freshId, NOON } from "../support/builders.ts";
import type { Current } from "./store.ts";

/** How single changes behave: settling, putting back, claiming a webhook id. */
export function writeRules(current: Current): void {
  describe("release", () => {
    test("ends the lease and keeps the attempts, the progress and the time", async () => {
      const { store } = current();
      const job = await leased(store);
      const attempts = [anAttempt(job.id, { outcome: "uncertain" }), anAttempt(job.id, { n: 2 })];
      const result = await settle(store, job, {
        state: "queued",
        dueAt: NOON + 9,
        progress: { round: 2 },
        attempts,
      });
      expect(result).toBe("ok");
      const { lease: _, ...rest } = job;
      const now = { ...rest, dueAt: NOON + 9, progress: { round: 2 }, attempts: 2, lease: null };
      expect(await store.getJob(job.id)).toEqual(now);
      expect(await store.listAttempts(job.id)).toEqual(attempts);
    });

    test("fails when another worker holds the lease, nobody leased the job, the job is not queued or does not exist", async () => {
      const { store } = current();
      const job = await leased(store);
      const settleAs = (owner: string, messageId = job.id) =>
        settle(store, { ...job, id: messageId }, { owner, attempts: [anAttempt(messageId)] });
      expect(await settleAs("w2")).toBe("conflict");
      expect(await settleAs("w1", freshId())).toBe("conflict");
      expect(await settleAs("w1")).toBe("ok");
      expect(await settleAs("w1")).toBe("conflict");
      const free = aJob();
      await store.commit([{ type: "job", job: free }]);
      expect(await settleAs("w1", free.id)).toBe("conflict");
      const parked = aJob({ state: "parked", lease: { owner: "w1", until: NOON } });
      await store.commit([{ type: "job", job: parked }]);
      expect(await settleAs("w1", parked.id)).toBe("conflict");
      const renewed = { jobId: parked.id, owner: "w1", leaseUntil: NOON + 1, progress: { sent: true } } as const;
      expect(await store.renewLease(renewed)).toBe(false);
      expect(await store.getJob(parked.id)).toEqual(parked);
      expect(await store.listAttempts(job.id)).toHaveLength(1);
    });

    test("checks the same locks without attempts", async () => {
      const { store } = current();
      const job = await leased(store);
      const settleAs = (owner: string, id = job.id) => settle(store, { ...job, id }, { owner, attempts: [] });
      expect(await settleAs("w2")).toBe("conflict");
      expect(await settleAs("w1", freshId())).toBe("conflict");
      expect(await settleAs("w1")).toBe("ok");
      expect(await settleAs("w1")).toBe("conflict");
      expect(await store.listAttempts(job.id)).toEqual([]);
      expect((await store.getJob(job.id))?.attempts).toBe(0);
    });

    test("fails when an attempt's number is taken", async () => {
      const { store } = current();
      const first = await leased(store);
      await settle(store, first, { state: "queued" });
      const [again] = await store.leaseJobs(claim("w2"));
      expect(await settle(store, again!, { owner: "w2" })).toBe("conflict");
      expect((await store.getJob(first.id))?.lease?.owner).toBe("w2");
      expect(await settle(store, again!, { owner: "w2", attempts: [anAttempt(first.id, { n: 2 })] })).toBe("ok");
    });

    test("succeeds after the lease's end, while no worker has taken the job over", async () => {
      const { store } = current();
      const job = await leased(store);
      expect(await settle(store, job, { dueAt: NOON + 1_000_000 })).toBe("ok");
    });

    test("accepts the later of two lease holders only", async () => {
      const { store } = current();
      const job = await leased(store);
      const [taken] = await store.leaseJobs(claim("w2", NOON + 60_000));
      expect(taken).toMatchObject({ id: job.id, lapsed: true });
      expect(await settle(store, job)).toBe("conflict");
      expect(await settle(store, taken!, { owner: "w2" })).toBe("ok");
      expect(await store.getJob(job.id)).toMatchObject({ state: "done", lease: null, lapsed: false });
    });
  });

  describe("requeue", () => {
    const states: JobState[] = ["queued", "parked", "done", "skipped", "problem", "dead"];

    test.each(states)("puts back a job that is %s, on request", async (state) => {
      const { store } = current();
      const job = aJob({ state, attempts: 3, attemptsBefore: 1, progress: { a: 1 } });
      const others = states.filter((other) => other !== state);
      await store.commit([{ type: "job", job }]);
      expect(await store.commit([requeue(job.id, { from: others })])).toBe("ok");
      expect(await store.getJob(job.id)).toEqual(job);
      await store.commit([requeue(job.id, { from: ["dead", state], dueAt: NOON + 5 })]);
      const back = { ...job, state: "queued", dueAt: NOON + 5 };
      expect(await store.getJob(job.id)).toEqual(back);
      await store.commit([requeue(job.id, { from: ["queued"], dueAt: NOON + 6, progress: {}, restart: true })]);
      expect(await store.getJob(job.id)).toEqual({ ...back, dueAt: NOON + 6, progress: {}, attemptsBefore: 3 });
    });

    test("does nothing for an unknown job or an empty list of states", async () => {
      const { store } = current();
      const job = aJob();
      await store.commit([{ type: "job", job }]);
      expect(await store.commit([requeue(freshId(), { from: states })])).toBe("ok");
      expect(await store.commit([requeue(job.id, { from: [], dueAt: 1 })])).toBe("ok");
      expect(await store.getJob(job.id)).toEqual(job);
    });

    test("does nothing for a job that is parked for another call or for no call, when the request names a call", async () => {
      const { store } = current();
      const call = `${freshId()}:create:0`;
      // Characters of a valid text that break the JSON of some databases.
      const name = '\0 \ud800 \\u0000 "awaiting":"another"';
      const progress = { name, command: { awaiting: "another" } };
      const job = aJob({ state: "parked", awaiting: call, progress });
      const free = aJob({ state: "parked", progress: {} });
      await store.commit([
        { type: "job", job },
        { type: "job", job: free },
      ]);
      const answered = { progress: { sent: true } } as const;
      for (const [{ id }, awaiting] of [
        [job, "another"],
        [job, `${call}0`],
        [job, ""],
        [free, call],
      ] as const) {
        expect(await store.commit([requeue(id, { from: ["parked"], awaiting, ...answered })])).toBe("ok");
      }
      expect(await store.getJob(job.id)).toEqual(job);
      expect(await store.getJob(free.id)).toEqual(free);
      await store.commit([requeue(job.id, { from: ["parked"], awaiting: call, ...answered })]);
      expect(await store.getJob(job.id)).toMatchObject({ state: "queued", ...answered });
    });

    test("takes a lease away: the former holder loses, and the next holder learns of a possible call", async () => {
      const { store } = current();
      const job = await leased(store);
      await store.commit([requeue(job.id, { from: ["queued"], progress: { sent: true } })]);
      expect((await store.getJob(job.id))?.lease).toBeNull();
      expect(await settle(store, job)).toBe("conflict");
      const [next] = await store.leaseJobs(claim("w2"));
      expect(next).toMatchObject({ id: job.id, progress: { sent: true }, lapsed: true });
    });
  });

  describe("once", () => {
    const take = (key: string, at: number, until: number): Write => ({ type: "once", key, at, until });

    test("gives a key to one commit, and the losing commit writes nothing", async () => {
      const { store } = current();
      const [key, other] = [freshId(), freshId()];
      const job = aJob();
      expect(await store.commit([take(key, NOON, NOON + 10)])).toBe("ok");
      expect(await store.commit([{ type: "job", job }, take(key, NOON + 9, NOON + 99)])).toBe("conflict");
      expect(await store.getJob(job.id)).toBeNull();
      expect(await store.commit([take(other, NOON + 9, NOON + 99)])).toBe("ok");
      expect(await store.commit([take(key, NOON + 10, NOON + 20)])).toBe("ok");
      expect(await store.commit([take(key, NOON + 10, NOON + 20)])).toBe("conflict");
      expect(await store.commit([take(other, NOON + 98, NOON + 99)])).toBe("conflict");
    });

    test("gives a key to one of many commits at once", async () => {
      const { store } = current();
      const key = freshId();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => store.commit([take(key, NOON, NOON + n + 1)])),
      );
      expect(results.filter((result) => result === "ok")).toHaveLength(1);
    });
  });

  describe("inbox", () => {
    test("takes one entry for a webhook id of a source; further entries may name the id without a hold on the id", async () => {
      const { store } = current();
      const entry = anEntry();
      const same = { webhookId: entry.webhookId };
      const refused = anEntry({ ...same, outcome: "rejected", code: "validation_failed", detail: "ИНН с ошибкой" });
      expect(await store.commit([{ type: "inbox", entry: refused, claimsId: false }])).toBe("ok");
      expect(await store.getInboxEntry("platform", entry.webhookId)).toBeNull();
      expect(await store.commit([{ type: "inbox", entry, claimsId: true }])).toBe("ok");
      expect(await store.commit([{ type: "inbox", entry: anEntry(same), claimsId: true }])).toBe("conflict");
      const repeat = anEntry({ ...same, outcome: "duplicate", body: null });
      expect(await store.commit([{ type: "inbox", entry: repeat, claimsId: false }])).toBe("ok");
      expect(await store.getInboxEntry("platform", entry.webhookId)).toEqual(entry);
      expect(await store.getInboxEntry("onec", entry.webhookId)).toBeNull();
      const other = anEntry({ ...same, source: "onec" });
      expect(await store.commit([{ type: "inbox", entry: other, claimsId: true }])).toBe("ok");
      const { items } = await store.listInbox({ limit: 10 });
      expect(items).toEqual([other, repeat, entry, refused].sort((a, b) => (a.id < b.id ? 1 : -1)));
    });
  });
}

const claim = (owner: string, now = NOON) =>
  ({ queue: "webhook", limit: 10, owner, now, leaseUntil: now + 60_000 }) as const;

async function leased(store: Store): Promise<Job> {
  await store.commit([{ type: "job", job: aJob() }]);
  const [message] = await store.leaseJobs(claim("w1"));
  return message!;
}

function settle(store: Store, job: Job, more: Partial<Release> = {}) {
  const release: Release = {
    jobId: job.id,
    owner: "w1",
    state: "done",
    dueAt: NOON,
    progress: {},
    attempts: [anAttempt(job.id)],
    ...more,
  };
  return store.commit([{ type: "release", release }]);
}

function requeue(jobId: string, more: Partial<Extract<Write, { type: "requeue" }>>): Write {
  return { type: "requeue", jobId, from: [], dueAt: NOON, restart: false, ...more };
}
