import type { ColumnType, Generated, Insertable, Selectable } from "kysely";
import type { AttemptOutcome, JobState, JobType, Queue } from "../../core/job.ts";
import type { EventSource } from "../../core/store.ts";

/** JSON kept as text: the same in every database. */
type Json = string;

/** True or false as 1 or 0: the same in every database. */
type Flag = 0 | 1;

/** Position of an act that is there already. It is given as the act's id: see {@link insertOnce}. */
type ActPosition<Id> = ColumnType<number, Id, never>;

/** An act as JSON, with the columns that are searched by beside it. Times are epoch ms everywhere. */
export interface ActTable {
  /** Order of creation, the key of a listing's pages. */
  readonly position: Generated<number>;
  readonly id: string;
  readonly payout_id: string;
  readonly revision: number;
  readonly status: string;
  readonly inn: string;
  readonly counterparty_ref: string | null;
  readonly counterparty_key: string;
  /** `period.to` of an act that covers its period; null of others. */
  readonly covered_to: string | null;
  /** 1 when 1C is to be asked about the act's orders: awaitsPayment. */
  readonly awaits_payment: Flag;
  readonly problem_code: string | null;
  /** `problem.since` of a problem that the platform has not been told of; null of others. */
  readonly unannounced_since: number | null;
  readonly updated_at: number;
  readonly data: Json;
}

/** A payment order of an act, the present one or one before it. */
export interface PaymentOrderTable {
  readonly ref: string;
  readonly act_id: string;
}

/** A line of an act's history. Its key is the lock of every change of the act. */
export interface ActEventTable {
  readonly act: ActPosition<string>;
  readonly seq: number;
  readonly type: string;
  readonly at: number;
  readonly actor: string;
  readonly status: string;
  readonly data: Json;
}

/** A durable thing to do. */
export interface MessageTable {
  /** Order of creation, and so of the work. */
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
  /** Always 1. A settlement without its lease sets null here, which the column refuses: see {@link LEASE_GUARD}. */
  readonly lease_guard: Generated<number>;
}

/** One attempt at a message. Its key is the lock of settling. */
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

/** A signed event that was received. */
export interface InboxTable {
  readonly id: string;
  readonly source: EventSource;
  readonly webhook_id: string;
  /** `source:webhook_id` of the entry that claims it, which is unique; null of others. */
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

/** The constant part of many printed forms, kept once. */
export interface FormPrefixTable {
  readonly hash: string;
  readonly data: Uint8Array;
}

/** A printed form without its prefix. */
export interface FormTable {
  readonly act_id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly prefix_hash: string | null;
  readonly tail: Uint8Array;
}

/** What is remembered of a counterparty. */
export interface CounterpartyTable {
  readonly key: string;
  readonly bound_ref: string | null;
  readonly confirmed: Flag;
  readonly as_of: number;
  readonly contractor: Json;
}

/** State of an outside address. An address without a row is open. */
export interface EndpointTable {
  readonly name: string;
  readonly stopped_at: number | null;
  readonly reason: string | null;
}

/** The last visit of an outside system that comes by itself. */
export interface VisitTable {
  readonly name: string;
  readonly at: number;
  readonly said: Json;
}

/** A key that nobody else may take for some time. */
export interface TakenKeyTable {
  readonly key: string;
  readonly until: number;
}

/** A migration that was applied. */
export interface MigrationTable {
  readonly name: string;
  readonly applied_at: number;
  /** `Migration.needs`: whoever does not know the migration of this name must not work with the database any more. */
  readonly needs: string | null;
}

/** All tables by name. */
export interface Database {
  readonly act: ActTable;
  readonly act_event: ActEventTable;
  readonly payment_order: PaymentOrderTable;
  readonly message: MessageTable;
  readonly attempt: AttemptTable;
  readonly inbox: InboxTable;
  readonly form_prefix: FormPrefixTable;
  readonly form: FormTable;
  readonly counterparty: CounterpartyTable;
  readonly endpoint: EndpointTable;
  readonly visit: VisitTable;
  readonly taken_key: TakenKeyTable;
  readonly migration: MigrationTable;
}

/**
 * The column that turns a lost lease into a broken constraint. A batch of D1 is not interactive, so «0 rows updated»
 * cannot stop it; an error can.
 */
export const LEASE_GUARD = "message.lease_guard";

/** A row as it is read. */
export type Row<T extends keyof Database> = Selectable<Database[T]>;

/** A row as it is written. */
export type NewRow<T extends keyof Database> = Insertable<Database[T]>;
