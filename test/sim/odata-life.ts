import { createOdataAdapter, type OdataOptions, parseMapping } from "../../adapters/onec-odata/index.ts";
import type { Adapter } from "../../core/adapter.ts";
import { toBusinessDate } from "../../core/date.ts";
import { derivePaymentOrderRef } from "../../core/ids.ts";
import { createMemoryStore } from "../../core/relay/memory/store.ts";
import type { OneC, OneCOptions, Row } from "../onec-runtime/odata/index.ts";
import { createOneC } from "../onec-runtime/odata/index.ts";
import { type Base, takeBase } from "../onec-runtime/odata/switches.ts";
import { companyInn, makeContractorData, NOON } from "../support/builders.ts";
import { createHarness, type Delivered, type Harness } from "../support/harness.ts";
import { Crash, mortal, randomFrom } from "./mortal.ts";
import { randomFaults } from "./odata-faults.ts";
import { type People, peopleOf } from "./odata-people.ts";
import { type Books, brokenPromises } from "./promises.ts";

/** Result of a life over OData. `broken`: the promises that the life broke. */
export interface OdataLife {
  readonly seed: number;
  readonly acts: number;
  readonly crashes: number;
  readonly requests: number;
  /** Reported problems, by code. */
  readonly problems: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
}

const CARDS = "Catalog_Контрагенты";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Orders of one act whose references are looked for in 1C. */
const MOST_ATTEMPTS = 12;

/** Problems that nothing in such a life gives a reason for. */
const NOBODYS_FAULT = ["onec_rejected", "ref_key_ignored", "onec_forbidden", "delivery_dead"];

/** Returns the setup of 1C in this life. The licences are as many as the adapter's own places. */
function setupOf({ options }: Base, clock: () => number): OneCOptions {
  return { ...options, clock, keepLog: false, licences: 2 };
}

/** Creates an adapter for a process. */
export function adapterOver(onec: OneC, clock: () => number, more: Partial<OdataOptions> = {}): Adapter {
  const { url, user, password, fetch } = onec;
  return createOdataAdapter({ url, user, password, fetch, clock, organizationInn: companyInn(1), ...more });
}

/**
 * Runs one seeded life over the strict stand-in of 1C's OData. Every request may fail before or after the work, or work
 * late. People work in the same books; the relay's process dies at random writes. In the end everything heals, and
 * every promise is checked.
 */
