import type { ActState, CreateActParams, FindActParams, FindLastActParams, LastAct } from "../../core/adapter.ts";
import type { PlainDate } from "../../core/date.ts";
import { AdapterError } from "../../core/errors.ts";
import type { Kopecks } from "../../core/money.ts";
import type { Period } from "../../core/period.ts";
import { createRejection } from "../onec/errors.ts";
import { findLatestCoveringAct, formatMarker, parseMarkedPeriod, parseMarkedRefs } from "../onec/marker.ts";
import { toActRow } from "./act-document.ts";
import { type Row, refOf } from "./client.ts";
import { isWithdrawn, restoreComment, withMarker } from "./comment.ts";
import { createRefIgnoredError, listLostFields } from "./compare.ts";
import { getActMapping, type Infobase } from "./infobase.ts";
import {
  formatContains,
  formatEquals,
  formatGuid,
  joinAll,
  joinAny,
  readDate,
  readMoney,
  readRef,
  readText,
  removeSpaces,
} from "./literals.ts";
import { getOrganizationRef, isLive } from "./lookups.ts";
import { writeOrWithdraw } from "./withdraw.ts";
import { change, make, writeFields } from "./writing.ts";

/** Acts of one counterparty per request: more than eight years of monthly acts. */
const PAGE = 100;

export interface CreatedAct {
  readonly ref: string;
  readonly number: string;
  readonly date: PlainDate;
  readonly amount?: Kopecks;
  readonly counterpartyRef: string;
  readonly period?: Period;
}

/** Finds the last covering act of a counterparty, see {@link Adapter.findLastAct}. */
export async function findLastAct(base: Infobase, params: FindLastActParams): Promise<LastAct | null> {
  const { fields } = getActMapping(base);
  const except = params.exceptRef.toLowerCase();
  let seen = false;
  for (let skip = 0; ; skip += PAGE) {
    const rows = await listActPage(base, params.counterpartyRef, skip);
    seen ||= rows.some((row) => isAbout(base, row, except));
    if (rows.length < PAGE && !seen) base.recent.put(formatAbsentKey(except), true);
    const covering = rows.filter((row) => isCovering(base, row) && !isAbout(base, row, except));
    const latest = findLatestCoveringAct(covering.flatMap((row) => toLastActs(row, fields.comment)));
    if (latest !== null || rows.length < PAGE) return latest;
  }
}

function toLastActs(row: Row, comment: string): LastAct[] {
  const date = readDate(row.Date);
  const period = parseMarkedPeriod(readText(row[comment]), refOf(row));
  return date === null ? [] : [{ ref: refOf(row), date, ...(period === null ? {} : { coveredTo: period.to }) }];
}

async function listActPage(base: Infobase, counterparty: string, skip: number): Promise<readonly Row[]> {
  const { entity, fields, operation } = getActMapping(base);
  const organization = await getOrganizationRef(base);
  const rows = await base.odata.list(entity, {
    filter: joinAll(
      formatEquals(fields.counterparty, formatGuid(counterparty)),
      formatEquals(fields.organization, formatGuid(organization)),
    ),
    select: ["Ref_Key", "Date", "Posted", "DeletionMark", fields.comment, ...(operation ? [operation.field] : [])],
    orderBy: "Date desc,Ref_Key desc",
    top: PAGE,
    skip,
  });
  return rows;
}

/** Whether an act covers days: a posted act of services without a deletion mark. */
function isCovering(base: Infobase, row: Row): boolean {
  const { operation } = getActMapping(base);
  const isService = operation === null || readText(row[operation.field]) === operation.value;
  return isStanding(row) && isService;
}

/** Whether the row has this reference, or our marker with this reference. */
function isAbout(base: Infobase, row: Row, ref: string): boolean {
  return refOf(row) === ref || parseMarkedRefs(readText(row[getActMapping(base).fields.comment])).includes(ref);
}

function formatAbsentKey(ref: string): string {
  return `absent ${ref}`;
}

/** Makes an act, compares the stored row with the sent row, and only then posts, see {@link Adapter.createAct}. */
export async function createAct(base: Infobase, params: CreateActParams): Promise<CreatedAct> {
  const { entity, fields } = getActMapping(base);
  const ref = params.ref.toLowerCase();
  // The search for the last act may have just read all acts of this counterparty.
  const known = base.recent.peek<boolean>(formatAbsentKey(ref)) === true ? null : await lookFor(base, params);
  base.recent.drop(formatAbsentKey(ref));
  if (known !== null && isStanding(known)) return toKnownAct(base, known, params);
  const comment = readText(known?.[fields.comment]);
  const draft = { entity, ref, commentField: fields.comment, comment: withMarker(comment, ref, params.period) };
  const ready = await writeOrWithdraw(base, draft, () =>
    known === null ? makeAct(base, params) : completeAct(base, known, params),
  );
  // An earlier attempt without an answer may have arrived after the search.
  if (isStanding(ready)) return toKnownAct(base, ready, params);
  await post(base, ref);
  return { ...toCreatedAct(base, ready, params), period: params.period };
}

