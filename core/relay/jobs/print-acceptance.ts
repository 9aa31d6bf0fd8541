import type { Act } from "../../act.ts";
import { AdapterError } from "../../errors.ts";
import { isNeeded } from "../../lifecycle-problem.ts";
import { joinPdfParts } from "../../pdf-parts.ts";
import { explainLargeForm, explainPrintFault } from "../adapter-call.ts";
import { type JobResult, SKIPPED } from "../job-end.ts";
import type { RelayContext } from "../options.ts";

/**
 * Joins the accepted form and the acceptance sheet, and asks 1C nothing. Needed from the acceptance on. Input:
 * `ActJobInput`.
 */
export async function printAcceptance(context: RelayContext, act: Act): Promise<JobResult> {
  const { printer, store, rules, settings } = context;
  if (!isNeeded(act.status, "acceptance.print") || act.acceptedForm !== undefined) return SKIPPED;
  if (printer.printAccepted === undefined) return SKIPPED;
  const [shown, history] = await Promise.all([store.getForm(act.id), store.listEvents(act.id)]);
  if (shown === null) return SKIPPED;
  const { organizationInn, largestForm: largest } = settings;
  const input = { act, organizationInn, form: joinPdfParts(shown), history, timeZone: rules.timeZone, largest };
  const printed = await printer.printAccepted(input).catch((cause: unknown) => {
    throw createRefusal(explainPrintFault(cause), cause);
  });
  const detail = explainLargeForm(context, printed.tail.length);
  if (detail !== null) throw createRefusal(detail);
  return {
    state: "done",
    event: { type: "acceptance.printed", form: { sha256: printed.sha256, bytes: printed.bytes } },
    // Stored only if the act now has this form.
    also: ({ kind }) =>
      kind === "moved" ? [{ type: "form", kind: "accepted", form: { actId: act.id, ...printed } }] : [],
  };
}

function createRefusal(detail: string, cause?: unknown): AdapterError {
  const facts = { outcome: "rejected", detail, cause } as const;
  return new AdapterError("accepted_form_failed", "The accepted form could not be made", facts);
}
