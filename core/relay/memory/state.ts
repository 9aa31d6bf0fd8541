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
export interface MemoryState {
  /** Acts by id, in the order of creation. */
  readonly acts: Map<string, Placed<Act>>;
  /** By act, in the order of commits. */
  readonly events: Map<string, readonly RecordedEvent[]>;
  /** Jobs by id, in the order of creation. */
  readonly jobs: Map<string, Placed<Job>>;
  /** By job, in the order of commits. */
  readonly attempts: Map<string, readonly Attempt[]>;
  readonly inbox: Map<string, InboxEntry>;
  /** `source:webhookId` → id of the entry with the claim. */
  readonly takenIds: Map<string, string>;
  readonly forms: Map<string, FormRecord>;
  readonly prefixes: Map<string, Uint8Array>;
  readonly counterparties: Map<string, Counterparty>;
  readonly destinations: Map<string, Destination>;
  readonly lastSeen: Map<string, LastSeen>;
  /** Taken key → end of the time, epoch ms. */
  readonly taken: Map<string, number>;
  lastPosition: number;
}

/** Creates an empty state. */
export function createMemoryState(): MemoryState {
  return {
    acts: new Map(),
    events: new Map(),
    jobs: new Map(),
    attempts: new Map(),
    inbox: new Map(),
    takenIds: new Map(),
    forms: new Map(),
    prefixes: new Map(),
    counterparties: new Map(),
    destinations: new Map(),
    lastSeen: new Map(),
    taken: new Map(),
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
