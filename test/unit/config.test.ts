import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_PURPOSE } from "../../core/payment-order.ts";
import { parseActTemplate } from "../../core/print/index.ts";
import { createSecret } from "../../core/webhook.ts";
import { type Config, ConfigError, type ConfigOptions, readConfig, readDatabase } from "../../server/config/index.ts";
import { makeOwnSecrets } from "../../server/config/own-secrets.ts";
import { SETTING_NAMES, type SettingName } from "../../server/config/schema.ts";
import { accountNumber, companyInn, personInn } from "../support/builders.ts";

type Env = Record<string, string>;

const TOKEN = "token-0123456789abcdef";
const PUBLIC_KEY = `whpk_${Buffer.alloc(32, 7).toString("base64")}`;
const SECRETS = {
  API_TOKEN: TOKEN,
  DOCUMENT_SECRET: createSecret(),
  PLATFORM_INBOUND_SECRET: createSecret(),
  PLATFORM_OUTBOUND_SECRET: createSecret(),
} as const;
const EXPOSED: Env = { HOST: "0.0.0.0", PUBLIC_URL: "https://relay.example", ...SECRETS };
const CONNECTION = { ONEC_URL: "https://1c.example/buh", ONEC_USER: "relay", ONEC_PASSWORD: "pa ss#word" };
const ODATA: Env = { ...SECRETS, ACCOUNTING: "onec-odata", ...CONNECTION, ONEC_ORGANIZATION_INN: companyInn(1) };
const PULL: Env = {
  ...SECRETS,
  ACCOUNTING: "onec-http",
  ONEC_TRANSPORT: "pull",
  ONEC_ORGANIZATION_INN: companyInn(1),
  ONEC_INBOUND_SECRET: createSecret(),
};
const PUSH: Env = { ...PULL, ...CONNECTION, ONEC_TRANSPORT: "push", ONEC_OUTBOUND_SECRET: createSecret() };
const MEMORY: Env = { DATABASE_URL: "file::memory:" };

