import type { StorePage } from "../../core/store.ts";

/** Makes a page of up to `limit + 1` rows: the extra row tells that another page follows. */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  toItem: (row: R) => T,
  toCursor: (row: R) => string,
): StorePage<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = last !== undefined && rows.length > limit ? toCursor(last) : null;
  return { items: shown.map(toItem), next };
}
