import { RequestError } from "../errors.ts";

/** Listings with pages. */
export type Listing = "acts" | "messages" | "inbox";

/** First letters of cursors: a listing refuses a cursor of another listing instead of misreading it. */
const LETTERS = { acts: "a", messages: "m", inbox: "i" } as const satisfies Record<Listing, string>;

/** Writes a cursor after the row at this position. The text is opaque to callers. */
export function formatPositionCursor(listing: Listing, position: number): string {
  return LETTERS[listing] + position.toString(36);
}

/** Writes a cursor after the row with this id, for a listing with ids in order of time. */
export function formatIdCursor(listing: Listing, id: string): string {
  return LETTERS[listing] + id;
}

/** Reads a position; null (first page) without a cursor. Throws `RequestError` `malformed` for a foreign cursor. */
export function readPosition(listing: Listing, cursor: string | undefined): number | null {
  const text = readId(listing, cursor);
  if (text === null) return null;
  const position = /^[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text, 36) : Number.NaN;
  if (!Number.isSafeInteger(position)) throw createMalformedError();
  return position;
}

/** Reads an id; null (first page) without a cursor. Throws `RequestError` `malformed` for a foreign cursor. */
export function readId(listing: Listing, cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  if (cursor.length < 2 || cursor.length > 200 || !cursor.startsWith(LETTERS[listing])) throw createMalformedError();
  return cursor.slice(1);
}

function createMalformedError(): RequestError {
  return new RequestError("malformed", "Параметр cursor не распознан. Начните просмотр с первой страницы");
}
