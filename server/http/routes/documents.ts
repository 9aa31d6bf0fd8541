import { Hono } from "hono";
import { RequestError } from "../../../core/errors.ts";
import type { AppOptions } from "../../app.ts";
import { createPdfResponse } from "../pdf.ts";
import { awaitStore } from "../problem.ts";

const FILE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.pdf$/;

/** The printed form behind a signed link: what the user opens in the personal cabinet. */
export function documentRoutes({ store, links, frameAncestors }: AppOptions): Hono {
  return new Hono().get("/documents/:file", async (c) => {
    const [, actId] = FILE.exec(c.req.param("file")) ?? [];
    if (actId === undefined) throw new RequestError("not_found", "Такого документа нет");
    const params = new URL(c.req.url).searchParams;
    const [act, form] = await awaitStore(Promise.all([store.getAct(actId), store.getForm(actId)]));
    // An act that is unknown or not printed answers as a wrong signature does: a stranger learns nothing.
    const verdict = await links.check({
      actId,
      sha256: form?.sha256 ?? "",
      expires: only(params, "expires"),
      signature: only(params, "signature"),
    });
    if (act === null || form === null || verdict === "invalid") {
      throw new RequestError(
        "link_invalid",
        "Ссылка недействительна: акт мог быть напечатан заново. Откройте его из кабинета",
      );
    }
    if (verdict === "expired") {
      throw new RequestError("link_expired", "Срок действия ссылки истёк. Откройте акт из кабинета ещё раз");
    }
    return createPdfResponse(c, act, form, frameAncestors);
  });
}

function only(params: URLSearchParams, name: string): string {
  const [value = "", ...others] = params.getAll(name);
  return others.length === 0 ? value : "";
}
