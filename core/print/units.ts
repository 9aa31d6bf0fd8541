const { charCodeAt } = String.prototype;

/**
 * Reads a UTF-16 unit of a text, three times as fast as `text.charCodeAt`. Many kinds of strings meet here (short and
 * long characters, joined, cut, interned). V8 then looks a method up anew for every character.
 */
export function getUnitAt(text: string, index: number): number {
  return charCodeAt.call(text, index);
}

/** The UTF-16 units of a text. */
export function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let index = 0; index < units.length; index += 1) units[index] = getUnitAt(text, index);
  return units;
}
