import { newMessage } from "../notices.ts";
import type { Change } from "../store.ts";
import { askAgain, type LateAnswer } from "./call.ts";
import { commit, type RelayContext } from "./context.ts";
import type { Message } from "./message.ts";

/** A call that the accounting system fetches and does by itself. */
export interface Command {
  /** Id of the call, for `relay.answer`. */
  readonly id: string;
  /** What the adapter left with the call: plain JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** {@link Relay.commands} */
export interface CommandsParams {
  /** Who executes. One that asks again holds nothing any more: it is given again what it was given before. */
  readonly worker: string;
  /** At most so many. */
  readonly limit: number;
  /** For how long no other worker is given them, milliseconds. */
  readonly leaseMs: number;
}

/** A request of 1C's or the answer to it: `webhookId` is the one it is signed under. */
export interface SignedMessage {
  readonly webhookId: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A request, and when it was signed: epoch ms of the sender's clock, to the second. */
export interface SignedRequest extends SignedMessage {
  readonly signedAt: number;
}

/** Hands out commands to an infobase that fetches them, and takes its results. The signatures are the caller's business. */
export interface CommandDesk {
  /**
   * Longest body of a result that is posted to this command under this `webhook-id`. Asked before the signature can be
   * looked at: a large one is read only where a printed form is waited for.
   */
  largest(id: string, webhookId: string): Promise<number>;
  /**
   * Answers `claim`: waits for the first command as long as was asked, at most 25 s, or until `gone`. Throws
   * {@link RequestError}: `malformed`, `validation_failed`, `webhook_id_conflict` for one that was answered before.
   */
  claim(request: SignedRequest, gone: AbortSignal): Promise<SignedMessage>;
  /** Takes a result, durably. Throws {@link RequestError}: `malformed`, `validation_failed`, `storage_unavailable`. */
  result(id: string, request: SignedMessage & { readonly contentType: string | null }): Promise<SignedMessage>;
  /** A command may have appeared: those who wait look at once. Give it the relay's `onWork`. */
  wake(): void;
  /** Lets everybody go who waits, for a server that stops. */
  close(): void;
}

/**
 * Gives out commands that wait, oldest first. A parked message is its command, so a command is as durable as the work
 * itself, and the queue of a counterparty holds back the next one until the former is answered.
 */
export async function giveCommands(context: RelayContext, params: CommandsParams): Promise<readonly Command[]> {
  const { worker: owner, limit, leaseMs } = params;
  for (;;) {
    const now = context.clock();
    const messages = await context.store.claimParked({ owner, limit, now, leaseUntil: now + leaseMs });
    const strays = messages.filter((message) => commandOf(message) === null);
    // Left by an adapter that was answered in another way: asked anew, of the one that there is now.
    if (strays.length > 0) {
      await commit(
        context,
        strays.map((message) => askAgain(message, now)),
      );
    }
    if (strays.length === 0 || strays.length < messages.length)
      return messages.flatMap((message) => commandOf(message) ?? []);
  }
}

/** The command that waits under this id to be answered, or null. */
export async function waitingCommand(context: RelayContext, callId: string): Promise<Command | null> {
  const message = await context.store.message(callId.split(":")[0] ?? "");
  const command = message === null ? null : commandOf(message);
  return command?.id === callId ? command : null;
}

/** The step of {@link connectionCheck} in its call's id. */
const CHECK = "check";

/**
 * A command that no act needs: a check of a 1C that fetches its commands, left by a process that has no 1C to ask. Committed as
 * a message, it is given out by whichever process 1C comes to, also while `accounting` is stopped; the answer stays in it.
 * `id`: without a colon.
 */
export function connectionCheck(id: string, at: number, command: Command["body"]): Message {
  const seed = {
    lane: "accounting",
    kind: "connection.check",
    queueKey: null,
    endpoint: "check",
    payload: {},
  } as const;
  const journal = { awaiting: `${id}:${CHECK}:0`, step: CHECK, command };
  return { ...newMessage(id, null, at, seed), state: "parked", journal };
}

/** What has become of a {@link connectionCheck}, as the store has it now. */
export function connectionAnswer(message: Message | null): LateAnswer | "waiting" | "fetched" {
  const answers = (message?.journal.answers ?? {}) as Readonly<Record<string, LateAnswer>>;
  return answers[CHECK] ?? (message?.lease == null ? "waiting" : "fetched");
}

/** Takes back a {@link connectionCheck} that nobody has answered: it is given out no more. */
export function withdrawCheck({ id, journal }: Message, dueAt: number): Change {
  return {
    type: "requeue",
    messageId: id,
    from: ["parked"],
    awaiting: String(journal.awaiting),
    dueAt,
    journal: {},
    restart: false,
  };
}

function commandOf({ state, journal }: Message): Command | null {
  const { awaiting, command } = journal as { awaiting?: string; command?: Command["body"] };
  return state !== "parked" || awaiting === undefined || command === undefined ? null : { id: awaiting, body: command };
}
