import { type Adapter, type CallContext, PENDING } from "../../../core/adapter.ts";
import { AdapterError } from "../../../core/errors.ts";
import type { Command, LateAnswer, Relay } from "../../../core/relay/index.ts";

/** The part of a relay that keeps parked calls, in memory: for an adapter that is tried without one. */
export interface Parked {
  readonly relay: Pick<Relay, "fetchCommands" | "findCommand" | "takeAnswer">;
  /** The same adapter, whose pending calls wait until `turn` has brought their answers. */
  answered(adapter: Adapter, turn: () => Promise<unknown>): Adapter;
}

/** Nothing parked yet. */
export function createParked(): Parked {
  const commands = new Map<string, Command>();
  const answers = new Map<string, LateAnswer>();
  let running: Promise<unknown> = Promise.resolve();

  async function ask(
    call: (context: CallContext) => Promise<unknown>,
    context: CallContext,
    turn: () => Promise<unknown>,
  ) {
    const leaveCommand = (body: Command["body"]) => void commands.set(context.id, { id: context.id, body });
    const value = await call({ ...context, leaveCommand });
    if (value !== PENDING) return value;
    // One job in 1C at a time, whoever waits for it.
    running = running.then(turn, turn);
    const died = await running.then(
      () => null,
      (error: unknown) => error,
    );
    const answer = answers.get(context.id);
    if (answer === undefined) {
      throw new AdapterError("onec_timeout", "Nobody answered", { outcome: "uncertain", cause: died });
    }
    if ("value" in answer) return answer.value;
    throw new AdapterError(answer.error.code, answer.error.message, answer.error);
  }

  return {
    relay: {
      fetchCommands: async ({ limit }) => [...commands.values()].slice(0, limit),
      findCommand: async (id) => commands.get(id) ?? null,
      async takeAnswer(id, answer) {
        if (!commands.delete(id)) return "unknown";
        answers.set(id, answer);
        return "taken";
      },
    },
    answered(adapter, turn) {
      const calls = Object.entries(adapter).map(([name, member]) => [
        name,
        typeof member !== "function" || name === "check"
          ? member
          : (...args: unknown[]) =>
              ask(
                (context) => (member as (...args: unknown[]) => Promise<unknown>)(...args.slice(0, -1), context),
                args.at(-1) as CallContext,
                turn,
              ),
      ]);
      return Object.fromEntries(calls) as Adapter;
    },
  };
}
