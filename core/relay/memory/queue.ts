import type { Job, Queue } from "../../job.ts";
import type { LeaseJobsParams, Store } from "../../store.ts";
import { cloneJson, type MemoryState, type Placed, replaceFields } from "./state.ts";

/** Creates the part of the store for leases. */
export function createMemoryQueue(
  state: MemoryState,
): Pick<Store, "leaseJobs" | "leaseParkedJobs" | "renewLease" | "getNextDue"> {
  return {
    async leaseJobs(params) {
      const free = listCandidates(state, params.queue).filter((placed) => isFree(placed.value, params));
      // A stable sort: jobs of one act keep the order of creation.
      free.sort((a, b) => getActAge(state, a.value) - getActAge(state, b.value));
      return free.slice(0, countFreeSlots(state, params)).map(({ position, value }) => {
        const lease = { owner: params.owner, until: params.leaseUntil };
        const leased: Job = { ...value, lease, lapsed: value.lapsed || value.lease !== null };
        state.jobs.set(value.id, { position, value: leased });
        return cloneJson(leased);
      });
    },

    async leaseParkedJobs({ owner, limit, now, leaseUntil }) {
      const parked: Job[] = [];
      for (const { position, value } of state.jobs.values()) {
        if (parked.length >= limit) break;
        if (value.queue !== "accounting" || value.state !== "parked" || isStopped(state, value)) continue;
        if (value.lease !== null && value.lease.owner !== owner && value.lease.until > now) continue;
        const leased: Job = { ...value, lease: { owner, until: leaseUntil } };
        state.jobs.set(value.id, { position, value: leased });
        parked.push(cloneJson(leased));
      }
      return parked;
    },

    async renewLease({ jobId, owner, leaseUntil, progress }) {
      const placed = state.jobs.get(jobId);
      if (placed?.value.state !== "queued" || placed.value.lease?.owner !== owner) return false;
      const value = replaceFields(placed.value, { lease: { owner, until: leaseUntil }, progress });
      state.jobs.set(jobId, { position: placed.position, value });
      return true;
    },

    async getNextDue(queue) {
      const times = listCandidates(state, queue).map(({ value }) => Math.max(value.dueAt, value.lease?.until ?? 0));
      return times.reduce<number | null>((least, time) => (least === null || time < least ? time : least), null);
    },
  };
}

/** Number of jobs allowed to be leased now. */
function countFreeSlots(state: MemoryState, { queue, now, limit, atOnce }: LeaseJobsParams): number {
  if (atOnce === undefined) return limit;
  const queued = [...state.jobs.values()].filter(({ value }) => value.queue === queue && value.state === "queued");
  const running = queued.filter(({ value }) => value.lease !== null && value.lease.until > now);
  return Math.max(0, Math.min(limit, atOnce - running.length));
}

/** Lists queued jobs, oldest first. Other jobs of the same order key and stopped destinations hold jobs back. */
function listCandidates(state: MemoryState, queue: Queue): Placed<Job>[] {
  const open = [...state.jobs.values()].filter(
    ({ value }) => value.queue === queue && (value.state === "queued" || value.state === "parked"),
  );
  const first = new Map<string, string>();
  const begun = new Set<string>();
  for (const { id, orderKey, state, lease } of open.map(({ value }) => value)) {
    if (orderKey === null) continue;
    if (!first.has(orderKey)) first.set(orderKey, id);
    if (lease !== null || state === "parked") begun.add(orderKey);
  }
  return open.filter(({ value }) => {
    const { id, orderKey, lease } = value;
    const waits = orderKey !== null && lease === null && (begun.has(orderKey) || first.get(orderKey) !== id);
    return value.state === "queued" && !waits && !isStopped(state, value);
  });
}

/** Position of the job's act; 0 for a job without an act. */
function getActAge(state: MemoryState, { id }: Job): number {
  return state.jobActs.get(id) ?? 0;
}

function isStopped(state: MemoryState, { destination }: Pick<Job, "destination">): boolean {
  return (state.destinations.get(destination)?.stoppedAt ?? null) !== null;
}

function isFree({ dueAt, lease }: Job, { now }: LeaseJobsParams): boolean {
  return dueAt <= now && (lease === null || lease.until <= now);
}
