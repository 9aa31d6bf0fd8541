import type { ListDocumentsParams, MarkedDocument } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import { MARKER, parseMarkedRefs } from "../onec/marker.ts";
import { type Row, refOf } from "./client.ts";
import { getActMapping, type Infobase } from "./infobase.ts";
import {
  formatContains,
  formatDatetime,
  formatEquals,
  formatGuid,
  joinAll,
  readDate,
  readMoney,
  readRef,
  readText,
} from "./literals.ts";
import { getOrganizationRef } from "./lookups.ts";

interface Names {
  readonly entity: string;
  readonly fields: Readonly<Record<"organization" | "counterparty" | "amount" | "comment", string>>;
}

/** Start of a page. 1C gives no link to the next page, and `$skip` alone would read all years again for every page. */
interface Place {
  /** `2026-10-31T12:00:00`, wall clock. */
  readonly moment: string;
  /** Number of documents of this moment on earlier pages. */
  readonly shown: number;
}

/** Lists documents with our marker, page by page, see {@link Adapter.listDocuments}. */
export async function listDocuments(
  base: Infobase,
  { kind, since, cursor, limit }: ListDocumentsParams,
): Promise<{ documents: MarkedDocument[]; next: string | null }> {
  const { entity, fields }: Names = kind === "act" ? getActMapping(base) : base.mapping.paymentOrder;
  const place = parseCursor(cursor, since);
  const rows = await base.odata.list(entity, {
    filter: joinAll(
      `Date ge ${formatDatetime(place.moment.slice(0, 10), place.moment.slice(11))}`,
      formatContains(fields.comment, MARKER),
      formatEquals(fields.organization, formatGuid(await getOrganizationRef(base))),
    ),
    select: ["Ref_Key", "Number", "Date", "Posted", "DeletionMark", fields.amount, fields.counterparty, fields.comment],
    orderBy: "Date asc,Ref_Key asc",
    skip: place.shown,
    top: limit + 1,
  });
  const shown = rows.slice(0, limit);
  const documents = shown.map((row) => documentOf(row, fields)).filter((row) => row.markedRefs.length > 0);
  return { documents, next: rows.length > limit ? formatNextCursor(place, shown) : null };
}

function documentOf(row: Row, { amount, comment, counterparty }: Names["fields"]): MarkedDocument {
  return {
    ref: refOf(row),
    markedRefs: parseMarkedRefs(readText(row[comment])).map((ref) => ref.toLowerCase()),
    number: readText(row.Number).trim(),
    date: readDate(row.Date) ?? "",
    posted: row.Posted === true,
    deletionMark: row.DeletionMark === true,
    amount: readMoney(row[amount]) ?? 0,
    counterpartyRef: readRef(row[counterparty]) ?? "",
  };
}

function parseCursor(cursor: string | undefined, since: PlainDate): Place {
  const [, moment = `${since}T00:00:00`, shown = "0"] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d) (\d{1,9})$/.exec(cursor ?? "") ?? [];
  return { moment, shown: Number(shown) };
}

function formatNextCursor(place: Place, shown: readonly Row[]): string {
  const moment = readText(shown.at(-1)?.Date);
  const before = moment === place.moment ? place.shown : 0;
  return `${moment} ${before + shown.filter((row) => row.Date === moment).length}`;
}
