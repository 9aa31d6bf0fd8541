import { createMemoryStore } from "../../core/relay/memory/store.ts";
import { storeContract } from "../contract/store.ts";

// The contract runs for the memory store alone: the databases of the others are too slow for every mutant.
storeContract("memory", async () => {
  const store = createMemoryStore();
  return { store, teardown: () => store.close() };
});
