import type { Context } from "hono";
import { RequestError } from "../../../core/errors.ts";
import type { SignedRequest } from "../../../core/relay/commands.ts";
import type { EventSource } from "../../../core/store.ts";
import { type Access, SIGNATURE } from "../access.ts";
import type { AnswerOf } from "../answers.ts";
import type { HttpContext } from "../context.ts";
import { defineOperation } from "../operation.ts";
import { awaitStore } from "../problem.ts";
import { readSigned } from "../signed.ts";

const RECEIVED = {
  202: { description: "New, durably stored: what was answered so is never lost", schema: "Received" },
  200: { description: "Known already, no second effect", schema: "Received" },
} as const;
const EVENT_PROBLEMS = [
  ...(["act_not_found", "webhook_id_conflict", "state_conflict"] as const),
  ...(["validation_failed", "unknown_event_type", "storage_unavailable"] as const),
];

/** Signed events in. An event with an answer 2xx is durably stored; an event without a good signature leaves no trace. */
export const webhookOperations = [
  defineOperation({
    method: "post",
    path: "/webhooks/platform",
    id: "receivePlatformEvent",
    tag: "Events in",
    summary: "An event from the platform",
    access: requireSignature("platform"),
    events: "platform",
    answers: RECEIVED,
    problems: [...EVENT_PROBLEMS, "payout_conflict", "form_changed", "kind_not_allowed"],
    handle: ({ granted, c }, context) => receive("platform", granted, c, context),
  }),
  defineOperation({
    method: "post",
    path: "/webhooks/onec",
    id: "receiveOnecEvent",
    tag: "Events in",
    summary: "An event from 1C",
    description: "Answers 404 where no secret for 1C is set.",
    access: requireSignature("onec"),
    events: "onec",
    answers: RECEIVED,
    problems: [...EVENT_PROBLEMS, "not_found"],
    handle: ({ granted, c }, context) => receive("onec", granted, c, context),
  }),
];

function requireSignature(source: EventSource): Access<SignedRequest> {
  return {
    ...SIGNATURE,
    async check(c, context) {
      const keys = context.inbound[source];
      if (keys === null) throw new RequestError("not_found", "События от 1С здесь не принимаются");
      const signed = readSigned(c.req.raw, keys, { limit: context.maxBodyBytes, now: context.clock() });
      return countRefusal(source, context, signed);
    },
  };
}

async function receive(
  source: EventSource,
  signed: SignedRequest,
  c: Context,
  context: HttpContext,
): Promise<AnswerOf<"Received">> {
  const work = awaitStore(context.relay.receive({ source, ...signed }));
  const { actId, duplicate, warnings } = await countRefusal(source, context, work);
  context.metrics.countWebhook(source, duplicate ? "duplicate" : "accepted");
  c.status(duplicate ? 200 : 202);
  return { actId, duplicate, ...(warnings === undefined ? {} : { warnings: [...warnings] }) };
}

async function countRefusal<T>(source: EventSource, { metrics }: HttpContext, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    metrics.countWebhook(source, error instanceof RequestError ? error.code : "internal");
    throw error;
  }
}
