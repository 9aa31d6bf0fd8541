import type { Act, ActDocument, ActRequest, ActStatus, PrintedForm } from "./act.ts";
import type { ActEvent, RecordedEvent } from "./act-event.ts";
import type { PlainDate } from "./date.ts";
import {
  createActProblemResolvedEvent,
  createActReadyEvent,
  createActVoidedEvent,
  type DocumentLink,
  type OutboundEvent,
} from "./events.ts";
import { type ActJobType, type JobSeed, newJob } from "./job.ts";
import {
  payAgain,
  recordPayment,
  recordPaymentOrder,
  recordPaymentRejection,
  startPaymentOrder,
} from "./lifecycle-payment.ts";
import { announce, isNeeded, raise, recordDeadDelivery, resolveProblem, retry, skip } from "./lifecycle-problem.ts";
import { formatCounterpartyKey, formatCounterpartyOrderKey } from "./parties.ts";
import type { Period } from "./period.ts";
import type { Decision, LifecycleContext, Move, Transition } from "./transition.ts";

/** Statuses beside the way: nothing more comes of the act. */
const ASIDE: readonly ActStatus[] = ["declined", "voided"];
const ACCEPTED: readonly ActStatus[] = ["accepted", "payment_ordered", "paid"];
const BEFORE_ACCEPTANCE: readonly ActStatus[] = ["requested", "posted", "ready"];

