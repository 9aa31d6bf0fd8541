import { Hono } from "hono";
import type { AppOptions } from "../app.ts";
import { given, queryOf } from "../input.ts";
import { presentEntry } from "../present.ts";
import { stored } from "../problem.ts";
import { inboxQuery } from "../requests.ts";

/** Every signed event received, and its outcome. */
export function inboxRoutes({ store }: AppOptions): Hono {
  return new Hono().get("/api/inbox", async (c) => {
    const { items, next } = await stored(store.inbox(given(queryOf(c.req.raw, inboxQuery))));
    return c.json({ items: items.map(presentEntry), next });
  });
}
