import type { Act, ActStatus, Problem } from "./act.ts";
import type { ActEvent } from "./act-event.ts";
import { isRetried, PROBLEMS, type ProblemCode } from "./errors.ts";
import { createActProblemEvent } from "./events.ts";
import type { ActJobType } from "./job.ts";
import type { Decision, LifecycleContext, Move } from "./transition.ts";

const NEEDED: Readonly<Record<ActStatus, readonly ActJobType[]>> = {
  requested: ["counterparty.upsert", "act.create"],
  posted: ["act.print"],
  ready: ["act.print"],
  accepted: ["payment_order.create"],
  payment_ordered: [],
  paid: [],
  declined: ["act.void"],
  voided: ["act.void"],
};

/** Whether an act of this status still waits for the step: a problem at any other step stands in nobody's way. */
export function isNeeded(status: ActStatus, step: ActJobType): boolean {
  return NEEDED[status].includes(step);
}

const MONEY: readonly ProblemCode[] = ["payment_rejected", "payment_unexpected", "payment_doubled"];

type Raised = Extract<ActEvent, { type: "problem.raised" }>;

/**
 * A problem begins to stand: told at once where a person is needed, and once per code. An outage met on the way
 * displaces nothing: neither what needs a person, nor the outage that began it, whose code may change with every call.
 */
export function raise(act: Act, said: Omit<Raised, "type">, context: LifecycleContext): Decision {
  if (said.step !== null && !isNeeded(act.status, said.step)) return "same";
  const standing = act.problem;
  const outage = isRetried(said.code);
  if (standing !== null && outage && standing.code !== said.code) return "same";
  // What is wrong with the money is not displaced by news of the act; the history keeps them.
  if (standing !== null && MONEY.includes(standing.code) && !MONEY.includes(said.code)) return {};
  const former = standing?.code === said.code ? standing : null;
  const fresh = problemOf(said, context);
  const told = former?.announced === true;
  const tell = !told && (!outage || said.announce === true);
  const problem: Problem = { ...fresh, since: former?.since ?? fresh.since, announced: told || tell };
  const order = said.orderRefused === true ? refusePaymentOrder(act) : {};
  return {
    patch: { problem, ...order },
    notify: (troubled) => (tell ? [createActProblemEvent(troubled, problem)] : []),
    to: ["platform", "ops"],
  };
}

/** The order that was being made is known not to exist. */
function refusePaymentOrder(act: Act): Partial<Act> {
  return act.paymentOrder?.state === "creating" ? { paymentOrder: { ...act.paymentOrder, state: "refused" } } : {};
}

function problemOf(
  said: { code: ProblemCode; detail: string | null; field: string | null; step: ActJobType | null },
  context: LifecycleContext,
): Problem {
  const { message, resolver } = PROBLEMS[said.code];
  return {
    code: said.code,
    message: said.detail === null ? message : `${message} ${said.detail}`,
    field: said.field,
    resolver,
    since: context.at,
    step: said.step,
    announced: false,
  };
}

/** A webhook is out of attempts: only the operator can be told. */
export function recordDeadDelivery(act: Act, context: LifecycleContext): Move {
  const problem = problemOf({ code: "delivery_dead", detail: null, field: null, step: null }, context);
  // A platform that does not take notices cannot be told of it by one.
  const patch: Partial<Act> = act.problem === null ? { problem: { ...problem, announced: true } } : {};
  return { patch, to: ["ops"], notify: (troubled) => [createActProblemEvent(troubled, problem)] };
}

/** A retried problem has stood for long: the platform is told. */
export function announce(act: Act): Decision {
  const standing = act.problem;
  if (standing === null || standing.announced) return "same";
  const problem = { ...standing, announced: true };
  return {
    patch: { problem },
    to: ["platform", "ops"],
    notify: (troubled) => [createActProblemEvent(troubled, problem)],
  };
}

/** Success of a step takes away the problem that stood at it. */
export function resolveProblem(act: Act, step: ActJobType): Partial<Act> {
  return act.problem !== null && act.problem.step === step ? { problem: null } : {};
}

/** A step turned out not to be needed: what stood at it stands no more. */
export function skip(act: Act, step: ActJobType): Decision {
  return act.problem?.step === step ? { patch: { problem: null } } : "same";
}

/** A person goes on from a problem. It stands until its step succeeds, so that a retry in vain tells nobody twice. */
export function retry(act: Act, said: Omit<Extract<ActEvent, { type: "operator.retried" }>, "type">): Decision {
  const problem = act.problem;
  if (problem === null || problem.code === "payment_rejected") return "refused";
  const decided = said.period === null ? {} : { decidedPeriod: said.period };
  if (problem.step === null) return { patch: { ...decided, problem: null } };
  // Another card than before: the way begins with it.
  const chosen = said.counterpartyRef !== null && act.status === "requested";
  const step: ActJobType = chosen ? "counterparty.upsert" : problem.step;
  return { patch: decided, steps: said.woken ? [] : [step], reread: true };
}
