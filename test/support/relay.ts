import type { Hono } from "hono";
import { createMockAdapter, MOCK_ORGANIZATION, type MockAdapter, type MockOptions } from "../../adapters/mock/index.ts";
import { createCommandQueue } from "../../adapters/onec-http/index.ts";
import { toBusinessDate } from "../../core/date.ts";
import { DEFAULT_PURPOSE } from "../../core/payment-order.ts";
import { createPrinter, missingCharacters, parseActTemplate } from "../../core/print/index.ts";
import type { RelayOptions, RelaySettings } from "../../core/relay/index.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import { createRelay, type Relay } from "../../core/relay/relay.ts";
import type { EventSource, Store } from "../../core/store.ts";
import { importSecrets, sign, verify } from "../../core/webhook.ts";
import { type AppOptions, createApp } from "../../server/app.ts";
import { createLinks, type DocumentLinks } from "../../server/http/links.ts";
import { createLog } from "../../server/log.ts";
import { aContractor, NOON } from "./builders.ts";

const secret = (letter: string) => `whsec_${btoa(letter.repeat(32))}`;

/** Secrets and tokens of every harness: fixed, so that a failure can be replayed by hand. */
export const SECRETS = {
  platformInbound: secret("p"),
  platformOutbound: secret("q"),
  onecInbound: secret("o"),
  document: "document-secret-of-the-tests",
  write: "write-token-of-the-tests",
  read: "read-token-of-the-tests",
} as const;

/** Where the relay and the platform of a harness live. */
export const RELAY_URL = "https://relay.example";
export const PLATFORM_URL = "https://platform.example/hooks";

/** A webhook that the relay sent and the platform took, its signature verified. */
export interface Outgoing {
  readonly id: string;
  readonly url: string;
  readonly type: string;
  readonly seq: number;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

/** An event to send: what is absent is filled in. */
export interface Incoming {
  readonly type: string;
  readonly data?: unknown;
  readonly timestamp?: string;
}

/** How an event is signed and sent. */
export interface SendOptions {
  readonly source?: EventSource;
  readonly id?: string;
  /** Unix seconds; default: now. */
  readonly at?: number;
  /** Default: the secret that the relay knows for the source. */
  readonly secret?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** {@link createHarness} */
export interface HarnessOptions {
  readonly store?: Store;
  readonly onec?: MockAdapter;
  readonly mock?: MockOptions;
  readonly settings?: Partial<RelaySettings>;
  readonly relay?: Partial<RelayOptions>;
  readonly app?: Partial<AppOptions>;
  readonly documentSecrets?: readonly string[];
  readonly documentTtlDays?: number;
  /** Epoch ms; default: noon of the fixtures' day. */
  readonly start?: number;
}

/** Store, 1C, relay and HTTP server on one clock, with a platform that takes whatever is sent. */
export interface Harness {
  readonly app: Hono;
  readonly relay: Relay;
  readonly store: Store;
  readonly onec: MockAdapter;
  readonly links: DocumentLinks;
  readonly outgoing: Outgoing[];
  /** Lines of the server's log, parsed. */
  readonly logged: Record<string, unknown>[];
  now(): number;
  advance(ms: number): void;
  /** How the platform answers from now on; default 204. */
  answer(next: (event: Outgoing) => Response | Error): void;
  /** A signed request with an event, or with these very bytes. */
  signed(event: Incoming | Uint8Array<ArrayBuffer>, options?: SendOptions): Promise<Request>;
  /** Sends a signed event over HTTP. */
  send(event: Incoming | Uint8Array<ArrayBuffer>, options?: SendOptions): Promise<Response>;
  /** Calls the API with the write token. */
  api(path: string, init?: RequestInit & { readonly json?: unknown }): Promise<Response>;
  /** Asks for an act; returns its id. Fields go into the event's data; `n` is the contractor's number. */
  request(more?: { readonly n?: number; readonly [field: string]: unknown }): Promise<string>;
  /** Asks for an act and does all work that is due: its form can then be opened. */
  ready(more?: { readonly n?: number; readonly [field: string]: unknown }): Promise<string>;
  /** Works all that is due now. */
  settle(): Promise<void>;
}

let ids = 0;
let payouts = 0;

/** The `n`-th contractor as the platform sends it. */
export function contractorData(n = 2, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { registeredOn, ...contractor } = aContractor(n);
  return { ...contractor, registeredAt: registeredOn, ...more };
}

/** Valid data of `act.requested` for a payout that no other call of this run has. */
export function requestData(more: { readonly n?: number; readonly [field: string]: unknown } = {}) {
  payouts += 1;
  const { n = 1000 + payouts, ...fields } = more;
  return {
    payoutId: `payout-${payouts}`,
    requestedAt: new Date(NOON).toISOString(),
    amount: "15000.00",
    contractor: contractorData(n),
    ...fields,
  };
}

/**
 * Makes a harness; nothing in it opens a port or waits for real time.
 *
 * @example
 * const relay = await createHarness();
 * const actId = await relay.ready();
 * const response = await relay.api(`/api/acts/${actId}`);
 */
export async function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  let now = options.start ?? NOON;
  let answer: (event: Outgoing) => Response | Error = () => new Response(null, { status: 204 });
  const clock = () => now;
  const store = options.store ?? createMemoryStore();
  const onec =
    options.onec ?? createMockAdapter({ today: () => toBusinessDate(now, "Europe/Moscow"), ...options.mock });
  const outgoing: Outgoing[] = [];
  const logged: Record<string, unknown>[] = [];
  const log = createLog({ level: "debug", write: (line) => void logged.push(JSON.parse(line)), clock });
  const links = createLinks({
    secrets: options.documentSecrets ?? [SECRETS.document],
    publicUrl: RELAY_URL,
    ttlDays: options.documentTtlDays ?? 90,
    clock,
  });
  const outbound = await importSecrets(SECRETS.platformOutbound);
  const secrets = { platform: SECRETS.platformInbound, onec: SECRETS.onecInbound };

