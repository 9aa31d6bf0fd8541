import { RequestError } from "../errors.ts";

/** The listings that are read by pages. */
export type Listing = "acts" | "messages" | "inbox";

/** A cursor begins with its listing's letter, so that one of another listing is refused and not misread. */
const LETTERS = { acts: "a", messages: "m", inbox: "i" } as const satisfies Record<Listing, string>;

/** Writes a cursor after the row at this position. Callers treat it as opaque. */
export function formatPositionCursor(listing: Listing, position: number): string {
  return LETTERS[listing] + position.toString(36);
}

/** Writes a cursor after the row with this id, for a listing whose ids grow with time. */
export function formatIdCursor(listing: Listing, id: string): string {
  return LETTERS[listing] + id;
}

/**
 * Reads a cursor of {@link formatPositionCursor}; null where none is given: the first page.
 *
 * @throws {RequestError} `malformed` when it is no cursor of this listing
 */
export function readPosition(listing: Listing, cursor: string | undefined): number | null {
  const text = readId(listing, cursor);
  if (text === null) return null;
  const position = /^[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text, 36) : Number.NaN;
  if (!Number.isSafeInteger(position)) throw createMalformedError();
  return position;
}

/**
 * Reads a cursor of {@link formatIdCursor}; null where none is given: the first page.
 *
 * @throws {RequestError} `malformed` when it is no cursor of this listing
 */
export function readId(listing: Listing, cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  if (cursor.length < 2 || cursor.length > 200 || !cursor.startsWith(LETTERS[listing])) throw createMalformedError();
  return cursor.slice(1);
}

function createMalformedError(): RequestError {
  return new RequestError("malformed", "Параметр cursor не распознан. Начните просмотр с первой страницы");
}
