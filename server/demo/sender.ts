import { importSecrets, sign, type WebhookHeaders, type WebhookKeys } from "../../core/webhook.ts";
import { type Feed, formatBody, shortenSignature } from "./feed.ts";

/** A refusal of the relay for the page: a problem document (RFC 9457). */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

/** Result of a request to the relay. `unreachable`: the outcome is unknown, so the same request must go out again. */
export type Sent =
  | { readonly kind: "accepted"; readonly actId: string | null }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "unreachable" };

/** An event with a fixed body, so that a repeat is equal to the byte. */
export interface PlatformEvent {
  readonly webhookId: string;
  readonly type: string;
  readonly body: string;
  readonly agentId: string;
}

export interface SenderOptions {
  /** Gets the relay's address, known after the relay has begun to listen. */
  readonly relayUrl: () => string;
  readonly inboundSecret: string;
  readonly apiToken: string;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly feed: Feed;
  /** Waits between attempts, ms. The number of attempts is one more. */
  readonly waits: readonly number[];
}

/** The platform's HTTP client: signs its events as any customer's platform does. */
export interface Sender {
  send(event: PlatformEvent): Promise<Sent>;
  retry(actId: string, decision: Readonly<Record<string, unknown>>): Promise<Sent>;
}

const TIMEOUT_MS = 10_000;

export function createSender(options: SenderOptions): Sender {
  const keys = importSecrets(options.inboundSecret);
  // The first send gets the error; before that send, the rejection must not count as unhandled.
  keys.catch(() => undefined);
  return {
    async send(event) {
      const entry = await noteEvent(options, await keys, event);
      for (let attempts = 1; ; attempts += 1) {
        const sent = await sendOnce(options, await keys, event, { entry, attempts });
        const wait = options.waits[attempts - 1];
        if (sent.kind !== "unreachable" || wait === undefined) return sent;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    },
    async retry(actId, decision) {
      const headers = { authorization: `Bearer ${options.apiToken}` };
      const path = `/api/acts/${encodeURIComponent(actId)}/retry`;
      return toSent(await call(options, path, JSON.stringify(decision), headers));
    },
  };
}

async function noteEvent({ feed, clock }: SenderOptions, keys: WebhookKeys, event: PlatformEvent): Promise<number> {
  const { webhookId, type, agentId } = event;
  const signature = shortenSignature((await signEvent(keys, clock(), event))["webhook-signature"]);
  return feed.add({ direction: "out", type, webhookId, signature, agentId, body: formatBody(event.body) });
}

/** Makes an attempt. All attempts have the same id and body; each attempt has a new timestamp and signature. */
async function sendOnce(
  options: SenderOptions,
  keys: WebhookKeys,
  event: PlatformEvent,
  { entry, attempts }: { readonly entry: number; readonly attempts: number },
): Promise<Sent> {
  const headers = await signEvent(keys, options.clock(), event);
  const answer = await call(options, "/webhooks/platform", event.body, { ...headers });
  options.feed.update(entry, {
    attempts,
    signature: shortenSignature(headers["webhook-signature"]),
    status: answer?.status ?? null,
    answer: answer === null ? "Нет ответа" : formatBody(answer.text),
    verified: answer === null || answer.status >= 500 ? null : answer.status !== 401,
  });
  return toSent(answer);
}

function signEvent(keys: WebhookKeys, now: number, { webhookId: id, body }: PlatformEvent): Promise<WebhookHeaders> {
  return sign({ id, timestamp: Math.floor(now / 1000), body: new TextEncoder().encode(body), keys });
}

async function call(
  { relayUrl, fetch }: SenderOptions,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answered | null> {
  try {
    const request = new Request(new URL(path, relayUrl()), {
      method: "POST",
      body: new TextEncoder().encode(body),
      headers: { "content-type": "application/json", ...headers },
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const response = await fetch(request);
    return { status: response.status, text: await response.text() };
  } catch {
    return null;
  }
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

function toSent(answer: Answered | null): Sent {
  if (answer === null || answer.status >= 500 || answer.status === 429) return { kind: "unreachable" };
  const said = parseObject(answer.text);
  if (answer.status >= 200 && answer.status < 300) {
    return { kind: "accepted", actId: typeof said.actId === "string" ? said.actId : null };
  }
  const { status } = answer;
  const code = typeof said.code === "string" ? said.code : "unknown";
  const detail = typeof said.detail === "string" ? said.detail : `Шлюз ответил ${status}`;
  return { kind: "refused", refusal: { status, code, detail, errors: toIssues(said.errors) } };
}

function toIssues(errors: unknown): Refusal["errors"] {
  if (!Array.isArray(errors)) return [];
  return errors.map((issue: Partial<Record<string, unknown>>) => ({
    path: String(issue.path ?? ""),
    code: String(issue.code ?? ""),
    message: String(issue.message ?? ""),
  }));
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
