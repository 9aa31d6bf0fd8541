import type { PlainDate } from "./date.ts";
import { addDays } from "./date.ts";

/** Period of the services (период оказания услуг): both days inclusive, in the business time zone. */
export interface Period {
  readonly from: PlainDate;
  readonly to: PlainDate;
}

/** What the period rule decides from. */
export interface PeriodFacts {
  /** Day of registration on the platform. */
  readonly registeredOn: PlainDate;
  /** Last day covered by an earlier live act, in the relay or in 1C; null where there is none. */
  readonly coveredTo: PlainDate | null;
  /** Day of the act. */
  readonly actDate: PlainDate;
  /** What to do when no day is left: refuse, or take the act's own day (`SAME_DAY_ACT`). */
  readonly sameDay: "reject" | "single_day";
}

/**
 * Period of an act: a new counterparty from its registration, a known one from the day after the last day covered,
 * to the day of the act. Null when no day is left (a second act on one day, a registration in the future).
 */
export function computeActPeriod(facts: PeriodFacts): Period | null {
  const from = facts.coveredTo === null ? facts.registeredOn : addDays(facts.coveredTo, 1);
  if (from <= facts.actDate) return { from, to: facts.actDate };
  // A day inside an act that covers later days is never taken twice.
  const free = facts.coveredTo === null || facts.coveredTo === facts.actDate;
  return free && facts.sameDay === "single_day" ? { from: facts.actDate, to: facts.actDate } : null;
}

/** The later of two last covered days, either of which may be unknown. */
export function pickLaterDay(a: PlainDate | null, b: PlainDate | null): PlainDate | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

/** The days that a voided act leaves uncovered for good: a later act already begins after them. Else null. */
export function findGap(voided: Period, coveredTo: PlainDate | null): Period | null {
  return coveredTo !== null && coveredTo > voided.to ? voided : null;
}
