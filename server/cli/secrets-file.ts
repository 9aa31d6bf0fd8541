import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import * as v from "valibot";
import { ConfigError } from "../config/index.ts";
import { type OwnSecrets, OwnSecretsSchema } from "../config/own-secrets.ts";
import { SETTINGS } from "../messages/settings.ts";

/** Path of the file with the secrets that a relay over this database made for itself. */
export function locateSecretsFile(databasePath: string): string {
  return join(dirname(databasePath), "secrets.json");
}

/**
 * Reads the secrets of an earlier start, so that links and signatures survive a restart. The first start makes and
 * writes the secrets. Two processes with a simultaneous start get the same secrets.
 * @throws {ConfigError} for a file with other content or a folder without write access
 */
export async function keepSecrets(path: string, make: () => OwnSecrets): Promise<OwnSecrets> {
  const kept = await readSecrets(path);
  if (kept !== null) return kept;
  const made = make();
  // A temporary file and a link, so that no process ever reads half a file.
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(aside, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
    await link(aside, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(aside);
  } catch (cause) {
    throw new ConfigError(SETTINGS.folderNotWritable(path), { cause });
  }
  return (await readSecrets(path)) ?? made;
}

/** Reads the file of {@link keepSecrets}; null without a file. @throws {ConfigError} for a file with other content */
export async function readSecrets(path: string): Promise<OwnSecrets | null> {
  try {
    return v.parse(OwnSecretsSchema, JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw new ConfigError(SETTINGS.secretsFile(path), { cause });
  }
}
