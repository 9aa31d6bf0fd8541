import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { RequestError } from "../../core/errors.ts";
import { type Log, toErrorFields } from "../log.ts";
import type { HttpContext } from "./context.ts";
import { REQUEST_PROBLEMS } from "./problem.ts";

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Policy of an answer without a policy: a browser never shows an API answer as a page. */
const CLOSED = "default-src 'none'; frame-ancestors 'none'";
/** Policy of a page without a policy. */
const PAGE = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Gives every request an id, a line in the log and a count, and every answer the same headers. */
export function observe({ log, clock, metrics }: HttpContext): MiddlewareHandler {
  return async (c, next) => {
    const began = clock();
    const given = c.req.header("x-request-id") ?? "";
    const requestId = REQUEST_ID.test(given) ? given : crypto.randomUUID();
    await next();
    setSecurityHeaders(c.res.headers, requestId);
    const seen = { method: readMethod(c), route: routeOf(c), status: c.res.status, ms: clock() - began };
    metrics.countRequest(seen);
    if (c.error !== undefined) logFault(log, requestId, seen, c.error);
    log("info", "request", { requestId, ...seen });
  };
}

/** Pattern of the route that answered: paths and queries hold identifiers and signatures. */
function routeOf(c: Context): string {
  const routes = matchedRoutes(c);
  const own =
    routes.findLast(({ method: name }) => name !== "ALL") ??
    routes.findLast(({ path }) => !/^\/(api\/|metrics)?\*?$/.test(path));
  return own?.path ?? "unknown";
}

function readMethod(c: Context): string {
  return METHODS.includes(c.req.method) ? c.req.method : "other";
}

/** Logs a fault of the server or of the storage: with the place of the error, never with the message. */
function logFault(log: Log, requestId: string, seen: object, error: Error): void {
  const status = error instanceof RequestError ? REQUEST_PROBLEMS[error.code].status : 500;
  if (status < 500) return;
  log("error", "request_failed", {
    requestId,
    ...seen,
    ...toErrorFields(error instanceof RequestError ? error.cause : error),
  });
}

function setSecurityHeaders(headers: Headers, requestId: string): void {
  headers.set("x-request-id", requestId);
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "no-referrer");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (!headers.has("content-security-policy")) {
    const html = headers.get("content-type")?.startsWith("text/html") ?? false;
    headers.set("content-security-policy", html ? PAGE : CLOSED);
  }
}
