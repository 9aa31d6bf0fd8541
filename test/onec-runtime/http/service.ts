import * as v from "valibot";
import type { MockAdapter } from "../../../adapters/mock/index.ts";
import { formatBasicAuthorization } from "../../../adapters/onec/transport.ts";
import {
  type AnswerMessage,
  isRequestId,
  OPERATIONS,
  type Operation,
  type RequestMessage,
  requestSchema,
  SERVICE_PATH,
  toAnswerId,
} from "../../../adapters/onec-http/protocol.ts";
import { decodeBase64 } from "../../../core/base64.ts";
import { sign, verify, type WebhookKeys } from "../../../core/webhook.ts";
import { createExtension, type PlayedExtension } from "./extension.ts";

/** What becomes of the next requests. */
export type ServiceFault =
  /** The connection breaks before anything is done, or after all is. */
  | "dropped_before"
  | "dropped_after"
  /** The answer breaks off in its middle. */
  | "half"
  | "bad_signature"
  | "no_signature"
  /** The answer to the request before this one, as it was. */
  | "replayed"
  /** A right answer under a wrong id. */
  | "other_id"
  /** Signed under the right id, and about another operation. */
  | "other_operation"
  | "tampered_pdf"
  | "other_protocol"
  | "senseless"
  | "bom"
  | "base64_lines"
  | "oversized"
  | "html"
  | { readonly status: number; readonly body?: string }
  /** The extension does not know the operation. */
  | "operation_unknown"
  /** 1C's clock is off by so many seconds. */
  | { readonly skewSeconds: number };

/** An answer that never ends properly: a server closes the connection. */
export const BROKEN_OFF: unique symbol = Symbol("broken off");

interface SignedAnswer {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
}

/** The played 1C with its extension published for push. */
export interface PlayedService {
  readonly extension: PlayedExtension;
  /** Answers a request as 1C's web server would; {@link BROKEN_OFF}: the connection breaks. */
  handle(request: Request): Promise<Response | typeof BROKEN_OFF>;
  /** The same as a `fetch`. */
  readonly fetch: typeof fetch;
  /** What happens to the next requests, one fault each. */
  next(...faults: ServiceFault[]): void;
  /** What happens to every request from now on; null: nothing. */
  always(fault: ServiceFault | null): void;
  /** Headers of the requests that came, oldest first. */
  readonly requests: Headers[];
}

