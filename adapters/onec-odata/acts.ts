import type { ActState, CreateActParams, FindLastActParams, LastAct } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import { AdapterError } from "../../core/errors.ts";
import type { Period } from "../../core/period.ts";
import { refused } from "../onec.ts";
import { latestCovering, markedPeriod, markedRefs, marker } from "../onec-marker.ts";
import { actDocument } from "./act-document.ts";
import type { Row } from "./client.ts";
import { refOf } from "./client.ts";
import { lostFields, refIgnored } from "./compare.ts";
import type { Infobase } from "./infobase.ts";
import { actMapping, change, make, written } from "./infobase.ts";
import { all, any, contains, equals, guid, readDate, readMoney, readRef, readText } from "./literals.ts";
import { organizationRef } from "./lookups.ts";

/** Acts of one counterparty read at once: more than eight years of monthly ones. */
const PAGE = 100;

/** {@link Adapter.createAct} */
export interface CreatedAct {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
  readonly period?: Period;
}

/** {@link Adapter.findLastAct} over OData. */
export async function findLastAct(base: Infobase, params: FindLastActParams): Promise<LastAct | null> {
  const { fields } = actMapping(base);
  const except = params.exceptRef.toLowerCase();
  let seen = false;
  for (let skip = 0; ; skip += PAGE) {
    const rows = await pageOfActs(base, params.counterpartyRef, skip);
    seen ||= rows.some((row) => isAbout(base, row, except));
    if (rows.length < PAGE && !seen) base.recent.put(absentKey(except), true);
    const covering = rows.filter((row) => isCovering(base, row) && !isAbout(base, row, except));
    const latest = latestCovering(covering.flatMap((row) => lastAct(row, fields.comment)));
    if (latest !== null || rows.length < PAGE) return latest;
  }
}

function lastAct(row: Row, comment: string): LastAct[] {
  const date = readDate(row.Date);
  const period = markedPeriod(readText(row[comment]), refOf(row));
  return date === null ? [] : [{ ref: refOf(row), date, ...(period === null ? {} : { coveredTo: period.to }) }];
}

/** Newest first. */
async function pageOfActs(base: Infobase, counterparty: string, skip: number): Promise<readonly Row[]> {
  const { entity, fields, operation } = actMapping(base);
  const organization = await organizationRef(base);
  const rows = await base.odata.list(entity, {
    filter: all(equals(fields.counterparty, guid(counterparty)), equals(fields.organization, guid(organization))),
    select: ["Ref_Key", "Date", "Posted", "DeletionMark", fields.comment, ...(operation ? [operation.field] : [])],
    orderBy: "Date desc,Ref_Key desc",
    top: PAGE,
    skip,
  });
  return rows;
}

/** A posted, unmarked act of services: it covers the days up to it. */
function isCovering(base: Infobase, row: Row): boolean {
  const { operation } = actMapping(base);
  const isService = operation === null || readText(row[operation.field]) === operation.value;
  return row.Posted === true && row.DeletionMark !== true && isService;
}

/** It is the act with this reference, or carries our marker for it. */
function isAbout(base: Infobase, row: Row, ref: string): boolean {
  return refOf(row) === ref || markedRefs(readText(row[actMapping(base).fields.comment])).includes(ref);
}

function absentKey(ref: string): string {
  return `absent ${ref}`;
}

/** {@link Adapter.createAct} over OData: made, compared with what was sent, and only then posted. */
export async function createAct(base: Infobase, params: CreateActParams): Promise<CreatedAct> {
  const { entity, fields } = actMapping(base);
  const ref = params.ref.toLowerCase();
  // The search for the last act has just read all acts of this counterparty.
  const known = base.recent.peek<boolean>(absentKey(ref)) === true ? null : await lookFor(base, params);
  base.recent.drop(absentKey(ref));
  const { row, made } =
    known === null
      ? await make(base, entity, { Ref_Key: ref, ...(await actDocument(base, params, "")) })
      : { row: known, made: false };
  if (refOf(row) !== ref) throw refIgnored(entity, refOf(row));
  if (row.DeletionMark === true) {
    const detail = `Акт № ${readText(row.Number)} помечен на удаление`;
    throw refused("act_changed", "The act is marked for deletion", detail);
  }
  if (row.Posted === true) {
    const period = markedPeriod(readText(row[fields.comment]), ref);
    return { ...document(row, params), ...(period === null ? {} : { period }) };
  }
  const ready = await broughtTo(base, row, params, made);
  await post(base, ref);
  return { ...document(ready, params), period: params.period };
}

