import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { type Config, readConfig } from "../config/index.ts";
import { UsageError } from "./command.ts";
import { keepSecrets, locateSecretsFile } from "./secrets-file.ts";

/** Settings of this process, and where the secrets lie that it made for itself (null: none were needed). */
export interface LoadedSettings {
  readonly config: Config;
  readonly secretsFile: string | null;
}

/**
 * Adds a file of settings to the environment: the named one, or `.env` in the working folder if it is there.
 *
 * @throws {UsageError} when the named one cannot be read
 */
export function loadEnvironment(envFile: string | undefined): void {
  if (envFile === undefined && !existsSync(".env")) return;
  try {
    process.loadEnvFile(envFile ?? ".env");
  } catch (cause) {
    throw new UsageError(`The file ${envFile ?? ".env"} cannot be read`, { cause });
  }
}

/** Reads and checks all settings for a command that looks once: secrets that are not set are not kept anywhere. */
export async function readSettings(envFile: string | undefined): Promise<Config> {
  loadEnvironment(envFile);
  return readConfig(process.env, { readFile: (path) => readFile(path, "utf8") });
}

/** Reads and checks all settings. */
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
