import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseEnv } from "node:util";
import { type Config, readConfig } from "../config/index.ts";
import { decodeTextFile, listCutValues } from "../config/text-file.ts";
import { USAGE } from "../messages/commands.ts";
import { readLanguage } from "../messages/text.ts";
import { UsageError } from "./command.ts";
import { keepSecrets, locateSecretsFile } from "./secrets-file.ts";

/** Settings of this process, and the path of the file with the relay's own secrets; null without such a file. */
export interface LoadedSettings {
  readonly config: Config;
  readonly secretsFile: string | null;
}

/** Adds `envFile`, or a `.env` in the working folder, to the environment. @throws {UsageError} if unreadable */
export function loadEnvironment(envFile: string | undefined): void {
  const file = envFile ?? ".env";
  if (envFile === undefined && !existsSync(file)) return;
  const text = readTextFile(file);
  // As with `process.loadEnvFile`, a variable of the process wins.
  for (const [name, value] of Object.entries(parseEnv(text))) process.env[name] ??= value;
  const language = readLanguage(process.env);
  for (const { name, line } of listCutValues(text)) console.error(USAGE.cutValue(file, line, name)[language]);
}

function readTextFile(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new UsageError(USAGE.unreadableFile(file), { cause });
  }
  const decoded = decodeTextFile(bytes);
  if ("fault" in decoded) throw new UsageError(USAGE.wrongEncoding(file, decoded.fault));
  return decoded.text;
}

/** Reads the file of a setting: a template or a mapping. @throws {Error} with the reason */
async function readSettingFile(path: string): Promise<string> {
  const decoded = decodeTextFile(await readFile(path));
  if ("fault" in decoded) throw new Error(USAGE.wrongEncoding(path, decoded.fault).en);
  return decoded.text;
}

/** Reads and checks all settings for a short command: secrets made for missing settings are not stored. */
export async function readSettings(envFile: string | undefined): Promise<Config> {
  loadEnvironment(envFile);
  return readConfig(process.env, { readFile: readSettingFile });
}

/** Reads and checks all settings for the server: secrets made for missing settings are stored in a file. */
export async function loadSettings(envFile: string | undefined, demo = false): Promise<LoadedSettings> {
  loadEnvironment(envFile);
  let file: string | null = null;
  const config = await readConfig(process.env, {
    demo,
    readFile: readSettingFile,
    keepSecrets(databasePath, make) {
      file = locateSecretsFile(databasePath);
      return keepSecrets(file, make);
    },
  });
  return { config, secretsFile: file };
}
