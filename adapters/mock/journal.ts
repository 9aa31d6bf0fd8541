import type { MockEffect } from "./model.ts";

/**
 * Where the mock keeps its infobase between processes: an append-only text of one JSON line per write.
 * `append` must add the line and a line end, and return only when a killed process would still leave it readable.
 */
export interface MockJournal {
  /** The lines written so far, oldest first; the last one may be torn. Empty lines do not matter. */
  read(): Iterable<string>;
  append(line: string): void;
}

/** Every line begins so. Inside a JSON string the quotes would be escaped, so it stands nowhere else. */
const LINE_START = '{"onec":1,';

/**
 * Reads and writes effects. A torn line was never answered, so it counts as not written. The line after it sticks to
 * it, since a killed process left no line end: the reader parts lines by how they begin, not by line ends alone.
 */
export function openJournal(journal: MockJournal): { readEffects(): MockEffect[]; append(effect: MockEffect): void } {
  return {
    readEffects() {
      const found: MockEffect[] = [];
      for (const text of journal.read()) {
        for (const piece of text.split(LINE_START).slice(1)) {
          const effect = parseLine(LINE_START + piece);
          if (effect !== null) found.push(effect);
        }
      }
      return found;
    },
    append: (effect) => journal.append(JSON.stringify({ onec: 1, ...effect })),
  };
}

function parseLine(line: string): MockEffect | null {
  try {
    const { onec: _version, ...effect } = JSON.parse(line) as MockEffect & { onec: number };
    return effect;
  } catch {
    return null;
  }
}
