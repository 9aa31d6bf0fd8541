import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import { createJob, type Job } from "../../../core/job.ts";
import { armPaymentCheck, sweep } from "../../../core/relay/sweep.ts";
import type { Write } from "../../../core/store.ts";
import { aContractor, actChanges, anAct, aProblem, NOON } from "../../support/builders.ts";
import { aContext, aRecorder } from "../../support/context.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const seed = { queue: "accounting", orderKey: null, destination: "accounting", input: {} } as const;
const stalled = anAct({ updatedAt: NOON - 20 * MINUTE });
const creation = { ...createJob("job-1", NOON - 20 * MINUTE, { ...seed, type: "act.create", actId: stalled.id }) };
const parked = { state: "parked", awaiting: "call" } as const;

/** Sweeps over these acts and jobs; returns the count, the new events and the requeues. */
async function run(acts: readonly Act[], jobs: readonly Job[] = [], more: readonly Write[] = []) {
  const { adapter } = aRecorder({ flags: { pushesEvents: true } });
  const { store, ...context } = aContext({ adapter });
  const set = [...acts.flatMap(actChanges), ...jobs.map((job): Write => ({ type: "job", job })), ...more];
  expect(await store.commit(set)).toBe("ok");
  // The sweep notes the time only now and then.
  await store.commit([{ type: "last_seen", lastSeen: { name: "clock", at: NOON, report: {} } }]);
  const commits: (readonly Write[])[] = [];
  const commit = (writes: readonly Write[]) => {
    commits.push(writes);
    return store.commit(writes);
  };
  const count = await sweep({ ...context, store: { ...store, commit } });
  const events = commits.flat().flatMap((write) => (write.type === "event" ? [write.event] : []));
  const requeued = commits.flat().flatMap((write) => (write.type === "requeue" ? [write.jobId] : []));
  return { count, events, requeued, commits: commits.length };
}

describe("a sweep", () => {
  test("writes nothing where all is well", async () => {
    expect(await run([anAct()])).toEqual({ count: 0, events: [], requeued: [], commits: 0 });
  });

  test("announces old problems, and counts them", async () => {
    const old = () => anAct({ problem: aProblem("onec_timeout", { since: NOON - 20 * MINUTE }) });
    const { count, events } = await run([old(), old(), anAct({ problem: aProblem("onec_timeout") })]);
    expect(count).toBe(2);
    const event = { type: "problem.announced", actor: "relay" };
    expect(events).toMatchObject([event, event]);
  });

  test("raises a problem of an act whose step waits too long, and counts it", async () => {
    const { count, events, requeued } = await run([stalled], [creation]);
    expect([count, requeued]).toEqual([1, []]);
    expect(events).toMatchObject([
      { type: "problem.raised", actor: "relay", code: "onec_unavailable", step: "act.create", field: null },
    ]);
  });

  test("names a stopped 1C as the reason", async () => {
    const destination = { name: "accounting", stoppedAt: NOON, reason: "ref_key_ignored" };
    const { events } = await run([stalled], [creation], [{ type: "destination", destination }]);
    expect(events).toMatchObject([{ type: "problem.raised", code: "ref_key_ignored" }]);
  });

  test("looks at the stop only for a stalled act", async () => {
    const { store, ...context } = aContext(aRecorder({ flags: { pushesEvents: true } }));
    const getDestination = () => Promise.reject(new Error("Nobody needs the stop"));
    expect(await sweep({ ...context, store: { ...store, getDestination } })).toBe(0);
  });

  test("requeues the parked step of an act that no longer needs it", async () => {
    const voided = { ...stalled, status: "voided" } as const;
    const other = createJob("job-2", NOON - 20 * MINUTE, { ...seed, type: "act.print", actId: stalled.id });
    const { count, requeued } = await run([voided], [{ ...creation, ...parked }, other]);
    expect([count, requeued]).toEqual([0, ["job-1"]]);
  });

  test("takes no step that has ended for a waiting one", async () => {
    const ended: Job = {
      ...createJob("job-0", NOON, { ...seed, type: "counterparty.upsert", actId: stalled.id }),
      state: "done",
    };
    const { events } = await run([stalled], [ended, creation]);
    expect(events).toMatchObject([{ type: "problem.raised", step: "act.create" }]);
  });

  test("takes no step of another act", async () => {
    const other = anAct();
    const upsert = createJob("job-0", NOON, { ...seed, type: "counterparty.upsert", actId: other.id });
    const { events } = await run([stalled, other], [creation, upsert]);
    expect(events).toMatchObject([{ type: "problem.raised", step: "act.create" }]);
  });

  test("requeues parked jobs without an act after an hour", async () => {
    const input = { contractor: aContractor(), asOf: NOON };
    const update = (id: string, dueAt: number, more: object = {}): Job => ({
      ...createJob(id, dueAt, { ...seed, type: "counterparty.upsert", actId: null, input }),
      ...parked,
      ...more,
    });
    const jobs = [update("young", NOON - HOUR), update("old", NOON - HOUR - 1), update("free", 1, { state: "queued" })];
    const { requeued } = await run([], jobs);
    expect(requeued).toEqual(["old"]);
  });
});

describe("the payment check", () => {
  const check = { id: "payment_check", type: "payment.check", state: "queued", dueAt: NOON, destination: "accounting" };

  test("is made once", async () => {
    const { store, ...context } = aContext(aRecorder({ flags: {} }));
    let commits = 0;
    const commit = (writes: readonly Write[]) => {
      commits += 1;
      return store.commit(writes);
    };
    const counting = { ...context, store: { ...store, commit } };
    await armPaymentCheck(counting);
    expect(await store.getJob("payment_check")).toMatchObject({ ...check, queue: "accounting", actId: null });
    await armPaymentCheck(counting);
    expect(commits).toBe(1);
  });

  test("is not made where 1C itself tells of payments", async () => {
    const context = aContext(aRecorder({ flags: { pushesEvents: true } }));
    await armPaymentCheck(context);
    expect(await context.store.getJob("payment_check")).toBe(null);
  });
});
