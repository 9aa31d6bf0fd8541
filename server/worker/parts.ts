import type { D1Database, Queue } from "@cloudflare/workers-types";
import type { Hono } from "hono";
import { createGrowingIds, hashWithWebCrypto } from "../../core/ids.ts";
import { createBreaker } from "../../core/relay/breaker.ts";
import { createRelay, type Relay } from "../../core/relay/index.ts";
import type { Store } from "../../core/store.ts";
import { createAdapter } from "../adapters.ts";
import { createApp } from "../app.ts";
import { type Config, ConfigError, readConfig } from "../config/index.ts";
import { SettingsSchema } from "../config/schema.ts";
import { openD1 } from "../db/d1.ts";
import { migrate } from "../db/migrate.ts";
import { createSqlStore } from "../db/store.ts";
import { createLinks } from "../http/links.ts";
import { createLog, type Log } from "../log.ts";
import { SETTINGS } from "../messages/settings.ts";
import { createRelayOptions } from "../relay-options.ts";
import { createSecureRandom } from "../secure-random.ts";
import { createWakeUps, type WakeUp, type WakeUps } from "./wake-ups.ts";

export const VERSION = "0.1.0";

/** Bindings of `wrangler.toml`; all other variables are settings. */
export interface Env {
  readonly DB: D1Database;
  readonly WAKE_UPS: Queue<WakeUp>;
  readonly [setting: string]: unknown;
}

export interface WorkerParts {
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
  readonly app: Hono;
  readonly wakeUps: WakeUps;
  /** True once after commits that may have made jobs due. */
  takeWork(): boolean;
  /**
   * Makes a relay for one invocation, with the isolate's breaker. The runtime may end an invocation midway; a shared
   * relay would then keep a wrong count of running jobs.
   */
  createRelay(): Relay;
}

/** An invocation has six connections: https://developers.cloudflare.com/workers/platform/limits/ */
const WEBHOOK_CONCURRENCY = 4;
/** Bytes. D1 takes 2 MB in a row; the row of a late answer has the form as base64. */
const LARGEST_FORM = 1_400_000;
/** Bytes. D1 stores a received event unchanged in a row. */
const LARGEST_BODY = 1_500_000;
/** Shortest interval of payment checks, ms: each check wakes an isolate. */
const LEAST_PAYMENT_CHECK_MS = 60_000;

const readClock = () => Date.now();
let made: WorkerParts | undefined;

/**
 * Gets the isolate's parts; the first invocation makes the parts and applies the missing migrations. Concurrent
 * invocations may each make parts; the first result stays. No invocation waits for another, which the runtime may end.
 * @throws {ConfigError} for a wrong or missing setting or binding
 * @throws {RelayError} `storage_unavailable`
 */
export async function getWorkerParts(env: Env): Promise<WorkerParts> {
  if (made !== undefined) return made;
  const config = await readConfig(readSettings(env));
  const log = createLog({ level: config.logLevel, write: (line) => console.log(line), clock: readClock });
  const driver = openD1(env.DB);
  for (const migration of await migrate(driver)) log("info", "migrated", { migration });
  if (made !== undefined) return made;
  for (const warning of config.warnings) console.warn(`Warning: ${warning}`);
  made = assemble(config, log, createSqlStore(driver), env.WAKE_UPS);
  return made;
}

function readSettings(env: Env): Record<string, string> {
  for (const name of ["DB", "WAKE_UPS"] as const) {
    if (env[name] === undefined) throw new ConfigError(SETTINGS.bindingMissing(name));
  }
  if (env.DATABASE_URL !== undefined) {
    throw new ConfigError(SETTINGS.databaseBinding);
  }
  const shaped = Object.keys(SettingsSchema.entries).find(
    (name) => typeof env[name] === "object" && env[name] !== null,
  );
  if (shaped !== undefined) throw new ConfigError(SETTINGS.notAText(shaped));
  const plain = Object.entries(env).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  const settings = Object.fromEntries(plain.map(([name, value]) => [name, String(value)]));
  // A worker is public, so the settings required for a public host are required here.
  return { ...settings, HOST: "0.0.0.0" };
}

function assemble(config: Config, log: Log, store: Store, queue: Env["WAKE_UPS"]): WorkerParts {
  const { publicUrl, documents, platform, accounting } = config;
  // Leases bound the calls to 1C. The adapter's own slots would leak with each invocation that the runtime ends.
  const unbounded = { ...config, accounting: { ...accounting, maxConcurrency: Number.POSITIVE_INFINITY } };
  const connected = createAdapter(unbounded, { clock: readClock });
  if (publicUrl === null) throw new ConfigError(SETTINGS.workerAddress);
  const links = createLinks({ secrets: documents.secrets, publicUrl, ttlDays: documents.ttlDays, clock: readClock });
  const parts = createRelayOptions(config, connected, platform.url, hashWithWebCrypto);
  const { paymentCheckMs } = parts.settings;
  const options = {
    ...parts,
    settings: {
      ...parts.settings,
      webhookConcurrency: WEBHOOK_CONCURRENCY,
      largestForm: LARGEST_FORM,
      ...(paymentCheckMs === undefined ? {} : { paymentCheckMs: Math.max(paymentCheckMs, LEAST_PAYMENT_CHECK_MS) }),
    },
    store,
    documentLink: links.sign,
    fetch: (url: string, init: RequestInit) => fetch(url, init),
    clock: readClock,
    random: Math.random,
    newId: createGrowingIds(readClock, createSecureRandom()),
    log,
    breaker: createBreaker({ capacity: accounting.maxConcurrency }),
  };
  let work = false;
  const relay = createRelay({
    ...options,
    onWork: () => {
      work = true;
    },
  });
  const commands = connected.openCommandQueue?.(relay, store);
  const app = createApp({
    relay,
    store,
    inbound: { platform: platform.inbound.keys, onec: accounting.inbound?.keys ?? null },
    tokens: config.tokens,
    links,
    frameAncestors: documents.frameAncestors,
    maxBodyBytes: Math.min(config.maxBodyBytes, LARGEST_BODY),
    version: VERSION,
    adapterName: connected.adapter.name,
    clock: readClock,
    log,
    // No wake here: an invocation may not end another invocation's wait. A waiting request polls twice a second.
    ...(commands === undefined ? {} : { commands }),
  });
  return {
    config,
    log,
    store,
    app,
    wakeUps: createWakeUps({ queue, store, clock: readClock, log }),
    takeWork() {
      const was = work;
      work = false;
      return was;
    },
    createRelay: () => createRelay(options),
  };
}
