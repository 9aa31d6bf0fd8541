import { Hono } from "hono";
import { parseInstant } from "../../core/date.ts";
import { RequestError } from "../../core/errors.ts";
import type { Message } from "../../core/relay/message.ts";
import type { AppOptions } from "../app.ts";
import { bodyOf, given, queryOf } from "../input.ts";
import { presentAttempt, presentMessage } from "../present.ts";
import { stored } from "../problem.ts";
import { messagesQuery, noBody, recoverQuery } from "../requests.ts";

const MESSAGE_ID = /^[\x21-\x7e]{1,200}$/;

/** Outgoing messages: what became of each, and how to send them again. */
export function messageRoutes({ store, relay, maxBodyBytes }: AppOptions): Hono {
  async function found(id: string): Promise<Message> {
    const message = MESSAGE_ID.test(id) ? await stored(store.message(id)) : null;
    if (message === null) throw new RequestError("message_not_found", "Такого сообщения нет");
    return message;
  }

  async function details(message: Message) {
    const attempts = await stored(store.attempts(message.id));
    // The payload of a call to 1C is the relay's own note, not something that is sent.
    const body = message.kind === "webhook" ? message.payload : null;
    return { ...presentMessage(message), body, history: attempts.map(presentAttempt) };
  }

  return new Hono()
    .get("/api/messages", async (c) => {
      const { items, next } = await stored(store.messages(given(queryOf(c.req.raw, messagesQuery))));
      return c.json({ items: items.map(presentMessage), next });
    })
    .post("/api/messages/recover", async (c) => {
      const { since } = queryOf(c.req.raw, recoverQuery);
      await bodyOf(c.req.raw, noBody, maxBodyBytes);
      return c.json({ requeued: await stored(relay.recover(parseInstant(since) ?? 0)) });
    })
    .get("/api/messages/:id", async (c) => c.json(await details(await found(c.req.param("id")))))
    .post("/api/messages/:id/retry", async (c) => {
      await bodyOf(c.req.raw, noBody, maxBodyBytes);
      const { id } = await found(c.req.param("id"));
      await stored(relay.retryMessage(id));
      return c.json(await details(await found(id)));
    });
}
