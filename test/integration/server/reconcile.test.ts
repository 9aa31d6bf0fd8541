import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createMockAdapter } from "../../../adapters/mock/index.ts";
import { type Adapter, PENDING } from "../../../core/adapter.ts";
import { type ReconcileCounts, reconcile } from "../../../server/reconcile/index.ts";
import type { Finding } from "../../../server/reconcile/judge.ts";
import { refOf } from "../../support/accounting.ts";
import { createHarness, type Harness } from "../../support/harness.ts";

const SINCE = "2026-11-01";

interface Compared {
  readonly counts: ReconcileCounts;
  readonly found: readonly Finding[];
  /** The kinds of the findings, as «kind of document». */
  readonly kinds: readonly string[];
}

async function compare(world: Harness, { adapter = world.onec as Adapter, since = SINCE } = {}): Promise<Compared> {
  const found: Finding[] = [];
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `compare-${ids}`;
  };
  const counts = await reconcile({
    store: world.store,
    adapter,
    since,
    newId,
    onFinding: (one) => void found.push(one),
  });
  expect(counts.findings).toBe(found.length);
  return { counts, found, kinds: found.map(({ kind, document }) => `${kind} ${document}`) };
}

/** Acts of different contractors, all ready; those of `accepted` go on to a payment order. */
async function withActs(howMany: number, accepted = 0): Promise<{ world: Harness; ids: string[] }> {
  const world = await createHarness();
  const ids: string[] = [];
  for (let n = 0; n < howMany; n += 1) ids.push(await world.request({ n: n + 2 }));
  await world.settle();
  for (const id of ids.slice(0, accepted)) await accept(world, id);
  return { world, ids };
}

async function accept(world: Harness, id: string): Promise<void> {
  const act = await world.store.getAct(id);
  const acceptedAt = new Date(world.now()).toISOString();
  await world.send("act.accepted", { payoutId: act?.payoutId, acceptedAt });
  await world.settle();
  expect((await world.store.getAct(id))?.status).toBe("payment_ordered");
}

/** The adapter with some of its methods replaced; `undefined` takes one away. */
function changed(adapter: Adapter, more: Partial<Record<keyof Adapter, unknown>>): Adapter {
  return { ...adapter, ...more } as Adapter;
}

/** An adapter that knows of nothing, as after a restore of 1C. */
function emptied(): Adapter {
  return createMockAdapter();
}

describe("relay and 1C", () => {
  test("agree after a whole life, an act declined and one just asked for", async () => {
    const { world, ids } = await withActs(4, 2);
    const order = (await world.store.getAct(ids[0] ?? ""))?.paymentOrder?.ref ?? "";
    world.onec.mock.executePayment(order, "2026-11-25");
    await world.pass(120_000);
    const declined = await world.store.getAct(ids[3] ?? "");
    const declinedAt = new Date(world.now()).toISOString();
    await world.send("act.declined", { payoutId: declined?.payoutId, declinedAt, reason: "сумма" });
    await world.settle();
    await world.request({ n: 9 });
    const { counts, found } = await compare(world);
    expect(found).toEqual([]);
    expect(counts).toEqual({ acts: 5, orders: 2, listed: { acts: 4, orders: 2 }, findings: 0 });
  });

  test("may have nothing in common yet", async () => {
    const { counts, found } = await compare(await createHarness());
    expect({ counts, found }).toMatchObject({ counts: { acts: 0, listed: { acts: 0, orders: 0 } }, found: [] });
  });

  test("over several pages of both sides", async () => {
    const { world } = await withActs(410, 3);
    const { counts, found } = await compare(world);
    expect(found).toEqual([]);
    expect(counts).toMatchObject({ acts: 410, orders: 3, listed: { acts: 410, orders: 3 } });
  }, 60_000);
});

