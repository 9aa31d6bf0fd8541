import type { Act } from "../../act.ts";
import { AdapterError, INTERNAL_FAULT, RelayError } from "../../errors.ts";
import { isNeeded } from "../../lifecycle-problem.ts";
import { joinPdfParts } from "../../pdf-parts.ts";
import { explainLargeForm } from "../adapter-call.ts";
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
  const printed = await printer.printAccepted(input).catch(refuse);
  const detail = explainLargeForm(context, printed.tail.length);
  if (detail !== null) throw refuse(new RelayError("print_failed", detail));
  return {
    state: "done",
    event: { type: "acceptance.printed", form: { sha256: printed.sha256, bytes: printed.bytes } },
    // Stored only if the act now has this form.
    also: ({ kind }) =>
      kind === "moved" ? [{ type: "form", kind: "accepted", form: { actId: act.id, ...printed } }] : [],
  };
}

function refuse(cause: unknown): never {
  const detail = cause instanceof RelayError && cause.code === "print_failed" ? cause.message : INTERNAL_FAULT;
  throw new AdapterError("accepted_form_failed", "The accepted form could not be made", {
    outcome: "rejected",
    detail,
    cause,
  });
}
