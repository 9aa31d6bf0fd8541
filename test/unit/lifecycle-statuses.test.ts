import { describe, expect, test } from "vitest";
import { ACT_STATUSES, type Act } from "../../core/act.ts";
import type { ActEvent } from "../../core/act-event.ts";
import { transition } from "../../core/lifecycle.ts";
import type { LifecycleContext } from "../../core/transition.ts";
import { anAct, aPaymentOrder, aProblem, companyInn, NOON } from "../support/builders.ts";

const context: LifecycleContext = {
  at: NOON,
  actor: "relay",
  organizationInn: companyInn(1),
  destinations: ["platform", "ops"],
};
const document = { ref: "a", number: "1", date: "2026-11-24" };
const period = { from: "2026-11-01", to: "2026-11-24" };
const form = { sha256: "a".repeat(64), bytes: 1 };
const link = { url: "https://relay.example/a.pdf", expiresAt: NOON };

const REPLACED = { type: "act.replaced", revision: 2 } as const;
const VOIDED = { type: "operator.voided", reason: "Ошибка" } as const;
const UPSERTED = { type: "counterparty.upserted", ref: "card", created: false, changed: true } as const;
const CONFIRMED = { type: "act.void_confirmed", found: false, gap: null } as const;
const ONEC_VOIDED = { type: "onec.act_voided", reason: "Дубль", gap: null } as const;

const EVENTS: readonly ActEvent[] = [
  { type: "act.requested", revision: 1 },
  { type: "act.accepted", acceptedAt: NOON, acceptedBy: null },
  { type: "act.declined", declinedAt: NOON, reason: "…" },
  REPLACED,
  UPSERTED,
  { type: "act.created", document, period },
  { type: "act.printed", form, link, document },
  CONFIRMED,
  { type: "step.skipped", step: "act.print" },
  { type: "payment_order.started", ref: "o", attempt: 1 },
  { type: "payment_order.created", ref: "o", number: "1", date: "2026-11-24", startedAt: NOON },
  {
    type: "problem.raised",
    code: "requisites_changed",
    detail: null,
    field: null,
    step: "payment_order.create",
    orderRefused: true,
  },
  { type: "problem.announced" },
  { type: "delivery.died", messageId: "m" },
  { type: "delivery.recovered", messageId: "m" },
  VOIDED,
  { type: "operator.retried", period: null, counterpartyRef: null, woken: false },
  { type: "operator.paid_again" },
  ONEC_VOIDED,
  { type: "onec.act_changed" },
  { type: "onec.payment_executed", ref: "o", executedAt: "2026-11-25", executedOn: "2026-11-25" },
  { type: "onec.payment_rejected", ref: "o", reason: "…" },
];

function move(act: Act, event: ActEvent) {
  const decided = transition(act, event, context);
  if (decided.kind !== "moved") throw new Error(`The transition is ${decided.kind}`);
  return decided;
}

function getResult(act: Act, event: ActEvent) {
  return transition(act, event, context).kind;
}

describe.each(ACT_STATUSES)("an act in %s", (status) => {
  test.each(EVENTS.map((event) => [event.type, event] as const))(
    "answers to %s without a document, a form, an order or a problem",
    (_type, event) => {
      expect(["moved", "same", "refused"]).toContain(getResult(anAct({ status }), event));
    },
  );

  test("refuses its own request", () => {
    expect(getResult(anAct({ status }), { type: "act.requested", revision: 1 })).toBe("refused");
  });

  test("keeps the counterparty's card", () => {
    expect(move(anAct({ status }), UPSERTED).act.counterparty).toEqual({ ref: "card", created: false });
  });
});

test.each(["posted", "ready", "accepted", "payment_ordered", "paid"] as const)(
  "an act in %s is not replaced, even without its document",
  (status) => {
    expect(getResult(anAct({ status, problem: aProblem("print_failed") }), REPLACED)).toBe("refused");
  },
);

test.each(["payment_ordered", "paid"] as const)("an act in %s is not voided, even without its order", (status) => {
  expect(getResult(anAct({ status }), VOIDED)).toBe("refused");
  expect(getResult(anAct({ status, paymentOrder: aPaymentOrder({ state: "refused" }) }), VOIDED)).toBe("refused");
});

test("acceptance ends the problem of a repeated print", () => {
  const problem = aProblem("print_failed", { step: "act.print", announced: true });
  const form = { sha256: "a".repeat(64), bytes: 1 };
  const accepted = { type: "act.accepted", acceptedAt: NOON, acceptedBy: null, pdfSha256: form.sha256 } as const;
  const { act } = move(anAct({ status: "ready", problem, form }), accepted);
  expect(act).toMatchObject({ status: "accepted", problem: null });
});

test("the making of the act ends the problem of the making", () => {
  const problem = aProblem("period_closed", { step: "act.create" });
  const { act } = move(anAct({ problem }), { type: "act.created", document, period });
  expect(act).toMatchObject({ status: "posted", problem: null });
});

test("a print waits only for other jobs of its act, an upsert for all jobs of the counterparty", () => {
  const [print] = move(anAct({ id: "act-1" }), { type: "act.created", document, period }).jobs;
  expect(print).toMatchObject({ type: "act.print", orderKey: "act.print:act-1" });
  const act = anAct();
  const [create] = move(act, UPSERTED).jobs;
  expect(create).toMatchObject({ type: "act.create", orderKey: `${companyInn(1)}:${act.contractor.inn}` });
});

describe("a confirmed void", () => {
  test("is recorded for an act that 1C never made", () => {
    expect(getResult(anAct({ status: "declined", covers: false }), CONFIRMED)).toBe("moved");
  });

  test("ends the problem of the void, though the void was confirmed before", () => {
    const problem = aProblem("onec_rejected", { step: "act.void" });
    const act = anAct({ status: "voided", covers: false, document, problem });
    expect(move(act, CONFIRMED).act.problem).toBe(null);
  });
});

describe("a void in 1C", () => {
  test.each(["requested", "posted", "ready"] as const)("ends an act in %s with 1C's reason", (status) => {
    const { act, jobs } = move(anAct({ status }), ONEC_VOIDED);
    expect(act).toMatchObject({ status: "voided", reason: "Дубль", covers: false });
    expect(jobs[0]?.input).toMatchObject({ type: "act.voided", data: { reason: "Дубль" } });
  });

  test("has a reason of its own when 1C names none", () => {
    const silent = { ...ONEC_VOIDED, reason: null };
    expect(move(anAct({ status: "ready" }), silent).act.reason).toBe("Отменён в 1С");
    expect(move(anAct({ status: "accepted" }), silent).act.problem?.message).toMatch(/ Акт отменён в 1С\.$/);
  });

  test("adds 1C's reason to the problem of an accepted act", () => {
    expect(move(anAct({ status: "accepted" }), ONEC_VOIDED).act.problem?.message).toMatch(/ Дубль$/);
  });
});

test.each([
  ["accepted", "payment_order.create"],
  ["payment_ordered", null],
  ["paid", null],
] as const)("a void in 1C of an act in %s leaves the job %s to a retry", (status, step) => {
  expect(move(anAct({ status }), ONEC_VOIDED).act.problem).toMatchObject({ code: "act_changed", step });
});

test.each([
  ["accepted", "payment_order.create"],
  ["payment_ordered", null],
] as const)("a change in 1C of an act in %s leaves the job %s to a retry", (status, step) => {
  const { act } = move(anAct({ status }), { type: "onec.act_changed" });
  expect(act.problem).toMatchObject({ code: "act_changed", step });
});
