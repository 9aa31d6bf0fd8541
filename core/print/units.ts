const { charCodeAt } = String.prototype;

/**
 * A UTF-16 unit of a text. Strings come in more kinds (short and long characters, joined, cut, interned) than V8 tells
 * apart in one place of a program; there `text.charCodeAt` is looked up anew for every character, three times as slow.
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
