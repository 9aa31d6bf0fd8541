import type { LastAct } from "../../core/adapter.ts";
import type { Period } from "../../core/period.ts";

/** Start of the relay's marker in «Комментарий»: the second way to find a document, after the reference. */
export const MARKER = "onec-relay:";

/** People write right behind a marker: a comma or a full stop is no part of the reference. */
const MARKERS = /onec-relay:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\S+)/gi;
const MARKED_PERIODS = /onec-relay:(\S+) (\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})/g;

/** The relay's marker: the reference chosen by the relay and, for an act, the period. 1C has no field for a period. */
export function formatMarker(ref: string, period?: Period): string {
  return period === undefined ? MARKER + ref : `${MARKER}${ref} ${period.from}..${period.to}`;
}

export function parseMarkedRefs(comment: string): string[] {
  return [...comment.matchAll(MARKERS)].flatMap((match) => match[1] ?? []);
}

/** The period in a marker, or null. With `ref` only this document's marker counts, since people copy documents. */
export function parseMarkedPeriod(comment: string, ref?: string): Period | null {
  for (const [, of = "", from = "", to = ""] of comment.matchAll(MARKED_PERIODS)) {
    if (ref === undefined || of.toLowerCase() === ref.toLowerCase()) return { from, to };
  }
  return null;
}

/** The first act with the latest covered day, or null. People move acts, but the period in the marker stays. */
export function findLatestCoveringAct(acts: readonly LastAct[]): LastAct | null {
  const getLastDay = (act: LastAct) => act.coveredTo ?? act.date;
  return acts.reduce<LastAct | null>(
    (latest, act) => (latest === null || getLastDay(act) > getLastDay(latest) ? act : latest),
    null,
  );
}
