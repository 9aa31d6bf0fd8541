import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import { type ActState, type Adapter, PENDING } from "../../../core/adapter.ts";
import { AdapterError, INTERNAL_FAULT } from "../../../core/errors.ts";
import { type CreateActJob, type CreateActProgress, createJob } from "../../../core/job.ts";
import { createAct } from "../../../core/relay/jobs/create-act.ts";
import { requireOwnRef, requireUnchanged } from "../../../core/relay/jobs/document.ts";
import { anAct, NOON } from "../../support/builders.ts";
import { aContext, aRecorder, aSession } from "../../support/context.ts";

const act = anAct({ counterparty: { ref: "card", created: true } });
const made = { ref: act.id, number: "000017", date: "2026-11-24" };
const standing: ActState = {
  ...made,
  posted: true,
  deletionMark: false,
  amount: act.amount,
  counterpartyRef: "card",
};
const period = { from: "2026-11-01", to: "2026-11-24" };
const other = { from: "2026-11-05", to: "2026-11-20" };
const covered = { findLastAct: async () => ({ ref: "last", date: "2026-11-24" }) };

const seed = { queue: "accounting", type: "act.create", orderKey: null, destination: "accounting" } as const;

interface Case {
  readonly progress?: CreateActProgress;
  readonly reread?: boolean;
  /** The lease is gone: the decided period cannot be written. */
  readonly lost?: boolean;
}

/** Makes the act; returns the result, the calls and the written progress. */
async function make(asked: Act, answers: Partial<Adapter> = {}, { progress, reread = false, lost = false }: Case = {}) {
  const { adapter, calls } = aRecorder({
    findLastAct: async () => null,
    findAct: async () => null,
    createAct: async () => made,
    ...answers,
  });
  const { store, ...context } = aContext({ adapter });
  const written: object[] = [];
  const renewLease = async (renewal: { progress: object }) => {
    written.push(renewal.progress);
    return !lost;
  };
  const job: CreateActJob = createJob("job-1", NOON, { ...seed, actId: asked.id, input: reread ? { reread } : {} });
  const result = await createAct({ ...context, store: { ...store, renewLease } }, aSession(job, progress), asked).catch(
    (error: unknown) => error,
  );
  return { result, written, calls: calls.map(([name]) => name) };
}

const done = (of = period) => ({ state: "done", event: { type: "act.created", document: made, period: of } });

describe("the creation of an act", () => {
  test.each([{ status: "posted" }, { counterparty: null }] as const)("is skipped for an act with %o", async (more) => {
    expect(await make({ ...act, ...more })).toEqual({ result: { state: "skipped" }, written: [], calls: [] });
  });

  test("writes the decided period before the call", async () => {
    expect(await make(act)).toEqual({ result: done(), written: [{ period }], calls: ["findLastAct", "createAct"] });
    const lost = await make(act, {}, { lost: true });
    expect(lost.calls).toEqual(["findLastAct"]);
  });

  test("looks for the act first where a call may have been sent, and makes no second", async () => {
    const found = { findAct: async () => standing };
    expect(await make(act, found, { progress: { period: other } })).toEqual({
      result: done(other),
      written: [],
      calls: ["findAct"],
    });
    expect((await make(act, found, { reread: true })).result).toEqual(done());
    expect(await make(act, {}, { progress: { period: other } })).toEqual({
      result: done(other),
      written: [],
      calls: ["findAct", "createAct"],
    });
  });

  test.each([{ posted: false }, { deletionMark: true }])("does not take an act of 1C with %o", async (more) => {
    const { calls } = await make(act, { findAct: async () => ({ ...standing, ...more }) }, { reread: true });
    expect(calls).toEqual(["findAct", "findLastAct", "createAct"]);
  });

  test("takes a late answer without a search", async () => {
    const progress = { period: other, answers: { create: { value: made } } };
    expect(await make(act, {}, { progress })).toEqual({ result: done(other), written: [], calls: [] });
  });

  test("searches under its own call name", async () => {
    const { result } = await make(act, { findAct: async () => PENDING }, { reread: true });
    expect(result).toMatchObject({ callName: "find" });
  });

  test("tells a person when no day is left", async () => {
    const { result } = await make(act, covered);
    expect(result).toMatchObject({
      code: "period_empty",
      outcome: "rejected",
      detail: "Последний закрытый день — 24.11.2026, день акта — 24.11.2026.",
    });
    const late = { ...act, contractor: { ...act.contractor, registeredOn: "2026-11-25" } };
    const detail = "Регистрация 25.11.2026 позже дня акта 24.11.2026.";
    expect((await make(late)).result).toMatchObject({ code: "period_empty", outcome: "rejected", detail });
  });

  test("takes the act that 1C already has when no day is left", async () => {
    const found = { ...covered, findAct: async () => ({ ...standing, period: other }) };
    expect(await make(act, found)).toMatchObject({ result: done(other), calls: ["findLastAct", "findAct"] });
    const unmarked = { ...covered, findAct: async () => standing };
    expect((await make(act, unmarked)).result).toMatchObject({ code: "period_empty" });
  });

  test("looks no second time after a search before", async () => {
    const { result, calls } = await make(act, covered, { reread: true });
    expect(result).toMatchObject({ code: "period_empty" });
    expect(calls).toEqual(["findAct", "findLastAct"]);
  });

  test("searches for no act after an outage of 1C", async () => {
    const outage = new AdapterError("onec_timeout", "…", { outcome: "uncertain" });
    const { result, calls } = await make(act, { findLastAct: () => Promise.reject(outage) });
    expect([result, calls]).toEqual([outage, ["findLastAct"]]);
  });

  test("waits for a late answer about the last act", async () => {
    const { result, calls } = await make(act, { findLastAct: async () => PENDING });
    expect(result).toMatchObject({ callName: "last" });
    expect(calls).toEqual(["findLastAct"]);
  });
});

