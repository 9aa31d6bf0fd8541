import type { Period } from "../core/period.ts";

/** Begins our marker in «Комментарий» of every document of ours: the second way to find it, after its reference. */
export const MARKER = "onec-relay:";

const MARKERS = /onec-relay:(\S+)/g;
const MARKED_PERIOD = /onec-relay:\S+ (\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})/;

/** Our marker: the reference we chose and, for an act, its period, which 1C has no field for. */
export function marker(ref: string, period?: Period): string {
  return period === undefined ? MARKER + ref : `${MARKER}${ref} ${period.from}..${period.to}`;
}

/** The references that the markers in a comment name. */
export function markedRefs(comment: string): string[] {
  return [...comment.matchAll(MARKERS)].flatMap((match) => match[1] ?? []);
}

/** The period that the marker in a comment tells, or null. */
export function markedPeriod(comment: string): Period | null {
  const [, from, to] = MARKED_PERIOD.exec(comment) ?? [];
  return from === undefined || to === undefined ? null : { from, to };
}
