import type { UpsertCounterpartyParams } from "../../core/adapter.ts";
import { deriveCounterpartyRef } from "../../core/ids.ts";
import type { Contractor } from "../../core/parties.ts";
import { createRejection } from "../onec/errors.ts";
import { makeCardAccount, requireBank, resolveCardAccount } from "./bank-accounts.ts";
import { type Row, refOf } from "./client.ts";
import { findChosenMainAccount, withContractLink, withMainAccount } from "./comment.ts";
import { createDifference, listLostFields, shortenText } from "./compare.ts";
import { mergeContacts } from "./contacts.ts";
import { ensureContract, makeFirstContract } from "./contracts.ts";
import type { Infobase } from "./infobase.ts";
import { formatContains, formatEquals, formatGuid, joinAny, readRef, readText, removeSpaces } from "./literals.ts";
import { isLive } from "./lookups.ts";
import { deriveBankAccountRef } from "./refs.ts";
import { change, make, writeFields } from "./writing.ts";

/** Most candidates in an error: a bank has a branch in every town. People look through more in 1C. */
const SHOWN = 20;

export type Upserted = { readonly ref: string; readonly created: boolean; readonly changed: boolean };

/** Creates or updates a card, see {@link Adapter.upsertCounterparty}. Reads and decisions precede the first write. */
export async function upsertCounterparty(base: Infobase, params: UpsertCounterpartyParams): Promise<Upserted> {
  const { card, head } = await locate(base, params);
  return card === null ? createCard(base, params, head) : updateCard(base, params, card);
}

/** Finds the card to update, or the head card of a new division. Both are null for an unknown contractor. */
async function locate(base: Infobase, params: UpsertCounterpartyParams): Promise<Located> {
  const { entity, fields } = base.mapping.counterparty;
  if (params.boundRef !== undefined) return { card: await requireBoundCard(base, params.boundRef), head: null };
  const { inn, kpp } = params.contractor;
  // People paste an INN with spaces around, and 1C compares such texts as different.
  const filter = joinAny(formatContains(fields.inn, inn), formatEquals("Ref_Key", formatGuid(params.ref)));
  const found = await base.odata.list(entity, { filter });
  // 1C's filters were seen to find too few or too many cards, so this comparison decides.
  const live = found.filter((card) => isLive(card) && removeSpaces(card[fields.inn]) === inn);
  const matching = live.length > 1 || kpp !== undefined ? matchByKpp(base, live, kpp) : live;
  if (matching[0] !== undefined && matching.length === 1) return { card: matching[0], head: null };
  const isNewUnit = kpp !== undefined && live.every((card) => isOtherUnit(readText(card[fields.kpp]).trim(), kpp));
  if (live.length > 0 && !isNewUnit) throw createAmbiguousError(base, matching.length > 1 ? matching : live);
  const own = found.find((card) => refOf(card) === params.ref.toLowerCase());
  if (own?.DeletionMark === true) throw createDeletedError(readText(own[fields.name]));
  // An accountant put another INN into our card: a second card and a silent overwrite would both be wrong.
  if (own !== undefined) throw createAmbiguousError(base, [own]);
  return { card: null, head: live.find((card) => isHead(readText(card[fields.kpp]))) ?? null };
}

interface Located {
  readonly card: Row | null;
  readonly head: Row | null;
}

/** Cards with the KPP. Without such a card: the cards of the same unit with a former KPP or none. */
function matchByKpp(base: Infobase, live: readonly Row[], kpp: string | undefined): readonly Row[] {
  if (kpp === undefined) return [];
  const readKpp = (card: Row) => removeSpaces(card[base.mapping.counterparty.fields.kpp]);
  const exact = live.filter((card) => readKpp(card) === kpp);
  if (exact.length > 0) return exact;
  return live.filter((card) => !isOtherUnit(readKpp(card), kpp));
}

/** Whether two KPP belong to different units of a company. A head office has one KPP at a time, divisions many. */
function isOtherUnit(there: string, kpp: string): boolean {
  return there !== "" && there !== kpp && !(isHead(there) && isHead(kpp));
}

