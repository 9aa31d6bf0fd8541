/** A row of the mock's infobase. */
export interface Row {
  readonly ref: string;
  readonly comment: string;
  readonly deletionMark: boolean;
}

/** Rows of one kind by reference, in order of creation. No row is ever deleted, as in 1C. */
export interface Table<T extends Row> {
  get(ref: string): T | null;
  /** Rows of a key: the cards of an INN, or the documents of a card. */
  listByKey(key: string): readonly T[];
  /** Finds the row with the relay's marker of this reference in the comment, a live row first. */
  findByMarker(ref: string): T | null;
  listRows(): IterableIterator<T>;
  countRows(): number;
}

const MARKER = "onec-relay:";
const MARKERS = /onec-relay:(\S+)/g;
const MARKED_PERIODS = /onec-relay:(\S+) (\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})/g;

/** The relay's marker in «Комментарий»: the reference chosen by the relay and the period of an act. */
export function formatMarker(ref: string, period?: { readonly from: string; readonly to: string }): string {
  return period === undefined ? MARKER + ref : `${MARKER}${ref} ${period.from}..${period.to}`;
}

/** References in the markers of a comment. */
export function readMarkedRefs(comment: string): string[] {
  return [...comment.matchAll(MARKERS)].flatMap((match) => match[1] ?? []);
}

/** Period in the marker of this reference. Null: no such marker; people's copies carry another document's marker. */
export function readMarkedPeriod(comment: string, ref: string): { readonly from: string; readonly to: string } | null {
  for (const [, of, from = "", to = ""] of comment.matchAll(MARKED_PERIODS)) if (of === ref) return { from, to };
  return null;
}

/** Creates an empty table. Indexes by a second key and by the relay's marker keep long tests fast. */
export function createTable<T extends Row>(getKey: (row: T) => string): Table<T> & { put(row: T): void } {
  const rows = new Map<string, T>();
  const byKey = createIndex();
  const byMarker = createIndex();
  const getRows = (refs: Iterable<string>) => [...refs].flatMap((ref) => rows.get(ref) ?? []);
  return {
    get: (ref) => rows.get(ref) ?? null,
    listByKey: (key) => getRows(byKey.get(key)),
    findByMarker(ref) {
      const found = getRows(byMarker.get(ref));
      return found.find((row) => !row.deletionMark) ?? found[0] ?? null;
    },
    listRows: () => rows.values(),
    countRows: () => rows.size,
    put(row) {
      const before = rows.get(row.ref);
      byKey.move(row.ref, before === undefined ? [] : [getKey(before)], [getKey(row)]);
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
