import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as v from "valibot";
import { businessDate } from "../../core/date.ts";
import type { Log } from "../log.ts";
import { type Agent, castAgents } from "./agents.ts";
import { type DemoAssets, serveAsset } from "./assets.ts";
import { createCallbacks } from "./callbacks.ts";
import { createChanges, createFeed } from "./feed.ts";
import { createDesk, type MockHands, type OnecDesk } from "./onec-desk.ts";
import { createPlatform, type Done, type Platform } from "./platform.ts";
import { createSender } from "./sender.ts";
import { streamState } from "./stream.ts";

export type { DemoAssets } from "./assets.ts";
export type { MockHands } from "./onec-desk.ts";

/** {@link createDemo} */
export interface DemoOptions {
  /** The relay's own address, known once it listens. */
  readonly relayUrl: () => string;
  /** Signs what the platform sends: the relay's `PLATFORM_INBOUND_SECRET`. */
  readonly inboundSecret: string;
  /** Verifies the relay's callbacks: its `PLATFORM_OUTBOUND_SECRET`. */
  readonly outboundSecret: string;
  /** The relay's `API_TOKEN`, for the operator's «Повторить». */
  readonly apiToken: string;
  /** Steering of the mock of 1C: the accountant's hands. */
  readonly mock: MockHands;
  /** Files of the page, see `readDemoAssets`. */
  readonly assets: DemoAssets;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly newId: () => string;
  /** Default: the runtime's own. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Business time zone; default `Europe/Moscow`. */
  readonly timeZone?: string;
  /** How many signed events are kept; default 100. */
  readonly feedLimit?: number;
  /** Waits before an unanswered request is sent again, milliseconds; default 400 and 1500. */
  readonly retryWaits?: readonly number[];
  readonly log?: Log;
}

/** The demo: an application to mount at `/demo`, and what was in 1C before it. */
export interface Demo {
  readonly app: Hono;
  /** Fills 1C with the cards and acts that the story begins from; may be called again. */
  seed(): Promise<void>;
}

const MAX_BODY_BYTES = 256 * 1024;

const line = v.object({
  name: v.string(),
  quantity: v.string(),
  unit: v.string(),
  price: v.string(),
  amount: v.string(),
});
const inputs = {
  payout: v.object({
    agentId: v.string(),
    amount: v.string(),
    vat: v.string(),
    account: v.string(),
    bic: v.string(),
    services: v.optional(v.array(line), []),
  }),
  reason: v.object({ reason: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1000)) }),
  agent: v.object({ agentId: v.string() }),
  retry: v.object({ singleDay: v.optional(v.boolean(), false) }),
};

/**
 * A small personal cabinet that plays the platform: it knows the relay by its address and its secrets only, signs what it
 * sends and verifies what it gets. The «1С» panel looks into the mock, as an accountant looks at a screen.
 *
 * @example
 * const demo = createDemo({ relayUrl, inboundSecret, outboundSecret, apiToken, mock: adapter.mock, assets, clock, newId });
 * const app = createApp({ ...options, demo: demo.app });
 * await demo.seed();
 */
export function createDemo(options: DemoOptions): Demo {
  const { clock, newId, timeZone = "Europe/Moscow" } = options;
  const today = () => businessDate(clock(), timeZone);
  const start = newId();
  const agents = castAgents(Number.parseInt(start.replaceAll("-", "").slice(-12), 16), today());
  const changes = createChanges();
  const feed = createFeed(changes, clock, options.feedLimit);
  const desk = createDesk(options.mock);
  const fetch = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const waits = options.retryWaits ?? [400, 1500];
  const { relayUrl, inboundSecret, outboundSecret, apiToken } = options;
  const sender = createSender({ relayUrl, inboundSecret, apiToken, clock, fetch, feed, waits });
  const platform = createPlatform({ agents, sender, changes, clock, newId });
  options.mock.onChange(() => changes.touch());

  const stateSince = (revision: number) => ({
    start,
    revision: changes.revision(),
    today: today(),
    now: clock(),
    agents: agents.map(agentView),
    payouts: platform.views(),
    onec: Object.fromEntries(agents.map((agent) => [agent.id, desk.view(agent)])),
    feed: feed.since(revision),
  });

  const app = new Hono();
  app.use("*", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.json({ code: "body_too_large" }, 413) }));
  app.post("/webhooks", createCallbacks({ outboundSecret, platform, feed, clock }));
  app.get("/api/stream", (c) => streamState(c, changes, stateSince));
  app.get("/api/state", (c) => c.json(stateSince(Number(c.req.query("since") ?? 0) || 0)));
  app.route("/api", createActions({ agents, platform, desk, today }));
  app.get("*", (c) => {
    const relay = new URL(relayUrl());
    // Printed forms may be framed by the relay's own address only, and «localhost» is another one to a browser.
    const wrongName = new URL(c.req.url).hostname === "localhost" && relay.hostname !== "localhost";
    // Mounted with its prefix or with the prefix taken off: both are common.
    const name = c.req.path.replace(/^\/(demo(\/|$))?/, "");
    if (name === "" && wrongName) return c.redirect(new URL("/demo/", relay).href);
    return serveAsset(c, options.assets, name === "" ? "index.html" : name, relay.origin);
  });
  return {
    app,
    async seed() {
      desk.seed(agents, today());
      options.log?.("info", "demo_seeded", { count: agents.length });
    },
  };
}

