import type { Act } from "../../core/act.ts";
import type { RecordedEvent } from "../../core/act-event.ts";
import type { Attempt, Job } from "../../core/job.ts";
import { isAwaitingPayment } from "../../core/lifecycle-payment.ts";
import type { Counterparty } from "../../core/parties.ts";
import type { InboxEntry } from "../../core/store.ts";
import type { NewRow, Row } from "./schema.ts";

/** An act as its row: everything in `data`, and what is searched by in columns. */
export function toActRow(act: Act): NewRow<"act"> {
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
    awaits_payment: isAwaitingPayment(act) ? 1 : 0,
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
export function toEventRow(event: RecordedEvent): NewRow<"act_event"> {
  const { actId, seq, type, at, actor, status, ...data } = event;
  return { act: actId, seq, type, at, actor, status, data: JSON.stringify(data) };
}

/** The line of an act's history of a row. */
export function toEvent(actId: string, row: Row<"act_event">): RecordedEvent {
  const { seq, type, at, actor, status, data } = row;
  return { ...JSON.parse(data), actId, seq, type, at, actor, status };
}

/** A message as its row. */
export function toJobRow(message: Job): NewRow<"message"> {
  return {
    id: message.id,
    lane: message.queue,
    kind: message.type,
    act_id: message.actId,
    act: message.actId,
    queue_key: message.orderKey,
    endpoint: message.destination,
    payload: JSON.stringify(message.input),
    state: message.state,
    due_at: message.dueAt,
    created_at: message.createdAt,
    attempts: message.attempts,
    attempts_before: message.attemptsBefore,
    awaiting: message.awaiting,
    journal: JSON.stringify(message.progress),
    lease_owner: message.lease?.owner ?? null,
    lease_until: message.lease?.until ?? null,
    lapsed: message.lapsed ? 1 : 0,
  };
}

/** The message of a row. */
export function toJob(row: Row<"message">): Job {
  const { lease_owner: owner, lease_until: until } = row;
  const job = {
    id: row.id,
    queue: row.lane,
    type: row.kind,
    actId: row.act_id,
    orderKey: row.queue_key,
    destination: row.endpoint,
    input: JSON.parse(row.payload),
    state: row.state,
    dueAt: row.due_at,
    createdAt: row.created_at,
    attempts: row.attempts,
    attemptsBefore: row.attempts_before,
    awaiting: row.awaiting,
    progress: JSON.parse(row.journal),
    lease: owner === null || until === null ? null : { owner, until },
    lapsed: row.lapsed === 1,
  }; // The table keeps the fields of one job together, as they were written.
  return job as Job;
}

/** An attempt as its row. */
export function toAttemptRow(attempt: Attempt): NewRow<"attempt"> {
  const { jobId, n, startedAt, finishedAt, outcome, code, detail, status, response } = attempt;
  return {
    message_id: jobId,
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
    jobId: message_id,
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
export function toInboxRow(entry: InboxEntry, claims: boolean): NewRow<"inbox"> {
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
export function toInboxEntry(row: Row<"inbox">): InboxEntry {
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
export function toCounterpartyRow(counterparty: Counterparty): NewRow<"counterparty"> {
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
