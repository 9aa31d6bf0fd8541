import type { MockEffect } from "./model.ts";

/**
 * Storage of the mock's infobase between processes: an append-only text of one JSON line per write. `append` must add
 * the line and a line end, and return only when a written line survives a killed process.
 */
export interface MockJournal {
  /** The lines written so far, oldest first; the last line may be torn. Empty lines do not matter. */
  read(): Iterable<string>;
  append(line: string): void;
}

/** Start of every line. JSON escapes quotes inside a string, so this text occurs nowhere else in a line. */
const LINE_START = '{"onec":1,';

/**
 * Reads and writes effects. A torn line was never answered, so a torn line counts as not written. A killed process
 * leaves no line end, and the next line sticks to the torn line. The reader therefore also splits at each line start.
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
