import type { Adapter } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import type { Organization } from "../../core/parties.ts";
import { type Accountant, createAccountant } from "./accountant.ts";
import { createWatch, type MockConcurrency } from "./calls.ts";
import { checkInfobase } from "./check.ts";
import { upsertCounterparty } from "./counterparties.ts";
import {
  createAct,
  createPaymentOrder,
  findAct,
  findLastAct,
  findPaymentOrder,
  getPaymentStates,
  locateAct,
  voidAct,
} from "./documents.ts";
import { createEngine, type Engine, type MockAnswer, type Operations } from "./engine.ts";
import { createFaults, type Faults } from "./faults.ts";
import { type Infobase, openInfobase } from "./infobase.ts";
import type { MockJournal } from "./journal.ts";
import { listDocuments } from "./listing.ts";
import type { MockBank, MockCall, MockEffect, MockSnapshot } from "./model.ts";
import { MOCK_ORGANIZATION } from "./organization.ts";
import { createRefusal } from "./refusal.ts";

export type { Accountant as MockHands, ActByHand, ActEdit, CardByHand, CardEdit } from "./accountant.ts";
export { MOCK_CALLS, type MockConcurrency } from "./calls.ts";
export type { MockAnswer } from "./engine.ts";
export type { Faults as MockFaults, MockChaos, MockFault } from "./faults.ts";
export type { MockJournal } from "./journal.ts";
export type {
  MockAccount,
  MockAct,
  MockActLine,
  MockBank,
  MockCall,
  MockCommand,
  MockCounterparty,
  MockEffect,
  MockPaymentOrder,
  MockSettings,
  MockSnapshot,
} from "./model.ts";
export { MOCK_ORGANIZATION } from "./organization.ts";

/** Options of the mock. */
export interface MockOptions {
  /** Default: `mock`. */
  readonly name?: string;
  /** Default: {@link MOCK_ORGANIZATION}. */
  readonly organization?: Organization;
  /** Returns today in the business time zone: the day of people's actions in 1C without a named day. */
  readonly today?: () => PlainDate;
  /** Default: 5000. */
  readonly timeoutMs?: number;
  /** PDF printed by 1C. Absent: `flags.prints` is absent too, and core draws the form. */
  readonly prints?: Uint8Array;
  /** Sets `flags.pushesEvents`. The user of the mock then delivers the events, see `mock.onChange`. */
  readonly pushesEvents?: boolean;
  /** `confirm`: a card not made by the relay is updated only with `confirmed`. Default: `always`. */
  readonly updateExisting?: "always" | "confirm";
  /** Banks of the classifier. Default: every BIC is known. */
  readonly banks?: readonly MockBank[];
  /** Every call but `check` is answered later, by `mock.answer`. Default: false. */
  readonly pending?: boolean;
  /** Duration of calls in milliseconds; needs `sleep`. */
  readonly delayMs?: number | Partial<Record<MockCall, number>>;
  readonly sleep?: (ms: number) => Promise<void>;
  /** Keeps the infobase between processes. Absent: the infobase lives in memory only. */
  readonly journal?: MockJournal;
}

/** Inspection and steering of the mock. */
export interface MockControl extends Accountant, Omit<Faults, "take" | "clear"> {
  /** Forgets all waiting faults and the chaos. */
  clearFaults(): void;
  /** Sets the duration of later calls of this name. */
  delay(call: MockCall, ms: number): void;
  /** Switches pending mode for all calls. */
  setPending(pending: boolean): void;
  /** Makes the next calls of this name pending. Default of `times`: 1. */
  pendNext(call: MockCall, times?: number): void;
  /** Runs a recorded command and returns the answer to deliver; null when no command waits under this id. */
  answer(callId: string): Promise<MockAnswer | null>;
  /** Number of calls of each name. */
  getCallCounts(): Record<MockCall, number>;
  getConcurrency(): MockConcurrency;
  /** Resets the call counts and the concurrency. */
  resetCounts(): void;
  /** A deep copy of the infobase. */
  takeSnapshot(): MockSnapshot;
  /** Calls `listener` after every write, also of an accountant; the returned function unsubscribes. */
  onChange(listener: (effect: MockEffect) => void): () => void;
}

/** A small 1C in memory: an adapter with inspection and steering. */
export interface MockAdapter extends Adapter {
  readonly mock: MockControl;
}

/**
 * Makes a mock of 1C, in memory or over a journal. 1C's rules hold for cards, acts, orders and closed periods.
 *
 * @throws {TypeError} when a delay is set without `sleep`
 *
 * @example
 * const adapter = createMockAdapter();
 * adapter.mock.failNext("createAct", { outcome: "uncertain", when: "after" });
 */
