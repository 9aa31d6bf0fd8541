import { Hono } from "hono";
import { parseInstant } from "../../../core/date.ts";
import { RequestError } from "../../../core/errors.ts";
import type { Job } from "../../../core/job.ts";
import type { AppOptions } from "../../app.ts";
import { omitUndefined, readJsonBody, readQuery } from "../input.ts";
import { presentAttempt, presentJob } from "../present.ts";
import { awaitStore } from "../problem.ts";
import { messagesQuery, noBody, recoverQuery } from "../requests.ts";

const MESSAGE_ID = /^[\x21-\x7e]{1,200}$/;

/** Outgoing messages: what became of each, and how to send them again. */
export function messageRoutes({ store, relay, maxBodyBytes }: AppOptions): Hono {
  async function found(id: string): Promise<Job> {
    const message = MESSAGE_ID.test(id) ? await awaitStore(store.getJob(id)) : null;
    if (message === null) throw new RequestError("message_not_found", "Такого сообщения нет");
    return message;
  }

  async function details(message: Job) {
    const attempts = await awaitStore(store.listAttempts(message.id));
    // The payload of a call to 1C is the relay's own note, not something that is sent.
    const body = message.type === "webhook" ? message.input : null;
    return { ...presentJob(message), body, history: attempts.map(presentAttempt) };
  }

  return new Hono()
    .get("/api/messages", async (c) => {
      const { items, next } = await awaitStore(store.listJobs(omitUndefined(readQuery(c.req.raw, messagesQuery))));
      return c.json({ items: items.map(presentJob), next });
    })
    .post("/api/messages/recover", async (c) => {
      const { since } = readQuery(c.req.raw, recoverQuery);
      await readJsonBody(c.req.raw, noBody, maxBodyBytes);
      return c.json({ requeued: await awaitStore(relay.replayDead(parseInstant(since) ?? 0)) });
    })
    .get("/api/messages/:id", async (c) => c.json(await details(await found(c.req.param("id")))))
    .post("/api/messages/:id/retry", async (c) => {
      await readJsonBody(c.req.raw, noBody, maxBodyBytes);
      const { id } = await found(c.req.param("id"));
      await awaitStore(relay.retryJob(id));
      return c.json(await details(await found(id)));
    });
}
