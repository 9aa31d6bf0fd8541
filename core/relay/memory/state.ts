import type { Act } from "../../act.ts";
import type { RecordedEvent } from "../../act-event.ts";
import type { Attempt, Job } from "../../job.ts";
import type { Counterparty } from "../../parties.ts";
import type { Destination, InboxEntry, LastSeen, StoredForm } from "../../store.ts";

/** A record and the position in the order of creation. */
export interface Placed<T> {
  readonly position: number;
  readonly value: T;
}

/** A stored form without the prefix: many forms share one stored prefix. */
export interface FormRecord {
  readonly form: Omit<StoredForm, "prefix">;
  readonly prefixHash: string | null;
}

/** All contents of the memory store. Values are never changed in place, only replaced. */
export type MemoryState = ReturnType<typeof createMemoryState>;

/** Creates an empty state. */
export function createMemoryState() {
  return {
    /** Acts by id, in the order of creation. */
    acts: new Map<string, Placed<Act>>(),
    /** By act, in the order of commits. */
    events: new Map<string, readonly RecordedEvent[]>(),
    /** Jobs by id, in the order of creation. */
    jobs: new Map<string, Placed<Job>>(),
    /** Position of a job's act at the job's creation; absent for a job without an act. */
    jobActs: new Map<string, number>(),
    /** By job, in the order of commits. */
    attempts: new Map<string, readonly Attempt[]>(),
    inbox: new Map<string, InboxEntry>(),
    /** `source:webhookId` → id of the entry with the claim. */
    takenIds: new Map<string, string>(),
    /** By `kind:actId`. */
    forms: new Map<string, FormRecord>(),
    prefixes: new Map<string, Uint8Array>(),
    counterparties: new Map<string, Counterparty>(),
    destinations: new Map<string, Destination>(),
    lastSeen: new Map<string, LastSeen>(),
    /** Taken key → end of the time, epoch ms. */
    taken: new Map<string, number>(),
    lastPosition: 0,
  };
}

/** Copies a value through JSON, as a database does: the copy shares nothing with the original. */
export function cloneJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Copies an inbox entry like {@link cloneJson}, with the body as bytes. */
export function cloneEntry(entry: InboxEntry): InboxEntry {
  return { ...cloneJson({ ...entry, body: null }), body: entry.body && Uint8Array.from(entry.body) };
}

/** Copies a job with some fields replaced, through JSON, as a database does. */
export function replaceFields(job: Job, fields: Partial<Omit<Job, "id" | "type" | "actId" | "input">>): Job {
  return JSON.parse(JSON.stringify({ ...job, ...fields }));
}
