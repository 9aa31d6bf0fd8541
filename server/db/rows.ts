import type { Act, ActEvent } from "../../core/act.ts";
import type { Counterparty } from "../../core/counterparty.ts";
import { awaitsPayment } from "../../core/payment-flow.ts";
import type { Attempt, Message } from "../../core/relay/message.ts";
import type { InboxEntry } from "../../core/store.ts";
import type { NewRow, Row } from "./schema.ts";

/** An act as its row: everything in `data`, and what is searched by in columns. */
export function actRow(act: Act): NewRow<"act"> {
  const { problem } = act;
  return {
    id: act.id,
    payout_id: act.payoutId,
    revision: act.revision,
    status: act.status,
    inn: act.contractor.inn,
    counterparty_ref: act.counterparty?.ref ?? null,
    counterparty_key: act.counterpartyKey,
    covered_to: act.covers ? (act.period?.to ?? null) : null,
    awaits_payment: awaitsPayment(act) ? 1 : 0,
    problem_code: problem?.code ?? null,
    unannounced_since: problem?.announced === false ? problem.since : null,
    updated_at: act.updatedAt,
    data: JSON.stringify(act),
  };
}

/** The act of a row. */
export function toAct(row: Pick<Row<"act">, "data">): Act {
  return JSON.parse(row.data) as Act;
}

/** A line of history as its row. */
export function eventRow(event: ActEvent): NewRow<"act_event"> {
  const { actId, data, ...rest } = event;
  return {
    act: actId,
    seq: rest.seq,
    type: rest.type,
    at: rest.at,
    actor: rest.actor,
    status: rest.status,
    data: JSON.stringify(data),
  };
}

/** The line of an act's history of a row. */
export function toEvent(actId: string, row: Row<"act_event">): ActEvent {
  const { seq, type, at, actor, status, data } = row;
  return {
    actId,
    seq,
    type,
    at,
    actor: actor as ActEvent["actor"],
    status: status as ActEvent["status"],
    data: JSON.parse(data) as ActEvent["data"],
  };
}

/** A message as its row. */
export function messageRow(message: Message): NewRow<"message"> {
  return {
    id: message.id,
    lane: message.lane,
    kind: message.kind,
    act_id: message.actId,
    act: message.actId,
    queue_key: message.queueKey,
    endpoint: message.endpoint,
    payload: JSON.stringify(message.payload),
    state: message.state,
    due_at: message.dueAt,
    created_at: message.createdAt,
    attempts: message.attempts,
    attempts_before: message.attemptsBefore,
    journal: JSON.stringify(message.journal),
    lease_owner: message.lease?.owner ?? null,
    lease_until: message.lease?.until ?? null,
    lapsed: message.lapsed ? 1 : 0,
  };
}

/** The message of a row. */
export function toMessage(row: Row<"message">): Message {
  const { lease_owner: owner, lease_until: until } = row;
  return {
    id: row.id,
    lane: row.lane,
    kind: row.kind,
    actId: row.act_id,
    queueKey: row.queue_key,
    endpoint: row.endpoint,
    payload: JSON.parse(row.payload) as Message["payload"],
    state: row.state,
    dueAt: row.due_at,
    createdAt: row.created_at,
    attempts: row.attempts,
    attemptsBefore: row.attempts_before,
    journal: JSON.parse(row.journal) as Message["journal"],
    lease: owner === null || until === null ? null : { owner, until },
    lapsed: row.lapsed === 1,
  };
}

/** An attempt as its row. */
export function attemptRow(attempt: Attempt): NewRow<"attempt"> {
  const { messageId, n, startedAt, finishedAt, outcome, code, detail, status, response } = attempt;
  return {
    message_id: messageId,
    n,
    started_at: startedAt,
    finished_at: finishedAt,
    outcome,
    code,
    detail,
    status,
    response,
  };
}

/** The attempt of a row. */
export function toAttempt(row: Row<"attempt">): Attempt {
  const { message_id, n, started_at, finished_at, outcome, code, detail, status, response } = row;
  return {
    messageId: message_id,
    n,
    startedAt: started_at,
    finishedAt: finished_at,
    outcome,
    code,
    detail,
    status,
    response,
  };
}

/** A received event as its row. */
export function inboxRow(entry: InboxEntry, claims: boolean): NewRow<"inbox"> {
  return {
    id: entry.id,
    source: entry.source,
    webhook_id: entry.webhookId,
    claim_key: claims ? `${entry.source}:${entry.webhookId}` : null,
    received_at: entry.receivedAt,
    type: entry.type,
    outcome: entry.outcome,
    code: entry.code,
    detail: entry.detail,
    act_id: entry.actId,
    body_hash: entry.bodyHash,
    body: entry.body,
  };
}

/** The received event of a row. */
export function toEntry(row: Row<"inbox">): InboxEntry {
  return {
    id: row.id,
    source: row.source,
    webhookId: row.webhook_id,
    receivedAt: row.received_at,
    type: row.type,
    outcome: row.outcome,
    code: row.code,
    detail: row.detail,
    actId: row.act_id,
    bodyHash: row.body_hash,
    body: row.body === null ? null : toBytes(row.body),
  };
}

/** A counterparty as its row. */
export function counterpartyRow(counterparty: Counterparty): NewRow<"counterparty"> {
  const { key, boundRef, confirmed, asOf, contractor } = counterparty;
  return {
    key,
    bound_ref: boundRef,
    confirmed: confirmed ? 1 : 0,
    as_of: asOf,
    contractor: JSON.stringify(contractor),
  };
}

/** The counterparty of a row. */
export function toCounterparty(row: Row<"counterparty">): Counterparty {
  const { key, bound_ref, confirmed, as_of, contractor } = row;
  return {
    key,
    boundRef: bound_ref,
    confirmed: confirmed === 1,
    asOf: as_of,
    contractor: JSON.parse(contractor) as Counterparty["contractor"],
  };
}

/** Plain bytes of a blob, whatever a driver makes of one: a Buffer, an ArrayBuffer, a list of numbers. */
export function toBytes(blob: Uint8Array | ArrayBuffer | readonly number[]): Uint8Array {
  return blob instanceof ArrayBuffer ? new Uint8Array(blob.slice(0)) : Uint8Array.from(blob);
}
