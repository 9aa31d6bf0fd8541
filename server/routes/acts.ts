import { Hono } from "hono";
import type { Act } from "../../core/act.ts";
import { RequestError } from "../../core/errors.ts";
import type { AppOptions } from "../app.ts";
import { bodyOf, given, queryOf } from "../input.ts";
import { pdfResponse } from "../pdf.ts";
import { type ActView, presentAct, presentEvent } from "../present.ts";
import { stored } from "../problem.ts";
import { actsQuery, payAgainBody, retryBody, voidBody } from "../requests.ts";

const ACT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Acts: what they are, how they came to be, and what a person decides about them. */
export function actRoutes(options: AppOptions): Hono {
  const { store, frameAncestors } = options;
  return new Hono()
    .get("/api/acts", async (c) => {
      const { problem, ...query } = queryOf(c.req.raw, actsQuery);
      const { items, next } = await stored(
        store.acts({ ...given(query), ...(problem === undefined ? {} : { problem: problem === "true" }) }),
      );
      const shown = await Promise.all(items.map(async (act) => presentAct(act, await viewOf(options, act))));
      return c.json({ items: shown, next });
    })
    .get("/api/acts/:actId", async (c) => c.json(await details(options, await found(options, c.req.param("actId")))))
    .get("/api/acts/:actId/pdf", async (c) => {
      const act = await found(options, c.req.param("actId"));
      const form = await stored(store.form(act.id));
      if (form === null) throw new RequestError("form_not_found", "Акт ещё не напечатан");
      return pdfResponse(c, act, form, frameAncestors);
    })
    .route("/", decisionRoutes(options));
}

function decisionRoutes(options: AppOptions): Hono {
  const { relay, maxBodyBytes } = options;
  return new Hono()
    .post("/api/acts/:actId/retry", async (c) => {
      const { actor, ...decision } = await bodyOf(c.req.raw, retryBody, maxBodyBytes);
      const { id } = await found(options, c.req.param("actId"));
      return c.json(await details(options, await stored(relay.retry(id, `person:${actor}`, given(decision)))));
    })
    .post("/api/acts/:actId/void", async (c) => {
      const { actor, reason } = await bodyOf(c.req.raw, voidBody, maxBodyBytes);
      const { id } = await found(options, c.req.param("actId"));
      return c.json(await details(options, await stored(relay.void(id, `person:${actor}`, reason))));
    })
    .post("/api/acts/:actId/pay-again", async (c) => {
      const { actor } = await bodyOf(c.req.raw, payAgainBody, maxBodyBytes);
      const { id } = await found(options, c.req.param("actId"));
      return c.json(await details(options, await stored(relay.payAgain(id, `person:${actor}`))));
    });
}

async function found({ store }: AppOptions, actId: string): Promise<Act> {
  // What is no UUID never reaches the database.
  const act = ACT_ID.test(actId) ? await stored(store.act(actId)) : null;
  if (act === null) throw new RequestError("act_not_found", "Такого акта нет");
  return act;
}

async function details(options: AppOptions, act: Act) {
  const history = await stored(options.store.events(act.id));
  return { ...presentAct(act, await viewOf(options, act)), history: history.map(presentEvent) };
}

/** Looks up what is shown with an act: a fresh link, and how the work at its problem goes. */
async function viewOf({ store, links, relay }: AppOptions, act: Act): Promise<ActView> {
  const link = act.form === null ? null : await links.sign(act.id, act.form.sha256);
  if (act.problem === null) return { link, progress: { attempts: 0, nextAttemptAt: null } };
  const { code, step } = act.problem;
  const dead = code === "delivery_dead";
  const messages = await stored(
    store.messages({
      actId: act.id,
      limit: 100,
      ...(dead ? { lane: "webhook", state: "dead" } : { lane: "accounting" }),
    }),
  );
  const working = messages.items.find(({ kind }) => dead || kind === step);
  const waits = working?.state === "queued" ? Math.max(working.dueAt, relay.breaker().probeAt ?? 0) : null;
  return { link, progress: { attempts: working?.attempts ?? 0, nextAttemptAt: waits } };
}
