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
 * The protocol between the relay and its 1C configuration extension: the one place that both sides are written from.
 *
 * PUSH, the relay calls 1C: `POST <ONEC_URL>/hs/relay/v1/<operation>`, Basic authorisation of an infobase user (UTF-8,
 * never Bearer), secret `ONEC_OUTBOUND_SECRET`. Request {@link requestSchema}, answer {@link answerSchema}.
 *
 * PULL, 1C calls the relay: `POST <relay>/onec/commands/claim` ({@link claimRequestSchema}, {@link claimAnswerSchema}),
 * then for each command `POST <relay>/onec/commands/<id, percent-encoded>/result` with the very answer that push would
 * have got; secret `ONEC_INBOUND_SECRET`. {@link resultAnswerSchema}.
 *
 * EVENTS, in either mode: `POST <relay>/webhooks/onec`, secret `ONEC_INBOUND_SECRET`, until it is answered 2xx. An event that is
 * sent again keeps its `webhook-id` and every byte of its body, `timestamp` in it too: other bytes under a known id are refused
 * for good. Only the signature and its time are made anew.
 *
 * SIGNATURE, both ways: headers `webhook-id`, `webhook-timestamp` (Unix seconds, at most 300 from the receiver's clock),
 * `webhook-signature`: one or several `v1,<base64>` parted by a space, of which one must be
 * HMAC-SHA256(secret, `<webhook-id>.<webhook-timestamp>.<raw body bytes>`). Whoever begins an exchange gives it an id:
 *   request, result   `<operation>:<id>:<nonce>`   the operation and id of the body; the nonce is new each time, 16 to 40
 *                                                  of 0-9 A-Z a-z _ - (a UUID will do)
 *   answer            `<webhook-id of the request>:answer`
 * so that no answer can pass for another's, nor a request for its own answer, and a PDF as a body is bound without JSON.
 * The receiver compares operation and id in `webhook-id`, in the body and in the path: all must agree. `id` is visible
 * ASCII without a dot, at most 180 characters.
 *
 * BODY: JSON in UTF-8; a BOM is forgiven. Fields that the receiver does not know are ignored. The HTTP status is not
 * signed, so it says nothing: a signed answer has status 200, `ok` tells success from refusal. A request that is not
 * properly signed, or cannot be read, gets status 400 and an unsigned {@link refusalSchema}, and nothing is done.
 */

/** Version of the protocol, `protocol` in every message and `v1` in every path. */
export const PROTOCOL_VERSION = 1;

/** Where the extension's HTTP service begins, under the infobase's address. */
export const SERVICE_PATH = "/hs/relay/v1/";

/** Longest PDF, JSON answer, and JSON answer that carries a PDF in base64, in bytes. */
export const LIMITS = { pdf: 16 * 1024 * 1024, json: 4 * 1024 * 1024, jsonWithPdf: 23 * 1024 * 1024 } as const;

/** Longest `waitSeconds` of a claim. */
export const LONGEST_WAIT_SECONDS = 25;

/** Most commands of one claim. */
export const MOST_COMMANDS = 100;

/**
 * `ping` — who answers. Reads only; needs no rights to any document.
 *
 * `checks`: what the extension can say about itself: rights of the user to every object it works with, the organisation
 * and its account found, the print form found, events being sent. With `write: true` it may also make a
 * test counterparty and an unposted act in one transaction, mark them for deletion, and say so in a line named «Запись».
 * `organization`: the one with `settings.organizationInn`; null when there is none, or several.
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
 * `counterparty` — finds the card by INN and updates it, or makes it (Справочник «Контрагенты»).
 *
 * `boundRef` given: that card, no search; absent, a folder or marked for deletion → `counterparty_deleted`.
 * Otherwise live (unmarked, not a folder) cards with this ИНН: one → it; several → those with this КПП, exactly one → it,
 * else `counterparty_ambiguous` with name, КПП and reference of each in `detail`; none, but a card with reference `ref` is
 * there marked → `counterparty_deleted`, unmarked (with another ИНН) → `counterparty_ambiguous`; none at all → a new card
 * with reference `ref` (`УстановитьСсылкуНового`).
 * `updateExisting` is `confirm`, the card was not made by us, something would change and `confirmed` is false →
 * `counterparty_confirm`, nothing written. Whether we made a card: a register of the extension, or its reference is `ref`.
 *
 * An update writes what is given and only that. Own contact information kinds only: Юридический адрес, Телефон, Email.
 * ИНН is written only where it is empty. Bank account: by number and БИК; made where missing, its bank by БИК in the
 * classifier, else `bank_unknown` with `field` `contractor.bankAccount.bic` before anything is written. It becomes the main
 * one only where there is none or the main one was set by us (a register of the extension). Contract: the live
 * «СПоставщиком» one of this organisation; made where missing. `contractLine` given: the line of «Комментарий» that begins
 * with `contractLine.prefix` and `http` is replaced by prefix + url in place, or added below; other lines stay.
 * Nothing to change → nothing written, `changed: false`. All in one transaction, under a lock by ИНН.
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
 * `latest-acts` — posted, unmarked service acts of this counterparty and organisation, whoever made them: latest first, by date,
 * then by moment, at most 100 (the relay reads from «Комментарий» which covers the latest day: people move acts to other dates).
 * Left out: the act with reference `exceptRef`, and acts whose «Комментарий» contains `exceptMarker`.
 */
export const latestActs = {
  params: v.object({ counterpartyRef: refSchema, exceptRef: refSchema, exceptMarker: v.string() }),
  result: v.object({
    acts: v.array(v.object({ ref: refSchema, date: dateSchema, comment: v.optional(v.nullable(v.string())) })),
  }),
} as const;

/**
 * `act` — makes AND posts the service act (`settings.actDocument`: `receipt` Поступление, `sale` Реализация; вид операции
 * «Услуги») with reference `ref`, its «Комментарий» beginning with `comment`, its lines' «Содержание» from `content`.
 *
 * Looked for first as `act-find` does. There and posted → returned as it is. There and marked for deletion → `act_changed`.
 * There and not posted → brought to these parameters and posted. Found by the marker under another reference, or written and
 * read back under one → `ref_key_ignored`. Date closed → `period_closed`, nothing written. Written and refused to post →
 * `act_not_posted` with 1C's words in `detail`, the document stays. Incoming number and date = its own, set with the number.
 * The sums must add up to the kopeck, else `onec_rejected`.
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
    ref: refSchema,
    number: v.pipe(v.string(), v.minLength(1), v.maxLength(50)),
    date: dateSchema,
    comment: v.optional(v.nullable(v.string())),
  }),
} as const;

/**
 * `act-find` — the act with reference `ref`; else the one whose «Комментарий» contains `marker`, a live one before a marked
 * one. `act: null` when there is none. Marked and unposted ones are found, too.
 */
export const actFind = {
  params: v.object({ ref: refSchema, marker: v.string() }),
  result: v.object({ act: v.nullable(documentSchema) }),
} as const;

/**
 * `act-form` — the printed form as PDF, found as `act-find` does. Answered by the PDF itself: `Content-Type: application/pdf`,
 * the signature over its bytes, at most 16 MiB. A side that cannot send bytes may answer JSON with `pdf` in base64, line breaks
 * allowed. Not there or not printable → `print_failed`, in JSON.
 */
export const actForm = {
  params: v.object({ ref: refSchema, marker: v.string() }),
  result: v.object({ pdf: v.pipe(v.string(), v.description("base64; line breaks are ignored")) }),
} as const;

/**
 * `act-void` — unposts the act and marks it for deletion, never deletes; found as `act-find` does. Already so → success.
 * `found: false` when there is none. Date closed → `period_closed`. `reason` may be added to «Комментарий».
 */
export const actVoid = {
  params: v.object({ ref: refSchema, marker: v.string(), reason: v.string() }),
  result: v.object({ found: v.boolean() }),
} as const;

/**
 * `payment-order` — makes Платёжное поручение with reference `ref` and «Комментарий» `comment`, on the counterparty's account with
 * the number and БИК of `contractor.bankAccount`, which the card must have, live, else `requisites_changed`. The organisation
 * pays from `settings.organizationAccount`, or its main account. Вид операции «Оплата поставщику», очерёдность 5,
 * `purpose` as it is (at most 210 characters). Ours is there already → returned as it is, marked or not. Another reference →
 * `ref_key_ignored`.
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

/** `payment-order-find` — as `act-find`, for payment orders. */
export const paymentOrderFind = {
  params: v.object({ ref: refSchema, marker: v.string() }),
  result: v.object({ order: v.nullable(orderStateSchema) }),
} as const;

/**
 * `payment-states` — the state of each order, found as `payment-order-find` does. Executed: a posted Списание с расчётного
 * счёта is based on the order; `executedOn` its date, `bankReference` its number. Rejected: the state says so (Отклонено).
 * Deleted: not there, or marked. Ambiguous: it cannot be told, `reason` says why. All others wait. `reason` in Russian.
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
 * `documents` — every document of a kind whose «Комментарий» contains `marker`, of this organisation, dated `since` and later,
 * marked for deletion and unposted ones too, oldest first (by date, then by reference). At most `limit`; `next` is what the
 * extension wants to get as `after` for the page that follows, null on the last one. For the comparison of both books.
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

/** Name of an operation. */
export type Operation = keyof typeof OPERATIONS;

/** Parameters of an operation, as they stand in JSON. */
export type Params<O extends Operation> = v.InferInput<(typeof OPERATIONS)[O]["params"]>;

/** Result of an operation, as it was understood. */
export type Result<O extends Operation> = v.InferOutput<(typeof OPERATIONS)[O]["result"]>;

/**
 * What a signed refusal may say; nothing was done, or all of it was rolled back. The first group needs a person; the second is
 * asked again by itself. `operation_unknown`: the extension is older than the relay.
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

/** How the relay is set, with every request: so the extension needs no settings of this kind of its own. */
export const settingsSchema = v.object({
  organizationInn: v.string(),
  organizationAccount: v.optional(
    v.pipe(v.string(), v.description("Расчётный счёт to pay from; absent: the main one")),
  ),
  actDocument: v.picklist(["receipt", "sale"]),
});

/** {@link settingsSchema} */
export type Settings = v.InferOutput<typeof settingsSchema>;

/** A request of push, and a command of pull: `params` by the operation's schema. */
export const requestSchema = v.object({ ...head, settings: settingsSchema, params: v.record(v.string(), v.unknown()) });

/** {@link requestSchema} */
export type RequestMessage = v.InferOutput<typeof requestSchema>;

/** An answer of push, and a result of pull: `result` by the operation's schema. `act-form` mostly has a PDF instead. */
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

/** {@link answerSchema} */
export type AnswerMessage = v.InferOutput<typeof answerSchema>;

/** Status 400, unsigned: the request was not taken and nothing was done. */
export const refusalSchema = v.object({
  refused: v.picklist(["signature_invalid", "timestamp_out_of_tolerance", "malformed", "protocol_unsupported"]),
  /** Unix seconds: the extension's clock, so that a wrong one can be told. */
  time: v.optional(v.pipe(v.number(), v.integer())),
});

/**
 * PULL: 1C asks for work. `worker` names who executes, one command after another: the same text at every claim, also after a
 * crash (the infobase's own id will do). A worker that claims says that it holds nothing: it is given again what it was given
 * before and has not answered, then more. Waits at most `waitSeconds` for the first command; the caller's own timeout must be
 * longer. `id` is new at each claim, a repeated one is refused. The rest says who asks, for the relay's check of the connection:
 * in pull mode it cannot ask 1C by itself.
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
 * PULL: the commands, in the order to execute them; none when nothing came in time. What is not answered within `leaseSeconds`
 * is given out again: execution is idempotent by the references in it.
 */
export const claimAnswerSchema = v.object({
  protocol: v.literal(PROTOCOL_VERSION),
  operation: v.literal("claim"),
  id: idSchema,
  ok: v.literal(true),
  result: v.object({ commands: v.array(requestSchema), leaseSeconds: v.pipe(v.number(), v.integer()) }),
});

/**
 * PULL: a result was dealt with, durably. `taken`: it was waited for. `known`: nothing waits under this id (it was answered
 * before, or is not needed any more). After either the extension forgets the command; anything else it posts again.
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

/** Whether a `webhook-id` is one of a request or result with this operation and id. */
export function isRequestId(webhookId: string, operation: Operation | "claim", id: string): boolean {
  const prefix = `${operation}:${id}:`;
  return webhookId.startsWith(prefix) && /^[0-9A-Za-z_-]{16,40}$/.test(webhookId.slice(prefix.length));
}

/** `webhook-id` of the answer to a request. */
export function toAnswerId(webhookId: string): string {
  return `${webhookId}:answer`;
}
