import type { Act } from "../../core/act.ts";
import type { RecordedEvent } from "../../core/act-event.ts";
import type { Attempt, Job } from "../../core/job.ts";
import { isAwaitingPayment } from "../../core/lifecycle-payment.ts";
import type { Contractor, Counterparty } from "../../core/parties.ts";
import type { InboxEntry } from "../../core/store.ts";
import type { NewRow, Row } from "./schema.ts";

/** Makes the row of an act: `data` holds the whole act, other columns hold the searched fields. */
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

export function toAct(row: Pick<Row<"act">, "data">): Act {
  return JSON.parse(row.data) as Act;
}

export function toEventRow(event: RecordedEvent): NewRow<"act_event"> {
  const { actId, seq, type, at, actor, status, ...data } = event;
  return { act: actId, seq, type, at, actor, status, data: JSON.stringify(data) };
}

export function toEvent(actId: string, row: Row<"act_event">): RecordedEvent {
  const { seq, type, at, actor, status, data } = row;
  return { ...JSON.parse(data), actId, seq, type, at, actor, status };
}

export function toJobRow(job: Job): NewRow<"message"> {
  return {
    id: job.id,
    lane: job.queue,
    kind: job.type,
    act_id: job.actId,
    act: job.actId,
    queue_key: job.orderKey,
    endpoint: job.destination,
    payload: JSON.stringify(job.input),
    state: job.state,
    due_at: job.dueAt,
    created_at: job.createdAt,
    attempts: job.attempts,
    attempts_before: job.attemptsBefore,
    awaiting: job.awaiting,
    journal: JSON.stringify(job.progress),
    lease_owner: job.lease?.owner ?? null,
    lease_until: job.lease?.until ?? null,
    lapsed: job.lapsed ? 1 : 0,
  };
}

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
  }; // A row was written from one job, so the fields match the type.
  return job as Job;
}

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

/** Makes the row of a received event. `claims`: the entry reserves its webhook id. */
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

export function toCounterpartyRow(counterparty: Counterparty): NewRow<"counterparty"> {
  const { key, boundRef, confirmed, owners, asOf, contractor } = counterparty;
  return {
    key,
    bound_ref: boundRef,
    confirmed: confirmed ? 1 : 0,
    as_of: asOf,
    contractor: JSON.stringify(contractor),
    owners: JSON.stringify(owners),
  };
}

export function toCounterparty(row: Row<"counterparty">): Counterparty {
  const { key, bound_ref, confirmed, as_of, owners } = row;
  const contractor = JSON.parse(row.contractor) as Contractor;
  return {
    key,
    boundRef: bound_ref,
    confirmed: confirmed === 1,
    owners: owners === null ? [contractor.id] : (JSON.parse(owners) as readonly string[]),
    asOf: as_of,
    contractor,
  };
}

/** Converts a blob to plain bytes. Depending on the driver, a blob is a Buffer, an ArrayBuffer or a list of numbers. */
export function toBytes(blob: Uint8Array | ArrayBuffer | readonly number[]): Uint8Array {
  return blob instanceof ArrayBuffer ? new Uint8Array(blob.slice(0)) : Uint8Array.from(blob);
}
