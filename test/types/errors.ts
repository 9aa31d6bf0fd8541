import type { ErrorCode, Problem, ProblemCode, RequestCode, Resolver } from "../../core/index.ts";
import { AdapterError, isRetried, PROBLEMS, RelayError, RequestError } from "../../core/index.ts";
import { type Equals, requireTrue } from "./equals.ts";

// Problem codes are a closed union: a switch over them is either complete or does not compile.
requireTrue<Equals<ProblemCode, keyof typeof PROBLEMS>>();
requireTrue<Equals<string extends ProblemCode ? true : false, false>>();
requireTrue<Equals<string extends RequestCode ? true : false, false>>();
requireTrue<Equals<Extract<ProblemCode, RequestCode>, never>>();

type Attention = Exclude<ProblemCode, `onec_${string}`>;

/** Compiles only while every problem that is not about 1C's own state is named here. */
export function findOwner(code: Attention): "money" | "card" | "act" | "relay" {
  switch (code) {
    case "counterparty_ambiguous":
    case "counterparty_deleted":
    case "counterparty_confirm":
    case "counterparty_taken":
    case "bank_unknown":
    case "requisites_changed":
      return "card";
    case "period_empty":
    case "period_closed":
    case "vat_rate_date":
    case "act_not_posted":
    case "act_changed":
      return "act";
    case "payment_rejected":
    case "payment_unexpected":
    case "payment_doubled":
      return "money";
    case "ref_key_ignored":
    case "print_failed":
    case "accepted_form_failed":
    case "delivery_dead":
      return "relay";
  }
}

/** One left out: the compiler tells. */
export function forgetResolver(code: Resolver): string {
  switch (code) {
    case "platform":
    case "accountant":
    case "operator":
      return "a person";
    default:
      // @ts-expect-error: nobody is left
      return code satisfies never;
  }
}

// @ts-expect-error: a code that there is not
isRetried("onec_sleepy");
// @ts-expect-error: a request's code
isRetried("malformed");

// The table has literal types.
requireTrue<Equals<(typeof PROBLEMS)["bank_unknown"]["resolver"], "accountant">>();
// @ts-expect-error: nobody changes it
PROBLEMS.bank_unknown.resolver = "operator";
requireTrue<Equals<Problem["code"], ProblemCode>>();
requireTrue<Equals<Problem["resolver"], Resolver>>();

/** The class narrows the code, so that only what can be has to be handled. */
export function statusOf(error: unknown): number {
  if (error instanceof RequestError) {
    requireTrue<Equals<typeof error.code, RequestCode>>();
    if (error.code === "malformed") return 400;
    requireTrue<Equals<typeof error.code, Exclude<RequestCode, "malformed">>>();
    // @ts-expect-error: no request is refused with it
    return error.code === "bank_unknown" ? 409 : 422;
  }
  if (error instanceof AdapterError) {
    requireTrue<Equals<typeof error.code, ProblemCode>>();
    requireTrue<Equals<typeof error.outcome, "rejected" | "unavailable" | "uncertain">>();
    return 502;
  }
  if (error instanceof RelayError) requireTrue<Equals<typeof error.code, ErrorCode>>();
  return 500;
}

new RelayError("store_conflict", "An act kept changing", { cause: new Error("the cause") });
// @ts-expect-error: a code of one's own
new RelayError("my_own", "Something");
