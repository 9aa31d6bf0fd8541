import type { CommandBody, Job } from "../job.ts";
import { commit } from "./commit.ts";
import type { RelayContext } from "./options.ts";
import { requeueParked } from "./requeue.ts";

/** A call that the accounting system fetches and executes by itself. */
export interface Command {
  /** Id of the call, for `relay.takeAnswer`. */
  readonly id: string;
  /** Command in the adapter's own shape: plain JSON. */
  readonly body: CommandBody;
}

/** A request for commands, see {@link Relay.fetchCommands}. */
export interface FetchCommandsParams {
  /** Name of the executing worker. A worker asks only when idle, so a second request gets the same commands again. */
  readonly worker: string;
  /** Most commands to lease. */
  readonly limit: number;
  /** Time during which no other worker gets these commands, milliseconds; at most five minutes count. */
  readonly leaseMs: number;
}

/** Longest lease of a fetched command, milliseconds. */
export const LONGEST_COMMAND_LEASE = 5 * 60_000;

/** A signed request of 1C, or the relay's signed answer. `webhookId`: the id in the signature. */
export interface SignedMessage {
  readonly webhookId: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A request and the time of signing: epoch ms of the sender's clock, to the second. */
export interface SignedRequest extends SignedMessage {
  readonly signedAt: number;
}

/** Gives commands to an infobase in pull mode and takes the results. The caller checks and makes signatures. */
export interface CommandQueue {
  /**
   * Longest body of a result for this command under this `webhook-id`, bytes. The server asks before the check of the
   * signature, so only an awaited printed form may be large.
   */
  getBodyLimit(id: string, webhookId: string): Promise<number>;
  /**
   * Answers `claim`: waits for the first command as long as 1C asked, at most 25 s, or until `gone`.
   * Throws {@link RequestError}: `malformed`, `validation_failed`, `webhook_id_conflict` for an answered request.
   */
  fetch(request: SignedRequest, gone: AbortSignal): Promise<SignedMessage>;
  /** Takes a result, durably. Throws {@link RequestError}: `malformed`, `validation_failed`, `storage_unavailable`. */
  takeResult(id: string, request: SignedMessage & { readonly contentType: string | null }): Promise<SignedMessage>;
  /** Lets all waiting requests look for new commands at once. Call from the relay's `onWork`. */
  wake(): void;
  /** Ends all waiting requests when the server stops. */
  close(): void;
}

/**
 * Leases waiting commands, oldest first. Each command is stored in the parked job, so both are equally durable.
 * A parked job keeps the order key, so the counterparty's next job waits for the answer.
 */
export async function fetchCommands(context: RelayContext, params: FetchCommandsParams): Promise<readonly Command[]> {
  const { worker: owner, limit } = params;
  const leaseMs = Math.min(params.leaseMs, LONGEST_COMMAND_LEASE);
  for (;;) {
    const now = context.clock();
    const jobs = await context.store.leaseParkedJobs({ owner, limit, now, leaseUntil: now + leaseMs });
    const strays = jobs.filter((job) => commandOf(job) === null);
    // A former adapter, with another way to answer, parked these jobs: the present adapter makes the calls anew.
    const writes = strays.map((job) => requeueParked(job, now));
    if (writes.length > 0) await commit(context, writes);
    if (strays.length === 0 || strays.length < jobs.length) return jobs.flatMap((job) => commandOf(job) ?? []);
  }
}

/** The unanswered command under this call id, or null. */
export async function findCommand(context: RelayContext, callId: string): Promise<Command | null> {
  const job = await context.store.getJob(callId.split(":")[0] ?? "");
  const command = job === null ? null : commandOf(job);
  return command?.id === callId ? command : null;
}

function commandOf(job: Job): Command | null {
  const { state, awaiting } = job;
  const { command } = job.progress;
  return state !== "parked" || awaiting === null || command === undefined ? null : { id: awaiting, body: command };
}
