import type { Act } from "../../act.ts";
import type { VoidActJob } from "../../job.ts";
import { callAdapter, type Session } from "../adapter-call.ts";
import { findActGap } from "../gap.ts";
import { type JobResult, SKIPPED } from "../job-end.ts";
import type { RelayContext } from "../options.ts";
import { isOwnAct, toExpected } from "./document.ts";
import { getLastEffectTime } from "./late-effects.ts";

/** Unposts the act and marks the act for deletion. Needed while the act is `declined` or `voided`. */
export async function voidAct(context: RelayContext, session: Session<VoidActJob>, act: Act): Promise<JobResult> {
  if (act.status !== "declined" && act.status !== "voided") return SKIPPED;
  const reason = act.reason ?? "";
  if (act.document === null && act.counterparty !== null) {
    // A document that the relay has not made may stand under our reference; nobody's document is voided.
    const state = await callAdapter(context, session, "find", (adapter, at) =>
      adapter.findAct({ ref: act.id, ...toExpected(act) }, at),
    );
    if (state !== null && !isOwnAct(act, state)) {
      return { state: "done", event: { type: "act.void_confirmed", found: false, gap: null } };
    }
  }
  const { found } = await callAdapter(context, session, "void", (adapter, at) =>
    adapter.voidAct({ ref: act.id, reason }, at),
  );
  if (!found) {
    // After an unanswered creation the act may still appear: the job repeats until no call can be on the way.
    const until = await getLastEffectTime(context, act.id, "act.create", "create");
    if (until > context.clock()) return { state: "later", until };
  }
  return { state: "done", event: { type: "act.void_confirmed", found, gap: await findActGap(context, act) } };
}
