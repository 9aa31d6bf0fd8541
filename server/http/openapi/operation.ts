import type { RequestCode } from "../../../core/errors.ts";
import type {
  actsQuery,
  inboxQuery,
  messagesQuery,
  noBody,
  payAgainBody,
  recoverQuery,
  retryBody,
  voidBody,
} from "../requests.ts";

/** Who may call an operation. */
export type Access = "open" | "link" | "signature" | "read" | "write";

/** One operation of the server, as the document describes it. */
export interface Operation {
  readonly method: "get" | "post";
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly query?: typeof actsQuery | typeof messagesQuery | typeof inboxQuery | typeof recoverQuery;
  readonly body?: typeof retryBody | typeof voidBody | typeof payAgainBody | typeof noBody;
  /** Source whose events the body holds. */
  readonly events?: "platform" | "onec";
  /** Media types of a body that no schema of this document describes. */
  readonly media?: readonly string[];
  /** Answers by status: what it means, and the schema or media type of its body. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems: readonly RequestCode[];
}

/** {@link Operation.answers} */
export interface Answer {
  readonly description: string;
  /** A name of the document's schemas. */
  readonly schema?: string;
  readonly media?: string;
}

/** What an operation that reads a JSON body may refuse it for. */
export const BODY_PROBLEMS = ["malformed", "body_too_large", "validation_failed"] as const;
