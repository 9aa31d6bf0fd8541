import * as v from "valibot";
import { isTimeZone } from "../core/date.ts";
import { DEFAULT_PURPOSE, PURPOSE_LIMIT, vatWording } from "../core/payment-order.ts";
import { missingCharacters } from "../core/print/index.ts";
import { checkBic, checkInn, checkKpp, checkOgrn, type RequisiteIssue } from "../core/requisites.ts";
import {
  address,
  field,
  line,
  linkSecrets,
  matching,
  oneOf,
  origins,
  secret,
  shown,
  someOf,
  token,
  Wrong,
  wholeNumber,
} from "./config-fields.ts";

/** Where the data is. */
export type Database =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

const REQUISITE_FAULTS: Readonly<Record<RequisiteIssue["code"], string>> = {
  length: "has the wrong number of characters",
  format: "has characters or leading digits that cannot be",
  zero: "has only zeros",
  checksum: "has a mistake: its control digits do not agree",
};

/** A requisite (реквизит) of the organisation; the value is not repeated in the message. */
function requisite(expected: string, check: (text: string) => RequisiteIssue | null) {
  return field(expected, (text) => {
    const issue = check(text);
    return issue === null ? text : new Wrong(REQUISITE_FAULTS[issue.code]);
  });
}

/** A text of the organisation as it stands on the printed form. */
function printed(longest: number) {
  return field(`one line of at most ${longest} characters that the printed form has glyphs for`, (text) => {
    if (/\p{Cc}/u.test(text)) return new Wrong("has a line break or another control character");
    if (text.length > longest) return new Wrong(`has ${text.length} characters`);
    const missing = missingCharacters(text);
    return missing.length === 0 ? text : new Wrong(`has ${shown(missing.join(""))}`);
  });
}

const database = field("file:PATH, file::memory: or postgres://…", (text): Database | Wrong => {
  if (/^postgres(ql)?:\/\//.test(text)) {
    // Without a host it means a socket, which only the driver knows.
    const known = URL.canParse(text.replace("@/", "@host/"));
    return known
      ? { kind: "postgres", url: text }
      : new Wrong("cannot be read: in a password, / # ? and @ are written %2F %23 %3F and %40");
  }
  if (!text.startsWith("file:")) return new Wrong("is no address of a database this relay knows");
  const path = text.slice("file:".length).replace(/^\/\/(?=\/)/, "");
  if (path === "" || path.startsWith("//")) return new Wrong("names no file");
  return { kind: "sqlite", path };
});

const PURPOSE_PLACEHOLDERS = ["number", "date", "period", "contract", "vat"];
/** As long as they get in earnest; a contract with a long number is cut by the relay, which keeps the VAT wording. */
const PURPOSE_SAMPLE: Readonly<Record<string, string>> = {
  number: "0000-000123",
  date: "24.11.2026",
  period: "01.11.2026 - 24.11.2026",
  contract: " по договору № 12 от 01.02.2026",
  vat: vatWording(9_999_999_999, "22"),
};

const purpose = field(
  `one line with {${PURPOSE_PLACEHOLDERS.join("}, {")}} as placeholders and at most ${PURPOSE_LIMIT} characters when they are filled in`,
  (text) => {
    if (/\p{Cc}/u.test(text)) return new Wrong("has a line break or another control character");
    const unknown = /[{}]/.exec(text.replace(/\{(number|date|period|contract|vat)\}/g, ""));
    if (unknown !== null) return new Wrong(`has an unknown placeholder or a stray brace in ${shown(text)}`);
    // The wording about VAT ends every purpose, whether its placeholder is there or not.
    const whole = `${text.replaceAll("{vat}", "").trim()} {vat}`;
    const filled = whole.replace(/\{(\w+)\}/g, (_, name: string) => PURPOSE_SAMPLE[name] ?? "");
    return filled.length <= PURPOSE_LIMIT ? text : new Wrong(`takes ${filled.length} characters when filled in`);
  },
);

const timeZone = field("an IANA time zone such as Europe/Moscow", (text) =>
  isTimeZone(text) ? text : new Wrong(`is ${shown(text)}`),
);
const inn = requisite("an INN of 10 or 12 digits", checkInn);
const account = matching(/^\d{5}[\dA-ZА-Я]\d{14}$/, "an account number of 20 digits");
const FILE_OR_JSON = "the path of a file, or JSON";

