import type { Act } from "../act.ts";
import { awaitsPayment } from "../payment-flow.ts";
import type { Endpoint, InboxEntry, Page, Store, StoreStats } from "../store.ts";
import { idCursor, positionCursor, readId, readPosition } from "./cursor.ts";
import { applyChanges } from "./memory-commit.ts";
import { memoryQueue } from "./memory-queue.ts";
import type { MemoryState, Placed } from "./memory-state.ts";
import { cloneEntry, cloneJson, emptyState } from "./memory-state.ts";
import type { Message, MessageState } from "./message.ts";
import { OPEN_STATES } from "./message.ts";

/**
 * A store that lives in memory, for embedders and tests: every rule of {@link Store} except that nothing outlives the
 * process. What goes in and comes out is copied, so that nobody can change its contents from outside.
 */
export function createMemoryStore(): Store {
  const state = emptyState();
  return {
    async commit(changes) {
      return applyChanges(state, changes) ? "ok" : "conflict";
    },
    ...memoryActs(state),
    ...memoryRecords(state),
    ...memoryMessages(state),
    ...memoryQueue(state),
    async stats() {
      return countAll(state);
    },
    async ready() {},
    async prune(before) {
      return pruneInbox(state, before) + pruneMessages(state, before);
    },
    async close() {},
  };
}

type ActReads =
  | "act"
  | "actByPayout"
  | "actByPaymentOrder"
  | "acts"
  | "events"
  | "lastCovered"
  | "actsAwaitingPayment"
  | "unannouncedProblems"
  | "stalledActs";

function memoryActs(state: MemoryState): Pick<Store, ActReads> {
  const where = (test: (act: Act) => boolean): Act[] => values(state.acts).filter(test);
  return {
    async act(id) {
      return cloneJson(state.acts.get(id)?.value ?? null);
    },
    async actByPayout(payoutId) {
      const acts = where((act) => act.payoutId === payoutId);
      return cloneJson(acts.sort((a, b) => b.revision - a.revision)[0] ?? null);
    },
    async actByPaymentOrder(ref) {
      return cloneJson(
        where(
          (act) =>
            act.paymentOrder?.ref === ref || act.paymentOrder?.former.some((other) => other.ref === ref) === true,
        )[0] ?? null,
      );
    },
    async acts({ status, inn, payoutId, problem, cursor, limit }) {
      const test = (act: Act): boolean =>
        same(status, act.status) &&
        same(inn, act.contractor.inn) &&
        same(payoutId, act.payoutId) &&
        same(problem, act.problem !== null);
      return page("acts", [...state.acts.values()], test, cursor, limit);
    },
    async events(actId) {
      return cloneJson([...(state.events.get(actId) ?? [])].sort((a, b) => a.seq - b.seq));
    },
    async lastCovered({ counterpartyRef, counterpartyKey, exceptActId }) {
      const acts = where((act) => act.covers && act.id !== exceptActId);
      const mine = acts.filter(
        (act) => act.counterparty?.ref === counterpartyRef || act.counterpartyKey === counterpartyKey,
      );
      const days = mine.flatMap((act) => act.period?.to ?? []);
      return days.sort().at(-1) ?? null;
    },
    async actsAwaitingPayment({ after, limit }) {
      const acts = where(awaitsPayment);
      return cloneJson(
        acts
          .filter((act) => act.id > after)
          .sort(byId)
          .slice(0, limit),
      );
    },
    async unannouncedProblems({ before, limit }) {
      const since = (act: Act): number => (act.problem?.announced === false ? act.problem.since : before);
      const acts = where((act) => since(act) < before);
      return cloneJson(acts.sort((a, b) => since(a) - since(b) || byId(a, b)).slice(0, limit));
    },
    async stalledActs({ before, limit }) {
      const waits = new Set<string | null>();
      for (const message of values(state.messages)) {
        if (message.lane === "accounting" && isOpen(message) && message.dueAt < before) waits.add(message.actId);
      }
      const acts = where((act) => act.problem === null && waits.has(act.id));
      return cloneJson(acts.sort(byId).slice(0, limit));
    },
  };
}

