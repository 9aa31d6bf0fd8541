import type { Act, ActEvent, PrintedForm, Problem } from "./act.ts";
import { isRetried } from "./errors.ts";
import { formatMoney, vatInside } from "./money.ts";
import type { Lane, Message, MessageKind } from "./relay/message.ts";

/** A signed, expiring address of the printed form. `expiresAt` is epoch ms. */
export interface DocumentLink {
  readonly url: string;
  readonly expiresAt: number;
}

/** An event for the outside: type and data of the wire contract. */
export interface Notice {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Fields that every event about an act carries. */
function subject(act: Act): Record<string, unknown> {
  return { actId: act.id, payoutId: act.payoutId, revision: act.revision };
}

/** `act.ready`: the printed form can be opened. */
export function actReady(act: Act, form: PrintedForm, link: DocumentLink): Notice {
  return {
    type: "act.ready",
    data: {
      ...subject(act),
      number: act.document?.number,
      date: act.document?.date,
      period: act.period,
      amount: formatMoney(act.amount),
      vatAmount: formatMoney(vatInside(act.amount, act.vat)),
      counterparty: { inn: act.contractor.inn, ref: act.counterparty?.ref, created: act.counterparty?.created },
      pdf: { url: link.url, sha256: form.sha256, bytes: form.bytes, expiresAt: new Date(link.expiresAt).toISOString() },
    },
  };
}

/** `act.problem`: something stands in the act's way. */
export function actProblem(act: Act, problem: Problem): Notice {
  return {
    type: "act.problem",
    data: {
      ...subject(act),
      code: problem.code,
      message: problem.message,
      ...(problem.field === null ? {} : { field: problem.field }),
      resolver: problem.resolver,
      retrying: isRetried(problem.code),
    },
  };
}

/** `act.problem_resolved` */
export function actProblemResolved(act: Act, problem: Problem): Notice {
  return { type: "act.problem_resolved", data: { ...subject(act), code: problem.code } };
}

/** `act.voided`: by the operator or in 1C. */
export function actVoided(act: Act, reason: string): Notice {
  return { type: "act.voided", data: { ...subject(act), reason } };
}

/** `payment_order.created` */
export function paymentOrderCreated(act: Act, order: { ref: string; number: string; date: string }): Notice {
  return {
    type: "payment_order.created",
    data: {
      ...subject(act),
      number: order.number,
      date: order.date,
      amount: formatMoney(act.amount),
      ref: order.ref,
    },
  };
}

/** `payment.executed`; `executedAt` as 1C told it: an instant or a plain date. */
export function paymentExecuted(act: Act, executedAt: string): Notice {
  return { type: "payment.executed", data: { ...subject(act), executedAt } };
}

/** `payment.rejected` */
export function paymentRejected(act: Act, reason: string): Notice {
  return { type: "payment.rejected", data: { ...subject(act), reason } };
}

/**
 * Id of the n-th message of an act's event: stable, so a repeated transition can't double it; usable as webhook-id. It
 * begins with the time, so that an index of ids grows at its end.
 */
function messageId({ actId, seq, at }: ActEvent, n: number): string {
  return `msg_${at.toString(16).padStart(12, "0")}${actId.replaceAll("-", "")}_${seq}_${n}`;
}

/** What a message is made of; the rest follows from the act and its event. */
export interface MessageSeed {
  readonly lane: Lane;
  readonly kind: MessageKind;
  readonly queueKey: string | null;
  readonly endpoint: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Messages of one event of an act, in order. */
export function actMessages(event: ActEvent, seeds: readonly MessageSeed[]): readonly Message[] {
  return seeds.map((seed, n) => newMessage(messageId(event, n), event.actId, event.at, seed));
}

/** A message that is due at once. */
export function newMessage(id: string, actId: string | null, at: number, seed: MessageSeed): Message {
  return {
    ...seed,
    id,
    actId,
    state: "queued",
    dueAt: at,
    createdAt: at,
    attempts: 0,
    attemptsBefore: 0,
    journal: {},
    lease: null,
    lapsed: false,
  };
}

/** A webhook about an act, in the act's own order. The body is fixed here: it is the same at every attempt. */
export function webhook(event: ActEvent, endpoint: string, notice: Notice): MessageSeed {
  return {
    lane: "webhook",
    kind: "webhook",
    queueKey: `${endpoint}:${event.actId}`,
    endpoint,
    payload: {
      type: notice.type,
      timestamp: new Date(event.at).toISOString(),
      seq: event.seq,
      data: notice.data,
    },
  };
}
