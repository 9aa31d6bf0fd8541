import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runCli } from "../support/cli.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "relay-language-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  runCli(args, { cwd: folder, env: { LANG: "ru_RU.UTF-8", ...env } });

describe("the command line with a Russian locale", () => {
  test("helps in Russian, and in English with RELAY_LANG=en", async () => {
    const [ru, one, en] = await Promise.all([
      run(["--help"]),
      run(["doctor", "--help"]),
      run(["--help"], { RELAY_LANG: "en" }),
    ]);
    expect(ru.stdout).toMatch(/^Запуск: onec-relay КОМАНДА/);
    expect(ru.stdout).toMatch(/^ {2}doctor +проверить подключение к 1С/m);
    expect(one.stdout).toMatch(/^Запуск: onec-relay doctor .*\n\nПроверяет 1С/);
    expect(en.stdout).toMatch(/^Usage: onec-relay COMMAND/);
  });

  test.each<[readonly string[], Record<string, string>, number, RegExp]>([
    [["serv"], {}, 2, /^Нет команды serv, может быть, serve\?\nСправка: onec-relay --help\n$/],
    [["doctor", "--wirte"], {}, 2, /^Нет ключа --wirte, может быть, --write\?\nСправка: onec-relay doctor --help\n$/],
    [["doctor", "--wait", "soon"], {}, 2, /^--wait: нужно целое число секунд/],
    [["reconcile", "--since", "вчера"], {}, 2, /^--since: нужна дата, например 2026-01-31/],
    [["backup"], {}, 2, /^Не указано: FILE/],
    [["send", "x.json"], {}, 2, /^Не указано: --to АДРЕС/],
    [["serve"], { PORT: "web" }, 1, /^PORT: указано "web"; нужно: целое число от 0 до 65535\n$/],
    [["serve"], { RELAY_LANG: "de" }, 1, /^RELAY_LANG: указано "de"; нужно: ru или en\n$/],
    [
      ["serve"],
      { ONEC_ORGANIZATION_INN: "7707083894" },
      1,
      /^ONEC_ORGANIZATION_INN: опечатка: .*например 7707083893\n$/,
    ],
    [["doctor"], { ACCOUNTING: "onec-odata" }, 1, /^Не указано: API_TOKEN, .*; нужно при ACCOUNTING=onec-odata/],
    [["backup", "copy.db"], { DATABASE_URL: "file:none.db" }, 1, /^DATABASE_URL: файла none\.db нет; нужно/],
    [["migrate"], { DATABASE_URL: "file:/dev/null/x.db" }, 1, /^База данных недоступна: /],
  ])("refuses %j with %j in Russian", async (args, env, code, words) => {
    const found = await run(args, env);
    expect(found).toMatchObject({ code, stdout: "" });
    expect(found.stderr).toMatch(words);
  });

  test("tells results and warnings in Russian", async () => {
    const env = { DATABASE_URL: "file:relay.db" };
    expect((await run(["migrate"], env)).stdout).toMatch(/^Применено: 0001/);
    expect((await run(["migrate"], env)).stdout).toBe("Менять нечего: база данных уже этой версии\n");
    expect((await run(["backup", "copy.db"], env)).stdout).toMatch(
      /^Записано и проверено: copy\.db, байт: \d+, актов: 0\n$/,
    );
    const { stderr } = await run(["doctor"], { ONEC_ULR: "x" });
    expect(stderr).toBe("Внимание: ONEC_ULR: такой настройки нет, может быть, ONEC_URL?\n");
  });

  test("takes RELAY_LANG from the file of settings", async () => {
    writeFileSync(join(folder, ".env"), "RELAY_LANG=ru\nPORT=web\n");
    const { stderr } = await runCli(["serve"], { cwd: folder });
    expect(stderr).toMatch(/^PORT: указано "web"; нужно: целое число/);
  });
});
