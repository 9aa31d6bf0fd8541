import type { Answer, CallContext } from "../../core/adapter.ts";
import { PENDING } from "../../core/adapter.ts";
import { AdapterError } from "../../core/errors.ts";
import type { MockCall, Watch } from "./calls.ts";
import { queueInn } from "./calls.ts";
import type { Faults } from "./faults.ts";
import { faultError } from "./faults.ts";
import type { Infobase } from "./infobase.ts";

/** What a command that waited led to. */
export type MockAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: AdapterError };

/** What 1C does at each call, without faults, delays and counting. */
export type Operations = Readonly<Partial<Record<MockCall, (params: never) => unknown>>>;

/** {@link createEngine} */
export interface EngineParts {
  readonly base: Infobase;
  readonly operations: Operations;
  readonly faults: Faults;
  readonly watch: Watch;
  /** Waits: half before the work and half after it, so that a process killed meanwhile may leave either. */
  readonly wait: (call: MockCall, share: number) => Promise<void>;
  /** True when this call is to be answered later. */
  readonly isPending: (call: MockCall) => boolean;
}

/** Runs calls through everything that can happen to them on the way. */
export interface Engine {
  call<T>(call: MockCall, params: unknown, context: CallContext): Answer<T>;
  /** A call that is always answered at once. */
  direct<T>(call: MockCall, params: unknown): Promise<T>;
  /** Does a recorded command; null when none waits under this id. */
  answer(id: string): Promise<MockAnswer | null>;
}

/** An engine over its parts. */
export function createEngine(parts: EngineParts): Engine {
  const { base, watch } = parts;

  async function run<T>(call: MockCall, params: unknown): Promise<T> {
    const leave = watch.enter(queueInn(base, call, params));
    try {
      // Calls made together must be seen together, as over a network.
      await null;
      return (await attempt(parts, call, params)) as T;
    } finally {
      leave();
    }
  }

  return {
    async call<T>(call: MockCall, params: unknown, context: CallContext): Answer<T> {
      watch.count(call);
      if (!parts.isPending(call)) return run<T>(call, params);
      // The same id again is the same command: a relay that crashed asks once more.
      if (!base.commands.has(context.id)) {
        base.write({ action: "command.recorded", by: "relay", command: { id: context.id, call, params } });
      }
      return PENDING;
    },
    direct<T>(call: MockCall, params: unknown): Promise<T> {
      watch.count(call);
      return run<T>(call, params);
    },
    async answer(id) {
      const command = base.commands.get(id);
      if (command === undefined) return null;
      const answer = await run<unknown>(command.call, command.params).then(
        (value) => ({ ok: true, value }) as const,
        (error: AdapterError) => ({ ok: false, error }) as const,
      );
      base.write({ action: "command.answered", by: "relay", answered: id });
      return answer;
    },
  };
}

async function attempt(parts: EngineParts, call: MockCall, params: unknown): Promise<unknown> {
  const fault = parts.faults.take(call);
  await parts.wait(call, 0.5);
  if (fault !== null && fault.when !== "after") throw faultError(call, fault);
  const result = perform(parts.operations, call, params);
  await parts.wait(call, 0.5);
  // A lost answer hides a refusal as well as a success.
  if (fault !== null) throw faultError(call, fault);
  if (!result.ok) throw result.error;
  return result.value;
}

function perform(operations: Operations, call: MockCall, params: unknown): MockAnswer {
  try {
    const operation = operations[call] as ((params: unknown) => unknown) | undefined;
    return { ok: true, value: operation?.(structuredClone(params)) };
  } catch (error) {
    if (error instanceof AdapterError) return { ok: false, error };
    const options = { outcome: "rejected", cause: error } as const;
    return { ok: false, error: new AdapterError("onec_rejected", `The mock cannot take the data of ${call}`, options) };
  }
}
