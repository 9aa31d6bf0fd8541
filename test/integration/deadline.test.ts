import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import v8 from "node:v8";
import vm from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import { createMockAdapter } from "../../adapters/mock/index.ts";
import type { SendWebhookJob } from "../../core/job.ts";
import { sendWebhook } from "../../core/relay/jobs/send-webhook.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import { completeOptions } from "../../core/relay/options.ts";
import { createSecret, importSecrets } from "../../core/webhook.ts";
import { aJob, companyInn } from "../support/builders.ts";

const DEADLINE_MS = 600;
/** A lost deadline would end with the answer, after this time. */
const HELD_MS = 6_000;

v8.setFlagsFromString("--expose-gc");
const collectGarbage = vm.runInNewContext("gc") as () => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const RECEIVERS: Readonly<Record<string, { answer: RequestListener; outcome: string; status: number | null }>> = {
  "no answer": {
    answer: (_request, response) => void setTimeout(() => response.end(), HELD_MS).unref(),
    outcome: "uncertain",
    status: null,
  },
  "a dripping body": {
    answer: (_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write("x"), 50);
      setTimeout(() => response.end(), HELD_MS).unref();
      response.on("close", () => clearInterval(drip));
    },
    outcome: "ok",
    status: 200,
  },
  "a body that stops": {
    answer: (_request, response) => {
      response.writeHead(503).write("x");
      setTimeout(() => response.end(), HELD_MS).unref();
    },
    outcome: "rejected",
    status: 503,
  },
};

describe("deadline of a webhook while the runtime collects garbage", () => {
  it.each(Object.entries(RECEIVERS))("ends the attempt and the connection: %s", async (_name, receiver) => {
    let closed: () => void = () => undefined;
    const isClosed = new Promise<boolean>((resolve) => {
      closed = () => resolve(true);
    });
    const url = await listen((request, response) => {
      request.socket.once("close", closed);
      request.resume();
      receiver.answer(request, response);
    });
    const keys = await importSecrets(createSecret());
    const context = completeOptions({
      store: createMemoryStore(),
      adapter: createMockAdapter(),
      printer: { toServiceLines: () => [], print: () => Promise.reject(new Error("A webhook prints nothing")) },
      settings: { platformId: "platform", organizationInn: companyInn(1), webhookTimeoutMs: DEADLINE_MS },
      targets: { platform: { url, keys } },
      documentLink: async () => ({ url, expiresAt: 0 }),
      fetch: (to, init) => fetch(to, init),
      clock: Date.now,
      random: Math.random,
    });
    const garbage = setInterval(collectGarbage, 50);
    try {
      const began = performance.now();
      const { attempt } = await sendWebhook(context, aJob({}) as SendWebhookJob, () => undefined);
      expect(attempt).toMatchObject({ outcome: receiver.outcome, status: receiver.status });
      expect(performance.now() - began).toBeLessThan(HELD_MS / 2);
      await expect(isClosed).resolves.toBe(true);
    } finally {
      clearInterval(garbage);
    }
  });
});
