import { OPEN, READ } from "../access.ts";
import { renderDocsPage } from "../openapi/page.ts";
import { defineOperation } from "../operation.ts";
import { presentBreaker } from "../present.ts";
import { awaitStore, createProblemResponse } from "../problem.ts";

/** The state of the server, and the description of the interface. */
export const serverOperations = [
  defineOperation({
    method: "get",
    path: "/health/live",
    id: "live",
    tag: "Operation",
    summary: "The process answers",
    access: OPEN,
    answers: { 200: { description: "It does", schema: "Live" } },
    handle: () => ({ status: "ok" }),
  }),
  defineOperation({
    method: "get",
    path: "/health/ready",
    id: "ready",
    tag: "Operation",
    summary: "The storage can be used",
    description: "1C being down is shown in the body and does not make the server not ready: events are queued.",
    access: OPEN,
    answers: { 200: { description: "It can", schema: "Ready" } },
    problems: ["storage_unavailable"],
    handle: async ({ c }, { store, relay, adapterName }) => {
      const accounting = { adapter: adapterName, breaker: presentBreaker(relay.getBreakerState()) };
      try {
        await awaitStore(store.checkReady());
      } catch (error) {
        // The answer is made here, and the log still gets the failure.
        if (error instanceof Error) c.error = error;
        return createProblemResponse(error, { members: { storage: "unavailable", accounting } });
      }
      return { status: "ok", storage: "ok", accounting };
    },
  }),
  defineOperation({
    method: "get",
    path: "/metrics",
    id: "metrics",
    tag: "Operation",
    summary: "Prometheus metrics",
    access: READ,
    answers: { 200: { description: "Prometheus text", media: "text/plain" } },
    problems: ["storage_unavailable"],
    handle: async ({ c }, { metrics, store, relay, clock, version, adapterName }) => {
      const text = metrics.render({
        stats: await awaitStore(store.getStats()),
        breaker: relay.getBreakerState(),
        running: { accounting: relay.countRunning("accounting"), webhook: relay.countRunning("webhook") },
        at: clock(),
        version,
        adapter: adapterName,
      });
      return c.body(text, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    },
  }),
  defineOperation({
    method: "get",
    path: "/openapi.json",
    id: "openapi",
    tag: "Operation",
    summary: "This document",
    access: OPEN,
    answers: { 200: { description: "OpenAPI 3.1", media: "application/json" } },
    handle: ({ c }, { getDocument }) => c.json(getDocument()),
  }),
  defineOperation({
    method: "get",
    path: "/docs",
    id: "docs",
    tag: "Operation",
    summary: "This document as a page",
    access: OPEN,
    answers: { 200: { description: "A page", media: "text/html" } },
    handle: async ({ c }, { getDocument }) => {
      const { html, policy } = await renderDocsPage(getDocument());
      return c.html(html, 200, { "content-security-policy": policy });
    },
  }),
  defineOperation({
    method: "get",
    path: "/",
    id: "about",
    tag: "Operation",
    summary: "What this server is; leads to the demo where there is one",
    access: OPEN,
    answers: { 200: { description: "Name, version and addresses", media: "application/json" } },
    handle: ({ c }, { version, demo }) =>
      demo === undefined
        ? c.json({ name: "onec-relay", version, docs: "/docs", openapi: "/openapi.json", health: "/health/ready" })
        : c.redirect("/demo/", 302),
  }),
];
