import * as v from "valibot";
import type { ActRequest, ServiceLine } from "./act.ts";
import type { BankAccount, Contract, Contractor, ContractorKind, Signatory } from "./counterparty.ts";
import { businessDate, isPlainDate, type PlainDate, parseInstant } from "./date.ts";
import { type Issue, RequestError } from "./errors.ts";
import { MAX_KOPECKS, parseMoney, parseQuantity } from "./money.ts";
import {
  checkBic,
  checkCorrespondentAccount,
  checkInn,
  checkKpp,
  checkOgrn,
  checkSettlementAccount,
  type RequisiteIssue,
} from "./requisites.ts";
import type { Source } from "./store.ts";
import {
  type actAcceptedSchema,
  type actDeclinedSchema,
  type actRequestedSchema,
  type contractorSchema,
  envelopeSchema,
  ONEC_EVENTS,
  PLATFORM_EVENTS,
} from "./wire.ts";

/** What a body is judged by besides its shape. */
export interface InboundRules {
  readonly timeZone: string;
  readonly allowedKinds: readonly ContractorKind[];
  /** Characters of a text that the printed form has no glyph for. */
  readonly missingCharacters: (text: string) => readonly string[];
  /** How far ahead `requestedAt` may be, for clocks that differ, in milliseconds. */
  readonly futureToleranceMs: number;
}

/** An event that was received and understood. Instants are epoch ms, money is kopecks. */
export type InboundEvent = { readonly asOf: number } & (
  | { readonly type: "act.requested"; readonly request: ActRequest }
  | {
      readonly type: "act.accepted";
      readonly payoutId: string;
      readonly acceptedAt: number;
      readonly acceptedBy: string | null;
      readonly pdfSha256: string | null;
    }
  | { readonly type: "act.declined"; readonly payoutId: string; readonly declinedAt: number; readonly reason: string }
  | { readonly type: "contractor.updated"; readonly contractor: Contractor }
  | {
      readonly type: "payment.executed";
      readonly paymentOrderRef: string;
      readonly executedAt: string;
      readonly executedOn: PlainDate;
    }
  | { readonly type: "payment.rejected"; readonly paymentOrderRef: string; readonly reason: string }
  | { readonly type: "act.voided"; readonly actRef: string; readonly reason: string | null }
  | { readonly type: "act.changed"; readonly actRef: string }
);

/** The `type` of a body, where it can be read: for the journal of what was received. */
export function eventType(body: Uint8Array): string | null {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder("utf-8").decode(body));
    const type = parsed !== null && typeof parsed === "object" && "type" in parsed ? parsed.type : null;
    return typeof type === "string" ? type.slice(0, 100) : null;
  } catch {
    return null;
  }
}

/**
 * A verified body as an event. Throws {@link RequestError}: `malformed` (not UTF-8, not JSON), `unknown_event_type`,
 * `validation_failed` with every issue found, `kind_not_allowed`.
 */
export function parseEvent(source: Source, body: Uint8Array, rules: InboundRules, now: number): InboundEvent {
  const envelope = shaped(envelopeSchema, parseJson(body), "");
  const schemas: Readonly<Record<string, v.GenericSchema>> = source === "platform" ? PLATFORM_EVENTS : ONEC_EVENTS;
  const schema = Object.hasOwn(schemas, envelope.type) ? schemas[envelope.type] : undefined;
  if (schema === undefined) {
    const known = Object.keys(schemas).join(", ");
    throw new RequestError("unknown_event_type", `Неизвестный тип события. Принимаются: ${known}`, {
      issues: [{ path: "type", code: "unknown", message: `Принимаются: ${known}` }],
    });
  }
  const data = shaped(schema, envelope.data, "data.");
  return understood(envelope.type, data, instant(envelope.timestamp), rules, now);
}

function understood(type: string, data: unknown, asOf: number, rules: InboundRules, now: number): InboundEvent {
  switch (type as keyof typeof PLATFORM_EVENTS | keyof typeof ONEC_EVENTS) {
    case "act.requested":
      return { type: "act.requested", asOf, request: actRequest(data as RequestedData, rules, now) };
    case "act.accepted": {
      const said = data as v.InferOutput<typeof actAcceptedSchema>;
      return {
        type: "act.accepted",
        asOf,
        payoutId: said.payoutId,
        acceptedAt: instant(said.acceptedAt),
        acceptedBy: given(said.acceptedBy) ?? null,
        pdfSha256: said.pdfSha256?.toLowerCase() ?? null,
      };
    }
    case "act.declined": {
      const said = data as v.InferOutput<typeof actDeclinedSchema>;
      return {
        type: "act.declined",
        asOf,
        payoutId: said.payoutId,
        declinedAt: instant(said.declinedAt),
        reason: said.reason,
      };
    }
    case "contractor.updated": {
      const said = (data as { contractor: ContractorData }).contractor;
      return { type: "contractor.updated", asOf, contractor: contractor(said, rules) };
    }
    case "payment.executed": {
      const said = data as { paymentOrderRef: string; executedAt: string };
      const executedOn = plainDate(said.executedAt, rules.timeZone);
      return { type: "payment.executed", asOf, ...pick(said, "paymentOrderRef", "executedAt"), executedOn };
    }
    case "payment.rejected":
      return { type: "payment.rejected", asOf, ...(data as { paymentOrderRef: string; reason: string }) };
    case "act.voided": {
      const said = data as { actRef: string; reason?: string | null };
      return { type: "act.voided", asOf, actRef: said.actRef, reason: given(said.reason) ?? null };
    }
    case "act.changed":
      return { type: "act.changed", asOf, actRef: (data as { actRef: string }).actRef };
  }
}