describe("a document that stood under our reference", () => {
  const foreign = { ...made, amount: act.amount + 1, counterpartyRef: "card" };
  const moved = { ...made, amount: act.amount, counterpartyRef: "kept" };
  const refusal = { code: "act_changed", outcome: "rejected" };

  test("is not read again where sum and card are the act's own", async () => {
    const { calls } = await make(act, { createAct: async () => ({ ...moved, counterpartyRef: "card" }) });
    expect(calls).toEqual(["findLastAct", "createAct"]);
  });

  test("is read again with another sum, and refused", async () => {
    const found = async () => ({ ...standing, amount: foreign.amount });
    const { result, calls } = await make(act, { createAct: async () => foreign, findAct: found });
    expect([result, calls]).toMatchObject([refusal, ["findLastAct", "createAct", "findAct"]]);
  });

  test.each([
    ["the contractor's INN: people merged the cards", act.contractor.inn, done()],
    ["another INN", "7728168971", refusal],
  ])("on another card is judged by %s", async (_, counterpartyInn, result) => {
    const findAct = async () => ({ ...standing, counterpartyRef: "kept", counterpartyInn });
    expect((await make(act, { createAct: async () => moved, findAct })).result).toMatchObject(result);
  });

  test("is refused where it is gone before the second look", async () => {
    expect((await make(act, { createAct: async () => foreign })).result).toMatchObject({
      ...refusal,
      detail: "Акта больше нет в 1С.",
    });
  });

  test.each([
    ["after a call that may have been sent", { progress: { period: other } }],
    ["at a person's retry", { reread: true }],
  ])("is refused %s, too", async (_, how) => {
    const findAct = async () => ({ ...standing, amount: foreign.amount });
    const { result, calls } = await make(act, { findAct }, how);
    expect([result, calls]).toMatchObject([refusal, ["findAct"]]);
  });

  test("is refused where no day is left", async () => {
    const findAct = async () => ({ ...standing, amount: foreign.amount, period: other });
    expect((await make(act, { ...covered, findAct })).result).toMatchObject(refusal);
  });
});

describe("a made document", () => {
  test.each([
    [undefined],
    [null],
    ["000017"],
    [Object.assign(() => undefined, made)],
    [{ ...made, number: 17 }],
    [{ ...made, date: "24.11.2026" }],
    [{ ref: act.id }],
  ])("must have a number and a date: %o", (answer) => {
    const read = () => requireOwnRef(act.id, answer as never);
    expect(read).toThrow(expect.objectContaining({ code: "onec_rejected", detail: INTERNAL_FAULT }));
  });

  test("must have our reference", () => {
    expect(requireOwnRef(act.id, made)).toBe(made);
    const read = () => requireOwnRef("other", made);
    expect(read).toThrow(expect.objectContaining({ code: "ref_key_ignored", outcome: "rejected" }));
  });
});

describe("the document in 1C", () => {
  test("is the act's while nothing of it has changed", () => {
    expect(requireUnchanged(act, standing)).toEqual({ document: made, counterpartyRef: standing.counterpartyRef });
  });

  test.each([
    [null, "Акта больше нет в 1С."],
    [{ ...standing, deletionMark: true }, "Акт помечен на удаление."],
    [{ ...standing, posted: false }, "Акт не проведён."],
    [{ ...standing, amount: 1 }, "Сумма акта в 1С другая."],
    [{ ...standing, counterpartyRef: "other" }, "Контрагент акта в 1С другой."],
  ])("is refused once changed: %o", (state, detail) => {
    const read = () => requireUnchanged(act, state);
    expect(read).toThrow(expect.objectContaining({ code: "act_changed", outcome: "rejected", detail }));
  });

  test("is refused for an act without a card", () => {
    const read = () => requireUnchanged({ ...act, counterparty: null }, standing);
    expect(read).toThrow(expect.objectContaining({ code: "act_changed", detail: "Контрагент акта в 1С другой." }));
  });
});
