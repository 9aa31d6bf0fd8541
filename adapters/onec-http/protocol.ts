import * as v from "valibot";
import {
  checkLineSchema,
  configurationSchema,
  contractorSchema,
  dateSchema,
  documentSchema,
  lineSchema,
  moneySchema,
  orderStateSchema,
  organizationInnsSchema,
  organizationSchema,
  periodSchema,
  refSchema,
  vatSchema,
} from "./protocol-values.ts";

/*
 * The protocol between the relay and the 1C configuration extension: the single source for both sides.
 *
 * PUSH: the relay calls 1C by `POST <ONEC_URL>/hs/relay/v1/<operation>`, with Basic authorisation of an infobase user
 * (UTF-8, never Bearer) and secret `ONEC_OUTBOUND_SECRET`. Request {@link requestSchema}, answer {@link answerSchema}.
 *
 * PULL: 1C calls the relay by `POST <relay>/onec/commands/claim` ({@link claimRequestSchema},
 * {@link claimAnswerSchema}). For each command, 1C then calls `POST <relay>/onec/commands/<id, percent-encoded>/result`
 * with the same body as an answer of push ({@link resultAnswerSchema}). Secret `ONEC_INBOUND_SECRET`.
 *
 * EVENTS in either mode: `POST <relay>/webhooks/onec`, secret `ONEC_INBOUND_SECRET`, repeated until an answer 2xx. A
 * repeated event keeps `webhook-id` and every byte of the body, `timestamp` included. The relay refuses other bytes
 * under a known id for good. Only the signature and the signature's time are new.
 *
 * SIGNATURE, both ways: headers `webhook-id`, `webhook-timestamp` (Unix seconds, at most 300 from the receiver's clock)
 * and `webhook-signature`. The signature header is a list of `v1,<base64>`, separated by a space. Some entry must equal
 * HMAC-SHA256(secret, `<webhook-id>.<webhook-timestamp>.<raw body bytes>`). The caller chooses the id.
 *   request, result   `<operation>:<id>:<nonce>`   operation and id of the body, a new nonce: 16 to 40
 *                                                  of 0-9 A-Z a-z _ - (for example a UUID).
 *   answer            `<webhook-id of the request>:answer`.
 * So no answer passes for another answer, and no request for an answer. A PDF body is bound to a request without JSON.
 * The receiver compares operation and id in `webhook-id`, in the body and in the path: all must agree. `id` is visible
 * ASCII without a dot, at most 180 characters.
 *
 * BODY: JSON in UTF-8; a BOM is forgiven. The receiver ignores unknown fields. The HTTP status is unsigned and proves
 * nothing: a signed answer has status 200, and `ok` tells success from refusal. A request with a wrong signature or an
 * unreadable body gets status 400 with an unsigned {@link refusalSchema}. The receiver then does nothing.
 */

/** Version of the protocol: `protocol` in every message, `v1` in every path. */
export const PROTOCOL_VERSION = 1;

/** Path of the extension's HTTP service, after the infobase's address. */
export const SERVICE_PATH = "/hs/relay/v1/";

/** Size limits in bytes: a PDF, a JSON answer, and a JSON answer with a PDF in base64. */
export const LIMITS = { pdf: 16 * 1024 * 1024, json: 4 * 1024 * 1024, jsonWithPdf: 23 * 1024 * 1024 } as const;

/** Longest `waitSeconds` of a claim. */
export const LONGEST_WAIT_SECONDS = 25;

/** Most commands of one claim. */
export const MOST_COMMANDS = 100;

/**
 * `ping`: state of the extension. Reads only; needs no rights to any document.
 *
 * `checks`: the extension's lines about rights to every used object, organisation, account, print form and sending of
 * events. With `write: true` the extension may also make a test counterparty and an unposted act in one transaction.
 * The extension then marks both for deletion and tells so in a line named «Запись». `organization`: the organisation
 * with `settings.organizationInn`; null: none, or several.
 */
