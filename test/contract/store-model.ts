import fc from "fast-check";
import { expect } from "vitest";
import type { JobState, Queue } from "../../core/job.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import type { Store, Write } from "../../core/store.ts";
import { aCounterparty, aForm, aJob, anAct, anAttempt, anEntry, anEvent, aProblem } from "../support/builders.ts";
import type { StoreHarness } from "./store.ts";

/** One call of a store; the answer must be the same in any store with the same past. */
type Step = (store: Store) => Promise<unknown>;

const ACTS = ["a1", "a2", "a3"] as const;
const MESSAGES = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"] as const;
const OWNERS = ["w1", "w2"] as const;
const LANES = ["accounting", "webhook"] as const satisfies readonly Queue[];
const STATES = ["queued", "parked", "done", "skipped", "problem", "dead"] as const satisfies readonly JobState[];

const id = fc.constantFrom(...MESSAGES);
const owner = fc.constantFrom(...OWNERS);
const queue = fc.constantFrom(...LANES);
const state = fc.constantFrom(...STATES);
const time = fc.integer({ min: 0, max: 30 });
const call = fc.constantFrom("c1", "c2");
const progress = fc.record({ round: fc.integer({ min: 0, max: 9 }) });
const limit = fc.integer({ min: 1, max: 4 });

const act: fc.Arbitrary<Write[]> = fc
  .record({
    id: fc.constantFrom(...ACTS),
    seq: fc.integer({ min: 1, max: 4 }),
    status: fc.constantFrom("requested", "ready", "paid"),
    problem: fc.option(time.map((since) => aProblem("bank_unknown", { since }))),
    covers: fc.boolean(),
    period: fc.option(fc.constantFrom("2026-01-05", "2026-02-05").map((to) => ({ from: "2026-01-01", to }))),
    counterparty: fc.option(fc.constantFrom("r1", "r2").map((ref) => ({ ref, created: true }))),
    counterpartyKey: fc.constantFrom("k1", "k2"),
  } as const)
  .map(anAct)
  .map((made) => [
    { type: "act", act: made },
    { type: "event", event: anEvent(made) },
  ]);

const message: fc.Arbitrary<Write[]> = fc
  .record({
    id,
    queue,
    dueAt: time,
    createdAt: time,
    actId: fc.option(fc.constantFrom(...ACTS)),
    state: fc.oneof({ weight: 4, arbitrary: fc.constant("queued" as const) }, { weight: 1, arbitrary: state }),
    awaiting: fc.option(call),
    orderKey: fc.option(fc.constantFrom("q1", "q2")),
    destination: fc.constantFrom("platform", "ops"),
  })
  .map((made) => [{ type: "job", job: aJob(made) }]);

const settle: fc.Arbitrary<Write[]> = fc
  .record(
    {
      jobId: id,
      owner,
      state,
      dueAt: time,
      awaiting: call,
      progress,
      numbers: fc.uniqueArray(limit, { maxLength: 2 }),
    },
    { requiredKeys: ["jobId", "owner", "state", "dueAt", "progress", "numbers"] },
  )
  .map(({ numbers, ...rest }) => {
    const attempts = numbers.map((n) => anAttempt(rest.jobId, { n }));
    return [{ type: "release", release: { ...rest, attempts } }];
  });

const requeue: fc.Arbitrary<Write[]> = fc
  .record(
    { jobId: id, from: fc.subarray([...STATES]), awaiting: call, dueAt: time, restart: fc.boolean(), progress },
    { requiredKeys: ["jobId", "from", "dueAt", "restart", "progress"] },
  )
  .map((made) => [{ type: "requeue", ...made }]);

const inbox: fc.Arbitrary<Write[]> = fc
  .record({
    entry: fc.record({
      id: fc.constantFrom("i1", "i2", "i3"),
      webhookId: fc.constantFrom("h1", "h2"),
      receivedAt: time,
    }),
    claimsId: fc.boolean(),
  })
  .map(({ entry, claimsId }) => [{ type: "inbox", entry: anEntry(entry), claimsId }]);

const other: fc.Arbitrary<Write[]> = fc.oneof(
  fc
    .option(time)
    .map((stoppedAt): Write[] => [{ type: "destination", destination: { name: "platform", stoppedAt, reason: null } }]),
  fc
    .record({ key: fc.constantFrom("o1", "o2"), at: time, until: time })
    .map((made): Write[] => [{ type: "once", ...made }]),
  fc
    .record({ now: time, by: fc.integer({ min: 1, max: 9 }), leaseUntil: time })
    .map((step): Write[] => [{ type: "set_back", ...step }]),
  fc.boolean().map((confirmed): Write[] => [{ type: "counterparty", counterparty: aCounterparty({ confirmed }) }]),
  fc
    .constantFrom(...ACTS)
    .map((actId): Write[] => [{ type: "form", form: aForm({ actId, prefix: { hash: "h", data: Uint8Array.of(1) } }) }]),
);

