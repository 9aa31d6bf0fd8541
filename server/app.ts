import { type Context, Hono } from "hono";
import { RequestError } from "../core/errors.ts";
import type { CommandQueue } from "../core/relay/commands.ts";
import type { Relay } from "../core/relay/relay.ts";
import type { Store } from "../core/store.ts";
import type { WebhookKeys } from "../core/webhook.ts";
import { requireToken, type Tokens } from "./http/auth.ts";
import type { DocumentLinks } from "./http/links.ts";
import { createMetrics } from "./http/metrics.ts";
import { observe } from "./http/observe.ts";
import { createProblemResponse } from "./http/problem.ts";
import { actRoutes } from "./http/routes/acts.ts";
import { documentRoutes } from "./http/routes/documents.ts";
import { endpointRoutes } from "./http/routes/endpoints.ts";
import { healthRoutes } from "./http/routes/health.ts";
import { inboxRoutes } from "./http/routes/inbox.ts";
import { messageRoutes } from "./http/routes/messages.ts";
import { metricsRoutes } from "./http/routes/metrics.ts";
import { onecRoutes } from "./http/routes/onec.ts";
import { openApiRoutes } from "./http/routes/openapi.ts";
import { webhookRoutes } from "./http/routes/webhooks.ts";
import type { Log } from "./log.ts";

export type { Tokens } from "./http/auth.ts";
export { createLinks, type DocumentLinkOptions, type DocumentLinkParts, type DocumentLinks } from "./http/links.ts";
export { createLog, type Log, type LogLevel, type LogOptions } from "./log.ts";

/** Everything the HTTP side works with. No runtime, no database driver: the same on Node and on the edge. */
export interface AppOptions {
  readonly relay: Relay;
  readonly store: Store;
  /** Keys that verify what comes in; `onec: null` where 1C sends nothing. */
  readonly inbound: { readonly platform: WebhookKeys; readonly onec: WebhookKeys | null };
  /** Where 1C fetches its commands by itself; absent: it is called, or there is none. Needs `inbound.onec`. */
  readonly commands?: CommandQueue;
  /** `write` may do everything, `read` only GET; null: nobody may (the routes answer 401). */
  readonly tokens: Tokens;
  readonly links: DocumentLinks;
  /** Origins that may show the printed form in a frame; empty: none. */
  readonly frameAncestors: readonly string[];
  readonly maxBodyBytes: number;
  readonly version: string;
  readonly adapterName: string;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  /** The demo cabinet, mounted at `/demo`, where there is one. */
  readonly demo?: Hono;
}

/** The HTTP server of the relay, as a Hono application. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  const metrics = createMetrics();
  app.onError((error) => createProblemResponse(error));
  app.notFound((c) => answerUnknownRoute(app, c));
  app.use(observe(options, metrics));
  app.use("/api/*", requireToken(options.tokens));
  app.use("/metrics", requireToken(options.tokens));
  app.route("/", webhookRoutes(options, metrics));
  app.route("/", onecRoutes(options));
  app.route("/", documentRoutes(options));
  app.route("/", actRoutes(options));
  app.route("/", messageRoutes(options));
  app.route("/", endpointRoutes(options));
  app.route("/", inboxRoutes(options));
  app.route("/", healthRoutes(options));
  app.route("/", metricsRoutes(options, metrics));
  app.route("/", openApiRoutes(options));
  app.route("/", createRootRoutes(options));
  if (options.demo !== undefined) mountDemo(app, options.demo);
  return app;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** 405 with what the address does take, or 404. */
function answerUnknownRoute(app: Hono, c: Context): Response {
  const taken = METHODS.filter((method) =>
    app.router.match(method, c.req.path)[0].some(([[, route]]) => route.method === method),
  );
  if (taken.length === 0) return createProblemResponse(new RequestError("not_found", "Такого адреса нет"));
  const allow = taken.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
  const error = new RequestError("method_not_allowed", `Этот адрес принимает только ${allow}`);
  return createProblemResponse(error, { headers: { allow } });
}

/** What somebody sees who opens the bare address. */
function createRootRoutes({ version, demo }: AppOptions): Hono {
  return new Hono().get("/", (c) =>
    demo === undefined
      ? c.json({ name: "onec-relay", version, docs: "/docs", openapi: "/openapi.json", health: "/health/ready" })
      : c.redirect("/demo/", 302),
  );
}

/** The demo's pages use relative addresses, hence the slash. */
function mountDemo(app: Hono, demo: Hono): void {
  app.get("/demo", (c) => c.redirect("/demo/", 302));
  app.route("/demo", demo);
}
