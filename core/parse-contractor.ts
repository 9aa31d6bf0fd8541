import type * as v from "valibot";
import { isPlainDate, type PlainDate, parseInstant, toBusinessDate } from "./date.ts";
import { type Issue, RequestError } from "./errors.ts";
import type { contractorSchema } from "./event-fields.ts";
import type { BankAccount, Contract, Contractor, ContractorKind, Signatory } from "./parties.ts";
import {
  checkBic,
  checkCorrespondentAccount,
  checkInn,
  checkKpp,
  checkOgrn,
  checkSettlementAccount,
  type RequisiteIssue,
} from "./requisites.ts";
import { createValidationError } from "./validation.ts";

/** Rules for a body beyond the shape. */
export interface InboundRules {
  readonly timeZone: string;
  readonly allowedKinds: readonly ContractorKind[];
  /** Characters of a text that the printed form has no glyph for. */
  readonly listMissingCharacters: (text: string) => readonly string[];
  /** How far ahead `requestedAt` may be, for clocks that differ, in milliseconds. */
  readonly futureToleranceMs: number;
  /** True: `act.accepted` may lack the hash of the form; the time of the acceptance then decides. Default: false. */
  readonly acceptWithoutHash?: boolean;
}

/** `contractor` in an event. */
export type ContractorData = v.InferOutput<typeof contractorSchema>;

/**
 * Parses `contractor` of an event. Throws `validation_failed` with every issue, or `kind_not_allowed`.
 */
export function parseContractor(data: ContractorData, rules: InboundRules): Contractor {
  refuse(listContractorIssues(data, rules, "data.contractor"), data, rules);
  return toContractor(data, rules);
}

/** Throws the issues. Only without issues, throws `kind_not_allowed` for a kind outside the rules. */
export function refuse(issues: readonly Issue[], data: ContractorData, rules: InboundRules): void {
  if (issues.length > 0) throw createValidationError(issues);
  const kind = findKind(data);
  if (kind !== null && !rules.allowedKinds.includes(kind)) {
    const message = `Исполнители этого вида (${KIND_NAMES[kind]}) не обслуживаются: оформите выплату прежним порядком`;
    throw new RequestError("kind_not_allowed", message, {
      issues: [{ path: "data.contractor.kind", code: "kind_not_allowed", message }],
    });
  }
}

const KIND_NAMES: Readonly<Record<ContractorKind, string>> = {
  company: "организация",
  entrepreneur: "предприниматель",
  self_employed: "самозанятый",
  individual: "физическое лицо",
};

function findKind(data: ContractorData): ContractorKind | null {
  return data.kind ?? (data.inn.length === 10 ? "company" : null);
}

/** Letters of any script before and after the @, as 1C's own library (БСП) takes addresses; at most 254 characters. */
const EMAIL =
  /^(?=.{3,254}$)[^\s@"(),:;<>[\\\].]+(?:\.[^\s@"(),:;<>[\\\].]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u;

/** Spellings of «none» in forms and tables. */
const NONE = /^(?:0+|[-–—]+|нет|none|n\/a|null)$/i;

/** Lists issues of a contractor beyond the shape: check digits, kinds, characters the form cannot print. */
export function listContractorIssues(data: ContractorData, rules: InboundRules, path: string): Issue[] {
  const issues: Issue[] = [];
  const check = (field: string, issue: RequisiteIssue | null) => {
    if (issue !== null) issues.push({ path: `${path}.${field}`, code: issue.code, message: issue.message });
  };
  const kind = findKind(data);
  const kpp = omitNone(data.kpp);
  const ogrn = omitNone(data.ogrn);
  check("inn", checkInn(data.inn));
  if (kind === null) {
    issues.push({ path: `${path}.kind`, code: "required", message: "Для ИНН из 12 цифр укажите вид исполнителя" });
  } else if ((kind === "company") !== (data.inn.length === 10)) {
    issues.push({ path: `${path}.kind`, code: "mismatch", message: "Вид исполнителя не соответствует длине ИНН" });
  }
  if (kpp !== undefined) {
    const ours: RequisiteIssue = { code: "format", message: "КПП бывает только у организаций" };
    check("kpp", data.inn.length === 12 ? ours : checkKpp(kpp));
  }
  if (ogrn !== undefined) {
    const wrong = (ogrn.length === 13) !== (data.inn.length === 10);
    const mismatch: RequisiteIssue = { code: "length", message: "ОГРН организации — 13 цифр, ОГРНИП — 15" };
    check("ogrn", wrong ? mismatch : checkOgrn(ogrn));
  }
  const bic = checkBic(data.bankAccount.bic);
  check("bankAccount.bic", bic);
  if (bic === null) {
    const correspondent: RequisiteIssue = {
      code: "format",
      message: "Это корреспондентский счёт банка, укажите расчётный счёт исполнителя",
    };
    const { number } = data.bankAccount;
    check(
      "bankAccount.number",
      number.startsWith("301") ? correspondent : checkSettlementAccount(number, data.bankAccount.bic),
    );
    const corr = omitNone(data.bankAccount.corrAccount);
    if (corr !== undefined) check("bankAccount.corrAccount", checkCorrespondentAccount(corr, data.bankAccount.bic));
  }
  for (const [field, value] of listPrintedTexts(data))
    issues.push(...listCharacterIssues(value, `${path}.${field}`, rules));
  return issues;
}