export function createMockAdapter(options: MockOptions = {}): MockAdapter {
  const base = openInfobase(options);
  const faults = createFaults();
  const watch = createWatch();
  const pace = createPace(options);
  const pending = createPending(options.pending ?? false);
  const operations = createOperations(base, options);
  const engine = createEngine({ base, operations, faults, watch, wait: pace.wait, isPending: pending.take });
  return {
    name: options.name ?? "mock",
    flags: {
      ...(options.prints === undefined ? {} : { prints: true }),
      ...(options.pushesEvents === true ? { pushesEvents: true } : {}),
    },
    timeoutMs: options.timeoutMs ?? 5000,
    ...createCalls(engine),
    ...(options.prints === undefined
      ? {}
      : { printAct: (params, context) => engine.call("printAct", params, context) }),
    mock: {
      ...createAccountant(base, options.today),
      failNext: faults.failNext,
      setChaos: faults.setChaos,
      clearFaults: faults.clear,
      delay: pace.set,
      setPending: pending.set,
      pendNext: pending.next,
      answer: engine.answer,
      getCallCounts: watch.getCounts,
      getConcurrency: watch.getConcurrency,
      resetCounts: watch.reset,
      takeSnapshot: base.takeSnapshot,
      onChange: base.onWrite,
    },
  };
}

function createCalls(engine: Engine): Omit<Adapter, "name" | "flags" | "timeoutMs" | "printAct"> {
  return {
    getOrganization: (context) => engine.call("getOrganization", null, context),
    upsertCounterparty: (params, context) => engine.call("upsertCounterparty", params, context),
    findLastAct: (params, context) => engine.call("findLastAct", params, context),
    createAct: (params, context) => engine.call("createAct", params, context),
    findAct: (params, context) => engine.call("findAct", params, context),
    voidAct: (params, context) => engine.call("voidAct", params, context),
    createPaymentOrder: (params, context) => engine.call("createPaymentOrder", params, context),
    findPaymentOrder: (params, context) => engine.call("findPaymentOrder", params, context),
    getPaymentStates: (refs, context) => engine.call("getPaymentStates", refs, context),
    listDocuments: (params, context) => engine.call("listDocuments", params, context),
    check: (asked) => engine.callNow("check", asked),
  };
}

function createOperations(base: Infobase, options: MockOptions): Operations {
  const organization = options.organization ?? MOCK_ORGANIZATION;
  const updateExisting = options.updateExisting ?? "always";
  type Params<C extends MockCall> = Parameters<NonNullable<Adapter[C]>>[0];
  return {
    getOrganization: () => structuredClone(organization),
    upsertCounterparty: (params: Params<"upsertCounterparty">) => upsertCounterparty(base, params, updateExisting),
    findLastAct: (params: Params<"findLastAct">) => findLastAct(base, params),
    createAct: (params: Params<"createAct">) => createAct(base, params),
    findAct: (params: Params<"findAct">) => findAct(base, params),
    printAct: (params: Params<"printAct">) => getForm(base, params.ref, options.prints ?? new Uint8Array()),
    voidAct: (params: Params<"voidAct">) => voidAct(base, params.ref),
    createPaymentOrder: (params: Params<"createPaymentOrder">) => createPaymentOrder(base, params),
    findPaymentOrder: (params: Params<"findPaymentOrder">) => findPaymentOrder(base, params.ref),
    getPaymentStates: (refs: Params<"getPaymentStates">) => getPaymentStates(base, refs),
    listDocuments: (params: Params<"listDocuments">) => listDocuments(base, params),
    check: (asked: Params<"check">) =>
      checkInfobase(base, { organization, write: asked.write, today: options.today?.() }),
  };
}

function getForm(base: Infobase, ref: string, pdf: Uint8Array): Uint8Array {
  if (locateAct(base, ref) !== null) return pdf.slice();
  throw createRefusal("print_failed", "There is no such act to print", `Акт не найден: ${ref}`);
}

function createPace({ delayMs = 0, sleep }: MockOptions) {
  const delays = new Map<MockCall, number>();
  const common = typeof delayMs === "number" ? delayMs : 0;
  function set(call: MockCall, ms: number): void {
    if (ms > 0 && sleep === undefined) throw new TypeError("A delay needs the option sleep");
    delays.set(call, ms);
  }
  if (common > 0 && sleep === undefined) throw new TypeError("A delay needs the option sleep");
  if (typeof delayMs !== "number") for (const [call, ms] of Object.entries(delayMs)) set(call as MockCall, ms);
  return {
    set,
    async wait(call: MockCall, share: number) {
      const ms = (delays.get(call) ?? common) * share;
      if (ms > 0) await sleep?.(ms);
    },
  };
}

function createPending(initially: boolean) {
  let all = initially;
  const coming = new Map<MockCall, number>();
  return {
    set: (pending: boolean) => {
      all = pending;
    },
    next: (call: MockCall, times = 1) => void coming.set(call, (coming.get(call) ?? 0) + times),
    take(call: MockCall) {
      const left = coming.get(call) ?? 0;
      if (left > 0) coming.set(call, left - 1);
      return all || left > 0;
    },
  };
}
