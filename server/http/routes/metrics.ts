import { Hono } from "hono";
import type { AppOptions } from "../../app.ts";
import type { Metrics } from "../metrics.ts";
import { awaitStore } from "../problem.ts";

/** Prometheus text. */
export function metricsRoutes({ store, relay, clock, version, adapterName }: AppOptions, metrics: Metrics): Hono {
  return new Hono().get("/metrics", async (c) => {
    const text = metrics.render({
      stats: await awaitStore(store.getStats()),
      breaker: relay.getBreakerState(),
      running: { accounting: relay.countRunning("accounting"), webhook: relay.countRunning("webhook") },
      at: clock(),
      version,
      adapter: adapterName,
    });
    return c.body(text, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  });
}