type RequestedData = v.InferOutput<typeof actRequestedSchema>;
type ContractorData = v.InferOutput<typeof contractorSchema>;

function actRequest(data: RequestedData, rules: InboundRules, now: number): ActRequest {
  const issues: Issue[] = contractorIssues(data.contractor, rules, "data.contractor");
  const requestedAt = instant(data.requestedAt);
  if (requestedAt > now + rules.futureToleranceMs) {
    issues.push({ path: "data.requestedAt", code: "future", message: "Момент запроса ещё не наступил" });
  }
  const amount = parseMoney(data.amount) ?? 0;
  if (amount <= 0 || amount > MAX_KOPECKS) {
    issues.push({ path: "data.amount", code: "range", message: "Сумма должна быть больше нуля" });
  }
  const services = (data.services ?? []).map(serviceLine);
  issues.push(...serviceIssues(services, amount, rules));
  refuse(issues, data.contractor, rules);
  return {
    payoutId: data.payoutId,
    revision: data.revision ?? 1,
    requestedAt,
    amount,
    vat: data.vat ?? "none",
    contractor: contractorOf(data.contractor, rules),
    services,
  };
}

function serviceLine(line: {
  name: string;
  quantity: string;
  unit: string;
  price: string;
  amount: string;
}): ServiceLine {
  return {
    name: line.name,
    quantity: parseQuantity(line.quantity) ?? 0,
    unit: line.unit,
    price: parseMoney(line.price) ?? 0,
    amount: parseMoney(line.amount) ?? 0,
  };
}

function serviceIssues(lines: readonly ServiceLine[], amount: number, rules: InboundRules): Issue[] {
  const issues: Issue[] = [];
  for (const [n, line] of lines.entries()) {
    const path = `data.services.${n}`;
    issues.push(...unprintable(line.name, `${path}.name`, rules), ...unprintable(line.unit, `${path}.unit`, rules));
    if (line.quantity <= 0) {
      issues.push({ path: `${path}.quantity`, code: "range", message: "Количество должно быть больше нуля" });
    }
    // A price is often the sum divided by the quantity and rounded: half a kopeck per unit is not an error.
    const product = BigInt(line.quantity) * BigInt(line.price);
    const off = product - BigInt(line.amount) * 1000n;
    const allowed = BigInt(Math.max(500, Math.ceil(line.quantity / 2)));
    if (off > allowed || -off > allowed) {
      issues.push({
        path: `${path}.amount`,
        code: "sum",
        message: "Сумма строки не равна количеству, умноженному на цену",
      });
    }
  }
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  if (lines.length > 0 && total !== amount) {
    issues.push({ path: "data.services", code: "sum", message: "Суммы строк не складываются в сумму выплаты" });
  }
  return issues;
}

function contractor(data: ContractorData, rules: InboundRules): Contractor {
  refuse(contractorIssues(data, rules, "data.contractor"), data, rules);
  return contractorOf(data, rules);
}

