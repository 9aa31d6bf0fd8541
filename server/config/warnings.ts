import { SETTING_NAMES, type Settings } from "./schema.ts";

/** Names that begin so are meant for the relay. */
const PREFIXES = ["PLATFORM_", "ONEC_", "ORGANIZATION_", "DOCUMENT_"];
/** More mistakes than this make another word. */
const MISTAKES = 2;
/** In shorter names two mistakes make `HOME` of `HOST`. */
const SHORTEST = 8;

/** A line for each name that looks like a setting and is none. */
export function listUnknownSettings(names: readonly string[]): string[] {
  const known: readonly string[] = SETTING_NAMES;
  return names
    .filter((name) => !known.includes(name))
    .flatMap((name) => {
      const [nearest, distance] = findNearest(name.toUpperCase(), known);
      if (distance <= MISTAKES && name.length >= SHORTEST)
        return [`${name} is not a setting, did you mean ${nearest}?`];
      return PREFIXES.some((prefix) => name.startsWith(prefix)) ? [`${name} is not a setting of this relay`] : [];
    });
}

/** Secrets that have to be the same in all processes over one database. */
const SHARED_SECRETS = ["API_TOKEN", "DOCUMENT_SECRET", "PLATFORM_INBOUND_SECRET", "PLATFORM_OUTBOUND_SECRET"] as const;

/** Settings that are allowed and hardly meant. */
export function listDoubts(settings: Settings, demo: boolean): string[] {
  const lines: string[] = [];
  const own = SHARED_SECRETS.filter((name) => settings[name] === undefined);
  if (settings.DATABASE_URL.kind === "postgres" && own.length > 0 && !demo) {
    lines.push(`${own.join(", ")} not set: each process over Postgres makes its own at every start`);
  }
  if (settings.PLATFORM_URL === undefined && settings.ACCOUNTING !== "mock" && !demo) {
    lines.push("PLATFORM_URL is not set: the platform is told of nothing");
  }
  const unserved = settings.ALLOWED_KINDS.filter((kind) => kind === "self_employed" || kind === "individual");
  if (unserved.length > 0) {
    lines.push(`ALLOWED_KINDS has ${unserved.join(", ")}: the relay checks no tax status and withholds no tax`);
  }
  return lines;
}

/** The word nearest to another one, and how many letters are put in, left out, changed or swapped between them. */
export function findNearest(word: string, words: readonly string[]): [nearest: string, distance: number] {
  let best: [string, number] = ["", Number.POSITIVE_INFINITY];
  for (const candidate of words) {
    const distance = computeEditDistance(word, candidate);
    if (distance < best[1]) best = [candidate, distance];
  }
  return best;
}

/** Edit distance in which two neighbours that changed places are one mistake. */
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
