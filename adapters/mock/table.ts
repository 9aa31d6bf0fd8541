/** A row of the mock's infobase. */
export interface Row {
  readonly ref: string;
  readonly comment: string;
  readonly deletionMark: boolean;
}

/** Rows of one kind by their references, in the order they were made. Nothing is ever deleted, as in 1C. */
export interface Table<T extends Row> {
  get(ref: string): T | null;
  /** Rows of a key: cards of an INN, documents of a card. */
  listByKey(key: string): readonly T[];
  /** The row whose comment carries our marker for this reference, a live one first; null when there is none. */
  findByMarker(ref: string): T | null;
  listRows(): IterableIterator<T>;
  countRows(): number;
}

const MARKER = "onec-relay:";
const MARKERS = /onec-relay:(\S+)/g;
const MARKED_PERIODS = /onec-relay:(\S+) (\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})/g;

/** Our marker in «Комментарий»: the reference we chose and, for an act, its period. */
export function formatMarker(ref: string, period?: { readonly from: string; readonly to: string }): string {
  return period === undefined ? MARKER + ref : `${MARKER}${ref} ${period.from}..${period.to}`;
}

/** The references that the markers in a comment name. */
export function readMarkedRefs(comment: string): string[] {
  return [...comment.matchAll(MARKERS)].flatMap((match) => match[1] ?? []);
}

/** The period that the marker of this reference tells in a comment, or null: a copy that people made bears the marker of another. */
export function readMarkedPeriod(comment: string, ref: string): { readonly from: string; readonly to: string } | null {
  for (const [, of, from = "", to = ""] of comment.matchAll(MARKED_PERIODS)) if (of === ref) return { from, to };
  return null;
}

/** An empty table, indexed by one more key and by our marker, so that a long test stays fast. */
export function createTable<T extends Row>(keyOf: (row: T) => string): Table<T> & { put(row: T): void } {
  const rows = new Map<string, T>();
  const byKey = createIndex();
  const byMarker = createIndex();
  const rowsOf = (refs: Iterable<string>) => [...refs].flatMap((ref) => rows.get(ref) ?? []);
  return {
    get: (ref) => rows.get(ref) ?? null,
    listByKey: (key) => rowsOf(byKey.get(key)),
    findByMarker(ref) {
      const found = rowsOf(byMarker.get(ref));
      return found.find((row) => !row.deletionMark) ?? found[0] ?? null;
    },
    listRows: () => rows.values(),
    countRows: () => rows.size,
    put(row) {
      const before = rows.get(row.ref);
      byKey.move(row.ref, before === undefined ? [] : [keyOf(before)], [keyOf(row)]);
      byMarker.move(row.ref, before === undefined ? [] : readMarkedRefs(before.comment), readMarkedRefs(row.comment));
      rows.set(row.ref, row);
    },
  };
}

function createIndex() {
  const sets = new Map<string, Set<string>>();
  return {
    get: (key: string): Iterable<string> => sets.get(key) ?? [],
    move(ref: string, from: readonly string[], to: readonly string[]) {
      for (const key of from) if (!to.includes(key)) sets.get(key)?.delete(ref);
      for (const key of to) sets.set(key, (sets.get(key) ?? new Set()).add(ref));
    },
  };
}
