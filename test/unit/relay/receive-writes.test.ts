import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import { RelayError, RequestError } from "../../../core/errors.ts";
import { RACES } from "../../../core/relay/commit.ts";
import { receive } from "../../../core/relay/receive.ts";
import { createRelay } from "../../../core/relay/relay.ts";
import type { CommitResult, EventSource, Store, Write } from "../../../core/store.ts";
import { anAct, aPaymentOrder, aProblem, freshId, makeContractorData, NOON, writesOf } from "../../support/builders.ts";
import { aContext } from "../../support/context.ts";

const at = new Date(NOON).toISOString();

/** A context with these acts; its first commits end like `results`. */
async function withActs(acts: readonly Act[] = [], results: CommitResult[] = [], more: Partial<Store> = {}) {
  const logged: unknown[] = [];
  const commits: (readonly Write[])[] = [];
  const { store, ...context } = aContext({ newId: freshId, log: (...line) => logged.push(line) });
  await store.commit(acts.flatMap(writesOf));
  const commit = async (writes: readonly Write[]) => {
    commits.push(writes);
    return results.shift() ?? store.commit(writes);
  };
  return { context: { ...context, store: { ...store, commit, ...more } }, store, logged, commits };
}

const sign = (source: EventSource, type: string, data: object, webhookId = "wh-1") => ({
  source,
  webhookId,
  body: new TextEncoder().encode(JSON.stringify({ type, timestamp: at, data })),
});

const request = (more: object = {}) =>
  sign("platform", "act.requested", {
    payoutId: "p-1",
    requestedAt: at,
    amount: "15000.00",
    contractor: makeContractorData(),
    ...more,
  });

const document = { ref: "doc", number: "000017", date: "2026-11-24" };
const form = { sha256: "a".repeat(64), bytes: 9 };
const ready = anAct({ status: "ready", counterparty: { ref: "card", created: true }, document, form });
const paymentOrder = aPaymentOrder();
const ordered = { ...ready, status: "payment_ordered", paymentOrder } as const;
const payment = { paymentOrderRef: paymentOrder.ref };
const { payoutId } = ready;

const ACCEPTED = [
  "platform",
  "act.accepted",
  { payoutId, acceptedAt: at, acceptedBy: "Ann", pdfSha256: ready.form?.sha256 },
] as const;

describe("a received event", () => {
  test.each([
    [ready, ...ACCEPTED, {}],
    [ready, "platform", "act.declined", { payoutId, declinedAt: at, reason: "Ошибка" }, { reason: "Ошибка" }],
    [ordered, "onec", "payment.executed", { ...payment, executedAt: at }, { type: "onec.payment_executed" }],
    [ordered, "onec", "payment.rejected", { ...payment, reason: "Нет" }, { type: "onec.payment_rejected" }],
    [ready, "onec", "act.voided", { actRef: ready.id, reason: "Ошибка" }, { type: "onec.act_voided" }],
    [ordered, "onec", "act.changed", { actRef: ready.id }, { type: "onec.act_changed" }],
  ] as [Act, EventSource, string, object, object][])(
    "is recorded with its author: %#",
    async (act, source, type, data, more) => {
      const { context, commits } = await withActs([act]);
      expect(await receive(context, sign(source, type, data))).toEqual({ actId: act.id, duplicate: false });
      const event = commits[0]!.find((write) => write.type === "event");
      expect(event).toMatchObject({ event: { actor: source, type, ...more } });
      const entry = {
        source,
        webhookId: "wh-1",
        type,
        outcome: "processed",
        code: null,
        actId: act.id,
        receivedAt: NOON,
      };
      expect(commits[0]!.at(-1)).toMatchObject({ type: "inbox", entry, claimsId: true });
      expect(commits).toHaveLength(1);
    },
  );

  test("is a duplicate without writes and body where the act is already so", async () => {
    const { context, commits } = await withActs([{ ...ready, status: "accepted", acceptedAt: NOON }]);
    const received = await receive(context, sign(...ACCEPTED));
    expect(received).toEqual({ actId: ready.id, duplicate: true });
    expect(commits).toMatchObject([[{ type: "inbox", entry: { outcome: "duplicate", body: null }, claimsId: true }]]);
  });

  test("is refused with the act's status where it does not fit", async () => {
    const { context, logged, commits } = await withActs([{ ...ready, status: "voided" }]);
    const issues = [{ path: "status", code: "voided", message: "Статус акта" }];
    await expect(receive(context, sign(...ACCEPTED))).rejects.toMatchObject({ code: "state_conflict", issues });
    const data = { source: "platform", code: "state_conflict", type: "act.accepted" };
    expect(logged).toEqual([["info", "event_refused", data]]);
    expect(commits).toMatchObject([[{ type: "inbox", entry: { outcome: "rejected" }, claimsId: false }]]);
  });

  test("is refused for another form than the act's own, and for an act without a form", async () => {
    const accept = sign("platform", "act.accepted", { ...ACCEPTED[2], pdfSha256: "b".repeat(64) });
    const refused = { code: "form_changed" };
    await expect(receive((await withActs([ready])).context, accept)).rejects.toMatchObject(refused);
    const bare = await withActs([{ ...ready, form: null }]);
    await expect(receive(bare.context, accept)).rejects.toMatchObject({ code: "state_conflict" });
  });

  test("begins an act and its first job, by the platform", async () => {
    const { context, commits } = await withActs();
    const { actId } = await receive(context, request());
    expect(commits[0]!.map(({ type }) => type)).toEqual(["act", "event", "job", "inbox"]);
    expect(commits[0]).toMatchObject([{ act: { id: actId } }, { event: { actor: "platform" } }, {}, {}]);
  });

  test("replaces an act of an older revision in the same commit", async () => {
    const { context, commits, store } = await withActs();
    const { actId: first } = await receive(context, request());
    const act = await store.getAct(first!);
    await store.commit(writesOf({ ...act!, seq: 2, problem: aProblem("onec_rejected") }));
    const second = await receive(context, { ...request({ revision: 2, amount: "1.00" }), webhookId: "wh-2" });
    expect(second.duplicate).toBe(false);
    expect(await store.getAct(first!)).toMatchObject({ status: "voided" });
    const events = commits[1]!.flatMap((write) => (write.type === "event" ? [write.event] : []));
    expect(events).toMatchObject([
      { actId: first, type: "act.replaced", actor: "platform" },
      { actId: second.actId, type: "act.requested", actor: "platform" },
    ]);
    const again = await receive(context, { ...request(), webhookId: "wh-3" });
    expect(again).toEqual({ actId: first, duplicate: true });
  });

  test("replaces no act that is being paid", async () => {
    const paid = { ...ordered, payoutId: "p-1", status: "paid" } as const;
    const { context } = await withActs([paid]);
    const detail = "Событие act.requested (редакция 2) не подходит к статусу акта «paid»";
    await expect(receive(context, request({ revision: 2 }))).rejects.toMatchObject({
      code: "state_conflict",
      message: detail,
    });
  });

  test("makes a job of 1C for a contractor's update, in the order of the INN", async () => {
    const { context, commits } = await withActs();
    const { registeredAt: _, ...contractor } = makeContractorData();
    const update = sign("platform", "contractor.updated", {
      contractor: { ...contractor, registeredAt: "2026-11-01" },
    });
    expect(await receive({ ...context, newId: () => "a-b-c" }, update)).toEqual({ actId: null, duplicate: false });
    expect(commits[0]![0]).toMatchObject({
      type: "job",
      job: { id: "msg_abc", queue: "accounting", type: "counterparty.upsert", destination: "accounting", actId: null },
    });
  });
});

