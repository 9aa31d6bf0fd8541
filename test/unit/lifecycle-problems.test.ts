import { describe, expect, test } from "vitest";
import type { Act } from "../../core/act.ts";
import type { ActEvent } from "../../core/act-event.ts";
import { PROBLEMS } from "../../core/errors.ts";
import { transition } from "../../core/lifecycle.ts";
import { anAct, aProblem, companyInn, NOON } from "../support/builders.ts";

const context = {
  at: NOON,
  actor: "relay",
  organizationInn: companyInn(1),
  destinations: ["platform", "ops"],
} as const;
const RAISED = { type: "problem.raised", detail: null, field: null } as const;
const RETRIED = { type: "operator.retried", period: null, counterpartyRef: null, woken: false } as const;

function move(act: Act, event: ActEvent) {
  const decided = transition(act, event, context);
  if (decided.kind !== "moved") throw new Error(`The transition is ${decided.kind}`);
  return decided;
}

describe("a problem", () => {
  test.each(["declined", "voided"] as const)("stands at the void of an act in %s", (status) => {
    const { act } = move(anAct({ status }), { ...RAISED, code: "onec_rejected", step: "act.void" });
    expect(act.problem).toMatchObject({ code: "onec_rejected", step: "act.void" });
  });

  test("has the standard sentence alone if 1C says nothing", () => {
    const { act } = move(anAct(), { ...RAISED, code: "bank_unknown", step: "counterparty.upsert" });
    expect(act.problem?.message).toBe(PROBLEMS.bank_unknown.message);
  });

  test("stands after a refused order in an act without an order", () => {
    const refusal = {
      ...RAISED,
      code: "requisites_changed",
      step: "payment_order.create",
      orderRefused: true,
    } as const;
    const { act } = move(anAct({ status: "accepted" }), refusal);
    expect(act).toMatchObject({ paymentOrder: null, problem: { code: "requisites_changed" } });
  });

  test.each(["payment_rejected", "payment_unexpected", "payment_doubled"] as const)(
    "%s does not yield to a changed act",
    (code) => {
      const problem = aProblem(code, { step: null, announced: true });
      const { act, jobs } = move(anAct({ status: "paid", problem }), {
        type: "onec.act_voided",
        reason: null,
        gap: null,
      });
      expect(act.problem).toBe(problem);
      expect(jobs).toEqual([]);
    },
  );

  test("ends when its job is skipped", () => {
    const problem = aProblem("onec_unavailable", { step: "act.print" });
    const skipped = { type: "step.skipped", step: "act.print" } as const;
    expect(move(anAct({ status: "ready", problem }), skipped).act.problem).toBe(null);
  });
});

test("a retry without a period keeps the period of an earlier decision", () => {
  const decidedPeriod = { from: "2026-11-01", to: "2026-11-24" };
  const act = anAct({ decidedPeriod, problem: aProblem("period_closed") });
  expect(move(act, RETRIED).act.decidedPeriod).toEqual(decidedPeriod);
});

test("a dead webhook is told to the operator, and counts as told", () => {
  const { act, jobs } = move(anAct(), { type: "delivery.died", messageId: "m" });
  expect(act.problem).toMatchObject({ code: "delivery_dead", announced: true });
  expect(jobs.map(({ destination }) => destination)).toEqual(["ops"]);
});
