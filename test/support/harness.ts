import { createMockAdapter, type MockAdapter, type MockOptions } from "../../adapters/mock/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import { toBusinessDate } from "../../core/date.ts";
import { sha256Hex } from "../../core/ids.ts";
import type { InboundRules } from "../../core/parse-event.ts";
import { DEFAULT_PURPOSE } from "../../core/payment-order.ts";
import { missingCharacters } from "../../core/print/index.ts";
import type { ActPrinter, RelayOptions, RelaySettings } from "../../core/relay/index.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import type { Received } from "../../core/relay/receive.ts";
import { createRelay, type Relay } from "../../core/relay/relay.ts";
import type { EventSource, Store } from "../../core/store.ts";
import { importSecrets, verify } from "../../core/webhook.ts";
import { companyInn, freshId, makeRequestData, NOON } from "./builders.ts";

/** Addresses of the relay and of the platform of every harness. */
export const RELAY_URL = "https://relay.example";
export const PLATFORM_URL = "https://platform.example/hooks";

/** Secrets and tokens of every harness. Each is fixed, so a person can replay a failure. */
export const SECRETS = {
  platformInbound: `whsec_${btoa("p".repeat(32))}`,
  platformOutbound: `whsec_${btoa("q".repeat(32))}`,
  onecInbound: `whsec_${btoa("o".repeat(32))}`,
  document: "document-secret-of-the-tests",
  write: "write-token-of-the-tests",
  read: "read-token-of-the-tests",
} as const;

/** A webhook in the hands of the played platform, after the check of the signature. */
export interface Delivered {
  readonly id: string;
  /** Host of the address: `platform.example` or `ops.example`. */
  readonly to: string;
  readonly type: string;
  readonly seq: number;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

/** Fields for the data of `act.requested`; `n`: the contractor's number. */
export interface RequestFields {
  readonly n?: number;
  readonly [field: string]: unknown;
}

/** Relay, store, mock of 1C and a played platform on one clock. Nothing opens a port or waits for real time. */
export interface Harness {
  readonly relay: Relay;
  readonly store: Store;
  readonly onec: MockAdapter;
  /** Webhooks in the platform's hands, in order. */
  readonly delivered: Delivered[];
  /** Queues of each call of `onWork`. */
  readonly lanes: string[][];
  now(): number;
  /** Moves the clock only. */
  advance(ms: number): void;
  /** Moves the clock and does the due jobs on the way, with sweeps. */
  pass(ms: number): Promise<void>;
  /** Does all due jobs. */
  settle(): Promise<void>;
  /** Gives the relay an event, past the check of a signature. */
  send(type: string, data: object, more?: { id?: string; source?: EventSource; timestamp?: number }): Promise<Received>;
  /** Asks for an act and returns the act's id. */
  request(fields?: RequestFields): Promise<string>;
  /** Sets the platform's next answers; default: 204. */
  answer(next: PlatformAnswer): void;
  /** Lists the types of the delivered webhooks. */
  types(): string[];
}

/** Decides the platform's answer to a webhook. An error stands for a broken connection. */
export type PlatformAnswer = (webhook: Delivered) => Response | Error;

/** Parts of {@link createHarness} in the place of the usual parts. */
export interface HarnessOptions {
  readonly store?: Store;
  readonly onec?: MockAdapter;
  /** Makes an accounting system for the harness' clock. `onec` then does nothing. */
  readonly adapter?: (clock: () => number) => Adapter;
  readonly mock?: MockOptions;
  readonly settings?: Partial<RelaySettings>;
  readonly relay?: Partial<RelayOptions>;
  /** Adds the operator's address for webhooks. */
  readonly ops?: boolean;
  /** Epoch ms; default: {@link NOON}. */
  readonly start?: number;
  readonly delivered?: Delivered[];
  /** Does the steps of a process' start; default: true. */
  readonly prepare?: boolean;
}

/**
 * Makes a harness.
 *
 * @example
 * const harness = await createHarness();
 * const actId = await harness.request();
 * await harness.settle();
 */
export async function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  const keys = await importSecrets(SECRETS.platformOutbound);
  let now = options.start ?? NOON;
  let answer: PlatformAnswer = () => new Response(null, { status: 204 });
  const clock = () => now;
  const store = options.store ?? createMemoryStore();
  const onec =
    options.onec ?? createMockAdapter({ today: () => toBusinessDate(now, "Europe/Moscow"), ...options.mock });
  const { delivered = [] } = options;
  const lanes: string[][] = [];

