import type { Act, Problem, Step } from "./act.ts";
import { isRetried, PROBLEMS, type ProblemCode } from "./errors.ts";
import type { Decision, LifecycleContext, Move } from "./happening.ts";
import { actProblem } from "./notices.ts";
import type { Period } from "./period.ts";

/** A problem begins to stand: told at once where a person is needed, and once per code. */
export function raise(
  act: Act,
  said: { code: ProblemCode; detail: string | null; field: string | null; step: Step | null },
  context: LifecycleContext,
): Move {
  const standing = act.problem?.code === said.code ? act.problem : null;
  const fresh = problemOf(said.code, said.detail, said.field, said.step, context);
  const tell = !fresh.announced && !isRetried(said.code) && standing?.announced !== true;
  const problem: Problem = {
    ...fresh,
    since: standing?.since ?? fresh.since,
    announced: fresh.announced || tell || standing?.announced === true,
  };
  // An order that 1C refused was not made: the act can be voided again.
  const refused =
    said.step === "payment_order.create" && !isRetried(said.code) && act.paymentOrder?.state === "creating";
  const order: Partial<Act> = refused ? { paymentOrder: { ...act.paymentOrder, state: "refused" } } : {};
  return {
    patch: { problem, ...order },
    notify: (troubled) => (tell ? [actProblem(troubled, problem)] : []),
    to: ["platform", "ops"],
  };
}

function problemOf(
  code: ProblemCode,
  detail: string | null,
  field: string | null,
  step: Step | null,
  context: LifecycleContext,
): Problem {
  const { message, resolver } = PROBLEMS[code];
  return {
    code,
    message: detail === null ? message : `${message} ${detail}`,
    field,
    resolver,
    since: context.at,
    step,
    // A platform that does not take notices cannot be told of it by one.
    announced: code === "delivery_dead",
  };
}

/** A webhook is out of attempts: only the operator can be told. */
export function deliveryDied(act: Act, context: LifecycleContext): Move {
  const problem = problemOf("delivery_dead", null, null, null, context);
  const patch: Partial<Act> = act.problem === null ? { problem } : {};
  return { patch, to: ["ops"], notify: (troubled) => [actProblem(troubled, problem)] };
}

/** A retried problem has stood for long: the platform is told. */
export function announce(act: Act): Decision {
  const standing = act.problem;
  if (standing === null || standing.announced) return "same";
  const problem = { ...standing, announced: true };
  return { patch: { problem }, to: ["platform", "ops"], notify: (troubled) => [actProblem(troubled, problem)] };
}

/** Success of a step takes away the problem that stood at it. */
export function solved(act: Act, step: Step): Partial<Act> {
  return act.problem !== null && act.problem.step === step ? { problem: null } : {};
}

/** A person goes on from a problem. It stands until its step succeeds, so that a retry in vain tells nobody twice. */
export function retry(act: Act, period: Period | null, woken: boolean): Decision {
  const problem = act.problem;
  if (problem === null || problem.code === "payment_rejected") return "refused";
  const decided = period === null ? {} : { decidedPeriod: period };
  if (problem.step === null) return { patch: { ...decided, problem: null } };
  return { patch: decided, steps: woken ? [] : [problem.step], reread: true };
}

/** A person wants a new payment order after the former was rejected. */
export function payAgain(act: Act): Decision {
  if (act.problem?.code !== "payment_rejected") return "refused";
  return { patch: { status: "accepted", paidOn: null, problem: null }, steps: ["payment_order.create"] };
}
