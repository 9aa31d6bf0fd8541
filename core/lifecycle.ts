import type { Acceptance, Act, ActDocument, ActJobType, ActRequest, ActStatus, PrintedForm } from "./act.ts";
import type { ActEvent, RecordedEvent } from "./act-event.ts";
import type { PlainDate } from "./date.ts";
import {
  createActAcceptedEvent,
  createActProblemResolvedEvent,
  createActReadyEvent,
  createActVoidedEvent,
  type DocumentLink,
  type OperatorEvent,
  type OutboundEvent,
  toPlatformEvent,
} from "./events.ts";
import { createJob, type JobSeed } from "./job.ts";
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
import type { Decision, LifecycleContext, Move, Moved, Transition } from "./transition.ts";

/** End of an act without payment. */
const ASIDE: readonly ActStatus[] = ["declined", "voided"];
const ACCEPTED: readonly ActStatus[] = ["accepted", "payment_ordered", "paid"];
const BEFORE_ACCEPTANCE: readonly ActStatus[] = ["requested", "posted", "ready"];

/** First parts of the order keys of jobs that wait only within the act. */
const WITHIN_ACT: { readonly [step in ActJobType]?: string } = {
  "act.print": "act.print",
  "acceptance.print": "payment_order.create",
  "payment_order.create": "payment_order.create",
};

/** Makes a new act from the platform's request: status `requested`, and the first job. */
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
 * The act's life as one pure function of event and status: no clock, no calls outside.
 * The same act and event always give the same answer, so a commit that lost a race decides anew.
 *
 * ```text
 * event                 requested  posted     ready      accepted    payment_ordered paid          declined, voided
 * --------------------- ---------- ---------- ---------- ----------- --------------- ------------- ----------------
 * act.requested         refused    refused    refused    refused     refused         refused       refused
 * act.accepted          refused    refused    > accepted same 18     same 18         same 18       refused
 *                                             + sheet
 *                                             + order 18
 * act.declined          > declined > declined > declined refused     refused         refused       same
 *                         + void     + void     + void
 * act.replaced          > voided 1 refused    refused    refused     refused         refused       stays
 *                         + void
 * counterparty.upserted stays      stays      stays      stays       stays           stays         stays
 *                         + create
 * act.created           > posted   same       same       same        same            same          stays
 *                         + print                                                                    + void
 * act.printed           refused    > ready 2  stays 2    !changed 3  !changed 3      !changed 3    same
 * acceptance.printed    refused    refused    refused    stays 19    stays 19        stays 19      same
 * act.void_confirmed    stays 4    stays 4    stays 4    stays 4     stays 4         stays 4       stays 4
 * step.skipped          stays 5    stays 5    stays 5    stays 5     stays 5         stays 5       stays 5
 * payment_order.started refused    refused    refused    stays 6     refused         refused       refused
 * payment_order.created same       same       same       > ordered 7 !unexpected 7   !unexpected 7 !unexpected 7
 * problem.raised        !code 8    !code 8    !code 8    !code 8     !code 8         !code 8       !code 8
 * problem.announced     stays 9    stays 9    stays 9    stays 9     stays 9         stays 9       stays 9
 * delivery.died         !dead 10   !dead 10   !dead 10   !dead 10    !dead 10        !dead 10      !dead 10
 * delivery.recovered    stays 11   stays 11   stays 11   stays 11    stays 11        stays 11      stays 11
 * operator.voided       > voided   > voided   > voided   > voided 12 refused         refused       same
 *                         + void     + void     + void     + void
 * operator.retried      stays 13   stays 13   stays 13   stays 13    stays 13        stays 13      stays 13
 * operator.paid_again   refused    refused    refused    refused     > accepted 14   > accepted 14 refused
 *                                                                      + order         + order
 * onec.act_voided       > voided   > voided   > voided   !changed    !changed        !changed      stays 15
 * onec.act_changed      refused    stays      stays      !changed    !changed        stays         refused
 *                                    + print    + print
 * onec.payment_executed refused    refused    refused    > paid 16   > paid 16       !doubled 16   !unexpected 16
 * onec.payment_rejected refused    refused    refused    refused     !rejected 17    !rejected 17  refused
 * ```
 *
 * - `> x`: the new status is x. `stays`: the event is recorded, and the status stays.
 * - `same`: nothing to do, nothing is recorded. `refused`: the event does not fit, nothing is recorded.
 * - `+ x`: a new job. `order`: `payment_order.create`; `sheet`: `acceptance.print`; others: `act.create`, `act.print`,
 *   `act.void`.
 * - `!x`: recorded with a problem, and the status stays. `!changed`: `act_changed`. `!dead`: `delivery_dead`.
 *   `!unexpected`, `!doubled`, `!rejected`: `payment_unexpected`, `payment_doubled`, `payment_rejected`.
 * - A payment problem yields only to a payment problem: any other `!x` is then recorded and raises nothing.
 * - A new status ends the problem of a job that the new status does not need.
 *
 * 1. Needs a problem and no document in 1C; otherwise `refused`.
 * 2. A new form sends `act.ready`, an equal form nothing. `refused` without a period or a counterparty.
 * 3. `same` for an equal form.
 * 4. Ends `covers` and a problem of `act.void`. Once confirmed, ends only such a problem; otherwise `same`.
 * 5. Ends the problem of the skipped job; otherwise `same`.
 * 6. `same` while the order with this reference is being created.
 * 7. A former order without a number is `!unexpected`. In `accepted`, the act's own order gives `> payment_ordered`, and
 *    `+ sheet` without an accepted form and its problem. Otherwise `same`.
 * 8. `same` if the status does not need the job. Also `same` for an outage while a problem of another code stands.
 * 9. `same` without a problem, and for an announced problem.
 * 10. An earlier problem stays; the operator is told in any case.
 * 11. Ends `delivery_dead`; otherwise `same`.
 * 12. `refused` with an order, unless 1C has refused the order.
 * 13. `+` the job of the problem, unless the job still waits. A problem without a job ends. Another card in `requested`
 *     gives `+ counterparty.upsert`. `refused` without a problem, and for `payment_rejected`.
 * 14. Needs a rejected order and no executed order; otherwise `refused`.
 * 15. `same` if the act does not cover its period.
 * 16. `refused` for an unknown order, and for the current order if still `creating`, or `refused` by 1C.
 *     `same` for an order recorded as executed. In `paid`, the first executed order raises no `!doubled`.
 *     A former order in `> paid` is also `!unexpected`, unless the current order is rejected or refused.
 * 17. `same` for a former order, and for an order recorded as rejected.
 * 18. `form_changed` for the hash of another form. In `ready` also without a hash, if the form is younger than the
 *     acceptance.
 * 19. `same` if the act has the accepted form already.
 */
