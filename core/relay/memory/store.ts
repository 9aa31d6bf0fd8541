import type { Act } from "../../act.ts";
import { type Job, type JobState, OPEN_STATES, type Queue } from "../../job.ts";
import { isAwaitingPayment } from "../../lifecycle-payment.ts";
import type { Destination, InboxEntry, Store, StorePage, StoreStats } from "../../store.ts";
import { formatIdCursor, formatPositionCursor, readId, readPosition } from "../cursor.ts";
import { applyWrites } from "./commit.ts";
import { createMemoryQueue } from "./queue.ts";
import { cloneEntry, cloneJson, createMemoryState, type MemoryState, type Placed } from "./state.ts";

/**
 * Creates a store in memory, for embedders and tests. All rules of {@link Store} hold, except durability: nothing
 * outlives the process. Values are copied on the way in and out, so that nobody can change the contents from outside.
 */
export function createMemoryStore(): Store {
  const state = createMemoryState();
  return {
    async commit(writes) {
      return applyWrites(state, writes) ? "ok" : "conflict";
    },
    ...createMemoryActs(state),
    ...createMemoryRecords(state),
    ...createMemoryJobs(state),
    ...createMemoryQueue(state),
    async getStats() {
      return countAll(state);
    },
    async checkReady() {},
    async prune(before) {
      return pruneInbox(state, before) + pruneJobs(state, before);
    },
    async close() {},
  };
}

type ActReads =
  | "getAct"
  | "getActByPayout"
  | "getActByPaymentOrder"
  | "listActs"
  | "listEvents"
  | "getLastCoveredDay"
  | "listActsAwaitingPayment"
  | "listUnannouncedProblems"
  | "listStalledActs";

function createMemoryActs(state: MemoryState): Pick<Store, ActReads> {
  const filterActs = (test: (act: Act) => boolean): Act[] => listValues(state.acts).filter(test);
  return {
    async getAct(id) {
      return cloneJson(state.acts.get(id)?.value ?? null);
    },
    async getActByPayout(payoutId) {
      const acts = filterActs((act) => act.payoutId === payoutId);
      return cloneJson(acts.sort((a, b) => b.revision - a.revision)[0] ?? null);
    },
    async getActByPaymentOrder(ref) {
      const hasOrder = ({ paymentOrder: order }: Act): boolean =>
        order?.ref === ref || order?.former.some((other) => other.ref === ref) === true;
      return cloneJson(filterActs(hasOrder)[0] ?? null);
    },
    async listActs({ status, inn, payoutId, problem, cursor, limit }) {
      const test = (act: Act): boolean =>
        isMatch(status, act.status) &&
        isMatch(inn, act.contractor.inn) &&
        isMatch(payoutId, act.payoutId) &&
        isMatch(problem, act.problem !== null);
      return readPage("acts", [...state.acts.values()], test, cursor, limit);
    },
    async listEvents(actId) {
      return cloneJson([...(state.events.get(actId) ?? [])].sort((a, b) => a.seq - b.seq));
    },
    async getLastCoveredDay({ counterpartyRef, counterpartyKey, exceptActId }) {
      const acts = filterActs((act) => act.covers && act.id !== exceptActId);
      const mine = acts.filter(
        (act) => act.counterparty?.ref === counterpartyRef || act.counterpartyKey === counterpartyKey,
      );
      const days = mine.flatMap((act) => act.period?.to ?? []);
      return days.sort().at(-1) ?? null;
    },
    async listActsAwaitingPayment({ after, limit }) {
      const acts = filterActs(isAwaitingPayment);
      const rest = acts.filter((act) => act.id > after).sort(compareIds);
      return cloneJson(rest.slice(0, limit));
    },
    async listUnannouncedProblems({ before, limit }) {
      const getSince = (act: Act): number => (act.problem?.announced === false ? act.problem.since : before);
      const acts = filterActs((act) => getSince(act) < before);
      return cloneJson(acts.sort((a, b) => getSince(a) - getSince(b) || compareIds(a, b)).slice(0, limit));
    },
    async listStalledActs({ before, limit }) {
      const waits = new Set<string | null>();
      for (const job of listValues(state.jobs)) {
        if (job.queue === "accounting" && isOpen(job) && job.dueAt < before) waits.add(job.actId);
      }
      const acts = filterActs((act) => act.problem === null && waits.has(act.id));
      return cloneJson(acts.sort(compareIds).slice(0, limit));
    },
  };
}

