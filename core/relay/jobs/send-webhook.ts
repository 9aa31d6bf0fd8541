import type { ActEvent } from "../../act-event.ts";
import { awaitUnlessAborted, readBody, runWithDeadline } from "../../deadline.ts";
import type { SendWebhookJob } from "../../job.ts";
import { findNetworkError } from "../../network-errors.ts";
import { sign } from "../../webhook.ts";
import { CallInterrupted } from "../adapter-call.ts";
import { parseRetryAfter, planRetry } from "../backoff.ts";
import { type JobEnd, SKIPPED_ATTEMPT, tellOperator } from "../job-end.ts";
import type { RelayContext, WebhookTarget } from "../options.ts";

/** Longest stored part of an answer, bytes. */
export const KEPT_RESPONSE = 16 * 1024;

/** The answer to a sent webhook. `status`: null without an answer. */
export interface Delivery {
  readonly outcome: "ok" | "rejected" | "unavailable" | "uncertain";
  readonly status: number | null;
  readonly response: string | null;
  readonly detail: string | null;
  readonly code: string | null;
  /** Wait requested by the other side, milliseconds. */
  readonly hintMs: number | null;
  /** 410: the relay must send nothing more to this destination. */
  readonly gone: boolean;
  /** 429, 502, 504: the worker must pause. */
  readonly slow: boolean;
}

/** Pause after a slow answer without `Retry-After`, milliseconds. */
const SLOW_PAUSE = 10_000;
/** Longest pause after a slow answer, milliseconds. */
export const LONGEST_SLOW_PAUSE = 5 * 60_000;

/** Pauses all webhooks of the worker for so many milliseconds. */
export type Slow = (pauseMs: number) => void;

/** Sends one webhook. `pauseFor`: sets the worker's pause at the platform's request. Never throws for an answer. */
export async function sendWebhook(context: RelayContext, job: SendWebhookJob, pauseFor: Slow): Promise<JobEnd> {
  const target = context.targets[job.destination];
  if (target === undefined) {
    const attempt = { ...SKIPPED_ATTEMPT, code: "no_address" };
    return { state: "skipped", dueAt: context.clock(), progress: {}, attempt };
  }
  const delivery = await deliver(context, job, target);
  // Only time ends a pause: an answer of a neighbour, sent before the pause, says nothing of the platform now.
  const isPause = delivery.slow && job.destination === "platform";
  if (isPause) pauseFor(Math.min(delivery.hintMs ?? SLOW_PAUSE, LONGEST_SLOW_PAUSE));
  return endDelivery(context, job, delivery);
}

async function endDelivery(context: RelayContext, job: SendWebhookJob, delivery: Delivery): Promise<JobEnd> {
  const now = context.clock();
  const { destination } = job;
  const { outcome, code, detail, status, response, hintMs } = delivery;
  const end: JobEnd = { state: "done", dueAt: now, progress: {}, attempt: { outcome, code, detail, status, response } };
  if (outcome === "ok") {
    const event = await findRecovery(context, job);
    return { ...end, ...(event === null ? {} : { event }) };
  }
  if (delivery.gone) {
    context.log("error", "endpoint_stopped", { endpoint: destination, code });
    const stopped = { name: destination, stoppedAt: now, reason: "http_410" };
    const event = { type: "endpoint.stopped", data: { endpoint: destination, code } } as const;
    const told = destination === "ops" ? [] : tellOperator(context, event);
    return { ...end, state: "queued", also: () => [{ type: "destination", destination: stopped }, ...told] };
  }
  const attempts = job.attempts - job.attemptsBefore + 1;
  const due = planRetry({ queue: "webhook", attempts, now, hintMs, random: context.random() });
  if (due !== null) return { ...end, state: "queued", dueAt: due };
  const dead: JobEnd = { ...end, state: "dead" };
  if (job.actId === null || destination !== "platform") return dead;
  return { ...dead, event: { type: "delivery.died", messageId: job.id } };
}

/** Returns the event of recovered deliveries, after a successful replay of the act's last dead webhook; else null. */
async function findRecovery(context: RelayContext, job: SendWebhookJob): Promise<ActEvent | null> {
  const { id, actId, attemptsBefore, destination } = job;
  if (actId === null || attemptsBefore === 0 || destination !== "platform") return null;
  const dead = await context.store.listJobs({ actId, state: "dead", limit: 100 });
  if (dead.items.some((other) => other.destination === "platform")) return null;
  return { type: "delivery.recovered", messageId: id };
}

/**
 * Signs and sends one webhook: one deadline for all phases, no redirects, at most 16 KiB of the answer. Throws only
 * {@link CallInterrupted}. The body is the same at every attempt; timestamp and signature are new.
 */
async function deliver(context: RelayContext, job: SendWebhookJob, target: WebhookTarget): Promise<Delivery> {
  const body = new TextEncoder().encode(JSON.stringify(job.input));
  try {
    const timestamp = Math.floor(context.clock() / 1000);
    const signature = await sign({ id: job.id, timestamp, body, keys: target.keys });
    return await runWithDeadline(
      context.settings.webhookTimeoutMs,
      async (signal) => {
        const sending = context.fetch(target.url, {
          method: "POST",
          headers: { ...signature, "content-type": "application/json; charset=utf-8", "user-agent": "onec-relay" },
          body,
          redirect: "manual",
          signal,
        });
        return readAnswer(context, await awaitUnlessAborted(sending, signal), signal);
      },
      context.stop,
    );
  } catch (error) {
    if (context.stop.aborted) throw new CallInterrupted();
    return explainFailure(error);
  }
}

async function readAnswer(context: RelayContext, response: Response, signal: AbortSignal): Promise<Delivery> {
  const status = response.status;
  const text = await readHead(response, signal).catch(() => null);
  const base = { status, response: text, code: `http_${status}`, gone: status === 410 };
  const isOk = status >= 200 && status < 300;
  if (isOk) return { ...base, outcome: "ok", code: null, detail: null, hintMs: null, slow: false };
  const redirect = status >= 300 && status < 400;
  const where = redirect ? (response.headers.get("location") ?? "") : "";
  return {
    ...base,
    outcome: "rejected",
    detail: redirect ? `Redirects are not followed: ${where.slice(0, 200)}` : `Answered ${status}`,
    hintMs: parseRetryAfter(response.headers.get("retry-after"), context.clock()),
    slow: status === 429 || status === 502 || status === 504,
  };
}

/** Reads the first 16 KiB of the body and nothing more. */
async function readHead({ body }: Response, signal: AbortSignal): Promise<string> {
  if (body === null) return "";
  const kept = await readBody(body, { maxBytes: KEPT_RESPONSE, onMore: "cut", signal });
  return new TextDecoder().decode(kept).replaceAll("\u0000", "");
}

function explainFailure(error: unknown): Delivery {
  const nothing = { status: null, response: null, hintMs: null, gone: false, slow: false };
  if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
    return { ...nothing, outcome: "uncertain", code: "timeout", detail: "Sent, no answer in time" };
  }
  const found = findNetworkError(error);
  if (found === null) return { ...nothing, outcome: "uncertain", code: "network", detail: "The connection failed" };
  const { code, isSent, isCertificate } = found;
  const detail = isCertificate ? `The certificate is not trusted (${code}), nothing was sent` : code;
  return { ...nothing, outcome: isSent ? "uncertain" : "unavailable", code, detail };
}
