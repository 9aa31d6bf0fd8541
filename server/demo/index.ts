import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { toBusinessDate } from "../../core/date.ts";
import { DEFAULT_RULES } from "../../core/relay/options.ts";
import type { Log } from "../log.ts";
import { createActions } from "./actions.ts";
import { type Agent, createAgents } from "./agents.ts";
import { type DemoAssets, servePage } from "./assets.ts";
import { createCallbacks } from "./callbacks.ts";
import { createChanges, createFeed, type Feed } from "./feed.ts";
import { createDesk, type DeskAccountant } from "./onec-desk.ts";
import { createPlatform } from "./platform.ts";
import { createSender, type Sender } from "./sender.ts";
import { sendStates } from "./stream.ts";

export type { DemoAssets } from "./assets.ts";
export type { DeskAccountant as MockHands } from "./onec-desk.ts";

export interface DemoOptions {
  /** Gets the relay's address, known after the relay has begun to listen. */
  readonly relayUrl: () => string;
  /** Secret for signing the platform's events: the relay's `PLATFORM_INBOUND_SECRET`. */
  readonly inboundSecret: string;
  /** Secret for verifying the relay's webhooks: the relay's `PLATFORM_OUTBOUND_SECRET`. */
  readonly outboundSecret: string;
  /** The relay's `API_TOKEN`, for the operator's button «Повторить». */
  readonly apiToken: string;
  readonly mock: DeskAccountant;
  readonly assets: DemoAssets;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly newId: () => string;
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Business time zone. Default: as in the relay. */
  readonly timeZone?: string;
  readonly feedLimit?: number;
  /** Waits before repeating an unanswered request, ms. Default: 400 and 1500. */
  readonly retryWaits?: readonly number[];
  readonly log?: Log;
}

export interface Demo {
  readonly app: Hono;
  /** Adds the first cards and acts to the mock of 1C; a repeated call adds nothing. */
  seed(): Promise<void>;
}

const MAX_BODY_BYTES = 256 * 1024;

/**
 * Makes a small personal cabinet in the role of the platform. The cabinet knows only the relay's address and secrets,
 * signs its events and verifies the relay's webhooks. The panel «1С» shows the mock as an accountant sees 1C.
 * @example
 * const demo = createDemo({ relayUrl, inboundSecret, outboundSecret, apiToken, mock: adapter.mock, assets, clock, newId });
 * const app = createApp({ ...options, demo: demo.app });
 * await demo.seed();
 */
export function createDemo(options: DemoOptions): Demo {
  const { clock, newId, assets, outboundSecret, timeZone = DEFAULT_RULES.timeZone } = options;
  const today = () => toBusinessDate(clock(), timeZone);
  const start = newId();
  const agents = createAgents(Number.parseInt(start.replaceAll("-", "").slice(-12), 16), today());
  const changes = createChanges();
  const feed = createFeed(changes, clock, options.feedLimit);
  const desk = createDesk(options.mock);
  const platform = createPlatform({ agents, sender: createDemoSender(options, feed), changes, clock, newId });
  options.mock.onChange(() => changes.touch());

  const readStateSince = (revision: number) => ({
    start,
    today: today(),
    agents: agents.map(toAgentView),
    payouts: platform.listViews(),
    onec: Object.fromEntries(agents.map((agent) => [agent.id, desk.view(agent)])),
    feed: feed.listSince(revision),
  });

  const app = new Hono();
  app.use("*", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.json({ code: "body_too_large" }, 413) }));
  app.post("/webhooks", createCallbacks({ outboundSecret, platform, feed, clock }));
  app.get("/api/stream", (c) => sendStates(c, changes, readStateSince));
  app.get("/api/state", (c) => c.json(readStateSince(0)));
  app.route("/api", createActions({ agents, platform, desk, today }));
  app.get("*", (c) => servePage(c, assets, new URL(options.relayUrl())));
  return {
    app,
    async seed() {
      desk.seed(agents, today());
      options.log?.("info", "demo_seeded", { count: agents.length });
    },
  };
}

function createDemoSender(options: DemoOptions, feed: Feed): Sender {
  const { relayUrl, inboundSecret, apiToken, clock } = options;
  const fetch = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const waits = options.retryWaits ?? [400, 1500];
  return createSender({ relayUrl, inboundSecret, apiToken, clock, fetch, feed, waits });
}

function toAgentView({ id, shortName, story, lead, contractor, payout, rightAccount }: Agent) {
  const { name, fullName, kind, inn, kpp, ogrn, registeredAt, contract, bankAccount } = contractor;
  const requisites = { name, fullName, kind, inn, kpp, ogrn, registeredAt, contract, bankAccount };
  return { id, shortName, story, lead, payout, rightAccount, ...requisites };
}
