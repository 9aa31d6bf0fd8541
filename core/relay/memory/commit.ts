import type { Attempt } from "../../job.ts";
import type { Release, StoredForm, Write } from "../../store.ts";
import type { MemoryState, Placed } from "./state.ts";
import { cloneEntry, cloneJson, replaceFields } from "./state.ts";

/** Thrown inside a commit whose lock is broken, and never seen outside. */
const CONFLICT = Symbol("conflict");

/** Takes back everything written since the commit began. */
type Undo = (() => void)[];

/**
 * Applies the changes as a whole or not at all, in their order: a later one sees the earlier ones, as in a database.
 * False when a lock was broken; then nothing has changed.
 */
export function applyWrites(state: MemoryState, changes: readonly Write[]): boolean {
  const undo: Undo = [];
  try {
    for (const change of changes) applyWrite(state, undo, change);
    return true;
  } catch (error) {
    for (const step of undo.reverse()) step();
    if (error === CONFLICT) return false;
    throw error;
  }
}

function applyWrite(state: MemoryState, undo: Undo, change: Write): void {
  switch (change.type) {
    case "act":
      put(undo, state.acts, change.act.id, place(state, state.acts.get(change.act.id), change.act));
      return;
    case "event": {
      const { actId, seq } = change.event;
      const events = state.events.get(actId) ?? [];
      if (events.some((event) => event.seq === seq)) throw CONFLICT;
      put(undo, state.events, actId, [...events, cloneJson(change.event)]);
      return;
    }
    case "job":
      add(undo, state.messages, change.job.id, place(state, undefined, change.job));
      return;
    case "release":
      releaseJob(state, undo, change.release);
      return;
    case "requeue":
      requeue(state, undo, change);
      return;
    case "inbox": {
      const { id, source, webhookId } = change.entry;
      add(undo, state.inbox, id, cloneEntry(change.entry));
      if (change.claimsId) add(undo, state.claims, `${source}:${webhookId}`, id);
      return;
    }
    case "form":
      keepForm(state, undo, change.form);
      return;
    case "counterparty":
      put(undo, state.counterparties, change.counterparty.key, cloneJson(change.counterparty));
      return;
    case "destination":
      put(undo, state.endpoints, change.destination.name, cloneJson(change.destination));
      return;
    case "last_seen":
      put(undo, state.visits, change.lastSeen.name, cloneJson(change.lastSeen));
      return;
    case "once":
      for (const [key, until] of state.taken) if (until <= change.at) remove(undo, state.taken, key, until);
      add(undo, state.taken, change.key, change.until);
      return;
  }
}

function releaseJob(state: MemoryState, undo: Undo, settlement: Release): void {
  const { jobId, owner } = settlement;
  const placed = state.messages.get(jobId);
  if (placed?.value.state !== "queued" || placed.value.lease?.owner !== owner) throw CONFLICT;
  const attempts: Attempt[] = [...(state.attempts.get(jobId) ?? [])];
  for (const attempt of settlement.attempts) {
    if (attempts.some(({ n }) => n === attempt.n)) throw CONFLICT;
    attempts.push(cloneJson(attempt));
  }
  put(undo, state.attempts, jobId, attempts);
  const job = replaceFields(placed.value, {
    state: settlement.state,
    dueAt: settlement.dueAt,
    awaiting: settlement.awaiting ?? null,
    progress: settlement.progress,
    attempts: placed.value.attempts + settlement.attempts.length,
    lease: null,
    lapsed: false,
  });
  put(undo, state.messages, jobId, place(state, placed, job));
}

function requeue(state: MemoryState, undo: Undo, change: Extract<Write, { type: "requeue" }>): void {
  const placed = state.messages.get(change.jobId);
  if (placed === undefined || !change.from.includes(placed.value.state)) return;
  const { value } = placed;
  if (change.awaiting !== undefined && value.awaiting !== change.awaiting) return;
  const job = replaceFields(value, {
    state: "queued",
    dueAt: change.dueAt,
    awaiting: null,
    progress: change.progress ?? value.progress,
    attemptsBefore: change.restart ? value.attempts : value.attemptsBefore,
    lease: null,
    // Whoever held the lease may be calling outside right now: the next claim must know.
    lapsed: value.lapsed || (value.lease !== null && value.state === "queued"),
  });
  put(undo, state.messages, change.jobId, place(state, placed, job));
}

function keepForm(state: MemoryState, undo: Undo, stored: StoredForm): void {
  const { prefix, ...form } = stored;
  if (prefix !== null && !state.prefixes.has(prefix.hash)) {
    put(undo, state.prefixes, prefix.hash, Uint8Array.from(prefix.data));
  }
  const record = { form: { ...form, tail: Uint8Array.from(form.tail) }, prefixHash: prefix?.hash ?? null };
  put(undo, state.forms, form.actId, record);
}

/** A copy of the value at the place of the former one, or at the next place. */
function place<T>(state: MemoryState, former: Placed<T> | undefined, value: T): Placed<T> {
  if (former === undefined) state.lastPosition += 1;
  return { position: former?.position ?? state.lastPosition, value: cloneJson(value) };
}

function put<T>(undo: Undo, map: Map<string, T>, key: string, value: T): void {
  const former = map.get(key);
  undo.push(() => (former === undefined ? map.delete(key) : map.set(key, former)));
  map.set(key, value);
}

function remove<T>(undo: Undo, map: Map<string, T>, key: string, former: T): void {
  undo.push(() => map.set(key, former));
  map.delete(key);
}

function add<T>(undo: Undo, map: Map<string, T>, key: string, value: T): void {
  if (map.has(key)) throw CONFLICT;
  put(undo, map, key, value);
}
