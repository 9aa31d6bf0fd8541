import { RequestError } from "../../../core/errors.ts";
import type { Access } from "../access.ts";
import { defineOperation } from "../operation.ts";
import { createPdfResponse, type OpenedForm, PDF_ANSWERS } from "../pdf.ts";
import { awaitStore } from "../problem.ts";

const FILE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(-accepted)?\.pdf$/;

const OUTDATED = "Ссылка недействительна: акт мог быть напечатан заново. Откройте его из кабинета";

const LINK: Access<OpenedForm> = {
  name: "link",
  problems: ["not_found", "link_invalid", "link_expired"],
  async check(c, { store, links }) {
    const [, actId, accepted] = FILE.exec(c.req.param("file") ?? "") ?? [];
    if (actId === undefined) throw new RequestError("not_found", "Такого документа нет");
    const params = new URL(c.req.url).searchParams;
    const kind = accepted === undefined ? "shown" : "accepted";
    const [act, form] = await awaitStore(Promise.all([store.getAct(actId), store.getForm(actId, kind)]));
    // An act that is unknown or not printed answers as a wrong signature does: a stranger learns nothing.
    const verdict = await links.check({
      actId,
      sha256: form?.sha256 ?? "",
      expires: readSingle(params, "expires"),
      signature: readSingle(params, "signature"),
    });
    if (act === null || form === null || verdict === "invalid") throw new RequestError("link_invalid", OUTDATED);
    if (verdict === "expired")
      throw new RequestError("link_expired", "Срок действия ссылки истёк. Откройте акт из кабинета ещё раз");
    return { act, form, kind };
  },
};

/** Printed forms for the user of the platform's cabinet. */
export const documentOperations = [
  defineOperation({
    method: "get",
    path: "/documents/{file}",
    id: "openDocument",
    tag: "Printed form",
    summary: "The printed form behind a signed link",
    description:
      "`{file}` is `{actId}.pdf`, or `{actId}-accepted.pdf` of the accepted form. Take the whole link from act.ready or from the act; it cannot be made up.",
    access: LINK,
    answers: PDF_ANSWERS,
    problems: ["storage_unavailable"],
    handle: ({ granted, c }, { frameAncestors }) => createPdfResponse(c, granted, frameAncestors),
  }),
];

/** A parameter that is absent or repeated is empty. */
function readSingle(params: URLSearchParams, name: string): string {
  const [value = "", ...others] = params.getAll(name);
  return others.length === 0 ? value : "";
}
