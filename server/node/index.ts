import { setTimeout } from "node:timers/promises";
import type { Hono } from "hono";
import type { MockControl } from "../../adapters/mock/index.ts";
import { createGrowingIds } from "../../core/ids.ts";
import { type CommandQueue, createRelay, type Queue, type Relay } from "../../core/relay/index.ts";
import type { ConnectedAdapter } from "../adapters.ts";
import { createApp } from "../app.ts";
import { type Config, ConfigError } from "../config/index.ts";
import { createLinks, type DocumentLinks } from "../http/links.ts";
import type { Log } from "../log.ts";
import { SETTINGS } from "../messages/settings.ts";
import { createRelayOptions } from "../relay-options.ts";
import { createSecureRandom } from "../secure-random.ts";
import { connectAdapter } from "./adapter.ts";
import { createAdjustedClock } from "./database-clock.ts";
import { computeNodeDigest } from "./digest.ts";
import { type Listener, listen } from "./listener.ts";
import { type Loop, startLoop } from "./loop.ts";
import { openStorage, type Storage } from "./storage.ts";

/** Time for running requests and jobs to finish when the server stops. */
const GRACE_MS = 10_000;
/** Time to record the calls that the end of the grace interrupts. */
const RECORD_MS = 2_000;
const DAY_MS = 86_400_000;
/** Duration of a call to the demo's 1C: realistic, and slow enough to watch. */
const DEMO_PACE_MS = 250;
const DEMO_CALLBACK = "/demo/webhooks";

export interface DemoSurroundings {
  readonly relayUrl: () => string;
  readonly inboundSecret: string;
  readonly outboundSecret: string;
  readonly apiToken: string;
  readonly mock: MockControl;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly timeZone: string;
  readonly log: Log;
}

export interface MountedDemo {
  readonly app: Hono;
  seed(): Promise<void>;
}

export interface ServerOptions {
  readonly log: Log;
  readonly version: string;
  /** Makes the demo cabinet. Requires the mock. */
  readonly demo?: (surroundings: DemoSurroundings) => MountedDemo;
}

export interface RunningServer {
  readonly url: string;
  /** Refuses new requests, gives running requests and jobs ten seconds, ends outside calls, closes the database. */
  close(): Promise<void>;
}

/**
 * Starts the relay on Node: database and migrations, adapter, loop and HTTP.
 * @throws {ConfigError} for a wrong setting, such as a port in use
 * @throws {RelayError} `storage_unavailable`
 */
export async function startServer(config: Config, options: ServerOptions): Promise<RunningServer> {
  const adjusted = createAdjustedClock(Date.now);
  const clock = adjusted.read;
  const pace =
    options.demo === undefined ? {} : { pace: { delayMs: DEMO_PACE_MS, sleep: (ms: number) => setTimeout(ms) } };
  const connected = connectAdapter(config, { clock, ...pace });
  // Listening comes first, so that a second relay started by mistake touches nothing.
  const http = await listen(config);
  try {
    const storage = await openStorage(config, adjusted, options.log);
    try {
      return await run(config, options, { clock, connected, http, storage });
    } catch (error) {
      await storage.close();
      throw error;
    }
  } catch (error) {
    await http.close(0);
    throw error;
  }
}

interface Parts {
  readonly clock: () => number;
  readonly connected: ConnectedAdapter;
  readonly http: Listener;
  readonly storage: Storage;
}

async function run(config: Config, options: ServerOptions, parts: Parts): Promise<RunningServer> {
  const { log } = options;
  const { clock, http, storage } = parts;
  const { store, reminders } = storage;
  const newId = createGrowingIds(clock, createSecureRandom());
  const { secrets, ttlDays } = config.documents;
  const links = createLinks({ secrets, publicUrl: config.publicUrl ?? http.url, ttlDays, clock });
  const demo = makeDemo(config, options, parts, newId);
  const stop = new AbortController();
  let loop: Loop | null = null;
  const look = (queues: readonly Queue[]) => {
    loop?.wake(queues);
    if (queues.includes("accounting")) commands?.wake();
  };
  const platformUrl = demo === null ? config.platform.url : `${http.url}${DEMO_CALLBACK}`;
  const relay = createRelay({
    ...createRelayOptions(config, parts.connected, platformUrl, computeNodeDigest),
    store,
    documentLink: links.sign,
    fetch: (url, init) => fetch(url, init),
    stop: stop.signal,
    clock,
    random: Math.random,
    newId,
    log,
    onWork: look,
  });
  const commands = parts.connected.openCommandQueue?.(relay, store) ?? null;
  http.serve(makeApp(config, options, parts, { relay, links, demo, commands }));
  await demo?.seed();
  await relay.prepare();
  const { retentionDays } = config;
  const prune = retentionDays === null ? {} : { prune: () => store.prune(clock() - retentionDays * DAY_MS) };
  await reminders?.start({ look, sweep: () => relay.sweep(), ...prune });
  // With several processes over one database, pg-boss does the upkeep.
  loop = startLoop({ relay, clock, log, ...(reminders === null ? prune : { sweeps: false }) });
  log("info", "listening", { host: config.host, port: http.port, adapter: parts.connected.adapter.name });
  return { url: http.url, close: createCloser({ loop, commands, parts, log, stop }) };
}

interface Running {
  readonly loop: Loop;
  readonly commands: CommandQueue | null;
  readonly parts: Parts;
  readonly log: Log;
  readonly stop: AbortController;
}

/** Stops in order: no new work, a grace for running work, an end of outside calls, the database. */
function createCloser({ loop, commands, parts: { http, storage }, log, stop }: Running): () => Promise<void> {
  let closing: Promise<void> | null = null;
  const close = async () => {
    commands?.close();
    const [interrupted] = await Promise.all([loop.stop(GRACE_MS), http.close(GRACE_MS)]);
    stop.abort();
    const running = interrupted === 0 ? 0 : await loop.stop(RECORD_MS);
    await storage.close();
    log(interrupted > 0 ? "warn" : "info", "stopped", { interrupted, running });
  };
  return () => {
    closing ??= close();
    return closing;
  };
}

interface Made {
  readonly relay: Relay;
  readonly links: DocumentLinks;
  readonly demo: MountedDemo | null;
  readonly commands: CommandQueue | null;
}

function makeApp(config: Config, { log, version }: ServerOptions, parts: Parts, made: Made): Hono {
  const { relay, links, demo, commands } = made;
  const { frameAncestors } = config.documents;
  const self = new URL(config.publicUrl ?? parts.http.url).origin;
  return createApp({
    relay,
    store: parts.storage.store,
    inbound: { platform: config.platform.inbound.keys, onec: config.accounting.inbound?.keys ?? null },
    tokens: config.tokens,
    links,
    frameAncestors: demo === null ? frameAncestors : [...frameAncestors, self],
    maxBodyBytes: config.maxBodyBytes,
    version,
    adapterName: parts.connected.adapter.name,
    clock: parts.clock,
    log,
    ...(demo === null ? {} : { demo: demo.app }),
    ...(commands === null ? {} : { commands }),
  });
}

function makeDemo(config: Config, { demo, log }: ServerOptions, parts: Parts, newId: () => string): MountedDemo | null {
  const { clock, connected, http } = parts;
  if (demo === undefined) return null;
  if (connected.mock === null) throw new ConfigError(SETTINGS.demoMock);
  return demo({
    relayUrl: () => http.url,
    inboundSecret: config.platform.inbound.text,
    outboundSecret: config.platform.outbound.text,
    apiToken: config.tokens.write,
    mock: connected.mock,
    clock,
    newId,
    timeZone: config.timeZone,
    log,
  });
}
