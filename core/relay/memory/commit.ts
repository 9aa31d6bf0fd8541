import type { Attempt } from "../../job.ts";
import type { Release, Write } from "../../store.ts";
import { cloneEntry, cloneJson, type MemoryState, type Placed, replaceFields } from "./state.ts";

/** Thrown inside a commit with a broken lock; no caller sees this symbol. */
const CONFLICT = Symbol("conflict");

/** Steps that take back the writes of a commit, oldest first. */
type Undo = (() => void)[];

/**
 * Applies all writes in the given order, or none of them. A later write sees the earlier writes, as in a database.
 * False: a lock was broken, and nothing has changed.
 */
export function applyWrites(state: MemoryState, writes: readonly Write[]): boolean {
  const undo: Undo = [];
  try {
    for (const write of writes) applyWrite(state, undo, write);
    return true;
  } catch (error) {
    for (const step of undo.reverse()) step();
    if (error === CONFLICT) return false;
    throw error;
  }
}

function applyWrite(state: MemoryState, undo: Undo, write: Write): void {
  switch (write.type) {
    case "act":
      put(undo, state.acts, write.act.id, place(state, state.acts.get(write.act.id), write.act));
      return;
    case "event": {
      const { actId, seq } = write.event;
      const events = state.events.get(actId) ?? [];
      if (events.some((event) => event.seq === seq)) throw CONFLICT;
      put(undo, state.events, actId, [...events, cloneJson(write.event)]);
      return;
    }
    case "job": {
      const { id, actId } = write.job;
      add(undo, state.jobs, id, place(state, undefined, write.job));
      const position = actId === null ? undefined : state.acts.get(actId)?.position;
      if (position !== undefined) put(undo, state.jobActs, id, position);
      return;
    }
    case "release":
      releaseJob(state, undo, write.release);
      return;
    case "requeue":
      requeue(state, undo, write);
      return;
    case "inbox": {
      const { id, source, webhookId } = write.entry;
      add(undo, state.inbox, id, cloneEntry(write.entry));
      if (write.claimsId) add(undo, state.takenIds, `${source}:${webhookId}`, id);
      return;
    }
    case "form":
      keepForm(state, undo, write);
      return;
    case "counterparty":
      put(undo, state.counterparties, write.counterparty.key, cloneJson(write.counterparty));
      return;
    case "destination":
      put(undo, state.destinations, write.destination.name, cloneJson(write.destination));
      return;
    case "last_seen":
      put(undo, state.lastSeen, write.lastSeen.name, cloneJson(write.lastSeen));
      return;
    case "set_back":
      setBack(state, undo, write);
      return;
    case "once":
      for (const [key, until] of state.taken) if (until <= write.at) remove(undo, state.taken, key, until);
      add(undo, state.taken, write.key, write.until);
      return;
  }
}

function releaseJob(state: MemoryState, undo: Undo, release: Release): void {
  const { jobId, owner } = release;
  const placed = state.jobs.get(jobId);
  if (placed?.value.state !== "queued" || placed.value.lease?.owner !== owner) throw CONFLICT;
  const attempts: Attempt[] = [...(state.attempts.get(jobId) ?? [])];
  for (const attempt of release.attempts) {
    if (attempts.some(({ n }) => n === attempt.n)) throw CONFLICT;
    attempts.push(cloneJson(attempt));
  }
  put(undo, state.attempts, jobId, attempts);
  const job = replaceFields(placed.value, {
    state: release.state,
    dueAt: release.dueAt,
    awaiting: release.awaiting ?? null,
    progress: release.progress,
    attempts: placed.value.attempts + release.attempts.length,
    lease: null,
    lapsed: false,
  });
  put(undo, state.jobs, jobId, place(state, placed, job));
}

function requeue(state: MemoryState, undo: Undo, write: Extract<Write, { type: "requeue" }>): void {
  const placed = state.jobs.get(write.jobId);
  if (placed === undefined || !write.from.includes(placed.value.state)) return;
  const { value } = placed;
  if (write.awaiting !== undefined && value.awaiting !== write.awaiting) return;
  const job = replaceFields(value, {
    state: "queued",
    dueAt: write.dueAt,
    awaiting: null,
    progress: write.progress ?? value.progress,
    attemptsBefore: write.restart ? value.attempts : value.attemptsBefore,
    lease: null,
    // The former owner of the lease may be calling outside right now: the next lease must know.
    lapsed: value.lapsed || (value.lease !== null && value.state === "queued"),
  });
  put(undo, state.jobs, write.jobId, place(state, placed, job));
}

function setBack(state: MemoryState, undo: Undo, write: Extract<Write, { type: "set_back" }>): void {
  const { now, by, leaseUntil } = write;
  for (const [id, placed] of state.jobs) {
    const { value } = placed;
    if (value.state !== "queued" && value.state !== "parked") continue;
    const dueAt = value.dueAt > now ? Math.max(now, value.dueAt - by) : value.dueAt;
    const lease = value.lease === null ? null : { ...value.lease, until: Math.min(value.lease.until, leaseUntil) };
    put(undo, state.jobs, id, place(state, placed, replaceFields(value, { dueAt, lease })));
  }
}

function keepForm(
  state: MemoryState,
  undo: Undo,
  { form: stored, kind = "shown" }: Extract<Write, { type: "form" }>,
): void {
  const { prefix, ...form } = stored;
  if (prefix !== null && !state.prefixes.has(prefix.hash)) {
    put(undo, state.prefixes, prefix.hash, Uint8Array.from(prefix.data));
  }
  const record = { form: { ...form, tail: Uint8Array.from(form.tail) }, prefixHash: prefix?.hash ?? null };
  put(undo, state.forms, `${kind}:${form.actId}`, record);
}

/** Copies the value to the position of the former value, or to the next position. */
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
