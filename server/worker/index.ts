import type { ExecutionContext, MessageBatch, ScheduledController } from "@cloudflare/workers-types";
import { RelayError, RequestError } from "../../core/errors.ts";
import { getStandardFonts } from "../../core/print/index.ts";
import { ConfigError } from "../config/index.ts";
import { createProblemResponse } from "../http/problem.ts";
import { toErrorFields } from "../log.ts";
import { drain } from "./drain.ts";
import { type Env, getWorkerParts, type WorkerParts } from "./parts.ts";
import type { WakeUp } from "./wake-ups.ts";

/** A call of a queue or of cron ends in 15 minutes, whatever it does: calls to 1C that have begun must have the time. */
const BEGIN_MS = 20_000;
/** A call may ask D1 a thousand times; a message of a new counterparty over OData takes the most, about fifty. */
const MOST_MESSAGES = 16;
const DAY_MS = 86_400_000;

// Read while the isolate starts, so that no request pays for it.
getStandardFonts();

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    let parts: WorkerParts;
    try {
      parts = await getWorkerParts(env);
    } catch (error) {
      return answerUnable(error);
    }
    const answer = Promise.resolve(parts.app.fetch(request));
    // Also for a sender that hangs up: what it has sent may be in the database.
    context.waitUntil(answer.then(() => (parts.takeWork() ? parts.wakeUps.sendNow() : undefined)));
    return answer;
  },

  /** One look serves all wake-ups that came together. Where it fails, they come again. */
  async queue(batch: MessageBatch<WakeUp>, env: Env): Promise<void> {
    try {
      await work(await getWorkerParts(env));
    } catch (error) {
      report("wake_up_failed", error);
      batch.retryAll();
    }
  },

  /** Every minute: what no wake-up has found, what has stood for too long, and what is older than the business keeps. */
  async scheduled(controller: ScheduledController, env: Env): Promise<void> {
    const parts = await getWorkerParts(env).catch((error: unknown) => {
      report("cron_failed", error);
      throw error;
    });
    const { log, store, config } = parts;
    const relay = parts.createRelay();
    const { retentionDays } = config;
    const hourly = new Date(controller.scheduledTime).getUTCMinutes() === 0;
    const before = controller.scheduledTime - (retentionDays ?? 0) * DAY_MS;
    const steps: [name: string, run: () => Promise<unknown>][] = [
      ["sweep", () => relay.sweep()],
      ["work", () => work(parts)],
      ...(retentionDays !== null && hourly
        ? [["prune", () => store.prune(before)] as [string, () => Promise<unknown>]]
        : []),
    ];
    for (const [name, run] of steps) {
      await run().catch((error: unknown) => log("error", `${name}_failed`, toErrorFields(error)));
    }
  },
};

async function work({ createRelay: relay, wakeUps, log }: WorkerParts): Promise<void> {
  const bounds = { beginMs: BEGIN_MS, most: MOST_MESSAGES };
  const clock = () => Date.now();
  const done = await drain({ relay: relay(), clock, log, ...bounds, leave: wakeUps.sendAt });
  log("debug", "drained", { done });
}

/** Nothing was taken: whoever sent it sends it again. */
function answerUnable(error: unknown): Response {
  report("start_failed", error);
  const refusal =
    error instanceof ConfigError
      ? new RequestError("internal", "Шлюз настроен неверно: что исправить, сказано в его журнале")
      : new RequestError("storage_unavailable", "Хранилище недоступно, ничего не записано. Повторите позже");
  return createProblemResponse(refusal);
}

/** Where there are no settings yet, or no storage, there is no log either. Our own errors say what to do, and hold no secrets. */
function report(event: string, error: unknown): void {
  const reason = error instanceof RelayError ? { reason: error.message } : {};
  console.error(JSON.stringify({ time: new Date(), level: "error", event, ...toErrorFields(error), ...reason }));
}
