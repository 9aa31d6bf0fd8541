import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import { type ActState, type Adapter, PENDING } from "../../../core/adapter.ts";
import { AdapterError } from "../../../core/errors.ts";
import { derivePaymentOrderRef } from "../../../core/ids.ts";
import { type CallProgress, type CreatePaymentOrderJob, createJob } from "../../../core/job.ts";
import { createPaymentOrder } from "../../../core/relay/jobs/create-payment-order.ts";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { aContractor, anAct, anAttempt, aPaymentOrder, aProblem, NOON, writesOf } from "../../support/builders.ts";
import { aContext, aRecorder, aSession } from "../../support/context.ts";

const SKIPPED = { state: "skipped" };
const MADE = { number: "000009", date: "2026-11-24" };

const accepted = anAct({
  status: "accepted",
  counterparty: { ref: "card", created: true },
  document: { ref: "doc", number: "000017", date: "2026-11-24" },
  period: { from: "2026-11-01", to: "2026-11-24" },
});
const FIRST = await derivePaymentOrderRef(accepted.id, 1);
const SECOND = await derivePaymentOrderRef(accepted.id, 2);

const inOnec: ActState = {
  ref: "doc",
  number: "000017",
  date: "2026-11-24",
  posted: true,
  deletionMark: false,
  amount: accepted.amount,
  counterpartyRef: "card",
};

interface Case {
  readonly answers?: Partial<Adapter>;
  readonly progress?: CallProgress;
  readonly lapsed?: boolean;
  /** A person retried the act's problem. */
  readonly retried?: boolean;
  readonly orderRefused?: boolean;
  readonly purpose?: string;
  /** Time of an earlier call for the order without an answer. */
  readonly lost?: number;
}

const seed = { queue: "accounting", type: "payment_order.create", orderKey: null, destination: "accounting" } as const;

/** Makes the order of this act; returns all that this came to. */
async function make(act: Act, made: Case = {}) {
  const { answers = {}, progress, lapsed = false, retried = false, lost, purpose, ...more } = made;
  const { adapter, calls } = aRecorder({
    timeoutMs: 30_000,
    findAct: async () => inOnec,
    createPaymentOrder: async ({ ref }) => ({ ref, ...MADE }),
    ...answers,
  });
  const store = createMemoryStore();
  const input = retried ? { reread: true as const } : {};
  const job: CreatePaymentOrderJob = { ...createJob("job-1", NOON, { ...seed, actId: act.id, input }), lapsed };
  await store.commit([...writesOf(act), { type: "job", job }]);
  if (lost !== undefined) await recordLostCall(store, job, lost);
  const base = aContext({ store, adapter });
  const context = aContext({ ...base, settings: { ...base.settings, ...(purpose && { paymentPurpose: purpose }) } });
  const session = aSession(job, progress);
  session.orderRefused = more.orderRefused ?? false;
  const result = await createPaymentOrder(context, session, act).catch((error: unknown) => error);
  const events = (await store.listEvents(act.id)).slice(1);
  return { result, calls, refused: session.orderRefused, events, after: await store.getAct(act.id) };
}

async function recordLostCall(store: ReturnType<typeof createMemoryStore>, job: CreatePaymentOrderJob, at: number) {
  await store.leaseJobs({ queue: "accounting", limit: 1, owner: "lost", now: NOON, leaseUntil: NOON + 1 });
  const attempt = anAttempt(job.id, { outcome: "uncertain", finishedAt: at });
  const end = { jobId: job.id, owner: "lost", state: "queued", dueAt: NOON, progress: {} } as const;
  expect(await store.commit([{ type: "release", release: { ...end, attempts: [attempt] } }])).toBe("ok");
}

const done = (ref: string) => ({
  state: "done",
  event: { type: "payment_order.created", ref, ...MADE, startedAt: NOON },
});

