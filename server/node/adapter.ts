import { existsSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MockJournal } from "../../adapters/mock/index.ts";
import { RelayError } from "../../core/errors.ts";
import { type AdapterSurroundings, type ConnectedAdapter, createAdapter } from "../adapters.ts";
import type { Config } from "../config/index.ts";

export interface ConnectOptions extends Omit<AdapterSurroundings, "journal"> {
  /** True creates the mock's file only at the first write, for a command that only reads. Default: false. */
  readonly lazily?: boolean;
}

/**
 * Connects the accounting system on Node. The mock keeps its infobase in a file beside the database.
 * @throws {ConfigError} for a missing or wrong setting of the adapter
 * @throws {RelayError} `storage_unavailable` when the mock's file cannot be opened
 */
export function connectAdapter(config: Config, { lazily = false, ...surroundings }: ConnectOptions): ConnectedAdapter {
  const path = findMockPath(config);
  if (path === null) return createAdapter(config, surroundings);
  const journal = createMockJournal(path);
  if (!lazily) journal.open();
  return createAdapter(config, { ...surroundings, journal });
}

/** Finds the path of the mock's file, beside the database: a restarted relay needs the same 1C. */
function findMockPath({ accounting, database }: Config): string | null {
  if (accounting.adapter !== "mock" || database.kind !== "sqlite" || database.path === ":memory:") return null;
  return join(dirname(database.path), "mock-1c.jsonl");
}

function createMockJournal(path: string): MockJournal & { open(): number } {
  let file: number | null = null;
  function open(): number {
    try {
      mkdirSync(dirname(path), { recursive: true });
      file ??= openSync(path, "a+", 0o600);
      return file;
    } catch (cause) {
      throw new RelayError("storage_unavailable", `The mock's file ${path} cannot be opened`, { cause });
    }
  }
  return {
    open,
    read: () => (existsSync(path) ? readFileSync(path, "utf8").split("\n") : []),
    append: (line) => void writeSync(open(), `${line}\n`),
  };
}
