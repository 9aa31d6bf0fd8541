import type { Act, Problem } from "../../core/act.ts";
import type { RecordedEvent } from "../../core/act-event.ts";
import type { ProblemCode } from "../../core/errors.ts";
import { PROBLEMS } from "../../core/errors.ts";
import type { Attempt, Job } from "../../core/job.ts";
import type { Contractor, Counterparty, Organization } from "../../core/parties.ts";
import { formatCounterpartyKey } from "../../core/parties.ts";
import type { PaymentOrder } from "../../core/payment-order.ts";
import type { InboxEntry, StoredForm, Write } from "../../core/store.ts";

/** 2026-11-24 12:00 in Moscow: the instant at which the fixtures' world stands. */
export const NOON = Date.UTC(2026, 10, 24, 9);

/** BIC (БИК) of the bank whose accounts the fixtures have. */
export const BIC = "044525225";

let last = 0;

/** Makes a UUID, unique in this run and greater than all former ones. */
export function freshId(): string {
  last += 1;
  return `0192f000-0000-7000-8000-${last.toString(16).padStart(12, "0")}`;
}

/** A company's INN (ИНН) with the control digit. Each number up to 9 999 999 gives another INN. */
export function companyInn(n: number): string {
  const head = `77${String(n).padStart(7, "0")}`;
  return head + innDigit(head, [2, 4, 10, 3, 5, 9, 4, 6, 8]);
}

/** A person's INN (ИНН) with both control digits. */
export function personInn(n: number): string {
  const head = `77${String(n).padStart(8, "0")}`;
  const eleven = head + innDigit(head, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]);
  return eleven + innDigit(eleven, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]);
}

/** A rouble account (расчётный счёт) of a company at a bank, with the key that agrees with the bank's BIC. */
export function accountNumber(n: number, bic: string = BIC): string {
  const numbers = Array.from({ length: 10 }, (_, key) => `40702810${key}${String(n).padStart(11, "0")}`);
  return numbers.find((number) => accountSum(bic.slice(6) + number) % 10 === 0) ?? "";
}

/** The paying company. */
export function anOrganization(more: Partial<Organization> = {}): Organization {
  return {
    name: "ООО «Платформа»",
    fullName: "Общество с ограниченной ответственностью «Платформа»",
    inn: companyInn(1),
    kpp: "770101001",
    ogrn: "1027700132195",
    address: "115035, г. Москва, ул. Садовническая, д. 1",
    phone: "+7 495 000-00-00",
    bankAccount: {
      number: accountNumber(1),
      bic: BIC,
      bankName: "ПАО Сбербанк",
      corrAccount: "30101810400000000225",
    },
    signatory: { position: "Генеральный директор", name: "Иванов И. И.", basis: "Устава" },
    ...more,
  };
}

/** A contractor (исполнитель): a company with all requisites, the `n`-th of its kind. */
export function aContractor(n = 2, more: Partial<Contractor> = {}): Contractor {
  return {
    id: `agent-${n}`,
    registeredOn: "2026-11-01",
    kind: "company",
    name: `ООО «Ёлочка ${n}»`,
    fullName: `Общество с ограниченной ответственностью «Ёлочка ${n}»`,
    inn: companyInn(n),
    kpp: "770101001",
    legalAddress: "101000, г. Москва, ул. Мясницкая, д. 2, стр. 3",
    phone: "+7 495 111-22-33",
    email: `agent${n}@example.com`,
    bankAccount: { number: accountNumber(n), bic: BIC },
    contract: { url: `https://platform.example/contracts/${n}`, number: `Д-${n}`, date: "2026-11-01" },
    signatory: { position: "Директор", name: "Петрова А. А.", basis: "Устава" },
    ...more,
  };
}

/** Makes the `n`-th contractor in the platform's words. */
export function makeContractorData(n = 2, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { registeredOn, ...contractor } = aContractor(n);
  return { ...contractor, registeredAt: registeredOn, ...more };
}

let payouts = 0;

/** Makes valid data of `act.requested` for a new payout. `n`: the contractor's number; default: a new number. */
export function makeRequestData({ n, ...fields }: { readonly n?: number; readonly [field: string]: unknown } = {}) {
  payouts += 1;
  return {
    payoutId: `payout-${payouts}`,
    requestedAt: new Date(NOON).toISOString(),
    amount: "15000.00",
    contractor: makeContractorData(n ?? 1000 + payouts),
    ...fields,
  };
}

