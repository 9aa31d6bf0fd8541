import type { BankAccount } from "../../core/parties.ts";
import { createRejection } from "../onec/errors.ts";
import { type Row, refOf } from "./client.ts";
import type { Infobase } from "./infobase.ts";
import {
  formatContains,
  formatEquals,
  isRef,
  joinAll,
  joinAnyInParts,
  quoteText,
  readRef,
  readText,
  typeOf,
} from "./literals.ts";
import type { Mapping } from "./mapping-schema.ts";

export interface Bank {
  readonly ref: string;
  /** References of all live elements with this BIC, `ref` included: people's accounts may belong to any element. */
  readonly refs: readonly string[];
  readonly bic: string;
  readonly name: string;
  readonly corrAccount: string;
}

export interface OwnAccount extends BankAccount {
  readonly ref: string;
}

/** Whether an element is live: no folder and without a deletion mark. */
export function isLive(row: Row): boolean {
  return row.DeletionMark !== true && row.IsFolder !== true;
}

/** Gets the organisation's card. Throws rejected `onec_rejected` for no card, or several cards, with this INN. */
export function getOrganizationCard(base: Infobase): Promise<Row> {
  const { entity, fields } = base.mapping.organization;
  const { organizationInn: inn } = base.settings;
  return base.cache.get("organization", async () => {
    const found = await base.odata.list(entity, { filter: formatEquals(fields.inn, quoteText(inn)) });
    const live = found.filter((row) => isLive(row) && readText(row[fields.inn]) === inn);
    const { division } = fields;
    // Separate divisions share the INN of the organisation.
    const heads = live.length > 1 && division !== null ? live.filter((row) => row[division] !== true) : live;
    if (heads.length === 1) return heads[0] as Row;
    const detail =
      heads.length === 0
        ? `В 1С нет организации с ИНН ${inn}: проверьте ONEC_ORGANIZATION_INN`
        : `В 1С несколько организаций с ИНН ${inn}: ${heads.map((row) => readText(row[fields.name])).join("; ")}`;
    throw createRejection("onec_rejected", "The organisation is not found", detail);
  });
}

export async function getOrganizationRef(base: Infobase): Promise<string> {
  return refOf(await getOrganizationCard(base));
}

/** Finds the organisation's account: the account of the settings, else the main account; null without an account. */
export async function findOrganizationAccount(base: Infobase): Promise<OwnAccount | null> {
  return base.cache.get("organization account", async () => {
    const row = await findOwnAccountRow(base);
    if (row === null) return null;
    const { fields } = base.mapping.bankAccount;
    const bankRef = readRef(row[fields.bank]);
    const bank = bankRef === null ? null : await findBankByRef(base, bankRef);
    if (bank === null) return null;
    const { bic, name, corrAccount } = bank;
    const number = readText(row[fields.number]);
    return { ref: refOf(row), number, bic, bankName: name, ...(corrAccount === "" ? {} : { corrAccount }) };
  });
}

async function findOwnAccountRow(base: Infobase): Promise<Row | null> {
  const { mapping, settings, odata } = base;
  const card = await getOrganizationCard(base);
  const number = settings.organizationAccount;
  if (number !== undefined) {
    const found = await listAccountsByNumber(base, number, refOf(card), mapping.organization.entity);
    const row = found.find(isLive);
    if (row !== undefined) return row;
    const detail = `У организации в 1С нет счёта ${number}: проверьте ONEC_ORGANIZATION_ACCOUNT`;
    throw createRejection("onec_rejected", "The organisation's account is not found", detail);
  }
  const main = readRef(card[mapping.organization.fields.mainAccount]);
  return main === null ? null : odata.get(mapping.bankAccount.entity, main);
}

/** An owner's accounts with this number, marked ones included. A real 1C refuses a filter by a composite owner. */
export async function listAccountsByNumber(
  base: Infobase,
  number: string,
  owner: string,
  ownerEntity: string,
): Promise<Row[]> {
  const { entity, fields } = base.mapping.bankAccount;
  // People type an account in groups of digits: 40702 810 0 0000 0000001.
  const filter = joinAll(
    formatContains(fields.number, number.slice(0, 5)),
    formatContains(fields.number, number.slice(-7)),
  );
  const found = await base.odata.list(entity, { filter });
  return found.filter(
    (row) =>
      readText(row[fields.number]).replace(/\D/g, "") === number &&
      readRef(row[fields.owner]) === owner &&
      [typeOf(ownerEntity), undefined].includes(row[`${fields.owner}_Type`] as string | undefined),
  );
}

/** Finds a bank by BIC; null for a BIC unknown to the catalogue. */
export function findBankByBic(base: Infobase, bic: string): Promise<Bank | null> {
  const { entity, fields } = base.mapping.bank;
  return base.cache.get(`bank ${bic}`, async () => {
    const found = await base.odata.list(entity, { filter: formatEquals(fields.bic, quoteText(bic)) });
    const live = found.filter((row) => isLive(row) && readText(row[fields.bic]) === bic);
    const [row] = live.toSorted((a, b) => (refOf(a) < refOf(b) ? -1 : 1));
    return row === undefined ? null : bankOf(base, row, live.map(refOf));
  });
}

