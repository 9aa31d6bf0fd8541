import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodeTextFile, listCutValues } from "../../server/config/text-file.ts";
import { runCli } from "../support/cli.ts";

const ENV = "ACCOUNTING=onec-odata\nONEC_URL=https://1c.example/buh\nONEC_USER=Шлюз\n";
/** The fault of these settings when all lines were read: secrets are missing. */
const READ = /API_TOKEN/;

const WINDOWS_1251 = Uint8Array.from([...new TextEncoder().encode("ONEC_USER="), 0xd8, 0xeb, 0xfe, 0xe7, 0x0a]);
const FILES: Readonly<Record<string, { readonly bytes: Uint8Array | string; readonly said: RegExp }>> = {
  "UTF-8": { bytes: ENV, said: READ },
  "UTF-8 with a byte order mark": { bytes: `\uFEFF${ENV}`, said: READ },
  "UTF-16 of Windows' Notepad": { bytes: Buffer.from(`\uFEFF${ENV}`, "utf16le"), said: /settings\.env.*UTF-16.*UTF-8/ },
  "windows-1251": { bytes: WINDOWS_1251, said: /settings\.env is not in UTF-8/ },
};

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "relay-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const doctor = (env: Record<string, string> = {}) =>
  runCli(["doctor", "--env-file=settings.env"], { cwd: folder, env: { RELAY_LANG: "en", ...env } });

describe("a file of settings", () => {
  test.each(Object.entries(FILES))("is read or refused by its encoding: %s", async (_name, { bytes, said }) => {
    writeFileSync(join(folder, "settings.env"), bytes);
    const { code, stderr } = await doctor();
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(said);
  });

  test("tells a value cut at a # by line and name, in Russian too", async () => {
    writeFileSync(join(folder, "settings.env"), `${ENV}ONEC_PASSWORD=pa#ss # comment\n`);
    expect((await doctor()).stderr).toMatch(/settings\.env, line 4: the value of ONEC_PASSWORD ends before #/);
    expect((await doctor({ RELAY_LANG: "ru" })).stderr).toMatch(/строка 4: значение ONEC_PASSWORD обрезано перед #/);
  });

  test("starts no mock without ACCOUNTING beside settings of 1C", async () => {
    writeFileSync(join(folder, "settings.env"), "ONEC_URL=https://1c.example/buh\n");
    const { code, stderr } = await doctor();
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^ACCOUNTING is missing, but ONEC_URL is set/)]);
  });

  test("is refused for an address at a port that no program calls, by the setting's name", async () => {
    writeFileSync(join(folder, "settings.env"), `${ENV}PLATFORM_URL=https://lk.example:10080/hooks\n`);
    expect((await doctor()).stderr).toMatch(/^PLATFORM_URL has the port 10080/);
  });
});

test.each([
  ["A=b#c", true],
  ["export A=b#c", true],
  ["A= b#c", true],
  ["A=b # comment", false],
  ["A='b#c'", false],
  ['A="b#c"', false],
  ["# A=b#c", false],
  ["A=#b", false],
  ["A=b", false],
])("a value is cut at a # in %s: %s", (line, isCut) => {
  expect(listCutValues(`X=1\n${line}\n`)).toEqual(isCut ? [{ name: "A", line: 2 }] : []);
});

test("bytes of no encoding with letters are a fault", () => {
  expect(decodeTextFile(Uint8Array.of(0x41, 0x00))).toEqual({ fault: "utf16" });
  expect(decodeTextFile(Uint8Array.of(0xff))).toEqual({ fault: "not_utf8" });
  expect(decodeTextFile(new TextEncoder().encode("\uFEFF{}"))).toEqual({ text: "{}" });
});