describe("a race of events", () => {
  const lost = (count: number) => new Array<CommitResult>(count).fill("conflict");

  test("is decided anew after each conflict, fifty times", async () => {
    const last = await withActs([], lost(RACES - 1));
    expect(await receive(last.context, request())).toMatchObject({ duplicate: false });
    const { context, commits } = await withActs([], lost(RACES + 1));
    const error = await receive(context, request()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RelayError);
    expect([error, commits.length]).toEqual([expect.objectContaining({ code: "store_conflict" }), RACES]);
  });

  test("is answered like the first, where the same event came first", async () => {
    const { context, store, commits } = await withActs([], ["conflict"]);
    const signed = request();
    const { actId } = await receive({ ...context, store }, signed);
    expect(await receive(context, signed)).toEqual({ actId, duplicate: true });
    const entry = { outcome: "duplicate", actId, body: null };
    expect(commits.at(-1)).toMatchObject([{ type: "inbox", entry, claimsId: false }]);
    expect(commits).toHaveLength(2);
  });
});

describe("a broken store", () => {
  test.each([
    ["another error", new Error("disk")],
    ["an unreachable database", new RequestError("storage_unavailable", "…")],
  ])("is no refusal of the event: %s", async (_, error) => {
    const { context, commits, logged } = await withActs([], [], { getActByPayout: () => Promise.reject(error) });
    await expect(receive(context, request())).rejects.toBe(error);
    expect([commits, logged]).toEqual([[], []]);
  });
});

describe("a drain", () => {
  test("ends after the given number of rounds", async () => {
    const { context } = await withActs();
    let rounds = 0;
    const leaseJobs: Store["leaseJobs"] = async ({ queue }) => {
      if (queue === "webhook") return [];
      rounds += 1;
      const lease = { owner: "worker", until: NOON };
      const seed = { queue: "accounting", orderKey: null, destination: "check", input: {}, state: "queued" } as const;
      const counters = { dueAt: NOON, createdAt: NOON, attempts: 0, attemptsBefore: 0, awaiting: null, lapsed: false };
      return [{ ...seed, ...counters, id: freshId(), type: "connection.check", actId: null, progress: {}, lease }];
    };
    const relay = createRelay({ ...context, store: { ...context.store, leaseJobs } });
    expect([await relay.drain(3), rounds]).toEqual([3, 3]);
  });
});
