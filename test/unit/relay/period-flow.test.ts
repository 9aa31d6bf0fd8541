import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Act } from "../../../core/act.ts";
import { addDays } from "../../../core/date.ts";
import { companyInn, makeContractorData } from "../../support/builders.ts";
import { createHarness, type Harness } from "../../support/harness.ts";

const DAY = 86_400_000;

async function actOf(world: Harness, id: string): Promise<Act> {
  const act = await world.store.getAct(id);
  if (act === null) throw new Error("no act");
  return act;
}

const card = (world: Harness) =>
  world.onec.mock.addCounterparty({ name: "ООО «Ёлочка 2»", inn: companyInn(2), kpp: "770101001" });

describe("the period in the flow", () => {
  test("begins at the registration for a card without acts, and after the last act by hand for a known card", async () => {
    const world = await createHarness();
    card(world);
    const first = await world.request();
    await world.settle();
    expect((await actOf(world, first)).period).toEqual({ from: "2026-11-01", to: "2026-11-24" });

    const other = await createHarness();
    const { ref } = card(other);
    other.onec.mock.addActByHand({ counterpartyRef: ref, date: "2026-11-10", amount: 100 });
    const known = await other.request();
    await other.settle();
    expect((await actOf(other, known)).period).toEqual({ from: "2026-11-11", to: "2026-11-24" });
  });

  test("is empty for a second act on one day (period_empty), and a person's period goes on", async () => {
    const world = await createHarness();
    await world.request();
    const second = await world.request();
    await world.settle();
    const problem = (await actOf(world, second)).problem;
    expect(problem).toMatchObject({ code: "period_empty", step: "act.create", announced: true });
    expect(problem?.message).toContain("24.11.2026");
    await world.relay.retryAct(second, "person:Анна", { period: { from: "2026-11-24", to: "2026-11-24" } });
    await world.settle();
    expect(await actOf(world, second)).toMatchObject({
      status: "ready",
      problem: null,
      period: { from: "2026-11-24", to: "2026-11-24" },
    });
    const told = world.delivered.filter((event) => event.data.actId === second).map((event) => event.type);
    expect(told).toEqual(["act.problem", "act.problem_resolved", "act.ready"]);
    const retried = (await world.store.listEvents(second)).find((event) => event.type === "operator.retried");
    expect(retried).toMatchObject({ actor: "person:Анна", period: { to: "2026-11-24" } });
  });

  test("uses acts found in 1C after a restore from an old backup, in spite of later acts", async () => {
    const before = await createHarness();
    const asked: object[] = [];
    for (const n of [1, 2, 3]) {
      const requestedAt = new Date(before.now()).toISOString();
      asked.push({ payoutId: `p-${n}`, requestedAt, amount: "15000.00", contractor: makeContractorData(2) });
      await before.send("act.requested", asked.at(-1)!);
      await before.pass(10 * DAY);
    }
    const periods = async (world: Harness) =>
      (await world.store.listActs({ limit: 9 })).items
        .map(({ payoutId, period, status, document }) => ({ payoutId, period, status, document }))
        .toSorted((a, b) => a.payoutId.localeCompare(b.payoutId));
    const after = await createHarness({ onec: before.onec, start: before.now() });
    for (const data of asked) await after.send("act.requested", data);
    await after.settle();
    expect(await periods(after)).toEqual(await periods(before));
    expect(after.types()).toEqual(["act.ready", "act.ready", "act.ready"]);
    expect(before.onec.mock.takeSnapshot().acts).toHaveLength(3);
  });

  test("takes the day itself under SAME_DAY_ACT=single_day, also for a registration in the future", async () => {
    const world = await createHarness({ settings: { sameDayAct: "single_day" } });
    await world.request();
    const second = await world.request();
    const early = await world.request({ n: 3, contractor: makeContractorData(3, { registeredAt: "2026-12-01" }) });
    await world.settle();
    expect((await actOf(world, second)).period).toEqual({ from: "2026-11-24", to: "2026-11-24" });
    expect((await actOf(world, early)).period).toEqual({ from: "2026-11-24", to: "2026-11-24" });
  });

  test("frees the days of a declined last act once 1C has confirmed; a declined act in the middle leaves a named gap", async () => {
    const world = await createHarness();
    const first = await world.request();
    await world.pass(3 * DAY);
    const second = await world.request();
    await world.pass(3 * DAY);
    const third = await world.request();
    await world.settle();
    await world.send("act.declined", {
      payoutId: (await actOf(world, second)).payoutId,
      declinedAt: "2026-11-30T12:00:00+03:00",
      reason: "Не та сумма",
    });
    await world.settle();
    const gap = (await world.store.listEvents(second)).at(-1);
    expect(gap).toMatchObject({
      type: "act.void_confirmed",
      found: true,
      gap: { from: "2026-11-25", to: "2026-11-27" },
    });
    await world.send("act.declined", {
      payoutId: (await actOf(world, third)).payoutId,
      declinedAt: "2026-11-30T12:00:00+03:00",
      reason: "Не та сумма",
    });
    const fourth = await world.request();
    await world.settle();
    expect((await world.store.listEvents(third)).at(-1)).toMatchObject({ found: true, gap: null });
    // The days of the second act come back with the days of the third, since no later act covers them.
    expect((await actOf(world, fourth)).period).toEqual({ from: "2026-11-25", to: "2026-11-30" });
    expect((await actOf(world, first)).covers).toBe(true);
  });

  test("keeps the days of an act whose void 1C refuses", async () => {
    const world = await createHarness();
    const first = await world.request();
    await world.settle();
    world.onec.mock.closePeriodUpTo("2026-11-24");
    await world.send("act.declined", {
      payoutId: (await actOf(world, first)).payoutId,
      declinedAt: "2026-11-24T12:00:00+03:00",
      reason: "Не та сумма",
    });
    await world.settle();
    expect(await actOf(world, first)).toMatchObject({
      status: "declined",
      covers: true,
      problem: { code: "period_closed" },
    });
    await world.pass(DAY);
    const second = await world.request();
    await world.settle();
    expect((await actOf(world, second)).period).toEqual({ from: "2026-11-25", to: "2026-11-25" });
    world.onec.mock.closePeriodUpTo(null);
    await world.relay.retryAct(first, "person:Анна");
    await world.settle();
    expect(await actOf(world, first)).toMatchObject({ covers: false, problem: null });
    expect((await world.store.listEvents(first)).at(-1)).toMatchObject({
      gap: { from: "2026-11-01", to: "2026-11-24" },
    });
  });

  test("uses one card and one order key when the KPP is sent once and left out later", async () => {
    const world = await createHarness();
    const first = await world.request();
    await world.pass(2 * DAY);
    const second = await world.request({ contractor: makeContractorData(2, { kpp: undefined }) });
    await world.settle();
    expect((await actOf(world, second)).counterparty?.ref).toBe((await actOf(world, first)).counterparty?.ref);
    expect((await actOf(world, second)).period).toEqual({ from: "2026-11-25", to: "2026-11-26" });
  });
});

