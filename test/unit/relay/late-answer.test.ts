import { describe, expect, test } from "vitest";
import { type Adapter, PENDING } from "../../../core/adapter.ts";
import { AdapterError, INTERNAL_FAULT } from "../../../core/errors.ts";
import { type CreateActProgress, createJob, type Job, type LateAnswer, type StoredAnswer } from "../../../core/job.ts";
import { callAdapter } from "../../../core/relay/adapter-call.ts";
import { fetchCommands, findCommand } from "../../../core/relay/commands.ts";
import { takeAnswer } from "../../../core/relay/late-answer.ts";
import type { Write } from "../../../core/store.ts";
import { aJob, anAct, NOON, writesOf } from "../../support/builders.ts";
import { aContext, aRecorder, aSession } from "../../support/context.ts";

const seed = { queue: "accounting", orderKey: null, destination: "accounting", input: {} } as const;
const act = anAct({ status: "voided" });
const period = { from: "2026-11-01", to: "2026-11-24" };
const lease = { owner: "worker", until: NOON + 9 };
const creation = createJob("job-1", NOON - 9, { ...seed, type: "act.create", actId: act.id });
const CALL = "job-1:create:0";
const parked = { state: "parked", awaiting: CALL } as const;
const command = { do: "create" };
const made = { ref: act.id, number: "000017", date: "2026-11-24" };

async function withJob(job: object) {
  const context = aContext();
  await context.store.commit([...writesOf(act), { type: "job", job: { ...creation, ...job } as Job }]);
  return context;
}

/** Takes the answer for this job; returns the verdict and the job after. */
async function take(job: object, answer: LateAnswer = { value: made }, callId = CALL, largestForm = 9) {
  const context = await withJob(job);
  const limited = { ...context, settings: { ...context.settings, largestForm } };
  const verdict = await takeAnswer(limited, callId, answer);
  const events = (await context.store.listEvents(act.id)).slice(1);
  return { verdict, after: await context.store.getJob("job-1"), events };
}

describe("a late answer", () => {
  test("requeues the parked job with the answer and without the command", async () => {
    const progress = { period, command, answers: { last: { value: null } } };
    const { verdict, after } = await take({ ...parked, progress });
    expect(verdict).toBe("taken");
    const answers = { last: { value: null }, create: { value: made } };
    expect(after).toMatchObject({ state: "queued", dueAt: NOON, awaiting: null, attemptsBefore: 0 });
    expect(after?.progress).toEqual({ period, answers });
  });

  test("restarts no schedule of attempts", async () => {
    const callId = "job-1:create:3";
    const { after } = await take({ ...parked, awaiting: callId, attempts: 3 }, { value: made }, callId);
    expect(after).toMatchObject({ attempts: 3, attemptsBefore: 0 });
  });

  test("keeps bytes as base64 within the store's limit, else as a refusal", async () => {
    const form = { value: new Uint8Array(9) };
    const { after } = await take(parked, form);
    expect(after?.progress).toEqual({ answers: { create: { base64: "AAAAAAAAAAAA" } } });
    const large = await take(parked, form, CALL, 8);
    expect(large.after?.progress).toMatchObject({
      answers: { create: { error: { code: "print_failed", outcome: "rejected" } } },
    });
    const error = { error: { code: "onec_rejected", outcome: "rejected", message: "…" } } as const;
    expect((await take(parked, error)).after?.progress).toEqual({ answers: { create: error } });
  });

  test.each([
    ["no call id", parked, "nonsense"],
    ["another job", parked, "job-2:create:0"],
    ["another call", parked, "job-1:last:0"],
    ["a job that waits for nothing", {}, CALL],
    ["a job that is done", { state: "done", awaiting: CALL }, CALL],
    ["an earlier attempt of a running job", { lease, attempts: 1 }, CALL],
  ])("is unknown for %s", async (_, job, callId) => {
    expect(await take(job, { value: made }, callId)).toMatchObject({ verdict: "unknown", events: [] });
  });

  test("is unknown for a webhook", async () => {
    const context = aContext();
    const { id } = aJob();
    const webhook = aJob({ id, lease });
    await context.store.commit([{ type: "job", job: webhook }]);
    expect(await takeAnswer(context, `${id}:create:0`, { value: 1 })).toBe("unknown");
  });

  test("is early for a job that still runs, and only for its present attempt", async () => {
    expect((await take({ lease })).verdict).toBe("early");
    expect((await take({ lease, attempts: 10 })).verdict).toBe("unknown");
  });

  test("brings an act that nobody waits for any more: the relay voids it", async () => {
    const { verdict, events } = await take({ state: "skipped", progress: { period } });
    expect(verdict).toBe("taken");
    expect(events).toMatchObject([{ type: "act.created", actor: "onec", document: made, period }]);
  });

  test.each([
    ["an act without a period", { state: "skipped" }, { value: made }, CALL],
    ["another job", { state: "skipped", type: "act.print", progress: { period } }, { value: made }, CALL],
    ["another call", { state: "skipped", progress: { period } }, { value: made }, "job-1:last:0"],
    [
      "a refusal",
      { state: "skipped", progress: { period } },
      { error: { code: "onec_rejected", outcome: "rejected", message: "…" } },
      CALL,
    ],
  ] as [string, object, LateAnswer, string][])(
    "is unknown to a forgotten job for %s",
    async (_, job, answer, callId) => {
      expect(await take(job, answer, callId)).toMatchObject({ verdict: "unknown", events: [] });
    },
  );
});