function memoryRecords(
  state: MemoryState,
): Pick<Store, "counterparty" | "form" | "endpoint" | "visit" | "inboxClaim" | "inbox"> {
  return {
    async counterparty(key) {
      return cloneJson(state.counterparties.get(key) ?? null);
    },
    async form(actId) {
      const record = state.forms.get(actId);
      if (record === undefined) return null;
      const data = record.prefixHash === null ? undefined : state.prefixes.get(record.prefixHash);
      const prefix = data && { hash: record.prefixHash as string, data: Uint8Array.from(data) };
      return { ...record.form, prefix: prefix ?? null, tail: Uint8Array.from(record.form.tail) };
    },
    async endpoint(name): Promise<Endpoint> {
      return cloneJson(state.endpoints.get(name) ?? { name, stoppedAt: null, reason: null });
    },
    async visit(name) {
      return cloneJson(state.visits.get(name) ?? null);
    },
    async inboxClaim(source, webhookId) {
      const id = state.claims.get(`${source}:${webhookId}`);
      const entry = id === undefined ? undefined : state.inbox.get(id);
      return entry === undefined ? null : cloneEntry(entry);
    },
    async inbox({ cursor, limit }): Promise<Page<InboxEntry>> {
      const before = readId("inbox", cursor);
      const entries = [...state.inbox.values()].sort((a, b) => byId(b, a));
      const rest = entries.filter(({ id }) => before === null || id < before);
      const items = rest.slice(0, limit).map(cloneEntry);
      const last = items.at(-1);
      return { items, next: last !== undefined && rest.length > limit ? idCursor("inbox", last.id) : null };
    },
  };
}

function memoryMessages(state: MemoryState): Pick<Store, "message" | "messages" | "attempts" | "deadMessages"> {
  return {
    async message(id) {
      return cloneJson(state.messages.get(id)?.value ?? null);
    },
    async messages({ lane, state: wanted, actId, cursor, limit }) {
      const test = (message: Message): boolean =>
        same(lane, message.lane) && same(wanted, message.state) && same(actId, message.actId);
      return page("messages", [...state.messages.values()], test, cursor, limit);
    },
    async attempts(messageId) {
      return cloneJson([...(state.attempts.get(messageId) ?? [])].sort((a, b) => a.n - b.n));
    },
    async deadMessages({ since, limit }) {
      const dead = values(state.messages).filter((message) => message.state === "dead" && message.createdAt >= since);
      return cloneJson(dead.slice(0, limit));
    },
  };
}

function page<T>(
  listing: "acts" | "messages",
  all: readonly Placed<T>[],
  test: (value: T) => boolean,
  cursor: string | undefined,
  limit: number,
): Page<T> {
  const before = readPosition(listing, cursor) ?? Number.POSITIVE_INFINITY;
  const rest = all.filter(({ position, value }) => position < before && test(value)).reverse();
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ value }) => cloneJson(value)),
    next: last !== undefined && rest.length > limit ? positionCursor(listing, last.position) : null,
  };
}

/** States that {@link StoreStats} counts. */
const COUNTED: readonly MessageState[] = ["queued", "parked", "problem", "dead"];

function countAll(state: MemoryState): StoreStats {
  const acts = values(state.acts);
  const messages = values(state.messages);
  const oldest = (lane: Message["lane"]): number | null => {
    const times = messages.filter((message) => message.lane === lane && message.state === "queued");
    return times.length === 0 ? null : Math.min(...times.map(({ dueAt }) => dueAt));
  };
  return {
    acts: count(acts.map(({ status }) => status)),
    problems: count(acts.flatMap(({ problem }) => problem?.code ?? [])),
    messages: count(messages.flatMap(({ lane, state }) => (COUNTED.includes(state) ? `${lane}:${state}` : []))),
    oldestDueAt: { accounting: oldest("accounting"), webhook: oldest("webhook") },
  };
}

function pruneInbox(state: MemoryState, before: number): number {
  const old = [...state.inbox.values()].filter(({ receivedAt }) => receivedAt < before);
  for (const { id, source, webhookId } of old) {
    state.inbox.delete(id);
    if (state.claims.get(`${source}:${webhookId}`) === id) state.claims.delete(`${source}:${webhookId}`);
  }
  return old.length;
}

function pruneMessages(state: MemoryState, before: number): number {
  const stands = (actId: string | null): boolean => actId !== null && state.acts.get(actId)?.value.problem != null;
  const old = values(state.messages).filter(
    (message) => !isOpen(message) && message.dueAt < before && !(message.state === "problem" && stands(message.actId)),
  );
  for (const { id } of old) {
    state.messages.delete(id);
    state.attempts.delete(id);
  }
  return old.length;
}

function isOpen(message: Message): boolean {
  return OPEN_STATES.some((open) => open === message.state);
}

function values<T>(map: ReadonlyMap<string, Placed<T>>): T[] {
  return [...map.values()].map(({ value }) => value);
}

function same<T>(wanted: T | undefined, value: T): boolean {
  return wanted === undefined || wanted === value;
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

function count(keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
