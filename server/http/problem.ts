import { type Issue, RelayError, type RequestCode, RequestError } from "../../core/errors.ts";

/** Status and texts of a refusal over HTTP. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Cause of the refusal, for the documentation page. */
  readonly when: string;
}

/** Every refusal of the server: the table from code to HTTP. */
export const REQUEST_PROBLEMS = {
  malformed: {
    status: 400,
    title: "Malformed request",
    when: "The body is not JSON in UTF-8, or a cursor is not ours.",
  },
  unauthorized: { status: 401, title: "Unauthorized", when: "No bearer token, or a wrong one." },
  signature_invalid: {
    status: 401,
    title: "Signature invalid",
    when: "A signature header is missing or malformed, or no signature fits. Nothing is stored.",
  },
  timestamp_out_of_tolerance: {
    status: 401,
    title: "Timestamp out of tolerance",
    when: "The signature fits, but the timestamp is more than five minutes away. Sign anew and send again.",
  },
  forbidden: { status: 403, title: "Forbidden", when: "The token may only read." },
  link_invalid: {
    status: 403,
    title: "Link invalid",
    when: "The link to a printed form was altered, or the form was printed anew since.",
  },
  not_found: { status: 404, title: "Not found", when: "There is no such address." },
  act_not_found: { status: 404, title: "Act not found", when: "No act has this id, payout or document." },
  message_not_found: { status: 404, title: "Message not found", when: "No message has this id." },
  form_not_found: { status: 404, title: "Form not found", when: "The act has not been printed yet." },
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    when: "The address exists, but not with this method; see the Allow header.",
  },
  webhook_id_conflict: {
    status: 409,
    title: "Webhook id conflict",
    when: "Another body was accepted under the same webhook-id.",
  },
  payout_conflict: {
    status: 409,
    title: "Payout conflict",
    when: "The payout and revision are known with other content. Send the corrected request as a higher revision.",
  },
  state_conflict: {
    status: 409,
    title: "State conflict",
    when: "The event or operation does not fit the act's status, which the member actStatus names.",
  },
  form_changed: {
    status: 409,
    title: "Form changed",
    when: "The form that was accepted is no longer the current one. Show the new one and accept that.",
  },
  link_expired: {
    status: 410,
    title: "Link expired",
    when: "The link to a printed form has run out. Ask for a fresh one.",
  },
  body_too_large: { status: 413, title: "Body too large", when: "The body is longer than the server takes." },
  validation_failed: {
    status: 422,
    title: "Validation failed",
    when: "Something is missing or wrong; the member errors lists every finding with its path.",
  },
  kind_not_allowed: { status: 422, title: "Kind not allowed", when: "Contractors of this kind are not served." },
  unknown_event_type: {
    status: 422,
    title: "Unknown event type",
    when: "The event type is not one of those accepted here.",
  },
  headers_too_large: {
    status: 431,
    title: "Headers too large",
    when: "The request's headers are longer than the server takes.",
  },
  internal: { status: 500, title: "Internal error", when: "A fault of the server. Sending again is safe." },
  storage_unavailable: {
    status: 503,
    title: "Storage unavailable",
    when: "Nothing was stored. Send again after the time in Retry-After.",
  },
} as const satisfies Record<RequestCode, ProblemKind>;

/** A problem document (RFC 9457). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: RequestCode;
  readonly errors?: readonly Issue[];
  /** Status of the act, for `state_conflict`; `status` itself is HTTP's. */
  readonly actStatus?: string;
}

const RETRY_AFTER_SECONDS = "5";

const HEADERS: Partial<Record<RequestCode, Readonly<Record<string, string>>>> = {
  unauthorized: { "www-authenticate": 'Bearer realm="onec-relay"' },
  forbidden: { "www-authenticate": 'Bearer realm="onec-relay", error="insufficient_scope"' },
  storage_unavailable: { "retry-after": RETRY_AFTER_SECONDS },
};

/** Gives the address of a code's explanation: stable, relative to the server. */
export function toProblemType(code: string): string {
  return `/docs#problem-${code}`;
}

/** Turns an error into a document: our refusals are told in full, other errors not at all. */
export function toProblem(error: unknown): ProblemDocument {
  const refusal = error instanceof RequestError ? error : toRefusal(error);
  const { status, title } = REQUEST_PROBLEMS[refusal.code];
  const document = { type: toProblemType(refusal.code), title, status, detail: refusal.message, code: refusal.code };
  const act = refusal.code === "state_conflict" ? refusal.issues.find(({ path }) => path === "status") : undefined;
  if (act !== undefined) return { ...document, actStatus: act.code };
  return refusal.issues.length === 0 ? document : { ...document, errors: refusal.issues };
}

/** Answers an error with `application/problem+json` and the headers of the status. */
export function createProblemResponse(
  error: unknown,
  extra: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly members?: Readonly<Record<string, unknown>>;
  } = {},
): Response {
  const problem = toProblem(error);
  return new Response(JSON.stringify({ ...problem, ...extra.members }), {
    status: problem.status,
    headers: { "content-type": "application/problem+json; charset=utf-8", ...HEADERS[problem.code], ...extra.headers },
  });
}

/** Waits for the store, or for work that only the store can fail. A failure becomes `storage_unavailable`. */
export async function awaitStore<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof RequestError) throw cause;
    const detail = "Хранилище недоступно, ничего не записано. Повторите позже";
    throw new RequestError("storage_unavailable", detail, { cause });
  }
}

function toRefusal(cause: unknown): RequestError {
  if (cause instanceof RelayError && cause.code === "store_conflict") {
    const detail = "Запись не удалась из-за одновременных изменений. Повторите";
    return new RequestError("storage_unavailable", detail, { cause });
  }
  return new RequestError("internal", "Внутренняя ошибка сервера. Повторите позже", { cause });
}