describe("a payment order", () => {
  test.each([{ status: "paid" }, { counterparty: null }, { document: null }] as const)(
    "is not made for an act with %o",
    async (more) => {
      expect(await make({ ...accepted, ...more })).toMatchObject({ result: SKIPPED, calls: [], events: [] });
    },
  );

  test("is made for the act as 1C has it, after its intent is recorded", async () => {
    const { result, calls, refused, events } = await make(accepted);
    expect(result).toEqual(done(FIRST));
    expect(calls).toEqual([
      ["findAct", { ref: accepted.id, counterpartyRef: "card" }],
      [
        "createPaymentOrder",
        {
          ref: FIRST,
          actRef: accepted.id,
          counterpartyRef: "card",
          contractor: accepted.contractor,
          date: "2026-11-24",
          amount: accepted.amount,
          vat: "none",
          purpose: "Оплата по акту № 000017 от 24.11.2026 за услуги по договору № Д-2 от 01.11.2026. Без НДС",
        },
      ],
    ]);
    expect(refused).toBe(false);
    expect(events).toMatchObject([{ type: "payment_order.started", actor: "relay", ref: FIRST, attempt: 1 }]);
  });

  const url = "https://platform.example/contract";
  test.each([
    [{ contract: undefined }, "|01.11.2026 - 24.11.2026 Без НДС"],
    [{ contract: { url, date: "2026-11-01" } }, "|01.11.2026 - 24.11.2026 Без НДС"],
    [{ contract: { url, number: "7" } }, "по договору № 7|01.11.2026 - 24.11.2026 Без НДС"],
    [
      { contract: { url, number: "7", date: "2026-11-02" } },
      "по договору № 7 от 02.11.2026|01.11.2026 - 24.11.2026 Без НДС",
    ],
  ] as const)("names the contract %o and the period", async ({ contract }, purpose) => {
    const { contract: _, ...bare } = aContractor();
    const contractor = contract === undefined ? bare : { ...bare, contract };
    const { calls } = await make({ ...accepted, contractor }, { purpose: "{contract}|{period}" });
    expect(calls[1]).toMatchObject(["createPaymentOrder", { purpose }]);
  });

  test("names no period of an act without one", async () => {
    const { calls } = await make({ ...accepted, period: null }, { purpose: "[{period}]" });
    expect(calls[1]).toMatchObject(["createPaymentOrder", { purpose: "[] Без НДС" }]);
  });

  test("is not made for an act that is gone or was voided meanwhile", async () => {
    const context = aContext(aRecorder({}));
    const job = createJob("job-1", NOON, { ...seed, actId: accepted.id, input: {} });
    expect(await createPaymentOrder(context, aSession(job), accepted)).toEqual(SKIPPED);
    await context.store.commit(writesOf({ ...accepted, status: "voided" }));
    expect(await createPaymentOrder(context, aSession(job), accepted)).toEqual(SKIPPED);
  });

  test.each([
    ["number", { number: "000018" }, "В 1С это акт № 000018 от 24.11.2026."],
    ["date", { date: "2026-11-25" }, "В 1С это акт № 000017 от 25.11.2026."],
  ])("is refused for another %s in 1C, and surely does not exist", async (_, more, detail) => {
    const { result, refused } = await make(accepted, { answers: { findAct: async () => ({ ...inOnec, ...more }) } });
    expect(result).toMatchObject({ code: "act_changed", outcome: "rejected", detail });
    expect(refused).toBe(true);
  });

  const renumbered = "В 1С это акт № 000018 от 24.11.2026.";
  const moved = "Контрагент акта в 1С другой.";
  const changed = { ...inOnec, number: "000018", counterpartyRef: "other" };
  test.each([
    ["the new number", { ...inOnec, number: "000018" }, renumbered],
    ["the new counterparty", { ...inOnec, counterpartyRef: "other" }, moved],
    ["both", changed, `${moved} ${renumbered}`],
  ])("is made for the act as it stands, after a person read of %s", async (_, state, detail) => {
    const problem = aProblem("act_changed", { message: `Акт в 1С изменён. ${detail}` });
    const { result, calls } = await make(
      { ...accepted, problem },
      { retried: true, answers: { findAct: async () => state } },
    );
    expect(result).toMatchObject({ state: "done" });
    const { counterpartyRef } = state;
    expect(calls.at(-1)).toMatchObject(["createPaymentOrder", { counterpartyRef }]);
  });

  test.each([
    ["of another change", { message: "Акт в 1С изменён. Акт не проведён." }, true],
    ["of a part of the changes", { message: `Акт в 1С изменён. ${moved}` }, true],
    ["of another number", { message: `Акт в 1С изменён. ${moved} В 1С это акт № 000019 от 24.11.2026.` }, true],
    ["of all changes, without a retry", { message: `Акт в 1С изменён. ${moved} ${renumbered}` }, false],
  ])("is refused when a person read %s", async (_, read, retried) => {
    const problem = aProblem("act_changed", read);
    const { result } = await make({ ...accepted, problem }, { retried, answers: { findAct: async () => changed } });
    expect(result).toMatchObject({ code: "act_changed", detail: `${moved} ${renumbered}` });
  });

  const refusal = (more: object = {}) => new AdapterError("onec_rejected", "…", { outcome: "rejected", ...more });
  test.each([
    ["1C refused", refusal(), true],
    ["the answer made no sense", refusal({ cause: new Error() }), false],
    ["1C did not answer", refusal({ outcome: "uncertain" }), false],
    ["1C changed the reference", new AdapterError("ref_key_ignored", "…", { outcome: "rejected" }), false],
    ["the adapter threw", new TypeError("…"), false],
  ])("surely does not exist only if 1C refused: %s", async (_, error, expected) => {
    const { refused } = await make(accepted, { answers: { createPaymentOrder: () => Promise.reject(error) } });
    expect(refused).toBe(expected);
  });
});

