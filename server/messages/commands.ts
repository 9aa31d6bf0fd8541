import type { Text } from "./text.ts";

/** Faults of a command line. */
export const USAGE = {
  seeHelp: (command: string): Text => ({
    en: `See onec-relay ${command}--help`,
    ru: `Справка: onec-relay ${command}--help`,
  }),
  noCommand: (name: string): Text => ({ en: `There is no command ${name}`, ru: `Нет команды ${name}` }),
  noOption: (name: string): Text => ({ en: `There is no option ${name}`, ru: `Нет ключа ${name}` }),
  didYouMean: (nearest: string): Text => ({ en: `, did you mean ${nearest}?`, ru: `, может быть, ${nearest}?` }),
  missing: (argument: string): Text => ({ en: `${argument} is missing`, ru: `Не указано: ${argument}` }),
  extra: (argument: string): Text => ({
    en: `There is no argument "${argument}" here`,
    ru: `Лишнее слово «${argument}»`,
  }),
  wrongOptions: (reason: string): Text => ({ en: reason, ru: `Ключи указаны неверно: ${reason}` }),
  unreadableFile: (file: string): Text => ({
    en: `The file ${file} cannot be read`,
    ru: `Файл ${file} не читается`,
  }),
  wrongEncoding: (file: string, fault: "utf16" | "not_utf8"): Text => ({
    en: `The file ${file} is not in UTF-8${fault === "utf16" ? " but in UTF-16" : ""}: save it as UTF-8`,
    ru: `Файл ${file} не в UTF-8${fault === "utf16" ? ", а в UTF-16 («Юникод»)" : ""}: сохраните его в кодировке UTF-8`,
  }),
  cutValue: (file: string, line: number, name: string): Text => ({
    en: `Warning: ${file}, line ${line}: the value of ${name} ends before #; put the value in quotes if # belongs to it`,
    ru: `Внимание: ${file}, строка ${line}: значение ${name} обрезано перед #; если # — часть значения, возьмите его в кавычки`,
  }),
  wait: (most: number): Text => ({
    en: `--wait takes whole seconds, at most ${most}`,
    ru: `--wait: нужно целое число секунд, не больше ${most}`,
  }),
  since: {
    en: "--since takes a date such as 2026-01-31",
    ru: "--since: нужна дата, например 2026-01-31",
  },
  fileTaken: (file: string): Text => ({
    en: `${file} is there already; give another name`,
    ru: `Файл ${file} уже есть; назовите другой`,
  }),
  fileNotWritable: (file: string): Text => ({
    en: `${file} cannot be written`,
    ru: `Файл ${file} нельзя записать`,
  }),
  id: {
    en: "--id takes visible ASCII characters without a dot",
    ru: "--id: нужны латинские буквы, цифры и знаки без точки и пробела",
  },
  noTarget: { en: "--to URL is missing", ru: "Не указано: --to АДРЕС" },
  target: { en: "--to takes an http or https address", ru: "--to: нужен адрес http или https" },
  plainTarget: {
    en: "--to is a plain http address of another machine: use https, or set ALLOW_PLAIN_HTTP=true",
    ru: "--to: адрес другой машины по http без шифрования; нужно: https или ALLOW_PLAIN_HTTP=true",
  },
} as const;

/** Results of commands. */
export const RESULTS = {
  warning: (warning: string): Text => ({ en: `Warning: ${warning}`, ru: `Внимание: ${warning}` }),
  backedUp: (file: string, bytes: number, acts: number): Text => ({
    en: `Written and checked: ${file}, ${bytes} bytes, ${acts} acts`,
    ru: `Записано и проверено: ${file}, байт: ${bytes}, актов: ${acts}`,
  }),
  notCopied: (path: string, reason: string): Text => ({
    en: `The database ${path} cannot be copied: ${reason}`,
    ru: `Базу данных ${path} не удалось скопировать: ${reason}`,
  }),
  copyNotOurs: (reason: string): Text => ({
    en: `The copy is not a database of the relay: ${reason}`,
    ru: `Копия — не база данных шлюза: ${reason}`,
  }),
  copyDamaged: (reason: string): Text => ({
    en: `The copy is damaged, and so may the database be: ${reason}`,
    ru: `Копия повреждена, возможно, и сама база: ${reason}`,
  }),
  migrated: (migrations: readonly string[]): Text =>
    migrations.length === 0
      ? { en: "Nothing to apply", ru: "Менять нечего: база данных уже этой версии" }
      : { en: `Applied: ${migrations.join(", ")}`, ru: `Применено: ${migrations.join(", ")}` },
  noAnswer: (origin: string, reason: string): Text => ({
    en: `No answer from ${origin}: ${reason}`,
    ru: `Нет ответа от ${origin}: ${reason}`,
  }),
  demoMissing: {
    en: "The pages of the demo are not part of this build",
    ru: "В этой сборке нет страниц личного кабинета",
  },
  storage: (message: string, reason: string): Text => ({
    en: `${message}: ${reason}`,
    ru: `База данных недоступна: ${reason}`,
  }),
} as const;
