import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import { AdapterError, type AdapterErrorOptions, type ProblemCode } from "../../../core/errors.ts";
import { type CheckPaymentsProgress, type CreateActProgress, createJob, type Job } from "../../../core/job.ts";
import { CallPending } from "../../../core/relay/adapter-call.ts";
import { endDone, endFailed, endPending, tellOperator } from "../../../core/relay/job-end.ts";
import { requeueParked } from "../../../core/relay/requeue.ts";
import { createSecret, importSecrets } from "../../../core/webhook.ts";
import { aContractor, anAct, aProblem, NOON } from "../../support/builders.ts";
import { aContext, aSession } from "../../support/context.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const seed = { queue: "accounting", orderKey: null, destination: "accounting" } as const;
const act = anAct();
const creation = createJob("job-1", NOON, { ...seed, type: "act.create", actId: act.id, input: {} });
const update = createJob("job-2", NOON, {
  ...seed,
  type: "counterparty.upsert",
  actId: null,
  input: { contractor: aContractor(), asOf: NOON },
});
const ops = { url: "https://ops.example/", keys: await importSecrets(createSecret()) };
const context = aContext({ targets: { ops }, fetch: async () => new Response() });

const attempt = { outcome: "ok", code: null, detail: null, status: null, response: null };
const period = { from: "2026-11-01", to: "2026-11-24" };

const error = (
  code: ProblemCode,
  outcome: AdapterError["outcome"] = "rejected",
  more: Partial<AdapterErrorOptions> = {},
) => new AdapterError(code, "…", { outcome, ...more });

describe("the end of a job", () => {
  test("keeps the progress without used answers and passes the event on", () => {
    const session = aSession(creation, { period, answers: { create: { value: 1 } } });
    const event = { type: "act.voided_elsewhere" } as never;
    const decided = { kind: "refused" } as const;
    const end = endDone(context, session, { state: "done", event, also: (same) => [same as never] });
    expect(end).toEqual({ state: "done", dueAt: NOON, progress: { period }, attempt, event, also: end.also });
    expect([end.also!(null), end.also!(decided)]).toEqual([[{ kind: "same" }], [decided]]);
    expect(Object.keys(endDone(context, session, { state: "done" }))).toEqual([
      "state",
      "dueAt",
      "progress",
      "attempt",
    ]);
  });

  test("tells the act of a skipped step", () => {
    expect(endDone(context, aSession(creation), { state: "skipped" })).toEqual({
      state: "skipped",
      dueAt: NOON,
      progress: {},
      attempt: { ...attempt, outcome: "skipped" },
      event: { type: "step.skipped", step: "act.create" },
    });
  });

  test("waits until the given time", () => {
    const end = { state: "queued", progress: {}, attempt: { ...attempt, outcome: "skipped" } };
    const later = (until?: number) => endDone(context, aSession(creation), { state: "later", ...(until && { until }) });
    expect([later(NOON + 5), later()]).toEqual([
      { ...end, dueAt: NOON + 5 },
      { ...end, dueAt: NOON },
    ]);
  });

  test("parks with the call that it waits for, and with the command for 1C", () => {
    const wait = (command: object | null) =>
      endPending(context, aSession(creation, { period }), new CallPending("id", "create", command as never));
    const end = { state: "parked", dueAt: NOON, awaiting: "id" };
    const parked = { ...attempt, outcome: "parked", detail: "create" };
    expect(wait(null)).toEqual({ ...end, progress: { period }, attempt: parked });
    expect(wait({ a: 1 })).toEqual({ ...end, progress: { period, command: { a: 1 } }, attempt: parked });
  });
});

