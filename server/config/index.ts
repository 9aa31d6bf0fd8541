import * as v from "valibot";
import { RelayError } from "../../core/errors.ts";
import type { ContractorKind } from "../../core/parties.ts";
import { type ActTemplate, ActTemplateSchema, parseActTemplate } from "../../core/print/index.ts";
import { importSecrets } from "../../core/webhook.ts";
import type { LogLevel } from "../log.ts";
import { SETTINGS } from "../messages/settings.ts";
import { joinTexts, type Language, readLanguage, type Text, TextError } from "../messages/text.ts";
import { type AccountingConfig, toAccountingConfig } from "./accounting.ts";
import type { Secret } from "./fields.ts";
import { type OrganizationOverrides, toOrganizationOverrides } from "./organization.ts";
import { makeOwnSecrets, type OwnSecrets } from "./own-secrets.ts";
import { checkForgottenAccounting, checkRules } from "./rules.ts";
import { type Database, SETTING_NAMES, type Settings, SettingsSchema } from "./schema.ts";
import { listDoubts, listUnknownSettings } from "./warnings.ts";

/** A wrong or missing setting. The text is one line with the name and the expected value, without secrets. */
export class ConfigError extends TextError {
  constructor(text: Text, options?: ErrorOptions) {
    super("setting_invalid", text, options);
  }
}

/** All settings, checked. Never log this object: some fields are secrets. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Public address of this server, without a final slash; null: the address it listens on. */
  readonly publicUrl: string | null;
  readonly database: Database;
  /** Maximum number of this process's connections to Postgres for requests and jobs. */
  readonly databasePool: number;
  readonly timeZone: string;
  readonly tokens: { readonly write: string; readonly read: string | null };
  readonly documents: {
    /** The first secret signs, all secrets verify. */
    readonly secrets: readonly string[];
    readonly ttlDays: number;
    readonly frameAncestors: readonly string[];
  };
  readonly maxBodyBytes: number;
  /** Null: nothing is deleted. */
  readonly retentionDays: number | null;
  readonly logLevel: LogLevel;
  /** Language of texts for people at a terminal. */
  readonly language: Language;
  readonly platform: {
    readonly id: string;
    /** Null: the platform gets no webhooks. */
    readonly url: string | null;
    readonly inbound: Secret;
    readonly outbound: Secret;
  };
  readonly opsUrl: string | null;
  /** True: `act.accepted` may lack the hash of the form. */
  readonly acceptWithoutHash: boolean;
  readonly allowedKinds: readonly ContractorKind[];
  readonly sameDayAct: Settings["SAME_DAY_ACT"];
  readonly template: ActTemplate;
  readonly paymentPurpose: string;
  readonly organization: OrganizationOverrides;
  readonly accounting: AccountingConfig;
  readonly demo: boolean;
  /** Warnings about probable mistakes, one line each; the relay starts anyway. */
  readonly warnings: readonly string[];
}

