import { Hono } from "hono";
import { RequestError } from "../../../core/errors.ts";
import type { AppOptions } from "../../app.ts";
import { readJsonBody } from "../input.ts";
import { presentDestination } from "../present.ts";
import { awaitStore } from "../problem.ts";
import { noBody } from "../requests.ts";

const ENDPOINTS = ["platform", "ops", "accounting"] as const;

/** Outside addresses: which are stopped, and how to open one again. */
export function endpointRoutes({ store, relay, maxBodyBytes }: AppOptions): Hono {
  return new Hono()
    .get("/api/endpoints", async (c) => {
      const endpoints = await awaitStore(Promise.all(ENDPOINTS.map((name) => store.getDestination(name))));
      return c.json({ items: endpoints.map(presentDestination) });
    })
    .post("/api/endpoints/:name/resume", async (c) => {
      await readJsonBody(c.req.raw, noBody, maxBodyBytes);
      const name = ENDPOINTS.find((known) => known === c.req.param("name"));
      if (name === undefined) throw new RequestError("not_found", "Такого адреса нет");
      // The relay itself refuses an address that is not set up; it throws before it promises.
      await awaitStore(Promise.resolve().then(() => relay.resumeDestination(name)));
      return c.json(presentDestination(await awaitStore(store.getDestination(name))));
    });
}
