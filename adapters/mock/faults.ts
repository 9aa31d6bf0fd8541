import type { Outcome, ProblemCode } from "../../core/errors.ts";
import { AdapterError } from "../../core/errors.ts";
import type { MockCall } from "./calls.ts";

/** How a call is made to fail. */
export interface MockFault {
  readonly outcome: Outcome;
  /** Default: `onec_rejected`, `onec_unavailable` or `onec_timeout`, by the outcome. */
  readonly code?: ProblemCode;
  readonly detail?: string;
  readonly field?: string;
  readonly retryAfterMs?: number;
  /** `before`: nothing is done. `after`: it is done, then the answer is lost. Default: `before`. */
  readonly when?: "before" | "after";
  /** How many calls in a row fail so. Default: 1. */
  readonly times?: number;
}

/** Faults by chance: the same `random` gives the same faults. */
export interface MockChaos {
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Share of calls that fail, 0 to 1. */
  readonly rate: number;
  /** Calls it touches. Default: all but `check`. */
  readonly calls?: readonly MockCall[];
  /** What may happen. Default: the call does not get there; it is lost on the way; its answer is lost. */
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

/** Faults that wait for their calls. */
export interface Faults {
  failNext(call: MockCall, fault: MockFault): void;
  setChaos(chaos: MockChaos | null): void;
  /** Forgets all faults and the chaos. */
  clear(): void;
  /** The fault of the call that begins now, or null. */
  take(call: MockCall): MockFault | null;
}

/** No faults yet. */
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
    take: (call) => waiting.get(call)?.shift() ?? (chance === null ? null : draw(chance, call)),
  };
}

/** The error that a fault stands for. */
export function createFaultError(call: MockCall, fault: MockFault): AdapterError {
  const { outcome, detail, field, retryAfterMs } = fault;
  return new AdapterError(fault.code ?? CODES[outcome], `The mock was told to fail ${call}`, {
    outcome,
    ...(detail === undefined ? {} : { detail }),
    ...(field === undefined ? {} : { field }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function draw(chaos: MockChaos, call: MockCall): MockFault | null {
  if (!(chaos.calls?.includes(call) ?? call !== "check")) return null;
  if (chaos.random() >= chaos.rate) return null;
  const faults = chaos.faults ?? CHANCES;
  return faults[Math.floor(chaos.random() * faults.length)] ?? null;
}
