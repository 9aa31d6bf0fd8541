import { type Context, Hono } from "hono";
import { RequestError } from "../../core/errors.ts";
import type { Source } from "../../core/store.ts";
import { verify, type WebhookKeys } from "../../core/webhook.ts";
import type { AppOptions } from "../app.ts";
import { readBody } from "../body.ts";
import type { Metrics } from "../metrics.ts";
import { stored } from "../problem.ts";

/** Signed events in. What is answered 2xx is durably stored; what is not properly signed leaves no trace. */
export function webhookRoutes(options: AppOptions, metrics: Metrics): Hono {
  const { platform, onec } = options.inbound;

  async function receive(c: Context, source: Source, keys: WebhookKeys): Promise<Response> {
    const body = await readBody(c.req.raw, options.maxBodyBytes);
    const verified = await verify({ headers: c.req.raw.headers, body, keys, now: options.clock() });
    if (!verified.ok) throw new RequestError(verified.code, REFUSALS[verified.code]);
    const { actId, duplicate } = await stored(options.relay.receive({ source, webhookId: verified.id, body }));
    metrics.webhook(source, duplicate ? "duplicate" : "accepted");
    return c.json({ actId, duplicate }, duplicate ? 200 : 202);
  }

  async function counted(c: Context, source: Source, keys: WebhookKeys): Promise<Response> {
    try {
      return await receive(c, source, keys);
    } catch (error) {
      metrics.webhook(source, error instanceof RequestError ? error.code : "internal");
      throw error;
    }
  }

  return new Hono()
    .post("/webhooks/platform", (c) => counted(c, "platform", platform))
    .post("/webhooks/onec", (c) => {
      if (onec === null) throw new RequestError("not_found", "События от 1С здесь не принимаются");
      return counted(c, "onec", onec);
    });
}

const REFUSALS = {
  signature_invalid: "Подпись отсутствует или не подходит",
  timestamp_out_of_tolerance: "Время подписи отличается от времени сервера больше чем на пять минут",
} as const;
