import { Hono } from "hono";
import { RequestError } from "../../core/errors.ts";
import type { AppOptions } from "../app.ts";
import { bodyOf } from "../input.ts";
import { presentEndpoint } from "../present.ts";
import { stored } from "../problem.ts";
import { noBody } from "../requests.ts";

const ENDPOINTS = ["platform", "ops", "accounting"] as const;

/** Outside addresses: which are stopped, and how to open one again. */
export function endpointRoutes({ store, relay, maxBodyBytes }: AppOptions): Hono {
  return new Hono()
    .get("/api/endpoints", async (c) => {
      const endpoints = await stored(Promise.all(ENDPOINTS.map((name) => store.endpoint(name))));
      return c.json({ items: endpoints.map(presentEndpoint) });
    })
    .post("/api/endpoints/:name/resume", async (c) => {
      await bodyOf(c.req.raw, noBody, maxBodyBytes);
      const name = ENDPOINTS.find((known) => known === c.req.param("name"));
      if (name === undefined) throw new RequestError("not_found", "Такого адреса нет");
      // The relay itself refuses an address that is not set up; it throws before it promises.
      await stored(Promise.resolve().then(() => relay.resume(name)));
      return c.json(presentEndpoint(await stored(store.endpoint(name))));
    });
}
