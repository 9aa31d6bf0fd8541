import { type Context, Hono } from "hono";
import { RequestError } from "../core/errors.ts";
import { createTokenCheck, requireToken } from "./http/access.ts";
import type { AppOptions, HttpContext } from "./http/context.ts";
import { createMetrics } from "./http/metrics.ts";
import { observe } from "./http/observe.ts";
import { createOpenApi } from "./http/openapi/document.ts";
import type { OpenApi } from "./http/openapi/schemas.ts";
import { mountOperations } from "./http/operation.ts";
import { createProblemResponse } from "./http/problem.ts";
import { OPERATIONS } from "./http/routes/index.ts";

export type { AppOptions, Tokens } from "./http/context.ts";
export { createLinks, type DocumentLinkOptions, type DocumentLinkParts, type DocumentLinks } from "./http/links.ts";
export { createLog, type Log, type LogLevel, type LogOptions } from "./log.ts";

/** The HTTP server of the relay, as a Hono application. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  const context = createContext(options);
  app.onError((error) => createProblemResponse(error));
  app.notFound((c) => answerUnknownRoute(app, c));
  app.use(observe(context));
  mountOperations(app, OPERATIONS, context);
  app.use("/api/*", requireToken(context));
  app.use("/metrics", requireToken(context));
  if (options.demo !== undefined) mountDemo(app, options.demo);
  return app;
}

function createContext(options: AppOptions): HttpContext {
  let document: OpenApi | undefined;
  return {
    ...options,
    metrics: createMetrics(),
    checkToken: createTokenCheck(options.tokens),
    // The first request makes the document: most processes never get such a request.
    getDocument() {
      document ??= createOpenApi(OPERATIONS, options.version);
      return document;
    },
  };
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Answers 405 with the methods of the address, or 404. */
function answerUnknownRoute(app: Hono, c: Context): Response {
  const taken = METHODS.filter((method) =>
    app.router.match(method, c.req.path)[0].some(([[, route]]) => route.method === method),
  );
  if (taken.length === 0) return createProblemResponse(new RequestError("not_found", "Такого адреса нет"));
  const allow = taken.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
  const error = new RequestError("method_not_allowed", `Этот адрес принимает только ${allow}`);
  return createProblemResponse(error, { headers: { allow } });
}

/** The demo's pages use relative addresses, hence the slash. */
function mountDemo(app: Hono, demo: Hono): void {
  app.get("/demo", (c) => c.redirect("/demo/", 302));
  app.route("/demo", demo);
}
