import * as v from "valibot";
import { ACT_STATUSES, type Act } from "../../../core/act.ts";
import { RequestError } from "../../../core/errors.ts";
import { identifierSchema } from "../../../core/event-fields.ts";
import type { FormKind } from "../../../core/store.ts";
import { READ, WRITE } from "../access.ts";
import type { AnswerOf } from "../answers.ts";
import type { HttpContext } from "../context.ts";
import { defineOperation } from "../operation.ts";
import { createPdfResponse, PDF_ANSWERS } from "../pdf.ts";
import { type ActView, presentAct, presentEvent } from "../present.ts";
import { awaitStore } from "../problem.ts";
import { actor, cursor, limit, longText, plainDate, uuid } from "../requests.ts";

const ACT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DECIDED = { 200: { description: "The act after the decision", schema: "ActDetails" } } as const;
const DECISION_PROBLEMS = ["act_not_found", "state_conflict", "storage_unavailable"] as const;

/** Defines the operation that opens a form of an act. `absent`: the refusal, in Russian, while there is no form. */
function definePdfOperation(
  kind: FormKind,
  absent: string,
  head: { readonly path: `/api/acts/{actId}/${string}`; readonly id: string; readonly summary: string },
) {
  return defineOperation({
    ...head,
    method: "get",
    tag: "Acts",
    access: READ,
    answers: PDF_ANSWERS,
    problems: ["act_not_found", "form_not_found", "storage_unavailable"],
    handle: async ({ params, c }, context) => {
      const act = await findAct(context, params.actId);
      const form = await awaitStore(context.store.getForm(act.id, kind));
      if (form === null) throw new RequestError("form_not_found", absent);
      return createPdfResponse(c, { act, form, kind }, context.frameAncestors);
    },
  });
}

/** Acts, their history, and the decisions of a person. */
export const actOperations = [
  defineOperation({
    method: "get",
    path: "/api/acts",
    id: "listActs",
    tag: "Acts",
    summary: "Acts, newest first",
    access: READ,
    query: v.strictObject({
      status: v.optional(v.picklist(ACT_STATUSES)),
      inn: v.optional(v.pipe(v.string(), v.regex(/^\d{10}(\d{2})?$/, "inn"))),
      payoutId: v.optional(identifierSchema),
      problem: v.optional(
        v.pipe(v.picklist(["true", "false"]), v.description("Only acts with a problem, or only those without")),
      ),
      cursor,
      limit,
    }),
    answers: { 200: { description: "One page", schema: "ActPage" } },
    problems: ["storage_unavailable"],
    handle: async ({ query: { problem, ...query } }, context) => {
      const filter = problem === undefined ? query : { ...query, problem: problem === "true" };
      const { items, next } = await awaitStore(context.store.listActs(filter));
      return { items: await Promise.all(items.map((act) => show(context, act))), next };
    },
  }),
  defineOperation({
    method: "get",
    path: "/api/acts/{actId}",
    id: "getAct",
    tag: "Acts",
    summary: "One act with its history and a fresh link to its form",
    access: READ,
    answers: { 200: { description: "The act", schema: "ActDetails" } },
    problems: ["act_not_found", "storage_unavailable"],
    handle: async ({ params }, context) => showDetails(context, await findAct(context, params.actId)),
  }),
  definePdfOperation("shown", "Акт ещё не напечатан", {
    path: "/api/acts/{actId}/pdf",
    id: "getActPdf",
    summary: "The printed form of an act",
  }),
  definePdfOperation("accepted", "Файла принятого акта ещё нет", {
    path: "/api/acts/{actId}/accepted-pdf",
    id: "getAcceptedPdf",
    summary: "The form as accepted, with the acceptance sheet",
  }),
  defineOperation({
    method: "post",
    path: "/api/acts/{actId}/retry",
    id: "retryAct",
    tag: "Acts",
    summary: "Go on from a problem",
    description:
      "May carry a period or a card in 1C that a person decided on. The problem stands until the step succeeds.",
    access: WRITE,
    body: v.strictObject({
      period: v.optional(
        v.pipe(
          v.strictObject({ from: plainDate, to: plainDate }),
          v.check(({ from, to }) => from <= to, "period"),
        ),
      ),
      counterpartyRef: v.optional(v.pipe(uuid, v.description("The card in 1C to use; the binding is kept"))),
      bindContractor: v.optional(
        v.pipe(v.boolean(), v.description("Let this agent use the INN of another agent; the binding is kept")),
      ),
      actor,
    }),
    answers: DECIDED,
    problems: DECISION_PROBLEMS,
    handle: async ({ params, body: { actor: person, ...decision } }, context) => {
      const { id } = await findAct(context, params.actId);
      return showDetails(context, await awaitStore(context.relay.retryAct(id, `person:${person}`, decision)));
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/acts/{actId}/void",
    id: "voidAct",
    tag: "Acts",
    summary: "Void an act",
    access: WRITE,
    body: v.strictObject({ reason: longText, actor }),
    answers: DECIDED,
    problems: DECISION_PROBLEMS,
    handle: async ({ params, body }, context) => {
      const { id } = await findAct(context, params.actId);
      return showDetails(context, await awaitStore(context.relay.voidAct(id, `person:${body.actor}`, body.reason)));
    },
  }),
  defineOperation({
    method: "post",
    path: "/api/acts/{actId}/pay-again",
    id: "payAgain",
    tag: "Acts",
    summary: "A new payment order, once the former is confirmed rejected or deleted",
    access: WRITE,
    body: v.strictObject({ actor }),
    answers: DECIDED,
    problems: DECISION_PROBLEMS,
    handle: async ({ params, body }, context) => {
      const { id } = await findAct(context, params.actId);
      return showDetails(context, await awaitStore(context.relay.payAgain(id, `person:${body.actor}`)));
    },
  }),
];

async function findAct({ store }: HttpContext, actId: string): Promise<Act> {
  // The database gets UUIDs only.
  const act = ACT_ID.test(actId) ? await awaitStore(store.getAct(actId)) : null;
  if (act === null) throw new RequestError("act_not_found", "Такого акта нет");
  return act;
}

async function show(context: HttpContext, act: Act): Promise<AnswerOf<"Act">> {
  return presentAct(act, await loadView(context, act));
}

async function showDetails(context: HttpContext, act: Act): Promise<AnswerOf<"ActDetails">> {
  const history = await awaitStore(context.store.listEvents(act.id));
  return { ...(await show(context, act)), history: history.map(presentEvent) };
}

/** Signs fresh links to the forms, and looks up the job of the act's problem. */
async function loadView({ store, links, relay }: HttpContext, act: Act): Promise<ActView> {
  const link = act.form === null ? null : await links.sign(act.id, act.form.sha256);
  const { acceptedForm: accepted } = act;
  const acceptedLink = accepted === undefined ? null : await links.sign(act.id, accepted.sha256, "accepted");
  if (act.problem === null) return { link, acceptedLink, progress: { attempts: 0, nextAttemptAt: null } };
  const { code, step } = act.problem;
  const dead = code === "delivery_dead";
  const jobs = await awaitStore(
    store.listJobs({
      actId: act.id,
      limit: 100,
      ...(dead ? { queue: "webhook", state: "dead" } : { queue: "accounting" }),
    }),
  );
  const job = jobs.items.find(({ type }) => dead || type === step);
  const waits = job?.state === "queued" ? Math.max(job.dueAt, relay.getBreakerState().probeAt ?? 0) : null;
  return { link, acceptedLink, progress: { attempts: job?.attempts ?? 0, nextAttemptAt: waits } };
}
