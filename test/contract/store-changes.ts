import { describe, expect, test } from "vitest";
import type { Message, MessageState } from "../../core/relay/message.ts";
import type { Change, Settlement, Store } from "../../core/store.ts";
import { aMessage, anAttempt, anEntry, freshId, NOON } from "../support/builders.ts";
import type { Current } from "./store.ts";

/** How single changes behave: settling, putting back, claiming a webhook id. */
export function changeRules(current: Current): void {
  describe("settle", () => {
    test("ends the lease and keeps the attempts, the journal and the time", async () => {
      const { store } = current();
      const message = await claimed(store);
      const attempts = [anAttempt(message.id, { outcome: "uncertain" }), anAttempt(message.id, { n: 2 })];
      const result = await settle(store, message, { state: "queued", dueAt: NOON + 9, journal: { step: 2 }, attempts });
      expect(result).toBe("ok");
      const { lease: _, ...rest } = message;
      const now = { ...rest, dueAt: NOON + 9, journal: { step: 2 }, attempts: 2, lease: null };
      expect(await store.message(message.id)).toEqual(now);
      expect(await store.attempts(message.id)).toEqual(attempts);
    });

    test("fails when the lease is another's, was never there, or the message is not queued or not there", async () => {
      const { store } = current();
      const message = await claimed(store);
      const settleAs = (owner: string, messageId = message.id) =>
        settle(store, { ...message, id: messageId }, { owner, attempts: [anAttempt(messageId)] });
      expect(await settleAs("w2")).toBe("conflict");
      expect(await settleAs("w1", freshId())).toBe("conflict");
      expect(await settleAs("w1")).toBe("ok");
      expect(await settleAs("w1")).toBe("conflict");
      const free = aMessage();
      await store.commit([{ type: "message", message: free }]);
      expect(await settleAs("w1", free.id)).toBe("conflict");
      const parked = aMessage({ state: "parked", lease: { owner: "w1", until: NOON } });
      await store.commit([{ type: "message", message: parked }]);
      expect(await settleAs("w1", parked.id)).toBe("conflict");
      const renewed = { messageId: parked.id, owner: "w1", leaseUntil: NOON + 1, journal: { wrong: true } };
      expect(await store.renew(renewed)).toBe(false);
      expect(await store.message(parked.id)).toEqual(parked);
      expect(await store.attempts(message.id)).toHaveLength(1);
    });

    test("without attempts has the same locks", async () => {
      const { store } = current();
      const message = await claimed(store);
      const settleAs = (owner: string, id = message.id) => settle(store, { ...message, id }, { owner, attempts: [] });
      expect(await settleAs("w2")).toBe("conflict");
      expect(await settleAs("w1", freshId())).toBe("conflict");
      expect(await settleAs("w1")).toBe("ok");
      expect(await settleAs("w1")).toBe("conflict");
      expect(await store.attempts(message.id)).toEqual([]);
      expect((await store.message(message.id))?.attempts).toBe(0);
    });

    test("fails when an attempt's number is taken", async () => {
      const { store } = current();
      const first = await claimed(store);
      await settle(store, first, { state: "queued" });
      const [again] = await store.claim(claim("w2"));
      expect(await settle(store, again!, { owner: "w2" })).toBe("conflict");
      expect((await store.message(first.id))?.lease?.owner).toBe("w2");
      expect(await settle(store, again!, { owner: "w2", attempts: [anAttempt(first.id, { n: 2 })] })).toBe("ok");
    });

    test("succeeds after the lease's end, while nobody has taken the message over", async () => {
      const { store } = current();
      const message = await claimed(store);
      expect(await settle(store, message, { dueAt: NOON + 1_000_000 })).toBe("ok");
    });

    test("of two holders after a lapse only the latter wins", async () => {
      const { store } = current();
      const message = await claimed(store);
      const [taken] = await store.claim(claim("w2", NOON + 60_000));
      expect(taken).toMatchObject({ id: message.id, lapsed: true });
      expect(await settle(store, message)).toBe("conflict");
      expect(await settle(store, taken!, { owner: "w2" })).toBe("ok");
      expect(await store.message(message.id)).toMatchObject({ state: "done", lease: null, lapsed: false });
    });
  });

  describe("requeue", () => {
    const states: MessageState[] = ["queued", "parked", "done", "skipped", "problem", "dead"];

    test.each(states)("puts back a message that is %s, if that is asked for", async (state) => {
      const { store } = current();
      const message = aMessage({ state, attempts: 3, attemptsBefore: 1, journal: { a: 1 } });
      const others = states.filter((other) => other !== state);
      await store.commit([{ type: "message", message }]);
      expect(await store.commit([requeue(message.id, { from: others })])).toBe("ok");
      expect(await store.message(message.id)).toEqual(message);
      await store.commit([requeue(message.id, { from: ["dead", state], dueAt: NOON + 5 })]);
      const back = { ...message, state: "queued", dueAt: NOON + 5 };
      expect(await store.message(message.id)).toEqual(back);
      await store.commit([requeue(message.id, { from: ["queued"], dueAt: NOON + 6, journal: {}, restart: true })]);
      expect(await store.message(message.id)).toEqual({ ...back, dueAt: NOON + 6, journal: {}, attemptsBefore: 3 });
    });

    test("of an unknown message or from no state does nothing", async () => {
      const { store } = current();
      const message = aMessage();
      await store.commit([{ type: "message", message }]);
      expect(await store.commit([requeue(freshId(), { from: states })])).toBe("ok");
      expect(await store.commit([requeue(message.id, { from: [], dueAt: 1 })])).toBe("ok");
      expect(await store.message(message.id)).toEqual(message);
    });

    test("of a message that is parked for another call, or for none, does nothing where a call is named", async () => {
      const { store } = current();
      const call = `${freshId()}:create:0`;
      // What a text may have, and no database's idea of JSON may stumble over.
      const name = '\0 \ud800 \\u0000 "awaiting":"another"';
      const journal = { name, awaiting: call, command: { awaiting: "another" }, step: "create" };
      const message = aMessage({ state: "parked", journal });
      const free = aMessage({ state: "parked", journal: {} });
      await store.commit([
        { type: "message", message },
        { type: "message", message: free },
      ]);
      const answered = { journal: { answers: 1 } };
      for (const [{ id }, awaiting] of [
        [message, "another"],
        [message, `${call}0`],
        [message, ""],
        [free, call],
      ] as const) {
        expect(await store.commit([requeue(id, { from: ["parked"], awaiting, ...answered })])).toBe("ok");
      }
      expect(await store.message(message.id)).toEqual(message);
      expect(await store.message(free.id)).toEqual(free);
      await store.commit([requeue(message.id, { from: ["parked"], awaiting: call, ...answered })]);
      expect(await store.message(message.id)).toMatchObject({ state: "queued", ...answered });
    });

    test("takes a lease away: its holder loses, and the next one learns that somebody may have called", async () => {
      const { store } = current();
      const message = await claimed(store);
      await store.commit([requeue(message.id, { from: ["queued"], journal: { answer: 1 } })]);
      expect((await store.message(message.id))?.lease).toBeNull();
      expect(await settle(store, message)).toBe("conflict");
      const [next] = await store.claim(claim("w2"));
      expect(next).toMatchObject({ id: message.id, journal: { answer: 1 }, lapsed: true });
    });
  });

  describe("once", () => {
    const take = (key: string, at: number, until: number): Change => ({ type: "once", key, at, until });

    test("a key is taken by one commit, and the loser writes nothing", async () => {
      const { store } = current();
      const [key, other] = [freshId(), freshId()];
      const message = aMessage();
      expect(await store.commit([take(key, NOON, NOON + 10)])).toBe("ok");
      expect(await store.commit([{ type: "message", message }, take(key, NOON + 9, NOON + 99)])).toBe("conflict");
      expect(await store.message(message.id)).toBeNull();
      expect(await store.commit([take(other, NOON + 9, NOON + 99)])).toBe("ok");
      expect(await store.commit([take(key, NOON + 10, NOON + 20)])).toBe("ok");
      expect(await store.commit([take(key, NOON + 10, NOON + 20)])).toBe("conflict");
      expect(await store.commit([take(other, NOON + 98, NOON + 99)])).toBe("conflict");
    });

    test("of many that take it at once, one gets it", async () => {
      const { store } = current();
      const key = freshId();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => store.commit([take(key, NOON, NOON + n + 1)])),
      );
      expect(results.filter((result) => result === "ok")).toHaveLength(1);
    });
  });

  describe("inbox", () => {
    test("one entry claims a webhook id of a source; others may tell of it without claiming", async () => {
      const { store } = current();
      const entry = anEntry();
      const same = { webhookId: entry.webhookId };
      const refused = anEntry({ ...same, outcome: "rejected", code: "validation_failed", detail: "ИНН с ошибкой" });
      expect(await store.commit([{ type: "inbox", entry: refused, claims: false }])).toBe("ok");
      expect(await store.inboxClaim("platform", entry.webhookId)).toBeNull();
      expect(await store.commit([{ type: "inbox", entry, claims: true }])).toBe("ok");
      expect(await store.commit([{ type: "inbox", entry: anEntry(same), claims: true }])).toBe("conflict");
      const repeat = anEntry({ ...same, outcome: "duplicate", body: null });
      expect(await store.commit([{ type: "inbox", entry: repeat, claims: false }])).toBe("ok");
      expect(await store.inboxClaim("platform", entry.webhookId)).toEqual(entry);
      expect(await store.inboxClaim("onec", entry.webhookId)).toBeNull();
      const other = anEntry({ ...same, source: "onec" });
      expect(await store.commit([{ type: "inbox", entry: other, claims: true }])).toBe("ok");
      const { items } = await store.inbox({ limit: 10 });
      expect(items).toEqual([other, repeat, entry, refused].sort((a, b) => (a.id < b.id ? 1 : -1)));
    });
  });
}

const claim = (owner: string, now = NOON) =>
  ({ lane: "webhook", limit: 10, owner, now, leaseUntil: now + 60_000 }) as const;

async function claimed(store: Store): Promise<Message> {
  await store.commit([{ type: "message", message: aMessage() }]);
  const [message] = await store.claim(claim("w1"));
  return message!;
}

function settle(store: Store, message: Message, more: Partial<Settlement> = {}) {
  const settlement: Settlement = {
    messageId: message.id,
    owner: "w1",
    state: "done",
    dueAt: NOON,
    journal: {},
    attempts: [anAttempt(message.id)],
    ...more,
  };
  return store.commit([{ type: "settle", settlement }]);
}

function requeue(messageId: string, more: Partial<Extract<Change, { type: "requeue" }>>): Change {
  return { type: "requeue", messageId, from: [], dueAt: NOON, restart: false, ...more };
}
