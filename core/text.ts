/** Marks that people paste without seeing them: soft hyphen, zero-width space, word joiner, byte order mark. */
const DROPPED = /[\u00AD\u200B\u2060\uFEFF]/g;

/** Characters that no line may have: controls, line breaks, direction and other format marks, half characters. */
const REFUSED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Cleans a line of text from outside: composed letters (NFC), no invisible pasted marks, single spaces, no space at the
 * ends. Whatever {@link hasRefusedCharacter} finds stays.
 */
export function cleanLine(text: string): string {
  return text
    .normalize("NFC")
    .replace(DROPPED, "")
    .replace(/\p{Zs}+/gu, " ")
    .trim();
}

/** Cleans a text of several lines into one line: a line break becomes a space. */
export function joinLines(text: string): string {
  return cleanLine(text.replace(/[\t\r\n\u2028\u2029]+/g, " "));
}

/** True for a text with a control character, a line break, a direction mark or half a character. */
export function hasRefusedCharacter(text: string): boolean {
  return REFUSED.test(text);
}
