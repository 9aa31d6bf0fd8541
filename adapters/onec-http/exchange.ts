import { runWithDeadline } from "../../core/deadline.ts";
import { AdapterError } from "../../core/errors.ts";
import { sign, verify, type WebhookKeys } from "../../core/webhook.ts";
import type { OnecAnswer, OnecTransport } from "../onec/transport.ts";
import { encode, isPdf, readMessage } from "./messages.ts";
import { createBadAnswerError, createBrokenExtensionError, toUnsignedAnswerError } from "./problems.ts";
import {
  type AnswerMessage,
  formatRequestId,
  LIMITS,
  type Operation,
  type Params,
  PROTOCOL_VERSION,
  type RequestMessage,
  SERVICE_PATH,
  type Settings,
  toAnswerId,
} from "./protocol.ts";

/** Options of an exchange. */
export interface ExchangeOptions {
  readonly transport: OnecTransport;
  /** `ONEC_OUTBOUND_SECRET`: signs requests and verifies answers. */
  readonly keys: WebhookKeys;
  readonly settings: Settings;
  readonly timeoutMs: number;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Returns a new id at each call: 16 to 40 letters, digits, `_` and `-`, for example a UUID. */
  readonly newId: () => string;
}

/** The extension's answer with a verified signature: a message or a PDF. */
export interface Exchanged {
  readonly answer: AnswerMessage | Uint8Array;
  /** Time of the signature: epoch ms of 1C's clock, to the second. */
  readonly signedAt: number;
}

/** `writes`: the request may change data in 1C. `stop` ends the request early. */
interface RequestContext {
  readonly writes: boolean;
  readonly stop?: AbortSignal | undefined;
}

/** Asks the extension over HTTP. */
export interface Exchange {
  /** Throws `AdapterError` when no signed answer comes. A signed refusal of the extension is an answer. */
  ask<O extends Operation>(operation: O, id: string, params: Params<O>, context: RequestContext): Promise<Exchanged>;
}

/** Operations with writes. `ping` changes data only with `write: true`. */
export const WRITES: readonly Operation[] = ["counterparty", "act", "act-void", "payment-order"];

/** Creates the request of an operation. */
export function toRequestMessage<O extends Operation>(
  operation: O,
  id: string,
  settings: Settings,
  params: Params<O>,
): RequestMessage {
  return { protocol: PROTOCOL_VERSION, operation, id, settings, params: params as RequestMessage["params"] };
}

/** Creates an exchange with signed requests; an answer must be signed under the request's id. */
export function createExchange(options: ExchangeOptions): Exchange {
  const { transport, keys, settings, timeoutMs, clock, newId } = options;

  async function post(
    operation: Operation,
    webhookId: string,
    body: Uint8Array<ArrayBuffer>,
    { writes, stop }: RequestContext,
  ) {
    const headers = await sign({ id: webhookId, timestamp: Math.floor(clock() / 1000), body, keys, all: true });
    const request = {
      method: "POST",
      path: SERVICE_PATH + operation,
      headers: {
        ...headers,
        "content-type": "application/json; charset=utf-8",
        accept: "application/json, application/pdf",
      },
      body,
      writes,
      maxBytes: operation === "act-form" ? LIMITS.jsonWithPdf : LIMITS.json,
    } as const;
    return runWithDeadline(timeoutMs, (signal) => transport.send({ ...request, signal }), stop);
  }

  async function ask<O extends Operation>(operation: O, id: string, params: Params<O>, context: RequestContext) {
    const { writes } = context;
    const webhookId = formatRequestId(operation, id, newId());
    const body = encode(toRequestMessage(operation, id, settings, params));
    const answer = await post(operation, webhookId, body, context);
    if (answer.status !== 200) throw await explainRefusal(operation, answer, writes);
    const signedAt = await verifyAnswer(answer, webhookId, writes);
    const type = answer.headers.get("content-type");
    if (isPdf(type)) return { answer: answer.body, signedAt };
    const read = readMessage(answer.body);
    if ("unreadable" in read) throw createUnreadableError(read.unreadable, operation, writes);
    const { message } = read;
    // The signature names our id, the body another: the extension contradicts the signature.
    if (message.operation !== operation || message.id !== id) throw createBadAnswerError("replayed", writes);
    return { answer: message, signedAt };
  }

  async function verifyAnswer({ headers, body }: OnecAnswer, webhookId: string, writes: boolean): Promise<number> {
    if (headers.get("webhook-signature") === null) throw createBadAnswerError("unsigned", writes);
    const result = await verify({ headers, body, keys, now: clock() });
    if (!result.ok) throw createBadAnswerError(result.code, writes);
    if (result.id !== toAnswerId(webhookId)) throw createBadAnswerError("replayed", writes);
    return result.timestamp * 1000;
  }

  async function explainRefusal(operation: Operation, answer: OnecAnswer, writes: boolean): Promise<AdapterError> {
    const general = transport.toRefusal(answer, { writes });
    if (answer.status === 500 && general.code === "onec_unavailable") {
      if (operation === "ping" || (await isPingBroken())) return createBrokenExtensionError(writes);
    }
    return toUnsignedAnswerError(answer, general);
  }

  /** Sends a `ping`. A broken `ping` means an extension with compile errors, not one failed operation. */
  async function isPingBroken(): Promise<boolean> {
    const id = newId();
    const body = encode(toRequestMessage("ping", id, settings, { write: false }));
    try {
      return (await post("ping", formatRequestId("ping", id, newId()), body, { writes: false })).status === 500;
    } catch {
      return false;
    }
  }

  return { ask };
}

function createUnreadableError(why: "shape" | "protocol", operation: Operation, writes: boolean): AdapterError {
  if (why === "protocol") return createBadAnswerError("protocol", writes);
  return new AdapterError("onec_rejected", "1C's answer makes no sense", {
    outcome: writes ? "uncertain" : "rejected",
    detail: `Расширение 1С прислало неразборчивый ответ на «${operation}»: обновите расширение`,
    cause: new TypeError("No answer"),
  });
}
