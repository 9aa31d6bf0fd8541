import type { Act, Actor } from "../act.ts";
import { RequestError } from "../errors.ts";
import type { Job, LateAnswer, Queue } from "../job.ts";

import type { BreakerState } from "./breaker.ts";
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

/** The engine that moves messages: takes events in, does the work in 1C, sends webhooks out. */
export interface Relay {
  /** One signed event, already verified; durable when it returns. Throws `RequestError`. */
  receive(signed: SignedEvent): Promise<Received>;
  /** The answer to a call that ended `PENDING`. `early`: the call is still being parked, answer again in a moment. */
  takeAnswer(callId: string, answer: LateAnswer): Promise<"taken" | "early" | "unknown">;
  /** Commands for an accounting system that fetches them by itself, oldest first. `answer` ends each. */
  fetchCommands(params: FetchCommandsParams): Promise<readonly Command[]>;
  /** The command that waits for its answer under this id; null: none does. */
  findCommand(callId: string): Promise<Command | null>;

  retryAct(actId: string, actor: Actor, decision?: RetryDecision): Promise<Act>;
  voidAct(actId: string, actor: Actor, reason: string): Promise<Act>;
  payAgain(actId: string, actor: Actor): Promise<Act>;
  retryJob(messageId: string): Promise<void>;
  replayDead(since: number): Promise<number>;
  resumeDestination(endpoint: string): Promise<void>;

  /** Once before the first claim of a process. */
  prepare(): Promise<void>;
  /** Leases what may be begun now; pass each to `work`. */
  leaseJobs(lane: Queue): Promise<readonly Job[]>;
  /** Does one claimed message. Rejects only when the storage fails. */
  runJob(message: Job): Promise<void>;
  /** Claims and works both lanes once; returns how many messages were done. */
  tick(): Promise<number>;
  /** Ticks until nothing is due; for tests and embedders without a loop. Returns how many messages were done. */
  drain(rounds?: number): Promise<number>;
  /** When the lane should be looked at again (epoch ms); null: after the next commit or the end of a message. */
  getNextWake(lane: Queue): Promise<number | null>;
  /** Tells of what has stood or waited for too long; call it every half minute or so. */
  sweep(): Promise<number>;
  /** Messages being done now. */
  countRunning(lane: Queue): number;
  getBreakerState(): BreakerState;
}

/**
 * The relay over a store, an adapter, a printer and the outside addresses.
 *
 * @throws {TypeError} when targets are given without what sending to them needs
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
    const claimed = (await Promise.all([worker.leaseJobs("accounting"), worker.leaseJobs("webhook")])).flat();
    await Promise.all(claimed.map((message) => worker.runJob(message)));
    return claimed.length;
  }

  return {
    receive: (signed) => receive(context, signed),
    takeAnswer: (callId, answer) => takeAnswer(context, callId, answer),
    fetchCommands: (params) => fetchCommands(context, params),
    findCommand: (callId) => findCommand(context, callId),
    retryAct: (actId, actor, decision = {}) => retryAct(context, actId, actor, decision),
    voidAct: (actId, actor, reason) => voidAct(context, actId, actor, reason),
    payAgain: (actId, actor) => payAgain(context, actId, actor),
    retryJob: (messageId) => retryJob(context, messageId),
    replayDead: (since) => replayDead(context, since),
    async resumeDestination(endpoint) {
      if (endpoint !== "accounting" && !(endpoint in context.targets)) {
        throw new RequestError("not_found", "Такого адреса нет");
      }
      await resumeDestination(context, endpoint);
    },
    prepare: () => armPaymentCheck(context),
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