export function transition(act: Act, event: ActEvent, context: LifecycleContext): Transition {
  const decision = decide(act, event, context);
  if (typeof decision === "string") return { kind: decision };
  return apply(act, event, decision, context);
}

function apply(before: Act, event: ActEvent, move: Move, context: LifecycleContext): Moved {
  const patched: Act = { ...before, ...move.patch, seq: before.seq + 1, updatedAt: context.at };
  const step = patched.problem?.step ?? null;
  const act: Act = step !== null && !isNeeded(patched.status, step) ? { ...patched, problem: null } : patched;
  const { at, actor } = context;
  const recorded: RecordedEvent = { ...event, actId: act.id, seq: act.seq, at, actor, status: act.status };
  const ended = before.problem?.announced && before.problem.code !== act.problem?.code ? before.problem : null;
  // A webhook stays dead when another problem displaces `delivery_dead`.
  const resolved = ended?.code === "delivery_dead" && event.type !== "delivery.recovered" ? null : ended;
  const createWebhookSeeds = (to: readonly string[], outbound: readonly (OutboundEvent | OperatorEvent)[]) =>
    context.destinations
      .filter((destination) => to.includes(destination))
      .flatMap((destination) => outbound.map((sent) => createWebhookSeed(recorded, destination, sent)));
  const seeds: JobSeed[] = [
    ...(move.steps ?? []).map((step) => createJobSeed(act, step, move.reread === true, context)),
    // The receivers of a problem also receive its end. The platform was never told of a dead webhook.
    ...createWebhookSeeds(
      resolved?.code === "delivery_dead" ? ["ops"] : ["platform", "ops"],
      resolved === null ? [] : [createActProblemResolvedEvent(act, resolved)],
    ),
    ...createWebhookSeeds(move.to ?? ["platform"], move.notify?.(act) ?? []),
  ];
  const jobs = seeds.map((seed, n) => createJob(formatJobId(recorded, n), recorded.at, seed));
  return { kind: "moved", act, event: recorded, jobs };
}

