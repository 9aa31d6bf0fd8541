import { expect } from "vitest";
import type { CreateActParams } from "../../core/adapter.ts";
import { actParams, bareContractor, innOf, newCall, refOf } from "../support/accounting.ts";
import type { ActView, AdapterHarness, Rule } from "./adapter-harness.ts";
import { needed, now, refused, upsert } from "./adapter-harness.ts";

const ABSENT = refOf("act", 999);

/** A counterparty of ours to hang acts on. */
async function withCard(harness: AdapterHarness): Promise<string> {
  return (await upsert(harness, bareContractor(1))).ref;
}

function create({ adapter }: AdapterHarness, params: CreateActParams) {
  return now(adapter.createAct(params, newCall()));
}

function find({ adapter }: AdapterHarness, ref: string) {
  return now(adapter.findAct({ ref }, newCall()));
}

function last({ adapter }: AdapterHarness, counterpartyRef: string, exceptRef = ABSENT) {
  return now(adapter.findLastAct({ counterpartyRef, exceptRef }, newCall()));
}

function voidAct({ adapter }: AdapterHarness, ref: string) {
  return now(adapter.voidAct({ ref, reason: "по просьбе агента" }, newCall()));
}

async function onlyAct({ hands }: AdapterHarness, card: string): Promise<ActView> {
  const acts = await hands.actsOf(card);
  expect(acts).toHaveLength(1);
  return acts[0] as ActView;
}

/** Rules of acts. */
export function actRules(rule: Rule): void {
  createRules(rule);
  refusalRules(rule);
  lastActRules(rule);
  voidRules(rule);
  printRules(rule);
}

function createRules(rule: Rule): void {
  rule("makes and posts an act under our reference, with its period and our marker", async (harness) => {
    const card = await withCard(harness);
    const params = actParams(card);
    const made = await create(harness, params);
    expect(made).toMatchObject({ ref: params.ref, date: params.date });
    expect(made.number).toMatch(/\d/);
    const act = await onlyAct(harness, card);
    const { ref, amount, date } = params;
    expect(act).toMatchObject({ ref, number: made.number, date, amount, posted: true, deletionMark: false });
    expect(act.comment).toContain(ref);
    expect(act.content).toContain("01.10.2026");
    expect(act.content).toContain("31.10.2026");
  });

  rule("keeps the sum to the kopeck, over several lines", async (harness) => {
    const card = await withCard(harness);
    const lines = [
      { name: "Консультации", quantity: 2500, unit: "ч", price: 33_333, amount: 83_333 },
      { name: "Привлечение клиентов", quantity: 1000, unit: "усл.", price: 12_345_678_901, amount: 12_345_678_901 },
      { name: "Обработка заявки", quantity: 1, unit: "шт.", price: 1000, amount: 1 },
    ];
    const params = actParams(card, 1, { amount: 12_345_762_235, vat: "20", lines });
    await create(harness, params);
    expect(await find(harness, params.ref)).toMatchObject({ amount: 12_345_762_235, posted: true });
  });

  rule("finds nothing under an unknown reference", async (harness) => {
    expect(await find(harness, ABSENT)).toBeNull();
  });

  rule("reports an act after people changed the act", async (harness) => {
    const card = await withCard(harness);
    const { ref } = await create(harness, actParams(card));
    await harness.hands.editAct(ref, { amount: 99_900, date: "2026-10-30" });
    expect(await find(harness, ref)).toMatchObject({ ref, amount: 99_900, date: "2026-10-30", counterpartyRef: card });
    await harness.hands.unpostAct(ref);
    expect(await find(harness, ref)).toMatchObject({ posted: false, deletionMark: false });
    await harness.hands.voidAct(ref);
    expect(await find(harness, ref)).toMatchObject({ posted: false, deletionMark: true });
  });
}

