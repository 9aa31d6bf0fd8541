import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { type Config, readConfig } from "../config/index.ts";
import { USAGE } from "../messages/commands.ts";
import { UsageError } from "./command.ts";
import { keepSecrets, locateSecretsFile } from "./secrets-file.ts";

/** Settings of this process, and the path of the file with the relay's own secrets; null without such a file. */
export interface LoadedSettings {
  readonly config: Config;
  readonly secretsFile: string | null;
}

/** Adds `envFile`, or a `.env` in the working folder, to the environment. @throws {UsageError} if unreadable */
export function loadEnvironment(envFile: string | undefined): void {
  if (envFile === undefined && !existsSync(".env")) return;
  try {
    process.loadEnvFile(envFile ?? ".env");
  } catch (cause) {
    throw new UsageError(USAGE.unreadableFile(envFile ?? ".env"), { cause });
  }
}

/** Reads and checks all settings for a short command: secrets made for missing settings are not stored. */
export async function readSettings(envFile: string | undefined): Promise<Config> {
  loadEnvironment(envFile);
  return readConfig(process.env, { readFile: (path) => readFile(path, "utf8") });
}

/** Reads and checks all settings for the server: secrets made for missing settings are stored in a file. */
export async function loadSettings(envFile: string | undefined, demo = false): Promise<LoadedSettings> {
  loadEnvironment(envFile);
  let file: string | null = null;
  const config = await readConfig(process.env, {
    demo,
    readFile: (path) => readFile(path, "utf8"),
    keepSecrets(databasePath, make) {
      file = locateSecretsFile(databasePath);
      return keepSecrets(file, make);
    },
  });
  return { config, secretsFile: file };
}
