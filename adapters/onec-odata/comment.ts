import type { Period } from "../../core/period.ts";
import { formatMarker, MARKER } from "../onec/marker.ts";

const REST = String.raw`(?: \d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})?`;

/** A document's comment with our marker: in the place of an older one for the same reference, else on a line below. */
export function withMarker(comment: string, ref: string, period?: Period): string {
  return replaceOrAppend(comment, new RegExp(`${MARKER}${ref}${REST}`, "i"), formatMarker(ref, period));
}

/** A card's comment with the link to the signed contract: in the place of an older one, else on a line below. */
export function withContractLink(comment: string, prefix: string, url: string): string {
  const line = new RegExp(String.raw`^${escapeRegExp(prefix)} https?://\S+`, "m");
  return replaceOrAppend(comment, line, `${prefix} ${url}`);
}

/** What follows the marker in a document that we took back: 1C did not keep what was sent, so it must not be used. */
const WITHDRAWN = "отозвано шлюзом";

/** The comment of a document that we take back. */
export function withdrawComment(comment: string, ref: string): string {
  return withMarker(comment, ref).replace(formatMarker(ref), () => `${formatMarker(ref)} ${WITHDRAWN}`);
}

/** The comment of a document that we made good: people's words stay. */
export function restoreComment(comment: string, ref: string): string {
  return withMarker(
    comment.replace(`${formatMarker(ref)} ${WITHDRAWN}`, () => formatMarker(ref)),
    ref,
  );
}

/** Whether we took a document back. */
export function isWithdrawn(comment: string, ref: string): boolean {
  return comment.includes(`${formatMarker(ref)} ${WITHDRAWN}`);
}

const MAIN_ACCOUNT = /onec-relay: основной счёт ([0-9a-f-]{36})/i;

/** A card's note of which main account we chose, so that we move only that one. */
export function withMainAccount(note: string, account: string): string {
  return replaceOrAppend(note, MAIN_ACCOUNT, `${MARKER} основной счёт ${account}`);
}

/** The main account that we chose; null where we chose none. */
export function findChosenMainAccount(note: string): string | null {
  return MAIN_ACCOUNT.exec(note)?.[1]?.toLowerCase() ?? null;
}

function replaceOrAppend(text: string, old: RegExp, by: string): string {
  if (old.test(text)) return text.replace(old, () => by);
  return text === "" ? by : `${text}\n${by}`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
