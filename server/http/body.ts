import { RequestError } from "../../core/errors.ts";

/**
 * Reads the raw bytes of a request, at most `limit`. Content-Length refuses a longer body before reading. A body
 * without a length is refused as soon as too many bytes arrived.
 *
 * Throws {@link RequestError}: `body_too_large`, `malformed` when the body breaks off.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > limit) throw createTooLargeError(limit);
  // The HTTP server counts the bytes of a declared length, so a slow stream is needless.
  if (declared !== null) return readWhole(request, limit);
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await readPart(reader); part !== null; part = await readPart(reader)) {
    length += part.length;
    if (length > limit) {
      // Nobody waits for the end of the stream: a sender that goes on must not hold the answer back.
      void reader.cancel().catch(() => undefined);
      throw createTooLargeError(limit);
    }
    parts.push(part);
  }
  return joinParts(parts, length);
}

async function readWhole(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await request.arrayBuffer().catch((cause: unknown) => {
    throw createBrokenOffError(cause);
  });
  if (bytes.byteLength > limit) throw createTooLargeError(limit);
  return new Uint8Array(bytes);
}

async function readPart(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
  try {
    const { done, value } = await reader.read();
    return done ? null : value;
  } catch (cause) {
    throw createBrokenOffError(cause);
  }
}

function joinParts(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function createBrokenOffError(cause: unknown): RequestError {
  return new RequestError("malformed", "Тело запроса оборвалось", { cause });
}

function createTooLargeError(limit: number): RequestError {
  return new RequestError("body_too_large", `Тело запроса больше допустимого: не более ${limit} байт`);
}