describe("a call to 1C", () => {
  const call = async (answers: Partial<Adapter>, progress: CreateActProgress = {}, leaseUntil?: number) => {
    const { adapter } = aRecorder({ timeoutMs: 30_000, ...answers });
    const { store, ...context } = aContext({ adapter });
    const renewals: object[] = [];
    const renewLease = async (renewal: object) => {
      renewals.push(renewal);
      return true;
    };
    const session = aSession(creation, progress);
    if (leaseUntil !== undefined) session.leaseUntil = leaseUntil;
    const begin = (onec: Adapter, at: Parameters<Adapter["findAct"]>[1]) => onec.findAct({ ref: act.id }, at);
    const result = await callAdapter({ ...context, store: { ...store, renewLease } }, session, "find", begin).catch(
      (error: unknown) => error,
    );
    return { result, renewals, refused: session.orderRefused };
  };
  const none = { findAct: async () => null };

  test("lengthens a lease that may end before the answer is written, and no other", async () => {
    expect(await call(none, {}, NOON + 35_000)).toEqual({ result: null, renewals: [], refused: false });
    const { renewals } = await call(none, { period }, NOON + 34_999);
    expect(renewals).toEqual([{ jobId: "job-1", owner: "worker", leaseUntil: NOON + 40_000, progress: { period } }]);
  });

  test("waits with the command that the adapter left, or with none", async () => {
    expect((await call({ findAct: async () => PENDING })).result).toMatchObject({ callName: "find", command: null });
    const findAct: Adapter["findAct"] = async (_, { leaveCommand }) => {
      leaveCommand?.(command);
      return PENDING;
    };
    expect((await call({ findAct })).result).toMatchObject({ callId: "job-1:find:0", command });
  });

  test("must answer something", async () => {
    const { result } = await call({ findAct: async () => undefined as never });
    const detail = INTERNAL_FAULT;
    expect(result).toMatchObject({ code: "onec_rejected", outcome: "rejected", detail });
  });

  test("is a refusal after an unforeseen error, and the adapter's own after a foreseen one", async () => {
    const refusal = new AdapterError("onec_forbidden", "…", { outcome: "rejected" });
    expect((await call({ findAct: () => Promise.reject(refusal) })).result).toBe(refusal);
    const { result } = await call({ findAct: () => Promise.reject("boom") });
    expect(result).toMatchObject({ code: "onec_rejected", outcome: "rejected", detail: INTERNAL_FAULT });
  });

  test("has a late refusal with all its fields", async () => {
    const refusal = { code: "onec_rejected", outcome: "uncertain", message: "…" } as const;
    const late = async (error: object) =>
      (await call({}, { answers: { find: { error: { ...refusal, ...error } } as StoredAnswer } })).result;
    expect(await late({})).toMatchObject({ ...refusal, detail: null, field: null });
    expect(await late({ detail: "d", field: "f" })).toMatchObject({ ...refusal, detail: "d", field: "f" });
  });
});

describe("a command", () => {
  const withCommand = { ...parked, progress: { command } };

  test("is found by its call while the job waits for it", async () => {
    expect(await findCommand(await withJob(withCommand), CALL)).toEqual({ id: CALL, body: command });
  });

  test.each([
    ["another call", withCommand, "job-1:find:0"],
    ["another job", withCommand, "job-2:create:0"],
    ["no call", withCommand, ""],
    ["a job that goes on", { ...withCommand, state: "queued" }, CALL],
    ["a job that waits for no call", { ...withCommand, awaiting: null }, "null"],
    ["a job without a command", parked, CALL],
  ])("is not found for %s", async (_, job, callId) => {
    expect(await findCommand(await withJob(job), callId)).toBe(null);
  });

  test("is handed out; a parked job without one makes its call anew", async () => {
    const context = await withJob(withCommand);
    const stray = { ...creation, ...parked, id: "job-2" };
    await context.store.commit([{ type: "job", job: stray }]);
    const commits: (readonly Write[])[] = [];
    const { store } = context;
    const commit = (writes: readonly Write[]) => {
      commits.push(writes);
      return store.commit(writes);
    };
    const recording = { ...context, store: { ...store, commit } };
    const params = { worker: "onec", limit: 5, leaseMs: 1000 };
    expect(await fetchCommands(recording, params)).toEqual([{ id: CALL, body: command }]);
    expect(commits).toMatchObject([[{ type: "requeue", jobId: "job-2", from: ["parked"], awaiting: CALL }]]);
    expect(await fetchCommands(recording, params)).toHaveLength(1);
    expect(commits).toHaveLength(1);
  });
});
