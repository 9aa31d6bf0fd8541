import { afterEach, beforeEach, describe, test } from "vitest";
import type { Store } from "../../core/store.ts";
import { commitRules } from "./store-commit.ts";
import { listingRules } from "./store-listing.ts";
import { queueRules } from "./store-queue.ts";
import { recordRules } from "./store-records.ts";
import { writeRules } from "./store-writes.ts";

/** A store to be tested, empty at first. */
export interface StoreHarness {
  readonly store: Store;
  /** Closes the store and opens it again on the same data, where data outlives the process. */
  readonly reopen?: () => Promise<Store>;
  readonly teardown: () => Promise<void>;
}

/** Gives the harness of the test that runs now. */
export type Current = () => StoreHarness;

/** Options of {@link storeContract}. */
export interface StoreContractOptions {
  /** How many random sequences of calls are compared with the memory store; fewer where each write costs a disk. */
  readonly modelRuns?: number;
}

/**
 * States every rule of `Store` once; an implementation's test only says how to set one up. Runs under vitest, and needs
 * fast-check.
 *
 * @example
 * storeContract("memory", async () => {
 *   const store = createMemoryStore();
 *   return { store, teardown: () => store.close() };
 * });
 */
export function storeContract(
  name: string,
  setup: () => Promise<StoreHarness>,
  { modelRuns = 100 }: StoreContractOptions = {},
): void {
  describe(name, () => {
    let harness: StoreHarness;
    beforeEach(async () => {
      harness = await setup();
    });
    afterEach(async () => {
      await harness.teardown();
    });
    const current: Current = () => harness;
    commitRules(current);
    writeRules(current);
    queueRules(current);
    listingRules(current);
    recordRules(current);
    modelRules(setup, modelRuns);
  });
}

/** Rule: after any calls in any order, a store answers like the memory store. */
function modelRules(setup: () => Promise<StoreHarness>, runs: number): void {
  // On demand, so that who tests an adapter does not need fast-check.
  const model = () => import("./store-model.ts");
  describe("model", { timeout: 120_000 }, () => {
    test("any sequence of calls answers like the memory store", async () => {
      await (await model()).answersLikeMemory(setup, runs);
    });

    test("leases a job at the time that nextDue tells, and nothing before", async () => {
      await (await model()).dueWhenTold(setup, runs);
    });
  });
}