export const ping = {
  params: v.object({ write: v.boolean() }),
  result: v.object({
    extension: v.pipe(v.string(), v.maxLength(50), v.description("Version of the extension"), v.examples(["1.0.0"])),
    platform: v.pipe(v.string(), v.maxLength(50), v.description("СистемнаяИнформация.ВерсияПриложения")),
    configuration: configurationSchema,
    organization: v.nullable(organizationSchema),
    checks: v.optional(v.array(checkLineSchema), []),
  }),
} as const;

/**
 * `counterparty`: finds a card in Справочник «Контрагенты» by INN and updates the card, or makes a new card.
 *
 * With `boundRef`: this card without a search; absent, a folder or marked for deletion → `counterparty_deleted`.
 * Without `boundRef`: live cards (unmarked, not a folder) with the digits of this ИНН. The cards with this КПП go
 * first, then the card with reference `ref`, then, for a head organisation only, every card of no division (places 5–6
 * of КПП). One → this card. Several → `counterparty_ambiguous` with name, КПП, reference of each in `detail`. None, but
 * a card with reference `ref` exists: marked → `counterparty_deleted`, unmarked (with another ИНН) →
 * `counterparty_ambiguous`. No card at all → a new card with reference `ref`. `updateExisting` is `confirm`, the relay
 * did not make the card, something would change, and `confirmed` is false → `counterparty_confirm`, nothing written.
 * The relay knows own cards by a register, or by `ref`.
 *
 * An update writes only given fields, cut to the length of 1C's attribute. Of contact information one row each changes:
 * Юридический адрес, Телефон, Email. ИНН goes only into an empty field. Bank account: found by the digits of number and
 * БИК, made if missing. The new account's bank is found by БИК in the classifier, else `bank_unknown` with `field`
 * `contractor.bankAccount.bic` before any write. The account becomes the main account of a card without a main account.
 * The account also replaces a main account set by the relay. Contract: the live, open «СПоставщиком» contract of this
 * organisation, made if missing. `contractLine`: the line of «Комментарий» beginning with `contractLine.prefix` and
 * `http` is replaced in place by prefix + url. Else a new line goes below; other lines stay. No change → nothing
 * written, `changed: false`. All in one transaction, under a lock by ИНН.
 */
export const counterparty = {
  params: v.object({
    ref: refSchema,
    contractor: contractorSchema,
    boundRef: v.optional(refSchema),
    confirmed: v.boolean(),
    updateExisting: v.picklist(["always", "confirm"]),
    contractLine: v.optional(v.object({ prefix: v.string(), url: v.string() })),
  }),
  result: v.object({ ref: refSchema, created: v.boolean(), changed: v.boolean() }),
} as const;

/**
 * `latest-acts`: posted, unmarked service acts of this counterparty and organisation, made by anybody. Latest first, by
 * date, then by moment, at most 100. The relay finds the latest covered day in «Комментарий»: people change dates of
 * acts. Left out: the act with reference `exceptRef`, and acts with `exceptMarker` in «Комментарий».
 */
export const latestActs = {
  params: v.object({ counterpartyRef: refSchema, exceptRef: refSchema, exceptMarker: v.string() }),
  result: v.object({
    acts: v.array(v.object({ ref: refSchema, date: dateSchema, comment: v.optional(v.nullable(v.string())) })),
  }),
} as const;

/**
 * `act`: makes AND posts the service act with reference `ref`. `settings.actDocument`: `receipt` Поступление, `sale`
 * Реализация; вид операции «Услуги». «Комментарий» begins with `comment`, «Содержание» of the lines is `content`.
 *
 * The extension first searches as in `act-find`. Found and posted → returned unchanged. Marked for deletion →
 * `act_changed`. Found and not posted → updated to these parameters and posted. Found by the marker under another
 * reference, or saved under another reference → `ref_key_ignored`. Closed date → `period_closed`, nothing written.
 * Saved but not posted → `act_not_posted` with 1C's words in `detail`; the document stays. Incoming number and date
 * equal the act's own, set together with the number. The sums must add up to the kopeck, else `onec_rejected`.
 */