/** A new act right after the request. */
export function anAct(more: Partial<Act> = {}): Act {
  const id = more.id ?? freshId();
  const contractor = more.contractor ?? aContractor();
  return {
    id,
    payoutId: `payout-${id}`,
    revision: 1,
    status: "requested",
    seq: 1,
    requestedAt: NOON,
    asOf: NOON,
    date: "2026-11-24",
    amount: 1_500_000,
    vat: "none",
    services: [],
    contractor,
    counterpartyKey: formatCounterpartyKey(companyInn(1), contractor),
    counterparty: null,
    period: null,
    decidedPeriod: null,
    document: null,
    covers: true,
    form: null,
    acceptedAt: null,
    acceptedBy: null,
    paymentOrder: null,
    paidOn: null,
    reason: null,
    problem: null,
    updatedAt: NOON,
    ...more,
  };
}

/** A problem of an act. */
export function aProblem(code: ProblemCode, more: Partial<Problem> = {}): Problem {
  const { message, resolver } = PROBLEMS[code];
  return { code, message, resolver, field: null, since: NOON, step: "act.create", announced: false, ...more };
}

/** A new payment order in 1C. */
export function aPaymentOrder(more: Partial<PaymentOrder> = {}): PaymentOrder {
  return {
    ref: freshId(),
    attempt: 1,
    state: "made",
    number: "000123",
    date: "2026-11-25",
    former: [],
    executed: [],
    ...more,
  };
}

/** The last event of an act: line `act.seq` of the history. */
export function anEvent(act: Pick<Act, "id" | "seq" | "status">, more: object = {}): RecordedEvent {
  return {
    actId: act.id,
    seq: act.seq,
    type: "act.requested",
    revision: 1,
    at: NOON,
    actor: "platform",
    status: act.status,
    ...more,
  };
}

/** The writes of an act and the act's event, for one commit. */
export function actChanges(act: Act): readonly Write[] {
  return [
    { type: "act", act },
    { type: "event", event: anEvent(act) },
  ];
}

/** Fields of a job as a test may want them: a store keeps any JSON. */
type JobFields = Partial<Omit<Job, "queue" | "type" | "actId" | "input" | "progress">> & {
  readonly queue?: Job["queue"];
  readonly type?: Job["type"];
  readonly actId?: string | null;
  readonly input?: object;
  readonly progress?: object;
};

/** A webhook that is due at {@link NOON}; with `queue: "accounting"`, the creation of an act. */
export function aMessage(more: JobFields = {}): Job {
  const accounting = more.queue === "accounting";
  return {
    id: freshId(),
    queue: "webhook",
    type: accounting ? "act.create" : "webhook",
    actId: null,
    orderKey: null,
    destination: accounting ? "accounting" : "platform",
    input: {},
    state: "queued",
    dueAt: NOON,
    createdAt: NOON,
    attempts: 0,
    attemptsBefore: 0,
    awaiting: null,
    progress: {},
    lease: null,
    lapsed: false,
    ...more,
  } as Job;
}

/** A successful attempt. */
export function anAttempt(jobId: string, more: Partial<Attempt> = {}): Attempt {
  return {
    jobId,
    n: 1,
    startedAt: NOON,
    finishedAt: NOON + 250,
    outcome: "ok",
    code: null,
    detail: null,
    status: null,
    response: null,
    ...more,
  };
}

/** An event of the platform after the relay took the event. */
export function anEntry(more: Partial<InboxEntry> = {}): InboxEntry {
  const id = more.id ?? freshId();
  return {
    id,
    source: "platform",
    webhookId: `msg_${id}`,
    receivedAt: NOON,
    type: "act.requested",
    outcome: "processed",
    code: null,
    detail: null,
    actId: null,
    bodyHash: "0".repeat(64),
    body: new TextEncoder().encode('{"type":"act.requested","data":{"name":"ООО «Ёлочка»"}}'),
    ...more,
  };
}

/** A printed form of a few bytes, whole. The hash is not computed, since no store reads the hash. */
export function aForm(more: Partial<StoredForm> = {}): StoredForm {
  const tail = more.tail ?? Uint8Array.from({ length: 300 }, (_, index) => index % 256);
  const bytes = tail.length + (more.prefix?.data.length ?? 0);
  return { actId: freshId(), sha256: "f".repeat(64), bytes, prefix: null, tail, ...more };
}

/** The relay's record of a counterparty. */
export function aCounterparty(more: Partial<Counterparty> = {}): Counterparty {
  const contractor = more.contractor ?? aContractor();
  const key = formatCounterpartyKey(companyInn(1), contractor);
  return { key, boundRef: null, confirmed: false, owners: [contractor.id], asOf: NOON, contractor, ...more };
}

function innDigit(head: string, weights: readonly number[]): string {
  const sum = weights.reduce((total, weight, place) => total + weight * Number(head[place]), 0);
  return String((sum % 11) % 10);
}

function accountSum(digits: string): number {
  return [...digits].reduce((sum, digit, place) => sum + Number(digit) * ([7, 1, 3][place % 3] ?? 0), 0);
}
