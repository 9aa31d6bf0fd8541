import type { Act } from "../../act.ts";
import { AdapterError } from "../../errors.ts";
import { sha256Hex } from "../../ids.ts";
import type { PrintActJob } from "../../job.ts";
import type { Organization } from "../../parties.ts";
import type { StoredForm } from "../../store.ts";
import { callAdapter, explainLargeForm, explainPrintFault, type Session } from "../adapter-call.ts";
import { type JobResult, SKIPPED } from "../job-end.ts";
import type { RelayContext } from "../options.ts";
import { requireUnchanged, toExpected } from "./document.ts";

/** Gets 1C's printed form, or draws our form. Needed while the act is `posted` or `ready`. Input: `ActJobInput`. */
export async function printAct(context: RelayContext, session: Session<PrintActJob>, act: Act): Promise<JobResult> {
  if (act.document === null || (act.status !== "posted" && act.status !== "ready")) return SKIPPED;
  let document = act.document;
  if (session.job.input.reread === true) {
    const state = await callAdapter(context, session, "find", (adapter, at) =>
      adapter.findAct({ ref: act.id, ...toExpected(act) }, at),
    );
    document = requireUnchanged(act, state).document;
  }
  const form = await getForm(context, session, { ...act, document });
  const detail = explainLargeForm(context, form.tail.length);
  if (detail !== null) {
    throw new AdapterError("print_failed", "The store cannot keep the form", { outcome: "rejected", detail });
  }
  const link = await context.documentLink(act.id, form.sha256);
  return {
    state: "done",
    event: { type: "act.printed", form: { sha256: form.sha256, bytes: form.bytes }, link, document },
    // Stored only if the act now has this form: an accepted form never changes.
    also: (decided) =>
      decided.kind === "moved" && decided.act.form?.sha256 === form.sha256 ? [{ type: "form", form }] : [],
  };
}

async function getForm(context: RelayContext, session: Session<PrintActJob>, act: Act): Promise<StoredForm> {
  const { adapter, printer } = context;
  if (adapter.flags.prints && adapter.printAct !== undefined) {
    const file = await callAdapter(context, session, "print", (_, at) => adapter.printAct!({ ref: act.id }, at));
    const tail = Uint8Array.from(file);
    if (new TextDecoder("latin1").decode(tail.subarray(0, 5)) !== "%PDF-") {
      const detail = "1С вернула не PDF.";
      throw new AdapterError("print_failed", "1C's printed form is not a PDF", { outcome: "rejected", detail });
    }
    return { actId: act.id, sha256: await sha256Hex(tail), bytes: tail.length, prefix: null, tail };
  }
  const organization: Organization = await callAdapter(context, session, "organization", (_, at) =>
    adapter.getOrganization(at),
  );
  try {
    return { actId: act.id, ...(await printer.print({ act, organization })) };
  } catch (cause) {
    const detail = explainPrintFault(cause);
    throw new AdapterError("print_failed", "The form could not be drawn", { outcome: "rejected", detail, cause });
  }
}