export const act = {
  params: v.object({
    ref: refSchema,
    marker: v.pipe(v.string(), v.description("Occurs in comment; finds the document where the reference does not")),
    comment: v.string(),
    payoutId: v.string(),
    counterpartyRef: refSchema,
    contractor: contractorSchema,
    date: dateSchema,
    period: periodSchema,
    amount: moneySchema,
    vat: vatSchema,
    lines: v.pipe(v.array(lineSchema), v.minLength(1)),
  }),
  result: v.object({
    ...orderStateSchema.entries,
    comment: v.optional(v.nullable(v.string())),
    amount: v.optional(v.pipe(moneySchema, v.description("Sum of the document, also of one that was found"))),
    counterpartyRef: v.optional(v.pipe(refSchema, v.description("Контрагент of the document"))),
  }),
} as const;

/**
 * `act-find`: the act with reference `ref`, else the act with `marker` in «Комментарий», a live act before a marked
 * act. Marked and unposted acts count, too. `act: null`: no such act.
 */
export const actFind = {
  params: v.object({ ref: refSchema, marker: v.string() }),
  result: v.object({ act: v.nullable(documentSchema) }),
} as const;

/**
 * `act-form`: the printed form as PDF of the act found as in `act-find`. The answer is the PDF: `Content-Type:
 * application/pdf`, a signature over the bytes, at most 16 MiB. A side without byte answers may send JSON with `pdf` in
 * base64; line breaks are allowed. A missing or unprintable act → `print_failed`, in JSON.
 */
export const actForm = {
  params: v.object({ ref: refSchema, marker: v.string() }),
  result: v.object({ pdf: v.pipe(v.string(), v.description("base64; line breaks are ignored")) }),
} as const;

/**
 * `act-void`: unposts the act found as in `act-find` and marks the act for deletion, never deletes. Already voided →
 * success. `found: false`: no such act. Closed date → `period_closed`. `reason` may be added to «Комментарий».
 */
export const actVoid = {
  params: v.object({ ref: refSchema, marker: v.string(), reason: v.string() }),
  result: v.object({ found: v.boolean() }),
} as const;

/**
 * `payment-order`: makes Платёжное поручение with reference `ref` and «Комментарий» `comment`. The payee's account has
 * the number and БИК of `contractor.bankAccount`; without such a live account on the card → `requisites_changed`. The
 * payer's account: `settings.organizationAccount`, else the organisation's main account. Closed date → `period_closed`,
 * nothing written. Вид операции «Оплата поставщику», очерёдность 5, `purpose` unchanged (at most 210 characters). The
 * relay's order exists → returned unchanged, marked or not. Another reference → `ref_key_ignored`.
 */
export const paymentOrder = {
  params: v.object({
    ref: refSchema,
    marker: v.string(),
    comment: v.string(),
    actRef: refSchema,
    counterpartyRef: refSchema,
    contractor: contractorSchema,
    date: dateSchema,
    amount: moneySchema,
    vat: vatSchema,
    purpose: v.pipe(v.string(), v.maxLength(210)),
  }),
  result: orderStateSchema,
} as const;

/** `payment-order-find`: the payment order, found as in `act-find`. */
export const paymentOrderFind = {
  params: v.object({ ref: refSchema, marker: v.string() }),
  result: v.object({ order: v.nullable(orderStateSchema) }),
} as const;

/**
 * `payment-states`: the state of each order, found as in `payment-order-find`. `reason` is in Russian. Executed: a
 * posted Списание с расчётного счёта is based on the order. `executedOn` and `bankReference`: date and number of
 * Списание. Rejected: by the state of the order (Отклонено). Deleted: absent or marked. Ambiguous: unknown, with a
 * `reason`. All other orders wait.
 */
