import type { Act } from "../../act.ts";
import { type ActState, pickDifferences } from "../../adapter.ts";
import { printDate } from "../../date.ts";
import { AdapterError } from "../../errors.ts";
import type { CreateActJob } from "../../job.ts";
import type { VatRate } from "../../money.ts";
import { computeActPeriod, type Period, pickLaterDay } from "../../period.ts";
import { isRateInForce } from "../../vat.ts";
import { callAdapter, isAnswered, renewLease, type Session } from "../adapter-call.ts";
import { type JobResult, SKIPPED } from "../job-end.ts";
import type { RelayContext } from "../options.ts";
import { type MadeDocument, requireOwnAct, requireOwnRef, toExpected } from "./document.ts";
import { upsertForAct } from "./upsert-counterparty.ts";

/** Makes and posts the act. Needed while the act is `requested`. Input: `ActJobInput`; progress: the decided period. */
export async function createAct(context: RelayContext, session: Session<CreateActJob>, act: Act): Promise<JobResult> {
  if (act.status !== "requested" || act.counterparty === null) return SKIPPED;
  const planned = session.progress.period;
  const counterpartyRef = act.counterparty.ref;
  const begun = planned !== undefined || session.job.input.reread === true;
  if (begun && !isAnswered(session, "create")) {
    // A call may have been sent, with this period or before a person's retry: search 1C before any other call.
    const found = await findStandingAct(context, session, act);
    if (found !== null) {
      requireOwnAct(act, found);
      const covered = found.period ?? planned ?? (await decidePeriod(context, session, act, counterpartyRef));
      return toResult(act.id, found, covered);
    }
  }
  let period: Period;
  try {
    period = planned ?? (await decidePeriod(context, session, act, counterpartyRef));
  } catch (error) {
    if (begun || !(error instanceof AdapterError) || error.code !== "period_empty") throw error;
    // After a restore from a backup, 1C may already have the act, and later acts cover the days.
    const found = await findStandingAct(context, session, act);
    if (found?.period === undefined) throw error;
    requireOwnAct(act, found);
    return toResult(act.id, found, found.period);
  }
  requireRateInForce(act.vat, period);
  if (planned === undefined) await renewLease(context, session, { ...session.progress, period });
  const params = {
    ref: act.id,
    payoutId: act.payoutId,
    counterpartyRef,
    contractor: act.contractor,
    date: period.to,
    period,
    amount: act.amount,
    vat: act.vat,
    lines: context.printer.toServiceLines(act, period),
  };
  try {
    const document = await callAdapter(context, session, "create", (adapter, at) => adapter.createAct(params, at));
    await requireOwnDocument(context, session, act, document);
    return toResult(act.id, document, period);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "counterparty_deleted") throw error;
    // People merged the card with another one after the upsert: the work begins again with the card that stayed.
    const again = await upsertForAct(context, session, act);
    const isMoved =
      "event" in again && again.event?.type === "counterparty.upserted" && again.event.ref !== counterpartyRef;
    if (isMoved) return again;
    throw error;
  }
}

/** Throws {@link AdapterError} `vat_rate_date` for a rate that no day of the period knows. */
function requireRateInForce(rate: VatRate, period: Period): void {
  if (isRateInForce(rate, period)) return;
  throw new AdapterError("vat_rate_date", "The VAT rate is not in force in the act's period", {
    outcome: "rejected",
    field: "vat",
    detail: `Ставка ${rate} %, период с ${printDate(period.from)} по ${printDate(period.to)}.`,
  });
}

/** Requires the act's own document from a call for the act. Another sum or card is a reason to read the document. */
async function requireOwnDocument(
  context: RelayContext,
  session: Session<CreateActJob>,
  act: Act,
  { amount = act.amount, counterpartyRef = act.counterparty?.ref }: MadeDocument,
): Promise<void> {
  if (amount === act.amount && counterpartyRef === act.counterparty?.ref) return;
  requireOwnAct(act, await findStandingAct(context, session, act));
}

/** Finds the act in 1C, posted and not marked for deletion; null without such an act. */
async function findStandingAct(
  context: RelayContext,
  session: Session<CreateActJob>,
  act: Act,
): Promise<ActState | null> {
  const found = await callAdapter(context, session, "find", (adapter, at) =>
    adapter.findAct({ ref: act.id, ...toExpected(act) }, at),
  );
  return found?.posted === true && !found.deletionMark ? found : null;
}

function toResult(ours: string, made: MadeDocument, asked: Period): JobResult {
  const { ref, number, date } = requireOwnRef(ours, made);
  const { period = asked } = made;
  const document = { ref, number, date };
  return { state: "done", event: { type: "act.created", document, period, ...pickDifferences(made) } };
}

async function decidePeriod(
  context: RelayContext,
  session: Session<CreateActJob>,
  act: Act,
  counterpartyRef: string,
): Promise<Period> {
  if (act.decidedPeriod !== null) return act.decidedPeriod;
  const last = await callAdapter(context, session, "last", (adapter, at) =>
    adapter.findLastAct({ counterpartyRef, exceptRef: act.id }, at),
  );
  const { id: exceptActId, counterpartyKey } = act;
  const ours = await context.store.getLastCoveredDay({ counterpartyRef, counterpartyKey, exceptActId });
  const coveredTo = pickLaterDay(ours, last === null ? null : (last.coveredTo ?? last.date));
  const { registeredOn } = act.contractor;
  const period = computeActPeriod({ registeredOn, coveredTo, actDate: act.date, sameDay: context.settings.sameDayAct });
  if (period !== null) return period;
  throw new AdapterError("period_empty", "No day is left for the act's period", {
    outcome: "rejected",
    detail:
      coveredTo === null
        ? `Регистрация ${printDate(registeredOn)} позже дня акта ${printDate(act.date)}.`
        : `Последний закрытый день — ${printDate(coveredTo)}, день акта — ${printDate(act.date)}.`,
  });
}
