import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { MOCK_ORGANIZATION } from "../../../adapters/mock/index.ts";
import { createSecret } from "../../../core/webhook.ts";
import { listen, type Running, startProcess } from "../process.ts";

/** A webhook that the real relay sent and the played platform took. */
export interface Told {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** A real process of the relay over 1C's extension, with a platform that takes what it is told. */
export interface RealRelay {
  readonly told: readonly Told[];
  readonly inboundOfOnec: string;
  /** What it was started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Address of the relay now. */
  url(): string;
  /** Kills the process at once and starts it anew, over the same database and on the same port. */
  restart(): Promise<void>;
  send(type: string, data: object, more?: { source?: "platform" | "onec"; id?: string }): Promise<{ actId: string }>;
  act(id: string): Promise<Record<string, unknown>>;
  /** Waits until the act is there; fails after a minute. */
  until(id: string, status: string): Promise<void>;
  close(): Promise<void>;
}

let ids = 0;

/** Starts the relay as a process; `settings` say how it reaches 1C. */
export async function startRelay(settings: Record<string, string>): Promise<RealRelay> {
  const folder = mkdtempSync(join(tmpdir(), "onec-relay-http-"));
  const secrets = { platform: createSecret(), onec: createSecret() };
  const outbound = createSecret();
  const told: Told[] = [];
  const platform = await listen((request, body, response) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const event = new Webhook(outbound).verify(body.toString(), headers) as Omit<Told, "id">;
    told.push({ id: String(headers["webhook-id"]), type: event.type, data: event.data });
    response.writeHead(204).end();
  });
  const token = "token-of-the-tests-0123456789abcdef";
  const env: Record<string, string> = {
    ACCOUNTING: "onec-http",
    ONEC_ORGANIZATION_INN: MOCK_ORGANIZATION.inn,
    ONEC_INBOUND_SECRET: secrets.onec,
    DATABASE_URL: `file:${join(folder, "relay.db")}`,
    PLATFORM_URL: `${platform.url}/hooks`,
    PLATFORM_INBOUND_SECRET: secrets.platform,
    PLATFORM_OUTBOUND_SECRET: outbound,
    DOCUMENT_SECRET: "document-secret-of-the-tests-0123456789",
    API_TOKEN: token,
    ...settings,
  };
  let running: Running = await startProcess(env);
  const port = new URL(running.url).port;

  async function act(id: string): Promise<Record<string, unknown>> {
    const response = await fetch(`${running.url}/api/acts/${id}`, { headers: { authorization: `Bearer ${token}` } });
    return (await response.json()) as Record<string, unknown>;
  }

  return {
    told,
    inboundOfOnec: secrets.onec,
    env: { ...env, PORT: port },
    url: () => running.url,
    async restart() {
      await running.kill();
      running = await startProcess({ ...env, PORT: port });
    },
    async send(type, data, { source = "platform", id } = {}) {
      ids += 1;
      const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
      const now = new Date();
      const webhookId = id ?? `evt_${ids}`;
      const response = await fetch(`${running.url}/webhooks/${source}`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "webhook-id": webhookId,
          "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
          "webhook-signature": new Webhook(secrets[source]).sign(webhookId, now, body),
        },
        body,
      });
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
    async close() {
      await running.kill("SIGTERM");
      await platform.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
