import type { Act, ActDocument, ActEvent, Actor, ActRequest, ActStatus, PrintedForm, Problem, Step } from "./act.ts";
import { counterpartyKey, counterpartyQueue } from "./counterparty.ts";
import type { PlainDate } from "./date.ts";
import { isRetried, PROBLEMS, type ProblemCode } from "./errors.ts";
import {
  actMessages,
  actProblem,
  actProblemResolved,
  actReady,
  actVoided,
  type DocumentLink,
  type MessageSeed,
  type Notice,
  paymentExecuted,
  paymentOrderCreated,
  paymentRejected,
  webhook,
} from "./notices.ts";
import type { Period } from "./period.ts";
import type { Message } from "./relay/message.ts";

/** What can happen to an act. Facts only: everything that had to be looked up or computed is in the event. */
export type Happening =
  | { readonly type: "act.accepted"; readonly acceptedAt: number; readonly acceptedBy: string | null }
  | { readonly type: "act.declined"; readonly declinedAt: number; readonly reason: string }
  | { readonly type: "act.replaced"; readonly revision: number }
  | {
      readonly type: "counterparty.upserted";
      readonly ref: string;
      readonly created: boolean;
      readonly changed: boolean;
    }
  | { readonly type: "act.created"; readonly document: ActDocument; readonly period: Period }
  | {
      readonly type: "act.printed";
      readonly form: PrintedForm;
      readonly link: DocumentLink;
      readonly document: ActDocument;
    }
  | { readonly type: "act.void_confirmed"; readonly found: boolean; readonly gap: Period | null }
  | { readonly type: "payment_order.started"; readonly ref: string; readonly attempt: number }
  | { readonly type: "payment_order.created"; readonly ref: string; readonly number: string; readonly date: PlainDate }
  | {
      readonly type: "problem.raised";
      readonly code: ProblemCode;
      /** 1C's own words or candidates; follows the standard sentence. */
      readonly detail: string | null;
      readonly field: string | null;
      readonly step: Step | null;
    }
  | { readonly type: "problem.announced" }
  | { readonly type: "delivery.died"; readonly messageId: string }
  | { readonly type: "delivery.recovered"; readonly messageId: string }
  | { readonly type: "operator.voided"; readonly reason: string }
  | {
      readonly type: "operator.retried";
      readonly period: Period | null;
      readonly counterpartyRef: string | null;
      /** The step's message still waits and was only woken. */
      readonly woken: boolean;
    }
  | { readonly type: "operator.paid_again" }
  | { readonly type: "onec.act_voided"; readonly reason: string | null; readonly gap: Period | null }
  | { readonly type: "onec.act_changed" }
  | { readonly type: "onec.payment_executed"; readonly executedAt: string; readonly executedOn: PlainDate }
  | { readonly type: "onec.payment_rejected"; readonly reason: string };

/** What a transition needs to know besides the act and what happened. */
export interface LifecycleContext {
  /** Epoch ms. */
  readonly at: number;
  readonly actor: Actor;
  /** INN of the organisation that pays. */
  readonly organizationInn: string;
  /** Who is told: `platform`, and `ops` where an operator's address is set. */
  readonly endpoints: readonly string[];
}

/**
 * `moved`: the act after the event, the event, and the messages it gives rise to, to be committed together ·
 * `same`: it is already so, nothing to do · `refused`: it does not fit the act's state.
 */
export type Transition =
  | { readonly kind: "moved"; readonly act: Act; readonly event: ActEvent; readonly messages: readonly Message[] }
  | { readonly kind: "same" }
  | { readonly kind: "refused" };

/** The part of a transition that a handler decides. */
interface Move {
  readonly patch?: Partial<Act>;
  readonly steps?: readonly Step[];
  /** 1C's document may differ from ours: the steps read it again first. */
  readonly reread?: boolean;
  /** What the outside is told, made from the act after the event. */
  readonly notify?: (act: Act) => readonly Notice[];
  /** Who is told: the platform unless said otherwise. */
  readonly to?: readonly string[];
}

type Decision = Move | "same" | "refused";

