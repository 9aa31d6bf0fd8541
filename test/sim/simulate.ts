import { createMockAdapter, type MockAdapter, type MockFault } from "../../adapters/mock/index.ts";
import { toBusinessDate } from "../../core/date.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import type { Store } from "../../core/store.ts";
import { makeContractorData, NOON } from "../support/builders.ts";
import { createHarness, type Delivered, type Harness, RULES } from "../support/harness.ts";
import { Crash, mortal, randomFrom } from "./mortal.ts";
import { type Books, brokenPromises } from "./promises.ts";

/** Result of a simulated run. `broken`: the promises that the run broke. */
export interface SimulationReport {
  readonly seed: number;
  readonly acts: number;
  readonly crashes: number;
  readonly broken: readonly string[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** 1C does not get the call, does not answer before or after the effect, or says no. */
const FAULTS: readonly MockFault[] = [
  { outcome: "unavailable" },
  { outcome: "unavailable" },
  { outcome: "uncertain", when: "before" },
  { outcome: "uncertain", when: "after" },
  { outcome: "uncertain", when: "after" },
  { outcome: "rejected" },
  { outcome: "rejected", code: "period_closed" },
];

/**
 * Runs one seeded life. The platform sends, repeats, accepts and declines; 1C fails before and after the work. The
 * receiver of webhooks fails, an accountant works in 1C, and the relay's process dies at random writes. In the end
 * everything heals, and every promise is checked.
 */
export async function simulate(seed: number, openStore: () => Store = createMemoryStore): Promise<SimulationReport> {
  const random = randomFrom(seed);
  const chance = (share: number) => random() < share;
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const store = openStore();
  let now = NOON;
  // In every third life 1C fetches commands and answers at random times. In every other life 1C sends events.
  const pull = seed % 3 === 0;
  const pushes = seed % 2 === 0;
  const today = () => toBusinessDate(now, "Europe/Moscow");
  const onec = createMockAdapter({ today, pending: pull, pushesEvents: pushes });
  onec.mock.setChaos({ random, rate: 0.15, faults: FAULTS });
  const delivered: Delivered[] = [];
  const answeredOk = new Map<string, string>();
  let crashes = 0;
  let killing = true;

  async function born(): Promise<Harness> {
    const own = mortal(
      store,
      () => killing && chance(0.02),
      () => {
        crashes += 1;
      },
    );
    const settings = { sameDayAct: "single_day", paymentCheckMs: HOUR } as const;
    try {
      const relay = { random, rules: { ...RULES, acceptWithoutHash: true } };
      const world = await createHarness({ store: own, onec, delivered, start: now, relay, settings });
      world.answer(() => (killing && chance(0.2) ? new Response(null, { status: 503 }) : new Response(null)));
      return world;
    } catch (error) {
      if (error instanceof Crash) return born();
      throw error;
    }
  }

  let world = await born();
  const alive = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Crash) && (error as { code?: string }).code === undefined) throw error;
    }
    now = world.now();
    // A new process takes the place of the dead process; the old leases have to run out.
    if (crashes > seen) {
      seen = crashes;
      world = await born();
    }
  };
  let seen = 0;

  /** 1C fetches some of the waiting commands and answers them, now and then twice. */
  async function fetchCommands(): Promise<void> {
    for (const job of (await store.listJobs({ state: "parked", limit: 100 })).items) {
      if (killing && chance(0.4)) continue;
      const callId = String(job.awaiting);
      const answer = await onec.mock.answer(callId);
      if (answer === null) continue;
      await alive(() => world.relay.takeAnswer(callId, answer));
      if (chance(0.1)) await alive(() => world.relay.takeAnswer(callId, answer));
    }
  }

  /** 1C sends an event about a payment, again and again until the relay accepts the event. */
  async function tell(type: string, data: object): Promise<void> {
    if (!pushes) return;
    told += 1;
    const id = `1c-${told}`;
    for (let tries = 0; tries < 3; tries += 1) await alive(() => world.send(type, data, { source: "onec", id }));
  }

  let told = 0;
  const payouts: string[] = [];
  const idOf = (payoutId: string | undefined) => answeredOk.get(payoutId ?? "") ?? "";
  const instant = () => new Date(now).toISOString();
  const moves: [number, () => Promise<unknown>][] = [
    [
      30,
      async () => {
        const payoutId = `p-${seed}-${payouts.length}-${Math.floor(random() * 1e9)}`;
        const contractor = makeContractorData(2 + Math.floor(random() * 3), chance(0.2) ? { kpp: undefined } : {});
        const amount = `${1 + Math.floor(random() * 99_999)}.50`;
        const data = { payoutId, requestedAt: instant(), amount, contractor };
        // The platform repeats unanswered events under the same id.
        for (let tries = 0; tries < 5 && !answeredOk.has(payoutId); tries += 1) {
          await alive(async () => {
            const { actId } = await world.send("act.requested", data, { id: `wh-${payoutId}` });
            answeredOk.set(payoutId, actId ?? "");
          });
        }
        if (answeredOk.has(payoutId)) payouts.push(payoutId);
      },
    ],
    [15, () => alive(() => world.send("act.accepted", { payoutId: pick(payouts), acceptedAt: instant() }))],
    // The agent has looked at any form of the past.
    [
      4,
      () => {
        const shown = pick(delivered.filter((event) => event.type === "act.ready"));
        const { payoutId, pdf } = (shown?.data ?? {}) as { payoutId?: string; pdf?: { sha256: string } };
        return alive(() => world.send("act.accepted", { payoutId, acceptedAt: instant(), pdfSha256: pdf?.sha256 }));
      },
    ],
    // A platform without hashes delivers the acceptance late: the form may be another one by then.
    [
      5,
      () => {
        const acceptedAt = new Date(now - Math.floor(random() * HOUR)).toISOString();
        return alive(() => world.send("act.accepted", { payoutId: pick(payouts), acceptedAt, pdfSha256: null }));
      },
    ],
    [
      4,
      async () => {
        // An accountant renumbers an act, so the form changes.
        const act = pick(onec.mock.takeSnapshot().acts.filter((row) => row.posted && !row.byHand));
        if (act === undefined || !pushes) return;
        const { status } = (await store.getAct(act.ref)) ?? {};
        if (status !== "posted" && status !== "ready") return;
        onec.mock.editAct(act.ref, { number: `${act.number.slice(0, 5)}${100_000 + Math.floor(random() * 1e5)}` });
        await tell("act.changed", { actRef: act.ref });
      },
    ],
    [5, () => alive(() => world.send("act.declined", { payoutId: pick(payouts), declinedAt: instant(), reason: "…" }))],
    [3, () => alive(() => world.relay.voidAct(idOf(pick(payouts)), "person:Анна", "…"))],
    [6, () => alive(() => world.relay.retryAct(idOf(pick(payouts)), "person:Анна"))],
    [3, () => alive(() => world.relay.payAgain(idOf(pick(payouts)), "person:Анна"))],
    [
      4,
      async () => {
        const order = pick(onec.mock.takeSnapshot().paymentOrders.filter((row) => row.state.state === "waiting"));
        if (order === undefined) return;
        onec.mock.executePayment(order.ref);
        await tell("payment.executed", { paymentOrderRef: order.ref, executedAt: today() });
      },
    ],
    [
      2,
      async () => {
        const order = pick(onec.mock.takeSnapshot().paymentOrders.filter((row) => row.state.state === "waiting"));
        if (order === undefined) return;
        onec.mock.rejectPayment(order.ref, "Счёт закрыт");
        await tell("payment.rejected", { paymentOrderRef: order.ref, reason: "Счёт закрыт" });
      },
    ],
    [
      1,
      async () => {
        // The bank executes a rejected order.
        const order = pick(onec.mock.takeSnapshot().paymentOrders.filter((row) => row.state.state === "rejected"));
        if (order === undefined) return;
        onec.mock.executePayment(order.ref);
        await tell("payment.executed", { paymentOrderRef: order.ref, executedAt: today() });
      },
    ],
    [10, () => fetchCommands()],
    [
      25,
      async () => {
        const until = now + Math.floor(random() * (chance(0.3) ? 2 * DAY : 10 * 60_000));
        while (now < until) {
          await alive(() => world.pass(Math.min(until - now, pull ? 2 * HOUR : 2 * DAY)));
          if (pull) await fetchCommands();
        }
      },
    ],
  ];
  const total = moves.reduce((sum, [weight]) => sum + weight, 0);
  for (let step = 0; step < 60; step += 1) {
    let at = random() * total;
    const chosen = moves.find(([weight]) => {
      at -= weight;
      return at < 0;
    });
    await chosen?.[1]();
  }

  killing = false;
  onec.mock.clearFaults();
  onec.mock.setPending(false);
  world = await born();
  // People retry waiting acts, until no act waits.
  for (let round = 0; round < 12; round += 1) {
    await world.pass(round < 2 ? 2 * DAY : HOUR);
    await fetchCommands();
    for (const act of (await store.listActs({ problem: true, limit: 100 })).items) {
      const code = act.problem?.code;
      if (code === "payment_rejected") await alive(() => world.relay.payAgain(act.id, "person:Анна"));
      // Other acts took the days while the act stood still.
      else if (code === "period_empty")
        await alive(() => world.relay.voidAct(act.id, "person:Анна", "Дни уже закрыты"));
      else await alive(() => world.relay.retryAct(act.id, "person:Анна"));
    }
    // Events about payments unknown at that time are sent again, like from an outbox.
    for (const order of pushes ? onec.mock.takeSnapshot().paymentOrders : []) {
      if (order.state.state === "executed") {
        await tell("payment.executed", { paymentOrderRef: order.ref, executedAt: order.state.executedOn });
      }
    }
  }
  await world.pass(3 * DAY);
  return {
    seed,
    acts: payouts.length,
    crashes,
    broken: await brokenPromises(store, booksOf(onec), delivered, answeredOk),
  };
}

function booksOf(onec: MockAdapter): Books {
  const { acts, paymentOrders, counterparties } = onec.mock.takeSnapshot();
  const orders = paymentOrders.map((order) => ({ ...order, state: order.state.state }));
  return { acts, orders, cards: counterparties };
}