function refusalRules(rule: Rule): void {
  rule("refuses a closed day, makes nothing, and goes on once the day is open", async (harness, context) => {
    const close = needed(context, harness.hands.closePeriodUpTo, "close a period");
    const card = await withCard(harness);
    const params = actParams(card, 1, { date: "2026-10-31" });
    for (const day of ["2026-10-31", "2026-12-31"]) {
      await close(day);
      await refused(create(harness, params), "period_closed");
      expect(await harness.hands.actsOf(card)).toEqual([]);
    }
    await close("2026-10-30");
    expect(await create(harness, params)).toMatchObject({ ref: params.ref });
  });

  rule("reports a written act that is not posted, and posts the same act later", async (harness, context) => {
    const block = needed(context, harness.hands.blockPosting, "refuse to post");
    const card = await withCard(harness);
    const params = actParams(card);
    await block("Не заполнен счёт учёта расчётов");
    const error = await refused(create(harness, params), "act_not_posted");
    expect(error.detail).toContain("Не заполнен счёт учёта расчётов");
    const written = await find(harness, params.ref);
    expect(written).toMatchObject({ posted: false });
    await refused(create(harness, params), "act_not_posted");
    expect(await last(harness, card)).toBeNull();
    await block(null);
    expect(await create(harness, params)).toMatchObject({ ref: params.ref, number: written?.number });
    expect(await onlyAct(harness, card)).toMatchObject({ posted: true });
  });

  rule("brings an act that was not posted to the new parameters", async (harness, context) => {
    const block = needed(context, harness.hands.blockPosting, "refuse to post");
    const card = await withCard(harness);
    await block("Не заполнен счёт учёта расчётов");
    await refused(create(harness, actParams(card)), "act_not_posted");
    await block(null);
    const period = { from: "2026-10-16", to: "2026-10-31" };
    await create(harness, actParams(card, 1, { period, amount: 2_000_000 }));
    const act = await onlyAct(harness, card);
    expect(act).toMatchObject({ posted: true, amount: 2_000_000 });
    expect(act.content).toContain("16.10.2026");
  });

  rule("leaves a posted act unchanged when a repeat asks for other values", async (harness) => {
    const card = await withCard(harness);
    const made = await create(harness, actParams(card));
    // The answer names sum and card of the document. By these the relay knows its own documents.
    expect(made).toMatchObject({ amount: actParams(card).amount, counterpartyRef: card });
    const [before] = await harness.hands.actsOf(card);
    expect(await create(harness, actParams(card, 1, { amount: 99_900, date: "2026-11-01" }))).toEqual(made);
    expect(await onlyAct(harness, card)).toEqual(before);
  });

  rule("does not revive an act that people marked for deletion, nor make a second one", async (harness) => {
    const card = await withCard(harness);
    const { ref } = await create(harness, actParams(card));
    await harness.hands.voidAct(ref);
    await refused(create(harness, actParams(card)), "act_changed");
    expect(await onlyAct(harness, card)).toMatchObject({ posted: false, deletionMark: true });
  });

  rule("notices that 1C ignores our reference, and finds the act by our marker", async (harness, context) => {
    const card = await withCard(harness);
    await needed(context, harness.hands.ignoreRefs, "ignore references")(true);
    const params = actParams(card);
    await refused(create(harness, params), "ref_key_ignored");
    await refused(create(harness, params), "ref_key_ignored");
    const act = await onlyAct(harness, card);
    expect(act.ref).not.toBe(params.ref);
    expect(await find(harness, params.ref)).toMatchObject({ ref: act.ref, amount: params.amount });
    expect(await voidAct(harness, params.ref)).toEqual({ found: true });
  });
}