/** Statuses beside the way: nothing more comes of the act. */
const ASIDE: readonly ActStatus[] = ["declined", "voided"];
const ACCEPTED: readonly ActStatus[] = ["accepted", "payment_ordered", "paid"];
const BEFORE_ACCEPTANCE: readonly ActStatus[] = ["requested", "posted", "ready"];

/** A new act from what the platform asked for: status `requested`, and the message that begins the work. */
export function requestAct(
  id: string,
  request: ActRequest,
  facts: { readonly contentHash: string; readonly asOf: number; readonly date: PlainDate },
  context: LifecycleContext,
): Extract<Transition, { kind: "moved" }> {
  const act: Act = {
    id,
    ...request,
    ...facts,
    status: "requested",
    seq: 0,
    counterpartyKey: counterpartyKey(context.organizationInn, request.contractor),
    counterparty: null,
    period: null,
    decidedPeriod: null,
    document: null,
    covers: false,
    form: null,
    acceptedAt: null,
    acceptedBy: null,
    paymentOrder: null,
    paidOn: null,
    reason: null,
    problem: null,
    updatedAt: context.at,
  };
  return apply(act, "act.requested", { revision: request.revision }, { steps: ["counterparty.upsert"] }, context);
}

/**
 * The act's life as one pure function over status × event. It reads no clock and calls nobody; the same act and event
 * always give the same answer, so a commit that lost a race is simply decided anew.
 */
export function transition(act: Act, happening: Happening, context: LifecycleContext): Transition {
  const decision = decide(act, happening, context);
  if (decision === "same" || decision === "refused") return { kind: decision };
  const { type, ...data } = happening;
  return apply(act, type, data, decision, context);
}

function apply(
  before: Act,
  type: string,
  data: Readonly<Record<string, unknown>>,
  move: Move,
  context: LifecycleContext,
): Extract<Transition, { kind: "moved" }> {
  const act: Act = { ...before, ...move.patch, seq: before.seq + 1, updatedAt: context.at };
  const event: ActEvent = {
    actId: act.id,
    seq: act.seq,
    type,
    at: context.at,
    actor: context.actor,
    status: act.status,
    data,
  };
  const resolved = before.problem?.announced && before.problem.code !== act.problem?.code ? before.problem : null;
  const tell = (to: readonly string[], notices: readonly Notice[]) =>
    context.endpoints
      .filter((endpoint) => to.includes(endpoint))
      .flatMap((endpoint) => notices.map((notice) => webhook(event, endpoint, notice)));
  const seeds: MessageSeed[] = [
    ...(move.steps ?? []).map((step) => stepMessage(act, step, move.reread === true, context)),
    // Who was told of a problem is told that it is over.
    ...tell(["platform", "ops"], resolved === null ? [] : [actProblemResolved(act, resolved)]),
    ...tell(move.to ?? ["platform"], move.notify?.(act) ?? []),
  ];
  return { kind: "moved", act, event, messages: actMessages(event, seeds) };
}

/** Upsert, create and void of one counterparty wait for each other; forms of one act do; payment orders for nobody. */
function stepMessage(act: Act, step: Step, reread: boolean, context: LifecycleContext): MessageSeed {
  const queueKey =
    step === "payment_order.create"
      ? null
      : step === "act.print"
        ? `print:${act.id}`
        : counterpartyQueue(context.organizationInn, act.contractor.inn);
  return { lane: "accounting", kind: step, queueKey, endpoint: "accounting", payload: reread ? { reread } : {} };
}

