import { createFetch, FetchError } from "ofetch";
import { encodeBase64 } from "../../core/base64.ts";
import { awaitUnlessAborted, BodyTooLargeError, readBody } from "../../core/deadline.ts";
import { AdapterError } from "../../core/errors.ts";
import { parseRetryAfter } from "../../core/relay/backoff.ts";
import { toOnecError } from "./errors.ts";

export interface OnecConnection {
  /** Root of the infobase, `https://host/base`, without a slash at the end. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Most concurrent requests; each takes a session, and so a licence, in 1C. Default: 2. */
  readonly maxConcurrency?: number;
  /** Default: the runtime's `fetch`. */
  readonly fetch?: typeof fetch;
  /** The current time, epoch ms. */
  readonly clock: () => number;
}

/** Sessions (сеансы) of 1C, kept from one request to the next. */
export interface OnecSessions {
  /** Begins a request: returns headers to send, and `end`, which the transport calls only with a whole answer. */
  begin(): { readonly headers: Readonly<Record<string, string>>; end(answer: OnecAnswer): void };
}

export interface OnecRequest {
  readonly method: "GET" | "POST" | "PATCH";
  /** Path below the root with the query, percent-encoded: `/odata/standard.odata/…`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** The request may change data in 1C. Without an answer the outcome of such a request is uncertain. */
  readonly writes: boolean;
  /** One deadline for all phases: the wait for a free slot, the connection, the headers and the body. */
  readonly signal: AbortSignal;
  /** Largest answer in bytes. Default: 16 MiB. */
  readonly maxBytes?: number;
}

/** A whole answer of 1C, refusals included. */
export interface OnecAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** An answer with an unread body. The caller must call `end`, which frees the slot of the request. */
export interface OnecStream {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  end(): void;
}

/** Sends requests to one infobase with Basic authorisation. Redirects are refused, no request is ever repeated. */
export interface OnecTransport {
  /** Sends a request and reads the whole answer, of any status. Throws only `AdapterError`, without a whole answer. */
  send(request: OnecRequest): Promise<OnecAnswer>;
  /** Sends a request and leaves the body unread, for answers too large for memory. Throws as `send`. */
  open(request: OnecRequest): Promise<OnecStream>;
  /** Turns an answer into an error, see {@link toOnecError}. */
  toRefusal(answer: OnecAnswer, request: Pick<OnecRequest, "writes">): AdapterError;
}

const LARGEST_ANSWER = 16 * 1024 * 1024;

/** The header of Basic authorisation, with name and password in UTF-8: names of 1C's users are often Cyrillic. */
export function formatBasicAuthorization(user: string, password: string): string {
  return `Basic ${encodeBase64(new TextEncoder().encode(`${user}:${password}`))}`;
}

/** An answer's body as text, without the BOM, which 1C's services often send. */
export function textOf(body: Uint8Array): string {
  return new TextDecoder("utf-8").decode(body);
}

/** Creates a transport over one connection. Without `sessions` every request opens a new session in 1C. */
export function createTransport(connection: OnecConnection, sessions?: OnecSessions): OnecTransport {
  const { url, user, password, clock } = connection;
  const given = connection.fetch ?? fetch;
  const request = createFetch({ fetch: (input, init) => given(input, init) }).raw;
  const slots = createSlots(connection.maxConcurrency ?? 2);
  const authorization = formatBasicAuthorization(user, password);
  const secrets = [password, authorization.slice("Basic ".length)];

  async function begin(asked: OnecRequest): Promise<OnecStream & { keep(body: OnecAnswer["body"]): void }> {
    const { method, path, headers, body, writes, signal } = asked;
    const free = await slots.take(signal).catch((cause: unknown) => {
      throw toOnecError({ type: "silence", cause, sent: false }, { writes });
    });
    // A slot that became free at the deadline: the request is not sent any more.
    const sent = !signal.aborted;
    const session = sessions?.begin();
    try {
      const answering = request(`${url}${path}`, {
        method,
        headers: { authorization, ...session?.headers, ...headers },
        ...(body === undefined ? {} : { body }),
        responseType: "stream",
        ignoreResponseError: true,
        redirect: "manual",
        retry: false,
        signal,
      });
      const response = await awaitUnlessAborted(answering, signal);
      const stream = response.body ?? new Blob([]).stream();
      const { status, headers: told } = response;
      const keep = (whole: OnecAnswer["body"]) => session?.end({ status, headers: told, body: whole });
      return { status, headers: told, body: stream, end: free, keep };
    } catch (error) {
      free();
      // The error of ofetch holds the headers, and so the password.
      const cause = error instanceof FetchError ? error.cause : error;
      throw toOnecError({ type: "silence", cause, sent }, { writes });
    }
  }

  return {
    open: begin,
    async send(asked) {
      const { status, headers, body, end, keep } = await begin(asked);
      const { writes, maxBytes = LARGEST_ANSWER } = asked;
      try {
        const whole = await readBody(body, { maxBytes, onMore: "refuse", signal: asked.signal });
        keep(whole);
        return { status, headers, body: whole };
      } catch (cause) {
        if (cause instanceof BodyTooLargeError) throw createTooLargeError(maxBytes, writes, cause);
        throw toOnecError({ type: "silence", cause, sent: true }, { writes });
      } finally {
        end();
      }
    },
    toRefusal({ status, headers, body }, { writes }) {
      const retryAfterMs = parseRetryAfter(headers.get("retry-after"), clock());
      return toOnecError({ type: "answer", status, text: textOf(body), retryAfterMs }, { writes, secrets });
    },
  };
}

function createTooLargeError(maxBytes: number, writes: boolean, cause: Error): AdapterError {
  const detail = `Ответ 1С больше ${Math.round(maxBytes / 1024 / 1024)} МБ`;
  return writes
    ? new AdapterError("onec_unavailable", "The answer to a write is too large", {
        outcome: "uncertain",
        detail,
        cause,
      })
    : new AdapterError("onec_rejected", "The answer is too large", { outcome: "rejected", detail, cause });
}

/** Limits concurrent requests to `count` slots; further requests wait in order. */
function createSlots(count: number) {
  let free = count;
  const line: (() => void)[] = [];
  function createFree(): () => void {
    let isFreed = false;
    return () => {
      if (isFreed) return;
      isFreed = true;
      const next = line.shift();
      if (next === undefined) free += 1;
      else next();
    };
  }
  return {
    /** Waits for a slot and returns the function that frees the slot. Throws the signal's reason at the deadline. */
    take(signal: AbortSignal): Promise<() => void> {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (free > 0) {
          free -= 1;
          return resolve(createFree());
        }
        const enter = () => {
          signal.removeEventListener("abort", giveUp);
          resolve(createFree());
        };
        const giveUp = () => {
          line.splice(line.indexOf(enter), 1);
          reject(signal.reason);
        };
        line.push(enter);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    },
  };
}
