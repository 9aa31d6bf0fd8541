import * as v from "valibot";
import { parseInstant } from "../../../core/date.ts";
import { RequestError } from "../../../core/errors.ts";
import type { Job } from "../../../core/job.ts";
import { READ, WRITE } from "../access.ts";
import { type AnswerOf, laneSchema, messageStateSchema } from "../answers.ts";
import type { HttpContext } from "../context.ts";
import { defineOperation } from "../operation.ts";
import { presentAttempt, presentDestination, presentJob } from "../present.ts";
import { awaitStore } from "../problem.ts";
import { cursor, limit, noBody, uuid } from "../requests.ts";

const DESTINATIONS = ["platform", "ops", "accounting"] as const;
const JOB_ID = /^[\x21-\x7e]{1,200}$/;

/** Jobs and destinations of the relay; `message` and `endpoint` on the wire. */
export const messageOperations = [
  defineOperation({
    method: "get",
    path: "/api/messages",
    id: "listMessages",
    tag: "Messages",
    summary: "Outgoing messages, newest first",
    access: READ,
    query: v.strictObject({
      lane: v.optional(laneSchema),
      state: v.optional(messageStateSchema),
      actId: v.optional(uuid),
      cursor,
      limit,
    }),
    answers: { 200: { description: "One page", schema: "MessagePage" } },
    problems: ["storage_unavailable"],
    handle: async ({ query: { lane, ...query } }, { store }) => {
      const filter = lane === undefined ? query : { ...query, queue: lane };
      const { items, next } = await awaitStore(store.listJobs(filter));
      return { items: items.map(presentJob), next };
    },
  }),
  defineOperation({
    method: "get",
    path: "/api/messages/{id}",
    id: "getMessage",
    tag: "Messages",
    summary: "One message with every attempt",
    access: READ,
    answers: { 200: { description: "The message", schema: "MessageDetails" } },
    problems: ["message_not_found", "storage_unavailable"],
    handle: async ({ params }, context) => loadDetails(context, await findJob(context, params.id)),
  }),
  defineOperation({
    method: "post",
    path: "/api/messages/{id}/retry",
    id: "retryMessage",
    tag: "Messages",
    summary: "Send one message again",
    description: "A step of an act in 1C is repeated at the act, not here.",
    access: WRITE,
    body: noBody,
    answers: { 200: { description: "The message, due now", schema: "MessageDetails" } },
    problems: ["message_not_found", "state_conflict", "storage_unavailable"],
    handle: async ({ params }, context) => {
      const { id } = await findJob(context, params.id);
      await awaitStore(context.relay.retryJob(id));
      return loadDetails(context, await findJob(context, id));
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/messages/recover",
    id: "recoverMessages",
    tag: "Messages",
    summary: "Send every dead webhook made since an instant again, paced",
    access: WRITE,
    query: v.strictObject({
      since: v.pipe(
        v.string(),
        v.check((text) => parseInstant(text) !== null, "instant"),
        v.description("RFC 3339 instant; messages made since are sent again"),
      ),
    }),
    body: noBody,
    answers: { 200: { description: "How many were put back", schema: "Recovered" } },
    problems: ["storage_unavailable"],
    handle: async ({ query }, { relay }) => ({
      requeued: await awaitStore(relay.replayDead(parseInstant(query.since) ?? 0)),
    }),
  }),
  defineOperation({
    method: "get",
    path: "/api/endpoints",
    id: "listEndpoints",
    tag: "Messages",
    summary: "Outside addresses and whether they are stopped",
    access: READ,
    answers: { 200: { description: "The endpoints", schema: "EndpointList" } },
    problems: ["storage_unavailable"],
    handle: async (_, { store }) => {
      const destinations = await awaitStore(Promise.all(DESTINATIONS.map((name) => store.getDestination(name))));
      return { items: destinations.map(presentDestination) };
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/endpoints/{name}/resume",
    id: "resumeEndpoint",
    tag: "Messages",
    summary: "Open an endpoint that was stopped, for one by 410",
    access: WRITE,
    body: noBody,
    answers: { 200: { description: "The endpoint, open", schema: "Endpoint" } },
    problems: ["not_found", "storage_unavailable"],
    handle: async ({ params }, { store, relay }) => {
      const name = DESTINATIONS.find((known) => known === params.name);
      if (name === undefined) throw new RequestError("not_found", "Такого адреса нет");
      // The relay refuses an address without a setting; `resumeDestination` then throws before it returns a promise.
      await awaitStore(Promise.resolve().then(() => relay.resumeDestination(name)));
      return presentDestination(await awaitStore(store.getDestination(name)));
    },
  }),
];

async function findJob({ store }: HttpContext, id: string): Promise<Job> {
  const job = JOB_ID.test(id) ? await awaitStore(store.getJob(id)) : null;
  if (job === null) throw new RequestError("message_not_found", "Такого сообщения нет");
  return job;
}

async function loadDetails({ store }: HttpContext, job: Job): Promise<AnswerOf<"MessageDetails">> {
  const attempts = await awaitStore(store.listAttempts(job.id));
  // The input of a call to 1C is the relay's own note, and nothing sends the note.
  const body = job.type === "webhook" ? job.input : null;
  return { ...presentJob(job), body: body && { ...body }, history: attempts.map(presentAttempt) };
}