/** Issues first: a kind that is not served is named only for requisites that are otherwise right. */
function refuse(issues: readonly Issue[], data: ContractorData, rules: InboundRules): void {
  if (issues.length > 0) throw invalid(issues);
  const kind = kindOf(data);
  if (kind !== null && !rules.allowedKinds.includes(kind)) {
    const message = `Исполнители этого вида (${KIND_NAMES[kind]}) не обслуживаются`;
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

function kindOf(data: ContractorData): ContractorKind | null {
  return data.kind ?? (data.inn.length === 10 ? "company" : null);
}

function contractorIssues(data: ContractorData, rules: InboundRules, path: string): Issue[] {
  const issues: Issue[] = [];
  const check = (field: string, issue: RequisiteIssue | null) => {
    if (issue !== null) issues.push({ path: `${path}.${field}`, code: issue.code, message: issue.message });
  };
  const kind = kindOf(data);
  const kpp = given(data.kpp);
  const ogrn = given(data.ogrn);
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
    const corr = given(data.bankAccount.corrAccount);
    if (corr !== undefined) check("bankAccount.corrAccount", checkCorrespondentAccount(corr, data.bankAccount.bic));
  }
  const email = given(data.email);
  if (email !== undefined && !v.is(v.pipe(v.string(), v.email()), email)) {
    issues.push({ path: `${path}.email`, code: "format", message: "Проверьте адрес электронной почты" });
  }
  for (const [field, value] of printedTexts(data)) issues.push(...unprintable(value, `${path}.${field}`, rules));
  return issues;
}

function printedTexts(data: ContractorData): [string, string][] {
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

function unprintable(text: string, path: string, rules: InboundRules): Issue[] {
  const missing = rules.missingCharacters(text);
  if (missing.length === 0) return [];
  const shown = missing.slice(0, 10).join(" ");
  return [{ path, code: "character", message: `Этих знаков нет в печатной форме: ${shown}` }];
}

function contractorOf(data: ContractorData, rules: InboundRules): Contractor {
  const { number, bic } = data.bankAccount;
  const bankAccount: BankAccount = compact({
    number: number.toUpperCase(),
    bic,
    bankName: given(data.bankAccount.bankName),
    corrAccount: given(data.bankAccount.corrAccount),
  });
  const contract: Contract | undefined = data.contract
    ? compact({ url: data.contract.url, number: given(data.contract.number), date: given(data.contract.date) })
    : undefined;
  const signatory: Signatory | undefined = data.signatory
    ? compact({
        position: given(data.signatory.position),
        name: data.signatory.name,
        basis: given(data.signatory.basis),
      })
    : undefined;
  return compact({
    id: data.id,
    registeredOn: plainDate(data.registeredAt, rules.timeZone),
    kind: kindOf(data) ?? "company",
    name: data.name,
    inn: data.inn,
    bankAccount,
    fullName: given(data.fullName),
    kpp: given(data.kpp),
    ogrn: given(data.ogrn),
    legalAddress: given(data.legalAddress),
    phone: given(data.phone),
    email: given(data.email),
    contract,
    signatory,
  });
}

function given(value: string | null | undefined): string | undefined {
  return value === null || value === undefined || value === "" ? undefined : value;
}

/** The object without its undefined members. */
function compact<T extends object>(
  value: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as ReturnType<
    typeof compact<T>
  >;
}

function pick<T extends object, K extends keyof T>(value: T, ...keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;
}

function instant(text: string): number {
  return parseInstant(text) ?? Number.NaN;
}

function plainDate(text: string, timeZone: string): PlainDate {
  return isPlainDate(text) ? text : businessDate(instant(text), timeZone);
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new RequestError("malformed", "Тело запроса — не JSON в кодировке UTF-8", { cause });
  }
}

function shaped<S extends v.GenericSchema>(schema: S, value: unknown, prefix: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return result.output;
  throw invalid(result.issues.map((issue) => shapeIssue(issue, prefix)));
}

function invalid(issues: readonly Issue[]): RequestError {
  const first = issues[0]!;
  const more = issues.length > 1 ? ` (и ещё ${issues.length - 1})` : "";
  return new RequestError("validation_failed", `${first.path}: ${first.message}${more}`, { issues });
}

/** valibot's finding as a stable code and a Russian sentence. */
function shapeIssue(issue: v.BaseIssue<unknown>, prefix: string): Issue {
  const path = `${prefix}${v.getDotPath(issue) ?? ""}` || "$";
  const [code, message] = shapeText(issue);
  return { path, code, message };
}

function shapeText(issue: v.BaseIssue<unknown>): [string, string] {
  if (issue.received === "undefined") return ["required", "Обязательное поле"];
  if (issue.kind === "schema") {
    return issue.type === "picklist"
      ? ["choice", `Допустимые значения: ${issue.expected?.replaceAll('"', "") ?? ""}`]
      : ["type", `Неверный тип: ожидается ${issue.expected}`];
  }
  const texts: Readonly<Record<string, [string, string]>> = {
    min_length: ["required", "Поле не должно быть пустым"],
    max_length: ["too_long", `Слишком длинно: не более ${String(issue.requirement)}`],
    url: ["format", "Проверьте адрес ссылки"],
    starts_with: ["format", "Ссылка должна начинаться с https://"],
    integer: ["format", "Ожидается целое число"],
    min_value: ["range", `Не меньше ${String(issue.requirement)}`],
    max_value: ["range", `Не больше ${String(issue.requirement)}`],
  };
  const formats: Readonly<Record<string, string>> = {
    instant: "Ожидается момент времени RFC 3339 со смещением, например 2026-11-24T12:00:00+03:00",
    date: "Ожидается дата вида ГГГГ-ММ-ДД",
    money: "Ожидается сумма в рублях строкой, например 15000.00",
    quantity: "Ожидается количество строкой, не более трёх знаков после точки",
    sha256: "Ожидается sha256: 64 шестнадцатеричных знака",
    uuid: "Ожидается ссылка 1С (UUID)",
  };
  const format = formats[issue.message];
  if (format !== undefined) return ["format", format];
  return texts[issue.type] ?? ["format", "Недопустимое значение"];
}
