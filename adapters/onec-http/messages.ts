import * as v from "valibot";
import { AdapterError, isRetried, type ProblemCode } from "../../core/errors.ts";
import type { LateAnswer } from "../../core/job.ts";
import { truncateText } from "../onec/errors.ts";
import { answerOf, requirePdf } from "./answers.ts";
import {
  type AnswerMessage,
  answerSchema,
  LIMITS,
  OPERATIONS,
  type Operation,
  type Params,
  PROTOCOL_VERSION,
  REFUSALS,
  type Result,
} from "./protocol.ts";

/** Media type of a printed form. */
export const PDF_TYPE = "application/pdf";

/** Encodes a message as the bytes to sign and send. */
export function encode(message: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(message));
}

/** Parses JSON in UTF-8, with or without a BOM; undefined for any other body. */
export function decode(body: Uint8Array): unknown {
  try {
    // The decoder removes a BOM.
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** Tells whether a `Content-Type` means PDF. */
export function isPdf(contentType: string | null): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === PDF_TYPE;
}

/** An answer or result in JSON, or the reason for an unreadable body. */
export type ReadMessage =
  | { readonly message: AnswerMessage }
  /** `protocol`: the body names another version of the protocol. */
  | { readonly unreadable: "shape" | "protocol"; readonly protocol?: unknown };

/** Reads an answer or result in JSON. */
export function readMessage(body: Uint8Array): ReadMessage {
  const json = decode(body);
  const parsed = v.safeParse(answerSchema, json);
  if (parsed.success) return { message: parsed.output };
  const { protocol } = (typeof json === "object" && json !== null ? json : {}) as { protocol?: unknown };
  if (protocol === undefined || protocol === PROTOCOL_VERSION) return { unreadable: "shape" };
  return { unreadable: "protocol", protocol };
}

/** Converts a signed answer into the answer of the call. A senseless result is uncertain: the work may be done. */
export function interpretAnswer<O extends Operation>(
  message: AnswerMessage | Uint8Array,
  operation: O,
  params: Params<O>,
): LateAnswer {
  if (message instanceof Uint8Array) return interpretPdf(operation, message);
  const result = parseResult(message, operation);
  return "error" in result ? result : captureAnswer(() => answerOf(operation, result.value as Result<O>, params));
}

/** Validates a result, or converts a refusal into an error. */
export function parseResult(message: AnswerMessage, operation: Operation): LateAnswer {
  if (!message.ok) return { error: toRefusal(message.error) };
  const result = v.safeParse(OPERATIONS[operation].result as v.GenericSchema, message.result);
  if (result.success) return { value: result.output };
  const where = v.getDotPath(result.issues[0]) ?? "result";
  return { error: createSenselessRefusal(`Расширение 1С прислало неполный ответ на «${operation}»: ${where}`) };
}

/** Converts an unreadable result into an uncertain error: the work may be done. */
export function toUnreadableAnswer(why: "shape" | "protocol", operation: Operation): LateAnswer {
  if (why === "shape") {
    const unread = `Расширение 1С прислало неразборчивый ответ на «${operation}»: обновите расширение`;
    return { error: createSenselessRefusal(unread) };
  }
  const detail = `Расширение другой версии протокола, шлюзу нужна версия ${PROTOCOL_VERSION}: обновите расширение или шлюз`;
  const message = "The extension speaks another version of the protocol";
  return { error: { code: "onec_not_published", outcome: "uncertain", message, detail } };
}

/** Returns the result of `ping`. Throws `AdapterError`. */
export function pongOf(message: AnswerMessage | Uint8Array): Result<"ping"> {
  const known =
    message instanceof Uint8Array || !message.ok ? null : v.safeParse(OPERATIONS.ping.result, message.result);
  if (known?.success) return known.output;
  unpack(interpretAnswer(message, "ping", { write: false }));
  throw new TypeError("No result");
}

function interpretPdf(operation: Operation, bytes: Uint8Array): LateAnswer {
  if (operation !== "act-form")
    return { error: createSenselessRefusal(`Расширение 1С прислало PDF в ответ на «${operation}»`) };
  if (bytes.length > LIMITS.pdf) {
    const detail = `Печатная форма больше ${LIMITS.pdf / 1024 / 1024} МБ`;
    return { error: { code: "print_failed", outcome: "rejected", message: "The form is too large", detail } };
  }
  return captureAnswer(() => requirePdf(bytes));
}

/** Returns the value, or throws the error as `AdapterError`. */
export function unpack(answer: LateAnswer): unknown {
  if ("value" in answer) return answer.value;
  const { code, message, ...rest } = answer.error;
  throw new AdapterError(code, message, rest);
}

type Refusal = Extract<LateAnswer, { error: unknown }>["error"];

function captureAnswer(read: () => unknown): LateAnswer {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    const { code, outcome, message, detail } = error;
    return { error: { code, outcome, message, ...(detail === null ? {} : { detail }) } };
  }
}

function createSenselessRefusal(detail: string): Refusal {
  return { code: "onec_rejected", outcome: "uncertain", message: "1C's answer makes no sense", detail };
}

function toRefusal({ code, detail, field }: Extract<AnswerMessage, { ok: false }>["error"]): Refusal {
  const more = { ...(detail ? { detail: truncateText(detail, 2000) } : {}), ...(field ? { field } : {}) };
  if (code === "operation_unknown") {
    const old = "Расширение 1С этого не умеет: обновите его до версии из поставки шлюза";
    return { code: "onec_not_published", outcome: "rejected", message: "Old extension", detail: old };
  }
  const known = (REFUSALS as readonly string[]).includes(code) ? (code as ProblemCode) : "onec_rejected";
  return { code: known, outcome: isRetried(known) ? "unavailable" : "rejected", message: "1C refused", ...more };
}
