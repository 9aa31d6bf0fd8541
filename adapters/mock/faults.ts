import { AdapterError, type Outcome, type ProblemCode } from "../../core/errors.ts";
import type { MockCall } from "./model.ts";

/** A failure of a call. */
export interface MockFault {
  readonly outcome: Outcome;
  /** Default: `onec_rejected`, `onec_unavailable` or `onec_timeout`, by the outcome. */
  readonly code?: ProblemCode;
  readonly detail?: string;
  readonly field?: string;
  readonly retryAfterMs?: number;
  /** `before`: nothing is done. `after`: the work is done, then the answer is lost. Default: `before`. */
  readonly when?: "before" | "after";
  /** Number of calls in a row with this fault. Default: 1. */
  readonly times?: number;
}

/** Random faults: the same `random` gives the same faults. */
export interface MockChaos {
  /** Returns a number from 0 up to 1, without 1. */
  readonly random: () => number;
  /** Share of failing calls, 0 to 1. */
  readonly rate: number;
  /** Calls with faults. Default: all but `check`. */
  readonly calls?: readonly MockCall[];
  /** Possible faults. Default: 1C is unavailable; the call is lost on the way; the answer is lost. */
  readonly faults?: readonly MockFault[];
}

const CODES: Record<Outcome, ProblemCode> = {
  rejected: "onec_rejected",
  unavailable: "onec_unavailable",
  uncertain: "onec_timeout",
};

const CHANCES: readonly MockFault[] = [
  { outcome: "unavailable" },
  { outcome: "uncertain", when: "before" },
  { outcome: "uncertain", when: "after" },
];

/** Planned faults of coming calls. */
export interface Faults {
  failNext(call: MockCall, fault: MockFault): void;
  setChaos(chaos: MockChaos | null): void;
  /** Forgets all faults and the chaos. */
  clear(): void;
  /** The fault of the call that begins now, or null. */
  take(call: MockCall): MockFault | null;
}

export function createFaults(): Faults {
  const waiting = new Map<MockCall, MockFault[]>();
  let chance: MockChaos | null = null;
  return {
    failNext(call, fault) {
      const queue = waiting.get(call) ?? [];
      for (let n = 0; n < (fault.times ?? 1); n += 1) queue.push(fault);
      waiting.set(call, queue);
    },
    setChaos(chaos) {
      chance = chaos;
    },
    clear() {
      waiting.clear();
      chance = null;
    },
    take: (call) => waiting.get(call)?.shift() ?? (chance === null ? null : drawFault(chance, call)),
  };
}

/** Creates the error of a fault. */
export function createFaultError(call: MockCall, fault: MockFault): AdapterError {
  const { outcome, detail, field, retryAfterMs } = fault;
  return new AdapterError(fault.code ?? CODES[outcome], `The mock was told to fail ${call}`, {
    outcome,
    ...(detail === undefined ? {} : { detail }),
    ...(field === undefined ? {} : { field }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function drawFault(chaos: MockChaos, call: MockCall): MockFault | null {
  if (!(chaos.calls?.includes(call) ?? call !== "check")) return null;
  if (chaos.random() >= chaos.rate) return null;
  const faults = chaos.faults ?? CHANCES;
  return faults[Math.floor(chaos.random() * faults.length)] ?? null;
}
