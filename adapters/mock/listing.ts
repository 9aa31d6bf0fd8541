import type { ListDocumentsParams, MarkedDocument } from "../../core/adapter.ts";
import type { Infobase } from "./infobase.ts";
import type { MockAct, MockPaymentOrder } from "./model.ts";
import { readMarkedRefs } from "./table.ts";

/** Implements `Adapter.listDocuments` over the mock's infobase. Cursor: date and reference of the last document. */
export function listDocuments(
  base: Infobase,
  { kind, since, cursor = "", limit }: ListDocumentsParams,
): { documents: MarkedDocument[]; next: string | null } {
  const table: { listRows(): Iterable<MockAct | MockPaymentOrder> } = kind === "act" ? base.acts : base.paymentOrders;
  const left = [...table.listRows()]
    .map(toMarkedDocument)
    .filter((document) => document.markedRefs.length > 0 && document.date >= since && formatCursor(document) > cursor)
    .sort((a, b) => (formatCursor(a) < formatCursor(b) ? -1 : 1));
  const documents = left.slice(0, limit);
  const last = documents.at(-1);
  return { documents, next: last === undefined || left.length <= limit ? null : formatCursor(last) };
}

function toMarkedDocument(row: MockAct | MockPaymentOrder): MarkedDocument {
  const { ref, number, date, deletionMark, amount, counterpartyRef, comment } = row;
  const posted = "posted" in row ? row.posted : !deletionMark;
  return { ref, markedRefs: readMarkedRefs(comment), number, date, posted, deletionMark, amount, counterpartyRef };
}

function formatCursor({ date, ref }: { readonly date: string; readonly ref: string }): string {
  return `${date} ${ref}`;
}
