import { expect } from "vitest";
import { actParams, bareContractor, innOf, newCall, orderParams, refOf } from "../support/accounting.ts";
import type { AdapterHarness, Rule, WriteCall } from "./adapter-harness.ts";
import { failed, needed, now, upsert } from "./adapter-harness.ts";

const CARD = refOf("card", 1);
const ACT = refOf("act", 1);
const ORDER = refOf("order", 1);

/** A write, the preparation of the write, and a count of the results. */
interface Write {
  readonly call: WriteCall;
  readonly before: (harness: AdapterHarness) => Promise<unknown>;
  readonly write: (harness: AdapterHarness) => Promise<unknown>;
  /** Counts how many times people see the result of the write. */
  readonly done: (harness: AdapterHarness) => Promise<number>;
}

const upsertCard = (harness: AdapterHarness) => upsert(harness, bareContractor(1));
const createAct = ({ adapter }: AdapterHarness) => now(adapter.createAct(actParams(CARD), newCall()));

const WRITES: readonly Write[] = [
  {
    call: "upsertCounterparty",
    before: async () => undefined,
    write: async (harness) => (await upsertCard(harness)).ref,
    done: async ({ hands }) => (await hands.cardsOf(innOf(1))).length,
  },
  {
    call: "createAct",
    before: upsertCard,
    write: createAct,
    done: async ({ hands }) => (await hands.actsOf(CARD)).length,
  },
  {
    call: "voidAct",
    before: async (harness) => {
      await upsertCard(harness);
      await createAct(harness);
    },
    write: ({ adapter }) => now(adapter.voidAct({ ref: ACT, reason: "ошибка" }, newCall())),
    done: async ({ hands }) => (await hands.actsOf(CARD)).filter((act) => act.deletionMark && !act.posted).length,
  },
  {
    call: "createPaymentOrder",
    before: upsertCard,
    write: ({ adapter }) => now(adapter.createPaymentOrder(orderParams(CARD), newCall())),
    done: async ({ hands }) => (await hands.ordersOf(CARD)).length,
  },
];

/** Rules of repeats: no call doubles anything, whether the answer came or was lost. */
export function repeatRules(rule: Rule): void {
  for (const write of WRITES) writeRules(rule, write);

  rule("finds a document although the answer of the call was lost", async (harness, context) => {
    const fault = needed(context, harness.fault, "lose an answer");
    await upsertCard(harness);
    fault("createAct", { outcome: "uncertain", when: "after" });
    await failed(createAct(harness), null, "uncertain");
    expect(await now(harness.adapter.findAct({ ref: ACT }, newCall()))).toMatchObject({ ref: ACT, posted: true });
    fault("createPaymentOrder", { outcome: "uncertain", when: "after" });
    await failed(harness.adapter.createPaymentOrder(orderParams(CARD), newCall()), null, "uncertain");
    expect(await now(harness.adapter.findPaymentOrder({ ref: ORDER }, newCall()))).toMatchObject({ ref: ORDER });
  });
}

function writeRules(rule: Rule, { call, before, write, done }: Write): void {
  rule(`${call}: gives the same answer to a repeat and makes nothing new`, async (harness) => {
    await before(harness);
    const first = await write(harness);
    expect(await write(harness)).toEqual(first);
    expect(await done(harness)).toBe(1);
  });

  rule(`${call}: makes one document for two calls at once`, async (harness) => {
    await before(harness);
    const results = await Promise.allSettled([write(harness), write(harness)]);
    expect(results.filter((result) => result.status === "fulfilled").length).toBeGreaterThan(0);
    expect(await done(harness)).toBe(1);
  });

  rule(`${call}: does nothing for a request that never arrived`, async (harness, context) => {
    const fault = needed(context, harness.fault, "lose a request");
    await before(harness);
    fault(call, { outcome: "unavailable", when: "before" });
    await failed(write(harness), null, "unavailable");
    expect(await done(harness)).toBe(0);
    await write(harness);
    expect(await done(harness)).toBe(1);
  });

  for (const when of ["before", "after"] as const) {
    rule(
      `${call}: makes one document when the repeat follows an unknown outcome (${when} the work)`,
      async (harness, context) => {
        const fault = needed(context, harness.fault, "lose an answer");
        await before(harness);
        fault(call, { outcome: "uncertain", when });
        await failed(write(harness), null, "uncertain");
        expect(await done(harness)).toBe(when === "after" ? 1 : 0);
        await write(harness);
        expect(await done(harness)).toBe(1);
      },
    );
  }
}
