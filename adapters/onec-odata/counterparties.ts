import type { UpsertCounterpartyParams } from "../../core/adapter.ts";
import { deriveCounterpartyRef } from "../../core/ids.ts";
import type { Contractor } from "../../core/parties.ts";
import { createRejection } from "../onec/errors.ts";
import { makeCardAccount, requireBank, resolveCardAccount } from "./bank-accounts.ts";
import { type Row, refOf } from "./client.ts";
import { findChosenMainAccount, withContractLink, withMainAccount } from "./comment.ts";
import { listLostFields, shortenText } from "./compare.ts";
import { mergeContacts } from "./contacts.ts";
import { ensureContract } from "./contracts.ts";
import { change, type Infobase, make } from "./infobase.ts";
import { formatEquals, formatGuid, joinAny, quoteText, readRef, readText } from "./literals.ts";
import { isLive } from "./lookups.ts";
import { deriveBankAccountRef } from "./refs.ts";

/** Most candidates in an error: a bank has a branch in every town. People look through more in 1C. */
const SHOWN = 20;

export type Upserted = { readonly ref: string; readonly created: boolean; readonly changed: boolean };

/** Creates or updates a card, see {@link Adapter.upsertCounterparty}. Reads and decisions precede the first write. */
export async function upsertCounterparty(base: Infobase, params: UpsertCounterpartyParams): Promise<Upserted> {
  const found = await locate(base, params);
  return found === null ? createCard(base, params) : updateCard(base, params, found);
}

/** Finds the card to update; null when the relay must make a card. */
async function locate(base: Infobase, params: UpsertCounterpartyParams): Promise<Row | null> {
  const { entity, fields } = base.mapping.counterparty;
  if (params.boundRef !== undefined) return requireBoundCard(base, params.boundRef);
  const { inn, kpp } = params.contractor;
  const filter = joinAny(formatEquals(fields.inn, quoteText(inn)), formatEquals("Ref_Key", formatGuid(params.ref)));
  const found = await base.odata.list(entity, { filter });
  // 1C's filters were seen to find too few or too many cards, so this comparison decides.
  const live = found.filter((card) => isLive(card) && readText(card[fields.inn]) === inn);
  const matching =
    live.length > 1 ? live.filter((card) => kpp !== undefined && readText(card[fields.kpp]) === kpp) : live;
  if (matching[0] !== undefined && matching.length === 1) return matching[0];
  if (live.length > 1) throw createAmbiguousError(base, matching.length > 1 ? matching : live);
  const own = found.find((card) => refOf(card) === params.ref.toLowerCase());
  if (own?.DeletionMark === true) throw createDeletedError(readText(own[fields.name]));
  // An accountant put another INN into our card: a second card and a silent overwrite would both be wrong.
  if (own !== undefined) throw createAmbiguousError(base, [own]);
  return null;
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

async function createCard(base: Infobase, params: UpsertCounterpartyParams): Promise<Upserted> {
  const { entity, fields, constants } = base.mapping.counterparty;
  const { contractor, ref } = params;
  const bank = await requireBank(base, contractor.bankAccount.bic);
  const { row, made } = await make(base, entity, {
    Ref_Key: ref,
    ...constants,
    [fields.fullName]: contractor.fullName ?? contractor.name,
    ...(fields.head === null ? {} : { [fields.head]: ref }),
    ...(await toCardFields(base, null, contractor)),
  });
  // Another relay was faster and made the card: now the card exists.
  if (!made) return upsertCounterparty(base, { ...params, boundRef: ref });
  const account = await makeCardAccount(base, ref, contractor.bankAccount, bank);
  await change(base, entity, row, toMainAccountFields(base, row, account));
  await ensureContract(base, ref, contractor.contract);
  return { ref, created: true, changed: true };
}

async function updateCard(base: Infobase, params: UpsertCounterpartyParams, card: Row): Promise<Upserted> {
  const { entity, fields } = base.mapping.counterparty;
  const { contractor } = params;
  const ref = refOf(card);
  const wanted = await toCardFields(base, card, contractor);
  const account = await resolveCardAccount(base, ref, contractor.bankAccount);
  const { number, bic } = contractor.bankAccount;
  const accountRef = account.state === "there" ? account.ref : await deriveBankAccountRef(ref, number, bic);
  const all: Row = { ...wanted, ...toMainAccountFields(base, card, accountRef) };
  const differing = listLostFields(all, card).map((path) => path.replace(/\[.*/, ""));
  const isChanged = differing.length > 0 || account.state === "missing";
  if (isChanged) {
    await requireConfirmed(base, params, card);
    if (account.state === "missing") await makeCardAccount(base, ref, contractor.bankAccount, account.bank);
    if (differing.length > 0) {
      // INN and kind of person always go together: without the kind 1C cuts a person's INN to ten digits.
      const always = [fields.inn, fields.personType];
      const sent = Object.entries(all).filter(([name]) => differing.includes(name) || always.includes(name));
      await change(base, entity, card, Object.fromEntries(sent));
    }
  }
  const contract = await ensureContract(base, ref, contractor.contract);
  return { ref, created: false, changed: isChanged || contract.changed };
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
    ...(fullName === undefined ? {} : { [fields.fullName]: fullName }),
    ...toInnFields(base, card, contractor),
    ...(kpp === undefined ? {} : { [fields.kpp]: kpp }),
    ...(ogrn === undefined || fields.ogrn === null ? {} : { [fields.ogrn]: ogrn }),
    ...(contract === undefined ? {} : { [fields.comment]: withContractLink(comment, contractPrefix, contract.url) }),
    ...(contacts === null ? {} : { [fields.contacts]: contacts }),
  };
}

/** INN and kind of person; none for another INN on the card. A person may bind a card because of a missing INN. */
function toInnFields(base: Infobase, card: Row | null, { inn, kind }: Contractor): Row {
  const { fields, personTypes } = base.mapping.counterparty;
  const there = readText(card?.[fields.inn]).trim();
  if (there !== "" && there !== inn) return {};
  const type = kind === "company" ? personTypes.company : personTypes.person;
  return { [fields.inn]: inn, ...(fields.personType === null ? {} : { [fields.personType]: type }) };
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
