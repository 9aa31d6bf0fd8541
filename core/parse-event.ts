import type * as v from "valibot";
import type { Acceptance, AcceptanceEvidence, ActRequest, ServiceLine } from "./act.ts";
import { type PlainDate, printDate, toBusinessDate } from "./date.ts";
import { type Issue, RequestError } from "./errors.ts";
import {
  acceptedBySchema,
  agreementSchema,
  bankAccountSchema,
  contractorSchema,
  contractSchema,
  evidenceSchema,
  serviceSchema,
  signatorySchema,
} from "./event-fields.ts";
import { envelopeSchema, type InboundEvent, MOST_SERVICES, ONEC_EVENTS, PLATFORM_EVENTS } from "./events.ts";
import { MAX_KOPECKS, parseMoney, parseQuantity, type VatRate } from "./money.ts";
import {
  type ContractorData,
  type InboundRules,
  listCharacterIssues,
  listContractorIssues,
  listContractorWarnings,
  omitBlank,
  parseContractor,
  readInstant,
  readPlainDate,
  refuse,
  toContractor,
} from "./parse-contractor.ts";
import type { Contractor } from "./parties.ts";
import type { EventSource } from "./store.ts";
import { listTypos } from "./typos.ts";
import { createValidationError, parseShape, requireShortList } from "./validation.ts";
import { isRateInForce, isVatPayer } from "./vat.ts";

export type { InboundRules } from "./parse-contractor.ts";

const INBOUND_EVENTS = { ...PLATFORM_EVENTS, ...ONEC_EVENTS };

type InboundType = InboundEvent["type"];
type InboundData<T extends InboundType> = v.InferOutput<(typeof INBOUND_EVENTS)[T]>;