/** Every setting, by its name in the environment. What is absent here is not a setting. */
export const SettingsSchema = v.objectAsync({
  HOST: v.optional(matching(/^[A-Za-z0-9.:_-]{1,253}$/, "an IP address or a host name to listen on"), "127.0.0.1"),
  PORT: v.optional(wholeNumber(0, 65_535), "8080"),
  PUBLIC_URL: v.optional(address({ query: false })),
  DATABASE_URL: v.optional(database, "file:./data/relay.db"),
  DATABASE_POOL: v.optional(wholeNumber(2, 200, " connections"), "10"),
  BUSINESS_TIME_ZONE: v.optional(timeZone, "Europe/Moscow"),
  API_TOKEN: v.optional(token),
  API_READ_TOKEN: v.optional(token),
  DOCUMENT_SECRET: v.optional(linkSecrets),
  DOCUMENT_TTL_DAYS: v.optional(wholeNumber(1, 3650, " days"), "90"),
  DOCUMENT_FRAME_ANCESTORS: v.optional(origins, ""),
  MAX_BODY_BYTES: v.optional(wholeNumber(1024, 67_108_864, " bytes"), "1048576"),
  RETENTION_DAYS: v.optional(wholeNumber(1, 36_500, " days")),
  LOG_LEVEL: v.optional(oneOf(["debug", "info", "warn", "error"])),
  ALLOW_PLAIN_HTTP: v.optional(oneOf(["true", "false"]), "false"),

  PLATFORM_ID: v.optional(matching(/^[A-Za-z0-9._-]{1,64}$/, "1 to 64 letters, digits, dots, dashes"), "platform"),
  PLATFORM_URL: v.optional(address({ query: true })),
  PLATFORM_INBOUND_SECRET: v.optionalAsync(secret(false)),
  PLATFORM_OUTBOUND_SECRET: v.optionalAsync(secret(true)),
  OPS_URL: v.optional(address({ query: true })),
  ALLOWED_KINDS: v.optional(someOf(["company", "entrepreneur", "self_employed", "individual"]), "company,entrepreneur"),

  SAME_DAY_ACT: v.optional(oneOf(["reject", "single_day"]), "reject"),
  ACT_TEMPLATE: v.optional(field(FILE_OR_JSON, (text) => text)),
  PAYMENT_PURPOSE: v.optional(purpose, DEFAULT_PURPOSE),
  ORGANIZATION_NAME: v.optional(printed(300)),
  ORGANIZATION_FULL_NAME: v.optional(printed(500)),
  ORGANIZATION_INN: v.optional(inn),
  ORGANIZATION_KPP: v.optional(requisite("a KPP of 9 characters", checkKpp)),
  ORGANIZATION_OGRN: v.optional(requisite("an OGRN of 13 or 15 digits", checkOgrn)),
  ORGANIZATION_ADDRESS: v.optional(printed(500)),
  ORGANIZATION_ACCOUNT: v.optional(account),
  ORGANIZATION_BIC: v.optional(requisite("a BIC of 9 digits", checkBic)),
  ORGANIZATION_BANK: v.optional(printed(300)),
  ORGANIZATION_CORR_ACCOUNT: v.optional(account),
  ORGANIZATION_SIGNATORY_NAME: v.optional(printed(200)),
  ORGANIZATION_SIGNATORY_POSITION: v.optional(printed(200)),
  ORGANIZATION_SIGNATORY_BASIS: v.optional(printed(300)),

  ACCOUNTING: v.optional(oneOf(["mock", "onec-odata", "onec-http"]), "mock"),
  ONEC_URL: v.optional(address({ query: false })),
  ONEC_USER: v.optional(line(200)),
  ONEC_PASSWORD: v.optional(line(500)),
  ONEC_ORGANIZATION_INN: v.optional(inn),
  ONEC_ORGANIZATION_ACCOUNT: v.optional(account),
  ONEC_PRESET: v.optional(matching(/^[a-z0-9-]{1,40}$/, "the name of a preset, such as bp30"), "bp30"),
  ONEC_MAPPING: v.optional(field(FILE_OR_JSON, (text) => text)),
  ONEC_ACT_DOCUMENT: v.optional(oneOf(["receipt", "sale"]), "receipt"),
  ONEC_UPDATE_EXISTING: v.optional(oneOf(["always", "confirm"]), "always"),
  ONEC_KEEP_SESSIONS: v.optional(oneOf(["true", "false"]), "false"),
  ONEC_MAX_CONCURRENCY: v.optional(wholeNumber(1, 64), "2"),
  ONEC_TIMEOUT_MS: v.optional(wholeNumber(1000, 600_000, " milliseconds"), "90000"),
  ONEC_TRANSPORT: v.optional(oneOf(["push", "pull"]), "push"),
  ONEC_INBOUND_SECRET: v.optionalAsync(secret(false)),
  ONEC_OUTBOUND_SECRET: v.optionalAsync(secret(true)),
});

/** Every setting as it was understood, before the rules that join several of them. */
export type Settings = v.InferOutput<typeof SettingsSchema>;

/** A name of {@link SettingsSchema}. */
export type SettingName = keyof typeof SettingsSchema.entries;

/** All names, in the order of the schema. */
export const SETTING_NAMES = Object.keys(SettingsSchema.entries) as readonly SettingName[];
