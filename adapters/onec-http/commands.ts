import * as v from "valibot";
import { RequestError } from "../../core/errors.ts";
import type { Command, CommandDesk, SignedMessage } from "../../core/relay/commands.ts";
import type { Relay } from "../../core/relay/relay.ts";
import { decode, encode, isPdf, meaning, readMessage } from "./messages.ts";
import {
  type AnswerMessage,
  answerId,
  claimRequestSchema,
  isRequestId,
  LIMITS,
  type Operation,
  type Params,
  PROTOCOL_VERSION,
  type RequestMessage,
} from "./protocol.ts";

/** {@link createCommandDesk} */
export interface CommandDeskOptions {
  readonly relay: Pick<Relay, "commands" | "command" | "answer">;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Calls `run` once after so many milliseconds; returns how to call it off. Default: `setTimeout`. */
  readonly timer?: (run: () => void, ms: number) => () => void;
}

/** Another process may have left the command: so often does one who waits look by itself. */
const LOOK_EVERY_MS = 500;
/** What is fetched and not answered in this time is given to another worker. */
const LEASE_SECONDS = 300;
/** Longer than a signature is valid, both ways. */
const REMEMBERED_MS = 11 * 60_000;

/** {@link CommandDesk} over a relay: commands are in its store, so any process over that store may give them out. */
export function createCommandDesk(options: CommandDeskOptions): CommandDesk {
  const { relay, clock, timer = systemTimer } = options;
  const waiting = new Map<string, () => void>();
  const seen = createMemory(clock);
  let closed = false;
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

  function ring(): void {
    for (const bell of [...bells]) bell();
  }

  async function wait(asked: Claim, gone: AbortSignal): Promise<readonly Command[]> {
    const { worker, limit, waitSeconds } = asked.params;
    const until = clock() + waitSeconds * 1000;
    // Who asks again has given up its former request.
    waiting.get(worker)?.();
    let superseded = false;
    const leave = () => {
      superseded = true;
      ring();
    };
    waiting.set(worker, leave);
    try {
      for (;;) {
        if (gone.aborted || superseded || closed) return [];
        const commands = await relay.commands({ worker, limit, leaseMs: LEASE_SECONDS * 1000 });
        const left = until - clock();
        if (commands.length > 0 || left <= 0) return commands;
        if (!gone.aborted && !superseded && !closed) await pause(Math.min(left, LOOK_EVERY_MS), gone);
      }
    } finally {
      if (waiting.get(worker) === leave) waiting.delete(worker);
    }
  }

  return {
    largest: (webhookId) => (webhookId.startsWith("act-form:") ? LIMITS.jsonWithPdf : LIMITS.json),
    async claim({ webhookId, body }, gone) {
      const asked = claimOf(webhookId, body);
      if (!seen.isNew(webhookId)) {
        throw new RequestError("webhook_id_conflict", "На этот запрос команд уже был дан ответ: нужен новый id");
      }
      const commands = (await wait(asked, gone)).map((command) => ({ ...command.body, id: command.id }));
      return answered(webhookId, "claim", asked.id, { commands, leaseSeconds: LEASE_SECONDS });
    },
    async result(id, { webhookId, body, contentType }) {
      const { operation, message } = resultOf(id, webhookId, body, contentType);
      const command = await relay.command(id);
      const asked = (command?.body ?? null) as Pick<RequestMessage, "operation" | "params"> | null;
      if (asked !== null && asked.operation !== operation) throw mismatch("operation");
      // Of what nobody waits for, only an act that was made after all is news.
      if (asked === null && operation !== "act") return answered(webhookId, operation, id, { status: "known" });
      const late = meaning(message, operation, (asked?.params ?? {}) as Params<Operation>);
      const taken = await relay.answer(id, late);
      if (taken === "early") throw new RequestError("storage_unavailable", "Команда ещё записывается. Повторите позже");
      return answered(webhookId, operation, id, { status: taken === "taken" ? "taken" : "known" });
    },
    wake: ring,
    close() {
      closed = true;
      ring();
    },
  };
}

type Claim = v.InferOutput<typeof claimRequestSchema>;

function claimOf(webhookId: string, body: Uint8Array): Claim {
  const parsed = v.safeParse(claimRequestSchema, required(decode(body)));
  if (!parsed.success) throw invalid(v.getDotPath(parsed.issues[0]) ?? "$");
  if (!isRequestId(webhookId, "claim", parsed.output.id)) throw mismatch("webhook-id");
  return parsed.output;
}

/** The result, its operation and id agreeing in path, `webhook-id` and body. */
function resultOf(
  id: string,
  webhookId: string,
  body: Uint8Array,
  contentType: string | null,
): { readonly operation: Operation; readonly message: AnswerMessage | Uint8Array } {
  if (isPdf(contentType)) {
    if (!isRequestId(webhookId, "act-form", id)) throw mismatch("webhook-id");
    return { operation: "act-form", message: body };
  }
  const read = readMessage(body);
  if ("unreadable" in read) {
    required(decode(body));
    throw invalid(read.unreadable === "protocol" ? "protocol" : "$");
  }
  const { operation } = read.message;
  if (read.message.id !== id) throw mismatch("id");
  if (!isRequestId(webhookId, operation, id)) throw mismatch("webhook-id");
  return { operation, message: read.message };
}

function answered(webhookId: string, operation: string, id: string, result: object): SignedMessage {
  const body = encode({ protocol: PROTOCOL_VERSION, operation, id, ok: true, result });
  return { webhookId: answerId(webhookId), body };
}

function required(json: unknown): unknown {
  if (json !== undefined) return json;
  throw new RequestError("malformed", "Тело запроса — не JSON в кодировке UTF-8");
}

function invalid(path: string): RequestError {
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

function mismatch(path: string): RequestError {
  const message = "Операция и id в адресе, в подписи и в теле не совпадают";
  return new RequestError("validation_failed", message, { issues: [{ path, code: "mismatch", message }] });
}

/** Remembers ids for as long as their signatures are valid. */
function createMemory(clock: () => number) {
  const known = new Map<string, number>();
  return {
    isNew(id: string): boolean {
      const now = clock();
      // In the order of their coming: the oldest are in front.
      for (const [old, until] of known) {
        if (until > now) break;
        known.delete(old);
      }
      if (known.has(id)) return false;
      known.set(id, now + REMEMBERED_MS);
      return true;
    },
  };
}

function systemTimer(run: () => void, ms: number): () => void {
  const handle = setTimeout(run, ms);
  return () => clearTimeout(handle);
}
