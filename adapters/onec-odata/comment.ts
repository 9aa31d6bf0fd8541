import type { Period } from "../../core/period.ts";
import { formatMarker, MARKER } from "../onec/marker.ts";

const REST = String.raw`(?: \d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2})?`;

/** A comment with our marker: in place of an older marker with the same reference, else on a new line. */
export function withMarker(comment: string, ref: string, period?: Period): string {
  return replaceOrAppend(comment, new RegExp(`${MARKER}${ref}${REST}`, "i"), formatMarker(ref, period));
}

/** A card's comment with the signed contract's link: in place of an older link, else on a new line. */
export function withContractLink(comment: string, prefix: string, url: string): string {
  const line = new RegExp(String.raw`^${escapeRegExp(prefix)} https?://\S+`, "m");
  return replaceOrAppend(comment, line, `${prefix} ${url}`);
}

/** Text after the marker of a withdrawn document: 1C lost sent fields, so nobody must use the document. */
const WITHDRAWN = "отозвано шлюзом";

export function withdrawComment(comment: string, ref: string): string {
  return withMarker(comment, ref).replace(formatMarker(ref), () => `${formatMarker(ref)} ${WITHDRAWN}`);
}

/** The comment of a document restored by the relay; people's words stay. */
export function restoreComment(comment: string, ref: string): string {
  return withMarker(
    comment.replace(`${formatMarker(ref)} ${WITHDRAWN}`, () => formatMarker(ref)),
    ref,
  );
}

export function isWithdrawn(comment: string, ref: string): boolean {
  return comment.includes(`${formatMarker(ref)} ${WITHDRAWN}`);
}

const MAIN_ACCOUNT = /onec-relay: основной счёт ([0-9a-f-]{36})/i;

/** A card's note with the main account chosen by the relay: the relay may later replace only this account. */
export function withMainAccount(note: string, account: string): string {
  return replaceOrAppend(note, MAIN_ACCOUNT, `${MARKER} основной счёт ${account}`);
}

/** The main account chosen by the relay, from a card's note; null without such a note. */
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
