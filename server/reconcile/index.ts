import type { Act } from "../../core/act.ts";
import type { Adapter, AdapterAnswer, CallContext, ListDocumentsParams, MarkedDocument } from "../../core/adapter.ts";
import { PENDING } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import type { Store } from "../../core/store.ts";
import { ConfigError } from "../config/index.ts";
import { SETTINGS } from "../messages/settings.ts";
import { expectAct, expectOrder, type Finding, type FoundDocument, judge } from "./judge.ts";

const PAGE = 200;
/** Number of looks at an act. An act that changes at every look is in work and makes no finding. */
const LOOKS = 3;

export interface ReconcileParts {
  readonly store: Pick<Store, "getAct" | "listActs" | "getActByPaymentOrder">;
  readonly adapter: Adapter;
  /** First day of the compared documents. */
  readonly since: PlainDate;
  readonly newId: () => string;
  /** Called at once with each finding; `reconcile` keeps no findings. */
  readonly onFinding: (finding: Finding) => void;
}

/** Numbers of compared documents. `listed`: null without listing; doubles and unknown documents stay hidden. */
export interface ReconcileCounts {
  readonly acts: number;
  readonly orders: number;
  readonly listed: { readonly acts: number; readonly orders: number } | null;
  readonly findings: number;
}

type DocumentKind = ListDocumentsParams["kind"];

/**
 * Compares the relay's acts and payment orders with the documents in 1C; changes nothing. The first pass compares every
 * document with the relay's marker to the named act. The second pass looks up the documents of all other acts.
 * Memory: one page of each side, and a number for each document.
 * @throws {AdapterError} when 1C cannot be read
 * @throws {ConfigError} for an accounting system with late answers
 */
export async function reconcile(parts: ReconcileParts): Promise<ReconcileCounts> {
  const books = createBooks(parts);
  const seen = createSeen();
  const canList = parts.adapter.listDocuments !== undefined;
  const listed = canList
    ? { acts: await compareDocuments(books, "act", seen), orders: await compareDocuments(books, "payment_order", seen) }
    : null;
  const own = await compareActs(books, seen, canList);
  return { ...own, listed, findings: books.count() };
}

function createBooks({ store, adapter, since, newId, onFinding }: ReconcileParts) {
  let findings = 0;
  async function ask<T>(call: (context: CallContext) => AdapterAnswer<T>): Promise<T> {
    const answer = await call({ id: newId() });
    if (answer !== PENDING) return answer;
    throw new ConfigError(SETTINGS.lateTransport);
  }
  return {
    store,
    since,
    count: () => findings,
    report(found: readonly Finding[]) {
      findings += found.length;
      for (const finding of found) onFinding(finding);
    },
    find: (kind: DocumentKind, ref: string): Promise<FoundDocument | null> =>
      ask((context) =>
        kind === "act" ? adapter.findAct({ ref }, context) : adapter.findPaymentOrder({ ref }, context),
      ),
    async isLive(kind: DocumentKind, { ref, deletionMark }: FoundDocument): Promise<boolean> {
      if (kind === "act") return deletionMark !== true;
      const states = await ask((context) => adapter.getPaymentStates([ref], context));
      return states[ref]?.state !== "deleted";
    },
    listPage: (kind: DocumentKind, cursor: string | null) =>
      ask((context) =>
        adapter.listDocuments!({ kind, since, limit: PAGE, ...(cursor === null ? {} : { cursor }) }, context),
      ),
    getOwner: (kind: DocumentKind, ref: string) =>
      kind === "act" ? store.getAct(ref) : store.getActByPaymentOrder(ref),
  };
}

type Books = ReturnType<typeof createBooks>;

/** First pass, from 1C: compares each document with the relay's marker to the named act. */
async function compareDocuments(books: Books, kind: DocumentKind, seen: Seen): Promise<number> {
  let count = 0;
  for (let cursor: string | null = null; ; ) {
    const { documents, next } = await books.listPage(kind, cursor);
    for (const document of documents) await holdAgainst(books, kind, document, seen);
    count += documents.length;
    if (next === null) return count;
    cursor = next;
  }
}

async function holdAgainst(books: Books, kind: DocumentKind, document: MarkedDocument, seen: Seen): Promise<void> {
  const owner = await findOwner(books, kind, document);
  if (owner === null) {
    if (!document.deletionMark) books.report([{ kind: "unknown", document: kind, act: null, found: document }]);
    return;
  }
  if (document.ref !== owner.ref) {
    const first = await books.find(kind, owner.ref);
    if (first !== null && first.ref !== document.ref) {
      const bothLive = !document.deletionMark && (await books.isLive(kind, first));
      if (bothLive) books.report([{ kind: "doubled", document: kind, act: owner.act, found: document, first }]);
      return;
    }
  }
  seen.add(owner.ref);
  const expected = kind === "act" ? expectAct(owner.act) : expectOrder(owner.act, owner.ref);
  if (judge(expected, document).length > 0) await lookCloser(books, kind, owner.act.id, document);
}

async function findOwner(books: Books, kind: DocumentKind, document: MarkedDocument) {
  for (const ref of [...document.markedRefs, document.ref]) {
    const act = await books.getOwner(kind, ref);
    if (act !== null) return { act, ref };
  }
  return null;
}

/** Second pass, from the relay: looks up the acts without a document in the listing. */
async function compareActs(books: Books, seen: Seen, canList: boolean): Promise<{ acts: number; orders: number }> {
  const counts = { acts: 0, orders: 0 };
  for (let cursor: string | null = null; ; ) {
    const { items, next } = await books.store.listActs({ limit: PAGE, ...(cursor === null ? {} : { cursor }) });
    for (const act of items) {
      if ((act.document?.date ?? act.date) >= books.since) await lookUp(books, act, seen, canList, counts);
    }
    if (next === null) return counts;
    cursor = next;
  }
}

async function lookUp(books: Books, act: Act, seen: Seen, canList: boolean, counts: { acts: number; orders: number }) {
  const { wanted } = expectAct(act);
  counts.acts += 1;
  if (!seen.has(act.id) && (wanted === "live" || (wanted === "void" && !canList)))
    await lookCloser(books, "act", act.id);
  const order = act.paymentOrder;
  if (order === null || expectOrder(act, order.ref).wanted !== "live") return;
  counts.orders += 1;
  if (!seen.has(order.ref)) await lookCloser(books, "payment_order", act.id);
}

/** Reads the act, the document, and the act again: a running relay may change the act. A payment order is `listed`. */
async function lookCloser(books: Books, kind: DocumentKind, actId: string, listed?: MarkedDocument): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    const act = await books.store.getAct(actId);
    const ref = kind === "act" ? act?.id : act?.paymentOrder?.ref;
    if (act === null || ref === undefined) return;
    // A listing of 1C has more data about a payment order than a single look-up.
    const found = kind === "payment_order" && listed !== undefined ? listed : await books.find(kind, ref);
    if ((await books.store.getAct(actId))?.seq !== act.seq) continue;
    return books.report(judge(kind === "act" ? expectAct(act) : expectOrder(act, ref), found));
  }
}

interface Seen {
  add(ref: string): void;
  has(ref: string): boolean;
}

/** Keeps the first 52 bits of references, as numbers. Two equal numbers in a million have a chance of 1 in 9000. */
function createSeen(): Seen {
  const keys = new Set<number>();
  const keyOf = (ref: string) => Number.parseInt(ref.replaceAll("-", "").slice(0, 13), 16);
  return { add: (ref) => void keys.add(keyOf(ref)), has: (ref) => keys.has(keyOf(ref)) };
}
