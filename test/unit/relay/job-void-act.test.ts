import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import { type Adapter, PENDING } from "../../../core/adapter.ts";
import { type Attempt, createJob, type VoidActJob } from "../../../core/job.ts";
import { getLastEffectTime } from "../../../core/relay/jobs/late-effects.ts";
import { voidAct } from "../../../core/relay/jobs/void-act.ts";
import { anAct, anAttempt, NOON, writesOf } from "../../support/builders.ts";
import { aContext, aRecorder, aSession } from "../../support/context.ts";

const MINUTE = 60_000;
const TIMEOUT = 30_000;

type Past = Partial<Attempt>;

/** A job of the act, and its attempts in order. */
interface PastJob {
  readonly type: "act.create" | "counterparty.upsert";
  readonly attempts: readonly Past[];
}

/** A context whose store has these jobs of the act. */
async function withPast(act: Act, jobs: readonly PastJob[], answers: Partial<Adapter> = {}) {
  const { adapter, calls } = aRecorder({ timeoutMs: TIMEOUT, ...answers });
  const context = aContext({ adapter });
  await context.store.commit(writesOf(act));
  for (const [index, { type, attempts }] of jobs.entries()) {
    const id = `job-${index}`;
    const seed = {
      queue: "accounting",
      type,
      actId: act.id,
      orderKey: null,
      destination: "accounting",
      input: {},
    } as const;
    const made = await context.store.commit([{ type: "job", job: createJob(id, NOON, seed) }]);
    await context.store.leaseJobs({ queue: "accounting", limit: 9, owner: "past", now: NOON, leaseUntil: NOON + 1 });
    const all = attempts.map((attempt, n) => anAttempt(id, { n: n + 1, ...attempt }));
    const release = { jobId: id, owner: "past", state: "done", dueAt: NOON, progress: {}, attempts: all } as const;
    expect([made, await context.store.commit([{ type: "release", release }])]).toEqual(["ok", "ok"]);
  }
  return { context, calls };
}

const lost = (finishedAt: number): Past => ({ outcome: "uncertain", finishedAt });
const parked = (detail: string, finishedAt: number): Past => ({ outcome: "parked", detail, finishedAt });
const skipped = (finishedAt: number): Past => ({ outcome: "skipped", finishedAt });

describe("the time after which no call takes effect", () => {
  const last = async (jobs: readonly PastJob[]) => {
    const act = anAct();
    const { context } = await withPast(act, jobs);
    return getLastEffectTime(context, act.id, "act.create", "create");
  };
  const create = (...attempts: Past[]): PastJob => ({ type: "act.create", attempts });

  test.each([
    ["answered calls", [create({ outcome: "ok" }, { outcome: "rejected", finishedAt: NOON })]],
    ["calls of other jobs", [{ type: "counterparty.upsert", attempts: [lost(NOON)] }]],
    ["a job without attempts", [create()]],
    ["another call that was fetched last", [create(parked("last", NOON))]],
    ["a call that was fetched before an answered attempt", [create(parked("create", NOON), { outcome: "ok" })]],
    ["a skipped attempt alone", [create(skipped(NOON))]],
    ["an answered attempt before a skipped one", [create({ outcome: "ok" }, skipped(NOON))]],
  ] as [string, PastJob[]][])("is 0 for %s", async (_, jobs) => {
    expect(await last(jobs)).toBe(0);
  });

  test.each([
    [
      "the last unanswered call",
      [create(lost(NOON), lost(NOON + 5), { outcome: "ok" }), create(lost(NOON + 3))],
      NOON + 5,
    ],
    ["a fetched call", [create({ outcome: "ok" }, parked("create", NOON + 7))], NOON + 7],
    ["the end of the wait for a fetched call", [create(parked("create", NOON), skipped(NOON + 9))], NOON + 9],
    [
      "a fetched call after others",
      [create(parked("last", NOON), parked("create", NOON + 1), skipped(NOON + 9))],
      NOON + 9,
    ],
  ])("is two timeouts after %s", async (_, jobs, at) => {
    expect(await last(jobs)).toBe(at + 2 * TIMEOUT);
  });

  test("asks about the calls of this act alone", async () => {
    const { context } = await withPast(anAct(), [create(lost(NOON))]);
    expect(await getLastEffectTime(context, "other", "act.create", "create")).toBe(0);
  });
});