describe("a comparison finds an act that in 1C is", () => {
  test.each<[string, (mock: Harness["onec"]["mock"], ref: string) => void]>([
    ["unposted", (mock, ref) => mock.unpost(ref)],
    ["marked", (mock, ref) => mock.voidActByHand(ref)],
    ["changed", (mock, ref) => void mock.editAct(ref, { amount: 99_900 })],
    ["changed", (mock, ref) => void mock.editAct(ref, { date: "2026-11-20" })],
    ["changed", (mock, ref) => void mock.editAct(ref, { date: "2026-10-31" })],
    ["changed", (mock, ref) => void mock.editAct(ref, { number: "77" })],
    [
      "changed",
      (mock, ref) => void mock.editAct(ref, { counterpartyRef: mock.addCounterparty({ name: "Чужой" }).ref }),
    ],
  ])("%s", async (kind, hands) => {
    const { world, ids } = await withActs(2);
    const ref = ids[0] ?? "";
    hands(world.onec.mock, ref);
    const { found, kinds } = await compare(world);
    expect(kinds).toEqual([`${kind} act`]);
    expect(found[0]).toMatchObject({ act: { id: ref }, found: { ref } });
    if (kind === "changed") expect(found[0]?.differences).toHaveLength(1);
  });

  test("changed and unposted at once, with each difference", async () => {
    const { world, ids } = await withActs(1);
    world.onec.mock.editAct(ids[0] ?? "", { amount: 99_900, date: "2026-11-20", comment: "стёрто" });
    world.onec.mock.unpost(ids[0] ?? "");
    const { found, kinds } = await compare(world);
    expect(kinds).toEqual(["unposted act", "changed act"]);
    expect(found[1]?.differences).toEqual([
      { field: "amount", relay: 1_500_000, onec: 99_900 },
      { field: "date", relay: "2026-11-24", onec: "2026-11-20" },
    ]);
  });

  test("missing, with its payment order", async () => {
    const { world, ids } = await withActs(2, 1);
    const { found, kinds } = await compare(world, { adapter: emptied() });
    expect(kinds.toSorted()).toEqual(["missing act", "missing act", "missing payment_order"]);
    expect(found.map(({ act }) => act?.id)).toEqual(expect.arrayContaining(ids));
    expect(found.every((finding) => finding.found === null)).toBe(true);
  });

  test("live though the relay has the act as voided", async () => {
    const { world, ids } = await withActs(1);
    await world.relay.voidAct(ids[0] ?? "", "person:operator", "ошибка");
    expect((await compare(world)).found).toEqual([]);
    await world.settle();
    expect((await compare(world)).found).toEqual([]);
    const revived = changed(world.onec, {
      listDocuments: async (...asked: Parameters<NonNullable<Adapter["listDocuments"]>>) => {
        const page = await world.onec.listDocuments!(...asked);
        if (page === PENDING) throw new Error("pending");
        return { ...page, documents: page.documents.map((row) => ({ ...row, deletionMark: false })) };
      },
      findAct: async (...asked: Parameters<Adapter["findAct"]>) => {
        const state = await world.onec.findAct(...asked);
        return state === null || state === PENDING ? state : { ...state, deletionMark: false };
      },
    });
    expect((await compare(world, { adapter: revived })).kinds).toEqual(["not_voided act"]);
    const blind = changed(revived, { listDocuments: undefined });
    expect((await compare(world, { adapter: blind })).kinds).toEqual(["not_voided act"]);
  });

  test("written and not posted, while the act's problem stands", async () => {
    const world = await createHarness();
    world.onec.mock.blockPosting("Не заполнен счёт учёта");
    await world.request();
    await world.settle();
    expect((await compare(world)).kinds).toEqual(["unposted act"]);
  });

  test("doubled by a copy with our marker, but not by a dead copy", async () => {
    const { world, ids } = await withActs(1);
    const ours = world.onec.mock.takeSnapshot().acts[0];
    const { counterpartyRef = "", comment = "" } = ours ?? {};
    const copy = world.onec.mock.addActByHand({ counterpartyRef, comment, date: "2026-11-25", amount: 1_500_000 });
    const { found, kinds } = await compare(world);
    expect(kinds).toEqual(["doubled act"]);
    expect(found[0]).toMatchObject({ found: { ref: copy.ref }, first: { ref: ids[0], number: ours?.number } });
    world.onec.mock.voidActByHand(copy.ref);
    expect((await compare(world)).found).toEqual([]);
  });

  test("marked, also where a live copy stands in the act's place: the relay follows its own act", async () => {
    const { world, ids } = await withActs(1);
    const [ours] = world.onec.mock.takeSnapshot().acts;
    const { counterpartyRef = "", comment = "", number = "" } = ours ?? {};
    world.onec.mock.voidActByHand(ids[0] ?? "");
    world.onec.mock.addActByHand({ counterpartyRef, comment, number, date: "2026-11-24", amount: 1_500_000 });
    expect((await compare(world)).kinds).toEqual(["marked act"]);
  });

  test("unknown, as after a restore of the relay's database; a marked act is not reported", async () => {
    const { world } = await withActs(2, 2);
    const lost = await createHarness({ onec: world.onec });
    const { found, kinds, counts } = await compare(lost);
    expect(kinds.toSorted()).toEqual(["unknown act", "unknown act", "unknown payment_order", "unknown payment_order"]);
    expect(counts).toMatchObject({ acts: 0, listed: { acts: 2, orders: 2 } });
    expect(found[0]).toMatchObject({ act: null, found: { amount: 1_500_000 } });
    world.onec.mock.voidActByHand(world.onec.mock.takeSnapshot().acts[0]?.ref ?? "");
    expect((await compare(lost)).kinds).toHaveLength(3);
  });
});