export const paymentStates = {
  params: v.object({
    orders: v.pipe(v.array(v.object({ ref: refSchema, marker: v.string() })), v.maxLength(1000)),
  }),
  result: v.object({
    states: v.array(
      v.object({
        ref: v.pipe(refSchema, v.description("As asked for")),
        state: v.picklist(["waiting", "executed", "rejected", "deleted", "ambiguous"]),
        executedOn: v.optional(v.nullable(dateSchema)),
        bankReference: v.optional(v.nullable(v.string())),
        reason: v.optional(v.nullable(v.string())),
      }),
    ),
  }),
} as const;

/**
 * `documents`: every document of a kind with `marker` in «Комментарий», of this organisation, dated `since` or later.
 * Marked and unposted documents count, too. Oldest first, by date, then by reference; at most `limit`. `next`: the
 * value of `after` for the next page, chosen by the extension; null on the last page. For reconciliation.
 */
export const documents = {
  params: v.object({
    kind: v.picklist(["act", "payment_order"]),
    since: dateSchema,
    marker: v.string(),
    after: v.nullable(v.pipe(v.string(), v.maxLength(200))),
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  }),
  result: v.object({
    documents: v.array(documentSchema),
    next: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(200)))),
  }),
} as const;

/** Every operation by its name: the last part of the path in push, `operation` in every message. */
export const OPERATIONS = {
  ping,
  counterparty,
  "latest-acts": latestActs,
  act,
  "act-find": actFind,
  "act-form": actForm,
  "act-void": actVoid,
  "payment-order": paymentOrder,
  "payment-order-find": paymentOrderFind,
  "payment-states": paymentStates,
  documents,
} as const;

export type Operation = keyof typeof OPERATIONS;

/** Parameters of an operation in JSON form. */
export type Params<O extends Operation> = v.InferInput<(typeof OPERATIONS)[O]["params"]>;

/** Validated result of an operation. */
export type Result<O extends Operation> = v.InferOutput<(typeof OPERATIONS)[O]["result"]>;

/**
 * Codes of a signed refusal: 1C did nothing, or rolled everything back. The relay repeats the last line of codes by
 * itself; all other codes need a person. `operation_unknown`: the extension is older than the relay.
 */
export const REFUSALS = [
  ...(["counterparty_ambiguous", "counterparty_deleted", "counterparty_confirm", "bank_unknown"] as const),
  ...(["requisites_changed", "period_closed", "act_not_posted", "act_changed", "onec_rejected"] as const),
  ...(["ref_key_ignored", "onec_forbidden", "print_failed", "operation_unknown"] as const),
  ...(["onec_lock_conflict", "onec_version_conflict", "onec_session_blocked", "onec_unavailable"] as const),
] as const;

const operationSchema = v.picklist(Object.keys(OPERATIONS) as Operation[]);
const idSchema = v.pipe(v.string(), v.regex(/^[!-\-/-~]{1,180}$/), v.description("Visible ASCII without a dot"));
const head = { protocol: v.literal(PROTOCOL_VERSION), operation: operationSchema, id: idSchema };

/** The relay's settings in every request: the extension needs no such settings. */
export const settingsSchema = v.object({
  organizationInn: v.string(),
  organizationAccount: v.optional(
    v.pipe(v.string(), v.description("Расчётный счёт to pay from; absent: the main one")),
  ),
  actDocument: v.picklist(["receipt", "sale"]),
});

/** The relay's settings for 1C. */
export type Settings = v.InferOutput<typeof settingsSchema>;

/** A request of push or a command of pull. `params` follows the operation's schema. */
export const requestSchema = v.object({ ...head, settings: settingsSchema, params: v.record(v.string(), v.unknown()) });

/** A request of push or a command of pull. */
export type RequestMessage = v.InferOutput<typeof requestSchema>;

