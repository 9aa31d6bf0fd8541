import type { RequisiteIssue } from "../../core/requisites.ts";
import type { Text } from "./text.ts";

/** Descriptions of right values, each with an example. */
export const EXPECTED = {
  wholeNumber: (least: number, most: number, unit: Text): Text => ({
    en: `a whole number from ${least} to ${most}${unit.en}`,
    ru: `целое число от ${least} до ${most}${unit.ru}`,
  }),
  choice: (words: readonly string[]): Text => ({ en: words.join(" or "), ru: words.join(" или ") }),
  choices: (words: readonly string[]): Text => ({
    en: `one or more of ${words.join(", ")}, separated by commas`,
    ru: `одно или несколько значений через запятую: ${words.join(", ")}`,
  }),
  line: (longest: number): Text => ({
    en: `one line of at most ${longest} characters`,
    ru: `одна строка не длиннее ${longest} знаков`,
  }),
  printedText: (longest: number): Text => ({
    en: `one line of at most ${longest} characters that the printed form has glyphs for`,
    ru: `одна строка не длиннее ${longest} знаков, которые есть в шрифте печатной формы`,
  }),
  address: (path: string): Text => ({
    en: `an address such as https://example.com${path}`,
    ru: `адрес, например https://example.com${path}`,
  }),
  origins: {
    en: "origins such as https://lk.example.com, separated by commas",
    ru: "адреса сайтов через запятую, например https://lk.example.com",
  },
  token: {
    en: "16 to 512 visible ASCII characters without spaces",
    ru: "от 16 до 512 латинских букв, цифр и знаков без пробелов",
  },
  linkSecrets: {
    en: 'secrets of 32 to 256 characters as the command "secret" makes them, separated by commas',
    ru: "ключи от 32 до 256 знаков через запятую; ключ делает команда secret",
  },
  secrets: {
    en: 'whsec_… secrets as the command "secret" makes them, separated by commas',
    ru: "ключи вида whsec_… через запятую; ключ делает команда secret",
  },
  database: {
    en: "file:PATH, file::memory: or postgres://…",
    ru: "file:ПУТЬ, file::memory: или postgres://…, например file:./data/relay.db",
  },
  purpose: (placeholders: readonly string[], longest: number): Text => ({
    en: `one line with {${placeholders.join("}, {")}} as placeholders and at most ${longest} characters when they are filled in`,
    ru: `одна строка, где подставляются {${placeholders.join("}, {")}}, после подстановки не длиннее ${longest} знаков`,
  }),
  timeZone: {
    en: "an IANA time zone such as Europe/Moscow",
    ru: "часовой пояс по справочнику IANA, например Europe/Moscow",
  },
  inn: { en: "an INN of 10 or 12 digits", ru: "ИНН из 10 или 12 цифр, например 7707083893" },
  kpp: { en: "a KPP of 9 characters", ru: "КПП из 9 знаков, например 773601001" },
  ogrn: { en: "an OGRN of 13 or 15 digits", ru: "ОГРН из 13 цифр или ОГРНИП из 15" },
  bic: { en: "a BIC of 9 digits", ru: "БИК из 9 цифр, например 044525225" },
  account: { en: "an account number of 20 digits", ru: "номер счёта из 20 цифр, например 40702810…" },
  fileOrJson: { en: "the path of a file, or JSON", ru: "путь к файлу или сам текст JSON" },
  jsonFile: { en: "the path of a JSON file, or JSON", ru: "путь к файлу JSON или сам текст JSON" },
  json: { en: "JSON", ru: "текст JSON" },
  host: { en: "an IP address or a host name to listen on", ru: "IP-адрес или имя этой машины, например 127.0.0.1" },
  platformId: {
    en: "1 to 64 letters, digits, dots, dashes",
    ru: "от 1 до 64 латинских букв, цифр, точек и дефисов, например platform",
  },
  preset: { en: "the name of a preset, such as bp30", ru: "имя набора, например bp30" },
} as const;

export const UNITS = {
  none: { en: "", ru: "" },
  connections: { en: " connections", ru: " соединений" },
  days: { en: " days", ru: " дней" },
  bytes: { en: " bytes", ru: " байт" },
  milliseconds: { en: " milliseconds", ru: " миллисекунд" },
} as const satisfies Readonly<Record<string, Text>>;

