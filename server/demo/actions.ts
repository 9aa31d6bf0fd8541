import { Hono } from "hono";
import * as v from "valibot";
import type { Agent } from "./agents.ts";
import type { OnecDesk } from "./onec-desk.ts";
import type { Done, Platform } from "./platform.ts";

const line = v.object({
  name: v.string(),
  quantity: v.string(),
  unit: v.string(),
  price: v.string(),
  amount: v.string(),
});
const inputs = {
  payout: v.object({
    agentId: v.string(),
    amount: v.string(),
    vat: v.string(),
    account: v.string(),
    bic: v.string(),
    services: v.optional(v.array(line), []),
  }),
  reason: v.object({ reason: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(1000)) }),
  agent: v.object({ agentId: v.string() }),
  retry: v.object({ singleDay: v.optional(v.boolean(), false) }),
};

export interface ActionOptions {
  readonly agents: readonly Agent[];
  readonly platform: Platform;
  readonly desk: OnecDesk;
  readonly today: () => string;
}

/** Makes the API for the page's buttons. The API takes JSON from the same origin only: no other site can use it. */
export function createActions({ agents, platform, desk, today }: ActionOptions): Hono {
  const api = new Hono();
  const findAgent = (id: string) => agents.find((known) => known.id === id);
  api.use("*", async (c, next) => {
    const site = c.req.header("sec-fetch-site") ?? "same-origin";
    const json = c.req.header("content-type")?.startsWith("application/json") === true;
    if (c.req.method === "POST" && (site !== "same-origin" || !json)) return c.json({ code: "forbidden" }, 403);
    return next();
  });
  api.post("/payouts", async (c) => {
    const input = await read(c.req.raw, inputs.payout);
    const payee = input === null ? undefined : findAgent(input.agentId);
    return answer(input === null || payee === undefined ? null : await platform.request(payee, input));
  });
  api.post("/payouts/:id/resend", async (c) => answer(await platform.resend(c.req.param("id"))));
  api.post("/payouts/:id/accept", async (c) => answer(await platform.accept(c.req.param("id"))));
  api.post("/payouts/:id/decline", async (c) => {
    const input = await read(c.req.raw, inputs.reason);
    return answer(input === null ? null : await platform.decline(c.req.param("id"), input.reason));
  });
  api.post("/payouts/:id/retry", async (c) => {
    const input = await read(c.req.raw, inputs.retry);
    const period = input?.singleDay ? { from: today(), to: today() } : null;
    return answer(input === null ? null : await platform.retry(c.req.param("id"), period));
  });
  api.post("/onec/orders/:ref/execute", (c) => c.json({ ok: desk.execute(c.req.param("ref"), today()) }));
  api.post("/onec/keep-one-card", async (c) => {
    const input = await read(c.req.raw, inputs.agent);
    const owner = input === null ? undefined : findAgent(input.agentId);
    return owner === undefined ? answer(null) : c.json({ ok: desk.keepOneCard(owner) });
  });
  return api;
}

async function read<S extends v.GenericSchema>(request: Request, schema: S): Promise<v.InferOutput<S> | null> {
  const body: unknown = await request.json().catch(() => null);
  const result = v.safeParse(schema, body);
  return result.success ? result.output : null;
}

function answer(done: Done | null): Response {
  if (done === null) {
    const detail = "Форма заполнена не полностью. Проверьте поля и отправьте ещё раз.";
    const refusal = { status: 400, code: "malformed", detail, errors: [] };
    return Response.json({ ok: false, refusal }, { status: 400 });
  }
  // Status 200 for a refusal too: the cabinet's request itself succeeded, and the body tells the refusal.
  return Response.json(done);
}
