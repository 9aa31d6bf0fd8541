import { Hono } from "hono";
import type { AppOptions } from "../../app.ts";
import { presentBreaker } from "../present.ts";
import { awaitStore, createProblemResponse } from "../problem.ts";

/** Liveness and readiness. 1C being down is shown and never makes the server not ready: then we queue. */
export function healthRoutes({ store, relay, adapterName }: AppOptions): Hono {
  return new Hono()
    .get("/health/live", (c) => c.json({ status: "ok" }))
    .get("/health/ready", async (c) => {
      const accounting = { adapter: adapterName, breaker: presentBreaker(relay.getBreakerState()) };
      try {
        await awaitStore(store.checkReady());
      } catch (error) {
        // Answered here, and still a failure for the log.
        if (error instanceof Error) c.error = error;
        return createProblemResponse(error, { members: { storage: "unavailable", accounting } });
      }
      return c.json({ status: "ok", storage: "ok", accounting });
    });
}
