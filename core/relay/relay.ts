import type { Act, ActDocument, Actor } from "../act.ts";
import { RequestError } from "../errors.ts";
import type { Period } from "../period.ts";
import type { BreakerState } from "./breaker.ts";
import { formTooLarge, type LateAnswer, packAnswer } from "./call.ts";
import { type Command, type CommandsParams, giveCommands, waitingCommand } from "./commands.ts";
import { change, commit, type RelayContext, type RelayOptions } from "./context.ts";
import { completed } from "./defaults.ts";
import { type Received, receive, type SignedEvent } from "./inbox.ts";
import type { Lane, Message } from "./message.ts";
import { payAgain, type RetryDecision, recover, resume, retryAct, retryMessage, voidAct } from "./operator.ts";
import { armPaymentCheck, sweep } from "./sweep.ts";
import { createWorker } from "./worker.ts";

/** The engine that moves messages: takes events in, does the work in 1C, sends webhooks out. */
export interface Relay {
  /** One signed event, already verified; durable when it returns. Throws `RequestError`. */
  receive(signed: SignedEvent): Promise<Received>;
  /** The answer to a call that ended `PENDING`. `early`: the call is still being parked, answer again in a moment. */
  answer(callId: string, answer: LateAnswer): Promise<"taken" | "early" | "unknown">;
  /** Commands for an accounting system that fetches them by itself, oldest first. `answer` ends each. */
  commands(params: CommandsParams): Promise<readonly Command[]>;
  /** The command that waits for its answer under this id; null: none does. */
  command(callId: string): Promise<Command | null>;

  retry(actId: string, actor: Actor, decision?: RetryDecision): Promise<Act>;
  void(actId: string, actor: Actor, reason: string): Promise<Act>;
  payAgain(actId: string, actor: Actor): Promise<Act>;
  retryMessage(messageId: string): Promise<void>;
  recover(since: number): Promise<number>;
  resume(endpoint: string): Promise<void>;

  /** Once before the first claim of a process. */
  prepare(): Promise<void>;
  /** Leases what may be begun now; pass each to `work`. */
  claim(lane: Lane): Promise<readonly Message[]>;
  /** Does one claimed message. Rejects only when the storage fails. */
  work(message: Message): Promise<void>;
  /** Claims and works both lanes once; returns how many messages were done. */
  tick(): Promise<number>;
  /** Ticks until nothing is due; for tests and embedders without a loop. Returns how many messages were done. */
  drain(rounds?: number): Promise<number>;
  /** When the lane should be looked at again (epoch ms); null: after the next commit or the end of a message. */
  nextWake(lane: Lane): Promise<number | null>;
  /** Tells of what has stood or waited for too long; call it every half minute or so. */
  sweep(): Promise<number>;
  /** Messages being done now. */
  running(lane: Lane): number;
  breaker(): BreakerState;
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
  const context = completed(options);
  const worker = createWorker(context);

  async function tick(): Promise<number> {
    const claimed = (await Promise.all([worker.claim("accounting"), worker.claim("webhook")])).flat();
    await Promise.all(claimed.map((message) => worker.work(message)));
    return claimed.length;
  }

  return {
    receive: (signed) => receive(context, signed),
    answer: (callId, answer) => takeAnswer(context, callId, answer),
    commands: (params) => giveCommands(context, params),
    command: (callId) => waitingCommand(context, callId),
    retry: (actId, actor, decision = {}) => retryAct(context, actId, actor, decision),
    void: (actId, actor, reason) => voidAct(context, actId, actor, reason),
    payAgain: (actId, actor) => payAgain(context, actId, actor),
    retryMessage: (messageId) => retryMessage(context, messageId),
    recover: (since) => recover(context, since),
    async resume(endpoint) {
      if (endpoint !== "accounting" && !(endpoint in context.targets)) {
        throw new RequestError("not_found", "Такого адреса нет");
      }
      await resume(context, endpoint);
    },
    prepare: () => armPaymentCheck(context),
    claim: worker.claim,
    work: worker.work,
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
    nextWake: worker.nextWake,
    sweep: () => sweep(context),
    running: worker.running,
    breaker: () => context.breaker.state(context.clock()),
  };
}

async function takeAnswer(
  context: RelayContext,
  callId: string,
  answer: LateAnswer,
): Promise<"taken" | "early" | "unknown"> {
  const message = await context.store.message(callId.split(":")[0] ?? "");
  if (message === null) return "unknown";
  if (message.state === "queued" && message.lease !== null && callId.endsWith(`:${message.attempts}`)) return "early";
  if (message.state === "skipped") return tooLate(context, message, callId, answer);
  if (message.state !== "parked" || message.journal.awaiting !== callId) return "unknown";
  const { awaiting: _, command: __, step, ...journal } = message.journal;
  const kept = packAnswer(storable(context, answer));
  const answers = { ...(message.journal.answers as object | undefined), [String(step)]: kept };
  const dueAt = context.clock();
  // Whoever has answered the same call meanwhile came first: what the message does now is not to be disturbed.
  const requeue = { type: "requeue", messageId: message.id, from: ["parked"], awaiting: callId } as const;
  await commit(context, [{ ...requeue, dueAt, restart: false, journal: { ...journal, answers } }]);
  return "taken";
}

/** The answer, or an error in place of a printed form that the store cannot keep: refused, it would come again for ever. */
function storable(context: RelayContext, answer: LateAnswer): LateAnswer {
  const bytes = "value" in answer && answer.value instanceof Uint8Array ? answer.value.length : 0;
  const detail = formTooLarge(context, bytes);
  if (detail === null) return answer;
  return { error: { code: "print_failed", outcome: "rejected", message: "The store cannot keep the form", detail } };
}

/** An act that 1C made after the relay had given it up: it is there, so its void begins. */
async function tooLate(context: RelayContext, message: Message, callId: string, answer: LateAnswer) {
  const [, step] = callId.split(":");
  const { period } = message.journal as { period?: Period };
  if (message.actId === null || step !== "create" || period === undefined || !("value" in answer)) return "unknown";
  const { ref, number, date } = answer.value as ActDocument;
  await change(context, message.actId, "onec", { type: "act.created", document: { ref, number, date }, period });
  return "taken";
}