  async function deliver(request: Request): Promise<Response> {
    const body = new Uint8Array(await request.arrayBuffer());
    const verified = await verify({ headers: request.headers, body, keys, now });
    if (!verified.ok) throw new Error(`The relay sent a bad signature: ${verified.code}`);
    const event = JSON.parse(new TextDecoder().decode(body));
    const webhook: Delivered = { id: verified.id, to: new URL(request.url).hostname, ...event };
    const response = answer(webhook);
    if (response instanceof Error) throw response;
    if (response.ok) delivered.push(webhook);
    return response;
  }

  const relay = createRelay({
    store,
    adapter: options.adapter?.(clock) ?? onec,
    printer: PRINTER,
    settings: { ...SETTINGS, ...options.settings },
    rules: RULES,
    targets: {
      platform: { url: PLATFORM_URL, keys },
      ...(options.ops ? { ops: { url: "https://ops.example/hooks", keys } } : {}),
    },
    documentLink: async (actId, sha256) => ({
      url: `${RELAY_URL}/documents/${actId}.pdf?sha=${sha256}`,
      expiresAt: now + 86_400_000,
    }),
    fetch: (url, init) => deliver(new Request(url, init)),
    clock,
    random: () => 0.5,
    newId: freshId,
    onWork: (queues) => lanes.push([...queues]),
    ...options.relay,
  });
  if (options.prepare ?? true) await relay.prepare();

  const harness: Harness = {
    relay,
    store,
    onec,
    delivered,
    lanes,
    now: clock,
    advance(ms) {
      now += ms;
    },
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
    async send(type, data, { id = `evt_${freshId()}`, source = "platform", timestamp = now } = {}) {
      const shown = type === "act.accepted" ? await findShownHash(harness, data) : {};
      const event = { type, timestamp: new Date(timestamp).toISOString(), data: { ...shown, ...data } };
      return relay.receive({ source, webhookId: id, body: new TextEncoder().encode(JSON.stringify(event)) });
    },
    async request(fields) {
      const requestedAt = new Date(now).toISOString();
      const { actId } = await harness.send("act.requested", makeRequestData({ n: 2, requestedAt, ...fields }));
      return actId ?? "";
    },
    answer(next) {
      answer = next;
    },
    types: () => delivered.map(({ type }) => type),
  };
  return harness;
}

/**
 * Finds the hash of the form that the platform showed to the agent: the hash of the payout's last `act.ready`. Without
 * such a webhook, the act itself has the hash. An act without a form gives zeros.
 */
export async function findShownHash(
  { delivered, store }: Pick<Harness, "delivered" | "store">,
  data: { readonly payoutId?: unknown },
): Promise<{ readonly pdfSha256: string }> {
  const payoutId = String(data.payoutId);
  const told = delivered.findLast((event) => event.type === "act.ready" && event.data.payoutId === payoutId);
  const { sha256 } = (told?.data.pdf as { sha256?: string } | undefined) ?? {};
  return { pdfSha256: sha256 ?? (await store.getActByPayout(payoutId))?.form?.sha256 ?? "0".repeat(64) };
}

async function makeTextForm(text: string) {
  const tail = new TextEncoder().encode(text);
  return { sha256: await sha256Hex(tail), bytes: tail.length, prefix: null, tail };
}

/** Prints a short text in the place of a form, so simulations stay fast. */
const PRINTER: ActPrinter = {
  toServiceLines: ({ amount }, { from, to }) => [
    { name: `Услуги за период ${from} — ${to}`, quantity: 1000, unit: "усл.", price: amount, amount },
  ],
  async print({ act }) {
    return makeTextForm(`%PDF-1.4 ${act.document?.number} ${act.document?.date} ${act.amount}`);
  },
  async printAccepted({ form, history }) {
    const accepted = history.find((event) => event.type === "act.accepted");
    return makeTextForm(`${new TextDecoder().decode(form)} ${accepted?.seq}`);
  },
};

/** Rules of inbound events, as the relay has them by default. */
export const RULES: InboundRules = {
  timeZone: "Europe/Moscow",
  allowedKinds: ["company", "entrepreneur"],
  listMissingCharacters: missingCharacters,
  futureToleranceMs: 300_000,
};

const SETTINGS: RelaySettings = {
  platformId: "platform",
  organizationInn: companyInn(1),
  sameDayAct: "reject",
  paymentPurpose: DEFAULT_PURPOSE,
  accountingConcurrency: 2,
  webhookConcurrency: 8,
  webhookTimeoutMs: 15_000,
  paymentCheckMs: 60_000,
};