/**
 * Id of the n-th job of an act's event; also a valid webhook-id. The id is stable, so a repeated transition cannot make
 * a second job. The time comes first, so that an index of ids grows at the end.
 */
function formatJobId({ actId, seq, at }: RecordedEvent, n: number): string {
  return `msg_${at.toString(16).padStart(12, "0")}${actId.replaceAll("-", "")}_${seq}_${n}`;
}

/** Makes a webhook about an act, in the order of the act's events. The body is the same at every attempt. */
function createWebhookSeed(
  event: RecordedEvent,
  destination: string,
  outbound: OutboundEvent | OperatorEvent,
): JobSeed {
  // The head fixes the order of keys: type, timestamp, seq, data.
  const head = { type: outbound.type, timestamp: new Date(event.at).toISOString(), seq: event.seq };
  return {
    queue: "webhook",
    type: "webhook",
    actId: event.actId,
    orderKey: `${destination}:${event.actId}`,
    destination,
    input: { ...head, ...(destination === "platform" ? toPlatformEvent(outbound) : outbound) },
  };
}

/**
 * Upsert, create and void of one counterparty share an order key. Forms and orders wait only within the act: the order
 * waits for the accepted form, because its webhook carries the form's address.
 */
function createJobSeed(act: Act, step: ActJobType, reread: boolean, context: LifecycleContext): JobSeed {
  const within = WITHIN_ACT[step];
  const orderKey =
    within === undefined
      ? formatCounterpartyOrderKey(context.organizationInn, act.contractor.inn)
      : `${within}:${act.id}`;
  const input = reread ? { reread } : {};
  return { queue: "accounting", type: step, actId: act.id, orderKey, destination: "accounting", input };
}

function decide(act: Act, event: ActEvent, context: LifecycleContext): Decision {
  switch (event.type) {
    case "act.requested":
      return "refused";
    case "act.accepted":
      return accept(act, event);
    case "act.declined":
      return decline(act, event.reason);
    case "act.replaced":
      return replace(act);
    case "counterparty.upserted":
      return recordCounterparty(act, event);
    case "act.created":
      return recordCreatedAct(act, event.document, event.period);
    case "act.printed":
      return recordPrintedForm(act, event, context);
    case "acceptance.printed":
      return recordAcceptedForm(act, event.form);
    case "act.void_confirmed":
      return confirmVoid(act);
    case "step.skipped":
      return skip(act, event.step);
    case "payment_order.started":
      return startPaymentOrder(act, event.ref, event.attempt);
    case "payment_order.created":
      return recordPaymentOrder(act, event, context);
    case "problem.raised":
      return raise(act, event, context);
    case "problem.announced":
      return announce(act);
    case "delivery.died":
      return recordDeadDelivery(act, context);
    case "delivery.recovered":
      return act.problem?.code === "delivery_dead" ? { patch: { problem: null } } : "same";
    case "operator.voided":
      return voidByOperator(act, event.reason);
    case "operator.retried":
      return retry(act, event);
    case "operator.paid_again":
      return payAgain(act);
    case "onec.act_voided":
      return recordOnecVoid(act, event, context);
    case "onec.act_changed":
      return recordOnecChange(act, context);
    case "onec.payment_executed":
      return recordPayment(act, event, context);
    case "onec.payment_rejected":
      return recordPaymentRejection(act, event, context);
  }
}

function accept(act: Act, facts: Acceptance): Decision {
  const { acceptedAt, acceptedBy, pdfSha256 = null } = facts;
  const seesOther = pdfSha256 !== null && pdfSha256 !== act.form?.sha256;
  if (ACCEPTED.includes(act.status)) return seesOther ? "form_changed" : "same";
  const { form } = act;
  if (act.status !== "ready" || form === null) return "refused";
  // Without a hash only the time tells which form the agent saw.
  const isOlder = pdfSha256 === null && acceptedAt < (form.printedAt ?? act.updatedAt);
  if (seesOther || isOlder) return "form_changed";
  return {
    patch: { status: "accepted", acceptedAt, acceptedBy },
    steps: ["acceptance.print", "payment_order.create"],
    to: ["ops"],
    notify: (accepted) => [createActAcceptedEvent(accepted, form, facts)],
  };
}

