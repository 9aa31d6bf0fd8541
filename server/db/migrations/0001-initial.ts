import type { ColumnTypes } from "./dialects.ts";
import type { Migration } from "./migration.ts";

/**
 * All tables of the first version. Rows of an act refer to the act's position, a growing number. Ids have no order.
 * Over a long history, an index over ids costs each event an extra page to read, log and checkpoint.
 */
export const initial: Migration = {
  name: "0001-initial",
  statements: (types) => [
    ...defineActTables(types),
    ...defineJobTables(types),
    ...defineInboxTable(types),
    ...defineRecordTables(types),
  ],
};

function defineActTables({ serial, integer, tableOptions, busyTableOptions }: ColumnTypes): string[] {
  return [
    `create table act (
      position ${serial},
      id text not null unique,
      payout_id text not null,
      revision ${integer} not null,
      status text not null,
      inn text not null,
      counterparty_ref text,
      counterparty_key text not null,
      covered_to text,
      awaits_payment ${integer} not null,
      problem_code text,
      unannounced_since ${integer},
      updated_at ${integer} not null,
      data text not null
    ) ${busyTableOptions}`,
    "create index act_payout on act (payout_id, revision)",
    "create index act_status on act (status, position)",
    "create index act_inn on act (inn, position)",
    "create index act_covered_ref on act (counterparty_ref, covered_to) where covered_to is not null",
    "create index act_covered_key on act (counterparty_key, covered_to) where covered_to is not null",
    "create index act_awaits_payment on act (id) where awaits_payment = 1",
    "create index act_problem on act (position) where problem_code is not null",
    "create index act_unannounced on act (unannounced_since, id) where unannounced_since is not null",
    // All payment orders of an act, earlier orders too: 1C may still report an earlier order.
    `create table payment_order (
      ref text not null primary key,
      act_id text not null
    ) ${tableOptions}`,
    `create table act_event (
      act ${integer} not null,
      seq ${integer} not null,
      type text not null,
      at ${integer} not null,
      actor text not null,
      status text not null,
      data text not null,
      primary key (act, seq)
    ) ${tableOptions}`,
  ];
}

/** Ended jobs soon outnumber open jobs a thousand to one: frequent queries have a partial index over open jobs. */
function defineJobTables({ serial, integer, tableOptions, busyTableOptions }: ColumnTypes): string[] {
  return [
    `create table message (
      position ${serial},
      id text not null unique,
      lane text not null,
      kind text not null,
      act_id text,
      act ${integer},
      queue_key text,
      endpoint text not null,
      payload text not null,
      state text not null,
      due_at ${integer} not null,
      created_at ${integer} not null,
      attempts ${integer} not null,
      attempts_before ${integer} not null,
      journal text not null,
      lease_owner text,
      lease_until ${integer},
      lapsed ${integer} not null,
      lease_guard ${integer} not null default 1
    ) ${busyTableOptions}`,
    "create index message_queue on message (lane, position, due_at) where state = 'queued'",
    "create index message_leased on message (lane, lease_until) where state = 'queued' and lease_owner is not null",
    "create index message_key on message (lane, queue_key, position) where state in ('queued', 'parked') and queue_key is not null",
    "create index message_open on message (lane, due_at, act_id) where state in ('queued', 'parked')",
    "create index message_settled on message (due_at) where state not in ('queued', 'parked')",
    "create index message_state on message (state, position, lane)",
    "create index message_act on message (act, position) where act is not null",
    `create table attempt (
      message_id text not null references message (id) on delete cascade,
      n ${integer} not null,
      started_at ${integer} not null,
      finished_at ${integer} not null,
      outcome text not null,
      code text,
      detail text,
      status ${integer},
      response text,
      primary key (message_id, n)
    ) ${tableOptions}`,
  ];
}

function defineInboxTable({ integer, bytes, tableOptions }: ColumnTypes): string[] {
  return [
    `create table inbox (
      id text not null primary key,
      source text not null,
      webhook_id text not null,
      claim_key text unique,
      received_at ${integer} not null,
      type text,
      outcome text not null,
      code text,
      detail text,
      act_id text,
      body_hash text not null,
      body ${bytes}
    ) ${tableOptions}`,
    "create index inbox_received on inbox (received_at)",
  ];
}

function defineRecordTables({ integer, bytes, tableOptions }: ColumnTypes): string[] {
  return [
    `create table form_prefix (hash text not null primary key, data ${bytes} not null) ${tableOptions}`,
    `create table form (
      act_id text not null primary key,
      sha256 text not null,
      bytes ${integer} not null,
      prefix_hash text references form_prefix (hash),
      tail ${bytes} not null
    ) ${tableOptions}`,
    `create table counterparty (
      key text not null primary key,
      bound_ref text,
      confirmed ${integer} not null,
      as_of ${integer} not null,
      contractor text not null
    ) ${tableOptions}`,
    `create table endpoint (name text not null primary key, stopped_at ${integer}, reason text) ${tableOptions}`,
    `create table visit (name text not null primary key, at ${integer} not null, said text not null) ${tableOptions}`,
    `create table taken_key (key text not null primary key, until ${integer} not null) ${tableOptions}`,
    "create index taken_key_until on taken_key (until)",
  ];
}
