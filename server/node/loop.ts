import type { Job, Queue } from "../../core/job.ts";
import type { RelayLog } from "../../core/relay/options.ts";
import type { Relay } from "../../core/relay/relay.ts";
import { toErrorFields } from "../log.ts";

const LANES: readonly Queue[] = ["accounting", "webhook"];
/** Looks this often even when nothing is known to be due: another process may have committed work. */
const LONGEST_SLEEP = 30_000;
/** Work is due and none can be begun: what frees it mostly wakes the loop, so this is only a safety net. */
const BLOCKED_SLEEP = 1_000;
const SWEEP_EVERY = 30_000;
const PRUNE_EVERY = 3_600_000;
const FIRST_BACKOFF = 500;
const LONGEST_BACKOFF = 30_000;

/** Calls `run` once after so many milliseconds; returns how to call it off. */
export type Timer = (run: () => void, ms: number) => () => void;

/** {@link startLoop} */
export interface LoopOptions {
  readonly relay: Pick<Relay, "leaseJobs" | "runJob" | "getNextWake" | "sweep">;
  /** Epoch ms; the relay's own clock. */
  readonly clock: () => number;
  readonly log: RelayLog;
  /** Deletes what is older than the business keeps. Absent: everything is kept. */
  readonly prune?: () => Promise<number>;
  /** False: somebody else calls for sweeps, for all processes over the same store. Default: this loop does. */
  readonly sweeps?: boolean;
  /** Default: `setTimeout`. */
  readonly timer?: Timer;
}

/** What keeps a relay going inside one process. */
export interface Loop {
  /** Work may be due in these lanes: give it to the relay as `onWork`. Many calls at once cost as much as one. */
  wake(lanes: readonly Queue[]): void;
  /** Begins nothing more and waits for what runs, at most so long. Returns how many messages were left running. */
  stop(graceMs: number): Promise<number>;
}

/** Claims and works both lanes, each at its own pace, and does the upkeep. */
export function startLoop(options: LoopOptions): Loop {
  const timer = options.timer ?? startTimer;
  const lanes = new Map(LANES.map((name) => [name, startQueueLoop(name, options, timer)]));
  const upkeep = [
    ...(options.sweeps === false ? [] : [repeat("sweep", SWEEP_EVERY, () => options.relay.sweep(), options, timer)]),
    ...(options.prune === undefined ? [] : [repeat("prune", PRUNE_EVERY, options.prune, options, timer)]),
  ];
  return {
    wake: (names) => {
      for (const name of names) lanes.get(name)?.wake();
    },
    async stop(graceMs) {
      for (const { stop } of upkeep) stop();
      let callOff = () => {};
      const deadline = new Promise<void>((resolve) => {
        callOff = timer(resolve, graceMs);
      });
      await Promise.race([Promise.all([...lanes.values()].map((lane) => lane.stop())), deadline]);
      callOff();
      return [...lanes.values()].reduce((sum, lane) => sum + lane.countRunning(), 0);
    },
  };
}

interface LaneLoop {
  wake(): void;
  /** Resolves when nothing of the lane runs any more. */
  stop(): Promise<void>;
  countRunning(): number;
}

function startQueueLoop(lane: Queue, { relay, clock, log }: LoopOptions, timer: Timer): LaneLoop {
  const running = new Set<Promise<void>>();
  let stopped = false;
  let turn: Promise<void> | null = null;
  /** Woken during a turn, which may have looked too early. */
  let again = false;
  let failures = 0;
  /** Looks in a row that found work due and none to claim. */
  let missed = 0;
  let callOff = () => {};
  let resting = false;

  function begin(message: Job): void {
    const work = relay
      .runJob(message)
      // The lease runs out and the message is claimed anew.
      .catch((error: unknown) => log("error", "work_failed", { lane, message: message.id, ...toErrorFields(error) }))
      .finally(() => {
        running.delete(work);
        wake();
      });
    running.add(work);
  }

  /** Claims until there is nothing to claim; returns how long to sleep. */
  async function claimAll(): Promise<number> {
    for (;;) {
      again = false;
      const messages = await relay.leaseJobs(lane);
      // Also when the loop is being stopped: what was leased would otherwise wait for its lease to run out.
      for (const message of messages) begin(message);
      if (stopped) return 0;
      if (messages.length > 0) missed = 0;
      if (messages.length > 0 || again) continue;
      const next = await relay.getNextWake(lane);
      if (stopped) return 0;
      if (again) continue;
      const wait = next === null ? LONGEST_SLEEP : next - clock();
      if (wait > 0) {
        missed = 0;
        return Math.min(wait, LONGEST_SLEEP);
      }
      // Once, it may have become due between the two looks; twice, the slots are taken or 1C is being probed.
      missed += 1;
      if (missed > 1) return BLOCKED_SLEEP;
    }
  }

  async function take(): Promise<void> {
    let sleep: number;
    try {
      sleep = await claimAll();
      failures = 0;
    } catch (error) {
      log("error", "claim_failed", { lane, ...toErrorFields(error) });
      sleep = Math.min(FIRST_BACKOFF * 2 ** failures, LONGEST_BACKOFF);
      failures += 1;
    }
    turn = null;
    if (stopped) return;
    resting = failures > 0;
    callOff = timer(
      () => {
        resting = false;
        wake();
      },
      // A wake that came after the last look is not lost.
      again && !resting ? 0 : sleep,
    );
  }

  function wake(): void {
    again = true;
    // A failing storage is not asked the sooner for being woken.
    if (stopped || resting || turn !== null) return;
    callOff();
    // In a later turn of the queue, so that wakes of one commit share one look.
    turn = Promise.resolve().then(take);
  }

  wake();
  return {
    wake,
    async stop() {
      stopped = true;
      callOff();
      await turn;
      while (running.size > 0) await Promise.all(running);
    },
    countRunning: () => running.size,
  };
}

/** Does something every so often, the first time after one interval; a failure is logged and tried again next time. */
function repeat(
  event: "sweep" | "prune",
  everyMs: number,
  run: () => Promise<number>,
  { log }: LoopOptions,
  timer: Timer,
): { stop(): void } {
  let stopped = false;
  let callOff = timer(turn, everyMs);
  function turn(): void {
    void run()
      .then((count) => log(count > 0 ? "info" : "debug", event, { count }))
      .catch((error: unknown) => log("error", `${event}_failed`, toErrorFields(error)))
      .finally(() => {
        if (!stopped) callOff = timer(turn, everyMs);
      });
  }
  return {
    stop() {
      stopped = true;
      callOff();
    },
  };
}

function startTimer(run: () => void, ms: number): () => void {
  const handle = setTimeout(run, ms);
  return () => clearTimeout(handle);
}