function createMemoryRecords(
  state: MemoryState,
): Pick<Store, "getCounterparty" | "getForm" | "getDestination" | "getLastSeen" | "getInboxEntry" | "listInbox"> {
  return {
    async getCounterparty(key) {
      return cloneJson(state.counterparties.get(key) ?? null);
    },
    async getForm(actId, kind = "shown") {
      const record = state.forms.get(`${kind}:${actId}`);
      if (record === undefined) return null;
      const data = record.prefixHash === null ? undefined : state.prefixes.get(record.prefixHash);
      const prefix = data && { hash: record.prefixHash as string, data: Uint8Array.from(data) };
      return { ...record.form, prefix: prefix ?? null, tail: Uint8Array.from(record.form.tail) };
    },
    async getDestination(name): Promise<Destination> {
      return cloneJson(state.destinations.get(name) ?? { name, stoppedAt: null, reason: null });
    },
    async getLastSeen(name) {
      return cloneJson(state.lastSeen.get(name) ?? null);
    },
    async getInboxEntry(source, webhookId) {
      const id = state.takenIds.get(`${source}:${webhookId}`);
      const entry = id === undefined ? undefined : state.inbox.get(id);
      return entry === undefined ? null : cloneEntry(entry);
    },
    async listInbox({ cursor, limit }): Promise<StorePage<InboxEntry>> {
      const before = readId("inbox", cursor);
      const entries = [...state.inbox.values()].sort((a, b) => compareIds(b, a));
      const rest = entries.filter(({ id }) => before === null || id < before);
      const items = rest.slice(0, limit).map(cloneEntry);
      const last = items.at(-1);
      return { items, next: last !== undefined && rest.length > limit ? formatIdCursor("inbox", last.id) : null };
    },
  };
}

function createMemoryJobs(state: MemoryState): Pick<Store, "getJob" | "listJobs" | "listAttempts" | "listDeadJobs"> {
  return {
    async getJob(id) {
      return cloneJson(state.jobs.get(id)?.value ?? null);
    },
    async listJobs({ queue, state: wanted, actId, cursor, limit }) {
      const test = (job: Job): boolean =>
        isMatch(queue, job.queue) && isMatch(wanted, job.state) && isMatch(actId, job.actId);
      return readPage("messages", [...state.jobs.values()], test, cursor, limit);
    },
    async listAttempts(jobId) {
      return cloneJson([...(state.attempts.get(jobId) ?? [])].sort((a, b) => a.n - b.n));
    },
    async listDeadJobs({ since, limit }) {
      const dead = listValues(state.jobs).filter((job) => job.state === "dead" && job.createdAt >= since);
      return cloneJson(dead.slice(0, limit));
    },
  };
}

function readPage<T>(
  listing: "acts" | "messages",
  all: readonly Placed<T>[],
  test: (value: T) => boolean,
  cursor: string | undefined,
  limit: number,
): StorePage<T> {
  const before = readPosition(listing, cursor) ?? Number.POSITIVE_INFINITY;
  const rest = all.filter(({ position, value }) => position < before && test(value)).reverse();
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ value }) => cloneJson(value)),
    next: last !== undefined && rest.length > limit ? formatPositionCursor(listing, last.position) : null,
  };
}

/** Job states in {@link StoreStats}. */
const COUNTED: readonly JobState[] = ["queued", "parked", "problem", "dead"];

function countAll(state: MemoryState): StoreStats {
  const acts = listValues(state.acts);
  const jobs = listValues(state.jobs);
  const findOldestDue = (queue: Queue): number | null => {
    const queued = jobs.filter((job) => job.queue === queue && job.state === "queued");
    return queued.length === 0 ? null : Math.min(...queued.map(({ dueAt }) => dueAt));
  };
  return {
    acts: count(acts.map(({ status }) => status)),
    problems: count(acts.flatMap(({ problem }) => problem?.code ?? [])),
    messages: count(jobs.flatMap(({ queue, state }) => (COUNTED.includes(state) ? `${queue}:${state}` : []))),
    oldestDueAt: { accounting: findOldestDue("accounting"), webhook: findOldestDue("webhook") },
    failedCommits: 0,
  };
}

function pruneInbox(state: MemoryState, before: number): number {
  const old = [...state.inbox.values()].filter(({ receivedAt }) => receivedAt < before);
  for (const { id, source, webhookId } of old) {
    state.inbox.delete(id);
    if (state.takenIds.get(`${source}:${webhookId}`) === id) state.takenIds.delete(`${source}:${webhookId}`);
  }
  return old.length;
}

function pruneJobs(state: MemoryState, before: number): number {
  const hasProblem = (actId: string | null): boolean => actId !== null && state.acts.get(actId)?.value.problem != null;
  const old = listValues(state.jobs).filter(
    (job) => !isOpen(job) && job.dueAt < before && !(job.state === "problem" && hasProblem(job.actId)),
  );
  for (const { id } of old) {
    state.jobs.delete(id);
    state.attempts.delete(id);
    state.jobActs.delete(id);
  }
  return old.length;
}

function isOpen(job: Job): boolean {
  return OPEN_STATES.some((open) => open === job.state);
}

function listValues<T>(map: ReadonlyMap<string, Placed<T>>): T[] {
  return [...map.values()].map(({ value }) => value);
}

function isMatch<T>(wanted: T | undefined, value: T): boolean {
  return wanted === undefined || wanted === value;
}

function compareIds(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

function count(keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
