import type { Act } from "../../act.ts";
import type { RecordedEvent } from "../../act-event.ts";
import type { Attempt, Job } from "../../job.ts";
import type { Counterparty } from "../../parties.ts";
import type { Destination, InboxEntry, LastSeen, StoredForm } from "../../store.ts";

/** A record with its place in the order of creation. */
export interface Placed<T> {
  readonly position: number;
  readonly value: T;
}

/** A stored form without its prefix, which is kept once for many forms. */
export interface FormRecord {
  readonly form: Omit<StoredForm, "prefix">;
  readonly prefixHash: string | null;
}

/** Everything the memory store holds. Values are never changed in place, only replaced. */
export interface MemoryState {
  /** By id, in the order of creation. */
  readonly acts: Map<string, Placed<Act>>;
  /** By act, in the order they were committed. */
  readonly events: Map<string, readonly RecordedEvent[]>;
  /** By id, in the order of creation. */
  readonly messages: Map<string, Placed<Job>>;
  /** By message, in the order they were committed. */
  readonly attempts: Map<string, readonly Attempt[]>;
  readonly inbox: Map<string, InboxEntry>;
  /** `source:webhookId` → id of the entry that claimed it. */
  readonly claims: Map<string, string>;
  readonly forms: Map<string, FormRecord>;
  readonly prefixes: Map<string, Uint8Array>;
  readonly counterparties: Map<string, Counterparty>;
  readonly endpoints: Map<string, Destination>;
  readonly visits: Map<string, LastSeen>;
  /** Key that was taken → until when, epoch ms. */
  readonly taken: Map<string, number>;
  lastPosition: number;
}

/** A state with nothing in it. */
export function createMemoryState(): MemoryState {
  return {
    acts: new Map(),
    events: new Map(),
    messages: new Map(),
    attempts: new Map(),
    inbox: new Map(),
    claims: new Map(),
    forms: new Map(),
    prefixes: new Map(),
    counterparties: new Map(),
    endpoints: new Map(),
    visits: new Map(),
    taken: new Map(),
    lastPosition: 0,
  };
}

/** A copy that shares nothing with the original, and holds exactly what a database would give back. */
export function cloneJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Like {@link cloneJson} for an inbox entry, whose body is bytes. */
export function cloneEntry(entry: InboxEntry): InboxEntry {
  return { ...cloneJson({ ...entry, body: null }), body: entry.body && Uint8Array.from(entry.body) };
}

/** The job with some of its fields replaced, as a store reads it back: jobs are kept as JSON. */
export function replaceFields(job: Job, fields: Partial<Omit<Job, "id" | "type" | "actId" | "input">>): Job {
  return JSON.parse(JSON.stringify({ ...job, ...fields }));
}
