import * as v from "valibot";
import { RequestError } from "../../core/errors.ts";
import type { LateAnswer } from "../../core/job.ts";
import type { Command, CommandQueue, SignedMessage, SignedRequest } from "../../core/relay/commands.ts";
import type { Relay } from "../../core/relay/relay.ts";
import type { Store } from "../../core/store.ts";
import { decode, encode, interpretAnswer, isPdf, parseResult, readMessage, unreadable } from "./messages.ts";
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

/** {@link createCommandQueue} */
export interface CommandQueueOptions {
  readonly relay: Pick<Relay, "fetchCommands" | "findCommand" | "takeAnswer">;
  /**
   * Where it is noted that 1C came, and what it said of itself, as the visit of `accounting`; and which claims were answered,
   * so that no process over the store answers one again.
   */
  readonly store: Pick<Store, "commit">;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Calls `run` once after so many milliseconds; returns how to call it off. Default: `setTimeout`. */
  readonly timer?: (run: () => void, ms: number) => () => void;
}

/** Set in a command whose result is wanted as it came: not a word of the protocol, and not given out. */
export const KEPT_WHOLE = "keptWhole";

/** Of a 1C that says the same of itself. */
const NOTED_EVERY_MS = 60_000;
/** Another process may have left the command: so often does one who waits look by itself. */
const LOOK_EVERY_MS = 500;
/** What is fetched and not answered in this time is given to another worker. */
const LEASE_SECONDS = 300;
/** Longer than a signature is valid, both ways. */
const REMEMBERED_MS = 11 * 60_000;

/** {@link CommandQueue} over a relay: commands are in its store, so any process over that store may give them out. */
export function createCommandQueue(options: CommandQueueOptions): CommandQueue {
  const { relay, store, clock, timer = startTimer } = options;
  const waiting = new Map<string, () => void>();
  let closed = false;
  let noted = { at: 0, words: "" };
  const bells = new Set<() => void>();

  /** Resolves at a wake, after a while, or when the caller goes. */
  function pause(ms: number, gone: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        callOff();
        bells.delete(end);
        gone.removeEventListener("abort", end);
        resolve();
      };
      const callOff = timer(end, ms);
      bells.add(end);
      gone.addEventListener("abort", end, { once: true });
    });
  }

  function wakeAll(): void {
    for (const bell of [...bells]) bell();
  }

  async function wait(asked: Claim, gone: AbortSignal): Promise<readonly Command[]> {
    const { worker, limit, waitSeconds } = asked.params;
    const until = clock() + waitSeconds * 1000;
    // Who asks again has given up its former request, which then waits to its end: two jobs by one name would else
    // chase each other without a pause.
    waiting.get(worker)?.();
    let superseded = false;
    const leave = () => {
      superseded = true;
    };
    waiting.set(worker, leave);
    try {
      while (!gone.aborted && !closed) {
        const commands = superseded ? [] : await relay.fetchCommands({ worker, limit, leaseMs: LEASE_SECONDS * 1000 });
        const left = until - clock();
        // What a request found that is given up meanwhile, the next one is given.
        if (commands.length > 0 && !superseded) return commands;
        if (left <= 0) return [];
        if (!gone.aborted && !closed) await pause(superseded ? left : Math.min(left, LOOK_EVERY_MS), gone);
      }
      return [];
    } finally {
      if (waiting.get(worker) === leave) waiting.delete(worker);
    }
  }

  /**
   * Takes the claim, which nobody can take again, and notes who came: one small write. The clock's difference alone is no
   * news of who came.
   */
  async function take({ params }: Claim, { webhookId, signedAt }: SignedRequest): Promise<void> {
    const { worker: _, limit: __, waitSeconds: ___, ...said } = params;
    const at = clock();
    const words = JSON.stringify(said);
    const known = words === noted.words && Math.abs(at - noted.at) < NOTED_EVERY_MS;
    const visit = { name: "accounting", at, report: { ...said, skewMs: signedAt - at } };
    const result = await store.commit([
      { type: "once", key: webhookId, at, until: at + REMEMBERED_MS },
      ...(known ? [] : [{ type: "last_seen", lastSeen: visit } as const]),
    ]);
    if (result === "conflict") {
      throw new RequestError("webhook_id_conflict", "На этот запрос команд уже был дан ответ: нужен новый id");
    }
    if (!known) noted = { at, words };
  }

  return {
    async getBodyLimit(id, webhookId) {
      if (!isRequestId(webhookId, "act-form", id)) return LIMITS.json;
      const command = await relay.findCommand(id);
      return command?.body.operation === "act-form" ? LIMITS.jsonWithPdf : LIMITS.json;
    },
    async fetch(request, gone) {
      const { webhookId, body } = request;
      const asked = claimOf(webhookId, body);
      await take(asked, request);
      const commands = (await wait(asked, gone)).map(({ id, body: { [KEPT_WHOLE]: _, ...message } }) => ({
        ...message,
        id,
      }));
      return encodeAnswer(webhookId, "claim", asked.id, { commands, leaseSeconds: LEASE_SECONDS });
    },
    async takeResult(id, { webhookId, body, contentType }) {
      const { operation, interpret: meant, readResult: whole } = resultOf(id, webhookId, body, contentType);
      const command = await relay.findCommand(id);
      const asked = (command?.body ?? null) as Left | null;
      if (asked !== null && asked.operation !== operation) throw createMismatchError("operation");
      // Of what nobody waits for, only an act that was made after all is news.
      if (asked === null && operation !== "act") return encodeAnswer(webhookId, operation, id, { status: "known" });
      const late = asked?.[KEPT_WHOLE] === true ? whole() : meant((asked?.params ?? {}) as Params<Operation>);
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

/** A command as the adapter left it. */
type Left = Pick<RequestMessage, "operation" | "params"> & { readonly [KEPT_WHOLE]?: boolean };
type Claim = v.InferOutput<typeof claimRequestSchema>;

function claimOf(webhookId: string, body: Uint8Array): Claim {
  const parsed = v.safeParse(claimRequestSchema, requireJson(decode(body)));
  if (!parsed.success) throw createInvalidError(v.getDotPath(parsed.issues[0]) ?? "$");
  if (!isRequestId(webhookId, "claim", parsed.output.id)) throw createMismatchError("webhook-id");
  return parsed.output;
}

interface Given {
  readonly operation: Operation;
  /** What it means for a command with these parameters. */
  readonly interpret: (params: Params<Operation>) => LateAnswer;
  /** The result itself. */
  readonly readResult: () => LateAnswer;
}

/**
 * The result, its operation and id agreeing in path, `webhook-id` and body. One that cannot be read is bound to its command by
 * the signed `webhook-id`, and answers it: refused, it would come again for ever and hold back all that stands behind it.
 */
function resultOf(id: string, webhookId: string, body: Uint8Array<ArrayBuffer>, contentType: string | null): Given {
  const signed = (Object.keys(OPERATIONS) as Operation[]).find((operation) => isRequestId(webhookId, operation, id));
  if (signed === undefined) throw createMismatchError("webhook-id");
  if (isPdf(contentType)) {
    if (signed !== "act-form") throw createMismatchError("webhook-id");
    const meant = (params: Params<Operation>) => interpretAnswer(body, signed as Operation, params);
    return { operation: signed, interpret: meant, readResult: () => meant({} as Params<Operation>) };
  }
  const read = readMessage(body);
  if ("unreadable" in read) {
    const meant = () => unreadable(read.unreadable, signed);
    return { operation: signed, interpret: meant, readResult: meant };
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