function decide(act: Act, happening: Happening, context: LifecycleContext): Decision {
  switch (happening.type) {
    case "act.accepted":
      return accept(act, happening);
    case "act.declined":
      return decline(act, happening.reason);
    case "act.replaced":
      return replace(act);
    case "counterparty.upserted":
      return counterpartyUpserted(act, happening);
    case "act.created":
      return actCreated(act, happening.document, happening.period);
    case "act.printed":
      return actPrinted(act, happening, context);
    case "act.void_confirmed":
      return { patch: { covers: false, ...solved(act, "act.void") } };
    case "payment_order.started":
      return paymentOrderStarted(act, happening.ref, happening.attempt);
    case "payment_order.created":
      return paymentOrderMade(act, happening);
    case "problem.raised":
      return raise(act, happening, context);
    case "problem.announced":
      return announce(act);
    case "delivery.died":
      return deliveryDied(act, context);
    case "delivery.recovered":
      return act.problem?.code === "delivery_dead" ? { patch: { problem: null } } : "same";
    case "operator.voided":
      return voidByOperator(act, happening.reason);
    case "operator.retried":
      return retry(act, happening.period, happening.woken);
    case "operator.paid_again":
      return payAgain(act);
    case "onec.act_voided":
      return voidedInOnec(act, happening, context);
    case "onec.act_changed":
      return changedInOnec(act, context);
    case "onec.payment_executed":
      return paymentDone(act, happening);
    case "onec.payment_rejected":
      return paymentRefused(act, happening.reason, context);
  }
}

function accept(act: Act, said: { acceptedAt: number; acceptedBy: string | null }): Decision {
  if (ACCEPTED.includes(act.status)) return "same";
  if (act.status !== "ready") return "refused";
  return {
    patch: { status: "accepted", acceptedAt: said.acceptedAt, acceptedBy: said.acceptedBy },
    steps: ["payment_order.create"],
  };
}

function decline(act: Act, reason: string): Decision {
  if (ASIDE.includes(act.status)) return "same";
  if (!BEFORE_ACCEPTANCE.includes(act.status)) return "refused";
  return aside(act, "declined", reason);
}

/** Takes an act off the way. 1C is asked to void whatever may have got there: a call can be on its way right now. */
function aside(act: Act, status: "declined" | "voided", reason: string): Move {
  return {
    patch: { status, reason, problem: null },
    steps: act.counterparty === null ? [] : ["act.void"],
  };
}

function replace(act: Act): Decision {
  if (ASIDE.includes(act.status)) return {};
  if (act.status !== "requested" || act.problem === null || act.document !== null) return "refused";
  return aside(act, "voided", "Заменён новой редакцией");
}

function counterpartyUpserted(act: Act, said: { ref: string; created: boolean }): Decision {
  const counterparty = { ref: said.ref, created: said.created || act.counterparty?.created === true };
  if (act.status !== "requested") return { patch: { counterparty } };
  return { patch: { counterparty, ...solved(act, "counterparty.upsert") }, steps: ["act.create"] };
}

function actCreated(act: Act, document: ActDocument, period: Period): Decision {
  const made = { document, period, covers: true };
  // Declined or voided while the call was on its way: its void waits behind us in the counterparty's queue.
  if (ASIDE.includes(act.status)) return { patch: made };
  if (act.status !== "requested") return "same";
  return { patch: { ...made, status: "posted", ...solved(act, "act.create") }, steps: ["act.print"] };
}

function actPrinted(
  act: Act,
  said: { form: PrintedForm; link: DocumentLink; document: ActDocument },
  context: LifecycleContext,
): Decision {
  if (ACCEPTED.includes(act.status)) {
    if (act.form?.sha256 === said.form.sha256) return "same";
    return raise(act, { code: "act_changed", detail: null, field: null, step: null }, context);
  }
  if (ASIDE.includes(act.status)) return "same";
  const patch: Partial<Act> = {
    status: "ready",
    form: said.form,
    document: said.document,
    ...solved(act, "act.print"),
  };
  const unchanged = act.status === "ready" && act.form?.sha256 === said.form.sha256;
  return { patch, notify: (printed) => (unchanged ? [] : [actReady(printed, said.form, said.link)]) };
}

function paymentOrderStarted(act: Act, ref: string, attempt: number): Decision {
  if (act.status !== "accepted") return "refused";
  if (act.paymentOrder?.ref === ref && act.paymentOrder.state === "creating") return "same";
  return { patch: { paymentOrder: { ref, attempt, state: "creating", number: null, date: null } } };
}

function paymentOrderMade(act: Act, made: { ref: string; number: string; date: PlainDate }): Decision {
  if (act.status !== "accepted" || act.paymentOrder?.ref !== made.ref) return "same";
  return {
    patch: {
      status: "payment_ordered",
      paymentOrder: { ...act.paymentOrder, state: "made", number: made.number, date: made.date },
      ...solved(act, "payment_order.create"),
    },
    notify: (ordered) => [paymentOrderCreated(ordered, made)],
  };
}

