import { describe, expect, test } from "vitest";
import { COMMAND_NAMES, HELP, OVERVIEW, SUMMARIES } from "../../server/messages/help.ts";
import { readLanguage } from "../../server/messages/text.ts";

describe("the language of texts", () => {
  test.each([
    [{}, "en"],
    [{ LANG: "C.UTF-8" }, "en"],
    [{ LANG: "de_DE.UTF-8" }, "en"],
    [{ LANG: "ru_RU.UTF-8" }, "ru"],
    [{ LANG: "ru" }, "ru"],
    [{ LANG: "run" }, "en"],
    [{ LANG: "ru_RU.UTF-8", LC_ALL: "C" }, "en"],
    [{ LANG: "C", LC_MESSAGES: "ru_RU.UTF-8" }, "ru"],
    [{ LANG: "ru_RU.UTF-8", LC_ALL: "" }, "ru"],
    [{ LANG: "ru_RU.UTF-8", RELAY_LANG: "en" }, "en"],
    [{ LANG: "en_US.UTF-8", RELAY_LANG: " ru " }, "ru"],
    [{ LANG: "ru_RU.UTF-8", RELAY_LANG: "de" }, "ru"],
  ])("follows the environment %j: %s", (env, language) => {
    expect(readLanguage(env)).toBe(language);
  });
});

describe("the help in Russian", () => {
  const OPTION = /^ {2}(--?[a-z-]+)/gm;
  const optionsOf = (text: string) => [...text.matchAll(OPTION)].map(([, option]) => option);

  test.each(COMMAND_NAMES)("names the options of the English help of %s, in lines that fit a terminal", (name) => {
    const { en, ru } = HELP[name];
    expect(optionsOf(ru)).toEqual(optionsOf(en));
    expect(ru).toMatch(new RegExp(`^Запуск: onec-relay ${name}`));
    for (const line of [...ru.split("\n"), SUMMARIES[name].ru]) expect(line.length).toBeLessThanOrEqual(118);
    expect(SUMMARIES[name].ru).toMatch(/[а-яё]/);
  });

  test("has no sentence of the English help", () => {
    for (const name of COMMAND_NAMES) {
      const sentences = HELP[name].en
        .split(/[.\n]/)
        .filter((sentence) => /[a-z]{4,} [a-z]{3,} [a-z]{2,}/.test(sentence));
      expect(sentences.length).toBeGreaterThan(0);
      for (const sentence of sentences) expect(HELP[name].ru).not.toContain(sentence.trim());
    }
    expect(OVERVIEW({ en: "", ru: "" }).ru).toContain("RELAY_LANG=ru");
  });
});
