import type { Adapter } from "../../core/adapter.ts";
import type { Infobase } from "./infobase.ts";

/** Name of one of the adapter's calls. */
export type MockCall = Exclude<keyof Adapter, "name" | "flags" | "timeoutMs">;

/** All calls. */
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

/** What was observed of the calls so far. */
export interface MockConcurrency {
  /** Most calls at one time. */
  readonly total: number;
  /** Most upserts, searches for the last act, creations and voids of one counterparty at one time. */
  readonly perCounterparty: number;
  /** The same by INN. */
  readonly byInn: Readonly<Record<string, number>>;
}

/** Counts calls, in all and at one time. */
export interface Watch {
  /** A call begins; returns what to call at its end. `inn`: the counterparty whose queue it belongs to. */
  enter(inn: string | null): () => void;
  count(call: MockCall): void;
  getCounts(): Record<MockCall, number>;
  getConcurrency(): MockConcurrency;
  reset(): void;
}

/** Nothing counted yet. */
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

/**
 * INN of the counterparty whose queue a call belongs to, or null. Payment orders and searches by reference wait for
 * nobody, so they do not count.
 */
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