function raise(
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

function deliveryDied(act: Act, context: LifecycleContext): Move {
  const problem = problemOf("delivery_dead", null, null, null, context);
  const patch: Partial<Act> = act.problem === null ? { problem } : {};
  return { patch, to: ["ops"], notify: (troubled) => [actProblem(troubled, problem)] };
}

function announce(act: Act): Decision {
  const standing = act.problem;
  if (standing === null || standing.announced) return "same";
  const problem = { ...standing, announced: true };
  return { patch: { problem }, to: ["platform", "ops"], notify: (troubled) => [actProblem(troubled, problem)] };
}

/** Success of a step takes away the problem that stood at it. */
function solved(act: Act, step: Step): Partial<Act> {
  return act.problem !== null && act.problem.step === step ? { problem: null } : {};
}

/** No payment order exists or can come to exist by a call that is on its way. */
function noOrder(act: Act): boolean {
  return act.paymentOrder === null || act.paymentOrder.state === "refused";
}

function voidByOperator(act: Act, reason: string): Decision {
  if (ASIDE.includes(act.status)) return "same";
  const open = BEFORE_ACCEPTANCE.includes(act.status) || (act.status === "accepted" && noOrder(act));
  if (!open) return "refused";
  return { ...aside(act, "voided", reason), notify: (voided) => [actVoided(voided, reason)] };
}

function retry(act: Act, period: Period | null, woken: boolean): Decision {
  const problem = act.problem;
  if (problem === null || problem.code === "payment_rejected") return "refused";
  const decided = period === null ? {} : { decidedPeriod: period };
  // The problem stands until the step succeeds, so that a retry in vain does not tell people twice.
  if (problem.step === null) return { patch: { ...decided, problem: null } };
  return { patch: decided, steps: woken ? [] : [problem.step], reread: true };
}

function payAgain(act: Act): Decision {
  if (act.problem?.code !== "payment_rejected") return "refused";
  return { patch: { status: "accepted", paidOn: null, problem: null }, steps: ["payment_order.create"] };
}

function voidedInOnec(act: Act, said: { reason: string | null }, context: LifecycleContext): Decision {
  if (ASIDE.includes(act.status)) return act.covers ? { patch: { covers: false } } : "same";
  if (ACCEPTED.includes(act.status)) {
    const detail = said.reason ?? "Акт отменён в 1С.";
    const step = act.status === "accepted" ? "payment_order.create" : null;
    return raise(act, { code: "act_changed", detail, field: null, step }, context);
  }
  const reason = said.reason ?? "Отменён в 1С";
  return {
    patch: { status: "voided", reason, covers: false, problem: null },
    notify: (voided) => [actVoided(voided, reason)],
  };
}

function changedInOnec(act: Act, context: LifecycleContext): Decision {
  if (act.status === "requested" || ASIDE.includes(act.status)) return "refused";
  if (act.status === "posted" || act.status === "ready") return { steps: ["act.print"], reread: true };
  if (act.status === "paid") return {};
  const step = act.status === "accepted" ? "payment_order.create" : null;
  return raise(act, { code: "act_changed", detail: null, field: null, step }, context);
}

function paymentDone(act: Act, said: { executedAt: string; executedOn: PlainDate }): Decision {
  if (act.status === "paid") return "same";
  if (act.status !== "payment_ordered") return "refused";
  const problem = act.problem?.code === "payment_rejected" ? null : act.problem;
  return {
    patch: { status: "paid", paidOn: said.executedOn, problem },
    notify: (paid) => [paymentExecuted(paid, said.executedAt)],
  };
}

function paymentRefused(act: Act, reason: string, context: LifecycleContext): Decision {
  if (act.status !== "payment_ordered" && act.status !== "paid") return "refused";
  if (act.problem?.code === "payment_rejected") return "same";
  const raised = raise(act, { code: "payment_rejected", detail: reason, field: null, step: null }, context);
  return {
    ...raised,
    notify: (refused) => [paymentRejected(refused, reason), ...(raised.notify?.(refused) ?? [])],
  };
}
