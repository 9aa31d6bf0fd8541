import type { Context } from "hono";
import * as v from "valibot";
import { importSecrets, verify } from "../../core/webhook.ts";
import { type Feed, formatBody, shortenSignature } from "./feed.ts";
import type { Platform } from "./platform.ts";

export interface CallbackOptions {
  readonly outboundSecret: string;
  readonly platform: Platform;
  readonly feed: Feed;
  /** Epoch ms. */
  readonly clock: () => number;
}

const REMEMBERED = 5000;

const envelopeSchema = v.object({
  type: v.string(),
  timestamp: v.string(),
  seq: v.number(),
  data: v.looseObject({ payoutId: v.string() }),
});

/**
 * Makes the platform's webhook endpoint. The endpoint verifies the raw bytes, takes each `webhook-id` once and answers
 * at once. A forged or stale message gets 401 and changes nothing; the feed shows the refused message.
 */
export function createCallbacks(options: CallbackOptions): (c: Context) => Promise<Response> {
  const { feed, platform, clock } = options;
  const keys = importSecrets(options.outboundSecret);
  keys.catch(() => undefined);
  const seen = new Set<string>();

  return async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    const result = await verify({ headers: c.req.raw.headers, body, keys: await keys, now: clock() });
    const text = new TextDecoder().decode(body);
    const entry = {
      direction: "in",
      webhookId: (c.req.header("webhook-id") ?? "—").slice(0, 100),
      signature: shortenSignature(c.req.header("webhook-signature") ?? "—"),
      body: formatBody(text),
      verified: result.ok,
    } as const;
    if (!result.ok) {
      feed.add({ ...entry, type: "неизвестно", status: 401, note: "Подпись не наша: не принято" });
      return c.json({ code: result.code }, 401);
    }
    const envelope = v.safeParse(envelopeSchema, parseJson(text));
    if (!envelope.success) {
      feed.add({ ...entry, type: "неизвестно", status: 400, note: "Не похоже на событие" });
      return c.json({ code: "malformed" }, 400);
    }
    const { type, seq, data } = envelope.output;
    if (seen.has(result.id)) {
      feed.add({ ...entry, type, status: 200, note: "Повтор: уже учтено" });
      return c.json({ duplicate: true }, 200);
    }
    remember(seen, result.id);
    const at = Date.parse(envelope.output.timestamp);
    const agentId = platform.notice(data.payoutId, { type, seq, at: Number.isNaN(at) ? clock() : at, data });
    feed.add({ ...entry, type, status: 204, agentId, note: agentId === null ? "Выплата прошлого запуска" : null });
    return c.body(null, 204);
  };
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id);
  for (const oldest of seen) {
    if (seen.size <= REMEMBERED) break;
    seen.delete(oldest);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
