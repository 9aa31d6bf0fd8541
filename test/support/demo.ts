import { createMockAdapter, type MockAdapter } from "../../adapters/mock/index.ts";
import { toBusinessDate } from "../../core/date.ts";
import { createSecret, importSecrets, sign, type WebhookKeys } from "../../core/webhook.ts";
import { createDemo, type Demo, type DemoOptions } from "../../server/demo/index.ts";
import { NOON } from "./builders.ts";

/** A request that the demo made to the relay. */
export interface Asked {
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly event: { type: string; timestamp: string; data: Record<string, unknown> };
}

/** The page's state, as far as the tests look at it. */
export interface DemoState {
  readonly start: string;
  readonly today: string;
  readonly agents: {
    id: string;
    inn: string;
    registeredAt?: string;
    rightAccount?: string;
    bankAccount: { number: string; bic: string };
  }[];
  readonly payouts: {
    payoutId: string;
    agentId: string;
    status: string;
    actId: string | null;
    act: { number: string; period: { from: string; to: string } } | null;
    problem: { code: string } | null;
    order: { number: string } | null;
  }[];
  readonly onec: Record<string, { cards: { marked: boolean }[]; acts: { date: string }[]; twins: boolean }>;
  readonly feed: {
    id: number;
    direction: string;
    type: string;
    webhookId: string;
    status: number | null;
    verified: boolean | null;
    attempts: number;
    note: string | null;
    signature: string;
  }[];
}

/** A demo cabinet over a played relay. */
export interface DemoHarness {
  readonly demo: Demo;
  readonly onec: MockAdapter;
  readonly asked: Asked[];
  readonly inbound: WebhookKeys;
  /** How the relay answers from now on; an Error: not at all. */
  answer(next: (asked: Asked) => Response | Error): void;
  state(): Promise<DemoState>;
  /** Calls an action of the page. */
  act(path: string, input?: object, headers?: Record<string, string>): Promise<Response>;
  /** Asks for a payout to an agent as the form would; gives its id. */
  request(agentId: string, more?: Record<string, unknown>): Promise<string>;
  /** A signed callback of the relay. */
  callback(type: string, seq: number, data: object, more?: CallbackOptions): Promise<Response>;
}

export interface CallbackOptions {
  readonly id?: string;
  readonly keys?: WebhookKeys;
  readonly at?: number;
}

export const API_TOKEN = "token-of-the-demo";

let ids = 0;

export async function createDemoHarness(more: Partial<DemoOptions> = {}): Promise<DemoHarness> {
  const [inboundSecret, outboundSecret] = [createSecret(), createSecret()];
  const [inbound, outbound] = await Promise.all([importSecrets(inboundSecret), importSecrets(outboundSecret)]);
  const onec = createMockAdapter({ today: () => toBusinessDate(NOON, "Europe/Moscow") });
  const asked: Asked[] = [];
  let answer: (asked: Asked) => Response | Error = () =>
    Response.json({ actId: ACT_ID, duplicate: false }, { status: 202 });
  const demo = createDemo({
    relayUrl: () => "http://relay.test",
    inboundSecret,
    outboundSecret,
    apiToken: API_TOKEN,
    mock: onec.mock,
    assets: { "index.html": { type: "text/html; charset=utf-8", body: "<h1>Кабинет</h1>" } },
    clock: () => NOON,
    newId: () => {
      ids += 1;
      return `0192f000-0000-7000-8000-${ids.toString(16).padStart(12, "0")}`;
    },
    retryWaits: [1, 1],
    fetch: async (request) => {
      const body = new Uint8Array(await request.arrayBuffer());
      const event = JSON.parse(new TextDecoder().decode(body) || "{}");
      const seen: Asked = { path: new URL(request.url).pathname, headers: request.headers, body, event };
      asked.push(seen);
      const response = answer(seen);
      if (response instanceof Error) throw response;
      return response;
    },
    ...more,
  });
  const harness: DemoHarness = {
    demo,
    onec,
    asked,
    inbound,
    answer: (next) => {
      answer = next;
    },
    state: async () => (await demo.app.request("/api/state")).json() as Promise<DemoState>,
    act: async (path, input = {}, headers = {}) =>
      demo.app.request(`/api/${path}`, {
        method: "POST",
        body: JSON.stringify(input),
        headers: { "content-type": "application/json", ...headers },
      }),
    async request(agentId, given = {}) {
      const { agents } = await harness.state();
      const account = agents.find(({ id }) => id === agentId)?.bankAccount;
      const form = { amount: "15000.00", vat: "none", account: account?.number, bic: account?.bic };
      const response = await harness.act("payouts", { agentId, ...form, ...given });
      return ((await response.json()) as { payoutId: string }).payoutId;
    },
    async callback(type, seq, data, { id = `msg_${seq}_${type.replace(".", "-")}`, keys = outbound, at = NOON } = {}) {
      const event = { type, timestamp: new Date(at).toISOString(), seq, data: { actId: ACT_ID, revision: 1, ...data } };
      const body = new TextEncoder().encode(JSON.stringify(event));
      const headers = await sign({ id, timestamp: Math.floor(at / 1000), body, keys });
      return demo.app.request("/webhooks", { method: "POST", body, headers: { ...headers } });
    },
  };
  return harness;
}

export const ACT_ID = "0192f000-0000-5000-8000-00000000ac70";

/** Data of `act.ready` for a payout. */
export function readyData(payoutId: string): object {
  return {
    payoutId,
    number: "0000-000007",
    date: "2026-11-24",
    period: { from: "2026-11-01", to: "2026-11-24" },
    amount: "15000.00",
    vatAmount: "0.00",
    counterparty: { inn: "7799000001", ref: ACT_ID, created: true },
    pdf: {
      url: "http://relay.test/documents/x.pdf",
      sha256: "a".repeat(64),
      bytes: 1000,
      expiresAt: "2027-02-22T09:00:00.000Z",
    },
  };
}
