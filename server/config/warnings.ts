import { SETTINGS } from "../messages/settings.ts";
import type { Text } from "../messages/text.ts";
import { OWN_SECRET_NAMES } from "./own-secrets.ts";
import { SETTING_NAMES, type Settings } from "./schema.ts";

/** Prefixes of names that are meant for the relay. */
const PREFIXES = ["PLATFORM_", "ONEC_", "ORGANIZATION_", "DOCUMENT_"];
/** Maximum number of typing mistakes in a misspelt name. */
const MISTAKES = 2;
/** Shortest misspelt name: two mistakes make `HOST` from `HOME`. */
const SHORTEST = 8;

/** Makes a line for each unknown name that looks like a setting. */
export function listUnknownSettings(names: readonly string[]): Text[] {
  const known: readonly string[] = SETTING_NAMES;
  return names
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const [nearest, distance] = findNearest(name.toUpperCase(), known);
      if (distance <= MISTAKES && name.length >= SHORTEST) return [SETTINGS.didYouMean(name, nearest)];
      return PREFIXES.some((prefix) => name.startsWith(prefix)) ? [SETTINGS.unknown(name)] : [];
    });
}

/** Lists allowed settings that are probably a mistake. */
export function listDoubts(settings: Settings, demo: boolean): Text[] {
  const lines: Text[] = [];
  const own = OWN_SECRET_NAMES.filter((name) => settings[name] === undefined);
  if (settings.DATABASE_URL.kind === "postgres" && own.length > 0 && !demo) {
    lines.push(SETTINGS.unsharedSecrets(own));
  }
  if (settings.PLATFORM_URL === undefined && settings.ACCOUNTING !== "mock" && !demo) {
    lines.push(SETTINGS.noPlatform);
  }
  const unserved = settings.ALLOWED_KINDS.filter((kind) => kind === "self_employed" || kind === "individual");
  if (unserved.length > 0) {
    lines.push(SETTINGS.unservedKinds(unserved));
  }
  return lines;
}

/** Finds the nearest of `words`, with its number of inserted, missing, changed or swapped letters. */
export function findNearest(word: string, words: readonly string[]): [nearest: string, distance: number] {
  let best: [string, number] = ["", Number.POSITIVE_INFINITY];
  for (const candidate of words) {
    const distance = computeEditDistance(word, candidate);
    if (distance < best[1]) best = [candidate, distance];
  }
  return best;
}

/** Computes an edit distance; two swapped neighbours are one mistake. */
function computeEditDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const kept = row[j - 1]! + (same ? 0 : 1);
      const swap = swapped ? before[j - 2]! + 1 : kept;
      next.push(Math.min(kept, swap, row[j]! + 1, next[j - 1]! + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