/** The act under our reference, or one of this counterparty with our marker, a live one first. */
async function lookFor(base: Infobase, { ref, counterpartyRef }: CreateActParams): Promise<Row | null> {
  const { entity, fields } = actMapping(base);
  const marked = all(equals(fields.counterparty, guid(counterpartyRef)), contains(fields.comment, marker(ref)));
  const found = await base.odata.list(entity, { filter: any(equals("Ref_Key", guid(ref)), marked) });
  return preferred(base, found, ref);
}

function preferred(base: Infobase, found: readonly Row[], ref: string): Row | null {
  const about = found.filter((row) => isAbout(base, row, ref.toLowerCase()));
  const own = about.find((row) => refOf(row) === ref.toLowerCase());
  return own ?? about.find((row) => row.DeletionMark !== true) ?? about[0] ?? null;
}

/** An unposted act with what it lacks: its number as that of the paper, and new parameters after a failed posting. */
async function broughtTo(base: Infobase, row: Row, params: CreateActParams, made: boolean): Promise<Row> {
  const { entity, fields } = actMapping(base);
  const number = readText(row.Number).trim();
  const wanted: Row = {
    ...(made ? {} : await actDocument(base, params, readText(row[fields.comment]))),
    // The paper is our form, which bears 1C's number.
    ...(fields.incomingNumber === null ? {} : { [fields.incomingNumber]: number }),
  };
  const lost = new Set(lostFields(wanted, row).map((path) => path.replace(/\[.*/, "")));
  if (lost.size === 0) return row;
  const fieldsToWrite = Object.fromEntries(Object.entries(wanted).filter(([name]) => lost.has(name)));
  if (made) return written(base, entity, row, fieldsToWrite);
  return change(base, entity, row, fieldsToWrite);
}

/** Posts (проводит). What 1C says against it is for an accountant. */
async function post(base: Infobase, ref: string): Promise<void> {
  try {
    await base.odata.post(actMapping(base).entity, ref);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "onec_rejected") throw error;
    throw refused("act_not_posted", "The act was written but not posted", error.detail ?? "");
  }
}

function document(row: Row, params: CreateActParams): CreatedAct {
  return { ref: refOf(row), number: readText(row.Number).trim(), date: readDate(row.Date) ?? params.date };
}

/** {@link Adapter.findAct} over OData. */
export async function findAct(base: Infobase, ref: string): Promise<ActState | null> {
  const row = await locateAct(base, ref);
  return row === null ? null : actState(base, row);
}

/** By our reference, then by our marker. */
async function locateAct(base: Infobase, ref: string): Promise<Row | null> {
  const { entity, fields } = actMapping(base);
  const own = await base.odata.get(entity, ref);
  if (own !== null) return own;
  const found = await base.odata.list(entity, { filter: contains(fields.comment, marker(ref)) });
  return preferred(base, found, ref);
}

function actState(base: Infobase, row: Row): ActState {
  const { entity, fields } = actMapping(base);
  const date = readDate(row.Date);
  const amount = readMoney(row[fields.amount]);
  if (date === null || amount === null) {
    throw refused("onec_rejected", "An act cannot be read", `У документа ${entity} ${refOf(row)} нет даты или суммы`);
  }
  const period = markedPeriod(readText(row[fields.comment]), refOf(row));
  return {
    ref: refOf(row),
    number: readText(row.Number).trim(),
    date,
    posted: row.Posted === true,
    deletionMark: row.DeletionMark === true,
    amount,
    counterpartyRef: readRef(row[fields.counterparty]) ?? "",
    ...(period === null ? {} : { period }),
  };
}

/** {@link Adapter.voidAct} over OData: cancels the posting, then marks for deletion, as 1C demands. */
export async function voidAct(base: Infobase, ref: string): Promise<{ found: boolean }> {
  const row = await locateAct(base, ref);
  if (row === null) return { found: false };
  try {
    await takeBack(base, row);
  } catch (error) {
    if (row.Posted === true || !(error instanceof AdapterError) || error.code !== "onec_rejected") throw error;
    // A posting whose answer was lost may have come through after the act was read: 1C marks no posted document.
    const now = await locateAct(base, ref);
    if (now?.Posted !== true) throw error;
    await takeBack(base, now);
  }
  return { found: true };
}

async function takeBack(base: Infobase, row: Row): Promise<void> {
  const { entity } = actMapping(base);
  if (row.Posted === true) await base.odata.unpost(entity, refOf(row));
  if (row.DeletionMark !== true) await written(base, entity, row, { DeletionMark: true });
}
