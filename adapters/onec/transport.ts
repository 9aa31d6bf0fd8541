import { createFetch, FetchError } from "ofetch";
import { encodeBase64 } from "../../core/base64.ts";
import { AdapterError } from "../../core/errors.ts";
import { parseRetryAfter } from "../../core/relay/backoff.ts";
import { toOnecError } from "./errors.ts";

/** How 1C is reached. */
export interface OnecConnection {
  /** Root of the infobase, `https://host/base`, without a slash at the end. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Requests side by side: each takes a session, and so a licence, in 1C. Default: 2. */
  readonly maxConcurrency?: number;
  /** Default: the runtime's own. */
  readonly fetch?: typeof fetch;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** Sessions (сеансы) of 1C that are kept from one request to the next. */
export interface OnecSessions {
  /** The session of one request: what it is asked with, and its end, which is not told when no whole answer came. */
  begin(): { readonly headers: Readonly<Record<string, string>>; end(answer: OnecAnswer): void };
}

/** One request to 1C. */
export interface OnecRequest {
  readonly method: "GET" | "POST" | "PATCH";
  /** What follows the root, percent-encoded, with its query: `/odata/standard.odata/…`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** It may change something in 1C: then silence leaves open whether it was done. */
  readonly writes: boolean;
  /** The one deadline of all phases: the wait for a free place, the connection, the head and the body. */
  readonly signal: AbortSignal;
  /** Largest answer in bytes. Default: 16 MiB. */
  readonly maxBytes?: number;
}

/** Whatever 1C answered, also a refusal. */
export interface OnecAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** An answer whose body is still to be read; `end` gives its place free and must be called. */
export interface OnecStream {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  end(): void;
}

/** Sends requests to one infobase: Basic authorisation, redirects refused, nothing ever repeated. */
export interface OnecTransport {
  /** Throws only `AdapterError`: when no whole answer came. Any status is an answer. */
  send(request: OnecRequest): Promise<OnecAnswer>;
  /** The same for an answer too large to hold. */
  open(request: OnecRequest): Promise<OnecStream>;
  /** The error that an answer means, see {@link toOnecError}. */
  toRefusal(answer: OnecAnswer, request: Pick<OnecRequest, "writes">): AdapterError;
}

const LARGEST_ANSWER = 16 * 1024 * 1024;

/** The header of Basic authorisation: name and password in UTF-8, since 1C's names are often Cyrillic. */
export function formatBasicAuthorization(user: string, password: string): string {
  return `Basic ${encodeBase64(new TextEncoder().encode(`${user}:${password}`))}`;
}

/** An answer's body as text, without a BOM, which 1C's services like to send. */
export function textOf(body: Uint8Array): string {
  return new TextDecoder("utf-8").decode(body);
}

/** A transport over one connection. Without `sessions` each request is a session of its own. */
export function createTransport(connection: OnecConnection, sessions?: OnecSessions): OnecTransport {
  const { url, user, password, clock } = connection;
  const given = connection.fetch ?? fetch;
  const request = createFetch({ fetch: (input, init) => given(input, init) }).raw;
  const places = createPlaces(connection.maxConcurrency ?? 2);
  const authorization = formatBasicAuthorization(user, password);
  const secrets = [password, authorization.slice("Basic ".length)];

  async function begin(asked: OnecRequest): Promise<OnecStream & { keep(body: OnecAnswer["body"]): void }> {
    const { method, path, headers, body, writes, signal } = asked;
    const free = await places.take(signal).catch((cause: unknown) => {
      throw toOnecError({ type: "silence", cause, sent: false }, { writes });
    });
    // A place that came free with the last of the time: the request does not leave any more.
    const sent = !signal.aborted;
    const session = sessions?.begin();
    try {
      const response = await request(`${url}${path}`, {
        method,
        headers: { authorization, ...session?.headers, ...headers },
        ...(body === undefined ? {} : { body }),
        responseType: "stream",
        ignoreResponseError: true,
        redirect: "manual",
        retry: false,
        signal,
      });
      const stream = response.body ?? new Blob([]).stream();
      const { status, headers: told } = response;
      const keep = (whole: OnecAnswer["body"]) => session?.end({ status, headers: told, body: whole });
      return { status, headers: told, body: stream, end: free, keep };
    } catch (error) {
      free();
      // ofetch's own error knows the headers, and so the password.
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
        const whole = await readWhole(body, maxBytes);
        keep(whole);
        return { status, headers, body: whole };
      } catch (cause) {
        if (cause instanceof TooLarge) throw createTooLargeError(maxBytes, writes, cause);
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

class TooLarge extends Error {}

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

async function readWhole(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > maxBytes) throw new TooLarge("The answer is larger than the limit");
      parts.push(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** So many places; who comes later waits in line. */
function createPlaces(count: number) {
  let free = count;
  const line: (() => void)[] = [];
  function leave(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = line.shift();
      if (next === undefined) free += 1;
      else next();
    };
  }
  return {
    /** Waits for a place; returns how to leave it. Throws the signal's reason when there was none in time. */
    take(signal: AbortSignal): Promise<() => void> {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (free > 0) {
          free -= 1;
          return resolve(leave());
        }
        const enter = () => {
          signal.removeEventListener("abort", giveUp);
          resolve(leave());
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