export interface ConfigOptions {
  /** True checks the rules of the demo cabinet: only over the mock and on a loopback address. Default: false. */
  readonly demo?: boolean;
  /** Reads the text file that a setting names. Default: such settings take JSON only. */
  readonly readFile?: (path: string) => Promise<string>;
  /** Gets the stored secrets for this database, or makes and stores secrets. Default: new secrets at every start. */
  readonly keepSecrets?: (databasePath: string, make: () => OwnSecrets) => Promise<OwnSecrets>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and checks all settings. An empty setting is absent. @throws {ConfigError} for the first fault */
export async function readConfig(env: Environment, options: ConfigOptions = {}): Promise<Config> {
  const { demo = false } = options;
  const settings = await parse(env, SettingsSchema);
  const unknown = listUnknownSettings(Object.keys(env));
  const broken = checkForgottenAccounting(env) ?? checkRules(settings, demo);
  // A missing setting may be present under a misspelt name.
  if (broken !== null) throw new ConfigError(joinTexts([broken, ...unknown], "; "));
  const secrets = await completeSecrets(settings, options);
  const language = readLanguage(env);
  return {
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.PUBLIC_URL?.replace(/\/+$/, "") ?? null,
    database: settings.DATABASE_URL,
    databasePool: settings.DATABASE_POOL,
    timeZone: settings.BUSINESS_TIME_ZONE,
    tokens: { write: secrets.apiToken, read: settings.API_READ_TOKEN ?? null },
    documents: {
      secrets: secrets.document,
      ttlDays: settings.DOCUMENT_TTL_DAYS,
      frameAncestors: settings.DOCUMENT_FRAME_ANCESTORS,
    },
    maxBodyBytes: settings.MAX_BODY_BYTES,
    retentionDays: settings.RETENTION_DAYS ?? null,
    // A person at a terminal looks for the demo's address among the lines, so the demo logs less.
    logLevel: settings.LOG_LEVEL ?? (demo ? "warn" : "info"),
    language,
    platform: {
      id: settings.PLATFORM_ID,
      url: settings.PLATFORM_URL ?? null,
      inbound: secrets.inbound,
      outbound: secrets.outbound,
    },
    opsUrl: settings.OPS_URL ?? null,
    acceptWithoutHash: settings.ACCEPT_WITHOUT_HASH === "true",
    allowedKinds: settings.ALLOWED_KINDS,
    sameDayAct: settings.SAME_DAY_ACT,
    template: await readTemplate(settings.ACT_TEMPLATE, options),
    paymentPurpose: settings.PAYMENT_PURPOSE,
    organization: toOrganizationOverrides(settings),
    accounting: {
      ...toAccountingConfig(settings),
      mapping: await readJson("ONEC_MAPPING", settings.ONEC_MAPPING, options),
    },
    demo,
    warnings: [...unknown, ...listDoubts(settings, demo)].map((warning) => warning[language]),
  };
}

/** Reads `DATABASE_URL` alone. @throws {ConfigError} for a wrong value */
export async function readDatabase(env: Environment): Promise<Database> {
  return (await parse(env, v.pick(SettingsSchema, ["DATABASE_URL"]))).DATABASE_URL;
}

async function parse<S extends v.GenericSchemaAsync>(env: Environment, schema: S): Promise<v.InferOutput<S>> {
  const given: Record<string, string> = {};
  for (const name of SETTING_NAMES) {
    const text = env[name]?.trim();
    if (text !== undefined && text !== "") given[name] = text;
  }
  const result = await v.safeParseAsync(schema, given, { lang: "en" });
  if (result.success) return result.output;
  const inRussian = await v.safeParseAsync(schema, given, { lang: "ru" });
  const [name = "", ...others] = result.issues.map((issue) => v.getDotPath(issue) ?? "");
  const fault = { en: result.issues[0].message, ru: inRussian.issues?.[0].message ?? "" };
  throw new ConfigError(SETTINGS.fault(name, fault, others));
}

async function completeSecrets(settings: Settings, { keepSecrets }: ConfigOptions) {
  const given = {
    apiToken: settings.API_TOKEN,
    document: settings.DOCUMENT_SECRET,
    inbound: settings.PLATFORM_INBOUND_SECRET,
    outbound: settings.PLATFORM_OUTBOUND_SECRET,
  };
  const { apiToken, document, inbound, outbound } = given;
  if (apiToken && document && inbound && outbound) return { apiToken, document, inbound, outbound };
  const { DATABASE_URL: database } = settings;
  const kept = database.kind === "sqlite" && database.path !== ":memory:";
  const own = kept && keepSecrets ? await keepSecrets(database.path, makeOwnSecrets) : makeOwnSecrets();
  return {
    apiToken: apiToken ?? own.API_TOKEN,
    document: document ?? [own.DOCUMENT_SECRET],
    inbound: inbound ?? (await toSecret(own.PLATFORM_INBOUND_SECRET)),
    outbound: outbound ?? (await toSecret(own.PLATFORM_OUTBOUND_SECRET)),
  };
}

async function toSecret(text: string): Promise<Secret> {
  return { text, keys: await importSecrets(text) };
}

async function readTemplate(setting: string | undefined, options: ConfigOptions): Promise<ActTemplate> {
  const parsed = (await readJson("ACT_TEMPLATE", setting, options)) ?? {};
  try {
    return parseActTemplate(parsed);
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    const parts = Object.keys(ActTemplateSchema.entries);
    throw new ConfigError(SETTINGS.template(error.message, parts), { cause: error });
  }
}

/** Reads JSON from a setting or from the file that the setting names; null for an absent setting. */
async function readJson(name: string, setting: string | undefined, { readFile }: ConfigOptions): Promise<unknown> {
  if (setting === undefined) return null;
  const text = setting.startsWith("{") ? setting : await readSettingFile(name, setting, readFile);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(SETTINGS.notJson(name), { cause });
  }
}

async function readSettingFile(name: string, path: string, readFile: ConfigOptions["readFile"]): Promise<string> {
  try {
    if (readFile !== undefined) return await readFile(path);
  } catch (cause) {
    throw new ConfigError(SETTINGS.unreadableFile(name, path), { cause });
  }
  throw new ConfigError(SETTINGS.noFiles(name));
}