/** The message of the refusal; fails when the settings are taken. */
async function refusal(env: Env, options: ConfigOptions = {}): Promise<string> {
  const error = await readConfig(env, options).then(
    () => expect.unreachable("the settings were taken"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  const { message, text } = error as ConfigError;
  expect(message).not.toMatch(/[\r\n]/);
  expect(message).toMatch(/expected /);
  expect(text.en).toBe(message);
  expect(text.ru).toMatch(/^(?:[A-Z_]+:|Не указано: [A-Z_]+|ONEC_PRESET или|ACT_TEMPLATE не).*; нужно.* \S/);
  expect(text.ru).not.toMatch(/expected|missing|[\r\n]/);
  for (const [name, value] of Object.entries(env)) {
    if (!/SECRET|TOKEN|PASSWORD/.test(name) || value.length <= 3) continue;
    expect(message).not.toContain(value);
    expect(text.ru).not.toContain(value);
  }
  return message;
}

/** A setting of 1C comes with `ACCOUNTING`. */
const ofMock = (name: string): Env => (name.startsWith("ONEC_") ? { ACCOUNTING: "mock" } : {});

/**
 * One row per setting: the field of the config, the default, accepted values with their results, and refused values.
 */
interface Row {
  readonly name: SettingName;
  readonly of: (config: Config) => unknown;
  readonly byDefault: unknown;
  readonly good: readonly (readonly [text: string, value: unknown])[];
  readonly bad: readonly string[];
  /** Further settings needed beside this setting. */
  readonly beside?: Env;
}

const BIC = "044525225";
const BIG_PURPOSE = `Оплата ${"ы".repeat(180)} {number}`;
const HTTPS_ONLY = [
  "relay.example",
  "ftp://relay.example",
  "http://relay.example",
  "https://user:secret@relay.example",
  "https://relay.example/#top",
  "https://",
];
const loopbackAndSecure = (path = "") => [
  [`https://relay.example${path}`, `https://relay.example${path}`] as const,
  [`http://127.0.0.1:3000${path}`, `http://127.0.0.1:3000${path}`] as const,
  [`http://localhost:3000${path}`, `http://localhost:3000${path}`] as const,
  [`http://[::1]:3000${path}`, `http://[::1]:3000${path}`] as const,
];

const ROWS: readonly Row[] = [
  {
    name: "HOST",
    of: (c) => c.host,
    byDefault: "127.0.0.1",
    good: ["127.0.0.1", "::1", "localhost"].map((host) => [host, host]),
    bad: ["http://localhost", "a b", "127.0.0.1/8"],
  },
  {
    name: "PORT",
    of: (c) => c.port,
    byDefault: 8080,
    good: [
      ["0", 0],
      ["65535", 65_535],
      [" 3000 ", 3000],
    ],
    bad: ["65536", "-1", "80.5", "http", "0x50", "1e3"],
  },
  {
    name: "PUBLIC_URL",
    of: (c) => c.publicUrl,
    byDefault: null,
    good: [...loopbackAndSecure("/relay"), ["https://relay.example/", "https://relay.example"]],
    bad: [...HTTPS_ONLY, "https://relay.example/?a=1"],
  },
  {
    name: "DATABASE_URL",
    of: (c) => c.database,
    byDefault: { kind: "sqlite", path: "./data/relay.db" },
    good: [
      ["file:relay.db", { kind: "sqlite", path: "relay.db" }],
      ["file:/var/lib/relay.db", { kind: "sqlite", path: "/var/lib/relay.db" }],
      ["file:///var/lib/relay.db", { kind: "sqlite", path: "/var/lib/relay.db" }],
      ["file::memory:", { kind: "sqlite", path: ":memory:" }],
      ["postgres://u:p@host/db", { kind: "postgres", url: "postgres://u:p@host/db" }],
      ["postgres://u:p@/db?host=/run", { kind: "postgres", url: "postgres://u:p@/db?host=/run" }],
    ],
    bad: ["relay.db", "file:", "file://host/relay.db", "mysql://u:hidden@host/db", "postgres://u:hid/den@host/db"],
  },
  {
    name: "DATABASE_POOL",
    of: (c) => c.databasePool,
    byDefault: 10,
    good: [
      ["2", 2],
      ["200", 200],
    ],
    bad: ["1", "201", "many"],
  },
  {
    name: "BUSINESS_TIME_ZONE",
    of: (c) => c.timeZone,
    byDefault: "Europe/Moscow",
    good: [["Asia/Vladivostok", "Asia/Vladivostok"]],
    bad: ["Moscow", "MSK+3"],
  },
  {
    name: "API_TOKEN",
    of: (c) => c.tokens.write,
    byDefault: expect.stringMatching(/^relay_\w{32}$/),
    good: [[TOKEN, TOKEN]],
    bad: ["short", "with a space 0123456789", "кириллица0123456789", "x".repeat(513)],
  },
  {
    name: "API_READ_TOKEN",
    of: (c) => c.tokens.read,
    byDefault: null,
    good: [["reader-0123456789", "reader-0123456789"]],
    bad: ["short"],
  },
  {
    name: "DOCUMENT_SECRET",
    of: (c) => c.documents.secrets,
    byDefault: [expect.stringMatching(/^whsec_/)],
    good: [
      ["a".repeat(32), ["a".repeat(32)]],
      [`${"a".repeat(32)}, ${"b".repeat(40)}`, ["a".repeat(32), "b".repeat(40)]],
    ],
    bad: ["too-short-a-secret", `${"a".repeat(32)},`, "ы".repeat(32)],
  },
  {
    name: "DOCUMENT_TTL_DAYS",
    of: (c) => c.documents.ttlDays,
    byDefault: 90,
    good: [
      ["1", 1],
      ["3650", 3650],
    ],
    bad: ["0", "3651", "a week"],
  },
  {
    name: "DOCUMENT_FRAME_ANCESTORS",
    of: (c) => c.documents.frameAncestors,
    byDefault: [],
    good: [
      ["https://lk.example", ["https://lk.example"]],
      ["https://lk.example/, http://localhost:3000", ["https://lk.example", "http://localhost:3000"]],
    ],
    bad: ["*", "lk.example", "https://lk.example/path", "https://a:b@lk.example", "http://lk.example", "javascript:1"],
  },
  {
    name: "MAX_BODY_BYTES",
    of: (c) => c.maxBodyBytes,
    byDefault: 1_048_576,
    good: [
      ["1024", 1024],
      ["67108864", 67_108_864],
    ],
    bad: ["1023", "67108865", "1MB"],
  },
  {
    name: "RETENTION_DAYS",
    of: (c) => c.retentionDays,
    byDefault: null,
    good: [
      ["1", 1],
      ["36500", 36_500],
    ],
    bad: ["0", "36501", "forever"],
  },
  {
    name: "RELAY_LANG",
    of: (c) => c.language,
    byDefault: "en",
    good: [
      ["ru", "ru"],
      ["en", "en"],
    ],
    bad: ["de", "RU", "ru_RU"],
  },
  {
    name: "LOG_LEVEL",
    of: (c) => c.logLevel,
    byDefault: "info",
    good: ["debug", "info", "warn", "error"].map((level) => [level, level]),
    bad: ["trace", "INFO"],
  },
  {
    name: "ALLOW_PLAIN_HTTP",
    of: (c) => c.platform.url,
    byDefault: null,
    beside: { PLATFORM_URL: "http://127.0.0.1/" },
    good: [
      ["true", "http://127.0.0.1/"],
      ["false", "http://127.0.0.1/"],
    ],
    bad: ["yes", "1"],
  },
  {
    name: "PLATFORM_ID",
    of: (c) => c.platform.id,
    byDefault: "platform",
    good: [["agents.ru_2", "agents.ru_2"]],
    bad: ["two words", "а", "x".repeat(65)],
  },
  {
    name: "PLATFORM_URL",
    of: (c) => c.platform.url,
    byDefault: null,
    good: loopbackAndSecure("/hooks?from=relay"),
    bad: HTTPS_ONLY,
  },
  {
    name: "PLATFORM_INBOUND_SECRET",
    of: (c) => [c.platform.inbound.keys.hmac.length, c.platform.inbound.keys.ed25519.length],
    byDefault: [1, 0],
    good: [
      [createSecret(), [1, 0]],
      [`${createSecret()}, ${createSecret()}`, [2, 0]],
      [PUBLIC_KEY, [0, 1]],
    ],
    bad: ["whsec_short", "not-a-secret", `${createSecret()},`, "whsk_private"],
  },
  {
    name: "PLATFORM_OUTBOUND_SECRET",
    of: (c) => c.platform.outbound.keys.hmac.length,
    byDefault: 1,
    good: [[`${createSecret()},${PUBLIC_KEY}`, 1]],
    bad: [PUBLIC_KEY, "whsec_AAAA"],
  },
  {
    name: "ACCEPT_WITHOUT_HASH",
    of: (c) => c.acceptWithoutHash,
    byDefault: false,
    good: [
      ["true", true],
      ["false", false],
    ],
    bad: ["yes", "1"],
  },
  { name: "OPS_URL", of: (c) => c.opsUrl, byDefault: null, good: loopbackAndSecure("/ops"), bad: HTTPS_ONLY },
  {
    name: "ALLOWED_KINDS",
    of: (c) => c.allowedKinds,
    byDefault: ["company", "entrepreneur"],
    good: [
      ["company", ["company"]],
      ["company, self_employed,company", ["company", "self_employed"]],
    ],
    bad: ["companies", "company,", "company;entrepreneur"],
  },
  {
    name: "SAME_DAY_ACT",
    of: (c) => c.sameDayAct,
    byDefault: "reject",
    good: [["single_day", "single_day"]],
    bad: ["allow"],
  },
  {
    name: "ACT_TEMPLATE",
    of: (c) => c.template.footer,
    byDefault: "",
    good: [['{"footer":"Подпись"}', "Подпись"]],
    bad: ["{", '{"nothing":1}', '{"title":"{amount}"}'],
  },
  {
    name: "PAYMENT_PURPOSE",
    of: (c) => c.paymentPurpose,
    byDefault: DEFAULT_PURPOSE,
    good: [
      ["Акт {number} от {date} за {period}{contract}. {vat}", "Акт {number} от {date} за {period}{contract}. {vat}"],
    ],
    bad: ["Оплата {amount}", "Оплата {number", "Оплата }", BIG_PURPOSE],
  },
  {
    name: "ORGANIZATION_NAME",
    of: (c) => c.organization.name,
    byDefault: undefined,
    good: [["ООО «Мост»", "ООО «Мост»"]],
    bad: ["ООО «橋»", "x".repeat(301), "a\tb"],
  },
  {
    name: "ORGANIZATION_FULL_NAME",
    of: (c) => c.organization.fullName,
    byDefault: undefined,
    good: [["Общество «Мост»", "Общество «Мост»"]],
    bad: ["橋", "x".repeat(501)],
  },
  {
    name: "ORGANIZATION_INN",
    of: (c) => c.organization.inn,
    byDefault: undefined,
    good: [
      [companyInn(3), companyInn(3)],
      [personInn(3), personInn(3)],
    ],
    bad: ["7700000000", "0000000000", "123", "77o0000000"],
  },
  {
    name: "ORGANIZATION_KPP",
    of: (c) => c.organization.kpp,
    byDefault: undefined,
    good: [["770101001", "770101001"]],
    bad: ["77010100", "77010100a"],
  },
  {
    name: "ORGANIZATION_OGRN",
    of: (c) => c.organization.ogrn,
    byDefault: undefined,
    good: [["1027700132195", "1027700132195"]],
    bad: ["1027700132196", "102770013219"],
  },
  {
    name: "ORGANIZATION_ADDRESS",
    of: (c) => c.organization.address,
    byDefault: undefined,
    good: [["г. Москва", "г. Москва"]],
    bad: ["x".repeat(501), "東京"],
  },
  {
    name: "ORGANIZATION_ACCOUNT",
    of: (c) => c.organization.bankAccount,
    byDefault: undefined,
    beside: { ORGANIZATION_BIC: BIC },
    good: [[accountNumber(3), { number: accountNumber(3), bic: BIC }]],
    bad: ["123", "4070281000000000000З", accountNumber(3).replace(/.$/, (last) => String((Number(last) + 1) % 10))],
  },
  {
    name: "ORGANIZATION_BIC",
    of: (c) => c.organization.bankAccount?.bic,
    byDefault: undefined,
    beside: { ORGANIZATION_ACCOUNT: accountNumber(3) },
    good: [[BIC, BIC]],
    bad: ["04452522", "0445252251"],
  },
  {
    name: "ORGANIZATION_BANK",
    of: (c) => c.organization.bankAccount?.bankName,
    byDefault: undefined,
    beside: { ORGANIZATION_ACCOUNT: accountNumber(3), ORGANIZATION_BIC: BIC },
    good: [["ПАО Сбербанк", "ПАО Сбербанк"]],
    bad: ["銀行"],
  },
  {
    name: "ORGANIZATION_CORR_ACCOUNT",
    of: (c) => c.organization.bankAccount?.corrAccount,
    byDefault: undefined,
    beside: { ORGANIZATION_ACCOUNT: accountNumber(3), ORGANIZATION_BIC: BIC },
    good: [["30101810400000000225", "30101810400000000225"]],
    bad: ["30101810400000000226", "301"],
  },
  {
    name: "ORGANIZATION_SIGNATORY_NAME",
    of: (c) => c.organization.signatory?.name,
    byDefault: undefined,
    good: [["Иванов И. И.", "Иванов И. И."]],
    bad: ["山田", "x".repeat(201)],
  },
  {
    name: "ORGANIZATION_SIGNATORY_POSITION",
    of: (c) => c.organization.signatory?.position,
    byDefault: undefined,
    good: [["Директор", "Директор"]],
    bad: ["x".repeat(201)],
  },
  {
    name: "ORGANIZATION_SIGNATORY_BASIS",
    of: (c) => c.organization.signatory?.basis,
    byDefault: undefined,
    good: [["Устава", "Устава"]],
    bad: ["x".repeat(301)],
  },
  {
    name: "ACCOUNTING",
    of: (c) => c.accounting.adapter,
    byDefault: "mock",
    good: [["mock", "mock"]],
    bad: ["1c", "onec"],
  },
  {
    name: "ONEC_URL",
    of: (c) => c.accounting.url,
    byDefault: null,
    good: [...loopbackAndSecure("/buh"), ["https://1c.example/buh/", "https://1c.example/buh"]],
    bad: [...HTTPS_ONLY, "https://1c.example/?x"],
  },
  {
    name: "ONEC_USER",
    of: (c) => c.accounting.user,
    byDefault: null,
    good: [["Обмен", "Обмен"]],
    bad: ["x".repeat(201)],
  },
  {
    name: "ONEC_PASSWORD",
    of: (c) => c.accounting.password,
    byDefault: null,
    good: [["pa ss#word", "pa ss#word"]],
    bad: ["x".repeat(501), "a\nb-hidden"],
  },
  {
    name: "ONEC_ORGANIZATION_INN",
    of: (c) => c.accounting.organizationInn,
    byDefault: null,
    good: [[companyInn(3), companyInn(3)]],
    bad: ["7700000000"],
  },
  {
    name: "ONEC_ORGANIZATION_ACCOUNT",
    of: (c) => c.accounting.organizationAccount,
    byDefault: null,
    good: [[accountNumber(3), accountNumber(3)]],
    bad: ["123"],
  },
  {
    name: "ONEC_PRESET",
    of: (c) => c.accounting.preset,
    byDefault: "bp30",
    good: [["ut-11", "ut-11"]],
    bad: ["БП 3.0"],
  },
  {
    name: "ONEC_MAPPING",
    of: (c) => c.accounting.mapping,
    byDefault: null,
    good: [['{"item":{"element":"Услуги"}}', { item: { element: "Услуги" } }]],
    bad: ["./mapping.json", "{"],
  },
  {
    name: "ONEC_ACT_DOCUMENT",
    of: (c) => c.accounting.actDocument,
    byDefault: "receipt",
    good: [["sale", "sale"]],
    bad: ["invoice"],
  },
  {
    name: "ONEC_UPDATE_EXISTING",
    of: (c) => c.accounting.updateExisting,
    byDefault: "always",
    good: [["confirm", "confirm"]],
    bad: ["never"],
  },
  {
    name: "ONEC_KEEP_SESSIONS",
    of: (c) => c.accounting.keepSessions,
    byDefault: false,
    good: [["true", true]],
    bad: ["yes"],
  },
  {
    name: "ONEC_MAX_CONCURRENCY",
    of: (c) => c.accounting.maxConcurrency,
    byDefault: 2,
    good: [
      ["1", 1],
      ["64", 64],
    ],
    bad: ["0", "65", "many"],
  },
  {
    name: "ONEC_TIMEOUT_MS",
    of: (c) => c.accounting.timeoutMs,
    byDefault: 90_000,
    good: [
      ["1000", 1000],
      ["290000", 290_000],
    ],
    bad: ["999", "290001", "90s"],
  },
  {
    name: "ONEC_TRANSPORT",
    of: (c) => c.accounting.transport,
    byDefault: "push",
    good: [["pull", "pull"]],
    bad: ["poll"],
  },
  {
    name: "ONEC_INBOUND_SECRET",
    of: (c) => c.accounting.inbound?.keys.hmac.length ?? null,
    byDefault: null,
    good: [[createSecret(), 1]],
    bad: ["hidden-secret"],
  },
  {
    name: "ONEC_OUTBOUND_SECRET",
    of: (c) => c.accounting.outbound?.keys.hmac.length ?? null,
    byDefault: null,
    good: [[createSecret(), 1]],
    bad: ["hidden-secret", PUBLIC_KEY],
  },
];

test("every setting has its row", () => {
  expect(ROWS.map(({ name }) => name).sort()).toEqual([...SETTING_NAMES].sort());
});

describe.each(ROWS)("$name", ({ name, of, byDefault, good, bad, beside = {} }) => {
  test("has a default, also when empty", async () => {
    expect(of(await readConfig({}))).toEqual(byDefault);
    if (beside[name] === undefined) expect(of(await readConfig({ [name]: " " }))).toEqual(byDefault);
  });

  test.each(good)("takes %j", async (text, value) => {
    expect(of(await readConfig({ ...ofMock(name), ...beside, [name]: text }))).toEqual(value);
  });

  test.each(bad)("refuses %j in one line with the setting's name", async (text) => {
    const message = await refusal({ ...ofMock(name), ...beside, [name]: text });
    expect(message).toContain(name);
    expect(message).not.toMatch(/hidden|user:secret/);
  });
});

describe("required settings of a mode", () => {
  test.each(["API_TOKEN", "DOCUMENT_SECRET", "PLATFORM_INBOUND_SECRET", "PLATFORM_OUTBOUND_SECRET", "PUBLIC_URL"])(
    "include %s for a public address",
    async (name) => {
      const { [name]: _, ...rest } = EXPOSED;
      await expect(readConfig(EXPOSED)).resolves.toMatchObject({ host: "0.0.0.0" });
      expect(await refusal(rest)).toBe(
        `${name} is missing; expected with HOST=0.0.0.0, which other machines can reach${name.endsWith("_SECRET") ? ' (the command "secret" makes secrets)' : ""}`,
      );
    },
  );

  test("are listed in one line when missing", async () => {
    expect(await refusal({ HOST: "relay.example" })).toMatch(
      /^API_TOKEN, DOCUMENT_SECRET, PLATFORM_INBOUND_SECRET, PLATFORM_OUTBOUND_SECRET, PUBLIC_URL are missing; /,
    );
  });

  test.each(["::", "192.168.0.1", "128.0.0.1", "localhost.example"])("treat %s as a public address", async (HOST) => {
    expect(await refusal({ HOST })).toContain(`HOST=${HOST}`);
  });

  test.each([
    ["onec-odata", ODATA],
    ["onec-http push", PUSH],
    ["onec-http pull", PULL],
  ])("are complete for %s, and no other setting is required", async (_, env) => {
    const config = await readConfig(env);
    expect(config.accounting.adapter).toBe(env.ACCOUNTING);
    for (const name of Object.keys(env).filter((key) => !["ACCOUNTING", "ONEC_TRANSPORT"].includes(key))) {
      const { [name]: __, ...rest } = env;
      const message = await refusal(rest);
      expect(message).toMatch(new RegExp(`^${name} is missing; expected with ACCOUNTING=${env.ACCOUNTING}`));
    }
  });

  test("are listed with a slip in a name", async () => {
    const { API_TOKEN, ...rest } = EXPOSED;
    expect(await refusal({ ...rest, API_TOKNE: TOKEN })).toContain(
      "API_TOKNE is not a setting, did you mean API_TOKEN?",
    );
    expect(API_TOKEN).toBe(TOKEN);
  });

  test.each([
    [{ ACCOUNTING: "onec-odata", ...ODATA }, "ACCOUNTING"],
    [EXPOSED, "HOST"],
  ])("keep the demo on the mock and on this machine", async (env, name) => {
    expect(await refusal(env, { demo: true })).toMatch(new RegExp(`^${name} is .*with --demo`));
  });
});

describe("settings that depend on each other", () => {
  test.each(["PLATFORM_URL", "OPS_URL", "ONEC_URL", "PUBLIC_URL"])("let ALLOW_PLAIN_HTTP open %s", async (name) => {
    expect(await refusal({ ...ofMock(name), [name]: "http://10.0.0.5/x" })).toMatch(/ALLOW_PLAIN_HTTP=true/);
    await readConfig({ ...ofMock(name), [name]: "http://10.0.0.5/x", ALLOW_PLAIN_HTTP: "true" });
  });

  test("include two different tokens", async () => {
    expect(await refusal({ API_TOKEN: TOKEN, API_READ_TOKEN: TOKEN })).toContain("API_READ_TOKEN");
  });

  test("pair an account with a BIC, and a bank with an account", async () => {
    expect(await refusal({ ORGANIZATION_ACCOUNT: accountNumber(3) })).toContain("ORGANIZATION_BIC is missing");
    expect(await refusal({ ORGANIZATION_BANK: "ПАО Сбербанк" })).toContain("ORGANIZATION_ACCOUNT is missing");
    expect(await refusal({ ORGANIZATION_BIC: BIC })).toContain("ORGANIZATION_ACCOUNT is missing");
  });

  test("are reported in one line: the first wrong one, then the others", async () => {
    expect(await refusal({ PORT: "x", LOG_LEVEL: "loud", ONEC_TIMEOUT_MS: "1" })).toMatch(
      /^PORT is "x"; expected .*; also wrong: LOG_LEVEL, ONEC_TIMEOUT_MS$/,
    );
  });
});

describe("the mock's secrets", () => {
  test("are requested once, from the folder of the database, and only where one is missing", async () => {
    const own = makeOwnSecrets();
    const asked: string[] = [];
    const keepSecrets = async (path: string) => {
      asked.push(path);
      return own;
    };
    const config = await readConfig({ API_TOKEN: TOKEN }, { keepSecrets });
    expect(config.tokens.write).toBe(TOKEN);
    expect(config.documents.secrets).toEqual([own.DOCUMENT_SECRET]);
    expect(config.platform.inbound.text).toBe(own.PLATFORM_INBOUND_SECRET);
    expect(config.platform.outbound.text).toBe(own.PLATFORM_OUTBOUND_SECRET);
    await readConfig(SECRETS, { keepSecrets });
    await readConfig(MEMORY, { keepSecrets });
    await readConfig({ DATABASE_URL: "postgres://host/db" }, { keepSecrets });
    expect(asked).toEqual(["./data/relay.db"]);
  });

  test("differ from start to start where not kept", async () => {
    const [one, other] = [await readConfig(MEMORY), await readConfig(MEMORY)];
    expect(one.tokens.write).not.toBe(other.tokens.write);
    expect(one.platform.inbound.text).not.toBe(other.platform.inbound.text);
  });
});

describe("ACT_TEMPLATE", () => {
  const readFile = async (path: string) => {
    if (path === "./act.json") return '{"subtitle":"о работе"}';
    throw new Error(`ENOENT ${path}`);
  };

  test("is read from a file", async () => {
    const { template } = await readConfig({ ACT_TEMPLATE: "./act.json" }, { readFile });
    expect(template).toEqual(parseActTemplate({ subtitle: "о работе" }));
  });

  test("is the standard one by default", async () => {
    expect((await readConfig({})).template).toEqual(parseActTemplate({}));
  });

  test("names an existing file", async () => {
    expect(await refusal({ ACT_TEMPLATE: "./no.json" }, { readFile })).toContain("./no.json");
    expect(await refusal({ ACT_TEMPLATE: "./act.json" })).toContain("ACT_TEMPLATE is a path");
  });
});

describe("warnings", () => {
  test("name an unknown variable that looks like a setting", async () => {
    const { warnings } = await readConfig({
      PLATFORM_URl: "x",
      ONEC_ULR: "x",
      ACOUNTING: "x",
      ORGANIZATION_MOTTO: "x",
      HOME: "/root",
      HOSTNAME: "box",
      PATH: "/bin",
      PORTS: "1",
    });
    expect(warnings).toEqual([
      "PLATFORM_URl is not a setting, did you mean PLATFORM_URL?",
      "ONEC_ULR is not a setting, did you mean ONEC_URL?",
      "ACOUNTING is not a setting, did you mean ACCOUNTING?",
      "ORGANIZATION_MOTTO is not a setting of this relay",
    ]);
  });

  test("report secrets that processes over one database would not share", async () => {
    const database = { DATABASE_URL: "postgres://host/db" };
    expect((await readConfig({ ...database, API_TOKEN: TOKEN })).warnings).toEqual([
      expect.stringMatching(/^DOCUMENT_SECRET, PLATFORM_INBOUND_SECRET, PLATFORM_OUTBOUND_SECRET not set: .*Postgres/),
    ]);
    expect((await readConfig({ ...database, ...SECRETS })).warnings).toEqual([]);
    expect((await readConfig(database, { demo: true })).warnings).toEqual([]);
  });

  test("report a platform without an address and kinds that need more than the relay does", async () => {
    const { warnings } = await readConfig({ ...ODATA, ALLOWED_KINDS: "company,individual" });
    expect(warnings).toEqual([expect.stringContaining("PLATFORM_URL"), expect.stringContaining("individual")]);
    expect((await readConfig({})).warnings).toEqual([]);
  });
});

test("the demo keeps the terminal quiet unless it is told otherwise", async () => {
  expect((await readConfig({}, { demo: true })).logLevel).toBe("warn");
  expect((await readConfig({ LOG_LEVEL: "debug" }, { demo: true })).logLevel).toBe("debug");
});

test("DATABASE_URL can be read alone", async () => {
  expect(await readDatabase({ DATABASE_URL: "file:x.db", PORT: "wrong" })).toEqual({ kind: "sqlite", path: "x.db" });
  await expect(readDatabase({ DATABASE_URL: "x" })).rejects.toThrow(/^DATABASE_URL is no address/);
});

describe(".env.example", () => {
  const text = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");
  const shown = [...text.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value] as const);

  test("lists every setting once", () => {
    expect(shown.map(([name]) => name).sort()).toEqual([...SETTING_NAMES].sort());
  });

  test("shows the defaults", async () => {
    const fixed = { ...SECRETS };
    expect(await readConfig({ ...Object.fromEntries(shown), ...fixed })).toEqual(await readConfig(fixed));
  });
});
