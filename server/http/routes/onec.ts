import type { Context } from "hono";
import { RequestError } from "../../../core/errors.ts";
import type { CommandQueue, SignedRequest } from "../../../core/relay/commands.ts";
import type { WebhookKeys } from "../../../core/webhook.ts";
import { type Access, SIGNATURE } from "../access.ts";
import { defineOperation } from "../operation.ts";
import { awaitStore } from "../problem.ts";
import { createSignedResponse, readSigned } from "../signed.ts";

/** A claim is a few words. */
const LARGEST_CLAIM = 16 * 1024;

const PROTOCOL = "The messages are those of adapters/onec-http/protocol.openapi.json, signed both ways.";

/** Commands for 1C in pull mode. 1C signs the requests, and the relay signs the answers. */
export const onecOperations = [
  defineOperation({
    method: "post",
    path: "/onec/commands/claim",
    id: "claimCommands",
    tag: "1C fetches commands",
    summary: "1C asks for work, and waits up to 25 seconds for it",
    description: `Answers 404 unless ONEC_TRANSPORT is pull. ${PROTOCOL}`,
    access: requireSignature(async () => LARGEST_CLAIM),
    media: ["application/json"],
    answers: { 200: { description: "Commands to execute in this order, or none", media: "application/json" } },
    problems: ["not_found", "validation_failed", "storage_unavailable", "webhook_id_conflict"],
    handle: async ({ granted: { signed, commands, keys }, c }, { clock }) =>
      createSignedResponse(await awaitStore(commands.fetch(signed, c.req.raw.signal)), keys, clock()),
  }),
  defineOperation({
    method: "post",
    path: "/onec/commands/{id}/result",
    id: "postCommandResult",
    tag: "1C fetches commands",
    summary: "The result of a command",
    description: `A printed form is posted as it is. Posting a result again changes nothing. ${PROTOCOL}`,
    access: requireSignature((commands, c) =>
      awaitStore(commands.getBodyLimit(c.req.param("id") ?? "", c.req.header("webhook-id") ?? "")),
    ),
    media: ["application/json", "application/pdf"],
    answers: { 200: { description: "Dealt with, durably: forget the command", media: "application/json" } },
    problems: ["not_found", "validation_failed", "storage_unavailable"],
    handle: async ({ params, granted: { signed, commands, keys }, c }, { clock }) => {
      const result = { ...signed, contentType: c.req.header("content-type") ?? null };
      return createSignedResponse(await awaitStore(commands.takeResult(params.id, result)), keys, clock());
    },
  }),
];

/** A signed request of 1C, with the queue for the request and the keys for the answer. */
interface OnecRequest {
  readonly signed: SignedRequest;
  readonly commands: CommandQueue;
  readonly keys: WebhookKeys;
}

function requireSignature(findLimit: (commands: CommandQueue, c: Context) => Promise<number>): Access<OnecRequest> {
  return {
    ...SIGNATURE,
    async check(c, { commands, inbound: { onec: keys }, clock }) {
      if (commands === undefined || keys === null)
        throw new RequestError("not_found", "Команды для 1С здесь не выдаются: ONEC_TRANSPORT не pull");
      const limit = await findLimit(commands, c);
      return { signed: await readSigned(c.req.raw, keys, { limit, now: clock() }), commands, keys };
    },
  };
}
