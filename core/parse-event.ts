import type * as v from "valibot";
import type { ActRequest, ServiceLine } from "./act.ts";
import type { PlainDate } from "./date.ts";
import { type Issue, RequestError } from "./errors.ts";
import {
  type actAcceptedSchema,
  type actDeclinedSchema,
  type actRequestedSchema,
  envelopeSchema,
  ONEC_EVENTS,
  PLATFORM_EVENTS,
} from "./event-schemas.ts";
import { MAX_KOPECKS, parseMoney, parseQuantity } from "./money.ts";
import {
  type ContractorData,
  type InboundRules,
  listCharacterIssues,
  listContractorIssues,
  omitBlank,
  parseContractor,
  pick,
  readInstant,
  readPlainDate,
  refuse,
  toContractor,
} from "./parse-contractor.ts";
import type { Contractor } from "./parties.ts";
import type { EventSource } from "./store.ts";
import { parseShape } from "./validation.ts";

export type { InboundRules } from "./parse-contractor.ts";

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

/** A body as JSON. Throws {@link RequestError} `malformed`: not UTF-8, not JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new RequestError("malformed", "Тело запроса — не JSON в кодировке UTF-8", { cause });
  }
}

/** The `type` of an event, where there is one that looks like one: for the journal of what was received. */
export function readEventType(json: unknown): string | null {
  const type = json !== null && typeof json === "object" && "type" in json ? json.type : null;
  return typeof type === "string" && /^[\w.-]{1,100}$/.test(type) ? type : null;
}

/**
 * A verified body as an event. Throws {@link RequestError}: `malformed` (not UTF-8, not JSON), `unknown_event_type`,
 * `validation_failed` with every issue found, `kind_not_allowed`.
 */
export function parseEvent(source: EventSource, body: Uint8Array, rules: InboundRules, now: number): InboundEvent {
  return toEvent(source, parseJson(body), rules, now);
}

/** {@link parseEvent} of a body that was read as JSON before. */
export function toEvent(source: EventSource, json: unknown, rules: InboundRules, now: number): InboundEvent {
  const envelope = parseShape(envelopeSchema, json, "");
  const schemas: Readonly<Record<string, v.GenericSchema>> = source === "platform" ? PLATFORM_EVENTS : ONEC_EVENTS;
  const schema = Object.hasOwn(schemas, envelope.type) ? schemas[envelope.type] : undefined;
  if (schema === undefined) {
    const known = Object.keys(schemas).join(", ");
    throw new RequestError("unknown_event_type", `Неизвестный тип события. Принимаются: ${known}`, {
      issues: [{ path: "type", code: "unknown", message: `Принимаются: ${known}` }],
    });
  }
  const data = parseShape(schema, envelope.data, "data.");
  // A sender whose clock is ahead must not make what it says next look old.
  return readEventData(envelope.type, data, Math.min(readInstant(envelope.timestamp), now), rules, now);
}

function readEventData(type: string, data: unknown, asOf: number, rules: InboundRules, now: number): InboundEvent {
  switch (type as keyof typeof PLATFORM_EVENTS | keyof typeof ONEC_EVENTS) {
    case "act.requested":
      return { type: "act.requested", asOf, request: toActRequest(data as RequestedData, rules, now) };
    case "act.accepted": {
      const said = data as v.InferOutput<typeof actAcceptedSchema>;
      return {
        type: "act.accepted",
        asOf,
        payoutId: said.payoutId,
        acceptedAt: readInstant(said.acceptedAt),
        acceptedBy: omitBlank(said.acceptedBy) ?? null,
        pdfSha256: said.pdfSha256?.toLowerCase() ?? null,
      };
    }
    case "act.declined": {
      const said = data as v.InferOutput<typeof actDeclinedSchema>;
      return {
        type: "act.declined",
        asOf,
        payoutId: said.payoutId,
        declinedAt: readInstant(said.declinedAt),
        reason: said.reason,
      };
    }
    case "contractor.updated": {
      const said = (data as { contractor: ContractorData }).contractor;
      return { type: "contractor.updated", asOf, contractor: parseContractor(said, rules) };
    }
    case "payment.executed": {
      const said = data as { paymentOrderRef: string; executedAt: string };
      const executedOn = readPlainDate(said.executedAt, rules.timeZone);
      return { type: "payment.executed", asOf, ...pick(said, "paymentOrderRef", "executedAt"), executedOn };
    }
    case "payment.rejected":
      return { type: "payment.rejected", asOf, ...(data as { paymentOrderRef: string; reason: string }) };
    case "act.voided": {
      const said = data as { actRef: string; reason?: string | null };
      return { type: "act.voided", asOf, actRef: said.actRef, reason: omitBlank(said.reason) ?? null };
    }
    case "act.changed":
      return { type: "act.changed", asOf, actRef: (data as { actRef: string }).actRef };
  }
}

type RequestedData = v.InferOutput<typeof actRequestedSchema>;

function toActRequest(data: RequestedData, rules: InboundRules, now: number): ActRequest {
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
  refuse(issues, data.contractor, rules);
  return {
    payoutId: data.payoutId,
    revision: data.revision ?? 1,
    requestedAt,
    amount,
    vat: data.vat ?? "none",
    contractor: toContractor(data.contractor, rules),
    services,
  };
}

function toServiceLine(line: {
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

function listServiceIssues(lines: readonly ServiceLine[], amount: number, rules: InboundRules): Issue[] {
  const issues: Issue[] = [];
  for (const [n, line] of lines.entries()) {
    const path = `data.services.${n}`;
    issues.push(
      ...listCharacterIssues(line.name, `${path}.name`, rules),
      ...listCharacterIssues(line.unit, `${path}.unit`, rules),
    );
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