function lastActRules(rule: Rule): void {
  rule("knows no last act of a new counterparty", async (harness) => {
    expect(await last(harness, await withCard(harness))).toBeNull();
  });

  rule("reads the last covered day from our marker", async (harness) => {
    const card = await withCard(harness);
    const { ref } = await create(harness, actParams(card));
    expect(await last(harness, card)).toEqual({ ref, date: "2026-10-31", coveredTo: "2026-10-31" });
    expect(await last(harness, card, ref)).toBeNull();
  });

  rule("reports the date alone for an act made by hand", async (harness) => {
    const card = await withCard(harness);
    const ref = await harness.hands.addAct({ counterpartyRef: card, date: "2026-09-15", amount: 100 });
    expect(await last(harness, card)).toEqual({ ref, date: "2026-09-15" });
  });

  rule(
    "takes the day of an act that people copied from one of ours, not the days of the copied one",
    async (harness) => {
      const card = await withCard(harness);
      await create(harness, actParams(card));
      const [{ comment } = { comment: "" }] = await harness.hands.actsOf(card);
      const copy = await harness.hands.addAct({ counterpartyRef: card, date: "2026-11-30", amount: 100 });
      await harness.hands.editAct(copy, { comment: `Копия. ${comment}` });
      expect(await last(harness, card)).toEqual({ ref: copy, date: "2026-11-30" });
    },
  );

  rule("counts an act that people moved to an earlier date by the days in our marker", async (harness) => {
    const card = await withCard(harness);
    const { ref } = await create(harness, actParams(card));
    const byHand = await harness.hands.addAct({ counterpartyRef: card, date: "2026-10-20", amount: 100 });
    await harness.hands.editAct(ref, { date: "2026-10-05" });
    expect(await last(harness, card)).toEqual({ ref, date: "2026-10-05", coveredTo: "2026-10-31" });
    expect(await last(harness, card, ref)).toEqual({ ref: byHand, date: "2026-10-20" });
  });

  rule("uses the date where people wiped our marker", async (harness) => {
    const card = await withCard(harness);
    const { ref } = await create(harness, actParams(card));
    await harness.hands.editAct(ref, { comment: "исправлено" });
    expect(await last(harness, card)).toEqual({ ref, date: "2026-10-31" });
  });

  rule("takes the act of the latest date, not the newest one, and skips unposted and marked acts", async (harness) => {
    const counterpartyRef = await withCard(harness);
    const add = (date: string, posted = true) => harness.hands.addAct({ counterpartyRef, date, amount: 100, posted });
    const latest = await add("2026-10-20");
    await add("2026-03-01");
    await add("2026-12-01", false);
    await harness.hands.voidAct(await add("2026-11-30"));
    expect(await last(harness, counterpartyRef)).toMatchObject({ ref: latest, date: "2026-10-20" });
  });

  rule("does not mix counterparties", async (harness) => {
    const card = await withCard(harness);
    const other = await harness.hands.addCard({ name: "Другой", inn: innOf(2) });
    await harness.hands.addAct({ counterpartyRef: other, date: "2026-10-20", amount: 100 });
    expect(await last(harness, card)).toBeNull();
  });
}

function voidRules(rule: Rule): void {
  rule("voids by unposting and marking, which frees the period", async (harness) => {
    const card = await withCard(harness);
    const { ref } = await create(harness, actParams(card));
    expect(await voidAct(harness, ref)).toEqual({ found: true });
    expect(await onlyAct(harness, card)).toMatchObject({ ref, posted: false, deletionMark: true });
    expect(await last(harness, card)).toBeNull();
  });

  rule("accepts a second void and an act that people voided", async (harness) => {
    const card = await withCard(harness);
    const { ref } = await create(harness, actParams(card));
    await harness.hands.voidAct(ref);
    for (const _ of [1, 2]) expect(await voidAct(harness, ref)).toEqual({ found: true });
  });

  rule("reports a missing act to void", async (harness) => {
    expect(await voidAct(harness, ABSENT)).toEqual({ found: false });
  });

  rule("does not void in a closed period", async (harness, context) => {
    const close = needed(context, harness.hands.closePeriodUpTo, "close a period");
    const { ref } = await create(harness, actParams(await withCard(harness)));
    await close("2026-10-31");
    await refused(voidAct(harness, ref), "period_closed");
    expect(await find(harness, ref)).toMatchObject({ posted: true, deletionMark: false });
  });
}

function printRules(rule: Rule): void {
  rule("prints a PDF of an act", async (harness, context) => {
    const { adapter } = harness;
    needed(context, adapter.printAct, "print");
    const { ref } = await create(harness, actParams(await withCard(harness)));
    const pdf = await now(adapter.printAct!({ ref }, newCall()));
    expect(new TextDecoder("latin1").decode(pdf.slice(0, 5))).toBe("%PDF-");
  });

  rule("cannot print an act that is not there", async ({ adapter }, context) => {
    needed(context, adapter.printAct, "print");
    await refused(adapter.printAct!({ ref: ABSENT }, newCall()), "print_failed");
  });
}
