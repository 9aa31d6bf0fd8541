import { createMockAdapter, type MockAdapter, type MockOptions } from "../../adapters/mock/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import { toBusinessDate } from "../../core/date.ts";
import { DEFAULT_PURPOSE } from "../../core/payment-order.ts";
import { missingCharacters } from "../../core/print/index.ts";
import type { RelayOptions, RelaySettings } from "../../core/relay/index.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import type { Received } from "../../core/relay/receive.ts";
import { createRelay, type Relay } from "../../core/relay/relay.ts";
import type { EventSource, Store } from "../../core/store.ts";
import { createSecret, importSecrets, verify, type WebhookKeys } from "../../core/webhook.ts";
import { aContractor, companyInn, NOON } from "./builders.ts";

/** A webhook as the played platform got it, its signature verified. */
export interface Delivered {
  readonly id: string;
  readonly to: string;
  readonly type: string;
  readonly seq: number;
  readonly data: Record<string, unknown>;
  readonly at: number;
}

/** How the played platform answers the next deliveries. */
export type PlatformAnswer = (delivery: Delivered) => Response | Error;

/** A whole small world on one clock: platform, relay, 1C. Nothing in it waits for real time. */
export interface World {
  readonly relay: Relay;
  readonly store: Store;
  readonly onec: MockAdapter;
  readonly delivered: Delivered[];
  readonly lanes: string[][];
  now(): number;
  /** Moves the clock and works everything that has become due, with sweeps. */
  pass(ms: number): Promise<void>;
  /** Works all that is due now. */
  settle(): Promise<void>;
  /** Sends an event in, as if its signature had been verified. */
  send(type: string, data: object, more?: { id?: string; source?: EventSource; timestamp?: number }): Promise<Received>;
  /** Asks for an act; returns its id. */
  request(more?: { payoutId?: string; n?: number; [field: string]: unknown }): Promise<string>;
  answer(next: PlatformAnswer): void;
  types(): string[];
}

export interface WorldOptions {
  readonly store?: Store;
  readonly onec?: MockAdapter;
  /** The accounting system instead of `onec`, which then does nothing. Told what time it is in this world. */
  readonly adapter?: (clock: () => number) => Adapter;
  readonly mock?: MockOptions;
  readonly settings?: Partial<RelaySettings>;
  readonly ops?: boolean;
  readonly start?: number;
  readonly random?: () => number;
  readonly delivered?: Delivered[];
  /** Ends all outside calls: the process stops. */
  readonly stop?: AbortSignal;
}

let keys: Promise<WebhookKeys> | undefined;
let ids = 0;

export function contractorWire(n = 2, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { registeredOn, ...contractor } = aContractor(n);
  return { ...contractor, registeredAt: registeredOn, ...more };
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  keys ??= importSecrets(createSecret());
  const target = await keys;
  let now = options.start ?? NOON;
  const clock = () => now;
  const store = options.store ?? createMemoryStore();
  const onec =
    options.onec ?? createMockAdapter({ today: () => toBusinessDate(now, "Europe/Moscow"), ...options.mock });
  const delivered: Delivered[] = options.delivered ?? [];
  const lanes: string[][] = [];
  let answer: PlatformAnswer = () => new Response(null, { status: 204 });

  async function platform(request: Request): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer());
    const verified = await verify({ headers: request.headers, body, keys: target, now });
    if (!verified.ok) throw new Error(`The relay sent a bad signature: ${verified.code}`);
    const event = JSON.parse(new TextDecoder().decode(body));
    const to = new URL(request.url).hostname;
    const seen: Delivered = { id: verified.id, to, type: event.type, seq: event.seq, data: event.data, at: now };
    const response = answer(seen);
    if (response instanceof Error) throw response;
    if (response.ok) delivered.push(seen);
    return response;
  }

  const relayOptions: RelayOptions = {
    store,
    adapter: options.adapter?.(clock) ?? onec,
    printer: {
      toServiceLines: (act, period) => [
        {
          name: `Услуги за период ${period.from} — ${period.to}`,
          quantity: 1000,
          unit: "усл.",
          price: act.amount,
          amount: act.amount,
        },
      ],
      print: async ({ act }) => {
        const tail = new TextEncoder().encode(`%PDF-1.4 ${act.document?.number} ${act.document?.date} ${act.amount}`);
        const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", tail));
        return { sha256: Buffer.from(hash).toString("hex"), bytes: tail.length, prefix: null, tail };
      },
    },
    settings: {
      platformId: "platform",
      organizationInn: companyInn(1),
      sameDayAct: "reject",
      paymentPurpose: DEFAULT_PURPOSE,
      accountingConcurrency: 2,
      webhookConcurrency: 8,
      webhookTimeoutMs: 15_000,
      paymentCheckMs: 60_000,
      ...options.settings,
    },
    rules: {
      timeZone: "Europe/Moscow",
      allowedKinds: ["company", "entrepreneur"],
      listMissingCharacters: missingCharacters,
      futureToleranceMs: 300_000,
    },
    targets: {
      platform: { url: "https://platform.example/hooks", keys: target },
      ...(options.ops ? { ops: { url: "https://ops.example/hooks", keys: target } } : {}),
    },
    documentLink: async (actId, sha256) => ({
      url: `https://relay.example/documents/${actId}.pdf?sha=${sha256}`,
      expiresAt: now + 86_400_000,
    }),
    fetch: (url, init) => platform(new Request(url, init)),
    ...(options.stop === undefined ? {} : { stop: options.stop }),
    clock,
    random: options.random ?? (() => 0.5),
    newId: () => {
      ids += 1;
      return `id-${String(ids).padStart(9, "0")}`;
    },
    onWork: (more) => lanes.push([...more]),
  };
  const relay = createRelay(relayOptions);
  await relay.prepare();

  const world: World = {
    relay,
    store,
    onec,
    delivered,
    lanes,
    now: clock,
    async settle() {
      await relay.drain();
    },
    async pass(ms) {
      const until = now + ms;
      for (;;) {
        await relay.sweep();
        await relay.drain();
        const wakes = await Promise.all([relay.getNextWake("accounting"), relay.getNextWake("webhook")]);
        const next = Math.min(...wakes.map((wake) => Math.max(wake ?? Number.POSITIVE_INFINITY, now + 1000)));
        if (next > until) break;
        now = next;
      }
      now = until;
      await relay.sweep();
      await relay.drain();
    },
    async send(type, data, more = {}) {
      ids += 1;
      const timestamp = new Date(more.timestamp ?? now).toISOString();
      const body = new TextEncoder().encode(JSON.stringify({ type, timestamp, data }));
      return relay.receive({ source: more.source ?? "platform", webhookId: more.id ?? `wh-${ids}`, body });
    },
    async request({ n = 2, payoutId, ...more } = {}) {
      ids += 1;
      const received = await world.send("act.requested", {
        payoutId: payoutId ?? `payout-${ids}`,
        requestedAt: new Date(now).toISOString(),
        amount: "15000.00",
        contractor: contractorWire(n),
        ...more,
      });
      return received.actId ?? "";
    },
    answer(next) {
      answer = next;
    },
    types: () => delivered.map((event) => event.type),
  };
  return world;
}
