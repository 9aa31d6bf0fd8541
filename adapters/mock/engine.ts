import { type AdapterAnswer, type CallContext, PENDING } from "../../core/adapter.ts";
import { AdapterError, type Outcome, type ProblemCode } from "../../core/errors.ts";
import { findQueueInn, type Watch } from "./calls.ts";
import { createFaultError, type Faults } from "./faults.ts";
import type { Infobase } from "./infobase.ts";
import type { MockCall } from "./model.ts";

/** Answer of a recorded command, in the shape of the second argument of `relay.takeAnswer`. */
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

/** Work of 1C for each call, without faults, delays and counting. */
export type Operations = Readonly<Partial<Record<MockCall, (params: never) => unknown>>>;

/** Parts of an engine. */
export interface EngineParts {
  readonly base: Infobase;
  readonly operations: Operations;
  readonly faults: Faults;
  readonly watch: Watch;
  /** Waits a share of the call's delay: half before the work, half after. A killed process may leave either state. */
  readonly wait: (call: MockCall, share: number) => Promise<void>;
  /** Tells whether this call is answered later. */
  readonly isPending: (call: MockCall) => boolean;
}

/** Runs calls with faults, delays and counting. */
export interface Engine {
  call<T>(call: MockCall, params: unknown, context: CallContext): AdapterAnswer<T>;
  /** Runs a call and answers at once, also in pending mode. */
  callNow<T>(call: MockCall, params: unknown): Promise<T>;
  /** Runs a recorded command; null when no command waits under this id. */
  answer(id: string): Promise<MockAnswer | null>;
}

export function createEngine(parts: EngineParts): Engine {
  const { base, watch } = parts;

  async function run<T>(call: MockCall, params: unknown): Promise<T> {
    const leave = watch.enter(findQueueInn(base, call, params));
    try {
      // Calls started together must be counted as simultaneous, as over a network.
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
      // An equal id means the same command: a relay asks again after a crash.
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

/** Does the work at once; the returned function gives the answer or throws the refusal. */
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
  return { code, outcome, message, ...(detail === null ? {} : { detail }), ...(field === null ? {} : { field }) };
}
