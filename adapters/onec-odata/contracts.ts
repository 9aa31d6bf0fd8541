import { printDate } from "../../core/date.ts";
import type { Contract, Contractor } from "../../core/parties.ts";
import { createRejection } from "../onec/errors.ts";
import { formatMarker } from "../onec/marker.ts";
import { type Row, refOf } from "./client.ts";
import { shortenText } from "./compare.ts";
import { getActMapping, type Infobase } from "./infobase.ts";
import { EMPTY_REF, formatEquals, formatGuid, formatMoment, readDate, readRef, readText } from "./literals.ts";
import { getCurrencyRef, getOrganizationRef, isLive } from "./lookups.ts";
import type { ContractMapping } from "./mapping-schema.ts";
import { deriveContractRef } from "./refs.ts";
import { change, make } from "./writing.ts";

/**
 * Reference of the contract for a document, found or made now; the empty reference without contracts. A merge of
 * duplicates moves the contracts to the kept card. So a card without a contract is read first.
 * Throws rejected `counterparty_deleted` for a marked card.
 */
export async function contractOf(base: Infobase, card: string, contractor: Contractor): Promise<string> {
  if (base.mapping.contract === null) {
    await requireLiveCard(base, card);
    return EMPTY_REF;
  }
  const chosen = await findContract(base, card, contractor.contract);
  if (chosen !== null) return fillIn(base, chosen, contractor.contract);
  await requireLiveCard(base, card);
  return makeContract(base, card, contractor);
}

/**
 * Finds or makes the contract of the act's kind between a card and our organisation. The platform's number decides
 * first, then the date among equal numbers, then the only contract. Among several contracts of people the relay never
 * guesses and makes an own contract. The relay fills in number and date of own contracts, never of people's contracts.
 */
export async function ensureContract(base: Infobase, card: string, contractor: Contractor): Promise<void> {
  if (base.mapping.contract === null) return;
  const chosen = await findContract(base, card, contractor.contract);
  await (chosen === null ? makeContract(base, card, contractor) : fillIn(base, chosen, contractor.contract));
}

async function findContract(base: Infobase, card: string, sent: Contract | undefined): Promise<Row | null> {
  const candidates = await contractsOf(base, card);
  return choose(
    base,
    card,
    candidates.filter((row) => isOpen(base, row)),
    sent,
  );
}

async function requireLiveCard(base: Infobase, ref: string): Promise<void> {
  const { entity, fields } = base.mapping.counterparty;
  const card = await base.odata.get(entity, ref);
  if (card !== null && isLive(card)) return;
  const detail = `Карточка помечена на удаление или отсутствует: ${readText(card?.[fields.name]) || ref}`;
  throw createRejection("counterparty_deleted", "The card is marked for deletion or not there", detail);
}

/** Makes the first contract of a card that was made a moment ago, so there is none to search for. */
export async function makeFirstContract(base: Infobase, card: string, contractor: Contractor): Promise<void> {
  if (base.mapping.contract !== null) await makeContract(base, card, contractor);
}

/** Whether a contract is live and not closed: 1C itself passes over closed contracts. */
function isOpen(base: Infobase, row: Row): boolean {
  const { closed } = getMapping(base).fields;
  return isLive(row) && (closed === null || row[closed] !== true);
}

function getMapping({ mapping }: Infobase): ContractMapping {
  if (mapping.contract === null) throw new TypeError("This infobase has no contracts");
  return mapping.contract;
}

async function contractsOf(base: Infobase, card: string): Promise<Row[]> {
  const { entity, fields } = getMapping(base);
  const organization = await getOrganizationRef(base);
  const kind = getActMapping(base).contractKind;
  const found = await base.odata.list(entity, { filter: formatEquals(fields.owner, formatGuid(card)) });
  return found.filter(
    (row) =>
      readRef(row[fields.owner]) === card &&
      readRef(row[fields.organization]) === organization &&
      readText(row[fields.kind]) === kind,
  );
}