test("property: live acts never overlap, and the only gaps are declined acts named in the history", async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant("request" as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("decline" as const), which: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("voidInOnec" as const), which: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("void" as const), which: fc.nat(50) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), async (steps, drainEach) => {
      const world = await createHarness({ settings: { paymentCheckMs: 30 * DAY } });
      const ids: string[] = [];
      for (const move of steps) {
        if (move.do === "request") ids.push(await world.request());
        else if (move.do === "wait") await world.pass(move.days * DAY);
        else {
          const id = ids[move.which % Math.max(ids.length, 1)];
          if (id === undefined) continue;
          const act = await actOf(world, id);
          if (move.do === "voidInOnec") {
            const live = world.onec.mock.takeSnapshot().acts.some((row) => row.ref === id && row.posted);
            if (!live || act.status !== "ready") continue;
            world.onec.mock.voidActByHand(id);
            await world.send("act.voided", { actRef: id }, { source: "onec" });
          } else if (move.do === "decline") {
            const data = { payoutId: act.payoutId, declinedAt: new Date(world.now()).toISOString(), reason: "…" };
            await world.send("act.declined", data).catch(() => undefined);
          } else await world.relay.voidAct(id, "person:Анна", "…").catch(() => undefined);
        }
        if (drainEach) await world.settle();
      }
      await world.settle();
      const acts = await Promise.all(ids.map((id) => actOf(world, id)));
      const live = acts.filter((act) => act.covers && act.period !== null);
      const periods = live.map((act) => act.period!).sort((a, b) => (a.from < b.from ? -1 : 1));
      const events = (await Promise.all(ids.map((id) => world.store.listEvents(id)))).flat();
      const gaps = events.flatMap((event) => ("gap" in event && event.gap !== null ? [event.gap] : []));
      const named = (day: string) => gaps.some((gap) => gap.from <= day && day <= gap.to);
      let next = "2026-11-01";
      for (const period of periods) {
        expect(period.from >= next, `${JSON.stringify(periods)} overlap`).toBe(true);
        for (let day = next; day < period.from; day = addDays(day, 1)) {
          expect(named(day), `${day} is uncovered and unnamed in ${JSON.stringify({ periods, gaps })}`).toBe(true);
        }
        next = addDays(period.to, 1);
      }
      expect(next <= addDays(new Date(world.now() + 3 * 3_600_000).toISOString().slice(0, 10), 1)).toBe(true);
    }),
    { numRuns: 60 },
  );
});
