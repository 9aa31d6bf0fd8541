import { describe, expect, test } from "vitest";
import type { Act } from "../../core/act.ts";
import { RequestError } from "../../core/errors.ts";
import type { Job } from "../../core/job.ts";
import type { Store, StorePage } from "../../core/store.ts";
import { aContractor, aJob, anAct, anEntry, aPaymentOrder, aProblem, NOON, writesOf } from "../support/builders.ts";
import type { Current } from "./store.ts";

/** Rules of queries about acts and jobs, and of pages. */
export function listingRules(current: Current): void {
  describe("acts", () => {
    test("are found by id, by payout with the highest revision, by payment order", async () => {
      const { store } = current();
      const paymentOrder = aPaymentOrder();
      const second = await kept(store, { payoutId: "p1", revision: 2 });
      const first = await kept(store, { payoutId: "p1", revision: 1, paymentOrder });
      expect(await store.getAct(first.id)).toEqual(first);
      expect(await store.getActByPayout("p1")).toEqual(second);
      expect(await store.getActByPaymentOrder(paymentOrder.ref)).toEqual(first);
      expect(await store.getAct("none")).toBeNull();
      expect(await store.getActByPayout("none")).toBeNull();
      expect(await store.getActByPaymentOrder("none")).toBeNull();
      expect(await store.listEvents("none")).toEqual([]);
    });

    test("are found by the newest content, and keep the position in the listing", async () => {
      const { store } = current();
      const older = await kept(store);
      const newer = await kept(store);
      const moved: Act = { ...older, seq: 2, status: "paid", problem: aProblem("payment_rejected") };
      await store.commit(writesOf(moved));
      expect((await store.listActs({ limit: 9 })).items).toEqual([newer, moved]);
      expect((await store.listActs({ status: "requested", limit: 9 })).items).toEqual([newer]);
    });

    test("are filtered by status, INN, payout and problem, and by all together", async () => {
      const { store } = current();
      const problem = aProblem("period_empty");
      const contractor = aContractor(7);
      const all = [
        await kept(store, { status: "ready" }),
        await kept(store, { status: "ready", contractor }),
        await kept(store, { contractor, problem, payoutId: "p9" }),
        await kept(store, { problem }),
      ] as const;
      const { inn } = contractor;
      const found = async (filter: Partial<Parameters<Store["listActs"]>[0]>) =>
        (await store.listActs({ limit: 9, ...filter })).items.map((act) =>
          all.indexOf(all.find(({ id }) => id === act.id)!),
        );
      expect(await found({})).toEqual([3, 2, 1, 0]);
      expect(await found({ status: "ready" })).toEqual([1, 0]);
      expect(await found({ inn })).toEqual([2, 1]);
      expect(await found({ payoutId: "p9" })).toEqual([2]);
      expect(await found({ problem: true })).toEqual([3, 2]);
      expect(await found({ problem: false })).toEqual([1, 0]);
      expect(await found({ status: "requested", inn, payoutId: "p9", problem: true })).toEqual([2]);
      expect(await found({ status: "paid" })).toEqual([]);
    });

    test("tell the last day covered, by the card in 1C or by the counterparty's key", async () => {
      const { store } = current();
      const [key, ref] = ["k", "card"];
      const params = { counterpartyKey: key, counterpartyRef: ref, exceptActId: "none" };
      expect(await store.getLastCoveredDay(params)).toBeNull();
      const to = (day: string) => ({ period: { from: "2026-01-01", to: day } });
      await kept(store, { counterpartyKey: key, ...to("2026-02-01") });
      expect(await store.getLastCoveredDay(params)).toBe("2026-02-01");
      await kept(store, { counterparty: { ref, created: false }, ...to("2026-03-01") });
      const latest = await kept(store, {
        counterpartyKey: key,
        counterparty: { ref, created: true },
        ...to("2026-04-01"),
      });
      await kept(store, { counterpartyKey: key, covers: false, ...to("2026-05-01") });
      await kept(store, { counterpartyKey: key, period: null });
      await kept(store, { ...to("2026-06-01") });
      expect(await store.getLastCoveredDay(params)).toBe("2026-04-01");
      expect(await store.getLastCoveredDay({ ...params, exceptActId: latest.id })).toBe("2026-03-01");
      await store.commit(writesOf({ ...latest, seq: 2, status: "voided", covers: false }));
      expect(await store.getLastCoveredDay(params)).toBe("2026-03-01");
    });

    test("are listed by id after a given id while payment is due", async () => {
      const { store } = current();
      const status = "payment_ordered";
      const waiting = [];
      for (let n = 0; n < 3; n += 1) waiting.push(await kept(store, { status, paymentOrder: aPaymentOrder() }));
      await kept(store, { status: "paid", paymentOrder: aPaymentOrder() });
      await kept(store, { status: "accepted", paymentOrder: aPaymentOrder({ state: "creating", number: null }) });
      const first = await store.listActsAwaitingPayment({ after: "", limit: 2 });
      expect(first).toEqual(waiting.slice(0, 2));
      expect(await store.listActsAwaitingPayment({ after: first[1]!.id, limit: 2 })).toEqual(waiting.slice(2));
    });

    test("are listed oldest first when the platform has not heard of the problem", async () => {
      const { store } = current();
      const since = (ms: number, announced = false) => ({
        problem: aProblem("onec_unavailable", { since: NOON + ms, announced }),
      });
      const [late, early] = [await kept(store, since(20)), await kept(store, since(10))];
      const tied = await kept(store, since(20));
      await kept(store, since(0, true));
      await kept(store);
      expect(await store.listUnannouncedProblems({ before: NOON + 10, limit: 9 })).toEqual([]);
      expect(await store.listUnannouncedProblems({ before: NOON + 11, limit: 9 })).toEqual([early]);
      expect(await store.listUnannouncedProblems({ before: NOON + 99, limit: 9 })).toEqual([early, late, tied]);
      expect(await store.listUnannouncedProblems({ before: NOON + 99, limit: 1 })).toEqual([early]);
    });

    test("are listed as stalled when an accounting job waits too long and no problem stands", async () => {
      const { store } = current();
      const stalled = [];
      for (const state of ["queued", "parked"] as const) {
        const act = await kept(store);
        stalled.push(act);
        await added(store, { queue: "accounting", actId: act.id, state });
        await added(store, { queue: "accounting", actId: act.id, state });
      }
      await added(store, { queue: "accounting", actId: (await kept(store)).id, state: "done" });
      await added(store, { queue: "accounting", actId: (await kept(store)).id, dueAt: NOON + 1 });
      await added(store, { actId: (await kept(store)).id });
      await added(store, { queue: "accounting", actId: (await kept(store, { problem: aProblem("onec_timeout") })).id });
      expect(await store.listStalledActs({ before: NOON, limit: 9 })).toEqual([]);
      expect(await store.listStalledActs({ before: NOON + 1, limit: 9 })).toEqual(stalled);
      expect(await store.listStalledActs({ before: NOON + 1, limit: 1 })).toEqual(stalled.slice(0, 1));
    });
  });

  describe("jobs", () => {
    test("are filtered by queue, state and act, newest first", async () => {
      const { store } = current();
      const [a, b] = [(await kept(store)).id, (await kept(store)).id];
      const all = [
        await added(store, { actId: a, state: "done" }),
        await added(store, { actId: a, queue: "accounting" }),
        await added(store, { actId: b, state: "done", queue: "accounting" }),
      ];
      const found = async (filter: Partial<Parameters<Store["listJobs"]>[0]>) =>
        (await store.listJobs({ limit: 9, ...filter })).items.map(({ id }) => all.findIndex((one) => one.id === id));
      expect(await found({})).toEqual([2, 1, 0]);
      expect(await found({ queue: "accounting" })).toEqual([2, 1]);
      expect(await found({ state: "done" })).toEqual([2, 0]);
      expect(await found({ actId: a })).toEqual([1, 0]);
      expect(await found({ queue: "accounting", state: "done", actId: b })).toEqual([2]);
      expect(await store.getJob("none")).toBeNull();
      expect(await store.listAttempts("none")).toEqual([]);
    });

    test("are listed as dead since an instant, oldest first", async () => {
      const { store } = current();
      const dead = [];
      for (const at of [0, 10, 20]) dead.push(await added(store, { state: "dead", createdAt: NOON + at }));
      await added(store, { state: "done", createdAt: NOON + 10 });
      expect(await store.listDeadJobs({ since: NOON + 10, limit: 9 })).toEqual(dead.slice(1));
      expect(await store.listDeadJobs({ since: NOON, limit: 2 })).toEqual(dead.slice(0, 2));
    });
  });

  describe("pages", () => {
    test("neither skip nor repeat while rows are added", async () => {
      const { store } = current();
      await pagedThrough(
        (page) => store.listActs(page),
        () => kept(store),
      );
      await pagedThrough(
        (page) => store.listJobs({ ...page, queue: "webhook" }),
        () => added(store),
      );
      await pagedThrough(
        (page) => store.listInbox(page),
        async () => {
          const entry = anEntry();
          await store.commit([{ type: "inbox", entry, claimsId: false }]);
          return entry;
        },
      );
    });

    test.each(["", "x", "a", "a!", "azzzzzzzzzzzz", `i${"9".repeat(300)}`, "m1-"])(
      "refuse the cursor «%s»",
      async (cursor) => {
        const { store } = current();
        const page = { cursor, limit: 5 };
        for (const read of [() => store.listActs(page), () => store.listJobs(page), () => store.listInbox(page)]) {
          await expect(read()).rejects.toThrow(RequestError);
          await expect(read()).rejects.toMatchObject({ code: "malformed" });
        }
      },
    );

    test("refuse a cursor of another listing", async () => {
      const { store } = current();
      for (let n = 0; n < 3; n += 1) await kept(store);
      const { next } = await store.listActs({ limit: 1 });
      await expect(store.listJobs({ cursor: next!, limit: 1 })).rejects.toMatchObject({ code: "malformed" });
    });
  });
}

type Read<T> = (page: { limit: number; cursor?: string }) => Promise<StorePage<T>>;

/** Reads seven rows by pages of two, with a new row before each page. */
async function pagedThrough<T extends { readonly id: string }>(read: Read<T>, add: () => Promise<T>): Promise<void> {
  const added: T[] = [];
  for (let n = 0; n < 7; n += 1) added.push(await add());
  const seen: T[] = [];
  let page = await read({ limit: 2 });
  for (;;) {
    seen.push(...page.items);
    if (page.next === null) break;
    await add();
    page = await read({ limit: 2, cursor: page.next });
  }
  expect(seen).toEqual(added.toReversed());
  expect((await read({ limit: 10 })).next).toBeNull();
}

async function kept(store: Store, more: Partial<Act> = {}): Promise<Act> {
  const act = anAct(more);
  expect(await store.commit(writesOf(act))).toBe("ok");
  return act;
}

async function added(store: Store, more: Partial<Job> = {}): Promise<Job> {
  const job = aJob(more);
  expect(await store.commit([{ type: "job", job }])).toBe("ok");
  return job;
}
