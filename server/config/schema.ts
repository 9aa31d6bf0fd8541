import * as v from "valibot";
import { isTimeZone } from "../../core/date.ts";
import { formatVatWording, PURPOSE_LIMIT } from "../../core/payment-order.ts";
import { missingCharacters } from "../../core/print/index.ts";
import { DEFAULT_RULES, DEFAULT_SETTINGS } from "../../core/relay/options.ts";
import { checkBic, checkInn, checkKpp, checkOgrn, type RequisiteIssue } from "../../core/requisites.ts";
import { DEFAULT_CONNECTIONS } from "../db/driver.ts";
import { LOG_LEVELS } from "../log.ts";
import { EXPECTED, FOUND, UNITS } from "../messages/settings.ts";
import type { Text } from "../messages/text.ts";
import {
  defineAddress,
  defineChoice,
  defineChoices,
  defineField,
  defineLine,
  definePattern,
  defineSecret,
  defineWholeNumber,
  linkSecrets,
  origins,
  quote,
  token,
  Wrong,
} from "./fields.ts";

/** Longest deadline of a call to 1C, ms: the HTTP client itself gives up after 300 s without an answer. */
const LONGEST_TIMEOUT_MS = 290_000;

export type Database =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

/** Defines a requisite (реквизит) of the organisation. The error message does not show the value. */
function defineRequisite(expected: Text, check: (text: string) => RequisiteIssue | null) {
  return defineField(expected, (text) => {
    const issue = check(text);
    return issue === null ? text : new Wrong(FOUND.requisite[issue.code]);
  });
}

function definePrintedText(longest: number) {
  return defineField(EXPECTED.printedText(longest), (text) => {
    if (/\p{Cc}/u.test(text)) return new Wrong(FOUND.control);
    if (text.length > longest) return new Wrong(FOUND.length(text.length));
    const missing = missingCharacters(text);
    return missing.length === 0 ? text : new Wrong(FOUND.has(quote(missing.join(""))));
  });
}

const database = defineField(EXPECTED.database, (text): Database | Wrong => {
  if (/^postgres(ql)?:\/\//.test(text)) {
    // An address without a host means a socket, which only the driver knows.
    const known = URL.canParse(text.replace("@/", "@host/"));
    return known ? { kind: "postgres", url: text } : new Wrong(FOUND.escape);
  }
  if (!text.startsWith("file:")) return new Wrong(FOUND.notDatabase);
  const path = text.slice("file:".length).replace(/^\/\/(?=\/)/, "");
  if (path === "" || path.startsWith("//")) return new Wrong(FOUND.noFile);
  return { kind: "sqlite", path };
});

/** Longest usual values of the placeholders. The relay cuts a longer contract number and keeps the VAT wording. */
const PURPOSE_SAMPLE: Readonly<Record<string, string>> = {
  number: "0000-000123",
  date: "24.11.2026",
  period: "01.11.2026 - 24.11.2026",
  contract: " по договору № 12 от 01.02.2026",
  vat: formatVatWording(9_999_999_999, "22"),
};

const PURPOSE_PLACEHOLDERS = Object.keys(PURPOSE_SAMPLE);
const KNOWN_PLACEHOLDER = new RegExp(`\\{(?:${PURPOSE_PLACEHOLDERS.join("|")})\\}`, "g");

const purpose = defineField(EXPECTED.purpose(PURPOSE_PLACEHOLDERS, PURPOSE_LIMIT), (text) => {
  if (/\p{Cc}/u.test(text)) return new Wrong(FOUND.control);
  const unknown = /[{}]/.exec(text.replace(KNOWN_PLACEHOLDER, ""));
  if (unknown !== null) return new Wrong(FOUND.brace(quote(text)));
  // The VAT wording ends every purpose, even a purpose without its placeholder.
  const whole = `${text.replaceAll("{vat}", "").trim()} {vat}`;
  const filled = whole.replace(/\{(\w+)\}/g, (_, name: string) => PURPOSE_SAMPLE[name] ?? "");
  return filled.length <= PURPOSE_LIMIT ? text : new Wrong(FOUND.filledLength(filled.length));
});

const timeZone = defineField(EXPECTED.timeZone, (text) => (isTimeZone(text) ? text : new Wrong(FOUND.is(quote(text)))));
const inn = defineRequisite(EXPECTED.inn, checkInn);
const account = definePattern(/^\d{5}[\dA-ZА-Я]\d{14}$/, EXPECTED.account);