/** A valid inbound event in the core's own terms. Instants are epoch ms, money is kopecks. */
export type ParsedEvent = { readonly asOf: number } & (
  | { readonly type: "act.requested"; readonly request: ActRequest }
  | (Acceptance & { readonly type: "act.accepted"; readonly payoutId: string })
  | { readonly type: "act.declined"; readonly payoutId: string; readonly declinedAt: number; readonly reason: string }
  | { readonly type: "contractor.updated"; readonly contractor: Contractor; readonly warnings?: readonly Issue[] }
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

/** A body as JSON. Throws {@link RequestError} `malformed`: not UTF-8, not JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new RequestError("malformed", "Тело запроса — не JSON в кодировке UTF-8", { cause });
  }
}

/** The `type` of any JSON, for the inbox; null without a plausible type. */
export function readEventType(json: unknown): string | null {
  const type = json !== null && typeof json === "object" && "type" in json ? json.type : null;
  return typeof type === "string" && /^[\w.-]{1,100}$/.test(type) ? type : null;
}

/**
 * A verified body as an event. Throws {@link RequestError}: `malformed` (not UTF-8, not JSON), `unknown_event_type`,
 * `validation_failed` with every issue found, `kind_not_allowed`.
 */
export function parseEvent(source: EventSource, body: Uint8Array, rules: InboundRules, now: number): ParsedEvent {
  return toEvent(source, parseJson(body), rules, now);
}

/** Parsed JSON as an event. Throws as {@link parseEvent} does. */
export function toEvent(source: EventSource, json: unknown, rules: InboundRules, now: number): ParsedEvent {
  const { type, timestamp, data } = parseShape(envelopeSchema, json, "");
  const schemas = source === "platform" ? PLATFORM_EVENTS : ONEC_EVENTS;
  if (!isTypeOf(schemas, type)) {
    const known = Object.keys(schemas).join(", ");
    throw new RequestError("unknown_event_type", `Неизвестный тип события. Принимаются: ${known}`, {
      issues: [{ path: "type", code: "unknown", message: `Принимаются: ${known}` }],
    });
  }
  requireShortList(data.services, MOST_SERVICES, "data.services");
  // A clock that is ahead must not make the sender's next event look old.
  return readData(type, data, { asOf: Math.min(readInstant(timestamp), now), rules, now });
}

function isTypeOf(schemas: object, type: string): type is InboundType {
  return Object.hasOwn(schemas, type);
}

function readData<T extends InboundType>(type: T, data: unknown, context: ReadContext): ParsedEvent {
  const typos = listEventTypos(type, data);
  if (typos.length > 0) throw createValidationError(typos);
  return READERS[type](parseShape(INBOUND_EVENTS[type], data, "data."), context);
}

/** Lists misspelt names in the data, the contractor and its parts, and the lines. */
function listEventTypos(type: InboundType, data: unknown): Issue[] {
  const issues = listTypos(data, Object.keys(INBOUND_EVENTS[type].entries), "data.");
  const { contractor, evidence, services } = data as Readonly<Record<string, unknown>>;
  const parts = isObject(contractor) ? contractor : {};
  const proofs = isObject(evidence) ? evidence : {};
  issues.push(
    ...listTypos(contractor, Object.keys(contractorSchema.entries), "data.contractor."),
    ...listTypos(parts.bankAccount, Object.keys(bankAccountSchema.entries), "data.contractor.bankAccount."),
    ...listTypos(parts.contract, Object.keys(contractSchema.entries), "data.contractor.contract."),
    ...listTypos(parts.signatory, Object.keys(signatorySchema.entries), "data.contractor.signatory."),
    ...listTypos(evidence, Object.keys(evidenceSchema.entries), "data.evidence."),
    ...listTypos(proofs.by, Object.keys(acceptedBySchema.entries), "data.evidence.by."),
    ...listTypos(proofs.agreement, Object.keys(agreementSchema.entries), "data.evidence.agreement."),
  );
  const lines = Array.isArray(services) ? services : [];
  const names = Object.keys(serviceSchema.entries);
  return [...issues, ...lines.flatMap((line, n) => listTypos(line, names, `data.services.${n}.`))];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Facts beside the data. Instants are epoch ms. */
interface ReadContext {
  readonly asOf: number;
  readonly rules: InboundRules;
  readonly now: number;
}

const READERS: {
  readonly [T in InboundType]: (data: InboundData<T>, context: ReadContext) => Extract<ParsedEvent, { type: T }>;
} = {
  "act.requested": (data, { asOf, rules, now }) => {
    return { type: "act.requested", asOf, request: toActRequest(data, rules, now) };
  },
  "act.accepted": (data, { asOf, rules, now }) => {
    return { type: "act.accepted", asOf, payoutId: data.payoutId, ...toAcceptance(data, rules, now) };
  },
  "act.declined": ({ payoutId, declinedAt, reason }, { asOf }) => {
    return { type: "act.declined", asOf, payoutId, declinedAt: readInstant(declinedAt), reason };
  },
  "contractor.updated": ({ contractor }, { asOf, rules }) => {
    return {
      type: "contractor.updated",
      asOf,
      contractor: parseContractor(contractor, rules),
      ...toWarnings(contractor),
    };
  },
  "payment.executed": ({ paymentOrderRef, executedAt }, { asOf, rules }) => ({
    type: "payment.executed",
    asOf,
    paymentOrderRef,
    executedAt,
    executedOn: readPlainDate(executedAt, rules.timeZone),
  }),
  "payment.rejected": (data, { asOf }) => ({ type: "payment.rejected", asOf, ...data }),
  "act.voided": ({ actRef, reason }, { asOf }) => {
    return { type: "act.voided", asOf, actRef, reason: omitBlank(reason) ?? null };
  },
  "act.changed": ({ actRef }, { asOf }) => ({ type: "act.changed", asOf, actRef }),
};

function toActRequest(data: InboundData<"act.requested">, rules: InboundRules, now: number): ActRequest {
  const issues: Issue[] = listContractorIssues(data.contractor, rules, "data.contractor");
  const requestedAt = readInstant(data.requestedAt);
  if (requestedAt > now + rules.futureToleranceMs) {
    issues.push({ path: "data.requestedAt", code: "future", message: "Момент запроса ещё не наступил" });
  }
  const amount = parseMoney(data.amount) ?? 0;
  if (amount <= 0 || amount > MAX_KOPECKS) {
    issues.push({ path: "data.amount", code: "range", message: "Сумма должна быть больше нуля" });
  }
  const services = (data.services ?? []).map(toServiceLine);
  issues.push(...listServiceIssues(services, amount, rules));
  const vat = data.vat ?? "none";
  const date = toBusinessDate(requestedAt, rules.timeZone);
  issues.push(...listVatIssues(vat, data.contractor, date, rules));
  refuse(issues, data.contractor, rules);
  return {
    payoutId: data.payoutId,
    revision: data.revision ?? 1,
    requestedAt,
    amount,
    vat,
    contractor: toContractor(data.contractor, rules),
    services,
    ...toWarnings(data.contractor),
  };
}

/**
 * Lists rates that no period of the act can carry: the services lie between the registration and the day of the act. The
 * job judges the rate anew, once the period is known.
 */
function listVatIssues(vat: VatRate, contractor: ContractorData, date: PlainDate, rules: InboundRules): Issue[] {
  const { kind, registeredAt } = contractor;
  if (vat !== "none" && kind && !isVatPayer(kind)) {
    const message = "Самозанятые и физические лица не платят НДС: пришлите vat «none»";
    return [{ path: "data.vat", code: "vat_kind", message }];
  }
  const registered = readPlainDate(registeredAt, rules.timeZone);
  if (registered > date || isRateInForce(vat, { from: registered, to: date })) return [];
  const message = `Ставка ${vat} % не действует ни в один день с регистрации исполнителя по день акта, ${printDate(date)}`;
  return [{ path: "data.vat", code: "vat_rate_date", message }];
}

function toAcceptance(data: InboundData<"act.accepted">, rules: InboundRules, now: number): Acceptance {
  const issues: Issue[] = [];
  const acceptedAt = readInstant(data.acceptedAt);
  if (acceptedAt > now + rules.futureToleranceMs) {
    issues.push({ path: "data.acceptedAt", code: "future", message: "Момент принятия ещё не наступил" });
  }
  const pdfSha256 = data.pdfSha256?.toLowerCase() ?? null;
  if (pdfSha256 === null && rules.acceptWithoutHash !== true) {
    const message = "Не хватает sha256 формы, которую видел исполнитель: пришлите pdf.sha256 из последнего act.ready";
    issues.push({ path: "data.pdfSha256", code: "required", message });
  }
  const { evidence } = data;
  if (evidence?.means === "other" && omitBlank(evidence.meansText) === undefined) {
    const message = "Способ «other» опишите словами";
    issues.push({ path: "data.evidence.meansText", code: "required", message });
  }
  if (issues.length > 0) throw createValidationError(issues);
  const told = evidence ? toEvidence(evidence) : undefined;
  const acceptedBy = omitBlank(data.acceptedBy) ?? told?.by.name ?? told?.by.id ?? null;
  return { acceptedAt, acceptedBy, pdfSha256, ...(told === undefined ? {} : { evidence: told }) };
}

function toEvidence(data: v.InferOutput<typeof evidenceSchema>): AcceptanceEvidence {
  const { by, means, agreement, confirmedAt } = data;
  return {
    by: { id: by.id, ...pickTold({ name: by.name, contact: by.contact }) },
    means,
    ...pickTold({ meansText: data.meansText, ip: data.ip, userAgent: data.userAgent }),
    agreement: { url: agreement.url, ...pickTold({ version: agreement.version, date: agreement.date }) },
    ...(confirmedAt ? { confirmedAt: new Date(readInstant(confirmedAt)).toISOString() } : {}),
  };
}

/** Keeps the members with a text. */
function pickTold<K extends string>(members: Readonly<Record<K, string | null | undefined>>): { [N in K]?: string } {
  return Object.fromEntries(Object.entries(members).filter(([, text]) => text)) as { [N in K]?: string };
}

/** Warnings about left-out contacts; absent without any, so that equal requests stay equal. */
function toWarnings(data: ContractorData): { readonly warnings?: readonly Issue[] } {
  const warnings = listContractorWarnings(data, "data.contractor");
  return warnings.length === 0 ? {} : { warnings };
}

function toServiceLine(line: v.InferOutput<typeof serviceSchema>): ServiceLine {
  return {
    name: line.name,
    quantity: parseQuantity(line.quantity) ?? 0,
    unit: line.unit,
    price: parseMoney(line.price) ?? 0,
    amount: parseMoney(line.amount) ?? 0,
  };
}

function listServiceIssues(lines: readonly ServiceLine[], amount: number, rules: InboundRules): Issue[] {
  const issues: Issue[] = [];
  for (const [n, line] of lines.entries()) {
    const path = `data.services.${n}`;
    issues.push(...listCharacterIssues(line.name, `${path}.name`, rules));
    issues.push(...listCharacterIssues(line.unit, `${path}.unit`, rules));
    if (line.quantity <= 0) {
      issues.push({ path: `${path}.quantity`, code: "range", message: "Количество должно быть больше нуля" });
    }
    // A price is often a rounded quotient, so half a kopeck per unit is not an error.
    const product = BigInt(line.quantity) * BigInt(line.price);
    const off = product - BigInt(line.amount) * 1000n;
    const allowed = BigInt(Math.max(500, Math.ceil(line.quantity / 2)));
    if (off > allowed || -off > allowed) {
      const message = "Сумма строки не равна количеству, умноженному на цену";
      issues.push({ path: `${path}.amount`, code: "sum", message });
    }
  }
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  if (lines.length > 0 && total !== amount) {
    issues.push({ path: "data.services", code: "sum", message: "Суммы строк не складываются в сумму выплаты" });
  }
  return issues;
}