function decline(act: Act, reason: string): Decision {
  if (ASIDE.includes(act.status)) return "same";
  if (!BEFORE_ACCEPTANCE.includes(act.status)) return "refused";
  return setAside("declined", reason);
}

/**
 * Ends the act without payment. 1C voids any existing document: a call may be running right now. After a restore from a
 * backup, 1C may also hold an act unknown to the relay.
 */
function setAside(status: "declined" | "voided", reason: string): Move {
  return { patch: { status, reason, problem: null }, steps: ["act.void"] };
}

function replace(act: Act): Decision {
  if (ASIDE.includes(act.status)) return {};
  if (act.status !== "requested" || act.problem === null || act.document !== null) return "refused";
  return setAside("voided", "Заменён новой редакцией");
}

function recordCounterparty(act: Act, facts: { ref: string; created: boolean }): Decision {
  const counterparty = { ref: facts.ref, created: facts.created || act.counterparty?.created === true };
  if (act.status !== "requested") return { patch: { counterparty } };
  return { patch: { counterparty, ...resolveProblem(act, "counterparty.upsert") }, steps: ["act.create"] };
}

function recordCreatedAct(act: Act, document: ActDocument, period: Period): Decision {
  const made = { document, period, covers: true };
  // The act ended during the call. A void may already wait behind this job, or may have come too early.
  if (ASIDE.includes(act.status)) return { patch: made, steps: ["act.void"] };
  if (act.status !== "requested") return "same";
  return { patch: { ...made, status: "posted" }, steps: ["act.print"] };
}

function recordPrintedForm(
  act: Act,
  facts: { form: PrintedForm; link: DocumentLink; document: ActDocument },
  context: LifecycleContext,
): Decision {
  const unchanged = act.form?.sha256 === facts.form.sha256;
  if (ACCEPTED.includes(act.status)) {
    if (unchanged) return "same";
    return raise(act, { code: "act_changed", detail: null, field: null, step: null }, context);
  }
  if (ASIDE.includes(act.status)) return "same";
  const { period, counterparty } = act;
  if (period === null || counterparty === null) return "refused";
  const { link, document } = facts;
  const form = unchanged ? act.form : { ...facts.form, printedAt: context.at };
  const patch: Partial<Act> = { status: "ready", form, document, ...resolveProblem(act, "act.print") };
  const tell = (printed: Act) => createActReadyEvent({ ...printed, document, period, counterparty }, form, link);
  return { patch, notify: (printed) => (unchanged ? [] : [tell(printed)]) };
}

function recordAcceptedForm(act: Act, form: PrintedForm): Decision {
  if (ASIDE.includes(act.status)) return "same";
  if (!ACCEPTED.includes(act.status)) return "refused";
  return act.acceptedForm === undefined
    ? { patch: { acceptedForm: form, ...resolveProblem(act, "acceptance.print") } }
    : "same";
}

function confirmVoid(act: Act): Decision {
  // An earlier void or 1C itself has confirmed the void before.
  if (!act.covers && act.document !== null) return skip(act, "act.void");
  return { patch: { covers: false, ...resolveProblem(act, "act.void") } };
}

/** Tells whether the act has no payment order and no running call can make an order. */
function hasNoOrder(act: Act): boolean {
  return act.paymentOrder === null || act.paymentOrder.state === "refused";
}

function voidByOperator(act: Act, reason: string): Decision {
  if (ASIDE.includes(act.status)) return "same";
  const open = BEFORE_ACCEPTANCE.includes(act.status) || (act.status === "accepted" && hasNoOrder(act));
  if (!open) return "refused";
  return { ...setAside("voided", reason), notify: (voided) => [createActVoidedEvent(voided, reason)] };
}

function recordOnecVoid(act: Act, facts: { reason: string | null }, context: LifecycleContext): Decision {
  if (ASIDE.includes(act.status)) return act.covers ? { patch: { covers: false } } : "same";
  if (ACCEPTED.includes(act.status)) {
    const detail = facts.reason ?? "Акт отменён в 1С.";
    const step = act.status === "accepted" ? "payment_order.create" : null;
    return raise(act, { code: "act_changed", detail, field: null, step }, context);
  }
  const reason = facts.reason ?? "Отменён в 1С";
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