async function choose(
  base: Infobase,
  card: string,
  live: readonly Row[],
  { number, date }: Partial<Contract> = {},
): Promise<Row | null> {
  const { fields } = getMapping(base);
  const numberOf = (row: Row) => readText(row[fields.number]).trim();
  const byNumber = number === undefined ? [] : live.filter((row) => numberOf(row) === shortenNumber(base, number));
  // «№ 1» begins anew each year: the day tells the contracts apart.
  const ofDay = byNumber.find((row) => date !== undefined && readDate(row[fields.date]) === date);
  if (byNumber[0] !== undefined) return ofDay ?? findNewest(base, byNumber);
  const ours = live.filter((row) => isOurs(base, row));
  const unnamed = await deriveCardContractRef(base, card, undefined);
  const fillable = ours.find((row) => refOf(row) === unnamed && numberOf(row) === "");
  if (fillable !== undefined) return fillable;
  if (number === undefined && ours.length > 0) return findNewest(base, ours);
  const [only] = live;
  return live.length === 1 && only !== undefined && ours.length === 0 ? only : null;
}

function findNewest(base: Infobase, rows: readonly Row[]): Row | null {
  const readDay = (row: Row) => readDate(row[getMapping(base).fields.date]) ?? "";
  return rows.reduce<Row | null>((last, row) => (last === null || readDay(row) > readDay(last) ? row : last), null);
}

function isOurs(base: Infobase, row: Row): boolean {
  return readText(row[getMapping(base).fields.comment]).includes(formatMarker(refOf(row)));
}

/** @param attempt Number of closed contracts of ours with the same number. */
async function deriveCardContractRef(
  base: Infobase,
  card: string,
  number: string | undefined,
  attempt = 0,
): Promise<string> {
  const name = attempt === 0 ? (number ?? "") : `${number ?? ""}\n${attempt}`;
  return deriveContractRef(card, await getOrganizationRef(base), getActMapping(base).contractKind, name);
}

function shortenNumber(base: Infobase, number: string): string {
  return shortenText(number, getMapping(base).numberLimit);
}

/** Name, number and date of the platform's contract as fields of 1C. */
function toContractFields(base: Infobase, sent: Contract | undefined): Row {
  const { fields, nameLimit, unnamed } = getMapping(base);
  const number = sent?.number === undefined ? "" : shortenNumber(base, sent.number);
  const day = sent?.date === undefined ? "" : ` от ${printDate(sent.date)}`;
  return {
    [fields.name]: shortenText(number === "" ? unnamed : `№ ${number}${day}`, nameLimit),
    ...(number === "" ? {} : { [fields.number]: number }),
    ...(sent?.date === undefined ? {} : { [fields.date]: formatMoment(sent.date) }),
  };
}

async function makeContract(base: Infobase, card: string, contractor: Contractor, attempt = 0): Promise<string> {
  const { entity, fields, constants, selfEmployedTax } = getMapping(base);
  const { contract: sent, kind } = contractor;
  const ref = await deriveCardContractRef(base, card, sent?.number, attempt);
  const { row } = await make(base, entity, {
    Ref_Key: ref,
    ...constants,
    ...(fields.tax === null || kind !== "self_employed" ? {} : { [fields.tax]: selfEmployedTax }),
    ...toContractFields(base, sent),
    [fields.owner]: card,
    [fields.organization]: await getOrganizationRef(base),
    [fields.kind]: getActMapping(base).contractKind,
    [fields.currency]: await getCurrencyRef(base),
    [fields.comment]: formatMarker(ref),
  });
  if (isOpen(base, row)) return ref;
  // People closed our contract: the next one continues the work.
  if (isLive(row)) return makeContract(base, card, contractor, attempt + 1);
  const detail = `Договор «${readText(row[fields.name])}», созданный шлюзом, помечен на удаление: снимите пометку или заведите другой`;
  throw createRejection("onec_rejected", "Our contract is marked for deletion", detail, "contractor.contract");
}

/** Fills in the number and date of our contract when the platform sends a number or date later. */
async function fillIn(base: Infobase, row: Row, sent: Contract | undefined): Promise<string> {
  const { entity, fields } = getMapping(base);
  const ref = refOf(row);
  const isFilled = readText(row[fields.number]).trim() !== "" && readDate(row[fields.date]) !== null;
  const tells = sent?.number !== undefined || sent?.date !== undefined;
  if (isFilled || !tells || !isOurs(base, row)) return ref;
  const told = Object.entries(toContractFields(base, sent)).filter(
    ([name]) => name !== fields.name || sent?.number !== undefined,
  );
  const missing = Object.fromEntries(told.filter(([name, value]) => row[name] !== value));
  if (Object.keys(missing).length === 0) return ref;
  await change(base, entity, row, missing);
  return ref;
}
