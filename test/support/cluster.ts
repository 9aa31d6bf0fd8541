import { setTimeout } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { createMockAdapter, MOCK_ORGANIZATION, type MockAdapter } from "../../adapters/mock/index.ts";
import { createSecret, importSecrets } from "../../core/webhook.ts";
import { publish } from "../onec-runtime/http/publish.ts";
import { createService } from "../onec-runtime/http/service.ts";
import { findShownForm, type Told } from "./platform.ts";
import { findFreePort, listen, type Running, startProcess } from "./process.ts";

/** An event in the platform's words. */
export interface PlatformEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly data: object;
}

/** Real processes of the relay over one database, with their platform. */
export interface Cluster {
  readonly told: readonly Told[];
  /** Processes by place. {@link Cluster.start} replaces a killed process. */
  readonly nodes: readonly Running[];
  /** Starts the process of a place anew. `more`: settings beside the common settings. */
  start(node: number, more?: Record<string, string>): Promise<void>;
  /** Sends a signed event to a node, once. */
  post(node: number, event: PlatformEvent, id: string): Promise<Response>;
  /** Sends a signed event to a node, again and again while nobody answers there or the storage is away. */
  send(node: number, type: string, data: object, id: string): Promise<{ actId: string; status: number }>;
  act(node: number, id: string): Promise<Record<string, unknown>>;
  /** Waits until a node shows the act so; fails after two minutes. */
  until(node: number, id: string, status: string): Promise<void>;
  close(): Promise<void>;
}

const TOKEN = "token-of-the-tests-0123456789abcdef";

/** Starts so many processes with common settings: the database and 1C among them. */
export async function startCluster(size: number, settings: Record<string, string>): Promise<Cluster> {
  const [inbound, outbound] = [createSecret(), createSecret()];
  const told: Told[] = [];
  const platform = await listen((request, body, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const event = new Webhook(outbound).verify(body.toString(), headers) as Omit<Told, "id">;
    told.push({ id: String(headers["webhook-id"]), type: event.type, data: event.data });
    response.writeHead(204).end();
  });
  // All links lead to the first place, as behind a balancer they would lead to any.
  const ports = await Promise.all(Array.from({ length: size }, findFreePort));
  const env = {
    PLATFORM_URL: `${platform.url}/hooks`,
    PLATFORM_INBOUND_SECRET: inbound,
    PLATFORM_OUTBOUND_SECRET: outbound,
    DOCUMENT_SECRET: "document-secret-of-the-tests-0123456789",
    PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
    API_TOKEN: TOKEN,
    ORGANIZATION_SIGNATORY_NAME: "Воронова Анна Сергеевна",
    ...settings,
  };
  const begin = (node: number, more = {}) => startProcess({ ...env, ...more, PORT: String(ports[node]) });
  const nodes = await Promise.all(ports.map((_, node) => begin(node)));
  const urlOf = (node: number) => `http://127.0.0.1:${ports[node]}`;

  async function ask(node: number, path: string): Promise<unknown> {
    return (await fetch(urlOf(node) + path, { headers: { authorization: `Bearer ${TOKEN}` } })).json();
  }

  const act = async (node: number, id: string) => (await ask(node, `/api/acts/${id}`)) as Record<string, unknown>;

  /** Finds the shown form at any node, since a node may be away. */
  async function findForm(type: string, data: object): Promise<object> {
    if (type !== "act.accepted") return {};
    for (let tries = 0; ; tries += 1) {
      const node = tries % size;
      const shown = await findShownForm(told, data, (path) => ask(node, path)).catch(() => ({}));
      if ("pdfSha256" in shown || tries > 1000) return shown;
      await setTimeout(20);
    }
  }

  async function post(node: number, event: PlatformEvent, id: string): Promise<Response> {
    const now = new Date();
    const body = JSON.stringify(event);
    const headers = {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      "webhook-signature": new Webhook(inbound).sign(id, now, body),
    };
    return fetch(`${urlOf(node)}/webhooks/platform`, { method: "POST", headers, body });
  }

  return {
    told,
    nodes,
    async start(node, more) {
      nodes[node] = await begin(node, more);
    },
    post,
    async send(node, type, data, id) {
      const shown = await findForm(type, data);
      const event = { type, timestamp: new Date().toISOString(), data: { ...shown, ...data } };
      for (const deadline = Date.now() + 60_000; ; await setTimeout(20)) {
        const response = await post(node, event, id).catch(() => null);
        if (response?.ok === true)
          return { ...((await response.json()) as { actId: string }), status: response.status };
        if ((response !== null && response.status !== 503) || Date.now() > deadline) {
          throw new Error(response === null ? "no answer" : `${response.status} ${await response.text()}`);
        }
      }
    },
    act,
    async until(node, id, status) {
      for (const deadline = Date.now() + 120_000; ; await setTimeout(25)) {
        const now = await act(node, id).catch((error: Error) => ({ status: error.message }));
        if (now.status === status) return;
        if (Date.now() > deadline) throw new Error(`${id} is ${String(now.status)}: ${JSON.stringify(now)}`);
      }
    },
    async close() {
      await Promise.all(nodes.map((node) => node.kill("SIGTERM")));
      await platform.close();
    },
  };
}

/** One 1C for all nodes. The extension in front counts simultaneous calls. */
export interface SharedOneC {
  readonly onec: MockAdapter;
  readonly settings: Record<string, string>;
  close(): Promise<void>;
}

/** Plays a 1C whose every call takes so long, up to the given time. */
export async function startSharedOneC(random: () => number, slowestMs: number): Promise<SharedOneC> {
  const onec = createMockAdapter({ delayMs: slowestMs, sleep: (ms) => setTimeout(ms * random()) });
  const secret = createSecret();
  const login = { user: "Обмен", password: "пароль" };
  const service = createService({ open: () => onec, keys: await importSecrets(secret), ...login, clock: Date.now });
  const published = await publish(service);
  return {
    onec,
    settings: {
      ACCOUNTING: "onec-http",
      ONEC_ORGANIZATION_INN: MOCK_ORGANIZATION.inn,
      ONEC_URL: published.url,
      ONEC_USER: login.user,
      ONEC_PASSWORD: login.password,
      ONEC_INBOUND_SECRET: createSecret(),
      ONEC_OUTBOUND_SECRET: secret,
    },
    close: () => published.close(),
  };
}
