import { existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import Sqlite from "better-sqlite3";
import { RelayError } from "../../core/errors.ts";
import { ConfigError, readDatabase } from "../config/index.ts";
import { type Command, parseCommand, SETTINGS_HELP, SETTINGS_OPTIONS, UsageError } from "./command.ts";
import { loadEnvironment } from "./settings.ts";

/** `backup`: copies the database while the relay runs. */
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

/** {@link backUp} */
export interface BackedUp {
  readonly bytes: number;
  readonly acts: number;
}

/**
 * Copies a SQLite database, which others may be writing to, to a file that nobody else may read. The copy is one
 * moment's state, is on the disk and passed SQLite's own check before it gets its name; on any failure no file is left,
 * and a process that is killed leaves but a `.part`.
 *
 * @throws {UsageError} when the file is there already, or cannot be made
 * @throws {RelayError} `storage_unavailable` when the database cannot be read, or the copy is not whole
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
    // The name, too. Windows keeps it by itself, and opens no folders.
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

/** Makes an empty file, so that nobody else reads what comes into it. */
async function reserve(file: string): Promise<void> {
  try {
    await (await open(file, "wx", 0o600)).close();
  } catch (cause) {
    throw new UsageError(`${file} cannot be written`, { cause });
  }
}

/**
 * Not page by page: that begins anew whenever somebody writes, and would never end on a busy relay. This is one read
 * transaction, which disturbs no writer; and what was deleted from the database is not in the copy.
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

/** Number of acts in a copy that is whole. */
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
