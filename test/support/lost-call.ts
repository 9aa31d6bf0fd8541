import type { MockAdapter, MockCall } from "../../adapters/mock/index.ts";
import type { Act } from "../../core/act.ts";
import type { Job, JobType } from "../../core/job.ts";
import { createHarness, type Harness } from "./harness.ts";

const MINUTE = 60_000;

/** A 1C whose next call of one name gets no answer. */
export interface LostCall {
  readonly onec: MockAdapter;
  /** Resolves when the call has left the worker. */
  readonly sent: Promise<void>;
  /** Lets the call take effect in 1C, after all. */
  arrive(): Promise<unknown>;
}

/** Loses the first call of this name; every later call goes through. */
export function loseCall(onec: MockAdapter, name: MockCall): LostCall {
  const real = onec[name as keyof MockAdapter] as (...args: unknown[]) => Promise<unknown>;
  let tellSent = () => {};
  const sent = new Promise<void>((resolve) => {
    tellSent = resolve;
  });
  let arrive: (() => Promise<unknown>) | null = null;
  const call = (...args: unknown[]): Promise<unknown> => {
    if (arrive !== null) return real(...args);
    arrive = () => real(...args);
    tellSent();
    return new Promise(() => {});
  };
  return { onec: { ...onec, [name]: call } as MockAdapter, sent, arrive: async () => arrive?.() };
}

/**
 * Starts a step whose worker dies inside the lost call. Returns the harness of the next worker, ten minutes later, over
 * the same store and 1C. The next worker has done nothing yet.
 */
export async function loseWorker(world: Harness, lost: LostCall, type: JobType): Promise<Harness> {
  void world.relay.runJob(await leaseJob(world, type));
  await lost.sent;
  return createHarness({ store: world.store, onec: lost.onec, start: world.now() + 10 * MINUTE });
}

/** Leases the job of a type; does the jobs in front of it. */
export async function leaseJob(world: Harness, type: JobType): Promise<Job> {
  for (;;) {
    const leased = await world.relay.leaseJobs("accounting");
    const job = leased.find((candidate) => candidate.type === type);
    if (job !== undefined) return job;
    if (leased.length === 0) throw new Error(`No ${type} is due`);
    for (const earlier of leased) await world.relay.runJob(earlier);
  }
}

/** Reads the present state of an act from the store. */
export async function readAct(world: Harness, id: string): Promise<Act> {
  const act = await world.store.getAct(id);
  if (act === null) throw new Error("The store has no such act");
  return act;
}

/** The contractor accepts the act. */
export async function acceptAct(world: Harness, id: string): Promise<void> {
  const { payoutId } = await readAct(world, id);
  await world.send("act.accepted", { payoutId, acceptedAt: new Date(world.now()).toISOString() });
}

/** The contractor declines the act. */
export async function declineAct(world: Harness, id: string): Promise<void> {
  const { payoutId } = await readAct(world, id);
  await world.send("act.declined", {
    payoutId,
    declinedAt: new Date(world.now()).toISOString(),
    reason: "Не та сумма",
  });
}
