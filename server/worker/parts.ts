import type { D1Database, Queue } from "@cloudflare/workers-types";
import type { Hono } from "hono";
import { hashWithWebCrypto } from "../../core/ids.ts";
import { createBreaker } from "../../core/relay/breaker.ts";
import { createRelay, type Relay } from "../../core/relay/index.ts";
import type { Store } from "../../core/store.ts";
import { createAdapter } from "../adapters.ts";
import { createApp } from "../app.ts";
import { type Config, ConfigError, readConfig } from "../config/index.ts";
import { openD1 } from "../db/d1.ts";
import { migrate } from "../db/migrate.ts";
import { createSqlStore } from "../db/store.ts";
import { createLinks } from "../http/links.ts";
import { createLog, type Log } from "../log.ts";
import { createRelayOptions } from "../relay-options.ts";
import { createUuidV7 } from "../uuid.ts";
import { createWakeUps, type WakeUp, type WakeUps } from "./wake-ups.ts";

/** Version of the package. */
export const VERSION = "0.1.0";

/** Bindings of `wrangler.toml`; all others are settings. */
export interface Env {
  readonly DB: D1Database;
  readonly WAKE_UPS: Queue<WakeUp>;
  readonly [setting: string]: unknown;
}

/** The relay of one isolate. */
export interface WorkerParts {
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
  readonly app: Hono;
  readonly wakeUps: WakeUps;
  /** True once after commits that may have made work due. */
  takeWork(): boolean;
  /**
   * A relay for one call of the runtime: a call may be ended in its midst, and would leave its count of running messages
   * behind. They share the isolate's breaker.
   */
  createRelay(): Relay;
}

/** A call has six connections to the outside at one time: https://developers.cloudflare.com/workers/platform/limits/ */
const WEBHOOK_CONCURRENCY = 4;
/** D1 takes 2 MB in a row, and an answer that 1C sends by itself waits as base64 beside other things. */
const LARGEST_FORM = 1_400_000;
/** An event is kept as it came, in a row of its own. */
const LARGEST_BODY = 1_500_000;
/** Each check wakes an isolate. */
const LEAST_PAYMENT_CHECK_MS = 60_000;

const clock = () => Date.now();
let made: WorkerParts | undefined;

/**
 * The relay of this isolate, made at the first call, with the database brought up to this version. Calls that come
 * together may each make one, and the first is kept: none waits for another, which the runtime may end.
 *
 * @throws {ConfigError} for a setting or a binding that is wrong or missing
 * @throws {RelayError} `storage_unavailable`
 */
export async function getWorkerParts(env: Env): Promise<WorkerParts> {
  if (made !== undefined) return made;
  const config = await readConfig(readSettings(env));
  const log = createLog({ level: config.logLevel, write: (line) => console.log(line), clock });
  const driver = openD1(env.DB);
  for (const migration of await migrate(driver)) log("info", "migrated", { migration });
  if (made !== undefined) return made;
  for (const warning of config.warnings) console.warn(`Warning: ${warning}`);
  made = assemble(config, log, createSqlStore(driver), env.WAKE_UPS);
  return made;
}

function readSettings(env: Env): Record<string, string> {
  for (const name of ["DB", "WAKE_UPS"] as const) {
    if (env[name] === undefined) throw new ConfigError(`${name} is missing; expected a binding of wrangler.toml`);
  }
  if (env.DATABASE_URL !== undefined) {
    throw new ConfigError("DATABASE_URL is set; expected none here, where the database is the binding DB");
  }
  const plain = Object.entries(env).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  const settings = Object.fromEntries(plain.map(([name, value]) => [name, String(value)]));
  // Anybody can reach a worker: what that asks for must be set.
  return { ...settings, HOST: "0.0.0.0" };
}

function assemble(config: Config, log: Log, store: Store, queue: Env["WAKE_UPS"]): WorkerParts {
  const { publicUrl, documents, platform, accounting } = config;
  // Claims bound the calls to 1C. A place in a line of the isolate's would be lost with each call that the runtime ends.
  const unlined = { ...config, accounting: { ...accounting, maxConcurrency: Number.POSITIVE_INFINITY } };
  const connected = createAdapter(unlined, { clock });
  if (publicUrl === null) throw new ConfigError("PUBLIC_URL is missing; expected the address of this worker");
  const links = createLinks({ secrets: documents.secrets, publicUrl, ttlDays: documents.ttlDays, clock });
  const parts = createRelayOptions(config, connected, platform.url, hashWithWebCrypto);
  const options = {
    ...parts,
    settings: {
      ...parts.settings,
      webhookConcurrency: WEBHOOK_CONCURRENCY,
      largestForm: LARGEST_FORM,
      paymentCheckMs: Math.max(parts.settings.paymentCheckMs ?? 0, LEAST_PAYMENT_CHECK_MS),
    },
    store,
    documentLink: links.sign,
    fetch: (request: Request) => fetch(request),
    clock,
    random: Math.random,
    newId: createUuidV7(clock),
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
    clock,
    log,
    // Never woken: a call may not end the waiting of another one. Who waits looks into the store twice a second.
    ...(commands === undefined ? {} : { commands }),
  });
  return {
    config,
    log,
    store,
    app,
    wakeUps: createWakeUps({ queue, store, clock, log }),
    takeWork() {
      const was = work;
      work = false;
      return was;
    },
    createRelay: () => createRelay(options),
  };
}
