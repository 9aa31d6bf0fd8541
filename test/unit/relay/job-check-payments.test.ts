import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import type { Adapter } from "../../../core/adapter.ts";
import { AdapterError } from "../../../core/errors.ts";
import { type CheckPaymentsJob, type CheckPaymentsProgress, createJob } from "../../../core/job.ts";
import type { PaymentState } from "../../../core/payment-order.ts";
import { checkPayments, endPaymentCheck } from "../../../core/relay/jobs/check-payments.ts";
import { createSecret, importSecrets } from "../../../core/webhook.ts";
import { anAct, aPaymentOrder, aProblem, NOON, writesOf } from "../../support/builders.ts";
import { aContext, aRecorder, aSession } from "../../support/context.ts";

const MINUTE = 60_000;

const seed = { queue: "accounting", type: "payment.check", orderKey: null, destination: "accounting" } as const;
const job: CheckPaymentsJob = createJob("payment_check", NOON, { ...seed, actId: null, input: {} });

const ordered = (more: Partial<Act> = {}) =>
  anAct({
    status: "payment_ordered",
    counterparty: { ref: "card", created: true },
    document: { ref: "doc", number: "1", date: "2026-11-24" },
    paymentOrder: aPaymentOrder(),
    ...more,
  });

/** Checks these acts against 1C's answer to each page. */
async function check(acts: readonly Act[], getPaymentStates: Adapter["getPaymentStates"]) {
  const { adapter, calls } = aRecorder({ getPaymentStates });
  const { store, ...context } = aContext({ adapter });
  await store.commit(acts.flatMap(writesOf));
  const read: string[] = [];
  const getAct = (id: string) => {
    read.push(id);
    return store.getAct(id);
  };
  const result = await checkPayments({ ...context, store: { ...store, getAct } }, aSession(job)).catch(
    (error: unknown) => error,
  );
  const histories = await Promise.all(acts.map(({ id }) => store.listEvents(id)));
  const events = histories.map((all) => all.slice(1));
  return { result, pages: calls.map(([, refs]) => refs), events, read };
}

/** The events of one act after 1C's news of the order. */
async function tell(act: Act, state: PaymentState, ref = act.paymentOrder!.ref) {
  const { events } = await check([act], async () => ({ [ref]: state }));
  return events[0];
}

const refusal = new AdapterError("onec_rejected", "…", { outcome: "rejected", detail: "Нет прав" });
const outage = new AdapterError("onec_timeout", "…", { outcome: "uncertain" });

describe("a payment check", () => {
  test("asks nothing where no order is open", async () => {
    expect(await check([], async () => ({}))).toMatchObject({ result: { asked: false, refusal: null }, pages: [] });
  });

  test("asks about the present and the former orders of each act, a hundred acts at once", async () => {
    const former = { ref: "former", attempt: 1, number: "1", date: "2026-11-20" };
    const acts = Array.from({ length: 101 }, () => ordered({ paymentOrder: aPaymentOrder({ former: [former] }) }));
    const { result, pages } = await check(acts, async () => ({}));
    expect(result).toEqual({ asked: true, refusal: null });
    const refs = acts.map(({ paymentOrder }) => [paymentOrder!.ref, "former"]);
    expect(pages).toEqual([refs.slice(0, 100).flat(), refs.slice(100).flat()]);
  });

  test("asks once about exactly a hundred acts", async () => {
    const acts = Array.from({ length: 100 }, () => ordered());
    const { result, pages } = await check(acts, async () => ({}));
    expect([result, pages.length]).toEqual([{ asked: true, refusal: null }, 1]);
  });

  test("goes on after a refused page and keeps the first refusal", async () => {
    const acts = Array.from({ length: 101 }, () => ordered());
    const second = new AdapterError("onec_forbidden", "…", { outcome: "rejected" });
    const errors = [refusal, second];
    const { result, pages } = await check(acts, () => Promise.reject(errors.shift()));
    expect([result, pages.length]).toEqual([{ asked: true, refusal }, 2]);
  });

  test("stops at an outage", async () => {
    const acts = Array.from({ length: 101 }, () => ordered());
    const { result, pages } = await check(acts, () => Promise.reject(outage));
    expect([result, pages.length]).toEqual([outage, 1]);
  });
});