describe("a failed job", () => {
  const fail = (
    failure: AdapterError,
    of: Act | null = act,
    job: Partial<Job> = {},
    progress: CreateActProgress = {},
  ) => endFailed(context, aSession({ ...creation, ...job } as typeof creation, progress), of, failure);

  test("stops with a problem where a person is needed", async () => {
    const { also, ...end } = fail(error("onec_rejected", "rejected", { detail: "Нет прав", field: "contractor.inn" }));
    expect(end).toEqual({
      state: "problem",
      dueAt: NOON,
      progress: {},
      attempt: { ...attempt, outcome: "rejected", code: "onec_rejected", detail: "Нет прав" },
      event: {
        type: "problem.raised",
        code: "onec_rejected",
        detail: "Нет прав",
        field: "contractor.inn",
        step: "act.create",
        orderRefused: false,
      },
    });
    expect(also!(null)).toEqual([]);
  });

  test("stops all calls to 1C after a changed reference", () => {
    const stop = { name: "accounting", stoppedAt: NOON, reason: "ref_key_ignored" };
    expect(fail(error("ref_key_ignored")).also!(null)).toEqual([{ type: "destination", destination: stop }]);
  });

  test.each([
    ["an uncertain outcome", error("onec_rejected", "uncertain"), {}, 2000],
    ["an outage", error("onec_unavailable", "unavailable"), {}, 2000],
    ["the third attempt", error("onec_unavailable", "unavailable"), { attempts: 2 }, 8000],
    [
      "the second attempt since a restart",
      error("onec_unavailable", "unavailable"),
      { attempts: 6, attemptsBefore: 5 },
      4000,
    ],
    ["the wish of 1C", error("onec_unavailable", "unavailable", { retryAfterMs: 30_000 }), {}, 30_000],
    ["the longest pause", error("onec_unavailable", "unavailable"), { attempts: 40 }, 10 * MINUTE],
  ])("is repeated after %s", (_, failure, job, wait) => {
    expect(fail(failure, act, job)).toMatchObject({ state: "queued", dueAt: NOON + wait });
  });

  test.each([
    ["a new problem", act, HOUR, HOUR],
    ["a new problem, at the wish of 1C", act, 15 * MINUTE, 15 * MINUTE],
    [
      "a problem of five minutes",
      anAct({ problem: aProblem("act_changed", { since: NOON - 5 * MINUTE }) }),
      0,
      10 * MINUTE,
    ],
    [
      "a problem of ten minutes",
      anAct({ problem: aProblem("act_changed", { since: NOON - 10 * MINUTE }) }),
      0,
      5 * MINUTE,
    ],
    [
      "a problem of ten minutes, against the wish of 1C",
      anAct({ problem: aProblem("act_changed", { since: NOON - 10 * MINUTE }) }),
      6 * MINUTE,
      10 * MINUTE,
    ],
    [
      "a problem of ten minutes, at the wish of 1C",
      anAct({ problem: aProblem("act_changed", { since: NOON - 10 * MINUTE }) }),
      5 * MINUTE,
      5 * MINUTE,
    ],
    [
      "a problem of fifteen minutes",
      anAct({ problem: aProblem("act_changed", { since: NOON - 15 * MINUTE }) }),
      0,
      10 * MINUTE,
    ],
    ["a problem of an hour", anAct({ problem: aProblem("act_changed", { since: NOON - HOUR }) }), 0, 10 * MINUTE],
  ])("is tried again no later than the announcement of %s", (_, of, hint, wait) => {
    const failure = error("onec_unavailable", "unavailable", { retryAfterMs: hint });
    expect(fail(failure, of, { attempts: 40 }).dueAt).toBe(NOON + wait);
  });

  test("keeps a period that may have reached 1C, and forgets any other", () => {
    const sure = error("onec_unavailable", "unavailable");
    const kept = { period, sent: true };
    expect(fail(sure, act, {}, { period }).progress).toEqual({});
    expect(fail(sure, act, {}, { period, sent: true }).progress).toEqual(kept);
    expect(fail(sure, act, { lapsed: true }, { period }).progress).toEqual(kept);
    expect(fail(error("onec_timeout", "uncertain"), act, {}, { period }).progress).toEqual(kept);
    expect(fail(error("onec_timeout", "uncertain")).progress).toEqual({});
  });

  test("announces a standing problem of the same step after fifteen minutes, once", () => {
    const failure = error("onec_unavailable", "unavailable");
    const events = (more: object, code: ProblemCode = "onec_timeout") =>
      fail(failure, anAct({ problem: aProblem(code, { since: NOON - 15 * MINUTE, ...more }) })).event?.type;
    expect(events({})).toBe("problem.announced");
    expect(events({ since: NOON - 15 * MINUTE + 1 })).toBe(undefined);
    expect(events({ announced: true })).toBe(undefined);
    expect(events({ step: "act.print" })).toBe("problem.raised");
    expect(events({}, "act_changed")).toBe("problem.raised");
  });

  test("tells the operator of a refused update without an act", () => {
    const end = (failure: AdapterError) => endFailed(context, aSession(update), null, failure).also!(null);
    const told = (data: object) => [
      {
        type: "job",
        job: createJob("msg_id1", NOON, {
          queue: "webhook",
          type: "webhook",
          actId: null,
          orderKey: null,
          destination: "ops",
          input: { type: "contractor.problem", timestamp: new Date(NOON).toISOString(), data } as never,
        }),
      },
    ];
    const head = { messageId: "job-2", code: "onec_rejected" };
    const plain = "1С не приняла данные. Посмотрите ответ 1С, исправьте настройку и повторите.";
    expect(end(error("onec_rejected"))).toEqual(told({ ...head, message: plain }));
    const field = "contractor.inn";
    const full = error("onec_rejected", "rejected", { detail: "Нет прав", field });
    expect(end(full)).toEqual(told({ ...head, message: "Нет прав", field }));
    expect(end(error("onec_unavailable", "unavailable"))).toEqual([]);
    const stop = { name: "accounting", stoppedAt: NOON, reason: "ref_key_ignored" };
    expect(end(error("ref_key_ignored"))).toMatchObject([{ type: "destination", destination: stop }, { type: "job" }]);
  });

  test("tells nobody where the operator has no address", () => {
    const event = { type: "payment.check_failed", data: { code: "onec_rejected", message: "…" } } as const;
    expect(tellOperator(aContext(), event)).toEqual([]);
  });
});

