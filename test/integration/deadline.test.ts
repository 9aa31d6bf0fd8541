import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import v8 from "node:v8";
import vm from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import { createMockAdapter } from "../../adapters/mock/index.ts";
import { createOdataClient } from "../../adapters/onec-odata/client.ts";
import type { SendWebhookJob } from "../../core/job.ts";
import { sendWebhook } from "../../core/relay/jobs/send-webhook.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import { completeOptions } from "../../core/relay/options.ts";
import { createSecret, importSecrets } from "../../core/webhook.ts";
import { aMessage, companyInn } from "../support/builders.ts";

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

describe("deadline of a call to 1C while the runtime collects garbage", () => {
  const HANGING: Readonly<Record<string, RequestListener>> = {
    "no answer": (_request, response) => void setTimeout(() => response.end(), HELD_MS).unref(),
    "a body that stops": (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write("{");
      setTimeout(() => response.end(), HELD_MS).unref();
    },
  };

  it.each(Object.entries(HANGING))("ends the call and frees its place: %s", async (_name, answer) => {
    const url = await listen(answer);
    const connection = { url: url.slice(0, -1), user: "u", password: "p", maxConcurrency: 1, clock: Date.now };
    const client = createOdataClient({ ...connection, timeoutMs: DEADLINE_MS });
    const garbage = setInterval(collectGarbage, 50);
    try {
      const began = performance.now();
      for (let call = 0; call < 2; call += 1) {
        const asked = client.call((odata) => odata.get("Catalog_Валюты", "0192f000-0000-7000-8000-000000000000"));
        await expect(asked).rejects.toMatchObject({ code: "onec_timeout", outcome: "unavailable" });
      }
      expect(performance.now() - began).toBeLessThan(HELD_MS / 2);
    } finally {
      clearInterval(garbage);
    }
  });

  it("ends a write as uncertain when the relay stops", async () => {
    const url = await listen((_request, response) => void setTimeout(() => response.end(), HELD_MS).unref());
    const connection = { url: url.slice(0, -1), user: "u", password: "p", clock: Date.now };
    const client = createOdataClient({ ...connection, timeoutMs: HELD_MS });
    const stop = new AbortController();
    const writing = client.call((odata) => odata.create("Catalog_Валюты", {}), stop.signal);
    setTimeout(() => stop.abort(), 100);
    await expect(writing).rejects.toMatchObject({ outcome: "uncertain" });
  });
});

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
      const { attempt } = await sendWebhook(context, aMessage({}) as SendWebhookJob, () => undefined);
      expect(attempt).toMatchObject({ outcome: receiver.outcome, status: receiver.status });
      expect(performance.now() - began).toBeLessThan(HELD_MS / 2);
      await expect(isClosed).resolves.toBe(true);
    } finally {
      clearInterval(garbage);
    }
  });
});
