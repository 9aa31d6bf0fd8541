import { expect, type TestContext } from "vitest";
import type { ListDocumentsParams, MarkedDocument } from "../../core/adapter.ts";
import { actParams, bareContractor, newCall, orderParams, refOf } from "../support/accounting.ts";
import type { AdapterHarness, Rule } from "./adapter-harness.ts";
import { needed, now, upsert } from "./adapter-harness.ts";

const BEGINNING = "2026-01-01";

/** Every page, to the end. */
async function listed(
  { adapter }: AdapterHarness,
  context: TestContext,
  kind: ListDocumentsParams["kind"],
  { since = BEGINNING, limit = 100 } = {},
): Promise<MarkedDocument[]> {
  needed(context, adapter.listDocuments, "list documents");
  const all: MarkedDocument[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const asked = { kind, since, limit, ...(cursor === "" ? {} : { cursor }) };
    const page: { documents: readonly MarkedDocument[]; next: string | null } = await now(
      adapter.listDocuments!(asked, newCall()),
    );
    expect(page.documents.length).toBeLessThanOrEqual(limit);
    all.push(...page.documents);
    cursor = page.next;
  }
  return all;
}

/** A card with acts of these days, made by us in this order. */
async function withActs(harness: AdapterHarness, days: readonly string[]): Promise<string> {
  const { ref } = await upsert(harness, bareContractor(1));
  for (const [n, date] of days.entries())
    await now(harness.adapter.createAct(actParams(ref, n + 1, { date }), newCall()));
  return ref;
}

/** Rules of the listing for a comparison of the books. */
export function listingRules(rule: Rule): void {
  rule(
    "lists our acts in their current state, marked acts too, and no act that people made",
    async (harness, context) => {
      const card = await withActs(harness, ["2026-10-30", "2026-10-31"]);
      await harness.hands.addAct({ counterpartyRef: card, date: "2026-10-31", amount: 100 });
      await harness.hands.editAct(refOf("act", 1), { amount: 99_900 });
      await harness.hands.voidAct(refOf("act", 2));
      const seen = await listed(harness, context, "act");
      const [first, second] = await harness.hands.actsOf(card);
      const common = { counterpartyRef: card, posted: true, deletionMark: false };
      const [one, two] = [refOf("act", 1), refOf("act", 2)];
      expect(seen).toEqual([
        { ...common, ref: one, markedRefs: [one], number: first?.number, date: "2026-10-30", amount: 99_900 },
        {
          ...common,
          ref: two,
          markedRefs: [two],
          number: second?.number,
          date: "2026-10-31",
          amount: 1_500_000,
          posted: false,
          deletionMark: true,
        },
      ]);
    },
  );

  rule("lists each document once over many pages, oldest first, several of one day too", async (harness, context) => {
    const days = ["2026-10-31", "2026-10-29", "2026-10-30", "2026-10-30", "2026-10-30", "2026-10-28", "2026-10-30"];
    await withActs(harness, days);
    for (const limit of [1, 2, 3, 7, 8]) {
      const seen = await listed(harness, context, "act", { limit });
      expect(seen.map(({ date }) => date)).toEqual([...days].sort());
      expect(new Set(seen.map(({ ref }) => ref)).size).toBe(days.length);
    }
  });

  rule("begins with the requested day", async (harness, context) => {
    await withActs(harness, ["2026-10-29", "2026-10-30", "2026-10-31"]);
    const seen = await listed(harness, context, "act", { since: "2026-10-30" });
    expect(seen.map(({ date }) => date)).toEqual(["2026-10-30", "2026-10-31"]);
    expect(await listed(harness, context, "act", { since: "2026-11-01" })).toEqual([]);
  });

  rule("shows a copy that people made with our marker in it", async (harness, context) => {
    const card = await withActs(harness, ["2026-10-30"]);
    const [ours] = await harness.hands.actsOf(card);
    const copy = await harness.hands.addAct({ counterpartyRef: card, date: "2026-10-31", amount: 1_500_000 });
    await harness.hands.editAct(copy, { comment: `Копия. ${ours?.comment}` });
    const seen = await listed(harness, context, "act");
    expect(seen.map(({ ref, markedRefs }) => [ref, markedRefs])).toEqual([
      [refOf("act", 1), [refOf("act", 1)]],
      [copy, [refOf("act", 1)]],
    ]);
  });

  rule("no longer lists a document whose marker people wiped", async (harness, context) => {
    await withActs(harness, ["2026-10-30"]);
    await harness.hands.editAct(refOf("act", 1), { comment: "поправлено вручную" });
    expect(await listed(harness, context, "act")).toEqual([]);
  });

  rule("lists our payment orders apart from acts", async (harness, context) => {
    const card = await withActs(harness, ["2026-10-31"]);
    const made = await now(harness.adapter.createPaymentOrder(orderParams(card), newCall()));
    await harness.hands.markPaymentOrder(made.ref);
    const { ref, number, date } = made;
    const document = { ref, markedRefs: [ref], number, date, amount: 1_500_000, counterpartyRef: card };
    expect(await listed(harness, context, "payment_order")).toEqual([
      expect.objectContaining({ ...document, deletionMark: true }),
    ]);
    expect((await listed(harness, context, "act")).map((act) => act.ref)).toEqual([refOf("act", 1)]);
  });
}
