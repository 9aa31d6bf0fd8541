import type { Infobase } from "./infobase.ts";
import type { MockCall } from "./model.ts";

/** Names of all calls of the adapter. */
export const MOCK_CALLS = [
  "getOrganization",
  "upsertCounterparty",
  "findLastAct",
  "createAct",
  "findAct",
  "printAct",
  "voidAct",
  "createPaymentOrder",
  "findPaymentOrder",
  "getPaymentStates",
  "listDocuments",
  "check",
] as const satisfies readonly MockCall[];

/** Highest numbers of calls at one time since the last reset. */
export interface MockConcurrency {
  /** All calls together. */
  readonly total: number;
  /** Upserts, searches for the last act, creations and voids of one counterparty. */
  readonly perCounterparty: number;
  /** The same calls of each counterparty by INN. */
  readonly byInn: Readonly<Record<string, number>>;
}

/** Counts calls: the total of each name and the number at one time. */
export interface Watch {
  /** Notes the start of a call; the returned function notes the end. `inn`: the counterparty of the call's queue. */
  enter(inn: string | null): () => void;
  count(call: MockCall): void;
  getCounts(): Record<MockCall, number>;
  getConcurrency(): MockConcurrency;
  reset(): void;
}

export function createWatch(): Watch {
  const counts = new Map<MockCall, number>();
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  let all = 0;
  let mostAll = 0;
  function enter(inn: string | null): () => void {
    all += 1;
    mostAll = Math.max(mostAll, all);
    if (inn !== null) add(inn, 1);
    return () => {
      all -= 1;
      if (inn !== null) add(inn, -1);
    };
  }
  function add(inn: string, by: number): void {
    const now = (running.get(inn) ?? 0) + by;
    if (now === 0) running.delete(inn);
    else running.set(inn, now);
    most.set(inn, Math.max(most.get(inn) ?? 0, now));
  }
  return {
    enter,
    count: (call) => counts.set(call, (counts.get(call) ?? 0) + 1),
    getCounts: () =>
      Object.fromEntries(MOCK_CALLS.map((call) => [call, counts.get(call) ?? 0])) as Record<MockCall, number>,
    getConcurrency: () => ({
      total: mostAll,
      perCounterparty: [...most.values()].reduce((a, b) => Math.max(a, b), 0),
      byInn: Object.fromEntries(most),
    }),
    reset() {
      counts.clear();
      most.clear();
      mostAll = all;
      for (const [inn, now] of running) most.set(inn, now);
    },
  };
}

/** INN of the counterparty of a call's queue. Null: payment orders and searches by reference wait in no queue. */
export function findQueueInn(base: Infobase, call: MockCall, params: unknown): string | null {
  const { contractor, counterpartyRef, ref } = (params ?? {}) as {
    contractor?: { inn: string };
    counterpartyRef?: string;
    ref?: string;
  };
  if (call === "upsertCounterparty" || call === "createAct") return contractor?.inn ?? null;
  if (call === "findLastAct") return base.counterparties.get(counterpartyRef ?? "")?.inn ?? null;
  if (call !== "voidAct") return null;
  const act = base.acts.get(ref ?? "") ?? base.acts.findByMarker(ref ?? "");
  return base.counterparties.get(act?.counterpartyRef ?? "")?.inn ?? null;
}