/** Descriptions of faults, between the setting's name and the expected value. */
export const FOUND = {
  is: (value: string): Text => ({ en: `is ${value}`, ru: `указано ${value}` }),
  has: (value: string): Text => ({ en: `has ${value}`, ru: `есть лишнее: ${value}` }),
  control: {
    en: "has a line break or another control character",
    ru: "есть перенос строки или другой управляющий знак",
  },
  length: (characters: number): Text => ({ en: `has ${characters} characters`, ru: `знаков: ${characters}` }),
  notAddress: { en: "is not an address", ru: "это не адрес" },
  notHttp: { en: "is not an http or https address", ru: "адрес начинается не с http:// и не с https://" },
  login: { en: "has a user name or a password in it", ru: "в адресе есть имя пользователя или пароль" },
  fragment: { en: "has a fragment (#…)", ru: "в адресе есть часть после #" },
  query: { en: "has a query (?…)", ru: "в адресе есть часть после ?" },
  blockedPort: (port: string): Text => ({
    en: `has the port ${port}, which programs on the web never call`,
    ru: `порт ${port} закрыт для обращений по http: опубликуйте на другом порту`,
  }),
  notAscii: { en: "has a space or a character that is not ASCII", ru: "есть пробел или нелатинский знак" },
  wrongSecret: (at: number, count: number): Text => ({
    en: `cannot be used (secret ${at} of ${count} is not one)`,
    ru: `не годится: ключ ${at} из ${count} записан неверно`,
  }),
  badSecret: (reason: string): Text => ({
    en: `cannot be used (${reason})`,
    ru: "не годится: ключ записан неверно или не полностью",
  }),
  publicKeys: {
    en: "has only public keys, which cannot sign",
    ru: "только открытые ключи, ими нельзя подписывать",
  },
  escape: {
    en: "cannot be read: in a password, / # ? and @ are written %2F %23 %3F and %40",
    ru: "не читается: в пароле вместо / # ? и @ пишут %2F %23 %3F и %40",
  },
  notDatabase: {
    en: "is no address of a database this relay knows",
    ru: "это не адрес базы данных, с которой шлюз умеет работать",
  },
  noFile: { en: "names no file", ru: "файл не назван" },
  brace: (text: string): Text => ({
    en: `has an unknown placeholder or a stray brace in ${text}`,
    ru: `неизвестная подстановка или лишняя скобка: ${text}`,
  }),
  filledLength: (characters: number): Text => ({
    en: `takes ${characters} characters when filled in`,
    ru: `после подстановки выходит знаков: ${characters}`,
  }),
  requisite: {
    length: { en: "has the wrong number of characters", ru: "неверное число знаков" },
    format: {
      en: "has characters or leading digits that cannot be",
      ru: "есть знаки или первые цифры, которых быть не может",
    },
    zero: { en: "has only zeros", ru: "одни нули" },
    checksum: {
      en: "has a mistake: its control digits do not agree",
      ru: "опечатка: не сходятся контрольные цифры",
    },
  } satisfies Readonly<Record<RequisiteIssue["code"], Text>>,
} as const;

/** Puts a fault and the expected value together. */
export function formatFault(found: Text, expected: Text): Text {
  return { en: `${found.en}; expected ${expected.en}`, ru: `${found.ru}; нужно: ${expected.ru}` };
}