/** An answer of push or a result of pull. `result` follows the operation's schema; `act-form` mostly sends a PDF. */
export const answerSchema = v.variant("ok", [
  v.object({ ...head, ok: v.literal(true), result: v.record(v.string(), v.unknown()) }),
  v.object({
    ...head,
    ok: v.literal(false),
    error: v.object({
      code: v.pipe(
        v.string(),
        v.maxLength(50),
        v.description(`One of ${REFUSALS.join(", ")}; another is onec_rejected`),
      ),
      detail: v.optional(v.nullable(v.pipe(v.string(), v.description("1C's own words, in Russian; no secrets")))),
      field: v.optional(v.nullable(v.pipe(v.string(), v.description("Path of the wire contract at fault")))),
    }),
  }),
]);

/** An answer of push or a result of pull. */
export type AnswerMessage = v.InferOutput<typeof answerSchema>;

/** Status 400, unsigned: the extension refused the request and did nothing. */
export const refusalSchema = v.object({
  refused: v.picklist(["signature_invalid", "timestamp_out_of_tolerance", "malformed", "protocol_unsupported"]),
  /** The extension's clock, Unix seconds: shows a wrong clock. */
  time: v.optional(v.pipe(v.number(), v.integer())),
});

/**
 * PULL: 1C asks for commands. `worker`: the executor of one command after another. The text never changes, not even
 * after a crash (for example the infobase's id). A worker asks only when idle: the relay first repeats the worker's
 * unanswered commands, then adds new commands. The relay waits at most `waitSeconds` for the first command; 1C's
 * timeout must be longer. `id` is new in each request; a repeated id is refused. The other fields describe 1C for the
 * relay's check of the connection: in pull mode the relay cannot call 1C.
 */
export const claimRequestSchema = v.object({
  protocol: v.literal(PROTOCOL_VERSION),
  operation: v.literal("claim"),
  id: idSchema,
  params: v.object({
    worker: v.pipe(v.string(), v.regex(/^[!-~]{1,100}$/)),
    limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_COMMANDS)),
    waitSeconds: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LONGEST_WAIT_SECONDS)),
    extension: v.pipe(v.string(), v.maxLength(50)),
    platform: v.optional(v.pipe(v.string(), v.maxLength(50), v.description("СистемнаяИнформация.ВерсияПриложения"))),
    configuration: v.optional(configurationSchema),
    organizations: v.optional(organizationInnsSchema),
  }),
});

/**
 * PULL: the commands in order of execution; empty when no command came in time. A command without an answer within
 * `leaseSeconds` is given out again: the references in a command make execution idempotent.
 */
export const claimAnswerSchema = v.object({
  protocol: v.literal(PROTOCOL_VERSION),
  operation: v.literal("claim"),
  id: idSchema,
  ok: v.literal(true),
  result: v.object({ commands: v.array(requestSchema), leaseSeconds: v.pipe(v.number(), v.integer()) }),
});

/**
 * PULL: the relay has stored a result durably. `taken`: the result was awaited. `known`: no command waits under this id
 * (answered before, or not needed). 1C then forgets the command; after any other answer 1C sends the result again.
 */
export const resultAnswerSchema = v.object({
  ...head,
  ok: v.literal(true),
  result: v.object({ status: v.picklist(["taken", "known"]) }),
});

/** `webhook-id` of a request or a result. */
export function formatRequestId(operation: Operation | "claim", id: string, nonce: string): string {
  return `${operation}:${id}:${nonce}`;
}

/** Tells whether a `webhook-id` belongs to a request or result with this operation and id. */
export function isRequestId(webhookId: string, operation: Operation | "claim", id: string): boolean {
  const prefix = `${operation}:${id}:`;
  return webhookId.startsWith(prefix) && /^[0-9A-Za-z_-]{16,40}$/.test(webhookId.slice(prefix.length));
}

/** `webhook-id` of the answer to a request. */
export function toAnswerId(webhookId: string): string {
  return `${webhookId}:answer`;
}