function isStanding(row: Row): boolean {
  return row.Posted === true && row.DeletionMark !== true;
}

/** A posted act of an earlier attempt, unchanged, with the period of its marker. */
async function toKnownAct(base: Infobase, row: Row, params: CreateActParams): Promise<CreatedAct> {
  const { entity, fields } = getActMapping(base);
  const ref = params.ref.toLowerCase();
  if (refOf(row) !== ref) throw createRefIgnoredError(entity, refOf(row));
  if (readRef(row[fields.organization]) !== (await getOrganizationRef(base))) {
    const detail = `Акт № ${readText(row.Number).trim()} под этой ссылкой принадлежит другой организации. Шлюз его не меняет.`;
    throw createRejection("act_changed", "The act under this reference is another organisation's", detail);
  }
  const period = parseMarkedPeriod(readText(row[fields.comment]), ref);
  return { ...toCreatedAct(base, row, params), ...(period === null ? {} : { period }) };
}

/** Makes the act with a guess of the number, so the usual act needs no second write. */
async function makeAct(base: Infobase, params: CreateActParams): Promise<Row> {
  const { entity, fields } = getActMapping(base);
  const ref = params.ref.toLowerCase();
  const { incomingNumber } = fields;
  const guess = base.cache.peek<string>(NEXT_NUMBER);
  const guessed = incomingNumber === null || guess === undefined ? {} : { [incomingNumber]: guess };
  const { row, made } = await make(base, entity, { Ref_Key: ref, ...(await toActRow(base, params, "")), ...guessed });
  if (!made) return isStanding(row) ? row : completeAct(base, row, params);
  base.cache.put(NEXT_NUMBER, computeNextNumber(readText(row.Number)));
  return fillNumber(base, row);
}

const NEXT_NUMBER = "next act number";

/** The number after a document's number: the digits at the end grow by one and keep their length. */
export function computeNextNumber(number: string): string {
  return number.trim().replace(/\d+$/, (digits) => String(Number(digits) + 1).padStart(digits.length, "0"));
}

/** Writes 1C's number, which our printed form bears, as the number of the supplier's paper. */
async function fillNumber(base: Infobase, row: Row): Promise<Row> {
  const { entity, fields } = getActMapping(base);
  const number = readText(row.Number).trim();
  if (fields.incomingNumber === null || readText(row[fields.incomingNumber]) === number) return row;
  return writeFields(base, entity, row, { [fields.incomingNumber]: number });
}

/** Finds the act by our reference, else an act of this counterparty by our marker, unmarked acts first. */
async function lookFor(base: Infobase, { ref, counterpartyRef }: CreateActParams): Promise<Row | null> {
  const { entity, fields } = getActMapping(base);
  const marked = joinAll(
    formatEquals(fields.counterparty, formatGuid(counterpartyRef)),
    formatContains(fields.comment, formatMarker(ref)),
  );
  const found = await base.odata.list(entity, { filter: joinAny(formatEquals("Ref_Key", formatGuid(ref)), marked) });
  return findPreferredAct(base, found, ref);
}

function findPreferredAct(base: Infobase, found: readonly Row[], ref: string): Row | null {
  const about = found.filter((row) => isAbout(base, row, ref.toLowerCase()));
  const own = about.find((row) => refOf(row) === ref.toLowerCase());
  return own ?? about.find((row) => row.DeletionMark !== true) ?? about[0] ?? null;
}

/**
 * Writes new parameters into an unposted act, after a failed posting or a withdrawal. Throws rejected `act_changed` for
 * an act marked by people. 1C gives a new number to an act that moves to another year.
 */
