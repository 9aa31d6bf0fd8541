import { RequestError } from "../../core/errors.ts";
import type { SignedMessage, SignedRequest } from "../../core/relay/commands.ts";
import { sign, verify, type WebhookKeys } from "../../core/webhook.ts";
import { readBody } from "./body.ts";

const REFUSALS = {
  signature_invalid: "Подпись отсутствует или не подходит",
  timestamp_out_of_tolerance: "Время подписи отличается от времени сервера больше чем на пять минут",
} as const;

/**
 * Reads a request and verifies the signature. Throws {@link RequestError}: `signature_invalid`,
 * `timestamp_out_of_tolerance`, and the refusals of {@link readBody}.
 */
export async function readSigned(
  request: Request,
  keys: WebhookKeys,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<SignedRequest> {
  // A stranger without the headers costs no reading of a body.
  if (!hasWebhookHeaders(request.headers)) throw new RequestError("signature_invalid", REFUSALS.signature_invalid);
  const body = await readBody(request, limit);
  const verified = await verify({ headers: request.headers, body, keys, now });
  if (!verified.ok) throw new RequestError(verified.code, REFUSALS[verified.code]);
  return { webhookId: verified.id, body, signedAt: verified.timestamp * 1000 };
}

function hasWebhookHeaders(headers: Headers): boolean {
  return ["webhook-id", "webhook-timestamp", "webhook-signature"].every((name) => (headers.get(name) ?? "") !== "");
}

/** Makes a JSON answer, signed with every secret: the receiver may know the old secret or the new secret. */
export async function createSignedResponse(
  { webhookId, body }: SignedMessage,
  keys: WebhookKeys,
  now: number,
): Promise<Response> {
  const headers = await sign({ id: webhookId, timestamp: Math.floor(now / 1000), body, keys, all: true });
  return new Response(body, { headers: { "content-type": "application/json; charset=utf-8", ...headers } });
}