/** {@link createService} */
export interface ServiceOptions {
  readonly open: () => MockAdapter;
  readonly keys: WebhookKeys;
  readonly user: string;
  readonly password: string;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** The played 1C, published. */
export function createService({ open, keys, user, password, clock }: ServiceOptions): PlayedService {
  const extension = createExtension(open);
  const authorization = formatBasicAuthorization(user, password);
  const requests: Headers[] = [];
  const waiting: ServiceFault[] = [];
  let standing: ServiceFault | null = null;
  let former: SignedAnswer | null = null;

  async function answer(request: Request): Promise<Response | typeof BROKEN_OFF> {
    const fault = waiting.shift() ?? standing;
    const skew = typeof fault === "object" && fault !== null && "skewSeconds" in fault ? fault.skewSeconds : 0;
    const now = clock() + skew * 1000;
    if (fault === "dropped_before") return BROKEN_OFF;
    if (typeof fault === "object" && fault !== null && "status" in fault) return page(fault.status, fault.body);
    if (fault === "html") return page(200, "<html><body>Вход в систему</body></html>");
    if (request.headers.get("authorization") !== authorization) return page(401);
    if (request.method !== "POST") return page(405);
    const asked = await taken(request, now);
    if (asked instanceof Response) return asked;
    const { message, webhookId } = asked;
    const known: AnswerMessage =
      fault === "operation_unknown"
        ? { ...headOf(message), ok: false, error: { code: "operation_unknown" } }
        : await extension.execute(message);
    if (fault === "dropped_after") return BROKEN_OFF;
    const answered = await signed(known, webhookId, now, fault);
    if (fault === "replayed" && former !== null) return new Response(former.body, former);
    if (fault === "half") return halved(answered);
    former = answered;
    return new Response(answered.body, answered);
  }

  /** The request itself, or the refusal to take it. */
  async function taken(request: Request, now: number) {
    const body = new Uint8Array(await request.arrayBuffer());
    const verified = await verify({ headers: request.headers, body, keys, now });
    const refused = (why: string) => Response.json({ refused: why, time: Math.floor(now / 1000) }, { status: 400 });
    if (!verified.ok) return refused(verified.code);
    const parsed = v.safeParse(requestSchema, JSON.parse(new TextDecoder().decode(body)));
    if (!parsed.success) return refused("malformed");
    const message = parsed.output;
    const path = new URL(request.url).pathname;
    const agrees = path.endsWith(SERVICE_PATH + message.operation);
    if (!agrees || !isRequestId(verified.id, message.operation, message.id)) return refused("malformed");
    return { message, webhookId: verified.id };
  }

  async function signed(
    message: AnswerMessage,
    webhookId: string,
    now: number,
    fault: ServiceFault | null,
  ): Promise<SignedAnswer> {
    const { body, type } = bodyOf(message, fault);
    const id = fault === "other_id" ? toAnswerId(`ping:${message.id}:00000000000000000000`) : toAnswerId(webhookId);
    const headers = await sign({ id, timestamp: Math.floor(now / 1000), body, keys });
    if (fault === "tampered_pdf") body[body.length - 8] = 0x58;
    const sent = new Headers({ ...headers, "content-type": type });
    if (fault === "bad_signature") sent.set("webhook-signature", `v1,${btoa("x".repeat(32))}`);
    if (fault === "no_signature") sent.delete("webhook-signature");
    return { body, headers: sent };
  }

  const handle = (request: Request) => {
    requests.push(request.headers);
    return answer(request);
  };
  return {
    extension,
    requests,
    handle,
    async fetch(input, init) {
      const response = await handle(new Request(input, init));
      if (response === BROKEN_OFF) throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
      return response;
    },
    next: (...faults) => void waiting.push(...faults),
    always: (fault) => {
      standing = fault;
    },
  };
}

function headOf({ protocol, operation, id }: RequestMessage) {
  return { protocol, operation, id };
}

/** The bytes of an answer: a form as it is, everything else as JSON. */
export function bodyOf(
  message: AnswerMessage,
  fault: ServiceFault | null = null,
): { readonly body: Uint8Array<ArrayBuffer>; readonly type: string } {
  if (message.ok && message.operation === "act-form" && fault !== "base64_lines") {
    const pdf = decodeBase64(String(message.result.pdf)) ?? new Uint8Array();
    return { body: fault === "oversized" ? padded(pdf) : pdf, type: "application/pdf" };
  }
  const json = "application/json; charset=utf-8";
  const text = JSON.stringify(changed(message, fault));
  if (fault === "oversized") return { body: padded(new TextEncoder().encode(text)), type: json };
  return { body: new TextEncoder().encode(fault === "bom" ? `\uFEFF${text}` : text), type: json };
}

function changed(message: AnswerMessage, fault: ServiceFault | null): object {
  if (fault === "other_protocol") return { ...message, protocol: 2 };
  if (fault === "other_operation") return { ...message, operation: other(message.operation) };
  if (fault === "senseless") return { ...message, ok: true, result: { ref: "не ссылка" } };
  if (fault !== "base64_lines" || !message.ok) return message;
  const pdf = String(message.result.pdf).replace(/(.{76})/g, "$1\r\n");
  return { ...message, result: { pdf } };
}

function other(operation: Operation): Operation {
  return (Object.keys(OPERATIONS) as Operation[]).find((name) => name !== operation) ?? operation;
}

function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const large = new Uint8Array(24 * 1024 * 1024).fill(0x20);
  large.set(bytes);
  return large;
}

/** What 1C's platform sends with its own errors: XML or HTML, and never a signature. */
function page(status: number, body = "<html><body></body></html>"): Response {
  return new Response(body, { status, headers: { "content-type": "text/html; charset=utf-8" } });
}

/** The same head, and a body that breaks off. */
function halved({ body: whole, headers }: SignedAnswer): Response {
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(whole.subarray(0, Math.floor(whole.length / 2)));
    },
    pull(controller) {
      controller.error(new TypeError("terminated"));
    },
  });
  return new Response(stream, { headers });
}
