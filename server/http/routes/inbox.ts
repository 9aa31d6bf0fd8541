import { Hono } from "hono";
import type { AppOptions } from "../../app.ts";
import { omitUndefined, readQuery } from "../input.ts";
import { presentEntry } from "../present.ts";
import { awaitStore } from "../problem.ts";
import { inboxQuery } from "../requests.ts";

/** Every signed event received, and its outcome. */
export function inboxRoutes({ store }: AppOptions): Hono {
  return new Hono().get("/api/inbox", async (c) => {
    const { items, next } = await awaitStore(store.listInbox(omitUndefined(readQuery(c.req.raw, inboxQuery))));
    return c.json({ items: items.map(presentEntry), next });
  });
}
