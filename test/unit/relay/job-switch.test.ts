import { describe, expect, test } from "vitest";
import { type Adapter, PENDING } from "../../../core/adapter.ts";
import { AdapterError, type Outcome, type ProblemCode } from "../../../core/errors.ts";
import { createJob, type Job } from "../../../core/job.ts";
import { createBreaker } from "../../../core/relay/breaker.ts";
import { doJob } from "../../../core/relay/jobs/index.ts";
import { anAct, aPaymentOrder, NOON, writesOf } from "../../support/builders.ts";
import { aContext, aRecorder } from "../../support/context.ts";

const act = anAct({ status: "voided", counterparty: { ref: "card", created: true } });
const ordered = anAct({ status: "payment_ordered", paymentOrder: aPaymentOrder() });

const seed = { queue: "accounting", orderKey: null, destination: "accounting", input: {} } as const;
const voiding = createJob("job-void", NOON, { ...seed, type: "act.void", actId: act.id });
const checking = createJob("payment_check", NOON, { ...seed, type: "payment.check", actId: null });

const found = { voidAct: async () => ({ found: true }) };
const fail = (code: ProblemCode, outcome: Outcome = "rejected") =>
  Promise.reject(new AdapterError(code, "…", { outcome }));

/** Does the job, with a breaker that had one failure before and opens at the second. */
async function run(job: Job, answers: Partial<Adapter>) {
  const breaker = createBreaker({ capacity: 2, threshold: 2 });
  breaker.recordFailure(NOON, "onec_lock_conflict");
  const logged: unknown[] = [];
  const { adapter } = aRecorder(answers);
  const context = aContext({ adapter, breaker, log: (...line) => logged.push(line) });
  const { store } = context;
  await store.commit([...writesOf(act), ...writesOf(ordered), { type: "job", job }]);
  const lease = { queue: "accounting", limit: 1, owner: "worker", now: NOON, leaseUntil: NOON + 3_600_000 } as const;
  const [leased] = await store.leaseJobs(lease);
  const error = await doJob(context, leased!, NOON, () => undefined).then(
    () => null,
    (reason: unknown) => reason,
  );
  const attempts = (await store.listAttempts(job.id)).map(({ outcome }) => outcome);
  return { error, breaker: breaker.getState(NOON), logged, attempts, after: await store.getJob(job.id) };
}

const closed = { state: "closed", code: null };

describe("a job at 1C", () => {
  test("tells the breaker of an answer", async () => {
    const { error, breaker, logged, attempts, after } = await run(voiding, found);
    expect([error, logged, attempts]).toEqual([null, [], ["ok"]]);
    expect(after).toMatchObject({ state: "done" });
    expect(breaker).toMatchObject(closed);
  });

  test("tells the breaker nothing of a skipped job, for an act too that is gone", async () => {
    const skipped = { breaker: { code: "onec_lock_conflict" }, after: { state: "skipped" } };
    expect(await run({ ...voiding, actId: ordered.id }, found)).toMatchObject(skipped);
  });

  test.each(["onec_unavailable", "onec_timeout", "onec_no_license", "onec_session_blocked"] as const)(
    "tells the breaker of the outage %s",
    async (code) => {
      const { breaker, logged, after } = await run(voiding, { voidAct: () => fail(code, "uncertain") });
      expect(breaker).toMatchObject({ state: "open", code });
      expect(logged).toEqual([["warn", "accounting_failed", { code, outcome: "uncertain" }]]);
      expect(after).toMatchObject({ state: "queued" });
    },
  );

  test.each(["onec_forbidden", "onec_not_published"] as const)(
    "tells the breaker of a fault of the whole 1C: unavailable with %s",
    async (code) => {
      const { breaker, after } = await run(voiding, { voidAct: () => fail(code, "unavailable") });
      expect(breaker).toMatchObject({ state: "open", code });
      expect(after).toMatchObject({ state: "queued" });
    },
  );

  test.each(["onec_rejected", "onec_lock_conflict"] as const)("takes %s for an answer of 1C", async (code) => {
    const { breaker, logged } = await run(voiding, { voidAct: () => fail(code) });
    expect(breaker).toMatchObject(closed);
    expect(logged).toEqual([["warn", "accounting_failed", { code, outcome: "rejected" }]]);
  });

  test("ends in a problem after an unforeseen error", async () => {
    const { error, after, attempts } = await run(voiding, { voidAct: () => Promise.reject(new TypeError("boom")) });
    expect([error, attempts]).toEqual([null, ["rejected"]]);
    expect(after).toMatchObject({ state: "problem" });
  });

  test("parks until a late answer", async () => {
    const { after, attempts } = await run(voiding, { voidAct: async () => PENDING });
    expect([after?.state, after?.awaiting, attempts]).toEqual(["parked", "job-void:void:0", ["parked"]]);
  });
});

describe("a payment check as a job", () => {
  test("tells the breaker of an answer", async () => {
    const { breaker, after, attempts } = await run(checking, { getPaymentStates: async () => ({}) });
    expect(breaker).toMatchObject(closed);
    expect([after?.state, after?.progress, attempts]).toEqual(["queued", { round: 1 }, []]);
  });

  test("notes a refused page and goes on recurring", async () => {
    const { breaker, logged, after } = await run(checking, { getPaymentStates: () => fail("onec_forbidden") });
    expect(breaker).toMatchObject(closed);
    expect(logged).toEqual([["warn", "accounting_failed", { code: "onec_forbidden", outcome: "rejected" }]]);
    expect(after).toMatchObject({ state: "queued", progress: { round: 1, failing: { since: NOON, told: true } } });
  });

  test("notes an outage and goes on recurring", async () => {
    const { breaker, after } = await run(checking, { getPaymentStates: () => fail("onec_timeout", "uncertain") });
    expect(breaker).toMatchObject({ state: "open", code: "onec_timeout" });
    expect(after).toMatchObject({ state: "queued", progress: { round: 1, failing: { since: NOON, told: false } } });
  });
});
