import type { LastAct } from "../../core/adapter.ts";
import type { Period } from "../../core/period.ts";

/** Begins our marker in «Комментарий» of every document of ours: the second way to find it, after its reference. */
export const MARKER = "onec-relay:";

/** People write right behind it: a comma or a full stop is no part of the reference. */
const MARKERS = /onec-relay:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\S+)/gi;
const MARKED_PERIODS = /onec-relay:(\S+) (\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})/g;

/** Our marker: the reference we chose and, for an act, its period, which 1C has no field for. */
export function formatMarker(ref: string, period?: Period): string {
  return period === undefined ? MARKER + ref : `${MARKER}${ref} ${period.from}..${period.to}`;
}

/** The references that the markers in a comment name. */
export function parseMarkedRefs(comment: string): string[] {
  return [...comment.matchAll(MARKERS)].flatMap((match) => match[1] ?? []);
}

/**
 * The period that a marker in a comment tells, or null. With `ref` only the marker of this document counts: a copy that
 * people made bears the marker of the document it was copied from, and not its own days.
 */
export function parseMarkedPeriod(comment: string, ref?: string): Period | null {
  for (const [, of = "", from = "", to = ""] of comment.matchAll(MARKED_PERIODS)) {
    if (ref === undefined || of.toLowerCase() === ref.toLowerCase()) return { from, to };
  }
  return null;
}

/**
 * The act that covers the latest day, or null: people move an act to another date, and the period in its marker stays. The
 * first of equals.
 */
export function findLatestCoveringAct(acts: readonly LastAct[]): LastAct | null {
  const getLastDay = (act: LastAct) => act.coveredTo ?? act.date;
  return acts.reduce<LastAct | null>(
    (latest, act) => (latest === null || getLastDay(act) > getLastDay(latest) ? act : latest),
    null,
  );
}