  async function platform(request: Request): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer());
    const verified = await verify({ headers: request.headers, body, keys: outbound, now });
    if (!verified.ok) throw new Error(`The relay signed wrongly: ${verified.code}`);
    const event: Outgoing = { id: verified.id, url: request.url, ...JSON.parse(new TextDecoder().decode(body)) };
    const response = answer(event);
    if (response instanceof Error) throw response;
    if (response.ok) outgoing.push(event);
    return response;
  }

  const template = parseActTemplate({});
  const relay = createRelay({
    store,
    adapter: onec,
    printer: createPrinter({ template }),
    settings: { ...SETTINGS, ...options.settings },
    rules: {
      timeZone: "Europe/Moscow",
      allowedKinds: ["company", "entrepreneur"],
      listMissingCharacters: missingCharacters,
      futureToleranceMs: 300_000,
    },
    targets: { platform: { url: PLATFORM_URL, keys: outbound } },
    documentLink: links.sign,
    fetch: (url, init) => platform(new Request(url, init)),
    clock,
    random: () => 0.5,
    newId: freshId,
    log,
    onWork: () => commands.wake(),
    ...options.relay,
  });
  const commands = createCommandQueue({ relay, store, clock });
  const app = createApp({
    relay,
    store,
    inbound: { platform: await importSecrets(secrets.platform), onec: await importSecrets(secrets.onec) },
    commands,
    tokens: { write: SECRETS.write, read: SECRETS.read },
    links,
    frameAncestors: ["https://cabinet.example"],
    maxBodyBytes: 1024 * 1024,
    version: "0.0.0-test",
    adapterName: onec.name,
    clock,
    log,
    ...options.app,
  });

  const harness: Harness = {
    app,
    relay,
    store,
    onec,
    links,
    outgoing,
    logged,
    now: clock,
    advance(ms) {
      now += ms;
    },
    answer(next) {
      answer = next;
    },
    async signed(event, more = {}) {
      const source = more.source ?? "platform";
      const body = event instanceof Uint8Array ? event : encodeEvent(event, now);
      const keys = await importSecrets(more.secret ?? secrets[source]);
      const timestamp = more.at ?? Math.floor(now / 1000);
      const headers = await sign({ id: more.id ?? `evt_${freshId()}`, timestamp, body, keys });
      const sent = { "content-type": "application/json", ...headers, ...more.headers };
      return new Request(`${RELAY_URL}/webhooks/${source}`, { method: "POST", body, headers: sent });
    },
    send: async (event, more) => app.request(await harness.signed(event, more)),
    async api(path, { json, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has("authorization")) headers.set("authorization", `Bearer ${SECRETS.write}`);
      const body = json === undefined ? {} : { body: JSON.stringify(json) };
      return app.request(`${RELAY_URL}${path}`, { ...init, ...body, headers });
    },
    async request(more) {
      const response = await harness.send({ type: "act.requested", data: requestData(more) });
      if (response.status !== 202) throw new Error(`Not taken: ${response.status} ${await response.text()}`);
      return ((await response.json()) as { actId: string }).actId;
    },
    async ready(more) {
      const actId = await harness.request(more);
      await harness.settle();
      return actId;
    },
    async settle() {
      await relay.drain();
    },
  };
  return harness;
}

const SETTINGS: RelaySettings = {
  platformId: "platform",
  organizationInn: MOCK_ORGANIZATION.inn,
  sameDayAct: "reject",
  paymentPurpose: DEFAULT_PURPOSE,
  accountingConcurrency: 2,
  webhookConcurrency: 8,
  webhookTimeoutMs: 15_000,
  paymentCheckMs: 60_000,
};

function encodeEvent(event: Incoming, now: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ timestamp: new Date(now).toISOString(), data: {}, ...event }));
}

function freshId(): string {
  ids += 1;
  return `0193a000-0000-7000-8000-${ids.toString(16).padStart(12, "0")}`;
}
