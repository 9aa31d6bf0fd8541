import { afterEach, beforeEach, describe } from "vitest";
import type { Store } from "../../core/store.ts";
import { changeRules } from "./store-changes.ts";
import { commitRules } from "./store-commit.ts";
import { listingRules } from "./store-listing.ts";
import { modelRules } from "./store-model.ts";
import { queueRules } from "./store-queue.ts";
import { recordRules } from "./store-records.ts";

/** A store to be tested, empty at first. */
export interface StoreHarness {
  readonly store: Store;
  /** Closes the store and opens it again on the same data, where data outlives the process. */
  readonly reopen?: () => Promise<Store>;
  readonly teardown: () => Promise<void>;
}

/** Gives the harness of the test that runs now. */
export type Current = () => StoreHarness;

/** What {@link storeContract} may be told. */
export interface StoreContractOptions {
  /** How many random sequences of calls are compared with the memory store; fewer where each write costs a disk. */
  readonly modelRuns?: number;
}

/** States every rule of `Store` once; an implementation's test only says how to set one up. */
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
    changeRules(current);
    queueRules(current);
    listingRules(current);
    recordRules(current);
    modelRules(setup, modelRuns);
  });
}
