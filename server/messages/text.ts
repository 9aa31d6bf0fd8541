import { type ErrorCode, RelayError } from "../../core/errors.ts";

export type Language = "en" | "ru";

/** A text for people in every language; a missing translation does not compile. */
export type Text = Readonly<Record<Language, string>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the language of the texts: `RELAY_LANG`, else the locale of the system; any other locale means English. */
export function readLanguage(env: Environment): Language {
  const asked = env.RELAY_LANG?.trim();
  if (asked === "ru" || asked === "en") return asked;
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((name) => name !== undefined && name !== "");
  return /^ru(?:[_.@-]|$)/i.test(locale ?? "") ? "ru" : "en";
}

/** Joins texts, each language by itself. */
export function joinTexts(texts: readonly Text[], separator: string): Text {
  const join = (language: Language) => texts.map((text) => text[language]).join(separator);
  return { en: join("en"), ru: join("ru") };
}

/** An error with a text for a person in every language. The message is English, for logs. */
export class TextError extends RelayError {
  readonly text: Text;
  constructor(code: ErrorCode, text: Text, options?: ErrorOptions) {
    // A quoted value may have line breaks.
    const line: Text = { en: text.en.replace(/\s+/g, " "), ru: text.ru.replace(/\s+/g, " ") };
    super(code, line.en, options);
    this.text = line;
  }
}