export async function liveOverOdata(seed: number): Promise<OdataLife> {
  const random = randomFrom(seed);
  const chance = (share: number) => random() < share;
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const store = createMemoryStore();
  let now = NOON;
  let world: Harness | null = null;
  const time = () => world?.now() ?? now;
  const base = takeBase(seed);
  const setup = setupOf(base, time);
  const onec = createOneC(setup);
  onec.faults.plan(randomFaults(random, 0.04));
  const people = peopleOf({ onec, random, today: () => toBusinessDate(time(), "Europe/Moscow") });
  const delivered: Delivered[] = [];
  const answered = new Map<string, string>();
  const payouts: string[] = [];
  let crashes = 0;
  let seen = 0;
  let killing = true;

  async function born(): Promise<Harness> {
    const died = () => {
      crashes += 1;
    };
    const own = mortal(store, () => killing && chance(0.01), died);
    const settings = { sameDayAct: "single_day", paymentCheckMs: HOUR } as const;
    const { actDocument = "receipt" } = setup;
    const mapping = parseMapping("bp30", base.mapping);
    const adapter = (clock: () => number) => adapterOver(onec, clock, { actDocument, mapping });
    try {
      const next = await createHarness({ store: own, adapter, delivered, start: now, relay: { random }, settings });
      next.answer(() => (killing && chance(0.1) ? new Response(null, { status: 503 }) : new Response(null)));
      return next;
    } catch (error) {
      if (error instanceof Crash) return born();
      throw error;
    }
  }

  world = await born();
  async function alive(work: (living: Harness) => Promise<unknown>): Promise<void> {
    const living = world as Harness;
    try {
      await work(living);
    } catch (error) {
      if (!(error instanceof Crash) && (error as { code?: string }).code === undefined) throw error;
    }
    now = living.now();
    if (crashes > seen) {
      seen = crashes;
      world = await born();
    }
  }

  const idOf = (payoutId: string | undefined) => answered.get(payoutId ?? "") ?? "";
  // The newest acts are still in progress, and so the most delicate.
  const recent = () => pick(chance(0.5) ? payouts.slice(-2) : payouts);
  const instant = () => new Date(now).toISOString();
  const person = "person:Анна";

  async function ask(): Promise<void> {
    const payoutId = `p-${seed}-${payouts.length}`;
    const contractor = makeContractorData(2 + Math.floor(random() * 3), chance(0.2) ? { kpp: undefined } : {});
    const amount = `${1 + Math.floor(random() * 99_999)}.50`;
    // A release of 2024 has no rate of 22 %.
    const rate = setup.release === "151" ? "10" : "22";
    const data = { payoutId, requestedAt: instant(), amount, contractor, vat: chance(0.3) ? rate : "none" };
    // The platform repeats what was not answered, under the same id.
    for (let tries = 0; tries < 5 && !answered.has(payoutId); tries += 1) {
      await alive(async (living) => {
        const { actId } = await living.send("act.requested", data, { id: `wh-${payoutId}` });
        answered.set(payoutId, actId ?? "");
      });
    }
    if (!answered.has(payoutId)) return;
    payouts.push(payoutId);
    if (!chance(0.15)) return;
    // Thought better of at once, while the act is being made.
    await alive((it) => it.settle());
    await alive((it) => it.send("act.declined", { payoutId, declinedAt: instant(), reason: "…" }));
  }
  const moves: (readonly [number, () => Promise<unknown>])[] = [
    [28, ask],
    [22, () => alive((it) => it.send("act.accepted", { payoutId: recent(), acceptedAt: instant() }))],
    [6, () => alive((it) => it.send("act.declined", { payoutId: recent(), declinedAt: instant(), reason: "…" }))],
    [4, () => alive((it) => it.relay.voidAct(idOf(recent()), person, "…"))],
    [6, () => alive((it) => it.relay.retryAct(idOf(pick(payouts)), person))],
    [3, () => alive((it) => it.relay.payAgain(idOf(pick(payouts)), person))],
    [
      30,
      async () => {
        const until = now + Math.floor(random() * (chance(0.3) ? 2 * DAY : 10 * 60_000));
        while (now < until) await alive((it) => it.pass(until - now));
      },
    ],
    ...people.moves,
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
  onec.faults.clear();
  world = await born();
  // People mend the causes and retry waiting acts, until no act waits.
  for (let round = 0; round < 12; round += 1) {
    await people.mend();
    await alive((it) => it.pass(round < 2 ? 2 * DAY : HOUR));
    for (const act of (await store.listActs({ problem: true, limit: 100 })).items) {
      const code = act.problem?.code;
      if (code === "payment_rejected") await alive((it) => it.relay.payAgain(act.id, person));
      // Other acts took the days while the act stood still.
      else if (code === "period_empty") await alive((it) => it.relay.voidAct(act.id, person, "Дни уже закрыты"));
      else if (code === "counterparty_ambiguous") {
        const card = onec.state.all(CARDS).find((row) => row.ИНН === act.contractor.inn && row.DeletionMark !== true);
        await alive((it) => it.relay.retryAct(act.id, person, { counterpartyRef: String(card?.Ref_Key) }));
      } else await alive((it) => it.relay.retryAct(act.id, person));
    }
  }
  await alive((it) => it.pass(3 * DAY));
  const broken = await brokenPromises(store, await booksOf(onec, people, [...answered.values()]), delivered, answered);
  const strangers = strangersOf(onec, people, new Set(answered.values()));
  const problems = problemsOf(delivered);
  const blamed = NOBODYS_FAULT.filter((code) => code in problems);
  return {
    seed,
    acts: payouts.length,
    crashes,
    requests: onec.counters.total(),
    problems,
    broken: [
      ...broken,
      ...strangers,
      ...blamed.map((code) => `a person was called for ${code}, and had nothing to mend`),
    ],
  };
}

function problemsOf(delivered: readonly Delivered[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { type, data } of delivered) {
    if (type === "act.problem") found[String(data.code)] = (found[String(data.code)] ?? 0) + 1;
  }
  return found;
}

function actRows(onec: OneC) {
  return ["Document_ПоступлениеТоваровУслуг", "Document_РеализацияТоваровУслуг"].flatMap((set) => onec.state.all(set));
}

async function booksOf(onec: OneC, { cardsByHand, actsByHand }: People, acts: readonly string[]): Promise<Books> {
  const executed = new Set(onec.state.all("Document_СписаниеСРасчетногоСчета").map((row) => row.ДокументОснование));
  const refs = new Map<string, string>();
  for (const act of acts) {
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1)
      refs.set(await derivePaymentOrderRef(act, attempt), act);
  }
  return {
    acts: actRows(onec)
      .filter((row) => !actsByHand.has(String(row.Ref_Key)))
      .map((row) => ({
        ref: String(row.Ref_Key),
        posted: row.Posted === true,
        deletionMark: row.DeletionMark === true,
      })),
    orders: onec.state.all("Document_ПлатежноеПоручение").map((row) => ({
      actRef: refs.get(String(row.Ref_Key)) ?? "",
      state: executed.has(row.Ref_Key as string) ? "executed" : row.DeletionMark === true ? "deleted" : "waiting",
      deletionMark: row.DeletionMark === true,
    })),
    cards: onec.state
      .all(CARDS)
      .filter((row) => !cardsByHand.has(String(row.Ref_Key)) && row.DeletionMark !== true)
      // Two cards for one INN with different KPP count as two: a person decides. One card was made late, the other
      // meanwhile.
      .map((row) => ({ inn: `${row.ИНН} ${row.КПП}` })),
  };
}

/** Finds documents and accounts without a request. */
function strangersOf(onec: OneC, { actsByHand }: People, asked: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const row of actRows(onec)) {
    const ref = String(row.Ref_Key);
    if (!actsByHand.has(ref) && !asked.has(ref)) found.push(`an act in 1C that nobody asked for: ${row.Комментарий}`);
  }
  const accounts = onec.state.all("Catalog_БанковскиеСчета").filter((row) => row.DeletionMark !== true);
  const keys = accounts.map((row) => `${row.Owner} ${row.НомерСчета} ${row.Банк_Key}`);
  if (new Set(keys).size < keys.length) found.push("a doubled bank account");
  // A contract that people closed has a successor.
  const isOpen = (row: Row) => row.DeletionMark !== true && row.ДоговорЗакрыт !== true;
  const contracts = onec.state.all("Catalog_ДоговорыКонтрагентов").filter(isOpen);
  const agreed = contracts.map((row) => `${row.Owner_Key} ${row.Организация_Key} ${row.ВидДоговора} ${row.Номер}`);
  if (new Set(agreed).size < agreed.length) found.push("a doubled contract");
  return found;
}