async function findBankByRef(base: Infobase, ref: string): Promise<Bank | null> {
  const row = await base.odata.get(base.mapping.bank.entity, ref);
  return row === null ? null : bankOf(base, row);
}

function bankOf({ mapping }: Infobase, row: Row, refs: readonly string[] = [refOf(row)]): Bank {
  const { bic, name, corrAccount } = mapping.bank.fields;
  return {
    ref: refOf(row),
    refs,
    bic: readText(row[bic]),
    name: readText(row[name]),
    corrAccount: readText(row[corrAccount]),
  };
}

/** Reference of the rouble. */
export function getCurrencyRef(base: Infobase): Promise<string> {
  const { entity, code } = base.mapping.currency;
  return base.cache.get("currency", async () => {
    const found = await base.odata.list(entity, { filter: formatEquals("Code", quoteText(code)) });
    const row = found.find((one) => isLive(one) && readText(one.Code) === code);
    if (row !== undefined) return refOf(row);
    throw createRejection("onec_rejected", "The currency is not found", `В 1С нет валюты с кодом ${code}`);
  });
}

/** References of accounts of the chart (план счетов) by code. Throws rejected `onec_rejected` for unknown codes. */
export function getChartAccounts(base: Infobase, codes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(codes)].sort();
  const entity = base.mapping.chartOfAccounts;
  return base.cache.get(`accounts ${wanted.join(" ")}`, async () => {
    const filters = joinAnyInParts(wanted.map((code) => formatEquals("Code", quoteText(code))));
    const rows: Row[] = [];
    for (const filter of filters) {
      rows.push(...(await base.odata.list(entity, { filter, select: ["Ref_Key", "Code"] })));
    }
    const found = new Map(rows.map((row) => [readText(row.Code).trim(), refOf(row)]));
    const missing = wanted.filter((code) => !found.has(code));
    if (missing.length === 0) return found;
    const detail = `В плане счетов 1С нет ${missing.length === 1 ? "счёта" : "счетов"} ${missing.join(", ")}: проверьте ONEC_MAPPING`;
    throw createRejection("onec_rejected", "An account of the chart is not found", detail);
  });
}

/** Reference of a catalogue's element by name or reference, such as the act's item (номенклатура). */
export function getElementRef(base: Infobase, { entity, element }: Mapping["item"]): Promise<string> {
  if (isRef(element)) return Promise.resolve(element.toLowerCase());
  return base.cache.get(`element ${entity} ${element}`, async () => {
    const found = await base.odata.list(entity, { filter: formatEquals("Description", quoteText(element)) });
    const live = found.filter((row) => isLive(row) && readText(row.Description) === element);
    if (live.length === 1) return refOf(live[0] as Row);
    const detail =
      live.length === 0
        ? `В справочнике ${entity} нет элемента «${element}»: заведите его или укажите другой в ONEC_MAPPING`
        : `В справочнике ${entity} несколько элементов «${element}»: укажите ссылку нужного в ONEC_MAPPING`;
    throw createRejection("onec_rejected", "An element of a catalogue is not found", detail);
  });
}

export type ContactKind = "legalAddress" | "phone" | "email" | "organizationLegalAddress" | "organizationPhone";

/** References of kinds of contact information (виды контактной информации), which differ between infobases. */
export function getContactKinds(base: Infobase): Promise<Readonly<Partial<Record<ContactKind, string>>>> {
  const { entity, kinds, organizationKinds } = base.mapping.contacts;
  return base.cache.get("contact kinds", async () => {
    // No filter: some infobases lack the field for newer names, and the catalogue is small.
    const rows = await base.odata.list(entity, {});
    const own = {
      ...kinds,
      organizationLegalAddress: organizationKinds.legalAddress,
      organizationPhone: organizationKinds.phone,
    };
    const found = Object.entries(own).flatMap(([kind, wanted]) => {
      const ref = findKindRef(base, rows, wanted, kind.startsWith("organization"));
      return ref === null ? [] : [[kind, ref] as const];
    });
    return Object.fromEntries(found);
  });
}

function findKindRef(
  { mapping }: Infobase,
  rows: readonly Row[],
  wanted: { readonly type: string; readonly names: readonly string[] },
  ofOrganization: boolean,
): string | null {
  const { nameFields, folder, fields } = mapping.contacts;
  const live = rows.filter(isLive);
  for (const name of wanted.names) {
    const named = live.find((row) => nameFields.some((field) => readText(row[field]) === name));
    if (named !== undefined) return refOf(named);
  }
  if (ofOrganization) return null;
  const folders = rows.filter((row) => row.IsFolder === true && readText(row.Description).includes(folder)).map(refOf);
  const fitting = live.filter(
    (row) => readText(row[fields.type]) === wanted.type && folders.includes(readRef(row.Parent_Key) ?? ""),
  );
  // One folder holds several addresses: a guess could write the legal address into the wrong row.
  return fitting.length === 1 ? refOf(fitting[0] as Row) : null;
}