describe("news of an order", () => {
  const executed = { state: "executed", executedOn: "2026-11-23" } as const;
  const rejected = { state: "rejected", reason: "Нет средств" } as const;
  const ambiguous = { state: "ambiguous", reason: "Две выписки" } as const;

  test("is nothing while the order waits, or for an unknown order", async () => {
    expect(await tell(ordered(), { state: "waiting" })).toEqual([]);
    expect(await tell(ordered(), executed, "other")).toEqual([]);
  });

  test("is the execution, once", async () => {
    const act = ordered();
    const event = {
      type: "onec.payment_executed",
      actor: "onec",
      ref: act.paymentOrder!.ref,
      executedOn: "2026-11-23",
    };
    expect(await tell(act, executed)).toMatchObject([event]);
    const known = { ...act.paymentOrder!, executed: [act.paymentOrder!.ref] };
    expect(await tell({ ...act, paymentOrder: known }, executed)).toEqual([]);
  });

  test.each([rejected, { state: "deleted", reason: "Нет средств" } as const])(
    "is the rejection, once: %o",
    async (state) => {
      const act = ordered();
      const event = { type: "onec.payment_rejected", actor: "onec", ref: act.paymentOrder!.ref, reason: "Нет средств" };
      expect(await tell(act, state)).toMatchObject([event]);
      expect(await tell(ordered({ paymentOrder: aPaymentOrder({ state: "rejected" }) }), state)).toEqual([]);
    },
  );

  test("is no rejection of a former order", async () => {
    const former = { ref: "former", attempt: 1, number: "1", date: "2026-11-20" };
    const act = ordered({ paymentOrder: aPaymentOrder({ attempt: 2, former: [former] }) });
    expect(await tell(act, rejected, "former")).toEqual([]);
    expect(await tell(act, ambiguous, "former")).toEqual([]);
    expect(await tell(act, executed, "former")).toMatchObject([{ type: "onec.payment_executed", ref: "former" }]);
  });

  test("is not looked at again once the act knows it", async () => {
    const paid = aPaymentOrder({ ref: "paid", executed: ["paid"] });
    const refused = aPaymentOrder({ ref: "refused", state: "rejected" });
    const acts = [ordered({ paymentOrder: paid }), ordered({ paymentOrder: refused })];
    const { read } = await check(acts, async () => ({ paid: executed, refused: rejected }));
    expect(read).toEqual([]);
  });

  test("is a problem for two payments that fit, beside no other problem", async () => {
    expect(await tell(ordered(), ambiguous)).toMatchObject([
      { type: "problem.raised", code: "onec_rejected", detail: "Две выписки", field: null, step: null },
    ]);
    const problem = aProblem("act_changed", { step: null, announced: true });
    expect(await tell(ordered({ problem }), ambiguous)).toEqual([]);
    const untold = { ...problem, announced: false };
    expect(await tell(ordered({ problem: untold }), ambiguous)).toMatchObject([{ type: "problem.announced" }]);
  });
});

describe("the end of a payment check", () => {
  const ops = async () => ({ url: "https://ops.example/", keys: await importSecrets(createSecret()) });
  const end = async (progress: CheckPaymentsProgress, failure: AdapterError | null) => {
    const context = aContext({ targets: { ops: await ops() }, fetch: async () => new Response() });
    const { also, ...rest } = endPaymentCheck(context, { ...job, progress }, failure);
    const told = (await also?.(null))?.map((write) => write.type === "job" && write.job.input);
    return { ...rest, told };
  };
  const again = {
    state: "queued",
    dueAt: NOON + 10 * MINUTE,
    attempt: { outcome: "ok", code: null, detail: null, status: null, response: null },
  };
  const timestamp = new Date(NOON).toISOString();
  const told = (code: string, message: string) => [
    { type: "payment.check_failed", timestamp, data: { code, message } },
  ];
  const since = NOON - 15 * MINUTE;

  test("forgets earlier failures after a success", async () => {
    expect(await end({}, null)).toEqual({ ...again, progress: { round: 1 } });
    expect(await end({ round: 4, failing: { since: 1, told: true } }, null)).toEqual({
      ...again,
      progress: { round: 5 },
    });
  });

  test("tells the operator of a refusal at once, and only once", async () => {
    const progress = { round: 1, failing: { since: NOON, told: true } };
    expect(await end({}, refusal)).toEqual({ ...again, progress, told: told("onec_rejected", "Нет прав") });
    expect(await end({ failing: { since, told: true } }, refusal)).toEqual({
      ...again,
      progress: { round: 1, failing: { since, told: true } },
    });
  });

  test("tells the operator of an outage after fifteen minutes", async () => {
    expect(await end({}, outage)).toEqual({ ...again, progress: { round: 1, failing: { since: NOON, told: false } } });
    const recent = { since: since + 1, told: false };
    expect(await end({ failing: recent }, outage)).toEqual({ ...again, progress: { round: 1, failing: recent } });
    const message = "1С не ответила вовремя. Проверим результат и повторим автоматически.";
    expect(await end({ failing: { since, told: false } }, outage)).toEqual({
      ...again,
      progress: { round: 1, failing: { since, told: true } },
      told: told("onec_timeout", message),
    });
  });
});