/** Every setting by its name in the environment. */
export const SettingsSchema = v.objectAsync({
  HOST: v.optional(definePattern(/^[A-Za-z0-9.:_-]{1,253}$/, EXPECTED.host), "127.0.0.1"),
  PORT: v.optional(defineWholeNumber(0, 65_535), "8080"),
  PUBLIC_URL: v.optional(defineAddress({ query: false })),
  DATABASE_URL: v.optional(database, "file:./data/relay.db"),
  DATABASE_POOL: v.optional(defineWholeNumber(2, 200, UNITS.connections), String(DEFAULT_CONNECTIONS)),
  BUSINESS_TIME_ZONE: v.optional(timeZone, DEFAULT_RULES.timeZone),
  API_TOKEN: v.optional(token),
  API_READ_TOKEN: v.optional(token),
  DOCUMENT_SECRET: v.optional(linkSecrets),
  DOCUMENT_TTL_DAYS: v.optional(defineWholeNumber(1, 3650, UNITS.days), "90"),
  DOCUMENT_FRAME_ANCESTORS: v.optional(origins, ""),
  MAX_BODY_BYTES: v.optional(defineWholeNumber(1024, 67_108_864, UNITS.bytes), "1048576"),
  RETENTION_DAYS: v.optional(defineWholeNumber(1, 36_500, UNITS.days)),
  LOG_LEVEL: v.optional(defineChoice(LOG_LEVELS)),
  RELAY_LANG: v.optional(defineChoice(["ru", "en"])),
  ALLOW_PLAIN_HTTP: v.optional(defineChoice(["true", "false"]), "false"),

  PLATFORM_ID: v.optional(definePattern(/^[A-Za-z0-9._-]{1,64}$/, EXPECTED.platformId), "platform"),
  PLATFORM_URL: v.optional(defineAddress({ query: true })),
  PLATFORM_INBOUND_SECRET: v.optionalAsync(defineSecret(false)),
  PLATFORM_OUTBOUND_SECRET: v.optionalAsync(defineSecret(true)),
  ACCEPT_WITHOUT_HASH: v.optional(defineChoice(["true", "false"]), "false"),
  OPS_URL: v.optional(defineAddress({ query: true })),
  ALLOWED_KINDS: v.optional(
    defineChoices(["company", "entrepreneur", "self_employed", "individual"]),
    DEFAULT_RULES.allowedKinds.join(","),
  ),

  SAME_DAY_ACT: v.optional(defineChoice(["reject", "single_day"]), DEFAULT_SETTINGS.sameDayAct),
  ACT_TEMPLATE: v.optional(defineField(EXPECTED.fileOrJson, (text) => text)),
  PAYMENT_PURPOSE: v.optional(purpose, DEFAULT_SETTINGS.paymentPurpose),
  ORGANIZATION_NAME: v.optional(definePrintedText(300)),
  ORGANIZATION_FULL_NAME: v.optional(definePrintedText(500)),
  ORGANIZATION_INN: v.optional(inn),
  ORGANIZATION_KPP: v.optional(defineRequisite(EXPECTED.kpp, checkKpp)),
  ORGANIZATION_OGRN: v.optional(defineRequisite(EXPECTED.ogrn, checkOgrn)),
  ORGANIZATION_ADDRESS: v.optional(definePrintedText(500)),
  ORGANIZATION_ACCOUNT: v.optional(account),
  ORGANIZATION_BIC: v.optional(defineRequisite(EXPECTED.bic, checkBic)),
  ORGANIZATION_BANK: v.optional(definePrintedText(300)),
  ORGANIZATION_CORR_ACCOUNT: v.optional(account),
  ORGANIZATION_SIGNATORY_NAME: v.optional(definePrintedText(200)),
  ORGANIZATION_SIGNATORY_POSITION: v.optional(definePrintedText(200)),
  ORGANIZATION_SIGNATORY_BASIS: v.optional(definePrintedText(300)),

  ACCOUNTING: v.optional(defineChoice(["mock", "onec-odata", "onec-http"]), "mock"),
  ONEC_URL: v.optional(defineAddress({ query: false })),
  ONEC_USER: v.optional(defineLine(200)),
  ONEC_PASSWORD: v.optional(defineLine(500)),
  ONEC_ORGANIZATION_INN: v.optional(inn),
  ONEC_ORGANIZATION_ACCOUNT: v.optional(account),
  ONEC_PRESET: v.optional(definePattern(/^[a-z0-9-]{1,40}$/, EXPECTED.preset), "bp30"),
  ONEC_MAPPING: v.optional(defineField(EXPECTED.fileOrJson, (text) => text)),
  ONEC_ACT_DOCUMENT: v.optional(defineChoice(["receipt", "sale"]), "receipt"),
  ONEC_UPDATE_EXISTING: v.optional(defineChoice(["always", "confirm"]), "always"),
  ONEC_KEEP_SESSIONS: v.optional(defineChoice(["true", "false"]), "false"),
  ONEC_MAX_CONCURRENCY: v.optional(defineWholeNumber(1, 64), String(DEFAULT_SETTINGS.accountingConcurrency)),
  ONEC_TIMEOUT_MS: v.optional(defineWholeNumber(1000, LONGEST_TIMEOUT_MS, UNITS.milliseconds), "90000"),
  ONEC_TRANSPORT: v.optional(defineChoice(["push", "pull"]), "push"),
  ONEC_INBOUND_SECRET: v.optionalAsync(defineSecret(false)),
  ONEC_OUTBOUND_SECRET: v.optionalAsync(defineSecret(true)),
});

/** Every setting after reading and before {@link checkRules}. */
export type Settings = v.InferOutput<typeof SettingsSchema>;

export type SettingName = keyof typeof SettingsSchema.entries;

/** Names of all settings, in the order of the schema. */
export const SETTING_NAMES = Object.keys(SettingsSchema.entries) as readonly SettingName[];
