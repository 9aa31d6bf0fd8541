/*
 * The public names of `onec-relay/testing`: the rules that every adapter and every store has to keep, as suites for
 * vitest.
 */
export { mockHands } from "../support/mock-hands.ts";
export type {
  AccountantHands,
  ActView,
  AdapterHarness,
  CardView,
  HarnessSettings,
  HarnessSetup,
  NewCard,
  OrderView,
  WriteCall,
} from "./adapter.ts";
export { adapterContract } from "./adapter.ts";
export type { StoreContractOptions, StoreHarness } from "./store.ts";
export { storeContract } from "./store.ts";
