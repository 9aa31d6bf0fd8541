import type { ClaimParams, Store } from "../store.ts";
import type { MemoryState, Placed } from "./memory-state.ts";
import { cloneJson } from "./memory-state.ts";
import type { Lane, Message } from "./message.ts";

/** The part of the store that hands out work. */
export function memoryQueue(state: MemoryState): Pick<Store, "claim" | "claimParked" | "renew" | "nextDue"> {
  return {
    async claim(params) {
      const free = candidates(state, params.lane).filter((placed) => isFree(placed.value, params));
      return free.slice(0, room(state, params)).map(({ position, value }) => {
        const lease = { owner: params.owner, until: params.leaseUntil };
        const claimed: Message = { ...value, lease, lapsed: value.lapsed || value.lease !== null };
        state.messages.set(value.id, { position, value: claimed });
        return cloneJson(claimed);
      });
    },

    async claimParked({ owner, limit, now, leaseUntil }) {
      const parked: Message[] = [];
      for (const { position, value } of state.messages.values()) {
        if (parked.length >= limit) break;
        if (value.lane !== "accounting" || value.state !== "parked" || isStopped(state, value)) continue;
        if (value.lease !== null && value.lease.owner !== owner && value.lease.until > now) continue;
        const leased: Message = { ...value, lease: { owner, until: leaseUntil } };
        state.messages.set(value.id, { position, value: leased });
        parked.push(cloneJson(leased));
      }
      return parked;
    },

    async renew({ messageId, owner, leaseUntil, journal }) {
      const placed = state.messages.get(messageId);
      if (placed?.value.state !== "queued" || placed.value.lease?.owner !== owner) return false;
      const value = { ...placed.value, lease: { owner, until: leaseUntil }, journal: cloneJson(journal) };
      state.messages.set(messageId, { position: placed.position, value });
      return true;
    },

    async nextDue(lane) {
      const times = candidates(state, lane).map(({ value }) => Math.max(value.dueAt, value.lease?.until ?? 0));
      return times.reduce<number | null>((least, time) => (least === null || time < least ? time : least), null);
    },
  };
}

/** How many messages may be leased now. */
function room(state: MemoryState, { lane, now, limit, atOnce }: ClaimParams): number {
  if (atOnce === undefined) return limit;
  const queued = [...state.messages.values()].filter(({ value }) => value.lane === lane && value.state === "queued");
  const running = queued.filter(({ value }) => value.lease !== null && value.lease.until > now);
  return Math.max(0, Math.min(limit, atOnce - running.length));
}

/** Queued messages of a lane, oldest first, that neither another one of their key nor a stopped endpoint holds back. */
function candidates(state: MemoryState, lane: Lane): Placed<Message>[] {
  const open = [...state.messages.values()].filter(
    ({ value }) => value.lane === lane && (value.state === "queued" || value.state === "parked"),
  );
  const first = new Map<string, string>();
  const begun = new Set<string>();
  for (const { id, queueKey, state, lease } of open.map(({ value }) => value)) {
    if (queueKey === null) continue;
    if (!first.has(queueKey)) first.set(queueKey, id);
    if (lease !== null || state === "parked") begun.add(queueKey);
  }
  return open.filter(({ value }) => {
    const { id, queueKey, lease } = value;
    const waits = queueKey !== null && lease === null && (begun.has(queueKey) || first.get(queueKey) !== id);
    return value.state === "queued" && !waits && !isStopped(state, value);
  });
}

function isStopped(state: MemoryState, { endpoint }: Pick<Message, "endpoint">): boolean {
  return (state.endpoints.get(endpoint)?.stoppedAt ?? null) !== null;
}

function isFree({ dueAt, lease }: Message, { now }: ClaimParams): boolean {
  return dueAt <= now && (lease === null || lease.until <= now);
}