describe("a payment order begun before", () => {
  const begun = {
    ...accepted,
    paymentOrder: aPaymentOrder({ ref: FIRST, state: "creating", number: null, date: null }),
  };
  const nothing: Partial<Adapter> = { findPaymentOrder: async () => null };
  const pending: Partial<Adapter> = { findAct: async () => PENDING };

  test("is the order that 1C has", async () => {
    const findPaymentOrder = async ({ ref }: { ref: string }) => ({ ref, ...MADE });
    const { result, calls } = await make(begun, { answers: { findPaymentOrder } });
    expect([result, calls]).toEqual([done(FIRST), [["findPaymentOrder", { ref: FIRST }]]]);
  });

  test("is made where 1C has none", async () => {
    const { result, calls } = await make(begun, { answers: nothing });
    expect(result).toEqual(done(FIRST));
    expect(calls.map(([name]) => name)).toEqual(["findPaymentOrder", "findAct", "createPaymentOrder"]);
  });

  test("is the late answer of 1C, without a search", async () => {
    const { result, calls } = await make(begun, {
      progress: { answers: { order: { value: { ref: FIRST, ...MADE } } } },
    });
    expect([result, calls.map(([name]) => name)]).toEqual([done(FIRST), ["findAct"]]);
  });

  test.each([
    ["no call was sent", {}, true],
    ["the last worker was lost", { lapsed: true }, false],
    ["an unanswered call may still act", { lost: NOON - 60_000 }, false],
    ["an unanswered call is too old to act", { lost: NOON - 60_001 }, true],
  ])("surely does not exist: %s", async (_, more, expected) => {
    expect((await make(begun, { answers: { ...nothing, ...pending }, ...more })).refused).toBe(expected);
  });

  test("may exist while 1C looks for it", async () => {
    const answers: Partial<Adapter> = { findPaymentOrder: async () => PENDING };
    expect((await make(begun, { answers, orderRefused: true })).refused).toBe(false);
  });
});

describe("a payment order after a rejected one", () => {
  const former = { ref: "older", attempt: 3, number: "1", date: "2026-11-20" };
  const again = { ...accepted, paymentOrder: aPaymentOrder({ ref: FIRST, state: "rejected" }) };
  const states = (state: object) => ({ getPaymentStates: async () => state as never });

  test.each(["rejected", "deleted"])("is the next order, if 1C shows the former as %s", async (state) => {
    const { result, calls, events } = await make(again, { answers: states({ [FIRST]: { state, reason: "…" } }) });
    expect(result).toEqual(done(SECOND));
    expect(calls[0]).toEqual(["getPaymentStates", [FIRST]]);
    expect(events).toMatchObject([{ type: "payment_order.started", ref: SECOND, attempt: 2 }]);
  });

  test("has a number above all former orders", async () => {
    const paymentOrder = { ...again.paymentOrder, former: [former] };
    const rejected = { state: "rejected", reason: "…" };
    const { calls, events } = await make(
      { ...again, paymentOrder },
      { answers: states({ older: rejected, [FIRST]: rejected }) },
    );
    expect(calls[0]).toEqual(["getPaymentStates", ["older", FIRST]]);
    expect(events).toMatchObject([{ attempt: 4 }]);
  });

  test("is not made once the former turns out to be executed", async () => {
    const executed = { state: "executed", executedOn: "2026-11-23" };
    const { result, after, events } = await make(again, { answers: states({ [FIRST]: executed }) });
    expect(result).toEqual(SKIPPED);
    expect(after).toMatchObject({ status: "paid", paidOn: "2026-11-23" });
    expect(events).toMatchObject([{ type: "onec.payment_executed", actor: "onec", ref: FIRST }]);
  });

  const STANDS = "Прежнее поручение в 1С ещё не отклонено";
  test.each([
    [{ [FIRST]: { state: "waiting" } }, STANDS],
    [{ [FIRST]: { state: "waiting", reason: "Поручение уже в банке" } }, "Поручение уже в банке"],
    [{ [FIRST]: { state: "ambiguous", reason: "Похожих списаний два" } }, "Похожих списаний два"],
    [{}, STANDS],
  ])("is not made while the former may be executed: %o", async (state, why) => {
    const { result, calls } = await make(again, { answers: states(state) });
    expect(result).toMatchObject({
      code: "payment_unexpected",
      outcome: "rejected",
      detail: `${why}: отмените его, прежде чем платить снова.`,
    });
    expect(calls).toHaveLength(1);
  });

  test("waits for a late answer about the former under its own call name", async () => {
    const { result } = await make(again, { answers: { getPaymentStates: async () => PENDING } });
    expect(result).toMatchObject({ callName: "former" });
  });

  test("asks nothing about former orders where the only order is its own", async () => {
    const refused = { ...accepted, paymentOrder: aPaymentOrder({ ref: FIRST, state: "refused" }) };
    const { result, calls } = await make(refused);
    expect(result).toEqual(done(FIRST));
    expect(calls.map(([name]) => name)).toEqual(["findAct", "createPaymentOrder"]);
  });
});
