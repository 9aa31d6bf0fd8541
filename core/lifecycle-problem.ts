import type { Act, ActJobType, ActStatus, Problem } from "./act.ts";
import type { ActEvent } from "./act-event.ts";
import { isRetried, PROBLEMS, type ProblemCode } from "./errors.ts";
import { createActProblemEvent } from "./events.ts";
import type { Decision, LifecycleContext, Move } from "./transition.ts";

const NEEDED: Readonly<Record<ActStatus, readonly ActJobType[]>> = {
  requested: ["counterparty.upsert", "act.create"],
  posted: ["act.print"],
  ready: ["act.print"],
  accepted: ["acceptance.print", "payment_order.create"],
  payment_ordered: ["acceptance.print"],
  paid: ["acceptance.print"],
  declined: ["act.void"],
  voided: ["act.void"],
};

/** Tells whether an act in this status still needs the job; a problem of any other job blocks nothing. */
export function isNeeded(status: ActStatus, step: ActJobType): boolean {
  return NEEDED[status].includes(step);
}

const MONEY: readonly ProblemCode[] = ["payment_rejected", "payment_unexpected", "payment_doubled"];

type Raised = Extract<ActEvent, { type: "problem.raised" }>;

/**
 * Raises a problem. A problem for a person is announced at once, and once per code. An outage displaces no other
 * problem. The first outage also stays, since the code may change with every call.
 */
export function raise(act: Act, facts: Omit<Raised, "type">, context: LifecycleContext): Decision {
  if (facts.step !== null && !isNeeded(act.status, facts.step)) return "same";
  const current = act.problem;
  if (current !== null && isRetried(facts.code) && current.code !== facts.code) return "same";
  // A money problem stays until a person acts; news of the act goes to the history only.
  if (current !== null && MONEY.includes(current.code) && !MONEY.includes(facts.code)) return {};
  return replaceProblem(act, facts, context);
}

/** Raises a problem in place of any other problem. */
export function replaceProblem(
  act: Act,
  facts: Omit<Raised, "type">,
  context: LifecycleContext,
): Required<Pick<Move, "patch" | "notify" | "to">> {
  const former = act.problem?.code === facts.code ? act.problem : null;
  const created = createProblem(facts, context);
  const told = former?.announced === true;
  const tell = !told && (!isRetried(facts.code) || facts.announce === true);
  const problem: Problem = { ...created, since: former?.since ?? created.since, announced: told || tell };
  const order = facts.orderRefused === true ? refusePaymentOrder(act) : {};
  return {
    patch: { problem, ...order },
    notify: (after) => (tell ? [createActProblemEvent(after, problem)] : []),
    to: ["platform", "ops"],
  };
}

/** Records that 1C has certainly not made the order. */
function refusePaymentOrder(act: Act): Partial<Act> {
  return act.paymentOrder?.state === "creating" ? { paymentOrder: { ...act.paymentOrder, state: "refused" } } : {};
}

function createProblem(facts: Omit<Raised, "type">, { at }: LifecycleContext): Omit<Problem, "announced"> {
  const { code, detail, field, step } = facts;
  const { message: general, resolver } = PROBLEMS[code];
  const message = detail === null ? general : `${general} ${detail}`;
  return { code, message, field, resolver, since: at, step };
}

/** Records a webhook without attempts left: only the operator can be told. */
export function recordDeadDelivery(act: Act, context: LifecycleContext): Move {
  const created = createProblem({ code: "delivery_dead", detail: null, field: null, step: null }, context);
  // A webhook cannot tell a platform about its own dead webhooks, so the problem counts as announced.
  const problem: Problem = { ...created, announced: true };
  const patch: Partial<Act> = act.problem === null ? { problem } : {};
  return { patch, to: ["ops"], notify: (after) => [createActProblemEvent(after, problem)] };
}

/** Announces a retried problem that has stood for long. */
export function announce(act: Act): Decision {
  const current = act.problem;
  if (current === null || current.announced) return "same";
  const problem = { ...current, announced: true };
  return { patch: { problem }, to: ["platform", "ops"], notify: (after) => [createActProblemEvent(after, problem)] };
}

/** The success of a job ends the problem of the job. */
export function resolveProblem(act: Act, step: ActJobType): Partial<Act> {
  return act.problem !== null && act.problem.step === step ? { problem: null } : {};
}

/** Records an unnecessary job: the problem of the job ends. */
export function skip(act: Act, step: ActJobType): Decision {
  return act.problem?.step === step ? { patch: { problem: null } } : "same";
}

/** Retries after a person's decision. The problem stays until the job succeeds, so a failed retry is not announced. */
export function retry(act: Act, facts: Omit<Extract<ActEvent, { type: "operator.retried" }>, "type">): Decision {
  const problem = act.problem;
  if (problem === null || problem.code === "payment_rejected") return "refused";
  const decided = facts.period === null ? {} : { decidedPeriod: facts.period };
  if (problem.step === null) return { patch: { ...decided, problem: null } };
  // A person chose another card: the work begins again with the card.
  const chosen = facts.counterpartyRef !== null && act.status === "requested";
  const step: ActJobType = chosen ? "counterparty.upsert" : problem.step;
  return { patch: decided, steps: facts.woken ? [] : [step], reread: true };
}
