import { describe, expect, test } from "vitest";
import { createJob } from "../../../core/job.ts";
import { type Contractor, formatCounterpartyKey } from "../../../core/parties.ts";
import { updateContractor, upsertForAct } from "../../../core/relay/jobs/upsert-counterparty.ts";
import { aContractor, aCounterparty, anAct, companyInn, NOON } from "../../support/builders.ts";
import { aContext, aRecorder, aSession } from "../../support/context.ts";

const answer = { ref: "card", created: false, changed: true };
const head = { queue: "accounting", type: "counterparty.upsert", orderKey: null, destination: "accounting" } as const;

const said = aContractor(2, { name: "said" });
const known = aContractor(2, { name: "known" });
const { kpp: _, ...anyCard } = said;
const OWN = formatCounterpartyKey(companyInn(1), said);
const LAST = formatCounterpartyKey(companyInn(1), { inn: said.inn });

/** A context whose store knows this data under the keys, and the calls to 1C. */
async function knowing(data: Readonly<Record<string, { asOf: number; contractor?: Contractor; boundRef?: string }>>) {
  const { adapter, calls } = aRecorder({ upsertCounterparty: async () => answer });
  const context = aContext({ adapter });
  for (const [key, more] of Object.entries(data)) {
    const counterparty = aCounterparty({ key, contractor: known, ...more });
    await context.store.commit([{ type: "counterparty", counterparty }]);
  }
  return { context, calls };
}

/** Updates the card without an act. */
async function update(contractor: Contractor, asOf: number, data: Parameters<typeof knowing>[0]) {
  const { context, calls } = await knowing(data);
  const job = createJob("job-1", NOON, { ...head, actId: null, input: { contractor, asOf } });
  const result = await updateContractor(context, aSession(job));
  return {
    state: result.state,
    event: result.event,
    calls: calls.length,
    writes: await result.also?.({ kind: "same" }),
  };
}

const written = (key: string, contractor: Contractor, more: object = {}) => ({
  type: "counterparty",
  counterparty: { key, boundRef: null, confirmed: false, owners: [contractor.id], asOf: NOON, contractor, ...more },
});

const SKIPPED = { state: "skipped", calls: 0 };

describe("the card of an act", () => {
  const seed = { ...head, input: {} };

  test("is not touched once the act is no longer requested", async () => {
    const { context, calls } = await knowing({});
    const act = anAct({ status: "voided" });
    const job = createJob("job-1", NOON, { ...seed, actId: act.id });
    expect([await upsertForAct(context, aSession(job), act), calls]).toEqual([{ state: "skipped" }, []]);
  });

  test("is made from the newest data", async () => {
    const act = anAct({ contractor: said });
    const job = createJob("job-1", NOON, { ...seed, actId: act.id });
    for (const [asOf, contractor] of [
      [NOON, said],
      [NOON + 1, known],
    ] as const) {
      const { context, calls } = await knowing({ [OWN]: { asOf } });
      const result = await upsertForAct(context, aSession(job), act);
      expect(result).toMatchObject({ state: "done", event: { type: "counterparty.upserted", ...answer } });
      expect(calls).toMatchObject([["upsertCounterparty", { contractor, confirmed: false }]]);
    }
  });
});

describe("a contractor's update", () => {
  test("is remembered under the INN with its KPP and under the INN alone", async () => {
    expect(await update(said, NOON, {})).toEqual({
      state: "done",
      calls: 1,
      writes: [written(OWN, said), written(LAST, said)],
    });
  });

  test("keeps a person's choice of the card", async () => {
    const { writes } = await update(said, NOON, { [OWN]: { asOf: NOON - 1, boundRef: "chosen" } });
    expect(writes).toEqual([written(OWN, said, { boundRef: "chosen" }), written(LAST, said)]);
  });

  test("is skipped if this card has newer data, and done for data of the same time", async () => {
    expect(await update(said, NOON, { [OWN]: { asOf: NOON + 1 } })).toMatchObject(SKIPPED);
    expect(await update(said, NOON, { [OWN]: { asOf: NOON } })).toMatchObject({ state: "done", calls: 1 });
  });

  test("is done if only another branch has newer data, whose record stays", async () => {
    const branch = aContractor(2, { kpp: "770202002" });
    const { state, writes } = await update(said, NOON, { [LAST]: { asOf: NOON + 1, contractor: branch } });
    expect([state, writes]).toEqual(["done", [written(OWN, said)]]);
  });

  test("replaces remembered data of the same time", async () => {
    const { writes } = await update(said, NOON, { [LAST]: { asOf: NOON } });
    expect(writes).toEqual([written(OWN, said), written(LAST, said)]);
  });

  test("is, without a KPP, skipped if any card of the INN has newer data", async () => {
    expect(await update(anyCard, NOON, { [LAST]: { asOf: NOON + 1 } })).toMatchObject(SKIPPED);
    expect(await update(anyCard, NOON, { [LAST]: { asOf: NOON } })).toMatchObject({ state: "done", calls: 1 });
    expect(await update(anyCard, NOON, {})).toMatchObject({ state: "done", writes: [written(LAST, anyCard)] });
  });
});
