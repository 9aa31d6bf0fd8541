import { readFile } from "node:fs/promises";
import process from "node:process";
import { buffer } from "node:stream/consumers";
import { FetchError, ofetch } from "ofetch";
import { importSecrets, sign, type WebhookKeys, WebhookSecretError } from "../../core/webhook.ts";
import { isLoopback, isPlainHttp } from "../config/fields.ts";
import { ConfigError, readDatabase } from "../config/index.ts";
import { RESULTS, USAGE } from "../messages/commands.ts";
import { DEFAULTS, HELP } from "../messages/help.ts";
import { SETTINGS } from "../messages/settings.ts";
import { readLanguage } from "../messages/text.ts";
import { type Command, parseCommand, SETTINGS_OPTIONS, UsageError } from "./command.ts";
import { locateSecretsFile, readSecrets } from "./secrets-file.ts";
import { loadEnvironment } from "./settings.ts";

const { sendSecret: DEFAULT_SECRET } = DEFAULTS;
const TIMEOUT_MS = 30_000;

export const command: Command = {
  help: HELP.send,
  async run(args) {
    const { values, positionals } = parseCommand(
      args,
      { ...SETTINGS_OPTIONS, to: { type: "string" }, id: { type: "string" }, "secret-env": { type: "string" } },
      ["FILE.json"],
    );
    loadEnvironment(values["env-file"]);
    const url = parseTarget(values.to);
    const keys = await readSigningKeys(values["secret-env"] ?? DEFAULT_SECRET, url);
    const body = await readBody(positionals[0] ?? "-");
    const id = values.id ?? `evt_${crypto.randomUUID().replaceAll("-", "")}`;
    if (!/^[!-\-/-~]{1,256}$/.test(id)) throw new UsageError(USAGE.id);
    const headers = await sign({ id, timestamp: Math.floor(Date.now() / 1000), body, keys });
    return deliver(url, body, { ...headers });
  },
};

function parseTarget(to: string | undefined): URL {
  if (to === undefined) throw new UsageError(USAGE.noTarget);
  const url = URL.canParse(to) ? new URL(to) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError(USAGE.target);
  if (isPlainHttp(url.href) && process.env.ALLOW_PLAIN_HTTP !== "true") {
    throw new UsageError(USAGE.plainTarget);
  }
  if (url.pathname === "/") url.pathname = "/webhooks/platform";
  return url;
}

async function readSigningKeys(name: string, url: URL): Promise<WebhookKeys> {
  let setting = process.env[name]?.trim() || undefined;
  if (setting === undefined && name === DEFAULT_SECRET && isLoopback(url.hostname)) {
    const database = await readDatabase(process.env);
    if (database.kind === "sqlite") setting = (await readSecrets(locateSecretsFile(database.path)))?.[DEFAULT_SECRET];
  }
  if (setting === undefined) throw new ConfigError(SETTINGS.noSigningSecret(name));
  try {
    const keys = await importSecrets(setting);
    if (keys.hmac.length > 0) return keys;
  } catch (error) {
    if (!(error instanceof WebhookSecretError)) throw error;
    throw new ConfigError(SETTINGS.badSigningSecret(name, error.message), { cause: error });
  }
  throw new ConfigError(SETTINGS.publicSigningSecret(name));
}

async function readBody(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(file === "-" ? await buffer(process.stdin) : await readFile(file));
  } catch (cause) {
    throw new UsageError(USAGE.unreadableFile(file), { cause });
  }
}

async function deliver(url: URL, body: Uint8Array<ArrayBuffer>, headers: Record<string, string>): Promise<number> {
  try {
    const response = await ofetch.raw(url.href, {
      method: "POST",
      body,
      headers: { ...headers, "content-type": "application/json" },
      responseType: "text",
      ignoreResponseError: true,
      redirect: "manual",
      retry: 0,
      timeout: TIMEOUT_MS,
    });
    console.log(`${response.status} ${response.statusText}`.trim());
    if (response._data) console.log(response._data);
    return response.ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    console.error(RESULTS.noAnswer(url.origin, describeRootCause(error))[readLanguage(process.env)]);
    return 1;
  }
}

/** Describes the innermost cause: the outer errors only say that a fetch failed. */
function describeRootCause(error: Error): string {
  let inner: unknown = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError) inner = inner.errors[0];
  return inner instanceof Error ? inner.message : String(inner);
}
