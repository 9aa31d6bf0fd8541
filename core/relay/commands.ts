import type { CommandBody, Job } from "../job.ts";
import { commit } from "./commit.ts";
import type { RelayContext } from "./options.ts";
import { requeueParked } from "./requeue.ts";

/** A call that the accounting system fetches and does by itself. */
export interface Command {
  /** Id of the call, for `relay.answer`. */
  readonly id: string;
  /** What the adapter left with the call: plain JSON. */
  readonly body: CommandBody;
}

/** {@link Relay.fetchCommands} */
export interface FetchCommandsParams {
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
export interface CommandQueue {
  /**
   * Longest body of a result that is posted to this command under this `webhook-id`. Asked before the signature can be
   * looked at: a large one is read only where a printed form is waited for.
   */
  getBodyLimit(id: string, webhookId: string): Promise<number>;
  /**
   * Answers `claim`: waits for the first command as long as was asked, at most 25 s, or until `gone`. Throws
   * {@link RequestError}: `malformed`, `validation_failed`, `webhook_id_conflict` for one that was answered before.
   */
  fetch(request: SignedRequest, gone: AbortSignal): Promise<SignedMessage>;
  /** Takes a result, durably. Throws {@link RequestError}: `malformed`, `validation_failed`, `storage_unavailable`. */
  takeResult(id: string, request: SignedMessage & { readonly contentType: string | null }): Promise<SignedMessage>;
  /** A command may have appeared: those who wait look at once. Give it the relay's `onWork`. */
  wake(): void;
  /** Lets everybody go who waits, for a server that stops. */
  close(): void;
}

/**
 * Gives out commands that wait, oldest first. A parked message is its command, so a command is as durable as the work
 * itself, and the queue of a counterparty holds back the next one until the former is answered.
 */
export async function fetchCommands(context: RelayContext, params: FetchCommandsParams): Promise<readonly Command[]> {
  const { worker: owner, limit, leaseMs } = params;
  for (;;) {
    const now = context.clock();
    const messages = await context.store.leaseParkedJobs({ owner, limit, now, leaseUntil: now + leaseMs });
    const strays = messages.filter((message) => commandOf(message) === null);
    // Left by an adapter that was answered in another way: asked anew, of the one that there is now.
    if (strays.length > 0) {
      await commit(
        context,
        strays.map((message) => requeueParked(message, now)),
      );
    }
    if (strays.length === 0 || strays.length < messages.length)
      return messages.flatMap((message) => commandOf(message) ?? []);
  }
}

/** The command that waits under this id to be answered, or null. */
export async function findCommand(context: RelayContext, callId: string): Promise<Command | null> {
  const message = await context.store.getJob(callId.split(":")[0] ?? "");
  const command = message === null ? null : commandOf(message);
  return command?.id === callId ? command : null;
}

function commandOf(job: Job): Command | null {
  const { state, awaiting, progress } = job;
  const { command } = progress;
  return state !== "parked" || awaiting === null || command === undefined ? null : { id: awaiting, body: command };
}