describe("a comparison finds a payment order that", () => {
  test("is marked for deletion", async () => {
    const { world, ids } = await withActs(1, 1);
    world.onec.mock.deletePaymentOrder((await world.store.getAct(ids[0] ?? ""))?.paymentOrder?.ref ?? "");
    expect((await compare(world)).kinds).toEqual(["marked payment_order"]);
  });

  test("is doubled by a person with our marker, unless either is dead", async () => {
    const { world, ids } = await withActs(1, 1);
    const ours = (await world.store.getAct(ids[0] ?? ""))?.paymentOrder?.ref ?? "";
    const doubled = changed(world.onec, {
      listDocuments: async (...asked: Parameters<NonNullable<Adapter["listDocuments"]>>) => {
        const page = await world.onec.listDocuments!(...asked);
        if (page === PENDING || asked[0].kind === "act") return page;
        const copies = page.documents.map((row) => ({
          ...row,
          ref: refOf("order", 99),
          number: "9",
          deletionMark: false,
        }));
        return { ...page, documents: [...page.documents, ...copies] };
      },
    });
    const { found, kinds } = await compare(world, { adapter: doubled });
    expect(kinds).toEqual(["doubled payment_order"]);
    expect(found[0]).toMatchObject({ found: { number: "9" }, first: { ref: ours } });
    world.onec.mock.deletePaymentOrder(ours);
    expect((await compare(world, { adapter: doubled })).kinds).toEqual(["marked payment_order"]);
  });
});

describe("a comparison", () => {
  test("leaves out documents before the first day, and looks up documents absent from the listing", async () => {
    const { world, ids } = await withActs(2);
    world.onec.mock.unpost(ids[0] ?? "");
    expect((await compare(world, { since: "2026-11-25" })).counts).toMatchObject({ acts: 0, findings: 0 });
    world.onec.mock.editAct(ids[1] ?? "", { comment: "отметку стёрли", amount: 1 });
    expect((await compare(world)).kinds).toEqual(["unposted act", "changed act"]);
  });

  test("looks up every act without a listing, and tells that doubles were not searched", async () => {
    const { world, ids } = await withActs(3, 1);
    const adapter = changed(world.onec, { listDocuments: undefined });
    expect(await compare(world, { adapter })).toMatchObject({
      counts: { listed: null, acts: 3, orders: 1 },
      kinds: [],
    });
    world.onec.mock.unpost(ids[2] ?? "");
    expect((await compare(world, { adapter })).kinds).toEqual(["unposted act"]);
  });

  test("reports no act that the relay finishes meanwhile", async () => {
    const { world, ids } = await withActs(1);
    const id = ids[0] ?? "";
    const findAct = async (...asked: Parameters<Adapter["findAct"]>) => {
      const state = await world.onec.findAct(...asked);
      if ((await world.store.getAct(id))?.status === "ready") {
        await world.relay.voidAct(id, "person:operator", "ошибка");
        await world.settle();
      }
      return state;
    };
    world.onec.mock.unpost(id);
    expect((await compare(world, { adapter: changed(world.onec, { findAct }) })).found).toEqual([]);
  });

  test("fits a heap of 64 MB with 300 000 acts", () => {
    const child = fileURLToPath(new URL("../../support/reconcile-process.ts", import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, ["--max-old-space-size=64", child], { encoding: "utf8" });
    expect(stderr).toBe("");
    const { peakMegabytes, ...counts } = JSON.parse(stdout) as Record<string, number>;
    expect(counts).toEqual({ acts: 300_000, listed: 300_000, findings: 0 });
    expect(peakMegabytes).toBeLessThan(250);
    // A small heap means much collection, slow on a busy machine.
  }, 120_000);

  test("changes nothing, and needs answers at once", async () => {
    const { world } = await withActs(2, 1);
    const before = world.onec.mock.takeSnapshot();
    await compare(world);
    expect(world.onec.mock.takeSnapshot()).toEqual(before);
    world.onec.mock.setPending(true);
    await expect(compare(world)).rejects.toThrow(/ONEC_TRANSPORT.*expected/);
  });
});
