import { describe, expect, test } from "vitest";
import type { Queue } from "../../../core/job.ts";
import { LeaseLost, openSession } from "../../../core/relay/adapter-call.ts";
import { applyEvent, commit, RACES } from "../../../core/relay/commit.ts";
import { type JobEnd, OK_ATTEMPT } from "../../../core/relay/job-end.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { releaseJob } from "../../../core/relay/release.ts";
import type { CommitResult, Store, Write } from "../../../core/store.ts";
import { aJob, anAct, aProblem, NOON, writesOf } from "../../support/builders.ts";
import { aContext } from "../../support/context.ts";

/** A context over a store whose first commits end like this; keeps the commits and the woken queues. */
function withCommits(store: Store, results: CommitResult[] = []) {
  const woken: (readonly Queue[])[] = [];
  const commits: (readonly Write[])[] = [];
  const recorded = async (writes: readonly Write[]) => {
    commits.push(writes);
    return results.shift() ?? store.commit(writes);
  };
  const context = aContext({ store: { ...store, commit: recorded }, onWork: (queues) => woken.push(queues) });
  return { context, woken, commits };
}

const requeue: Write = { type: "requeue", jobId: "none", from: ["dead"], dueAt: NOON, restart: false };
const reopen: Write = { type: "destination", destination: { name: "ops", stoppedAt: null, reason: null } };
const once: Write = { type: "once", key: "k", at: NOON, until: NOON + 1 };

describe("a commit", () => {
  test.each([
    ["a webhook", [{ type: "job", job: aJob() }], [["webhook"]]],
    ["a job of 1C", [{ type: "job", job: aJob({ queue: "accounting" }) }], [["accounting"]]],
    ["a requeue", [requeue], [["accounting", "webhook"]]],
    ["a reopened address", [reopen], [["accounting", "webhook"]]],
    ["neither", [once], []],
  ] as [string, Write[], Queue[][]][])("wakes the queues with new work: %s", async (_, writes, expected) => {
    const { context, woken } = withCommits(createMemoryStore());
    expect(await commit(context, writes)).toBe(true);
    expect(woken).toEqual(expected);
  });

  test("wakes nobody after a conflict", async () => {
    const { context, woken } = withCommits(createMemoryStore(), ["conflict"]);
    expect([await commit(context, [requeue]), woken]).toEqual([false, []]);
  });
});

describe("an applied event", () => {
  const act = anAct({ problem: aProblem("onec_timeout") });
  const event = { type: "problem.announced" } as const;

  async function setUp(results: CommitResult[] = []) {
    const store = createMemoryStore();
    await store.commit(writesOf(act));
    return withCommits(store, results);
  }

  test("returns the act after the event, and writes act, event and jobs", async () => {
    const { context, commits } = await setUp();
    const applied = await applyEvent(context, act.id, "relay", event);
    expect(applied).toMatchObject({ act: { seq: 2, problem: { announced: true } }, transition: { kind: "moved" } });
    expect(commits.map((writes) => writes.map(({ type }) => type))).toEqual([["act", "event"]]);
  });

  test("writes nothing without a change, and then returns the act as it is", async () => {
    const { context, commits } = await setUp();
    await applyEvent(context, act.id, "relay", event);
    const again = await applyEvent(context, act.id, "relay", event);
    expect(again).toMatchObject({ act: { seq: 2 }, transition: { kind: "same" } });
    expect(commits).toHaveLength(1);
    await applyEvent(context, act.id, "relay", event, () => [once]);
    expect(commits[1]).toEqual([once]);
  });

  test("is null for an unknown act, and after `also` gave up", async () => {
    const { context, commits } = await setUp();
    const decided: unknown[] = [];
    const make = () => {
      decided.push("made");
      return event;
    };
    expect(await applyEvent(context, "none", "relay", make)).toBe(null);
    expect(await applyEvent(context, act.id, "relay", event, () => null)).toBe(null);
    expect([commits, decided]).toEqual([[], []]);
  });

  test("is decided anew after each conflict, fifty times", async () => {
    const lost = (count: number) => new Array<CommitResult>(count).fill("conflict");
    const last = await setUp(lost(RACES - 1));
    expect(await applyEvent(last.context, act.id, "relay", event)).toMatchObject({ transition: { kind: "moved" } });
    const { context, commits } = await setUp(lost(RACES + 1));
    const error = await applyEvent(context, act.id, "relay", event).catch((reason: unknown) => reason);
    expect([error, commits.length]).toEqual([expect.objectContaining({ code: "store_conflict" }), 50]);
  });
});

