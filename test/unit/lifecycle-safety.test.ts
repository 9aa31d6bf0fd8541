import { describe, expect, test } from "vitest";
import { type Happening, transition } from "../../core/lifecycle.ts";
import { anAct, aProblem, companyInn, NOON } from "../support/builders.ts";

const context = {
  at: NOON,
  actor: "relay",
  organizationInn: companyInn(1),
  endpoints: ["platform", "ops"],
} as const;

/** The webhooks of the transition, each as `endpoint type`. */
function sent(act: Parameters<typeof transition>[0], happening: Happening): string[] {
  const moved = transition(act, happening, context);
  if (moved.kind !== "moved") throw new Error(moved.kind);
  return moved.messages.filter(({ lane }) => lane === "webhook").map((one) => `${one.endpoint} ${one.payload.type}`);
}

describe("the lifecycle", () => {
  const dead = anAct({ status: "accepted", problem: aProblem("delivery_dead", { step: null, announced: true }) });

  test("keeps a dead delivery dead when another problem takes its place", () => {
    const said = { code: "act_changed", detail: null, field: null, step: null } as const;
    expect(sent(dead, { type: "problem.raised", ...said })).toEqual(["platform act.problem", "ops act.problem"]);
  });

  test("tells the operator alone that a dead delivery has recovered", () => {
    expect(sent(dead, { type: "delivery.recovered", messageId: "msg_1" })).toEqual(["ops act.problem_resolved"]);
  });
});
