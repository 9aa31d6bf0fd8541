import { getLeaseLength } from "./adapter-call.ts";
import { LONGEST_COMMAND_LEASE } from "./commands.ts";
import { commit } from "./commit.ts";
import type { RelayContext } from "./options.ts";

/** Name under which the store keeps the newest time. */
const CLOCK = "clock";

/** A step back of the clock that counts, milliseconds. Smaller steps only delay jobs by so much. */
const STEP_MS = 60_000;

/** Shortest time between two notes of the newest time, milliseconds. */
const NOTE_EVERY_MS = 20_000;

/**
 * Notes the newest time in the store, and repairs the store after the clock was set back. Without the repair, leases
 * and due times that the fast clock wrote would stop all work for as long as the clock was ahead.
 */
export async function watchClock(context: RelayContext): Promise<void> {
  const now = context.clock();
  const seen = await context.store.getLastSeen(CLOCK);
  const by = seen === null ? 0 : seen.at - now;
  if (seen !== null && by <= STEP_MS && -by < NOTE_EVERY_MS) return;
  const isSetBack = by > STEP_MS;
  const leaseUntil = now + getLongestLease(context);
  await commit(context, [
    ...(isSetBack ? [{ type: "set_back", now, by, leaseUntil } as const] : []),
    { type: "last_seen", lastSeen: { name: CLOCK, at: now, report: {} } },
  ]);
  if (!isSetBack) return;
  context.log("warn", "clock_set_back", { seconds: Math.round(by / 1000) });
  context.onWork(["accounting", "webhook"]);
}

/** The longest lease that any worker takes, milliseconds: a lease that ends later comes from the fast clock. */
function getLongestLease({ adapter, settings }: RelayContext): number {
  return Math.max(getLeaseLength(adapter.timeoutMs), getLeaseLength(settings.webhookTimeoutMs), LONGEST_COMMAND_LEASE);
}