/** Whether a KPP is a head office's: reason 01 at places 5 and 6. Source: order ЕД-7-14/559@ of the tax service. */
function isHead(kpp: string): boolean {
  return kpp.trim().slice(4, 6) === "01";
}

async function requireBoundCard(base: Infobase, ref: string): Promise<Row> {
  const { entity, fields } = base.mapping.counterparty;
  const card = await base.odata.get(entity, ref);
  if (card === null || card.IsFolder === true) throw createDeletedError("не найдена");
  if (card.DeletionMark === true) throw createDeletedError(readText(card[fields.name]));
  return card;
}

function createAmbiguousError(base: Infobase, candidates: readonly Row[]): Error {
  const { name, kpp } = base.mapping.counterparty.fields;
  const list = candidates
    .slice(0, SHOWN)
    .map((card) => `«${readText(card[name])}», КПП ${readText(card[kpp]) || "не указан"}, ${refOf(card)}`);
  const detail = `Подходят карточки: ${list.join("; ")}`;
  return createRejection("counterparty_ambiguous", "A search by INN does not lead to one card", detail);
}

function createDeletedError(name: string): Error {
  const detail = `Карточка помечена на удаление или отсутствует: ${name}`;
  return createRejection("counterparty_deleted", "The card is marked for deletion or not there", detail);
}

async function createCard(base: Infobase, params: UpsertCounterpartyParams, head: Row | null): Promise<Upserted> {
  const { entity, fields, constants } = base.mapping.counterparty;
  const { contractor, ref } = params;
  const bank = await requireBank(base, contractor.bankAccount.bic);
  const { row, made } = await make(base, entity, {
    Ref_Key: ref,
    ...constants,
    ...(contractor.fullName === undefined ? toFullName(base, contractor.name) : {}),
    ...(fields.head === null ? {} : { [fields.head]: head === null ? ref : refOf(head) }),
    ...(await toCardFields(base, null, contractor)),
  });
  // Another relay was faster and made the card: now the card exists.
  if (!made) return upsertCounterparty(base, { ...params, boundRef: ref });
  const account = await makeCardAccount(base, ref, contractor.bankAccount, bank);
  // No look at the version: the account of an entrepreneur rewrites the card, and nobody else knows the card yet.
  await writeFields(base, entity, row, toMainAccountFields(base, row, account));
  await makeFirstContract(base, ref, contractor);
  return { ref, created: true, changed: true };
}

async function updateCard(base: Infobase, params: UpsertCounterpartyParams, card: Row): Promise<Upserted> {
  const { contractor } = params;
  const ref = refOf(card);
  const account = await resolveCardAccount(base, card, contractor.bankAccount);
  const { number, bic } = contractor.bankAccount;
  const accountRef = account.state === "there" ? account.ref : await deriveBankAccountRef(ref, number, bic);
  const planned = await planChanges(base, card, contractor, accountRef);
  const isChanged = planned !== null || account.state === "missing";
  if (isChanged) await requireConfirmed(base, params, card);
  if (account.state === "missing") {
    await makeCardAccount(base, ref, contractor.bankAccount, account.bank);
    // The account 40802 of an entrepreneur rewrites the card: БП 3.0.198, module of БанковскиеСчета, ПередЗаписью.
    const now = await requireBoundCard(base, ref);
    const rest = await planChanges(base, now, contractor, accountRef);
    if (rest !== null) await writeFields(base, base.mapping.counterparty.entity, now, rest);
  } else if (planned !== null) {
    await change(base, base.mapping.counterparty.entity, card, planned);
  }
  // The act looks for the contract in any case, so a card without news needs no request here.
  if (isChanged) await ensureContract(base, ref, contractor);
  return { ref, created: false, changed: isChanged };
}

