import { type Context, Hono } from "hono";
import { RequestError } from "../../../core/errors.ts";
import type { EventSource } from "../../../core/store.ts";
import type { WebhookKeys } from "../../../core/webhook.ts";
import type { AppOptions } from "../../app.ts";
import type { Metrics } from "../metrics.ts";
import { awaitStore } from "../problem.ts";
import { readSigned } from "../signed.ts";

/** Signed events in. What is answered 2xx is durably stored; what is not properly signed leaves no trace. */
export function webhookRoutes(options: AppOptions, metrics: Metrics): Hono {
  const { platform, onec } = options.inbound;

  async function receive(c: Context, source: EventSource, keys: WebhookKeys): Promise<Response> {
    const signed = await readSigned(c.req.raw, keys, { limit: options.maxBodyBytes, now: options.clock() });
    const { actId, duplicate } = await awaitStore(options.relay.receive({ source, ...signed }));
    metrics.countWebhook(source, duplicate ? "duplicate" : "accepted");
    return c.json({ actId, duplicate }, duplicate ? 200 : 202);
  }

  async function counted(c: Context, source: EventSource, keys: WebhookKeys): Promise<Response> {
    try {
      return await receive(c, source, keys);
    } catch (error) {
      metrics.countWebhook(source, error instanceof RequestError ? error.code : "internal");
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
