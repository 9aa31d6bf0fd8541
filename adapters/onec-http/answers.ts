import type { ActState, LastAct, MarkedDocument } from "../../core/adapter.ts";
import { decodeBase64 } from "../../core/base64.ts";
import { AdapterError } from "../../core/errors.ts";
import { parseMoney } from "../../core/money.ts";
import type { Organization } from "../../core/parties.ts";
import type { PaymentState } from "../../core/payment-order.ts";
import { findLatestCoveringAct, parseMarkedPeriod, parseMarkedRefs } from "../onec/marker.ts";
import type { Operation, Params, Result } from "./protocol.ts";

/** A document of 1C as it stands in JSON. */
type Document = NonNullable<Result<"act-find">["act"]>;
type State = Result<"payment-states">["states"][number];

/** Reasons of payment states without a reason from 1C. */
const NOT_THERE = "Платёжное поручение не найдено";
const DELETED = "Платёжное поручение помечено на удаление";
const REJECTED = "Банк отклонил платёж";
const AMBIGUOUS = "Состояние платёжного поручения в 1С неоднозначно";

/**
 * Converts the result of each operation into the answer of the adapter's call. Throws `AdapterError` for a well-formed
 * result without a valid answer.
 */
const ANSWERS: { readonly [O in Operation]: (result: Result<O>, params: Params<O>) => unknown } = {
  ping: ({ organization }) => organizationOf(organization),
  counterparty: ({ ref, created, changed }) => ({ ref, created, changed }),
  "latest-acts": ({ acts }) => findLatestCoveringAct(acts.map(toLastAct)),
  act: ({ ref, number, date, comment, amount, counterpartyRef }, asked) => {
    const period = parseMarkedPeriod(comment ?? "", asked.ref);
    return {
      ref: requireOurRef(ref, asked.ref),
      number,
      date,
      ...(amount === undefined ? {} : { amount: toKopecks(amount) }),
      ...(counterpartyRef === undefined ? {} : { counterpartyRef }),
      ...(period === null ? {} : { period }),
    };
  },
  "act-find": ({ act }) => (act === null ? null : toActState(act)),
  "act-form": ({ pdf }) => requirePdf(decodeBase64(pdf.replace(/\s+/g, ""))),
  "act-void": ({ found }) => ({ found }),
  "payment-order": ({ ref, number, date }, asked) => ({ ref: requireOurRef(ref, asked.ref), number, date }),
  "payment-order-find": ({ order }) => order,
  "payment-states": ({ states }, { orders }) => {
    const known = new Map(states.map((state) => [state.ref, state]));
    return Object.fromEntries(orders.map(({ ref }) => [ref, toPaymentState(known.get(ref.toLowerCase()))]));
  },
  documents: ({ documents, next }) => ({ documents: documents.map(toMarkedDocument), next: next ?? null }),
};

/** Converts a result into the answer of the adapter's call. Throws `AdapterError`. */
export function answerOf<O extends Operation>(operation: O, result: Result<O>, params: Params<O>): unknown {
  return ANSWERS[operation](result, params);
}

/** Returns the bytes of a PDF. Throws `print_failed` for other bytes. */
export function requirePdf(bytes: Uint8Array | null): Uint8Array {
  if (bytes !== null && new TextDecoder("latin1").decode(bytes.subarray(0, 5)) === "%PDF-") return bytes;
  throw new AdapterError("print_failed", "1C's printed form is not a PDF", {
    outcome: "rejected",
    detail: "Расширение вернуло не PDF: проверьте печатную форму в его настройках",
  });
}

/** Converts the paying organisation. Throws `onec_rejected` when the infobase has none, or several. */
export function organizationOf(found: Result<"ping">["organization"]): Organization {
  if (found === null) {
    throw new AdapterError("onec_rejected", "The organisation is not in the infobase", {
      outcome: "rejected",
      detail: "Организация с ИНН из ONEC_ORGANIZATION_INN в 1С не найдена или не единственная",
    });
  }
  const { bankAccount, signatory, ...rest } = found;
  return {
    ...omitEmpty(rest),
    ...(bankAccount ? { bankAccount: omitEmpty(bankAccount) } : {}),
    ...(signatory ? { signatory: omitEmpty(signatory) } : {}),
  };
}

/** A value without null, undefined and empty members: in 1C an empty string means «no». */
type Stated<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]>;
};

function omitEmpty<T extends object>(value: T): Stated<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== null && item !== undefined && item !== ""),
  ) as Stated<T>;
}

function toLastAct({ ref, date, comment }: Result<"latest-acts">["acts"][number]): LastAct {
  const period = parseMarkedPeriod(comment ?? "", ref);
  return { ref, date, ...(period === null ? {} : { coveredTo: period.to }) };
}

function toActState({ comment, amount, ...act }: Document): ActState {
  const period = parseMarkedPeriod(comment ?? "", act.ref);
  return { ...act, amount: toKopecks(amount), ...(period === null ? {} : { period }) };
}

function toMarkedDocument({ comment, amount, ...document }: Document): MarkedDocument {
  return { ...document, amount: toKopecks(amount), markedRefs: parseMarkedRefs(comment ?? "") };
}

function toPaymentState(state: State | undefined): PaymentState {
  const reason = state?.reason;
  switch (state?.state) {
    case undefined:
      return { state: "deleted", reason: NOT_THERE };
    case "waiting":
      return { state: "waiting" };
    case "executed": {
      const { executedOn, bankReference } = state!;
      if (!executedOn) return { state: "ambiguous", reason: "Поручение исполнено, но 1С не назвала дату" };
      return { state: "executed", executedOn, ...(bankReference ? { bankReference } : {}) };
    }
    case "rejected":
      return { state: "rejected", reason: reason || REJECTED };
    case "deleted":
      return { state: "deleted", reason: reason || DELETED };
    case "ambiguous":
      return { state: "ambiguous", reason: reason || AMBIGUOUS };
  }
}

/** `asked`: the chosen reference; undefined for the late result of an abandoned command. */
function requireOurRef(ref: string, asked: string | undefined): string {
  if (asked === undefined || ref === asked.toLowerCase()) return asked ?? ref;
  throw new AdapterError("ref_key_ignored", "The document got another reference than ours", {
    outcome: "rejected",
    detail: `1С присвоила ссылку ${ref}`,
  });
}

/** Converts a decimal string into kopecks; the schema has already validated the text. */
function toKopecks(text: string): number {
  return parseMoney(text) ?? 0;
}
