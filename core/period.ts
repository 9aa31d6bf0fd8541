import { addDays, type PlainDate } from "./date.ts";

/** Period of the services (период оказания услуг): both days inclusive, in the business time zone. */
export interface Period {
  readonly from: PlainDate;
  readonly to: PlainDate;
}

/** Input of the period rule. `registeredOn`: day of registration on the platform. `actDate`: day of the act. */
export interface PeriodFacts {
  readonly registeredOn: PlainDate;
  /** Last day covered by an earlier live act, in the relay or in 1C; null without such an act. */
  readonly coveredTo: PlainDate | null;
  readonly actDate: PlainDate;
  /** Rule for an act with no day left: refuse, or take the act's own day (`SAME_DAY_ACT`). */
  readonly sameDay: "reject" | "single_day";
}

/**
 * Computes the period of an act up to the act's day. A new counterparty's period begins at registration, otherwise on
 * the day after the last day covered. Null if no day is left (a second act on one day, a registration in the future).
 */
export function computeActPeriod(facts: PeriodFacts): Period | null {
  const from = facts.coveredTo === null ? facts.registeredOn : addDays(facts.coveredTo, 1);
  if (from <= facts.actDate) return { from, to: facts.actDate };
  // A day inside an act that covers later days is never taken twice.
  const free = facts.coveredTo === null || facts.coveredTo === facts.actDate;
  return free && facts.sameDay === "single_day" ? { from: facts.actDate, to: facts.actDate } : null;
}

/** Picks the later of two last covered days; null means an unknown day. */
export function pickLaterDay(a: PlainDate | null, b: PlainDate | null): PlainDate | null {
  return (a ?? "") > (b ?? "") ? a : b;
}

/** Finds the days that a voided act leaves uncovered for good, since a later act exists. Else null. */
export function findGap(voided: Period, coveredTo: PlainDate | null): Period | null {
  return (coveredTo ?? "") > voided.to ? voided : null;
}
