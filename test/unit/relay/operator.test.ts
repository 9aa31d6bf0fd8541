import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import { createJob, type Job } from "../../../core/job.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { type RetryDecision, replayDead, retryAct, retryJob, voidAct } from "../../../core/relay/operator.ts";
import { createRelay } from "../../../core/relay/relay.ts";
import type { Write } from "../../../core/store.ts";
import { aContractor, aCounterparty, actChanges, aMessage, anAct, aProblem, NOON } from "../../support/builders.ts";
import { aContext } from "../../support/context.ts";

const PERSON = "person:ann";
const period = { from: "2026-11-01", to: "2026-11-24" };
const seed = { queue: "accounting", orderKey: null, destination: "accounting", input: {} } as const;

/** A store with the act and its jobs; keeps the writes made after. */
async function withActs(acts: readonly Act[], jobs: readonly Job[] = [], more: readonly Write[] = []) {
  const { commit, ...store } = createMemoryStore();
  const setUp = [...acts.flatMap(actChanges), ...jobs.map((job): Write => ({ type: "job", job })), ...more];
  expect(await commit(setUp)).toBe("ok");
  const commits: Write[][] = [];
  const recording = (writes: readonly Write[]) => {
    commits.push([...writes]);
    return commit(writes);
  };
  return { context: aContext({ store: { ...store, commit: recording } }), commits };
}

/** Retries the act; returns the new act or the refusal, and the writes beside act and event. */
async function retry(act: Act, jobs: readonly Job[] = [], decision: RetryDecision = {}, more: readonly Write[] = []) {
  const { context, commits } = await withActs([act], jobs, more);
  const result = await retryAct(context, act.id, PERSON, decision).catch((error: unknown) => error);
  const [writes = []] = commits;
  const made = writes.filter(({ type }) => type !== "act" && type !== "event" && type !== "job");
  const event = writes.find((write) => write.type === "event");
  return { result, writes: made, event: event?.type === "event" ? event.event : null, commits: commits.length };
}

const act = anAct({ counterparty: { ref: "card", created: true }, problem: aProblem("onec_rejected") });
const creation = createJob("job-1", NOON + 9, { ...seed, type: "act.create", actId: act.id });
const printing = createJob("job-2", NOON + 9, { ...seed, type: "act.print", actId: act.id });
const parked = { state: "parked", awaiting: "call" } as const;

const wake = { type: "requeue", jobId: "job-1", from: ["queued"], dueAt: NOON, restart: false };
const recall = { ...wake, from: ["parked"], awaiting: "call", progress: {} };
const replayed = {
  type: "requeue",
  from: ["dead", "problem", "done", "queued", "parked"],
  progress: {},
  restart: true,
};

