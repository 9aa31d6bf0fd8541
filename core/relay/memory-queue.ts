import type { ClaimParams, Store } from "../store.ts";
import type { MemoryState, Placed } from "./memory-state.ts";
import { cloneJson } from "./memory-state.ts";
import type { Lane, Message } from "./message.ts";

/** The part of the store that hands out work. */
export function memoryQueue(state: MemoryState): Pick<Store, "claim" | "claimParked" | "renew" | "nextDue"> {
  return {
    async claim(params) {
      const free = candidates(state, params.lane).filter((placed) => isFree(placed.value, params));
      return free.slice(0, params.limit).map(({ position, value }) => {
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

/** Queued messages of a lane, oldest first, that neither an earlier one of their key nor a stopped endpoint holds back. */
function candidates(state: MemoryState, lane: Lane): Placed<Message>[] {
  const held = new Set<string>();
  const found: Placed<Message>[] = [];
  for (const placed of state.messages.values()) {
    const { queueKey, ...message } = placed.value;
    if (message.lane !== lane || (message.state !== "queued" && message.state !== "parked")) continue;
    const waits = queueKey !== null && held.has(queueKey);
    if (queueKey !== null) held.add(queueKey);
    if (message.state === "queued" && !waits && !isStopped(state, message)) found.push(placed);
  }
  return found;
}

function isStopped(state: MemoryState, { endpoint }: Pick<Message, "endpoint">): boolean {
  return (state.endpoints.get(endpoint)?.stoppedAt ?? null) !== null;
}

function isFree({ dueAt, lease }: Message, { now }: ClaimParams): boolean {
  return dueAt <= now && (lease === null || lease.until <= now);
}
