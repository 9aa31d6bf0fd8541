import type { Store } from "../../core/store.ts";

/** Thrown where a process dies. */
export class Crash extends Error {}

/** Creates the store of a process that may die at any write, before the write or right after. */
export function mortal(store: Store, dies: () => boolean, crashed: () => void): Store {
  let dead = false;
  const guard = <A extends unknown[], R>(call: (...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => {
      if (dead) throw new Crash("dead");
      if (dies()) {
        dead = true;
        crashed();
        throw new Crash("died before a write");
      }
      const result = await call(...args);
      if (dies()) {
        dead = true;
        crashed();
        throw new Crash("died after a write");
      }
      return result;
    };
  };
  return {
    ...store,
    commit: guard(store.commit),
    renewLease: guard(store.renewLease),
    leaseJobs: guard(store.leaseJobs),
    leaseParkedJobs: guard(store.leaseParkedJobs),
  };
}

/** A small generator of numbers in [0, 1): the same seed gives the same run (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