describe("a person's retry", () => {
  test("is refused for an unknown act and for an act without a problem", async () => {
    const { context } = await withActs([]);
    await expect(retryAct(context, "none", PERSON, {})).rejects.toMatchObject({ code: "act_not_found" });
    await expect(voidAct(context, "none", PERSON, "…")).rejects.toMatchObject({ code: "act_not_found" });
    expect((await retry({ ...act, problem: null })).result).toMatchObject({ code: "state_conflict" });
  });

  test("is refused when the act vanished meanwhile", async () => {
    const { context } = await withActs([act]);
    let reads = 0;
    const getAct = async () => (reads++ === 0 ? act : null);
    const racing = { ...context, store: { ...context.store, getAct } };
    await expect(retryAct(racing, act.id, PERSON, {})).rejects.toMatchObject({ code: "act_not_found" });
  });

  test("records the decision", async () => {
    const { result, event, writes } = await retry(act, [], { period });
    expect(result).toMatchObject({ id: act.id, decidedPeriod: period });
    expect(event).toMatchObject({ type: "operator.retried", actor: PERSON, period });
    expect(writes).toEqual([]);
  });

  test("wakes the waiting job of the problem's step, and only that job", async () => {
    expect((await retry(act, [creation, printing])).writes).toEqual([wake]);
    expect((await retry(act, [printing])).writes).toEqual([]);
    expect((await retry(act, [{ ...creation, state: "done" }])).writes).toEqual([]);
    expect((await retry(act, [{ ...creation, lease: { owner: "worker", until: NOON + 9 } }])).writes).toEqual([]);
  });

  test("makes no second job of a step whose job waits", async () => {
    const jobsOf = async (jobs: readonly Job[]) => {
      const { context, commits } = await withActs([act], jobs);
      await retryAct(context, act.id, PERSON, {});
      return commits[0]!.filter((write) => write.type === "job" && write.job.queue === "accounting").length;
    };
    expect([await jobsOf([]), await jobsOf([creation]), await jobsOf([printing])]).toEqual([1, 0, 1]);
  });

  test("makes parked jobs call anew, of any step", async () => {
    const { writes } = await retry(act, [
      { ...creation, ...parked },
      { ...printing, ...parked },
    ]);
    expect(writes).toEqual(expect.arrayContaining([recall, { ...recall, jobId: "job-2" }]));
    expect(writes).toHaveLength(2);
  });

  test("looks at the jobs of this act alone", async () => {
    const other = anAct();
    const { context, commits } = await withActs([act, other], [{ ...printing, ...parked, actId: other.id }]);
    await retryAct(context, act.id, PERSON, {});
    expect(commits[0]!.filter(({ type }) => type === "requeue")).toEqual([]);
  });

  test("takes no decision while nobody knows whether 1C has the act", async () => {
    const planned = { ...creation, progress: { period } };
    for (const decision of [{ period }, { counterpartyRef: "other" }]) {
      expect(await retry(act, [planned], decision)).toMatchObject({ result: { code: "state_conflict" }, commits: 0 });
      expect((await retry(act, [creation], decision)).result).toMatchObject({ id: act.id });
    }
    expect((await retry(act, [planned])).writes).toEqual([wake]);
  });

  test("reopens the way to 1C after a changed reference only", async () => {
    const reopened = [{ type: "destination", destination: { name: "accounting", stoppedAt: null, reason: null } }];
    expect((await retry({ ...act, problem: aProblem("ref_key_ignored") })).writes).toEqual(reopened);
    expect((await retry(act)).writes).toEqual([]);
  });
});

describe("a person's decision about a card", () => {
  const confirm = { ...act, problem: aProblem("counterparty_confirm", { step: "counterparty.upsert" }) };
  const card = (more: object) => [
    {
      type: "counterparty",
      counterparty: {
        key: act.counterpartyKey,
        boundRef: null,
        confirmed: false,
        owners: [act.contractor.id],
        asOf: 0,
        contractor: act.contractor,
        ...more,
      },
    },
  ];
  const known = aContractor(2, { name: "known" });
  const remembered = (more: object): Write[] => [
    { type: "counterparty", counterparty: aCounterparty({ key: act.counterpartyKey, contractor: known, ...more }) },
  ];

  test("is the chosen card, a consent to its update, or both", async () => {
    const chosen = { counterpartyRef: "chosen" };
    expect((await retry(act, [], chosen)).writes).toEqual(card({ boundRef: "chosen" }));
    expect((await retry(confirm)).writes).toEqual(card({ confirmed: true }));
    expect((await retry(confirm, [], chosen)).writes).toEqual(card({ boundRef: "chosen", confirmed: true }));
  });

  test("keeps all else that is known of the card", async () => {
    const kept = { contractor: known, asOf: NOON, boundRef: "bound", confirmed: true };
    const more = remembered({ boundRef: "bound", confirmed: true });
    // The consent is for the newest requisites: of the act, or of what came after the act.
    expect((await retry(confirm, [], {}, more)).writes).toEqual(card({ ...kept, contractor: act.contractor }));
    const later = { boundRef: "bound", confirmed: false, asOf: act.asOf + 1 };
    expect((await retry(confirm, [], {}, remembered(later))).writes).toEqual(card({ ...kept, asOf: act.asOf + 1 }));
    expect((await retry(act, [], { counterpartyRef: "chosen" }, more)).writes).toEqual(
      card({ ...kept, boundRef: "chosen" }),
    );
  });
});