/** Whole sentences about settings. */
export const SETTINGS = {
  fault: (name: string, fault: Text, others: readonly string[]): Text => ({
    en: `${name} ${fault.en}${others.length === 0 ? "" : `; also wrong: ${others.join(", ")}`}`,
    ru: `${name}: ${fault.ru}${others.length === 0 ? "" : `; ещё неверны: ${others.join(", ")}`}`,
  }),
  notJson: (name: string): Text => ({
    en: `${name} is not JSON; expected ${EXPECTED.jsonFile.en}`,
    ru: `${name}: это не JSON; нужно: ${EXPECTED.jsonFile.ru}`,
  }),
  unreadableFile: (name: string, path: string): Text => ({
    en: `${name} names a file that cannot be read: ${path}; expected ${EXPECTED.fileOrJson.en}`,
    ru: `${name}: файл не читается: ${path}; нужно: ${EXPECTED.fileOrJson.ru}`,
  }),
  noFiles: (name: string): Text => ({
    en: `${name} is a path, and there are no files here; expected JSON`,
    ru: `${name}: указан путь, а файлов здесь нет; нужно: сам текст JSON`,
  }),
  template: (reason: string, parts: readonly string[]): Text => ({
    en: `${reason}; expected JSON with any of ${parts.join(", ")}`,
    ru: `ACT_TEMPLATE не годится (${reason}); нужно: JSON с частями ${parts.join(", ")}`,
  }),
  mapping: (reason: string): Text => ({
    en: reason,
    ru: `ONEC_PRESET или ONEC_MAPPING не годится (${reason}); нужно: имя набора и JSON с отличиями от него`,
  }),
  accountingForgotten: (names: readonly string[]): Text => ({
    en: `ACCOUNTING is missing, but ${names.join(", ")} is set; expected ACCOUNTING=onec-odata or onec-http, or mock to use the mock on purpose`,
    ru: `Не указано: ACCOUNTING, хотя есть ${names.join(", ")}; нужно: onec-odata или onec-http, а для учебной 1С — mock`,
  }),
  demoOverMock: (accounting: string): Text => ({
    en: `ACCOUNTING is ${accounting}; expected mock with --demo, whose cabinet is open to anyone who can reach it`,
    ru: `ACCOUNTING: указано ${accounting}; нужно: mock с ключом --demo, потому что кабинет открыт всем, кто до него дойдёт`,
  }),
  demoOnLoopback: (host: string): Text => ({
    en: `HOST is ${host}; expected a loopback address with --demo, whose cabinet is open to anyone who can reach it`,
    ru: `HOST: указано ${host}; нужно: 127.0.0.1 с ключом --demo, потому что кабинет открыт всем, кто до него дойдёт`,
  }),
  plainHttp: (name: string): Text => ({
    en: `${name} is a plain http address of another machine; expected https, or ALLOW_PLAIN_HTTP=true`,
    ru: `${name}: адрес другой машины по http без шифрования; нужно: https или ALLOW_PLAIN_HTTP=true`,
  }),
  plainOrigin: (origin: string): Text => ({
    en: `DOCUMENT_FRAME_ANCESTORS has the plain http origin ${origin}; expected https, or ALLOW_PLAIN_HTTP=true`,
    ru: `DOCUMENT_FRAME_ANCESTORS: адрес ${origin} по http без шифрования; нужно: https или ALLOW_PLAIN_HTTP=true`,
  }),
  reachable: (host: string): Text => ({
    en: `HOST=${host}, which other machines can reach`,
    ru: `HOST=${host}, доступном с других машин`,
  }),
  mode: (mode: string): Text => ({ en: mode, ru: mode }),
  missing: (names: readonly string[], why: Text): Text => {
    const isSecret = names.some((name) => name.endsWith("_SECRET"));
    return {
      en: `${names.join(", ")} ${names.length === 1 ? "is" : "are"} missing; expected with ${why.en}${isSecret ? ' (the command "secret" makes secrets)' : ""}`,
      ru: `Не указано: ${names.join(", ")}; нужно при ${why.ru}${isSecret ? " (ключи делает команда secret)" : ""}`,
    };
  },
  sameToken: {
    en: "API_READ_TOKEN is the same as API_TOKEN; expected another one, which may only read",
    ru: "API_READ_TOKEN: совпадает с API_TOKEN; нужно: другой ключ, которым можно только читать",
  },
  bicMissing: (name: string): Text => ({
    en: `ORGANIZATION_BIC is missing; expected with ${name}, whose control key needs it`,
    ru: `Не указано: ORGANIZATION_BIC; нужно вместе с ${name}, по БИК проверяется ключ счёта`,
  }),
  accountNotOfBank: (name: string): Text => ({
    en: `${name} does not fit ORGANIZATION_BIC; expected an account of that bank, with the right control key`,
    ru: `${name}: не подходит к ORGANIZATION_BIC; нужно: счёт этого банка с верным контрольным ключом`,
  }),
  accountMissing: (given: string): Text => ({
    en: `ORGANIZATION_ACCOUNT is missing; expected with ${given}: an account goes with its bank`,
    ru: `Не указано: ORGANIZATION_ACCOUNT; нужно вместе с ${given}: счёт указывают вместе с его банком`,
  }),
  didYouMean: (name: string, nearest: string): Text => ({
    en: `${name} is not a setting, did you mean ${nearest}?`,
    ru: `${name}: такой настройки нет, может быть, ${nearest}?`,
  }),
  unknown: (name: string): Text => ({
    en: `${name} is not a setting of this relay`,
    ru: `${name}: у шлюза нет такой настройки`,
  }),
  unsharedSecrets: (names: readonly string[]): Text => ({
    en: `${names.join(", ")} not set: each process over Postgres makes its own at every start`,
    ru: `Не указано: ${names.join(", ")}. С Postgres каждый процесс при каждом запуске делает свои`,
  }),
  noPlatform: {
    en: "PLATFORM_URL is not set: the platform is told of nothing",
    ru: "Не указано: PLATFORM_URL. Платформа не получит ни одного события",
  },
  unservedKinds: (kinds: readonly string[]): Text => ({
    en: `ALLOWED_KINDS has ${kinds.join(", ")}: the relay checks no tax status and withholds no tax`,
    ru: `ALLOWED_KINDS: есть ${kinds.join(", ")}. Шлюз не проверяет налоговый статус и не удерживает налог`,
  }),
  folderNotWritable: (path: string): Text => ({
    en: `DATABASE_URL is in a folder where ${path} cannot be written; expected a writable one`,
    ru: `DATABASE_URL: в этой папке нельзя записать ${path}; нужно: папка, доступная для записи`,
  }),
  secretsFile: (path: string): Text => ({
    en: `API_TOKEN and secrets are kept in ${path}, which cannot be read; expected what the relay wrote, or no file: new ones are made then`,
    ru: `API_TOKEN и ключи лежат в ${path}, а он не читается; нужно: файл, записанный шлюзом, или никакого — тогда будут сделаны новые`,
  }),
  noDatabase: (path: string): Text => ({
    en: `DATABASE_URL names ${path}, which is not there; expected the relay's database`,
    ru: `DATABASE_URL: файла ${path} нет; нужно: база данных шлюза`,
  }),
  noBackup: (isSqlite: boolean): Text => ({
    en: `DATABASE_URL names ${isSqlite ? "a database in memory" : "a Postgres database"}; expected file:PATH (Postgres is backed up with pg_dump, or by archiving its log)`,
    ru: `DATABASE_URL: ${isSqlite ? "база в памяти" : "база Postgres"}; нужно: file:ПУТЬ (Postgres копируют pg_dump или архивом его журнала)`,
  }),
  noSigningSecret: (name: string): Text => ({
    en: `${name} is missing; expected the secret to sign with`,
    ru: `Не указано: ${name}; нужно: ключ для подписи`,
  }),
  badSigningSecret: (name: string, reason: string): Text => ({
    en: `${name} cannot be used (${reason}); expected a whsec_… secret`,
    ru: `${name}: не годится, ключ записан неверно; нужно: ключ вида whsec_…`,
  }),
  publicSigningSecret: (name: string): Text => ({
    en: `${name} has only public keys; expected a whsec_… secret to sign with`,
    ru: `${name}: только открытые ключи; нужно: ключ вида whsec_…, которым можно подписать`,
  }),
  pullSecret: {
    en: "ONEC_INBOUND_SECRET has only public keys; expected a whsec_… secret with ONEC_TRANSPORT=pull",
    ru: "ONEC_INBOUND_SECRET: только открытые ключи; нужно: ключ вида whsec_… при ONEC_TRANSPORT=pull",
  },
  adapterMissing: (name: string): Text => ({
    en: `${name} is missing; expected with this ACCOUNTING`,
    ru: `Не указано: ${name}; нужно при таком ACCOUNTING`,
  }),
  demoMock: {
    en: "ACCOUNTING is not mock; expected mock with the demo cabinet",
    ru: "ACCOUNTING: не mock; нужно: mock для личного кабинета",
  },
  portTaken: (port: number, host: string): Text => ({
    en: `PORT ${port} on ${host} is taken by another program; expected a free one`,
    ru: `PORT: порт ${port} на ${host} занят другой программой; нужно: свободный`,
  }),
  portDenied: (port: number): Text => ({
    en: `PORT ${port} may not be opened by this user; expected one above 1023`,
    ru: `PORT: этому пользователю нельзя открыть порт ${port}; нужно: больше 1023`,
  }),
  hostUnknown: (host: string, code: string | undefined): Text => ({
    en: `HOST ${host} cannot be listened on (${code}); expected an address of this machine`,
    ru: `HOST: адрес ${host} нельзя слушать (${code}); нужно: адрес этой машины`,
  }),
  bindingMissing: (name: string): Text => ({
    en: `${name} is missing; expected a binding of wrangler.toml`,
    ru: `Не указано: ${name}; нужно: привязка в wrangler.toml`,
  }),
  notAText: (name: string): Text => ({
    ru: `${name}: массив или таблица TOML; задайте строку, значения через запятую`,
    en: `${name} is a TOML array or table: give a string, with commas between values`,
  }),
  databaseBinding: {
    en: "DATABASE_URL is set; expected none here, where the database is the binding DB",
    ru: "DATABASE_URL: указано; здесь не нужно, база — привязка DB",
  },
  workerAddress: {
    en: "PUBLIC_URL is missing; expected the address of this worker",
    ru: "Не указано: PUBLIC_URL; нужно: адрес этого воркера",
  },
  lateTransport: {
    en: "ONEC_TRANSPORT is one that answers later; expected one that answers at once, to compare with",
    ru: "ONEC_TRANSPORT: 1С отвечает не сразу; нужно: push, иначе сверять не с чем",
  },
} as const;
