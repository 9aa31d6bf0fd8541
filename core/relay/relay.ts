import type { Act, Actor } from "../act.ts";
import { RequestError } from "../errors.ts";
import type { Job, LateAnswer, Queue } from "../job.ts";
import type { BreakerState } from "./breaker.ts";
import { watchClock } from "./clock-watch.ts";
import { type Command, type FetchCommandsParams, fetchCommands, findCommand } from "./commands.ts";
import { takeAnswer } from "./late-answer.ts";
import {
  payAgain,
  type RetryDecision,
  replayDead,
  resumeDestination,
  retryAct,
  retryJob,
  voidAct,
} from "./operator.ts";
import { completeOptions, type RelayOptions } from "./options.ts";
import { type Received, receive, type SignedEvent } from "./receive.ts";
import { armPaymentCheck, sweep } from "./sweep.ts";
import { createWorker } from "./worker.ts";

/** The engine: takes events in, does jobs in 1C, sends webhooks out. */
export interface Relay {
  /** Takes one event with a verified signature. The event is durable on return. Throws `RequestError`. */
  receive(signed: SignedEvent): Promise<Received>;
  /** Takes the answer to a `PENDING` call. `early`: the job is not parked yet; answer again in a moment. */
  takeAnswer(callId: string, answer: LateAnswer): Promise<"taken" | "early" | "unknown">;
  /** Leases commands to an accounting system in pull mode, oldest first. `takeAnswer` ends each command. */
  fetchCommands(params: FetchCommandsParams): Promise<readonly Command[]>;
  /** The unanswered command under this id, or null. */
  findCommand(callId: string): Promise<Command | null>;

  retryAct(actId: string, actor: Actor, decision?: RetryDecision): Promise<Act>;
  voidAct(actId: string, actor: Actor, reason: string): Promise<Act>;
  payAgain(actId: string, actor: Actor): Promise<Act>;
  retryJob(jobId: string): Promise<void>;
  replayDead(since: number): Promise<number>;
  resumeDestination(name: string): Promise<void>;

  /** Call once before the first lease of a process. */
  prepare(): Promise<void>;
  /** Leases the jobs allowed to begin now; pass each to `runJob`. */
  leaseJobs(queue: Queue): Promise<readonly Job[]>;
  /** Does one leased job. Rejects only when the storage fails. */
  runJob(job: Job): Promise<void>;
  /** Leases and does jobs of both queues once. Returns the number of done jobs. */
  tick(): Promise<number>;
  /** Ticks until no job is due, for tests and embedders without a loop. Returns the number of done jobs. */
  drain(rounds?: number): Promise<number>;
  /** When to look at the queue again, epoch ms; null: after the next commit or the end of a job. */
  getNextWake(queue: Queue): Promise<number | null>;
  /** Announces old problems and stalled acts; call about every 30 seconds. Returns the number of announced acts. */
  sweep(): Promise<number>;
  /** Number of running jobs of this process. */
  countRunning(queue: Queue): number;
  getBreakerState(): BreakerState;
}

/**
 * Creates the relay over a store, an adapter, a printer and the outside addresses.
 *
 * @throws {TypeError} for targets without `fetch`, or the target `platform` without `documentLink`
 *
 * @example
 * const relay = createRelay({
 *   store: createMemoryStore(),
 *   adapter,
 *   printer: createPrinter(),
 *   settings: { platformId: "cabinet", organizationInn: "7707083893" },
 *   clock: Date.now,
 *   random: Math.random,
 * });
 */
export function createRelay(options: RelayOptions): Relay {
  const context = completeOptions(options);
  const worker = createWorker(context);

  async function tick(): Promise<number> {
    const leased = (await Promise.all([worker.leaseJobs("accounting"), worker.leaseJobs("webhook")])).flat();
    await Promise.all(leased.map((job) => worker.runJob(job)));
    return leased.length;
  }

  return {
    receive: (signed) => receive(context, signed),
    takeAnswer: (callId, answer) => takeAnswer(context, callId, answer),
    fetchCommands: (params) => fetchCommands(context, params),
    findCommand: (callId) => findCommand(context, callId),
    retryAct: (actId, actor, decision = {}) => retryAct(context, actId, actor, decision),
    voidAct: (actId, actor, reason) => voidAct(context, actId, actor, reason),
    payAgain: (actId, actor) => payAgain(context, actId, actor),
    retryJob: (jobId) => retryJob(context, jobId),
    replayDead: (since) => replayDead(context, since),
    async resumeDestination(name) {
      if (name !== "accounting" && !(name in context.targets)) {
        throw new RequestError("not_found", "Такого адреса нет");
      }
      await resumeDestination(context, name);
    },
    async prepare() {
      await watchClock(context);
      await armPaymentCheck(context);
    },
    leaseJobs: worker.leaseJobs,
    runJob: worker.runJob,
    tick,
    async drain(rounds = 1000) {
      let done = 0;
      for (let round = 0; round < rounds; round += 1) {
        const count = await tick();
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    getNextWake: worker.getNextWake,
    sweep: () => sweep(context),
    countRunning: worker.countRunning,
    getBreakerState: () => context.breaker.getState(context.clock()),
  };
}
