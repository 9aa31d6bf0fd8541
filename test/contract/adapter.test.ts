import type { MockAdapter, MockFault, MockOptions } from "../../adapters/mock/index.ts";
import { createMockAdapter } from "../../adapters/mock/index.ts";
import type { Adapter, CallContext } from "../../core/adapter.ts";
import { PENDING } from "../../core/adapter.ts";
import { AdapterError } from "../../core/errors.ts";
import { mockHands } from "../support/mock-hands.ts";
import type { AdapterHarness, HarnessSettings, WriteCall } from "./adapter.ts";
import { adapterContract } from "./adapter.ts";

const PDF = new TextEncoder().encode("%PDF-1.4\n%%EOF\n");

adapterContract("mock in memory", async (settings) => {
  const adapter = createMockAdapter({ ...settings, prints: PDF });
  return harnessOf(() => adapter, adapter);
});

adapterContract("mock without printing", async (settings) => {
  const adapter = createMockAdapter(settings);
  return harnessOf(() => adapter, adapter);
});

adapterContract("mock reopened from its journal before every call", async (settings) => {
  const open = reopening({ ...settings, prints: PDF });
  return harnessOf(open.next, eachTime(open.next), open.fault);
});

adapterContract("mock in pending mode", async (settings) => {
  const adapter = createMockAdapter({ ...settings, prints: PDF, pending: true });
  return harnessOf(
    () => adapter,
    answered(adapter, () => adapter),
  );
});

adapterContract("mock in pending mode, reopened before every answer", async (settings) => {
  const open = reopening({ ...settings, prints: PDF, pending: true });
  return harnessOf(
    open.next,
    answered(
      eachTime(() => open.next()),
      open.next,
    ),
    open.fault,
  );
});

function harnessOf(
  open: () => MockAdapter,
  adapter: Adapter,
  fault: (call: WriteCall, fault: MockFault) => void = (call, given) => open().mock.failNext(call, given),
): AdapterHarness {
  return { adapter, hands: mockHands(open), fault, teardown: async () => undefined };
}

/** A new mock over the same journal at each call. Faults are no part of the infobase, so each new mock gets the faults anew. */
function reopening(options: MockOptions & HarnessSettings) {
  const lines: string[] = [];
  const journal = { read: () => lines, append: (line: string) => void lines.push(line) };
  const faults: [WriteCall, MockFault][] = [];
  return {
    fault: (call: WriteCall, fault: MockFault) => void faults.push([call, fault]),
    next(call?: string): MockAdapter {
      const adapter = createMockAdapter({ ...options, journal });
      for (const [name, fault] of faults) adapter.mock.failNext(name, fault);
      const used = faults.findIndex(([name]) => name === call);
      if (used >= 0) faults.splice(used, 1);
      return adapter;
    },
  };
}

/** Creates an adapter that sends every call to a mock from `open`. */
function eachTime(open: (call?: string) => MockAdapter): Adapter {
  return overCalls(open(), (call, args) => {
    const adapter = open(call) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    return adapter[call]!(...args);
  });
}

/** Creates an adapter that fetches the answers of pending calls, like a relay. */
function answered(adapter: Adapter, open: (call?: string) => MockAdapter): Adapter {
  const calls = adapter as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  return overCalls(adapter, async (call, args) => {
    const value = await calls[call]!(...args);
    if (value !== PENDING) return value;
    const answer = await open(call).mock.answer((args.at(-1) as CallContext).id);
    if (answer === null) throw new Error("the command was lost");
    if ("value" in answer) return answer.value;
    throw new AdapterError(answer.error.code, answer.error.message, answer.error);
  });
}

function overCalls(adapter: Adapter, call: (name: string, args: unknown[]) => Promise<unknown>): Adapter {
  const entries = Object.entries(adapter).map(([name, value]) => [
    name,
    typeof value === "function" ? (...args: unknown[]) => call(name, args) : value,
  ]);
  return Object.fromEntries(entries) as Adapter;
}
