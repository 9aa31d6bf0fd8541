import { describe, expect, test } from "vitest";
import type { Act } from "../../core/act.ts";
import type { Job } from "../../core/job.ts";
import type { Store } from "../../core/store.ts";
import {
  aCounterparty,
  aForm,
  aJob,
  anAct,
  anAttempt,
  anEntry,
  anEvent,
  aProblem,
  freshId,
  NOON,
  writesOf,
} from "../support/builders.ts";
import type { Current } from "./store.ts";

/** Rules of the other tables, and of the time for which rows are kept. */
export function recordRules(current: Current): void {
  describe("records", () => {
    test("returns a form byte for byte, with a shared prefix or without", async () => {
      const { store } = current();
      const prefix = { hash: "h1", data: Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256) };
      const forms = [
        aForm({ prefix, tail: Uint8Array.of(0, 255, 10, 13) }),
        aForm({ prefix, tail: Uint8Array.of(1) }),
        aForm({ prefix: { hash: "h2", data: new Uint8Array(0) }, tail: new Uint8Array(0) }),
        aForm(),
      ];
      await store.commit(forms.map((form) => ({ type: "form", form })));
      for (const form of forms) {
        const read = await store.getForm(form.actId);
        expect(read).toEqual(form);
        expect(read?.tail.constructor).toBe(Uint8Array);
      }
      const anew = aForm({ actId: forms[0]!.actId, sha256: "e".repeat(64) });
      await store.commit([{ type: "form", form: anew }]);
      expect(await store.getForm(anew.actId)).toEqual(anew);
      expect(await store.getForm("none")).toBeNull();
      // The accepted form stands beside the shown form of the same act.
      const accepted = aForm({ actId: anew.actId, sha256: "f".repeat(64), prefix: null });
      await store.commit([{ type: "form", kind: "accepted", form: accepted }]);
      expect(await store.getForm(anew.actId, "accepted")).toEqual(accepted);
      expect(await store.getForm(anew.actId)).toEqual(anew);
      expect(await store.getForm(forms[1]!.actId, "accepted")).toBeNull();
    });

    test("keeps the last write of a counterparty under the card's key", async () => {
      const { store } = current();
      const counterparty = aCounterparty();
      const { key } = counterparty;
      expect(await store.getCounterparty(key)).toBeNull();
      await store.commit([{ type: "counterparty", counterparty }]);
      expect(await store.getCounterparty(key)).toEqual(counterparty);
      const decided = { ...counterparty, boundRef: freshId(), confirmed: true, asOf: NOON + 1 };
      await store.commit([{ type: "counterparty", counterparty: decided }]);
      expect(await store.getCounterparty(key)).toEqual(decided);
    });

    test("takes a destination for open until somebody stops the destination", async () => {
      const { store } = current();
      expect(await store.getDestination("platform")).toEqual({ name: "platform", stoppedAt: null, reason: null });
    });

    test("returns the last-seen row unchanged, and stops no destination", async () => {
      const { store } = current();
      expect(await store.getLastSeen("accounting")).toBeNull();
      await store.commit([
        { type: "destination", destination: { name: "accounting", stoppedAt: NOON, reason: "why" } },
      ]);
      const visit = { name: "accounting", at: NOON, report: { extension: "1.0.0", deep: { list: ["Ёж", 1, null] } } };
      await store.commit([{ type: "last_seen", lastSeen: visit }]);
      expect(await store.getLastSeen("accounting")).toEqual(visit);
      expect((await store.getDestination("accounting")).stoppedAt).toBe(NOON);
      const next = { ...visit, at: NOON + 60_000, report: {} };
      await store.commit([{ type: "last_seen", lastSeen: next }]);
      expect(await store.getLastSeen("accounting")).toEqual(next);
      expect(await store.getLastSeen("platform")).toBeNull();
    });

    test("returns any text and a large input unchanged", async () => {
      const { store } = current();
      const text = "«Ёлочка» — № 1, 中文, 🧾, e\u0301, \u0000, \ufffe0, \ufffe, \"'`, \\n, </script>, %_";
      const act = anAct({ reason: text });
      const event = anEvent(act, {
        text,
        deep: { list: [1, null, true, { text }] },
        big: "я".repeat(500_000),
      });
      const job = aJob({ input: { text }, progress: { text, at: NOON } });
      const entry = anEntry({ webhookId: `id:${text.replace("\u0000", "")}`, detail: text });
      await store.commit([
        { type: "act", act },
        { type: "event", event },
        { type: "job", job },
        { type: "inbox", entry, claimsId: true },
      ]);
      expect(await store.getAct(act.id)).toEqual(act);
      expect(await store.listEvents(act.id)).toEqual([event]);
      expect(await store.getJob(job.id)).toEqual(job);
      expect((await store.getInboxEntry("platform", entry.webhookId))?.id).toBe(entry.id);
    });

    test("an attempt keeps all of its answer", async () => {
      const { store } = current();
      const job = await added(store);
      await store.leaseJobs({ queue: "webhook", limit: 1, owner: "w", now: NOON, leaseUntil: NOON + 1 });
      const answer = { outcome: "unavailable", code: "http_503", detail: "Ответ 503", status: 503 } as const;
      const attempts = [anAttempt(job.id, { ...answer, response: "<h1>Ошибка</h1>".repeat(1000) })];
      const release = {
        jobId: job.id,
        owner: "w",
        state: "queued",
        dueAt: 1,
        progress: {},
        attempts,
      } as const;
      await store.commit([{ type: "release", release }]);
      expect(await store.listAttempts(job.id)).toEqual(attempts);
    });
  });

  describe("upkeep", () => {
    test("stats count acts, problems and open jobs, and tell the longest wait", async () => {
      const { store } = current();
      const oldestDueAt = { accounting: null, webhook: null };
      expect(await store.getStats()).toEqual({ acts: {}, problems: {}, messages: {}, oldestDueAt, failedCommits: 0 });
      for (const status of ["ready", "ready", "paid"] as const) await store.commit(writesOf(anAct({ status })));
      await store.commit(writesOf(anAct({ problem: aProblem("bank_unknown") })));
      await added(store, { state: "parked", dueAt: 1 });
      await added(store, { dueAt: NOON + 7 });
      await added(store, { dueAt: NOON + 5 });
      await added(store, { state: "problem", queue: "accounting" });
      await added(store, { state: "done", queue: "accounting" });
      expect(await store.getStats()).toEqual({
        acts: { ready: 2, paid: 1, requested: 1 },
        problems: { bank_unknown: 1 },
        messages: { "webhook:parked": 1, "webhook:queued": 2, "accounting:problem": 1 },
        oldestDueAt: { accounting: null, webhook: NOON + 5 },
        failedCommits: 0,
      });
    });

    test("prune deletes older received events and finished jobs", async () => {
      const { store } = current();
      const [before, old] = [NOON, { dueAt: NOON - 1, createdAt: NOON - 9 }];
      const settled = ["done", "skipped", "dead", "problem"] as const;
      const gone = await Promise.all(settled.map((state) => added(store, { ...old, state })));
      const stays = [
        await added(store, { ...old, state: "queued" }),
        await added(store, { ...old, state: "parked" }),
        await added(store, { ...old, state: "done", dueAt: NOON }),
      ];
      const [oldEntry, entry] = [anEntry({ receivedAt: NOON - 1 }), anEntry()];
      for (const each of [oldEntry, entry]) await store.commit([{ type: "inbox", entry: each, claimsId: true }]);
      expect(await store.prune(before)).toBe(gone.length + 1);
      expect(await store.prune(before)).toBe(0);
      for (const { id } of gone) expect(await store.getJob(id)).toBeNull();
      for (const job of stays) expect(await store.getJob(job.id)).toEqual(job);
      expect(await store.getInboxEntry("platform", oldEntry.webhookId)).toBeNull();
      expect(await store.getInboxEntry("platform", entry.webhookId)).toEqual(entry);
      const anew = anEntry({ webhookId: oldEntry.webhookId });
      expect(await store.commit([{ type: "inbox", entry: anew, claimsId: true }])).toBe("ok");
    });

    test("prune keeps the job of a problem while the act has the problem", async () => {
      const { store } = current();
      const act = anAct({ problem: aProblem("bank_unknown") });
      await store.commit(writesOf(act));
      const job = await added(store, { actId: act.id, state: "problem", dueAt: 1 });
      expect(await store.prune(NOON)).toBe(0);
      await store.commit(writesOf({ ...act, seq: 2, problem: null }));
      expect(await store.prune(NOON)).toBe(1);
      expect(await store.getJob(job.id)).toBeNull();
    });

    test("prune leaves acts, their history, forms and counterparties, however old", async () => {
      const { store } = current();
      const counterparty = aCounterparty();
      await store.commit([{ type: "counterparty", counterparty }]);
      const acts = (["paid", "declined", "voided", "requested"] as const).map((status) => anAct({ status }));
      for (const act of acts) {
        await store.commit([...writesOf(act), { type: "form", form: aForm({ actId: act.id }) }]);
      }
      expect(await store.prune(NOON + 10 * 365 * 86_400_000)).toBe(0);
      for (const act of acts) {
        expect(await store.getAct(act.id)).toEqual(act);
        expect(await store.listEvents(act.id)).toHaveLength(1);
        expect(await store.getForm(act.id)).not.toBeNull();
      }
      expect(await store.getCounterparty(counterparty.key)).toEqual(counterparty);
    });

    test("prune takes a long history away whole, attempts included", async () => {
      const { store } = current();
      const jobs = Array.from({ length: 1203 }, () => aJob({ state: "done", dueAt: 1 }));
      await store.commit(jobs.map((job) => ({ type: "job", job })));
      const job = await added(store);
      await store.leaseJobs({ queue: "webhook", limit: 1, owner: "w", now: NOON, leaseUntil: NOON + 1 });
      const attempts = [anAttempt(job.id)];
      const release = { jobId: job.id, owner: "w", state: "done", dueAt: 1, progress: {}, attempts } as const;
      await store.commit([{ type: "release", release }]);
      expect(await store.prune(NOON)).toBe(1204);
      expect(await store.listAttempts(job.id)).toEqual([]);
    });

    test("is ready", async () => {
      await expect(current().store.checkReady()).resolves.toBeUndefined();
    });

    test("keeps committed writes over a reopening", async ({ skip }) => {
      const { store, reopen } = current();
      if (reopen === undefined) return skip("nothing outlives the process");
      const act: Act = anAct();
      const form = aForm({ actId: act.id, prefix: { hash: "h", data: Uint8Array.of(1, 2) } });
      const entry = anEntry();
      await store.commit([...writesOf(act), { type: "form", form }, { type: "inbox", entry, claimsId: true }]);
      const job = await added(store);
      await store.leaseJobs({ queue: "webhook", limit: 1, owner: "w", now: NOON, leaseUntil: NOON + 50 });
      const again = await reopen();
      await again.checkReady();
      expect(await again.getAct(act.id)).toEqual(act);
      expect(await again.listEvents(act.id)).toEqual([anEvent(act)]);
      expect(await again.getForm(act.id)).toEqual(form);
      expect(await again.getInboxEntry("platform", entry.webhookId)).toEqual(entry);
      expect((await again.getJob(job.id))?.lease).toEqual({ owner: "w", until: NOON + 50 });
      expect(await again.getNextDue("webhook")).toBe(NOON + 50);
    });
  });
}

async function added(store: Store, more: Partial<Job> = {}): Promise<Job> {
  const job = aJob(more);
  expect(await store.commit([{ type: "job", job }])).toBe("ok");
  return job;
}
