import type { UpsertCounterpartyParams } from "../../core/adapter.ts";
import type { Contract, Contractor } from "../../core/parties.ts";
import type { Infobase } from "./infobase.ts";
import type { MockAccount, MockCounterparty } from "./model.ts";
import { createRefusal } from "./refusal.ts";

/** Prefix of the comment's line with the link to the signed contract. */
const CONTRACT_PREFIX = "Договор: ";
const CONTRACT_LINK = /^Договор: https?:\/\/\S+/m;

/** Fields of a card that the platform may send, under the same names. */
const SENT_FIELDS = ["name", "fullName", "kpp", "ogrn", "phone", "email", "legalAddress"] as const;

/** An empty card. */
export const EMPTY_CARD: Omit<MockCounterparty, "ref"> = {
  name: "",
  fullName: "",
  inn: "",
  kpp: "",
  ogrn: "",
  phone: "",
  email: "",
  legalAddress: "",
  comment: "",
  deletionMark: false,
  isFolder: false,
  accounts: [],
  mainAccount: null,
  mainSetByUs: false,
  contract: null,
  madeByUs: false,
  dataVersion: 0,
};

/** Implements `Adapter.upsertCounterparty` over the mock's infobase. */
export function upsertCounterparty(
  base: Infobase,
  params: UpsertCounterpartyParams,
  updateExisting: "always" | "confirm",
): { ref: string; created: boolean; changed: boolean } {
  const { contractor } = params;
  const found = locate(base, params);
  const before: MockCounterparty = found ?? {
    ...EMPTY_CARD,
    ref: params.ref,
    name: contractor.name,
    fullName: contractor.name,
    inn: contractor.inn,
    madeByUs: true,
  };
  const after = merge(base, before, contractor);
  const changed = found === null || JSON.stringify(after) !== JSON.stringify(before);
  if (!changed) return { ref: before.ref, created: false, changed: false };
  if (updateExisting === "confirm" && !before.madeByUs && params.confirmed !== true) {
    const detail = `Карточка «${before.name}» заведена в 1С не нами, изменение ждёт подтверждения: ${before.ref}`;
    throw createRefusal("counterparty_confirm", "The card was not made by the relay", detail);
  }
  base.write({
    action: found === null ? "counterparty.created" : "counterparty.updated",
    by: "relay",
    counterparties: [{ ...after, dataVersion: before.dataVersion + 1 }],
  });
  return { ref: before.ref, created: found === null, changed: true };
}

/** Finds the card to update; null: a new card is needed. */
function locate(base: Infobase, params: UpsertCounterpartyParams): MockCounterparty | null {
  if (params.boundRef !== undefined) return getBoundCard(base, params.boundRef);
  const { inn, kpp } = params.contractor;
  const live = base.counterparties.listByKey(inn).filter((card) => !card.deletionMark && !card.isFolder);
  const matching = live.length > 1 ? live.filter((card) => kpp !== undefined && card.kpp === kpp) : live;
  if (matching[0] !== undefined && matching.length === 1) return matching[0];
  if (live.length > 1) throw createAmbiguousError(matching.length > 1 ? matching : live);
  const own = base.counterparties.get(params.ref);
  if (own?.deletionMark === true) throw createDeletedError(own.name);
  // An accountant changed the INN of the relay's card: neither a second card nor a silent overwrite is right.
  if (own !== null) throw createAmbiguousError([own]);
  return null;
}

function getBoundCard(base: Infobase, ref: string): MockCounterparty {
  const card = base.counterparties.get(ref);
  if (card === null || card.isFolder) throw createDeletedError("не найдена");
  if (card.deletionMark) throw createDeletedError(card.name);
  return card;
}

function createAmbiguousError(candidates: readonly MockCounterparty[]): Error {
  const list = candidates.map((card) => `«${card.name}», КПП ${card.kpp || "не указан"}, ${card.ref}`);
  const detail = `Подходят карточки: ${list.join("; ")}`;
  return createRefusal("counterparty_ambiguous", "A search by INN does not lead to one card", detail);
}

function createDeletedError(name: string): Error {
  const detail = `Карточка помечена на удаление или отсутствует: ${name}`;
  return createRefusal("counterparty_deleted", "The card is marked for deletion or not there", detail);
}

/** Puts the fields sent by the platform into the card and keeps all other fields. */
function merge(base: Infobase, card: MockCounterparty, contractor: Contractor): MockCounterparty {
  const sent = Object.fromEntries(
    SENT_FIELDS.flatMap((field) => (contractor[field] === undefined ? [] : [[field, contractor[field]]])),
  );
  const { contract } = contractor;
  return {
    ...card,
    ...sent,
    // A person may have chosen the bound card because the card has no INN.
    inn: card.inn === "" ? contractor.inn : card.inn,
    ...mergeAccount(base, card, contractor),
    ...(contract === undefined ? {} : mergeContract(card, contract)),
  };
}

function mergeContract(card: MockCounterparty, sent: Contract): Partial<MockCounterparty> {
  const number = sent.number ?? card.contract?.number;
  const date = sent.date ?? card.contract?.date;
  return {
    contract: { url: sent.url, ...(number === undefined ? {} : { number }), ...(date === undefined ? {} : { date }) },
    comment: replaceContractLink(card.comment, sent.url),
  };
}

function mergeAccount(base: Infobase, card: MockCounterparty, { bankAccount }: Contractor): Partial<MockCounterparty> {
  const { number, bic } = bankAccount;
  const isSame = (account: { number: string; bic: string }) => account.number === number && account.bic === bic;
  const free = card.mainAccount === null || card.mainSetByUs;
  const main = free ? { mainAccount: { number, bic }, mainSetByUs: true } : {};
  if (card.accounts.some(isSame)) return main;
  const bank = base.findBank(bic);
  if (bank === null) {
    const detail = `Банк с БИК ${bic} не найден в классификаторе банков`;
    throw createRefusal("bank_unknown", "There is no bank with this BIC", detail, "contractor.bankAccount.bic");
  }
  const account: MockAccount = {
    number,
    bic,
    bankName: bank.name ?? bankAccount.bankName ?? "",
    corrAccount: bank.corrAccount ?? bankAccount.corrAccount ?? "",
    setByUs: true,
  };
  return { ...main, accounts: [...card.accounts, account] };
}

/** Replaces the link in place and keeps the accountant's words around the link; without a link, adds a line. */
function replaceContractLink(comment: string, url: string): string {
  const line = CONTRACT_PREFIX + url;
  if (CONTRACT_LINK.test(comment)) return comment.replace(CONTRACT_LINK, () => line);
  return comment === "" ? line : `${comment}\n${line}`;
}
