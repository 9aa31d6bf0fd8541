import type { ColumnType, Generated, Insertable, Selectable } from "kysely";
import type { AttemptOutcome, JobState, JobType, Queue } from "../../core/job.ts";
import type { EventSource } from "../../core/store.ts";

/** JSON as text, the same in every database. */
type Json = string;

/** True as 1, false as 0, the same in every database. */
type Flag = 0 | 1;

/** Position of an existing act. A new row has the act's id instead: see `actPositions` of {@link insertOnce}. */
type ActPosition<Id> = ColumnType<number, Id, never>;

/** An act as JSON, with columns for search. In all tables times are epoch ms. */
export interface ActTable {
  /** Order of creation; the cursor of a listing's pages. */
  readonly position: Generated<number>;
  readonly id: string;
  readonly payout_id: string;
  readonly revision: number;
  readonly status: string;
  readonly inn: string;
  readonly counterparty_ref: string | null;
  readonly counterparty_key: string;
  /** `period.to` of an act that covers its period; else null. */
  readonly covered_to: string | null;
  /** 1 when the payment check must ask 1C about the act's payment order: `isAwaitingPayment`. */
  readonly awaits_payment: Flag;
  readonly problem_code: string | null;
  /** `problem.since` of a problem that the platform does not know yet; else null. */
  readonly unannounced_since: number | null;
  readonly updated_at: number;
  readonly data: Json;
}

/** A payment order of an act: the present order or an earlier order. */
export interface PaymentOrderTable {
  readonly ref: string;
  readonly act_id: string;
}

/** A recorded event. The primary key is the lock for every change of the act. */
export interface ActEventTable {
  readonly act: ActPosition<string>;
  readonly seq: number;
  readonly type: string;
  readonly at: number;
  readonly actor: string;
  readonly status: string;
  readonly data: Json;
}

export interface MessageTable {
  /** Order of creation; jobs run in this order. */
  readonly position: Generated<number>;
  readonly id: string;
  readonly lane: Queue;
  readonly kind: JobType;
  readonly act_id: string | null;
  readonly act: ActPosition<string | null>;
  readonly queue_key: string | null;
  readonly endpoint: string;
  readonly payload: Json;
  readonly state: JobState;
  readonly due_at: number;
  readonly created_at: number;
  readonly attempts: number;
  readonly attempts_before: number;
  readonly journal: Json;
  /** Id of the call that a parked job waits for. */
  readonly awaiting: string | null;
  readonly lease_owner: string | null;
  readonly lease_until: number | null;
  readonly lapsed: Flag;
  /** Always 1. A release without its lease sets null, which the column refuses: see {@link LEASE_GUARD}. */
  readonly lease_guard: Generated<number>;
}

/** An attempt at a job. The primary key is the lock for releasing the job. */
export interface AttemptTable {
  readonly message_id: string;
  readonly n: number;
  readonly started_at: number;
  readonly finished_at: number;
  readonly outcome: AttemptOutcome;
  readonly code: string | null;
  readonly detail: string | null;
  readonly status: number | null;
  readonly response: string | null;
}

export interface InboxTable {
  readonly id: string;
  readonly source: EventSource;
  readonly webhook_id: string;
  /** `source:webhook_id` of the entry that claims this id, unique; null in other entries. */
  readonly claim_key: string | null;
  readonly received_at: number;
  readonly type: string | null;
  readonly outcome: "processed" | "duplicate" | "rejected";
  readonly code: string | null;
  readonly detail: string | null;
  readonly act_id: string | null;
  readonly body_hash: string;
  readonly body: Uint8Array | null;
}

/** The constant first part of many printed forms, stored once. */
export interface FormPrefixTable {
  readonly hash: string;
  readonly data: Uint8Array;
}

export interface FormTable {
  readonly act_id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly prefix_hash: string | null;
  readonly tail: Uint8Array;
}

export interface CounterpartyTable {
  readonly key: string;
  readonly bound_ref: string | null;
  readonly confirmed: Flag;
  readonly as_of: number;
  readonly contractor: Json;
  /** Agents' ids as JSON; null in a row of an older version. */
  readonly owners: Json | null;
}

/** State of a destination. A destination without a row is open. */
export interface EndpointTable {
  readonly name: string;
  readonly stopped_at: number | null;
  readonly reason: string | null;
}

/** When an outside system was last seen, and its report as JSON. */
export interface VisitTable {
  readonly name: string;
  readonly at: number;
  readonly said: Json;
}

/** A key that nobody else may take before `until`. */
export interface TakenKeyTable {
  readonly key: string;
  readonly until: number;
}

export interface MigrationTable {
  readonly name: string;
  readonly applied_at: number;
  /** `Migration.needs`: a process that does not know the named migration must not use the database. */
  readonly needs: string | null;
}

export interface Database {
  readonly act: ActTable;
  readonly act_event: ActEventTable;
  readonly payment_order: PaymentOrderTable;
  readonly message: MessageTable;
  readonly attempt: AttemptTable;
  readonly inbox: InboxTable;
  readonly form_prefix: FormPrefixTable;
  readonly form: FormTable;
  readonly accepted_form: FormTable;
  readonly counterparty: CounterpartyTable;
  readonly endpoint: EndpointTable;
  readonly visit: VisitTable;
  readonly taken_key: TakenKeyTable;
  readonly migration: MigrationTable;
}

/** Column that turns a lost lease into a broken constraint. Only an error stops a batch of D1, not «0 rows updated». */
export const LEASE_GUARD = "message.lease_guard";

export type Row<T extends keyof Database> = Selectable<Database[T]>;

export type NewRow<T extends keyof Database> = Insertable<Database[T]>;
