export interface FeedEntry {
  readonly id: number;
  /** Epoch ms. */
  readonly at: number;
  /** `out`: from the platform to the relay; `in`: from the relay to the platform. */
  readonly direction: "out" | "in";
  readonly type: string;
  readonly webhookId: string;
  readonly signature: string;
  /** The receiver's verdict on the signature; null before a verdict. */
  readonly verified: boolean | null;
  /** HTTP status of the answer; null before an answer. */
  readonly status: number | null;
  readonly attempts: number;
  /** Pretty-printed. */
  readonly body: string;
  readonly answer: string | null;
  /** Note about the receiver's decision, if any. */
  readonly note: string | null;
  readonly agentId: string | null;
}

/** A new entry for {@link Feed.add}. Later updates fill the other fields. */
export type NewFeedEntry = Pick<FeedEntry, "direction" | "type" | "webhookId" | "signature" | "body"> &
  Partial<FeedEntry>;

/** The last signed events, newest last. */
export interface Feed {
  add(entry: NewFeedEntry): number;
  update(id: number, more: Partial<FeedEntry>): void;
  /** Lists the entries added or changed after this revision. */
  listSince(revision: number): readonly FeedEntry[];
}

export interface Changes {
  getRevision(): number;
  /** Records a change; returns its number. */
  touch(): number;
  /** Calls the listener after every change; returns a function that ends this. */
  listen(listener: () => void): () => void;
}

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

/** Shortens a signature to its beginning and end: `v1,AbCdEfGh…wxyz=`. */
export function shortenSignature(signature: string): string {
  return signature.length <= 24 ? signature : `${signature.slice(0, 13)}…${signature.slice(-6)}`;
}

/** Formats a body for a person: JSON is indented, a long text is cut. */
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
