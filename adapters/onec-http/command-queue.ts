import * as v from "valibot";
import { RequestError } from "../../core/errors.ts";
import type { LateAnswer } from "../../core/job.ts";
import type { Command, CommandQueue, SignedMessage, SignedRequest } from "../../core/relay/commands.ts";
import type { Relay } from "../../core/relay/relay.ts";
import type { Store } from "../../core/store.ts";
import { decode, encode, interpretAnswer, isPdf, parseResult, readMessage, toUnreadableAnswer } from "./messages.ts";
import {
  claimRequestSchema,
  isRequestId,
  LIMITS,
  OPERATIONS,
  type Operation,
  type Params,
  PROTOCOL_VERSION,
  type RequestMessage,
  toAnswerId,
} from "./protocol.ts";

/** Options of the command queue. */
export interface CommandQueueOptions {
  readonly relay: Pick<Relay, "fetchCommands" | "findCommand" | "takeAnswer">;
  /**
   * Keeps the last seen request of 1C, named `accounting`, and the ids of answered requests. No process over the store
   * answers a request again.
   */
  readonly store: Pick<Store, "commit">;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Calls `run` once after `ms` milliseconds; the returned function cancels. Default: `setTimeout`. */
  readonly timer?: (run: () => void, ms: number) => () => void;
}

/** Marks a command with a wanted raw result. The mark is no part of the protocol, so 1C never gets the mark. */
export const KEPT_WHOLE = "keptWhole";

/** Pause before an unchanged last seen request is stored again. */
const STORE_EVERY_MS = 60_000;
/** Pause between two looks for commands: another process may have left a command. */
const LOOK_EVERY_MS = 500;
/** Lease of fetched commands: an unanswered command then goes to another worker. */
const LEASE_SECONDS = 300;
/** Time to keep an answered request's id: longer than a signature is valid, both ways. */
const REMEMBER_MS = 11 * 60_000;

/** Creates a command queue. Commands live in the relay's store, so any process over the store may give commands out. */
export function createCommandQueue(options: CommandQueueOptions): CommandQueue {
  const { relay, store, clock, timer = startTimer } = options;
  const waiting = new Map<string, () => void>();
  let closed = false;
  let lastStored = { at: 0, text: "" };
  const pauses = new Set<() => void>();

  /** Resolves at a wake, after `ms`, or when the caller goes. */
  function pause(ms: number, gone: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        pauses.delete(end);
        gone.removeEventListener("abort", end);
        resolve();
      };
      const cancel = timer(end, ms);
      pauses.add(end);
      gone.addEventListener("abort", end, { once: true });
    });
  }

  function wakeAll(): void {
    for (const end of [...pauses]) end();
  }

  async function wait(claim: Claim, gone: AbortSignal): Promise<readonly Command[]> {
    const { worker, limit, waitSeconds } = claim.params;
    const until = clock() + waitSeconds * 1000;
    // A new request replaces the worker's former request. The former request still waits to the end. Otherwise two 1C
    // jobs with one worker name would chase each other without a pause.
    waiting.get(worker)?.();
    let replaced = false;
    const replace = () => {
      replaced = true;
    };
    waiting.set(worker, replace);
    try {
      while (!gone.aborted && !closed) {
        const commands = replaced ? [] : await relay.fetchCommands({ worker, limit, leaseMs: LEASE_SECONDS * 1000 });
        const left = until - clock();
        // If a newer request replaced this request, the newer request gets these commands.
        if (commands.length > 0 && !replaced) return commands;
        if (left <= 0) return [];
        if (!gone.aborted && !closed) await pause(replaced ? left : Math.min(left, LOOK_EVERY_MS), gone);
      }
      return [];
    } finally {
      if (waiting.get(worker) === replace) waiting.delete(worker);
    }
  }

  /**
   * Takes the request for good and stores 1C as last seen, in one small write. A changed clock difference alone stores
   * nothing.
   */
  async function take({ params }: Claim, { webhookId, signedAt }: SignedRequest): Promise<void> {
    const { worker: _, limit: __, waitSeconds: ___, ...report } = params;
    const at = clock();
    const text = JSON.stringify(report);
    const known = text === lastStored.text && Math.abs(at - lastStored.at) < STORE_EVERY_MS;
    const lastSeen = { name: "accounting", at, report: { ...report, skewMs: signedAt - at } };
    const result = await store.commit([
      { type: "once", key: webhookId, at, until: at + REMEMBER_MS },
      ...(known ? [] : [{ type: "last_seen", lastSeen } as const]),
    ]);
    if (result === "conflict") {
      throw new RequestError("webhook_id_conflict", "На этот запрос команд уже был дан ответ: нужен новый id");
    }
    if (!known) lastStored = { at, text };
  }

  return {
    async getBodyLimit(id, webhookId) {
      if (!isRequestId(webhookId, "act-form", id)) return LIMITS.json;
      const command = await relay.findCommand(id);
      return command?.body.operation === "act-form" ? LIMITS.jsonWithPdf : LIMITS.json;
    },
    async fetch(request, gone) {
      const { webhookId, body } = request;
      const claim = readClaim(webhookId, body);
      await take(claim, request);
      const commands = (await wait(claim, gone)).map(({ id, body: { [KEPT_WHOLE]: _, ...message } }) => ({
        ...message,
        id,
      }));
      return encodeAnswer(webhookId, "claim", claim.id, { commands, leaseSeconds: LEASE_SECONDS });
    },
    async takeResult(id, { webhookId, body, contentType }) {
      const { operation, interpret, readResult } = readSignedResult(id, webhookId, body, contentType);
      const command = await relay.findCommand(id);
      const stored = (command?.body ?? null) as StoredCommand | null;
      if (stored !== null && stored.operation !== operation) throw createMismatchError("operation");
      // Without a waiting command, only an act is news: 1C may have made the act after all.
      if (stored === null && operation !== "act") return encodeAnswer(webhookId, operation, id, { status: "known" });
      const late =
        stored?.[KEPT_WHOLE] === true ? readResult() : interpret((stored?.params ?? {}) as Params<Operation>);
      const taken = await relay.takeAnswer(id, late);
      if (taken === "early") throw new RequestError("storage_unavailable", "Команда ещё записывается. Повторите позже");
      return encodeAnswer(webhookId, operation, id, { status: taken === "taken" ? "taken" : "known" });
    },
    wake: wakeAll,
    close() {
      closed = true;
      wakeAll();
    },
  };
}