/** Fields of a card that differ from the platform's data; null: no change. */
async function planChanges(base: Infobase, card: Row, contractor: Contractor, account: string): Promise<Row | null> {
  const { fields } = base.mapping.counterparty;
  const all: Row = { ...(await toCardFields(base, card, contractor)), ...toMainAccountFields(base, card, account) };
  const differing = listLostFields(all, card).map((path) => path.replace(/\[.*/, ""));
  if (differing.length === 0) return null;
  // INN and kind of person always go together: without the kind 1C cuts a person's INN to ten digits.
  const always = [fields.inn, fields.personType];
  return Object.fromEntries(Object.entries(all).filter(([name]) => differing.includes(name) || always.includes(name)));
}

/** Throws rejected `counterparty_confirm`: with `confirm`, a card made by people changes only after a person agreed. */
async function requireConfirmed(base: Infobase, params: UpsertCounterpartyParams, card: Row): Promise<void> {
  if (base.settings.updateExisting === "always" || params.confirmed === true) return;
  const { name, kpp } = base.mapping.counterparty.fields;
  const { inn } = params.contractor;
  const kpps = ["", readText(card[kpp]), params.contractor.kpp ?? ""];
  const ours = [params.ref.toLowerCase(), ...(await Promise.all(kpps.map((one) => deriveCounterpartyRef(inn, one))))];
  if (ours.includes(refOf(card))) return;
  const detail = `Карточка «${readText(card[name])}» заведена в 1С не нами, изменение ждёт подтверждения: ${refOf(card)}`;
  throw createRejection("counterparty_confirm", "The card was not made by the relay", detail);
}

/** Fields of a card, only from the platform's data. */
async function toCardFields(base: Infobase, card: Row | null, contractor: Contractor): Promise<Row> {
  const { fields, nameLimit, contractPrefix } = base.mapping.counterparty;
  const { name, fullName, kpp, ogrn, contract } = contractor;
  const contacts = await mergeContacts(base, card, contractor);
  const comment = readText(card?.[fields.comment]);
  return {
    [fields.name]: shortenText(name, nameLimit),
    ...(fullName === undefined ? {} : toFullName(base, fullName)),
    ...toInnFields(base, card, contractor),
    ...(kpp === undefined ? {} : { [fields.kpp]: kpp }),
    ...(ogrn === undefined || fields.ogrn === null ? {} : { [fields.ogrn]: ogrn }),
    ...(contract === undefined ? {} : { [fields.comment]: withContractLink(comment, contractPrefix, contract.url) }),
    ...(contacts === null ? {} : { [fields.contacts]: contacts }),
  };
}

/** The full name, cut to the field's length with a difference on record. */
function toFullName(base: Infobase, fullName: string): Row {
  const { entity, fields, fullNameLimit } = base.mapping.counterparty;
  const text = shortenText(fullName, fullNameLimit);
  if (text !== fullName.trim()) base.differences.push(createDifference(entity, fields.fullName, fullName, text));
  return { [fields.fullName]: text };
}

/** INN and kind of person; none for another INN on the card. A person may bind a card because of a missing INN. */
function toInnFields(base: Infobase, card: Row | null, { inn, kind }: Contractor): Row {
  const { fields, personTypes } = base.mapping.counterparty;
  const there = removeSpaces(card?.[fields.inn]);
  if (there !== "" && there !== inn) return {};
  const type = kind === "company" ? personTypes.company : personTypes.person;
  // A configuration without the flag has no such field in the row.
  const isFlagged =
    kind === "entrepreneur" && (card === null || fields.entrepreneur === null || fields.entrepreneur in card);
  return {
    [fields.inn]: inn,
    ...(fields.personType === null ? {} : { [fields.personType]: type }),
    ...(fields.entrepreneur === null || !isFlagged ? {} : { [fields.entrepreneur]: true }),
  };
}

/** Fields of the main account: sets a missing account, and replaces only an account of the relay's own choice. */
function toMainAccountFields(base: Infobase, card: Row, account: string): Row {
  const { mainAccount, note } = base.mapping.counterparty.fields;
  const main = readRef(card[mainAccount]);
  const noted = note === null ? "" : readText(card[note]);
  // Anyone can type a supplier's INN into a cabinet, and nobody must redirect an account chosen by people.
  if (main === account || (main !== null && findChosenMainAccount(noted) !== main)) return {};
  return { [mainAccount]: account, ...(note === null ? {} : { [note]: withMainAccount(noted, account) }) };
}