describe("the release of a job", () => {
  const act = anAct({ problem: aProblem("onec_timeout") });
  const event = { type: "problem.announced" } as const;
  const end: JobEnd = { state: "done", dueAt: NOON, progress: {}, attempt: OK_ATTEMPT };
  const attempt = { jobId: "job-1", n: 1, startedAt: NOON - 9, finishedAt: NOON, ...OK_ATTEMPT };
  const release = { jobId: "job-1", owner: "worker", state: "done", dueAt: NOON, progress: {}, attempts: [attempt] };

  async function setUp(results: CommitResult[] = []) {
    const store = createMemoryStore();
    await store.commit([...writesOf(act), { type: "job", job: aJob({ id: "job-1", actId: act.id }) }]);
    const lease = { queue: "webhook", limit: 1, owner: "worker", now: NOON, leaseUntil: NOON + 9 } as const;
    const [job] = await store.leaseJobs(lease);
    return { store, job: job!, ...withCommits(store, results) };
  }

  test("writes the end and its attempt, the awaited call, and what goes with it", async () => {
    const { context, commits, job } = await setUp();
    await releaseJob(context, job, NOON - 9, { ...end, state: "parked", awaiting: "call", also: () => [once] });
    expect(commits).toEqual([[{ type: "release", release: { ...release, state: "parked", awaiting: "call" } }, once]]);
  });

  test("names no call where none is awaited", async () => {
    const { context, commits, job } = await setUp();
    await releaseJob(context, job, NOON - 9, end);
    expect(commits).toStrictEqual([[{ type: "release", release }]]);
  });

  test("records the attempt of a lost worker first", async () => {
    const { context, commits, job } = await setUp();
    await releaseJob(context, { ...job, lapsed: true, dueAt: NOON - 60 }, NOON - 9, end);
    const lost = {
      ...attempt,
      startedAt: NOON - 60,
      finishedAt: NOON - 9,
      outcome: "uncertain",
      code: "worker_lost",
      detail: "The worker stopped before it recorded an outcome",
    };
    const attempts = [lost, { ...attempt, n: 2 }];
    expect(commits).toEqual([[{ type: "release", release: { ...release, attempts } }]]);
  });

  test("goes with the event of the act, by the relay", async () => {
    const { context, commits, job, store } = await setUp();
    const decided: unknown[] = [];
    const also = (transition: unknown) => {
      decided.push(transition);
      return [once];
    };
    await releaseJob(context, job, NOON - 9, { ...end, event, also });
    expect(commits.map((writes) => writes.map(({ type }) => type))).toEqual([["act", "event", "release", "once"]]);
    expect(decided).toMatchObject([{ kind: "moved" }]);
    expect((await store.listEvents(act.id)).at(-1)).toMatchObject({ type: "problem.announced", actor: "relay" });
    const silent = await setUp();
    await releaseJob(silent.context, silent.job, NOON - 9, { ...end, event });
    expect(silent.commits.map((writes) => writes.map(({ type }) => type))).toEqual([["act", "event", "release"]]);
  });

  test("is tried again after a conflict while the lease is held", async () => {
    const { context, commits, job, store } = await setUp(["conflict"]);
    await releaseJob(context, job, NOON - 9, { ...end, event });
    expect(commits).toHaveLength(2);
    expect(await store.getJob("job-1")).toMatchObject({ state: "done" });
  });

  test.each([
    ["another worker has the job", { lease: { owner: "other", until: NOON + 9 } }],
    ["nobody has the job", { lease: null }],
    ["the job has ended", { state: "done" }],
  ] as const)("gives up after a conflict when %s", async (_, more) => {
    const { context, commits, job, store } = await setUp(["conflict"]);
    const getJob = async () => aJob({ id: "job-1", lease: job.lease, ...more });
    const racing = { ...context, store: { ...context.store, getJob } };
    await expect(releaseJob(racing, job, NOON - 9, { ...end, event })).rejects.toThrow(LeaseLost);
    expect(commits).toHaveLength(1);
    expect(await store.getJob("job-1")).toMatchObject({ state: "queued" });
  });

  test("looks at the lease only after a conflict", async () => {
    const { context, job } = await setUp();
    const getJob = () => Promise.reject(new Error("Nobody needs the job"));
    const racing = { ...context, store: { ...context.store, getJob } };
    await expect(releaseJob(racing, job, NOON - 9, { ...end, event })).resolves.toBe(undefined);
  });

  test("fails without an event after a lost lease, and for a job without a lease", async () => {
    const { context, job } = await setUp(["conflict"]);
    await expect(releaseJob(context, job, NOON - 9, end)).rejects.toThrow(LeaseLost);
    const { context: other, commits } = await setUp();
    await expect(releaseJob(other, { ...job, lease: null }, NOON - 9, end)).rejects.toThrow(LeaseLost);
    expect(commits).toMatchObject([[{ type: "release", release: { owner: "" } }]]);
  });

  test("needs a lease to begin with", () => {
    expect(() => openSession(aJob())).toThrow(TypeError);
  });
});
