import { existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import Sqlite from "better-sqlite3";
import { RelayError } from "../../core/errors.ts";
import { ConfigError, readDatabase } from "../config/index.ts";
import { type Command, parseCommand, SETTINGS_HELP, SETTINGS_OPTIONS, UsageError } from "./command.ts";
import { loadEnvironment } from "./settings.ts";

export const command: Command = {
  help: `Usage: onec-relay backup FILE [--env-file PATH]

Writes the SQLite database of DATABASE_URL to FILE as it is at this moment, and checks the copy; "serve" may go
on meanwhile. FILE must not be there yet, and only its owner may read it. The settings and secrets.json beside
the database are not in it. A Postgres database is backed up with Postgres' own tools.

Options:
${SETTINGS_HELP}`,
  async run(args) {
    const { values, positionals } = parseCommand(args, SETTINGS_OPTIONS, ["FILE"]);
    const [file = ""] = positionals;
    loadEnvironment(values["env-file"]);
    const database = await readDatabase(process.env);
    if (database.kind !== "sqlite" || database.path === ":memory:") {
      const found = database.kind === "sqlite" ? "a database in memory" : "a Postgres database";
      throw new ConfigError(
        `DATABASE_URL names ${found}; expected file:PATH (Postgres is backed up with pg_dump, or by archiving its log)`,
      );
    }
    if (!existsSync(database.path)) {
      throw new ConfigError(`DATABASE_URL names ${database.path}, which is not there; expected the relay's database`);
    }
    const { bytes, acts } = await backUp(database.path, file);
    console.log(`Written and checked: ${file}, ${bytes} bytes, ${acts} acts`);
    return 0;
  },
};

/** Size of a copy, bytes, and the number of its acts. */
export interface BackedUp {
  readonly bytes: number;
  readonly acts: number;
}

/**
 * Copies a SQLite database to a file that only its owner may read. Other processes may write to the database meanwhile.
 * The copy has the state of one moment. The file gets its final name after the flush to disk and SQLite's integrity
 * check. A failure leaves no file; a killed process leaves only a `.part`.
 * @throws {UsageError} when the file exists or cannot be created
 * @throws {RelayError} `storage_unavailable` when the database cannot be read or the copy is damaged
 */
export async function backUp(databasePath: string, file: string): Promise<BackedUp> {
  const part = `${file}.${process.pid}.part`;
  refuseTaken(file);
  await reserve(part);
  try {
    copy(databasePath, part);
    const acts = checkCopy(part);
    await flush(part, "r+");
    refuseTaken(file);
    await rename(part, file);
    // The folder's flush stores the new name. Windows stores names by itself and cannot open folders.
    if (process.platform !== "win32") await flush(dirname(file), "r");
    return { bytes: (await stat(file)).size, acts };
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function refuseTaken(file: string): void {
  if (existsSync(file)) throw new UsageError(`${file} is there already; give another name`);
}

/** Creates an empty file that only its owner may read. */
async function reserve(file: string): Promise<void> {
  try {
    await (await open(file, "wx", 0o600)).close();
  } catch (cause) {
    throw new UsageError(`${file} cannot be written`, { cause });
  }
}

/**
 * Copies with VACUUM INTO: one read transaction, which blocks no writer. The copy has no deleted data. A page-by-page
 * backup restarts at each write and would never end on a busy relay.
 */
function copy(databasePath: string, file: string): void {
  try {
    const database = new Sqlite(databasePath, { readonly: true, fileMustExist: true });
    try {
      database.prepare("vacuum into ?").run(file);
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new RelayError("storage_unavailable", `The database ${databasePath} cannot be copied`, { cause });
  }
}

/** Checks the copy and counts its acts. */
function checkCopy(file: string): number {
  let found: unknown;
  try {
    const copied = new Sqlite(file, { readonly: true, fileMustExist: true });
    try {
      found = copied.pragma("integrity_check", { simple: true });
      if (found === "ok") return copied.prepare<[], number>("select count(*) from act").pluck().get() ?? 0;
    } finally {
      copied.close();
    }
  } catch (cause) {
    throw new RelayError("storage_unavailable", "The copy is not a database of the relay", { cause });
  }
  throw new RelayError("storage_unavailable", `The copy is damaged, and so may the database be: ${String(found)}`);
}

async function flush(path: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
