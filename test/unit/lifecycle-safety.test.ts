import { describe, expect, test } from "vitest";
import type { Act } from "../../core/act.ts";
import type { ActEvent } from "../../core/act-event.ts";
import { transition } from "../../core/lifecycle.ts";
import { computeActPeriod } from "../../core/period.ts";
import { anAct, aPaymentOrder, aProblem, companyInn, NOON } from "../support/builders.ts";

const context = {
  at: NOON,
  actor: "relay",
  organizationInn: companyInn(1),
  destinations: ["platform", "ops"],
} as const;

const document = { ref: "a", number: "1", date: "2026-11-24" };

function move(act: Act, event: ActEvent) {
  const decided = transition(act, event, context);
  if (decided.kind !== "moved") throw new Error(`The transition is ${decided.kind}`);
  return decided;
}

/** The webhooks of the transition, each as `endpoint type`. */
function sent(act: Act, event: ActEvent): string[] {
  const { jobs } = move(act, event);
  return jobs.flatMap((job) => (job.type === "webhook" ? [`${job.destination} ${job.input.type}`] : []));
}

const raised = { type: "problem.raised", detail: null, field: null, step: "act.create" } as const;
const retried = { type: "operator.retried", period: null, counterpartyRef: null, woken: false } as const;

describe("a dead delivery", () => {
  const dead = anAct({ status: "accepted", problem: aProblem("delivery_dead", { step: null, announced: true }) });

  test("stays dead when another problem takes its place", () => {
    const changed = { ...raised, code: "act_changed", step: null } as const;
    expect(sent(dead, changed)).toEqual(["platform act.problem", "ops act.problem"]);
  });

  test("is resolved for the operator alone", () => {
    expect(sent(dead, { type: "delivery.recovered", messageId: "msg_1" })).toEqual(["ops act.problem_resolved"]);
  });
});

describe("a problem", () => {
  test("is not raised at a step that the act no longer needs", () => {
    const decided = transition(anAct({ status: "ready" }), { ...raised, code: "bank_unknown" }, context);
    expect(decided.kind).toBe("same");
  });

  test("names the step of the last failure, and keeps the beginning and the report of the outage", () => {
    const since = NOON - 1000;
    const outage = aProblem("onec_unavailable", { step: "counterparty.upsert", since, announced: true });
    const { act, jobs } = move(anAct({ problem: outage }), { ...raised, code: "onec_unavailable" });
    expect(act.problem).toMatchObject({ step: "act.create", since, announced: true });
    expect(jobs).toEqual([]);
  });

  test("keeps a rejected order rejected, not refused: the next order needs a new number", () => {
    const act = anAct({ status: "accepted", document, paymentOrder: aPaymentOrder({ state: "rejected" }) });
    const said = { ...raised, code: "onec_rejected", step: "payment_order.create", orderRefused: true } as const;
    expect(move(act, said).act.paymentOrder?.state).toBe("rejected");
  });

  test("outlives the skipped job of another step", () => {
    const act = anAct({ problem: aProblem("bank_unknown", { step: "counterparty.upsert" }) });
    expect(transition(act, { type: "step.skipped", step: "act.create" }, context).kind).toBe("same");
  });
});

describe("a retry by a person", () => {
  test("reads 1C again before the step", () => {
    const act = anAct({ problem: aProblem("onec_rejected") });
    expect(move(act, retried).jobs.map(({ type, input }) => [type, input])).toEqual([["act.create", { reread: true }]]);
  });

  test("does not look for a card once the act is made", () => {
    const act = anAct({ status: "posted", document, problem: aProblem("print_failed", { step: "act.print" }) });
    const { jobs } = move(act, { ...retried, counterpartyRef: "card" });
    expect(jobs.map(({ type }) => type)).toEqual(["act.print"]);
  });
});

describe("an act", () => {
  test("records one void only", () => {
    const act = anAct({ status: "voided", document, covers: false });
    expect(transition(act, { type: "act.void_confirmed", found: true, gap: null }, context).kind).toBe("same");
  });

  test("remembers the relay as the maker of the card", () => {
    const act = anAct({ counterparty: { ref: "card", created: true } });
    const upserted = { type: "counterparty.upserted", ref: "card", created: false, changed: false } as const;
    expect(move(act, upserted).act.counterparty).toEqual({ ref: "card", created: true });
  });

  test("takes no day inside another act that covers later days", () => {
    const facts = { registeredOn: "2026-01-10", actDate: "2026-01-31", sameDay: "single_day" } as const;
    expect(computeActPeriod({ ...facts, coveredTo: "2026-02-28" })).toBe(null);
    expect(computeActPeriod({ ...facts, coveredTo: "2026-01-31" })).toEqual({ from: "2026-01-31", to: "2026-01-31" });
  });
});