describe("the void of an act", () => {
  const period = { from: "2026-11-01", to: "2026-11-24" };
  const declined = anAct({
    status: "declined",
    counterparty: { ref: "card", created: true },
    period,
    reason: "Ошибка",
  });
  const document = { ref: declined.id, number: "7", date: "2026-11-24" } as const;
  const seed = { queue: "accounting", type: "act.void", orderKey: null, destination: "accounting" } as const;
  const found = (is: boolean) => ({ voidAct: async () => ({ found: is }) });

  async function run(act: Act, answers: Partial<Adapter>, past: readonly PastJob[] = []) {
    const { context, calls } = await withPast(act, past, answers);
    const job: VoidActJob = createJob("job-void", NOON, { ...seed, actId: act.id, input: {} });
    return { result: await voidAct(context, aSession(job), act).catch((error: unknown) => error), calls };
  }

  const done = (is: boolean) => ({ state: "done", event: { type: "act.void_confirmed", found: is, gap: null } });
  const lostCreation = (at: number): PastJob[] => [{ type: "act.create", attempts: [lost(at)] }];

  test.each(["requested", "posted", "paid"] as const)("is skipped for a %s act", async (status) => {
    expect(await run({ ...declined, status }, found(true))).toEqual({ result: { state: "skipped" }, calls: [] });
  });

  test.each(["declined", "voided"] as const)("is done for a %s act, with its reason", async (status) => {
    const { result, calls } = await run({ ...declined, document, status }, found(true), lostCreation(NOON));
    expect([result, calls]).toEqual([done(true), [["voidAct", { ref: declined.id, reason: "Ошибка" }]]]);
  });

  const standing = {
    ...document,
    posted: true,
    deletionMark: false,
    amount: declined.amount,
    counterpartyRef: "card",
  };

  test.each([
    ["another sum", { amount: declined.amount + 1 }],
    ["another card", { counterpartyRef: "other" }],
    ["a card of another INN", { counterpartyRef: "other", counterpartyInn: "7728168971" }],
  ])("leaves a document with %s alone, since the relay has not made it", async (_, other) => {
    const { result, calls } = await run(declined, { ...found(true), findAct: async () => ({ ...standing, ...other }) });
    expect([result, calls.map(([name]) => name)]).toEqual([done(false), ["findAct"]]);
  });

  test.each([
    ["on the expected card", {}],
    ["on a merged card", { counterpartyRef: "kept", counterpartyInn: declined.contractor.inn }],
  ])("is done for our document of an unanswered creation, %s", async (_, other) => {
    const { result, calls } = await run(declined, { ...found(true), findAct: async () => ({ ...standing, ...other }) });
    expect([result, calls.map(([name]) => name)]).toEqual([done(true), ["findAct", "voidAct"]]);
  });

  test("asks nothing about an act whose card is unknown: a restored backup knows less than 1C", async () => {
    const { result, calls } = await run({ ...declined, counterparty: null }, found(true));
    expect([result, calls.map(([name]) => name)]).toEqual([done(true), ["voidAct"]]);
  });

  test("has an empty reason where nobody gave one", async () => {
    const { calls } = await run({ ...declined, document, reason: null }, found(true));
    expect(calls).toEqual([["voidAct", { ref: declined.id, reason: "" }]]);
  });

  test("waits while an unanswered creation may still take effect", async () => {
    const late = await run(declined, found(false), lostCreation(NOON - MINUTE + 1));
    expect(late.result).toEqual({ state: "later", until: NOON + 1 });
    expect((await run(declined, found(false), lostCreation(NOON - MINUTE))).result).toEqual(done(false));
    expect((await run(declined, found(false))).result).toEqual(done(false));
  });

  test("waits for a late answer under its call name", async () => {
    expect((await run(declined, { voidAct: async () => PENDING })).result).toMatchObject({ callName: "void" });
  });
});