/** A new act from what the platform asked for: status `requested`, and the message that begins the work. */
export function requestAct(
  id: string,
  request: ActRequest,
  facts: { readonly asOf: number; readonly date: PlainDate },
  context: LifecycleContext,
): Extract<Transition, { kind: "moved" }> {
  const act: Act = {
    id,
    ...request,
    ...facts,
    status: "requested",
    seq: 0,
    counterpartyKey: formatCounterpartyKey(context.organizationInn, request.contractor),
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
  return apply(act, { type: "act.requested", revision: request.revision }, { steps: ["counterparty.upsert"] }, context);
}

/**
 * The act's life as one pure function over status × event. It reads no clock and calls nobody; the same act and event
 * always give the same answer, so a commit that lost a race is simply decided anew.
 */
export function transition(act: Act, happening: ActEvent, context: LifecycleContext): Transition {
  const decision = decide(act, happening, context);
  if (decision === "same" || decision === "refused") return { kind: decision };
  return apply(act, happening, decision, context);
}

function apply(
  before: Act,
  happened: ActEvent,
  move: Move,
  context: LifecycleContext,
): Extract<Transition, { kind: "moved" }> {
  const patched: Act = { ...before, ...move.patch, seq: before.seq + 1, updatedAt: context.at };
  const step = patched.problem?.step ?? null;
  const act: Act = step !== null && !isNeeded(patched.status, step) ? { ...patched, problem: null } : patched;
  const event: RecordedEvent = {
    ...happened,
    actId: act.id,
    seq: act.seq,
    at: context.at,
    actor: context.actor,
    status: act.status,
  };
  const gone = before.problem?.announced && before.problem.code !== act.problem?.code ? before.problem : null;
  // A dead delivery that something else displaces is as dead as before.
  const resolved = gone?.code === "delivery_dead" && happened.type !== "delivery.recovered" ? null : gone;
  const tell = (to: readonly string[], notices: readonly OutboundEvent[]) =>
    context.endpoints
      .filter((endpoint) => to.includes(endpoint))
      .flatMap((endpoint) => notices.map((notice) => webhookSeed(event, endpoint, notice)));
  const seeds: JobSeed[] = [
    ...(move.steps ?? []).map((step) => createStepSeed(act, step, move.reread === true, context)),
    // Who was told of a problem is told that it is over; of a dead delivery the platform was not.
    ...tell(
      resolved?.code === "delivery_dead" ? ["ops"] : ["platform", "ops"],
      resolved === null ? [] : [createActProblemResolvedEvent(act, resolved)],
    ),
    ...tell(move.to ?? ["platform"], move.notify?.(act) ?? []),
  ];
  return { kind: "moved", act, event, jobs: seeds.map((seed, n) => newJob(jobId(event, n), event.at, seed)) };
}

/**
 * Id of the n-th job of an act's event. It is stable, so a repeated transition cannot double the job, and it can be a
 * webhook-id. It begins with the time, so that an index of ids grows at its end.
 */
function jobId({ actId, seq, at }: RecordedEvent, n: number): string {
  return `msg_${at.toString(16).padStart(12, "0")}${actId.replaceAll("-", "")}_${seq}_${n}`;
}

/** A webhook about an act, in the act's own order. The body is fixed here: it is the same at every attempt. */
function webhookSeed(event: RecordedEvent, destination: string, told: OutboundEvent): JobSeed {
  // The head fixes the order of keys: type, timestamp, seq, data.
  const head = { type: told.type, timestamp: new Date(event.at).toISOString(), seq: event.seq };
  return {
    queue: "webhook",
    type: "webhook",
    actId: event.actId,
    orderKey: `${destination}:${event.actId}`,
    destination,
    input: { ...head, ...told },
  };
}

/** Upsert, create and void of one counterparty wait for each other; forms and orders wait for those of their own act. */
function createStepSeed(act: Act, step: ActJobType, reread: boolean, context: LifecycleContext): JobSeed {
  const orderKey =
    step === "payment_order.create" || step === "act.print"
      ? `${step}:${act.id}`
      : formatCounterpartyOrderKey(context.organizationInn, act.contractor.inn);
  const input = reread ? { reread } : {};
  return { queue: "accounting", type: step, actId: act.id, orderKey, destination: "accounting", input };
}

function decide(act: Act, happening: ActEvent, context: LifecycleContext): Decision {
  switch (happening.type) {
    case "act.requested":
      return "refused";
    case "act.accepted":
      return accept(act, happening);
    case "act.declined":
      return decline(act, happening.reason);
    case "act.replaced":
      return replace(act);
    case "counterparty.upserted":
      return recordCounterparty(act, happening);
    case "act.created":
      return recordCreatedAct(act, happening.document, happening.period);
    case "act.printed":
      return recordPrintedForm(act, happening, context);
    case "act.void_confirmed":
      return confirmVoid(act);
    case "step.skipped":
      return skip(act, happening.step);
    case "payment_order.started":
      return startPaymentOrder(act, happening.ref, happening.attempt);
    case "payment_order.created":
      return recordPaymentOrder(act, happening, context);
    case "problem.raised":
      return raise(act, happening, context);
    case "problem.announced":
      return announce(act);
    case "delivery.died":
      return recordDeadDelivery(act, context);
    case "delivery.recovered":
      return act.problem?.code === "delivery_dead" ? { patch: { problem: null } } : "same";
    case "operator.voided":
      return voidByOperator(act, happening.reason);
    case "operator.retried":
      return retry(act, happening);
    case "operator.paid_again":
      return payAgain(act);
    case "onec.act_voided":
      return recordOnecVoid(act, happening, context);
    case "onec.act_changed":
      return recordOnecChange(act, context);
    case "onec.payment_executed":
      return recordPayment(act, happening, context);
    case "onec.payment_rejected":
      return recordPaymentRejection(act, happening, context);
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
  return setAside("declined", reason);
}

/**
 * Takes an act off the way. 1C is asked to void whatever may be there: a call can be on its way right now, and after a
 * restore from a backup the act may be there without our knowing.
 */
function setAside(status: "declined" | "voided", reason: string): Move {
  return { patch: { status, reason, problem: null }, steps: ["act.void"] };
}

function replace(act: Act): Decision {
  if (ASIDE.includes(act.status)) return {};
  if (act.status !== "requested" || act.problem === null || act.document !== null) return "refused";
  return setAside("voided", "Заменён новой редакцией");
}

function recordCounterparty(act: Act, said: { ref: string; created: boolean }): Decision {
  const counterparty = { ref: said.ref, created: said.created || act.counterparty?.created === true };
  if (act.status !== "requested") return { patch: { counterparty } };
  return { patch: { counterparty, ...resolveProblem(act, "counterparty.upsert") }, steps: ["act.create"] };
}

function recordCreatedAct(act: Act, document: ActDocument, period: Period): Decision {
  const made = { document, period, covers: true };
  // Declined or voided while the call was on its way. A void may already wait behind us, or may have come too early.
  if (ASIDE.includes(act.status)) return { patch: made, steps: ["act.void"] };
  if (act.status !== "requested") return "same";
  return { patch: { ...made, status: "posted", ...resolveProblem(act, "act.create") }, steps: ["act.print"] };
}

function recordPrintedForm(
  act: Act,
  said: { form: PrintedForm; link: DocumentLink; document: ActDocument },
  context: LifecycleContext,
): Decision {
  if (ACCEPTED.includes(act.status)) {
    if (act.form?.sha256 === said.form.sha256) return "same";
    return raise(act, { code: "act_changed", detail: null, field: null, step: null }, context);
  }
  if (ASIDE.includes(act.status)) return "same";
  const { period, counterparty } = act;
  if (period === null || counterparty === null) return "refused";
  const { form, link, document } = said;
  const patch: Partial<Act> = {
    status: "ready",
    form,
    document,
    ...resolveProblem(act, "act.print"),
  };
  const unchanged = act.status === "ready" && act.form?.sha256 === form.sha256;
  const tell = (printed: Act) => createActReadyEvent({ ...printed, document, period, counterparty }, form, link);
  return { patch, notify: (printed) => (unchanged ? [] : [tell(printed)]) };
}

function confirmVoid(act: Act): Decision {
  // Confirmed before, by an earlier void or by 1C itself.
  if (!act.covers && act.document !== null) return skip(act, "act.void");
  return { patch: { covers: false, ...resolveProblem(act, "act.void") } };
}

/** No payment order exists or can come to exist by a call that is on its way. */
function hasNoOrder(act: Act): boolean {
  return act.paymentOrder === null || act.paymentOrder.state === "refused";
}

function voidByOperator(act: Act, reason: string): Decision {
  if (ASIDE.includes(act.status)) return "same";
  const open = BEFORE_ACCEPTANCE.includes(act.status) || (act.status === "accepted" && hasNoOrder(act));
  if (!open) return "refused";
  return { ...setAside("voided", reason), notify: (voided) => [createActVoidedEvent(voided, reason)] };
}

function recordOnecVoid(act: Act, said: { reason: string | null }, context: LifecycleContext): Decision {
  if (ASIDE.includes(act.status)) return act.covers ? { patch: { covers: false } } : "same";
  if (ACCEPTED.includes(act.status)) {
    const detail = said.reason ?? "Акт отменён в 1С.";
    const step = act.status === "accepted" ? "payment_order.create" : null;
    return raise(act, { code: "act_changed", detail, field: null, step }, context);
  }
  const reason = said.reason ?? "Отменён в 1С";
  return {
    patch: { status: "voided", reason, covers: false, problem: null },
    notify: (voided) => [createActVoidedEvent(voided, reason)],
  };
}

function recordOnecChange(act: Act, context: LifecycleContext): Decision {
  if (act.status === "requested" || ASIDE.includes(act.status)) return "refused";
  if (act.status === "posted" || act.status === "ready") return { steps: ["act.print"], reread: true };
  if (act.status === "paid") return {};
  const step = act.status === "accepted" ? "payment_order.create" : null;
  return raise(act, { code: "act_changed", detail: null, field: null, step }, context);
}
