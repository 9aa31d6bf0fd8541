import type { D1Database } from "@cloudflare/workers-types";
import { decodeBase64 } from "../../core/base64.ts";
import { openD1 } from "../../server/db/d1.ts";
import type { SqlQuery } from "../../server/db/driver.ts";
import type { D1Answer, D1Request } from "./d1.ts";

/** Runs in workerd and hands each request to the driver of D1. */
export default {
  async fetch(request: Request, env: { readonly DB: D1Database }): Promise<Response> {
    const { method, queries }: D1Request = await request.json();
    const driver = openD1(env.DB);
    const given = queries.map(({ sql, parameters }): SqlQuery => ({ sql, parameters: parameters.map(fromJson) }));
    return Response.json(await (method === "read" ? driver.read(given[0]!) : driver.write(given)).then(done, failed));
  },
};

function fromJson(value: unknown): unknown {
  return typeof value === "object" && value !== null ? decodeBase64((value as { base64: string }).base64) : value;
}

function done(result: unknown): D1Answer {
  return { result };
}

function failed(error: unknown): D1Answer {
  return { error: error instanceof Error ? error.message : String(error) };
}
