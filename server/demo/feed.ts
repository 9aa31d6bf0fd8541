/** One signed event as it passed between platform and relay. */
export interface FeedEntry {
  /** Grows from entry to entry. */
  readonly id: number;
  /** Epoch ms. */
  readonly at: number;
  /** `out`: the platform sent it to the relay; `in`: the relay sent it to the platform. */
  readonly direction: "out" | "in";
  readonly type: string;
  readonly webhookId: string;
  /** Shortened: enough to see that it is there. */
  readonly signature: string;
  /** The receiver's verdict on the signature; null while there is none. */
  readonly verified: boolean | null;
  /** HTTP status of the answer; null while there is none. */
  readonly status: number | null;
  readonly attempts: number;
  /** Pretty-printed. */
  readonly body: string;
  readonly answer: string | null;
  /** What the receiver made of it, where that is worth a word. */
  readonly note: string | null;
  readonly agentId: string | null;
}

/** {@link Feed.add}; the rest is filled in as it becomes known. */
export type NewFeedEntry = Pick<FeedEntry, "direction" | "type" | "webhookId" | "signature" | "body"> &
  Partial<FeedEntry>;

/** The last signed events, newest last. */
export interface Feed {
  add(entry: NewFeedEntry): number;
  update(id: number, more: Partial<FeedEntry>): void;
  /** Entries added or changed after this revision. */
  listSince(revision: number): readonly FeedEntry[];
}

/** What tells the open pages that there is something new. */
export interface Changes {
  /** Grows with every change. */
  getRevision(): number;
  touch(): number;
  /** Called after every change; returns how to stop. */
  listen(listener: () => void): () => void;
}

/** No changes yet. */
export function createChanges(): Changes {
  let revision = 1;
  const listeners = new Set<() => void>();
  return {
    getRevision: () => revision,
    touch() {
      revision += 1;
      for (const listener of listeners) listener();
      return revision;
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A feed that keeps the last `limit` entries. */
export function createFeed(changes: Changes, clock: () => number, limit = 100): Feed {
  const entries = new Map<number, { entry: FeedEntry; revision: number }>();
  let last = 0;
  return {
    add(given) {
      last += 1;
      const entry: FeedEntry = {
        at: clock(),
        verified: null,
        status: null,
        attempts: 1,
        answer: null,
        note: null,
        agentId: null,
        ...given,
        id: last,
      };
      entries.set(last, { entry, revision: changes.touch() });
      entries.delete(last - limit);
      return last;
    },
    update(id, more) {
      const known = entries.get(id);
      if (known === undefined) return;
      entries.set(id, { entry: { ...known.entry, ...more, id }, revision: changes.touch() });
    },
    listSince: (revision) => [...entries.values()].flatMap((kept) => (kept.revision > revision ? [kept.entry] : [])),
  };
}

/** `v1,AbCdEfGh…wxyz=`: the beginning and the end of a signature. */
export function shortenSignature(signature: string): string {
  return signature.length <= 24 ? signature : `${signature.slice(0, 13)}…${signature.slice(-6)}`;
}

/** A body for reading: indented where it is JSON, and never endless. */
export function formatBody(text: string): string {
  return cut(indentJson(text), 6000);
}

function indentJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}\n…`;
}
