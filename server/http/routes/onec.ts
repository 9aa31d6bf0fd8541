import { type Context, Hono } from "hono";
import { RequestError } from "../../../core/errors.ts";
import type { CommandQueue } from "../../../core/relay/commands.ts";
import type { WebhookKeys } from "../../../core/webhook.ts";
import type { AppOptions } from "../../app.ts";
import { awaitStore } from "../problem.ts";
import { createSignedResponse, readSigned } from "../signed.ts";

/** A claim is a few words. */
const LARGEST_CLAIM = 16 * 1024;

/** 1C fetches its commands and posts their results, both signed, and so are the answers. */
export function onecRoutes({ commands, inbound, clock }: Pick<AppOptions, "commands" | "inbound" | "clock">): Hono {
  function desk(): { readonly desk: CommandQueue; readonly keys: WebhookKeys } {
    if (commands === undefined || inbound.onec === null) {
      throw new RequestError("not_found", "Команды для 1С здесь не выдаются: ONEC_TRANSPORT не pull");
    }
    return { desk: commands, keys: inbound.onec };
  }

  async function claim(c: Context): Promise<Response> {
    const { desk: open, keys } = desk();
    const asked = await readSigned(c.req.raw, keys, { limit: LARGEST_CLAIM, now: clock() });
    return createSignedResponse(await awaitStore(open.fetch(asked, c.req.raw.signal)), keys, clock());
  }

  async function result(c: Context, id: string): Promise<Response> {
    const { desk: open, keys } = desk();
    const limit = await awaitStore(open.getBodyLimit(id, c.req.header("webhook-id") ?? ""));
    const given = await readSigned(c.req.raw, keys, { limit, now: clock() });
    const contentType = c.req.header("content-type") ?? null;
    return createSignedResponse(await awaitStore(open.takeResult(id, { ...given, contentType })), keys, clock());
  }

  return new Hono()
    .post("/onec/commands/claim", claim)
    .post("/onec/commands/:id/result", (c) => result(c, c.req.param("id")));
}
