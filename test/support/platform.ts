import { Webhook } from "standardwebhooks";
import { createSecret } from "../../core/webhook.ts";
import { listen } from "./process.ts";

/** A webhook that the real relay sent and the played platform took. */
export interface Told {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/**
 * Finds the hash of the form that the platform showed to the agent. The hash comes from the payout's last `act.ready`,
 * else from the relay's API. `ask` reads a path of the API.
 */
export async function findShownForm(
  told: readonly Told[],
  data: { readonly payoutId?: unknown },
  ask: (path: string) => Promise<unknown>,
): Promise<{ readonly pdfSha256?: string }> {
  const { payoutId } = data;
  const ready = told.findLast((event) => event.type === "act.ready" && event.data.payoutId === payoutId);
  const acts = ready === undefined ? await ask(`/api/acts?payoutId=${payoutId}`) : { items: [ready.data] };
  const [act] = (acts as { items: { pdf?: { sha256: string } }[] }).items;
  return act?.pdf ? { pdfSha256: act.pdf.sha256 } : {};
}

/** How an event is sent. */
export interface SendOptions {
  readonly source?: "platform" | "onec";
  readonly id?: string;
  /** Address of another node of the relay. */
  readonly to?: string;
}

/** A listening platform for a real relay over HTTP. A foreign library signs and verifies. */
export interface PlayedPlatform {
  /** Settings of a relay for this platform. */
  readonly settings: Readonly<Record<string, string>>;
  readonly told: readonly Told[];
  /** Sets the status of the next answers; default: 204. */
  answer(status: () => number): void;
  send(type: string, data: object, more?: SendOptions): Promise<{ actId: string }>;
  /** Sends like `send`, and returns any answer of the relay. */
  post(type: string, data: object, more?: SendOptions): Promise<Response>;
  act(id: string): Promise<Record<string, unknown>>;
  /** Waits until the act is there; fails after a minute. */
  until(id: string, status: string): Promise<void>;
  /** Waits until so many webhooks were taken. */
  toldOf(count: number): Promise<void>;
  close(): Promise<void>;
}

const TOKEN = "token-of-the-tests-0123456789abcdef";

let ids = 0;

/** Plays the platform for the relay that `url` names at each call. */
export async function playPlatform(url: () => string): Promise<PlayedPlatform> {
  const secrets = { platform: createSecret(), onec: createSecret() };
  const outbound = createSecret();
  const told: Told[] = [];
  let answer = () => 204;
  const server = await listen((request, body, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const event = new Webhook(outbound).verify(body.toString(), headers) as Omit<Told, "id">;
    const status = answer();
    if (status < 300) told.push({ id: String(headers["webhook-id"]), type: event.type, data: event.data });
    response.writeHead(status).end();
  });

  const post: PlayedPlatform["post"] = async (type, data, { source = "platform", id, to = url() } = {}) => {
    ids += 1;
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
    const now = new Date();
    const webhookId = id ?? `evt_${ids}`;
    return fetch(`${to}/webhooks/${source}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": webhookId,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
        "webhook-signature": new Webhook(secrets[source]).sign(webhookId, now, body),
      },
      body,
    });
  };

  async function ask(path: string): Promise<unknown> {
    return (await fetch(url() + path, { headers: { authorization: `Bearer ${TOKEN}` } })).json();
  }

  const act = async (id: string) => (await ask(`/api/acts/${id}`)) as Record<string, unknown>;

  return {
    settings: {
      PLATFORM_URL: `${server.url}/hooks`,
      PLATFORM_INBOUND_SECRET: secrets.platform,
      PLATFORM_OUTBOUND_SECRET: outbound,
      ONEC_INBOUND_SECRET: secrets.onec,
      DOCUMENT_SECRET: "document-secret-of-the-tests-0123456789",
      API_TOKEN: TOKEN,
    },
    told,
    answer: (status) => {
      answer = status;
    },
    post,
    async send(type, data, more) {
      const shown = type === "act.accepted" ? await findShownForm(told, data, ask) : {};
      const response = await post(type, { ...shown, ...data }, more);
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      return (await response.json()) as { actId: string };
    },
    act,
    async until(id, status) {
      for (const deadline = Date.now() + 60_000; ; ) {
        const now = await act(id);
        if (now.status === status) return;
        if (Date.now() > deadline) throw new Error(`${id} is ${String(now.status)}: ${JSON.stringify(now)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async toldOf(count) {
      for (const deadline = Date.now() + 20_000; told.length < count && Date.now() < deadline; ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    close: () => server.close(),
  };
}
