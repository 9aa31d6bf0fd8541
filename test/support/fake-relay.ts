import type { Job, Queue } from "../../core/job.ts";
import type { LoopOptions } from "../../server/node/loop.ts";
import { aMessage } from "./builders.ts";
import { settled } from "./time.ts";

type LoopRelay = LoopOptions["relay"];

/** A relay under a test's control: the test makes jobs due and ends the work. */
export interface FakeRelay extends LoopRelay {
  readonly claims: Record<Queue, number>;
  readonly looks: Record<Queue, number>;
  /** Messages begun and not ended, oldest first. */
  readonly begun: Job[];
  add(count: number, lane?: Queue): void;
  finish(message: Job | undefined): Promise<void>;
  fail(message: Job | undefined): Promise<void>;
  next: number | null;
  sweeps: number;
  broken: boolean;
}

/** A fake with so many slots in each lane and nothing due. */
export function createFake(slots = 2): FakeRelay {
  const due: Record<Queue, Job[]> = { accounting: [], webhook: [] };
  const running: Record<Queue, number> = { accounting: 0, webhook: 0 };
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  let made = 0;

  function end(message: Job | undefined, how: "resolve" | "reject"): Promise<void> {
    const known = ends.get(message?.id ?? "");
    if (message === undefined || known === undefined) throw new Error("No such work is running");
    fake.begun.splice(fake.begun.indexOf(message), 1);
    running[message.queue] -= 1;
    known[how](new Error("The storage is gone"));
    return settled();
  }
  const fake: FakeRelay = {
    claims: { accounting: 0, webhook: 0 },
    looks: { accounting: 0, webhook: 0 },
    begun: [],
    next: null,
    sweeps: 0,
    broken: false,
    add(count, queue = "accounting") {
      for (let n = 0; n < count; n += 1) {
        made += 1;
        due[queue].push(aMessage({ id: `m${made}`, queue }));
      }
    },
    finish: (message) => end(message, "resolve"),
    fail: (message) => end(message, "reject"),
    async leaseJobs(lane) {
      fake.claims[lane] += 1;
      if (fake.broken) throw new Error("The storage is gone");
      const taken = due[lane].splice(0, Math.max(0, slots - running[lane]));
      running[lane] += taken.length;
      await Promise.resolve();
      return taken;
    },
    runJob(message) {
      fake.begun.push(message);
      return new Promise((resolve, reject) => ends.set(message.id, { resolve, reject }));
    },
    async getNextWake(lane) {
      fake.looks[lane] += 1;
      return due[lane].length > 0 ? 0 : fake.next;
    },
    async sweep() {
      fake.sweeps += 1;
      if (fake.broken) throw new Error("The storage is gone");
      return 0;
    },
  };
  return fake;
}
