import type { ExecutionContext, MessageBatch, ScheduledController } from "@cloudflare/workers-types";
import { RelayError, RequestError } from "../../core/errors.ts";
import { getStandardFonts } from "../../core/print/index.ts";
import { ConfigError } from "../config/index.ts";
import { createProblemResponse } from "../http/problem.ts";
import { toErrorFields } from "../log.ts";
import { drain } from "./drain.ts";
import { type Env, getWorkerParts, type WorkerParts } from "./parts.ts";
import type { WakeUp } from "./wake-ups.ts";

/** Time for starting jobs. A queue or cron invocation ends after 15 minutes; started calls to 1C need the rest. */
const BEGIN_MS = 20_000;
/** An invocation may query D1 a thousand times; a job takes at most about fifty (a new counterparty over OData). */
const MOST_JOBS = 16;
const DAY_MS = 86_400_000;

// The fonts load at the start of the isolate, so that no request waits.
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
    // Even after a sender hangs up, the event may be in the database.
    context.waitUntil(answer.then(() => (parts.takeWork() ? parts.wakeUps.sendNow() : undefined)));
    return answer;
  },

  /** Looks once for a whole batch of wake-ups. After a failure the queue delivers the batch again. */
  async queue(batch: MessageBatch<WakeUp>, env: Env): Promise<void> {
    try {
      await work(await getWorkerParts(env));
    } catch (error) {
      report("wake_up_failed", error);
      batch.retryAll();
    }
  },

  /** Runs every minute: sweeps overdue problems, runs jobs without a wake-up, and deletes rows past retention. */
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
  const bounds = { beginMs: BEGIN_MS, most: MOST_JOBS };
  const clock = () => Date.now();
  const done = await drain({ relay: relay(), clock, log, ...bounds, leave: wakeUps.sendAt });
  log("debug", "drained", { done });
}

/** Answers a request that could not be accepted, so that the sender sends the event again. */
function answerUnable(error: unknown): Response {
  report("start_failed", error);
  const refusal =
    error instanceof ConfigError
      ? new RequestError("internal", "Шлюз настроен неверно: что исправить, сказано в его журнале")
      : new RequestError("storage_unavailable", "Хранилище недоступно, ничего не записано. Повторите позже");
  return createProblemResponse(refusal);
}

/** Writes a log line without the log of the settings. The message of a {@link RelayError} has no secrets. */
function report(event: string, error: unknown): void {
  const reason = error instanceof RelayError ? { reason: error.message } : {};
  console.error(JSON.stringify({ time: new Date(), level: "error", event, ...toErrorFields(error), ...reason }));
}