describe("the replay of dead webhooks", () => {
  const undelivered = anAct({ problem: aProblem("delivery_dead", { step: null }) });
  const dead = (id: string, more: object = {}) => aMessage({ id, state: "dead", actId: undelivered.id, ...more });

  test("repeats all of the act, at intervals of 100 ms", async () => {
    const others = [aMessage({ id: "m3", state: "dead" }), dead("m4", { state: "done" })];
    const { result, writes } = await retry(undelivered, [dead("m1"), dead("m2"), ...others]);
    expect(result).toEqual(undelivered);
    const ids = writes.map((write) => write.type === "requeue" && write.jobId);
    expect(ids.toSorted()).toEqual(["m1", "m2"]);
    expect(writes).toMatchObject([
      { ...replayed, dueAt: NOON },
      { ...replayed, dueAt: NOON + 100 },
    ]);
  });

  test("ends the problem of an act whose dead webhooks are gone", async () => {
    const { result, event } = await retry(undelivered);
    expect(result).toMatchObject({ id: undelivered.id, problem: null });
    expect(event).toMatchObject({ type: "delivery.recovered", actor: PERSON, messageId: "" });
  });

  test("repeats all since an instant and counts them, and writes nothing without any", async () => {
    const { context, commits } = await withActs([], [aMessage({ id: "m1", state: "dead" })]);
    expect([await replayDead(context, NOON + 1), commits]).toEqual([0, []]);
    expect(await replayDead(context, NOON)).toBe(1);
    expect(commits).toEqual([[{ ...replayed, jobId: "m1", dueAt: NOON }]]);
  });
});

describe("the repeat of one message", () => {
  test.each(["dead", "problem", "done", "queued", "parked"] as const)("restarts a %s one", async (state) => {
    const { context, commits } = await withActs([], [aMessage({ id: "m1", state, attempts: 4, dueAt: NOON + 9 })]);
    await retryJob(context, "m1");
    expect(commits).toEqual([[{ ...replayed, jobId: "m1", dueAt: NOON }]]);
    const after = { state: "queued", dueAt: NOON, attempts: 4, attemptsBefore: 4 };
    expect(await context.store.getJob("m1")).toMatchObject(after);
  });

  test("repeats a job of 1C without an act, and leaves the steps of acts to the act", async () => {
    const { context, commits } = await withActs([act], [creation, aMessage({ id: "m1", actId: act.id })]);
    await expect(retryJob(context, "none")).rejects.toMatchObject({ code: "message_not_found" });
    await expect(retryJob(context, "job-1")).rejects.toMatchObject({ code: "state_conflict" });
    expect(commits).toEqual([]);
    await retryJob(context, "m1");
    expect(commits).toHaveLength(1);
    const update = createJob("u1", NOON, { ...seed, type: "payment.check", actId: null });
    const without = await withActs([], [update]);
    await retryJob(without.context, "u1");
    expect(without.commits).toHaveLength(1);
  });

  test("leaves a message that is being sent", async () => {
    const leased = aMessage({ id: "m1", lease: { owner: "worker", until: NOON + 9 } });
    const { context, commits } = await withActs([], [leased]);
    await retryJob(context, "m1");
    expect(commits).toEqual([]);
  });
});

describe("a stopped address", () => {
  test("is reopened by name; an unknown name is refused", async () => {
    const { context } = await withActs([]);
    const relay = createRelay(context);
    const stopped = { name: "accounting", stoppedAt: NOON, reason: "ref_key_ignored" };
    await context.store.commit([{ type: "destination", destination: stopped }]);
    await relay.resumeDestination("accounting");
    const open = { name: "accounting", stoppedAt: null, reason: null };
    expect(await context.store.getDestination("accounting")).toEqual(open);
    await expect(relay.resumeDestination("nowhere")).rejects.toMatchObject({ code: "not_found" });
  });
});