const commit: fc.Arbitrary<Step> = fc
  .array(fc.oneof(act, message, message, settle, settle, requeue, inbox, other), { minLength: 1, maxLength: 4 })
  .map((changes) => (store) => store.commit(changes.flat()));

const claim: fc.Arbitrary<Step> = fc
  .record({ queue, limit, owner, now: time, atOnce: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }) })
  .map(({ atOnce, ...params }) => (store) => {
    const bound = atOnce === undefined ? {} : { atOnce };
    return store.leaseJobs({ ...params, leaseUntil: params.now + 5, ...bound });
  });

const claimParked: fc.Arbitrary<Step> = fc
  .record({ limit, owner, now: time })
  .map((params) => (store) => store.leaseParkedJobs({ ...params, leaseUntil: params.now + 5 }));

const renew: fc.Arbitrary<Step> = fc
  .record({ jobId: id, owner, leaseUntil: time, progress })
  .map((params) => (store) => store.renewLease(params));

const wake: fc.Arbitrary<Step> = queue.map((each) => (store) => store.getNextDue(each));

const prune: fc.Arbitrary<Step> = time.map((before) => (store) => store.prune(before));

const step = fc.oneof(
  { weight: 8, arbitrary: commit },
  { weight: 5, arbitrary: claim },
  { weight: 2, arbitrary: claimParked },
  { weight: 1, arbitrary: renew },
  { weight: 1, arbitrary: wake },
  { weight: 1, arbitrary: prune },
);

/** Any sequence of calls answers like the memory store. */
export async function answersLikeMemory(setup: () => Promise<StoreHarness>, numRuns: number): Promise<void> {
  const steps = fc.array(step, { minLength: 5, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const { store, teardown } = await setup();
      const model = createMemoryStore();
      try {
        for (const run of all) expect(await run(store)).toEqual(await run(model));
        expect(await everything(store)).toEqual(await everything(model));
      } finally {
        await teardown();
      }
    }),
    { numRuns },
  );
}

/** A claim finds something at the time that `nextDue` tells, and nothing before. */
export async function dueWhenTold(setup: () => Promise<StoreHarness>, numRuns: number): Promise<void> {
  const steps = fc.array(fc.oneof(commit, claim, claimParked), { minLength: 5, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(steps, queue, async (all, each) => {
      const { store, teardown } = await setup();
      try {
        for (const run of all) await run(store);
        const due = await store.getNextDue(each);
        const take = (now: number) => store.leaseJobs({ queue: each, limit: 1, owner: "x", now, leaseUntil: now + 9 });
        expect(await take((due ?? 1000) - 1)).toEqual([]);
        if (due !== null) expect(await take(due)).toHaveLength(1);
      } finally {
        await teardown();
      }
    }),
    { numRuns },
  );
}

/** Reads the whole store. Cursors are left out, since each store has another format. */
async function everything(store: Store): Promise<unknown> {
  const items = async <T>(page: Promise<{ readonly items: readonly T[] }>) => (await page).items;
  const byKeys = ["k1", "k2"].flatMap((counterpartyKey) =>
    ["r1", "r2"].map((counterpartyRef) =>
      store.getLastCoveredDay({ counterpartyKey, counterpartyRef, exceptActId: "a1" }),
    ),
  );
  return Promise.all([
    items(store.listActs({ limit: 99 })),
    items(store.listActs({ limit: 99, problem: true, status: "ready" })),
    items(store.listJobs({ limit: 99 })),
    items(store.listJobs({ limit: 99, state: "queued", queue: "webhook" })),
    items(store.listInbox({ limit: 99 })),
    store.getStats(),
    store.listStalledActs({ before: 15, limit: 9 }),
    store.listUnannouncedProblems({ before: 15, limit: 9 }),
    store.listDeadJobs({ since: 10, limit: 9 }),
    store.getDestination("platform"),
    store.getCounterparty(aCounterparty().key),
    ...LANES.map((each) => store.getNextDue(each)),
    ...ACTS.flatMap((actId) => [store.listEvents(actId), store.getForm(actId)]),
    ...MESSAGES.map((jobId) => store.listAttempts(jobId)),
    ...["h1", "h2"].map((webhookId) => store.getInboxEntry("platform", webhookId)),
    ...byKeys,
  ]);
}
