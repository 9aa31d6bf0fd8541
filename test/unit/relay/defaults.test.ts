import { expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import { createPrinter } from "../../../core/print/index.ts";
import { createBreaker, createMemoryStore, createRelay, type RelayOptions } from "../../../core/relay/index.ts";
import { importSecrets } from "../../../core/webhook.ts";
import { makeRequestData } from "../../support/builders.ts";

const NOW = Date.UTC(2026, 10, 24, 9);
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function fewest(more: Partial<RelayOptions> = {}): RelayOptions {
  return {
    store: createMemoryStore(),
    adapter: createMockAdapter(),
    printer: createPrinter(),
    settings: { platformId: "cabinet", organizationInn: "7707083893" },
    clock: () => NOW,
    random: () => 0.5,
    ...more,
  };
}

function event(data: object) {
  const text = JSON.stringify({ type: "act.requested", timestamp: new Date(NOW).toISOString(), data });
  return { source: "platform", webhookId: `msg_${text.length}`, body: new TextEncoder().encode(text) } as const;
}

test("a relay without a platform takes an act to the printed form", async () => {
  const options = fewest();
  const relay = createRelay(options);
  const { actId } = await relay.receive(event(makeRequestData()));
  expect(await relay.drain()).toBeGreaterThan(0);
  expect(await options.store.getAct(actId ?? "")).toMatchObject({ status: "ready", date: "2026-11-24", problem: null });
});

test("default ids are version 7 UUIDs that grow, also where the clock stands or goes back", async () => {
  let now = NOW;
  const options = fewest({ clock: () => now, random: Math.random });
  const relay = createRelay(options);
  for (let n = 0; n < 5000; n += 1) {
    now += [0, 0, 0, 1, -1][n % 5] ?? 0;
    await relay.receive(event({})).catch(() => undefined);
  }
  const newestFirst: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await options.store.listInbox({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    newestFirst.push(...page.items.map((entry) => entry.id));
    cursor = page.next;
  }
  expect(new Set(newestFirst).size).toBe(5000);
  expect(newestFirst.toSorted().reverse()).toEqual(newestFirst);
  for (const id of newestFirst) expect(id).toMatch(UUID_V7);
});

test("destinations without the settings for sending are refused at once", async () => {
  const target = { url: "https://platform.example/hooks", keys: await importSecrets(`whsec_${btoa("p".repeat(32))}`) };
  expect(() => createRelay(fewest({ targets: { ops: target } }))).toThrow("needs fetch");
  const fetch = async () => new Response(null, { status: 204 });
  expect(() => createRelay(fewest({ targets: { platform: target }, fetch }))).toThrow("needs documentLink");
  expect(() => createRelay(fewest({ targets: { ops: target }, fetch }))).not.toThrow();
});

test("a fetch that must not be a method is called bare", async () => {
  const target = { url: "https://platform.example/hooks", keys: await importSecrets(`whsec_${btoa("p".repeat(32))}`) };
  const owners: unknown[] = [];
  const options = fewest({
    targets: { platform: target },
    documentLink: async (actId) => ({ url: `https://relay.example/${actId}.pdf`, expiresAt: NOW }),
    async fetch(this: unknown) {
      owners.push(this);
      return new Response(null, { status: 204 });
    },
  });
  const relay = createRelay(options);
  await relay.receive(event(makeRequestData()));
  await relay.drain();
  expect(owners).toEqual([undefined]);
});

test("relays that share a breaker know of each other's outage", async () => {
  const breaker = createBreaker({ capacity: 2, threshold: 1 });
  const [one, other] = [createRelay(fewest({ breaker })), createRelay(fewest({ breaker }))];
  expect(one.getBreakerState().state).toBe("closed");
  breaker.recordFailure(NOW, "onec_unavailable");
  for (const relay of [one, other])
    expect(relay.getBreakerState()).toMatchObject({ state: "open", code: "onec_unavailable" });
  expect(createRelay(fewest()).getBreakerState().state).toBe("closed");
});