interface ActionOptions {
  readonly agents: readonly Agent[];
  readonly platform: Platform;
  readonly desk: OnecDesk;
  readonly today: () => string;
}

/** What people do on the page. JSON from the page itself only, so that no other site can press the buttons. */
function createActions({ agents, platform, desk, today }: ActionOptions): Hono {
  const api = new Hono();
  const agent = (id: string) => agents.find((known) => known.id === id);
  api.use("*", async (c, next) => {
    const site = c.req.header("sec-fetch-site") ?? "same-origin";
    const json = c.req.header("content-type")?.startsWith("application/json") === true;
    if (c.req.method === "POST" && (site !== "same-origin" || !json)) return c.json({ code: "forbidden" }, 403);
    return next();
  });
  api.post("/payouts", async (c) => {
    const input = await read(c.req.raw, inputs.payout);
    const payee = input === null ? undefined : agent(input.agentId);
    return answer(input === null || payee === undefined ? null : await platform.request(payee, input));
  });
  api.post("/payouts/:id/resend", async (c) => answer(await platform.resend(c.req.param("id"))));
  api.post("/payouts/:id/accept", async (c) => answer(await platform.accept(c.req.param("id"))));
  api.post("/payouts/:id/decline", async (c) => {
    const input = await read(c.req.raw, inputs.reason);
    return answer(input === null ? null : await platform.decline(c.req.param("id"), input.reason));
  });
  api.post("/payouts/:id/retry", async (c) => {
    const input = await read(c.req.raw, inputs.retry);
    const period = input?.singleDay ? { from: today(), to: today() } : null;
    return answer(input === null ? null : await platform.retry(c.req.param("id"), period));
  });
  api.post("/onec/orders/:ref/execute", (c) => c.json({ ok: desk.execute(c.req.param("ref"), today()) }));
  api.post("/onec/keep-one-card", async (c) => {
    const input = await read(c.req.raw, inputs.agent);
    const owner = input === null ? undefined : agent(input.agentId);
    return owner === undefined ? answer(null) : c.json({ ok: desk.keepOneCard(owner) });
  });
  return api;
}

async function read<S extends v.GenericSchema>(request: Request, schema: S): Promise<v.InferOutput<S> | null> {
  const body: unknown = await request.json().catch(() => null);
  const result = v.safeParse(schema, body);
  return result.success ? result.output : null;
}

function answer(done: Done | null): Response {
  if (done === null) {
    const detail = "Форма заполнена не полностью. Проверьте поля и отправьте ещё раз.";
    const refusal = { status: 400, code: "malformed", detail, errors: [] };
    return Response.json({ ok: false, refusal }, { status: 400 });
  }
  // Said in the body, not in the status: to the cabinet a refusal is an answer like any other, no failure of its request.
  return Response.json(done);
}

function agentView({ id, shortName, story, lead, contractor, payout, rightAccount }: Agent) {
  const { name, fullName, kind, inn, kpp, ogrn, registeredAt, contract, bankAccount } = contractor;
  const requisites = { name, fullName, kind, inn, kpp, ogrn, registeredAt, contract, bankAccount };
  return { id, shortName, story, lead, payout, rightAccount, ...requisites };
}
