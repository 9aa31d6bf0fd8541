import type { Issue } from "./errors.ts";

/** Shorter names differ by one letter too often by chance: `id` and `ip`. */
const SHORTEST = 4;

/**
 * Lists unknown members of an object that look like a misspelt known name: another case, or one letter more, less, other
 * or swapped. Such a member would vanish in silence. `known`: names of the schema.
 */
export function listTypos(value: unknown, known: readonly string[], path: string): Issue[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.keys(value).flatMap((name) => {
    if (known.includes(name)) return [];
    const meant = known.find((one) => isMisspelt(name, one));
    if (meant === undefined || Object.hasOwn(value, meant)) return [];
    return [{ path: `${path}${name}`, code: "unknown", message: `Такого поля нет. Возможно, это ${meant}` }];
  });
}

function isMisspelt(name: string, known: string): boolean {
  if (name.toLowerCase() === known.toLowerCase()) return true;
  return known.length >= SHORTEST && Math.abs(name.length - known.length) <= 1 && isOneEditAway(name, known);
}

/** True for texts that differ by one letter, or by two swapped neighbours. */
function isOneEditAway(a: string, b: string): boolean {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const skip = (text: string, letters: number) => text.slice(at + letters);
  const swapped = a[at] === b[at + 1] && a[at + 1] === b[at] && skip(a, 2) === skip(b, 2);
  return skip(a, 1) === skip(b, 1) || skip(a, 1) === skip(b, 0) || skip(a, 0) === skip(b, 1) || swapped;
}
