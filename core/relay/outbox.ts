import { sign } from "../webhook.ts";
import type { RelayContext, WebhookTarget } from "./context.ts";
import type { Message } from "./message.ts";
import { parseRetryAfter } from "./retry.ts";

/** How much of an answer is kept, bytes. */
export const KEPT_RESPONSE = 16 * 1024;

/** How a sent webhook was answered. `status: null`: no answer came. */
export interface Delivery {
  readonly outcome: "ok" | "rejected" | "unavailable" | "uncertain";
  readonly status: number | null;
  readonly response: string | null;
  readonly detail: string | null;
  readonly code: string | null;
  /** The other side's wish to wait, milliseconds. */
  readonly hintMs: number | null;
  /** 410: nothing more is to be sent there. */
  readonly gone: boolean;
  /** 429, 502, 504: send less for a while. */
  readonly slow: boolean;
}

const NETWORK_CODES = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ECONNRESET", "EPIPE"];
/** Errors after which it is certain that nothing was sent. */
const NOT_SENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/**
 * Signs and sends one webhook: one deadline for all phases, redirects refused, at most 16 KiB of the answer read.
 * Never throws. The body is the same at every attempt; the timestamp and signature are new.
 */
export async function sendWebhook(context: RelayContext, message: Message, target: WebhookTarget): Promise<Delivery> {
  const body = new TextEncoder().encode(JSON.stringify(message.payload));
  try {
    const timestamp = Math.floor(context.clock() / 1000);
    const signature = await sign({ id: message.id, timestamp, body, keys: target.keys });
    const request = new Request(target.url, {
      method: "POST",
      headers: { ...signature, "content-type": "application/json; charset=utf-8", "user-agent": "onec-relay" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(context.settings.webhookTimeoutMs),
    });
    return answered(context, await context.fetch(request));
  } catch (error) {
    return unanswered(error);
  }
}

async function answered(context: RelayContext, response: Response): Promise<Delivery> {
  const status = response.status;
  const text = await head(response).catch(() => null);
  const base = { status, response: text, code: `http_${status}`, gone: status === 410 };
  if (status >= 200 && status < 300)
    return { ...base, outcome: "ok", code: null, detail: null, hintMs: null, slow: false };
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

/** The first 16 KiB of the body; the rest is not read. */
async function head(response: Response): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const kept = new Uint8Array(KEPT_RESPONSE);
  let length = 0;
  while (length < KEPT_RESPONSE) {
    const { done, value } = await reader.read();
    if (done) break;
    const part = value.subarray(0, KEPT_RESPONSE - length);
    kept.set(part, length);
    length += part.length;
  }
  await reader.cancel().catch(() => undefined);
  return new TextDecoder().decode(kept.subarray(0, length)).replaceAll("\u0000", "");
}

function unanswered(error: unknown): Delivery {
  const nothing = { status: null, response: null, hintMs: null, gone: false, slow: false };
  if (error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError")) {
    return { ...nothing, outcome: "uncertain", code: "timeout", detail: "Sent, no answer in time" };
  }
  const code = networkCode(error);
  const outcome = code !== null && NOT_SENT.includes(code) ? "unavailable" : "uncertain";
  return { ...nothing, outcome, code: code ?? "network", detail: code ?? "The connection failed" };
}

/** The system's own error code, wherever in the chain of causes it is. */
function networkCode(error: unknown): string | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = "code" in at ? String(at.code) : null;
    if (code !== null && NETWORK_CODES.includes(code)) return code;
    if (at instanceof AggregateError && at.errors.length > 0) return networkCode(at.errors[0]);
  }
  return null;
}
