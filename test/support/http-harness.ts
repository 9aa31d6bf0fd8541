import type { Hono } from "hono";
import { createCommandQueue } from "../../adapters/onec-http/index.ts";
import { createPrinter, parseActTemplate } from "../../core/print/index.ts";
import type { EventSource } from "../../core/store.ts";
import { importSecrets, sign } from "../../core/webhook.ts";
import { type AppOptions, createApp } from "../../server/app.ts";
import { createLinks, type DocumentLinks } from "../../server/http/links.ts";
import { createLog } from "../../server/log.ts";
import { freshId, makeRequestData } from "./builders.ts";
import {
  createHarness,
  findShownHash,
  type Harness,
  type HarnessOptions,
  RELAY_URL,
  type RequestFields,
  SECRETS,
} from "./harness.ts";

const INBOUND_SECRETS = { platform: SECRETS.platformInbound, onec: SECRETS.onecInbound };

/** An event for {@link HttpHarness.post}. Default: no data, and the time of the harness. */
export interface PostedEvent {
  readonly type: string;
  readonly data?: unknown;
  readonly timestamp?: string;
}

/** Options of one signed request. */
export interface PostOptions {
  readonly source?: EventSource;
  readonly id?: string;
  /** Unix seconds; default: now. */
  readonly at?: number;
  /** Default: the source's secret of the relay. */
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Parts of {@link createHttpHarness} in the place of the usual parts. */
export interface HttpHarnessOptions extends HarnessOptions {
  readonly app?: Partial<AppOptions>;
  readonly documentSecrets?: readonly string[];
  readonly documentTtlDays?: number;
}

/** A harness with the HTTP server on top. */
export interface HttpHarness extends Harness {
  readonly app: Hono;
  readonly links: DocumentLinks;
  /** Lines of the server's log, parsed. */
  readonly logged: Record<string, unknown>[];
  /** Makes a signed request with an event or with raw bytes. */
  sign(event: PostedEvent | Uint8Array<ArrayBuffer>, options?: PostOptions): Promise<Request>;
  /** Posts a signed event to the server. */
  post(event: PostedEvent | Uint8Array<ArrayBuffer>, options?: PostOptions): Promise<Response>;
  /** Calls the API with the write token. */
  call(path: string, init?: RequestInit & { readonly json?: unknown }): Promise<Response>;
  /** Asks for an act, does all due jobs, and returns the act's id. The form of the act can then be opened. */
  prepareAct(fields?: RequestFields): Promise<string>;
}

/**
 * Makes a harness with the HTTP server. `request` posts the event; by default each act has another contractor.
 *
 * @example
 * const harness = await createHttpHarness();
 * const actId = await harness.prepareAct();
 * const response = await harness.call(`/api/acts/${actId}`);
 */
export async function createHttpHarness(options: HttpHarnessOptions = {}): Promise<HttpHarness> {
  const clock = () => harness.now();
  const logged: Record<string, unknown>[] = [];
  const log = createLog({ level: "debug", write: (line) => void logged.push(JSON.parse(line)), clock });
  const { documentSecrets: secrets = [SECRETS.document], documentTtlDays: ttlDays = 90 } = options;
  const links = createLinks({ secrets, publicUrl: RELAY_URL, ttlDays, clock });
  const printer = createPrinter({ template: parseActTemplate({}) });
  const relay = { printer, documentLink: links.sign, log, onWork: () => commands.wake(), ...options.relay };
  const harness = await createHarness({ prepare: false, ...options, relay });
  const commands = createCommandQueue({ relay: harness.relay, store: harness.store, clock });
  const app = createApp({
    relay: harness.relay,
    store: harness.store,
    inbound: {
      platform: await importSecrets(INBOUND_SECRETS.platform),
      onec: await importSecrets(INBOUND_SECRETS.onec),
    },
    commands,
    tokens: { write: SECRETS.write, read: SECRETS.read },
    links,
    frameAncestors: ["https://cabinet.example"],
    maxBodyBytes: 1024 * 1024,
    version: "0.0.0-test",
    adapterName: harness.onec.name,
    clock,
    log,
    ...options.app,
  });

  const http: HttpHarness = {
    ...harness,
    app,
    links,
    logged,
    async sign(event, { source = "platform", id = `evt_${freshId()}`, at, secret, headers } = {}) {
      const body = event instanceof Uint8Array ? event : encodeEvent(await fillShownHash(event, harness), clock());
      const keys = await importSecrets(secret ?? INBOUND_SECRETS[source]);
      const signature = await sign({ id, timestamp: at ?? Math.floor(clock() / 1000), body, keys });
      return new Request(`${RELAY_URL}/webhooks/${source}`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...signature, ...headers },
      });
    },
    post: async (event, more) => app.request(await http.sign(event, more)),
    async call(path, { json, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has("authorization")) headers.set("authorization", `Bearer ${SECRETS.write}`);
      const body = json === undefined ? {} : { body: JSON.stringify(json) };
      return app.request(`${RELAY_URL}${path}`, { ...init, ...body, headers });
    },
    async request(fields) {
      const response = await http.post({ type: "act.requested", data: makeRequestData(fields) });
      if (response.status !== 202) throw new Error(`Not taken: ${response.status} ${await response.text()}`);
      return ((await response.json()) as { actId: string }).actId;
    },
    async prepareAct(fields) {
      const actId = await http.request(fields);
      await http.settle();
      return actId;
    },
  };
  return http;
}

/** Adds the hash of the shown form to an acceptance without one. */
async function fillShownHash(event: PostedEvent, harness: Harness): Promise<PostedEvent> {
  const { type, data } = event;
  if (type !== "act.accepted" || typeof data !== "object" || data === null) return event;
  return { ...event, data: { ...(await findShownHash(harness, data)), ...data } };
}

function encodeEvent(event: PostedEvent, now: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ timestamp: new Date(now).toISOString(), data: {}, ...event }));
}