function listPrintedTexts(data: ContractorData): [string, string][] {
  const texts: [string, string | null | undefined][] = [
    ["name", data.name],
    ["fullName", data.fullName],
    ["legalAddress", data.legalAddress],
    ["phone", data.phone],
    ["email", data.email],
    ["bankAccount.bankName", data.bankAccount.bankName],
    ["contract.number", data.contract?.number],
    ["signatory.position", data.signatory?.position],
    ["signatory.name", data.signatory?.name],
    ["signatory.basis", data.signatory?.basis],
  ];
  return texts.flatMap(([field, value]): [string, string][] => (value ? [[field, value]] : []));
}

/** Characters of a text that the form has no glyph for, as an issue. */
export function listCharacterIssues(text: string, path: string, rules: InboundRules): Issue[] {
  const missing = rules.listMissingCharacters(text);
  if (missing.length === 0) return [];
  const shown = missing.slice(0, 10).join(" ");
  return [{ path, code: "character", message: `Этих знаков нет в печатной форме: ${shown}` }];
}

/** Lists optional contacts that the relay leaves out: an unusable contact must not stop a payout. */
export function listContractorWarnings({ email }: ContractorData, path: string): Issue[] {
  const given = omitNone(email);
  if (given === undefined || EMAIL.test(given)) return [];
  const message = "Адрес электронной почты не распознан, в 1С он не передан";
  return [{ path: `${path}.email`, code: "ignored", message }];
}

/** The contractor itself; its issues were looked at before. */
export function toContractor(data: ContractorData, rules: InboundRules): Contractor {
  const { number, bic } = data.bankAccount;
  const bankAccount: BankAccount = compact({
    number: number.toUpperCase(),
    bic,
    bankName: omitNone(data.bankAccount.bankName),
    corrAccount: omitNone(data.bankAccount.corrAccount),
  });
  const contract: Contract | undefined = data.contract
    ? compact({ url: data.contract.url, number: omitNone(data.contract.number), date: omitBlank(data.contract.date) })
    : undefined;
  const signatory: Signatory | undefined = data.signatory
    ? compact({
        position: omitBlank(data.signatory.position),
        name: data.signatory.name,
        basis: omitBlank(data.signatory.basis),
      })
    : undefined;
  return compact({
    id: data.id,
    registeredOn: readPlainDate(data.registeredAt, rules.timeZone),
    kind: findKind(data) ?? "company",
    name: data.name,
    inn: data.inn,
    bankAccount,
    fullName: omitNone(data.fullName),
    kpp: omitNone(data.kpp),
    ogrn: omitNone(data.ogrn),
    legalAddress: omitNone(data.legalAddress),
    phone: omitNone(data.phone),
    email: listContractorWarnings(data, "").length > 0 ? undefined : omitNone(data.email),
    contract,
    signatory,
  });
}

/** The text, or undefined for a blank text and for a spelling of «none»: `0`, `-`, «нет». */
export function omitNone(value: string | null | undefined): string | undefined {
  const text = omitBlank(value);
  return text !== undefined && NONE.test(text) ? undefined : text;
}

/** The text, or undefined where none is given: absent, null and empty mean the same. */
export function omitBlank(value: string | null | undefined): string | undefined {
  return value === null || value === undefined || value === "" ? undefined : value;
}

/** The object without undefined members. */
export function compact<T extends object>(
  value: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} {
  const kept: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) if (item !== undefined) kept[name] = item;
  return kept as ReturnType<typeof compact<T>>;
}

/** Epoch ms of an instant whose format was checked. */
export function readInstant(text: string): number {
  return parseInstant(text) ?? Number.NaN;
}

/** A plain date, or the business date of an instant. */
export function readPlainDate(text: string, timeZone: string): PlainDate {
  return isPlainDate(text) ? text : toBusinessDate(readInstant(text), timeZone);
}