async function completeAct(base: Infobase, row: Row, params: CreateActParams): Promise<Row> {
  const { entity, fields } = getActMapping(base);
  const ref = params.ref.toLowerCase();
  if (refOf(row) !== ref) throw createRefIgnoredError(entity, refOf(row));
  const comment = readText(row[fields.comment]);
  const isTakenBack = row.DeletionMark === true && isWithdrawn(comment, ref);
  if (row.DeletionMark === true && !isTakenBack) {
    const detail = `Акт № ${readText(row.Number).trim()} помечен на удаление`;
    throw createRejection("act_changed", "The act is marked for deletion", detail);
  }
  const wanted: Row = {
    ...(await toActRow(base, params, isTakenBack ? restoreComment(comment, ref) : comment)),
    ...(isTakenBack ? { DeletionMark: false } : {}),
    ...(fields.incomingNumber === null ? {} : { [fields.incomingNumber]: readText(row.Number).trim() }),
  };
  const lost = new Set(listLostFields(wanted, row).map((path) => path.replace(/\[.*/, "")));
  if (lost.size === 0) return row;
  const toWrite = Object.fromEntries(Object.entries(wanted).filter(([name]) => lost.has(name)));
  return fillNumber(base, await change(base, entity, row, toWrite));
}

/** Posts (проводит) an act. Throws rejected `act_not_posted` with 1C's reason, for an accountant. */
async function post(base: Infobase, ref: string): Promise<void> {
  try {
    await base.odata.post(getActMapping(base).entity, ref);
  } catch (error) {
    if (!(error instanceof AdapterError) || error.code !== "onec_rejected") throw error;
    throw createRejection("act_not_posted", "The act was written but not posted", error.detail ?? "");
  }
}

function toCreatedAct(base: Infobase, row: Row, params: CreateActParams): CreatedAct {
  const { fields } = getActMapping(base);
  const amount = readMoney(row[fields.amount]);
  return {
    ref: refOf(row),
    number: readText(row.Number).trim(),
    date: readDate(row.Date) ?? params.date,
    ...(amount === null ? {} : { amount }),
    counterpartyRef: readRef(row[fields.counterparty]) ?? "",
  };
}

/** Finds an act, see {@link Adapter.findAct}. Reads the card of an unexpected counterparty for its INN. */
export async function findAct(base: Infobase, { ref, counterpartyRef }: FindActParams): Promise<ActState | null> {
  const row = await locateAct(base, ref);
  if (row === null) return null;
  const state = toActState(base, row);
  const contract = readRef(row[getActMapping(base).fields.contract]);
  if (contract !== null) base.recent.put(formatActContractKey(ref), contract);
  const isExpected = counterpartyRef === undefined || state.counterpartyRef === counterpartyRef.toLowerCase();
  if (isExpected || state.counterpartyRef === "") return state;
  const { entity, fields } = base.mapping.counterparty;
  const card = await base.odata.get(entity, state.counterpartyRef);
  const isStanding = card !== null && isLive(card);
  return { ...state, ...(isStanding ? { counterpartyInn: removeSpaces(card[fields.inn]) } : {}) };
}

/** Key of an act's contract among the findings of the last minute. */
export function formatActContractKey(actRef: string): string {
  return `contract of act ${actRef.toLowerCase()}`;
}

async function locateAct(base: Infobase, ref: string): Promise<Row | null> {
  const { entity, fields } = getActMapping(base);
  const own = await base.odata.get(entity, ref);
  if (own !== null) return own;
  const found = await base.odata.list(entity, { filter: formatContains(fields.comment, formatMarker(ref)) });
  return findPreferredAct(base, found, ref);
}

function toActState(base: Infobase, row: Row): ActState {
  const { entity, fields } = getActMapping(base);
  const date = readDate(row.Date);
  const amount = readMoney(row[fields.amount]);
  if (date === null || amount === null) {
    const detail = `У документа ${entity} ${refOf(row)} нет даты или суммы`;
    throw createRejection("onec_rejected", "An act cannot be read", detail);
  }
  const period = parseMarkedPeriod(readText(row[fields.comment]), refOf(row));
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

/** Cancels the posting, then marks for deletion, in the order 1C demands, see {@link Adapter.voidAct}. */
export async function voidAct(base: Infobase, ref: string): Promise<{ found: boolean }> {
  const row = await locateAct(base, ref);
  if (row === null) return { found: false };
  try {
    await cancelAct(base, row);
  } catch (error) {
    if (row.Posted === true || !(error instanceof AdapterError) || error.code !== "onec_rejected") throw error;
    // A posting with a lost answer may have ended after our read, and 1C never marks a posted document.
    const now = await locateAct(base, ref);
    if (now?.Posted !== true) throw error;
    await cancelAct(base, now);
  }
  return { found: true };
}

async function cancelAct(base: Infobase, row: Row): Promise<void> {
  const { entity } = getActMapping(base);
  if (row.Posted === true) await base.odata.unpost(entity, refOf(row));
  if (row.DeletionMark !== true) await writeFields(base, entity, row, { DeletionMark: true });
}
