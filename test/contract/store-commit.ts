import { describe, expect, test } from "vitest";
import type { Act } from "../../core/act.ts";
import type { Store, Write } from "../../core/store.ts";
import {
  aCounterparty,
  actChanges,
  aForm,
  aMessage,
  anAct,
  anAttempt,
  anEntry,
  anEvent,
  NOON,
} from "../support/builders.ts";
import type { Current } from "./store.ts";

/** A commit is one write; the keys of the commit are the locks. */
export function commitRules(current: Current): void {
  describe("commit", () => {
    test("writes everything at once", async () => {
      const { store } = current();
      const act = anAct();
      const job = aMessage({ actId: act.id });
      const entry = anEntry({ actId: act.id });
      const form = aForm({ actId: act.id });
      const counterparty = aCounterparty();
      const changes: Write[] = [
        ...actChanges(act),
        { type: "job", job },
        { type: "inbox", entry, claimsId: true },
        { type: "form", form },
        { type: "counterparty", counterparty },
        { type: "destination", destination: { name: "ops", stoppedAt: NOON, reason: "gone" } },
      ];
      expect(await store.commit(changes)).toBe("ok");
      expect(await store.getAct(act.id)).toEqual(act);
      expect(await store.listEvents(act.id)).toEqual([anEvent(act)]);
      expect(await store.getJob(job.id)).toEqual(job);
      expect(await store.getInboxEntry("platform", entry.webhookId)).toEqual(entry);
      expect(await store.getForm(act.id)).toEqual(form);
      expect(await store.getCounterparty(counterparty.key)).toEqual(counterparty);
      expect(await store.getDestination("ops")).toEqual({ name: "ops", stoppedAt: NOON, reason: "gone" });
    });

    test("does nothing for an empty list", async () => {
      expect(await current().store.commit([])).toBe("ok");
    });

    test("writes nothing when any lock of the list is broken, at any position", async () => {
      const { store } = current();
      const taken = anAct();
      const entry = anEntry();
      const job = aMessage();
      const seed: Write[] = [...actChanges(taken), { type: "inbox", entry, claimsId: true }, { type: "job", job }];
      expect(await store.commit(seed)).toBe("ok");
      const broken: Write[] = [
        { type: "event", event: anEvent(taken) },
        { type: "job", job },
        { type: "inbox", entry: anEntry({ webhookId: entry.webhookId }), claimsId: true },
        { type: "inbox", entry: { ...anEntry(), id: entry.id }, claimsId: false },
        { type: "release", release: { ...settled(job.id), owner: "nobody" } },
      ];
      for (const change of broken) {
        const act = anAct();
        const { key } = aCounterparty();
        const good: Write[] = [
          ...actChanges(act),
          { type: "act", act: { ...taken, status: "posted" } },
          { type: "counterparty", counterparty: aCounterparty() },
          { type: "destination", destination: { name: "ops", stoppedAt: NOON, reason: null } },
          { type: "form", form: aForm({ actId: act.id, prefix: { hash: "p", data: new Uint8Array(9) } }) },
          { type: "requeue", jobId: job.id, from: ["queued"], dueAt: 5, restart: true },
        ];
        for (const changes of [
          [change, ...good],
          [...good.slice(0, 2), change, ...good.slice(2)],
          [...good, change],
        ]) {
          expect(await store.commit(changes)).toBe("conflict");
        }
        expect(await store.getAct(act.id)).toBeNull();
        expect(await store.getAct(taken.id)).toEqual(taken);
        expect(await store.listEvents(act.id)).toEqual([]);
        expect(await store.getCounterparty(key)).toBeNull();
        expect(await store.getForm(act.id)).toBeNull();
        expect((await store.getDestination("ops")).stoppedAt).toBeNull();
        expect(await store.getJob(job.id)).toEqual(job);
      }
    });

    test("rejects writes that the database cannot hold, and leaves nothing", async () => {
      const { store } = current();
      const act = anAct();
      const event = anEvent(act, { amount: 1n });
      const changes: Write[] = [...actChanges(act).slice(0, 1), { type: "event", event }];
      await expect(store.commit(changes)).rejects.toThrow(TypeError);
      expect(await store.getAct(act.id)).toBeNull();
    });

    test("sees its own earlier writes", async () => {
      const { store } = current();
      const act = anAct();
      const job = aMessage();
      const twice: Write[] = [...actChanges(act), { type: "event", event: anEvent(act) }];
      expect(await store.commit(twice)).toBe("conflict");
      expect(await store.getAct(act.id)).toBeNull();
      const chain: Write[] = [
        ...actChanges(act),
        ...actChanges({ ...act, seq: 2, status: "posted" }),
        { type: "job", job },
        { type: "requeue", jobId: job.id, from: ["queued"], dueAt: 7, restart: false },
      ];
      expect(await store.commit(chain)).toBe("ok");
      expect((await store.listEvents(act.id)).map(({ seq }) => seq)).toEqual([1, 2]);
      expect((await store.getJob(job.id))?.dueAt).toBe(7);
    });

    test("is safe from outside mutation, before and after", async () => {
      const { store } = current();
      const list = [1];
      const act = anAct();
      const event = anEvent(act, { list });
      const entry = anEntry({ body: Uint8Array.of(1, 2, 3) });
      await store.commit([
        { type: "act", act },
        { type: "event", event },
        { type: "inbox", entry, claimsId: true },
      ]);
      list.push(2);
      entry.body?.fill(0);
      const read = (await store.listEvents(act.id))[0];
      (read as unknown as { list: number[] }).list.push(3);
      expect((await store.listEvents(act.id))[0]).toMatchObject({ list: [1] });
      const claimed = await store.getInboxEntry("platform", entry.webhookId);
      claimed?.body?.fill(9);
      expect((await store.getInboxEntry("platform", entry.webhookId))?.body).toEqual(Uint8Array.of(1, 2, 3));
    });

    test("lets exactly one of many writers win each event of an act, and leaves no gap in the history", async () => {
      const { store } = current();
      const act = anAct();
      await store.commit(actChanges(act));
      const wins = await Promise.all(Array.from({ length: 20 }, (_, writer) => write(store, act.id, `w${writer}`)));
      const events = await store.listEvents(act.id);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect(events.length).toBe(1 + wins.reduce((sum, won) => sum + won, 0));
      expect(wins.every((won) => won === 10)).toBe(true);
      expect((await store.getAct(act.id))?.seq).toBe(events.length);
    });

    test("lets each of 200 competing commits lose exactly once, and all others win", async () => {
      const { store } = current();
      const acts = Array.from({ length: 100 }, () => anAct());
      const commits = acts.flatMap((act) => [
        [...actChanges(act), { type: "job", job: aMessage({ actId: act.id }) } as const],
        [...actChanges(act), { type: "job", job: aMessage({ actId: act.id }) } as const],
      ]);
      const results = await Promise.all(commits.map((changes) => store.commit(changes)));
      expect(results.filter((result) => result === "ok").length).toBe(100);
      for (let pair = 0; pair < 200; pair += 2) expect(results[pair]).not.toBe(results[pair + 1]);
      for (const act of acts) {
        expect((await store.listJobs({ actId: act.id, limit: 10 })).items.length).toBe(1);
      }
    });
  });
}

/** Adds ten events, reading again after each loss; returns the number of added events. */
async function write(store: Store, actId: string, writer: string): Promise<number> {
  let won = 0;
  while (won < 10) {
    const act = (await store.getAct(actId)) as Act;
    const next = { ...act, seq: act.seq + 1 };
    const event = anEvent(next, { actor: `person:${writer}` });
    const result = await store.commit([
      { type: "act", act: next },
      { type: "event", event },
    ]);
    if (result === "ok") won += 1;
  }
  return won;
}

function settled(jobId: string) {
  const state = "done" as const;
  return { jobId, owner: "w1", state, dueAt: NOON, progress: {}, attempts: [anAttempt(jobId)] };
}
