import { existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import Sqlite from "better-sqlite3";
import { ConfigError, readDatabase } from "../config/index.ts";
import { RESULTS, USAGE } from "../messages/commands.ts";
import { HELP } from "../messages/help.ts";
import { SETTINGS } from "../messages/settings.ts";
import { readLanguage, TextError } from "../messages/text.ts";
import { type Command, parseCommand, SETTINGS_OPTIONS, UsageError } from "./command.ts";
import { reasonOf } from "./failure.ts";
import { loadEnvironment } from "./settings.ts";

export const command: Command = {
  help: HELP.backup,
  async run(args) {
    const { values, positionals } = parseCommand(args, SETTINGS_OPTIONS, ["FILE"]);
    const [file = ""] = positionals;
    loadEnvironment(values["env-file"]);
    const database = await readDatabase(process.env);
    if (database.kind !== "sqlite" || database.path === ":memory:") {
      throw new ConfigError(SETTINGS.noBackup(database.kind === "sqlite"));
    }
    if (!existsSync(database.path)) {
      throw new ConfigError(SETTINGS.noDatabase(database.path));
    }
    const { bytes, acts } = await backUp(database.path, file);
    console.log(RESULTS.backedUp(file, bytes, acts)[readLanguage(process.env)]);
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
 * @throws {TextError} `storage_unavailable` when the database cannot be read or the copy is damaged
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
  if (existsSync(file)) throw new UsageError(USAGE.fileTaken(file));
}

/** Creates an empty file that only its owner may read. */
async function reserve(file: string): Promise<void> {
  try {
    await (await open(file, "wx", 0o600)).close();
  } catch (cause) {
    throw new UsageError(USAGE.fileNotWritable(file), { cause });
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
    throw new TextError("storage_unavailable", RESULTS.notCopied(databasePath, reasonOf(cause)), { cause });
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
    throw new TextError("storage_unavailable", RESULTS.copyNotOurs(reasonOf(cause)), { cause });
  }
  throw new TextError("storage_unavailable", RESULTS.copyDamaged(String(found)));
}

async function flush(path: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
