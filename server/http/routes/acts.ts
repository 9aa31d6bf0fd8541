import { Hono } from "hono";
import type { Act } from "../../../core/act.ts";
import { RequestError } from "../../../core/errors.ts";
import type { AppOptions } from "../../app.ts";
import { omitUndefined, readJsonBody, readQuery } from "../input.ts";
import { createPdfResponse } from "../pdf.ts";
import { type ActView, presentAct, presentEvent } from "../present.ts";
import { awaitStore } from "../problem.ts";
import { actsQuery, payAgainBody, retryBody, voidBody } from "../requests.ts";

const ACT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Acts: what they are, how they came to be, and what a person decides about them. */
export function actRoutes(options: AppOptions): Hono {
  const { store, frameAncestors } = options;
  return new Hono()
    .get("/api/acts", async (c) => {
      const { problem, ...query } = readQuery(c.req.raw, actsQuery);
      const { items, next } = await awaitStore(
        store.listActs({ ...omitUndefined(query), ...(problem === undefined ? {} : { problem: problem === "true" }) }),
      );
      const shown = await Promise.all(items.map(async (act) => presentAct(act, await viewOf(options, act))));
      return c.json({ items: shown, next });
    })
    .get("/api/acts/:actId", async (c) => c.json(await details(options, await found(options, c.req.param("actId")))))
    .get("/api/acts/:actId/pdf", async (c) => {
      const act = await found(options, c.req.param("actId"));
      const form = await awaitStore(store.getForm(act.id));
      if (form === null) throw new RequestError("form_not_found", "Акт ещё не напечатан");
      return createPdfResponse(c, act, form, frameAncestors);
    })
    .route("/", decisionRoutes(options));
}

function decisionRoutes(options: AppOptions): Hono {
  const { relay, maxBodyBytes } = options;
  return new Hono()
    .post("/api/acts/:actId/retry", async (c) => {
      const { actor, ...decision } = await readJsonBody(c.req.raw, retryBody, maxBodyBytes);
      const { id } = await found(options, c.req.param("actId"));
      return c.json(
        await details(options, await awaitStore(relay.retryAct(id, `person:${actor}`, omitUndefined(decision)))),
      );
    })
    .post("/api/acts/:actId/void", async (c) => {
      const { actor, reason } = await readJsonBody(c.req.raw, voidBody, maxBodyBytes);
      const { id } = await found(options, c.req.param("actId"));
      return c.json(await details(options, await awaitStore(relay.voidAct(id, `person:${actor}`, reason))));
    })
    .post("/api/acts/:actId/pay-again", async (c) => {
      const { actor } = await readJsonBody(c.req.raw, payAgainBody, maxBodyBytes);
      const { id } = await found(options, c.req.param("actId"));
      return c.json(await details(options, await awaitStore(relay.payAgain(id, `person:${actor}`))));
    });
}

async function found({ store }: AppOptions, actId: string): Promise<Act> {
  // What is no UUID never reaches the database.
  const act = ACT_ID.test(actId) ? await awaitStore(store.getAct(actId)) : null;
  if (act === null) throw new RequestError("act_not_found", "Такого акта нет");
  return act;
}

async function details(options: AppOptions, act: Act) {
  const history = await awaitStore(options.store.listEvents(act.id));
  return { ...presentAct(act, await viewOf(options, act)), history: history.map(presentEvent) };
}

/** Looks up what is shown with an act: a fresh link, and how the work at its problem goes. */
async function viewOf({ store, links, relay }: AppOptions, act: Act): Promise<ActView> {
  const link = act.form === null ? null : await links.sign(act.id, act.form.sha256);
  if (act.problem === null) return { link, progress: { attempts: 0, nextAttemptAt: null } };
  const { code, step } = act.problem;
  const dead = code === "delivery_dead";
  const messages = await awaitStore(
    store.listJobs({
      actId: act.id,
      limit: 100,
      ...(dead ? { queue: "webhook", state: "dead" } : { queue: "accounting" }),
    }),
  );
  const working = messages.items.find(({ type }) => dead || type === step);
  const waits = working?.state === "queued" ? Math.max(working.dueAt, relay.getBreakerState().probeAt ?? 0) : null;
  return { link, progress: { attempts: working?.attempts ?? 0, nextAttemptAt: waits } };
}