describe("a parked job", () => {
  const write = { type: "requeue", jobId: "job-1", from: ["parked"], dueAt: NOON, progress: {}, restart: false };
  const parked: typeof creation = { ...creation, awaiting: null };

  test("is requeued for the call that it still waits for", () => {
    expect(requeueParked({ ...parked, awaiting: "call" }, NOON)).toEqual({ ...write, awaiting: "call" });
    expect(Object.keys(requeueParked(parked, NOON))).not.toContain("awaiting");
  });

  test("keeps the period of an act that may exist, and nothing else", () => {
    const withProgress = (progress: CreateActProgress) => requeueParked({ ...parked, progress } as Job, NOON);
    expect(withProgress({ period, command: {} })).toEqual({ ...write, progress: { period, sent: true } });
    expect(Object.keys(withProgress({ command: {} }))).toContain("progress");
    expect(withProgress({ command: {} })).toStrictEqual(write);
    expect(requeueParked({ ...update, id: "job-1", progress: { command: {} } }, NOON)).toStrictEqual(write);
  });

  test("keeps the failures of the payment check and counts the round", () => {
    const check = createJob("job-1", NOON, { ...seed, type: "payment.check", actId: null, input: {} });
    const withProgress = (progress: CheckPaymentsProgress) => requeueParked({ ...check, progress }, NOON);
    const failing = { since: NOON, told: true };
    expect(withProgress({ round: 3, failing })).toStrictEqual({ ...write, progress: { round: 4, failing } });
    expect(withProgress({ failing })).toStrictEqual({ ...write, progress: { failing } });
    expect(withProgress({ round: 1, command: {} })).toStrictEqual({ ...write, progress: { round: 2 } });
    expect(withProgress({})).toStrictEqual(write);
  });
});
