import type { Job, Queue } from "../../core/job.ts";
import type { RelayLog } from "../../core/relay/options.ts";
import type { Relay } from "../../core/relay/relay.ts";
import { toErrorFields } from "../log.ts";

const QUEUES: readonly Queue[] = ["accounting", "webhook"];
/** Longest time between two looks, ms: another process may have committed jobs. */
const LONGEST_SLEEP = 30_000;
/** Pause while due jobs cannot start, ms. A freed job usually wakes the loop, so the pause is only a safety net. */
const BLOCKED_SLEEP = 1_000;
const SWEEP_EVERY = 30_000;
const PRUNE_EVERY = 3_600_000;
const FIRST_BACKOFF = 500;
const LONGEST_BACKOFF = 30_000;

/** Calls `run` once after `ms`; returns a function that cancels the call. */
export type Timer = (run: () => void, ms: number) => () => void;

export interface LoopOptions {
  readonly relay: Pick<Relay, "leaseJobs" | "runJob" | "getNextWake" | "sweep">;
  /** The relay's clock, epoch ms. */
  readonly clock: () => number;
  readonly log: RelayLog;
  /** Deletes rows past the retention period. Default: nothing is deleted. */
  readonly prune?: () => Promise<number>;
  /** False when pg-boss calls the sweeps of all processes over the store. Default: true. */
  readonly sweeps?: boolean;
  readonly timer?: Timer;
}

/** Runs the jobs of a relay inside a process. */
export interface Loop {
  /** Looks for due jobs in these queues. The relay gets this function as `onWork`. Many calls at once cost one look. */
  wake(queues: readonly Queue[]): void;
  /** Starts no more jobs and waits for running jobs, at most `graceMs`. Returns the number of jobs still running. */
  stop(graceMs: number): Promise<number>;
}

/** Leases and runs the jobs of both queues, each queue at its own pace, and does the upkeep. */
export function startLoop(options: LoopOptions): Loop {
  const timer = options.timer ?? startTimer;
  const queues = new Map(QUEUES.map((name) => [name, startQueueLoop(name, options, timer)]));
  const upkeep = [
    ...(options.sweeps === false ? [] : [repeat("sweep", SWEEP_EVERY, () => options.relay.sweep(), options, timer)]),
    ...(options.prune === undefined ? [] : [repeat("prune", PRUNE_EVERY, options.prune, options, timer)]),
  ];
  return {
    wake: (names) => {
      for (const name of names) queues.get(name)?.wake();
    },
    async stop(graceMs) {
      for (const { stop } of upkeep) stop();
      let cancel = () => {};
      const deadline = new Promise<void>((resolve) => {
        cancel = timer(resolve, graceMs);
      });
      await Promise.race([Promise.all([...queues.values()].map((queue) => queue.stop())), deadline]);
      cancel();
      return [...queues.values()].reduce((sum, queue) => sum + queue.countRunning(), 0);
    },
  };
}

interface QueueLoop {
  wake(): void;
  /** Resolves when no job of the queue runs. */
  stop(): Promise<void>;
  countRunning(): number;
}

function startQueueLoop(queue: Queue, { relay, clock, log }: LoopOptions, timer: Timer): QueueLoop {
  const running = new Set<Promise<void>>();
  let stopped = false;
  let turn: Promise<void> | null = null;
  /** True after a wake during a turn, which may have looked too early. */
  let again = false;
  let failures = 0;
  /** Number of looks in a row with a due time in the past and without a job. */
  let missed = 0;
  let cancel = () => {};
  let resting = false;

  function begin(job: Job): void {
    const work = relay
      .runJob(job)
      // The lease will expire, and a later look leases the job again.
      .catch((error: unknown) => log("error", "work_failed", { lane: queue, message: job.id, ...toErrorFields(error) }))
      .finally(() => {
        running.delete(work);
        wake();
      });
    running.add(work);
  }

  /** Leases all due jobs; returns the time to sleep, ms. */
  async function leaseAll(): Promise<number> {
    for (;;) {
      again = false;
      const jobs = await relay.leaseJobs(queue);
      // A stopping loop also runs the leased jobs, which would otherwise wait for the end of the lease.
      for (const job of jobs) begin(job);
      if (stopped) return 0;
      if (jobs.length > 0) missed = 0;
      if (jobs.length > 0 || again) continue;
      const next = await relay.getNextWake(queue);
      if (stopped) return 0;
      if (again) continue;
      const wait = next === null ? LONGEST_SLEEP : next - clock();
      if (wait > 0) {
        missed = 0;
        return Math.min(wait, LONGEST_SLEEP);
      }
      // A first miss: a job became due between the two looks. A second miss: no slot is free, or 1C is being probed.
      missed += 1;
      if (missed > 1) return BLOCKED_SLEEP;
    }
  }

  async function take(): Promise<void> {
    let sleep: number;
    try {
      sleep = await leaseAll();
      failures = 0;
    } catch (error) {
      log("error", "claim_failed", { lane: queue, ...toErrorFields(error) });
      sleep = Math.min(FIRST_BACKOFF * 2 ** failures, LONGEST_BACKOFF);
      failures += 1;
    }
    turn = null;
    if (stopped) return;
    resting = failures > 0;
    cancel = timer(
      () => {
        resting = false;
        wake();
      },
      // A wake after the last look must not be lost.
      again && !resting ? 0 : sleep,
    );
  }

  function wake(): void {
    again = true;
    // A wake does not shorten the pause after a storage failure.
    if (stopped || resting || turn !== null) return;
    cancel();
    // A microtask, so that the wakes of one commit share one look.
    turn = Promise.resolve().then(take);
  }

  wake();
  return {
    wake,
    async stop() {
      stopped = true;
      cancel();
      await turn;
      while (running.size > 0) await Promise.all(running);
    },
    countRunning: () => running.size,
  };
}

/** Calls `run` every `everyMs`, first after one interval. A failure is logged. */
function repeat(
  event: "sweep" | "prune",
  everyMs: number,
  run: () => Promise<number>,
  { log }: LoopOptions,
  timer: Timer,
): { stop(): void } {
  let stopped = false;
  let cancel = timer(turn, everyMs);
  function turn(): void {
    void run()
      .then((count) => log(count > 0 ? "info" : "debug", event, { count }))
      .catch((error: unknown) => log("error", `${event}_failed`, toErrorFields(error)))
      .finally(() => {
        if (!stopped) cancel = timer(turn, everyMs);
      });
  }
  return {
    stop() {
      stopped = true;
      cancel();
    },
  };
}

function startTimer(run: () => void, ms: number): () => void {
  const handle = setTimeout(run, ms);
  return () => clearTimeout(handle);
}