/** A command left by the adapter. */
type StoredCommand = Pick<RequestMessage, "operation" | "params"> & { readonly [KEPT_WHOLE]?: boolean };
type Claim = v.InferOutput<typeof claimRequestSchema>;

function readClaim(webhookId: string, body: Uint8Array): Claim {
  const parsed = v.safeParse(claimRequestSchema, requireJson(decode(body)));
  if (!parsed.success) throw createInvalidError(v.getDotPath(parsed.issues[0]) ?? "$");
  if (!isRequestId(webhookId, "claim", parsed.output.id)) throw createMismatchError("webhook-id");
  return parsed.output;
}

interface SignedResult {
  readonly operation: Operation;
  /** Converts the result into the answer of a command with these parameters. */
  readonly interpret: (params: Params<Operation>) => LateAnswer;
  /** Returns the raw result. */
  readonly readResult: () => LateAnswer;
}

/**
 * Reads a result. Operation and id must agree in path, `webhook-id` and body. An unreadable result answers the command
 * of the signed `webhook-id`. A refused result would come again for ever and block all later results.
 */
function readSignedResult(
  id: string,
  webhookId: string,
  body: Uint8Array<ArrayBuffer>,
  contentType: string | null,
): SignedResult {
  const signed = (Object.keys(OPERATIONS) as Operation[]).find((operation) => isRequestId(webhookId, operation, id));
  if (signed === undefined) throw createMismatchError("webhook-id");
  if (isPdf(contentType)) {
    if (signed !== "act-form") throw createMismatchError("webhook-id");
    const interpret = (params: Params<Operation>) => interpretAnswer(body, signed as Operation, params);
    return { operation: signed, interpret, readResult: () => interpret({} as Params<Operation>) };
  }
  const read = readMessage(body);
  if ("unreadable" in read) {
    const createError = () => toUnreadableAnswer(read.unreadable, signed);
    return { operation: signed, interpret: createError, readResult: createError };
  }
  const { message } = read;
  if (message.id !== id) throw createMismatchError("id");
  if (message.operation !== signed) throw createMismatchError("operation");
  return {
    operation: signed,
    interpret: (params) => interpretAnswer(message, signed, params),
    readResult: () => parseResult(message, signed),
  };
}

function encodeAnswer(webhookId: string, operation: string, id: string, result: object): SignedMessage {
  const body = encode({ protocol: PROTOCOL_VERSION, operation, id, ok: true, result });
  return { webhookId: toAnswerId(webhookId), body };
}

function requireJson(json: unknown): unknown {
  if (json !== undefined) return json;
  throw new RequestError("malformed", "Тело запроса — не JSON в кодировке UTF-8");
}

function createInvalidError(path: string): RequestError {
  const issue =
    path === "protocol"
      ? {
          path,
          code: "unsupported",
          message: `Шлюз говорит по протоколу версии ${PROTOCOL_VERSION}: обновите расширение`,
        }
      : { path, code: "format", message: "Сообщение не по протоколу шлюза" };
  return new RequestError("validation_failed", issue.message, { issues: [issue] });
}

function createMismatchError(path: string): RequestError {
  const message = "Операция и id в адресе, в подписи и в теле не совпадают";
  return new RequestError("validation_failed", message, { issues: [{ path, code: "mismatch", message }] });
}

function startTimer(run: () => void, ms: number): () => void {
  const handle = setTimeout(run, ms);
  return () => clearTimeout(handle);
}
