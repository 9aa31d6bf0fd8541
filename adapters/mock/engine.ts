import type { AdapterAnswer, CallContext } from "../../core/adapter.ts";
import { PENDING } from "../../core/adapter.ts";
import type { Outcome, ProblemCode } from "../../core/errors.ts";
import { AdapterError } from "../../core/errors.ts";
import type { MockCall, Watch } from "./calls.ts";
import { findQueueInn } from "./calls.ts";
import type { Faults } from "./faults.ts";
import { createFaultError } from "./faults.ts";
import type { Infobase } from "./infobase.ts";

/** What a command that waited led to, in the shape that `relay.answer` takes. */
export type MockAnswer =
  | { readonly value: unknown }
  | {
      readonly error: {
        readonly code: ProblemCode;
        readonly outcome: Outcome;
        readonly message: string;
        readonly detail?: string;
        readonly field?: string;
      };
    };

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
  call<T>(call: MockCall, params: unknown, context: CallContext): AdapterAnswer<T>;
  /** A call that is always answered at once. */
  callNow<T>(call: MockCall, params: unknown): Promise<T>;
  /** Does a recorded command; null when none waits under this id. */
  answer(id: string): Promise<MockAnswer | null>;
}

/** An engine over its parts. */
export function createEngine(parts: EngineParts): Engine {
  const { base, watch } = parts;

  async function run<T>(call: MockCall, params: unknown): Promise<T> {
    const leave = watch.enter(findQueueInn(base, call, params));
    try {
      // Calls made together must be seen together, as over a network.
      await null;
      return (await runWithFaults(parts, call, params)) as T;
    } finally {
      leave();
    }
  }

  return {
    async call<T>(call: MockCall, params: unknown, context: CallContext): AdapterAnswer<T> {
      watch.count(call);
      if (!parts.isPending(call)) return run<T>(call, params);
      // The same id again is the same command: a relay that crashed asks once more.
      if (!base.commands.has(context.id)) {
        base.write({ action: "command.recorded", by: "relay", command: { id: context.id, call, params } });
      }
      return PENDING;
    },
    callNow<T>(call: MockCall, params: unknown): Promise<T> {
      watch.count(call);
      return run<T>(call, params);
    },
    async answer(id) {
      const command = base.commands.get(id);
      if (command === undefined) return null;
      const answer = await run<unknown>(command.call, command.params).then(
        (value) => ({ value }),
        (error: AdapterError) => ({ error: toPlainError(error) }),
      );
      base.write({ action: "command.answered", by: "relay", answered: id });
      return answer;
    },
  };
}

async function runWithFaults(parts: EngineParts, call: MockCall, params: unknown): Promise<unknown> {
  const fault = parts.faults.take(call);
  await parts.wait(call, 0.5);
  if (fault !== null && fault.when !== "after") throw createFaultError(call, fault);
  const finish = perform(parts.operations, call, params);
  await parts.wait(call, 0.5);
  // A lost answer hides a refusal as well as a success.
  if (fault !== null) throw createFaultError(call, fault);
  return finish();
}

/** Does the work at once; its answer or refusal is given by the function returned. */
function perform(operations: Operations, call: MockCall, params: unknown): () => unknown {
  try {
    const operation = operations[call] as ((params: unknown) => unknown) | undefined;
    const value = operation?.(structuredClone(params));
    return () => value;
  } catch (cause) {
    const message = `The mock cannot take the data of ${call}`;
    const error =
      cause instanceof AdapterError
        ? cause
        : new AdapterError("onec_rejected", message, { outcome: "rejected", cause });
    return () => {
      throw error;
    };
  }
}

function toPlainError({ code, outcome, message, detail, field }: AdapterError) {
  return {
    code,
    outcome,
    message,
    ...(detail === null ? {} : { detail }),
    ...(field === null ? {} : { field }),
  };
}
