import { expect, test } from "vitest";
import { createMemoryStore } from "../../../core/relay/memory/store.ts";
import { aJob, anEntry, NOON } from "../../support/builders.ts";

const MINUTE = 60_000;

test("the memory store remembers a lost lease through two requeues", async () => {
  const store = createMemoryStore();
  const job = aJob();
  await store.commit([{ type: "job", job }]);
  const claim = () => store.leaseJobs({ queue: "webhook", limit: 1, owner: "w", now: NOON, leaseUntil: NOON + MINUTE });
  await claim();
  const requeue = { type: "requeue", jobId: job.id, from: ["queued"], dueAt: NOON, restart: false } as const;
  await store.commit([requeue]);
  await store.commit([requeue]);
  // The first holder may still be calling outside.
  expect(await claim()).toMatchObject([{ id: job.id, lapsed: true }]);
});

test("the memory store keeps the hold on a webhook id when the store prunes a refusal of the same id", async () => {
  const store = createMemoryStore();
  const refused = anEntry({ webhookId: "wh-1", receivedAt: NOON - MINUTE, outcome: "rejected" });
  const accepted = anEntry({ webhookId: "wh-1" });
  await store.commit([{ type: "inbox", entry: refused, claimsId: false }]);
  await store.commit([{ type: "inbox", entry: accepted, claimsId: true }]);
  expect(await store.prune(NOON)).toBe(1);
  expect(await store.getInboxEntry("platform", "wh-1")).toMatchObject({ id: accepted.id });
});
